//! A pool's own domain: whoever signs in or out there comes back there from the provider.

use serde_json::json;

use super::stage::{World, world};
use crate::support::Browser;

const HOST: &str = "auth.example.com";
const SIGNED_OUT: &str = "https://app.example/signed-out";

/// A pool with a domain of its own, and a browser that is there; its address.
async fn at_domain() -> (World, String) {
    let mut world = world().await;
    let certificate = "arn:aws:acm:us-east-1:123456789012:certificate/1a2b";
    let domain = json!({
        "UserPoolId": world.setup.pool, "Domain": HOST, "CustomDomainConfig": { "CertificateArn": certificate },
    });
    world.app.ok("CreateUserPoolDomain", domain).await;
    let home = world.app.base.replace("127.0.0.1", HOST);
    world.browser = Browser::knowing(HOST, &world.app, &[&home, &world.origin]);
    (world, home)
}

impl World {
    async fn sign_in_at(&mut self, provider: &str, home: &str) {
        let picker = self.leave(provider).await;
        let page = self.browser.submit(&picker, "email", &[("person", "ada@example.com")]).await;
        let page = self.go_on(page).await;
        assert!(page.query("code").is_some(), "{} {}", page.url, page.text());
        let back = picker.query("redirect_uri").unwrap_or_else(|| home.to_owned());
        assert!(back.starts_with(home), "{back}");
    }

    async fn has_session(&self) -> bool {
        let query = self.setup.query(&[("prompt", "none")]);
        self.browser.clone().open(&format!("/oauth2/authorize?{query}")).await.query("code").is_some()
    }
}

#[actix_web::test]
async fn signing_out_past_the_provider_comes_back_to_the_domain() {
    let (mut world, home) = at_domain().await;
    for provider in ["SimulatedSAML", "SimulatedOIDC"] {
        world.sign_in_at(provider, &home).await;
        let path = format!("/logout?client_id={}&logout_uri={SIGNED_OUT}", world.setup.client);
        if provider == "SimulatedOIDC" {
            let asked = world.browser.peek(&path).await;
            let asked = url::Url::parse(asked.header("location")).unwrap();
            let back = asked.query_pairs().find(|(name, _)| name == "post_logout_redirect_uri").unwrap().1.into_owned();
            assert_eq!(back, format!("{home}/oauth2/logoutresponse"));
            world.sign_in_at(provider, &home).await;
        }
        let page = world.browser.open(&path).await;
        let page = world.go_on(page).await;
        assert_eq!(page.url, SIGNED_OUT, "{provider}: {}", page.text());
        assert!(!world.has_session().await, "{provider}");
    }
}

#[actix_web::test]
async fn the_provider_signs_somebody_out_at_the_domain() {
    let (mut world, home) = at_domain().await;
    world.sign_in_at("SimulatedSAML", &home).await;
    assert!(world.has_session().await);
    let page = world.browser.open(&format!("{}/saml", world.origin)).await;
    let asked = world.browser.submit(&page, "signout", &[]).await;
    let end = world.browser.submit(&asked, "SAMLRequest", &[]).await;
    let end = world.go_on(end).await;
    assert!(end.says("Signed out"), "{} {}", end.url, end.text());
    assert!(!world.has_session().await);
}

#[actix_web::test]
async fn a_request_to_sign_out_is_for_the_address_that_it_names() {
    let (mut world, home) = at_domain().await;
    world.sign_in_at("SimulatedSAML", &home).await;
    let page = world.browser.open(&format!("{}/saml", world.origin)).await;
    let asked = world.browser.submit(&page, "signout", &[]).await;
    let request = asked.field("SAMLRequest", "SAMLRequest");
    let elsewhere = Browser::new(&world.app).forge("/saml2/logout", &[], &[("SAMLRequest", &request)]).await;
    assert_eq!(elsewhere.status, 400, "{}", elsewhere.text);
    assert!(world.has_session().await);
}

#[actix_web::test]
async fn our_metadata_names_the_domain_everywhere() {
    let (mut world, home) = at_domain().await;
    let page = world.browser.open(&format!("/saml2/metadata?user_pool_id={}", world.setup.pool)).await;
    for address in ["/saml2/idpresponse", "/saml2/logout"] {
        assert!(page.answer.text.contains(&format!("\"{home}{address}\"")), "{address}: {}", page.answer.text);
    }
    assert!(!page.answer.text.contains(&world.app.base));
}
