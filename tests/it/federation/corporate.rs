//! The corporate address box: when it is there, and where an address leads.

use serde_json::json;

use super::stage::{World, world};
use crate::support::{Browser, Page, Setup};

const BOX: &str = "corporateSignInButton";

impl World {
    async fn identify(&self, provider: &str, identifiers: &[&str]) {
        let update = json!({ "UserPoolId": self.setup.pool, "ProviderName": provider, "IdpIdentifiers": identifiers });
        self.app.ok("UpdateIdentityProvider", update).await;
    }

    async fn offer(&mut self, providers: &[&str]) {
        let client = json!({ "SupportedIdentityProviders": providers });
        (self.setup.client, self.setup.secret) = self.setup.another_client(&self.app, client).await;
    }

    async fn login(&mut self) -> Page {
        self.browser.open(&format!("/login?{}", self.setup.query(&[]))).await
    }

    async fn enter(&mut self, address: &str) -> Page {
        let page = self.login().await;
        self.browser.submit(&page, BOX, &[("corporate_email", address)]).await
    }
}

#[actix_web::test]
async fn the_box_is_there_when_every_corporate_provider_has_identifiers() {
    let mut world = world().await;
    world.offer(&["COGNITO", "Google", "SimulatedOIDC", "SimulatedSAML"]).await;
    let page = world.login().await;
    assert!(!page.says("corporate ID") && page.says("Continue with SimulatedSAML"), "{}", page.text());
    world.identify("SimulatedSAML", &["corp.example"]).await;
    let page = world.login().await;
    assert!(!page.says("corporate ID") && page.says("Continue with SimulatedSAML"), "a mix is a list");
    world.identify("SimulatedOIDC", &["other.example", "Third.example"]).await;
    let page = world.login().await;
    assert!(page.says("Sign in with your corporate ID") && page.says("Continue with Google"), "{}", page.text());
    assert!(!page.says("Continue with SimulatedSAML") && !page.says("Continue with SimulatedOIDC"));
    let policy = page.answer.header("content-security-policy");
    assert!(
        policy.contains(&format!("form-action 'self' {}", world.origin)) || policy.contains(&world.origin),
        "{policy}"
    );
}

#[actix_web::test]
async fn the_domain_of_the_address_leads_to_the_provider() {
    let mut world = world().await;
    world.identify("SimulatedSAML", &["corp.example"]).await;
    world.identify("SimulatedOIDC", &["other.example"]).await;
    let page = world.enter("ada@CORP.example").await;
    assert!(page.url.starts_with(&format!("{}/saml/sso?SAMLRequest=", world.origin)), "{}", page.url);
    let page = world.enter("ada@other.example").await;
    assert!(page.url.starts_with(&format!("{}/oidc/authorize?", world.origin)), "{}", page.url);
    assert_eq!(page.query("login_hint").as_deref(), Some("ada@other.example"));
    let end = world.pick(&page, &[("email", "ada@other.example")]).await;
    assert_eq!(world.claims(&end).await["email"], "ada@other.example");
}

#[actix_web::test]
async fn an_address_that_leads_nowhere_stays_on_the_page_with_a_reason() {
    let mut world = world().await;
    world.identify("SimulatedSAML", &["corp.example"]).await;
    world.identify("SimulatedOIDC", &["other.example"]).await;
    let page = world.enter("ada@nowhere.example").await;
    assert!(page.says("There is no corporate sign-in for nowhere.example here"), "{}", page.text());
    assert_eq!(page.field(BOX, "corporate_email"), "ada@nowhere.example");
    let page = world.enter("ada").await;
    assert!(page.says("Enter your whole email address"), "{}", page.text());
    let page = world.enter("\"><script>alert(1)</script>@<b>x").await;
    assert!(!page.answer.text.contains("<script>alert") && !page.answer.text.contains("<b>x"), "{}", page.answer.text);
    let forged = [("corporate_email", "ada@corp.example"), ("_csrf", "00000000000000000000")];
    let answer = world.browser.forge(&format!("/login?{}", world.setup.query(&[])), &[], &forged).await;
    assert_eq!(answer.status, 403);
}

#[actix_web::test]
async fn an_identifier_in_the_request_goes_straight_to_the_provider() {
    let mut world = world().await;
    world.identify("SimulatedSAML", &["corp.example"]).await;
    let straight = |setup: &Setup, pair| format!("/oauth2/authorize?{}", setup.query(&[pair]));
    let mut browser: Browser = world.browser.clone();
    let page = browser.open(&straight(&world.setup, ("idp_identifier", "corp.example"))).await;
    assert!(page.url.starts_with(&format!("{}/saml/sso", world.origin)), "{}", page.url);
    let page = browser.open(&straight(&world.setup, ("idp_identifier", "nowhere.example"))).await;
    assert_eq!(page.query("error").as_deref(), Some("invalid_request"), "{}", page.url);
    let google = [("identity_provider", "Google"), ("prompt", "select_account"), ("login_hint", "ada@example.com")];
    let page = browser.open(&format!("/oauth2/authorize?{}", world.setup.query(&google))).await;
    let asked = (page.query("prompt"), page.query("login_hint"));
    assert_eq!((asked.0.as_deref(), asked.1.as_deref()), (Some("select_account"), Some("ada@example.com")));
    world.offer(&["COGNITO", "SimulatedOIDC"]).await;
    let page = browser.open(&straight(&world.setup, ("idp_identifier", "corp.example"))).await;
    assert_eq!(page.query("error").as_deref(), Some("invalid_request"), "the client may not use it");
}
