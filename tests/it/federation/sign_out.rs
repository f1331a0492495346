//! Signing out at the provider as well, from our side and from the provider's.

use serde_json::json;

use super::stage::{World, world, world_with};
use crate::support::{Browser, Page};

const SIGNED_OUT: &str = "https://app.example/signed-out";

impl World {
    async fn sign_in(&mut self, provider: &str) {
        let picker = self.leave(provider).await;
        let page = self.pick(&picker, &[("person", "ada@example.com")]).await;
        assert!(page.query("code").is_some(), "{} {}", page.url, page.text());
    }

    /// Signs out; where the browser ends before any form is sent.
    async fn sign_out(&mut self) -> Page {
        let client = self.setup.client.clone();
        self.browser.open(&format!("/logout?client_id={client}&logout_uri={SIGNED_OUT}")).await
    }

    /// Whether the browser's session, or the one that `cookie` had, lives.
    async fn is_signed_in(&self, cookie: Option<&str>) -> bool {
        let mut browser = self.browser.clone();
        if let Some(cookie) = cookie {
            browser.cookies.insert("cognito".to_owned(), cookie.to_owned());
        }
        let page = browser.open(&format!("/oauth2/authorize?{}", self.setup.query(&[("prompt", "none")]))).await;
        page.query("code").is_some()
    }

    fn session(&self) -> String {
        self.browser.cookies["cognito"].clone()
    }
}

#[actix_web::test]
async fn signing_out_passes_by_the_saml_provider_and_ends_at_the_app() {
    let mut world = world().await;
    world.sign_in("SimulatedSAML").await;
    let cookie = world.session();
    let at_provider = world.sign_out().await;
    assert!(at_provider.url.starts_with(&format!("{}/saml/slo?SAMLRequest=", world.origin)), "{}", at_provider.url);
    assert!(at_provider.url.contains("&SigAlg=") && at_provider.url.contains("&Signature="));
    assert!(!world.is_signed_in(Some(&cookie)).await, "the session ends before the provider answers");
    let page = world.go_on(at_provider).await;
    assert_eq!(page.url, SIGNED_OUT, "{}", page.text());
}

#[actix_web::test]
async fn a_provider_that_takes_no_part_is_passed_over() {
    let mut plain = world_with(|one| _ = one.details.insert("IDPSignout".to_owned(), "false".to_owned())).await;
    plain.sign_in("SimulatedSAML").await;
    let page = plain.sign_out().await;
    assert_eq!(page.url, SIGNED_OUT);
    plain.sign_in("Google").await;
    assert_eq!(plain.sign_out().await.url, SIGNED_OUT);
}

#[actix_web::test]
async fn an_answer_in_another_browser_or_a_second_time_confirms_nothing() {
    let mut world = world().await;
    world.sign_in("SimulatedSAML").await;
    let at_provider = world.sign_out().await;
    let cookies = world.browser.cookies.clone();
    world.browser.cookies.clear();
    let answer = world.browser.submit(&at_provider, "SAMLResponse", &[]).await;
    let elsewhere = world.go_on(answer).await;
    assert!(elsewhere.says("has not confirmed"), "{} {}", elsewhere.url, elsewhere.text());
    assert_eq!(elsewhere.link("Continue"), SIGNED_OUT);
    world.browser.cookies = cookies.clone();
    let first = world.browser.submit(&at_provider, "SAMLResponse", &[]).await;
    assert_eq!(world.go_on(first).await.url, SIGNED_OUT);
    world.browser.cookies = cookies;
    let second = world.browser.submit(&at_provider, "SAMLResponse", &[]).await;
    assert!(world.go_on(second).await.says("has not confirmed"));
}

#[actix_web::test]
async fn a_bad_or_late_answer_leaves_a_way_on_and_nobody_signed_in() {
    let mut world = world().await;
    for change in ["SAMLResponse", "RelayState", "late"] {
        world.sign_in("SimulatedSAML").await;
        let cookie = world.session();
        let at_provider = world.sign_out().await;
        let spoiled = match change {
            "SAMLResponse" => vec![("SAMLResponse", "PGE+PC9hPg==")],
            "RelayState" => vec![("RelayState", "https://evil.example/")],
            _ => {
                world.app.advance(301);
                vec![]
            }
        };
        let answer = world.browser.submit(&at_provider, "SAMLResponse", &spoiled).await;
        let page = world.go_on(answer).await;
        assert!(page.url.starts_with(&world.app.base) && !page.answer.text.contains("evil.example\" "), "{}", page.url);
        assert!(page.says("has not confirmed") || page.answer.status == 400, "{change}: {}", page.text());
        assert!(!world.is_signed_in(Some(&cookie)).await);
        world.browser.cookies.clear();
    }
}

#[actix_web::test]
async fn a_provider_that_cannot_be_asked_does_not_keep_anybody_signed_in() {
    let mut world = world().await;
    world.sign_in("SimulatedSAML").await;
    let cookie = world.session();
    let gone = json!({
        "UserPoolId": world.setup.pool, "ProviderName": "SimulatedSAML",
        "ProviderDetails": { "MetadataFile": "<gone/>" },
    });
    let kept = world.app.api("UpdateIdentityProvider", gone).await;
    assert_eq!(kept.status, 400, "metadata that cannot be used is not kept: {}", kept.text);
    world.app.advance(2 * 86_400);
    assert!(!world.is_signed_in(Some(&cookie)).await);
}

#[actix_web::test]
async fn the_provider_signs_somebody_out_of_every_browser() {
    let mut world = world().await;
    world.sign_in("SimulatedSAML").await;
    let cookie = world.session();
    assert!(world.is_signed_in(Some(&cookie)).await);
    let origin = world.origin.clone();
    let home = world.browser.open(&format!("{origin}/saml")).await;
    assert!(home.says("Sign out at the provider"), "{}", home.text());
    let asked = world.browser.submit(&home, "signout", &[]).await;
    assert!(asked.has_form_with("SAMLRequest"), "{}", asked.text());
    let page = world.browser.submit(&asked, "SAMLRequest", &[]).await;
    assert!(!world.is_signed_in(Some(&cookie)).await);
    let end = world.go_on(page).await;
    assert!(end.url.starts_with(&format!("{origin}/saml/slo")) && end.says("Signed out"), "{} {}", end.url, end.text());
    let again = world.browser.submit(&asked, "SAMLRequest", &[]).await;
    assert!(again.answer.status == 400 && again.says("could not be served"), "{} {}", again.url, again.text());
}

#[actix_web::test]
async fn a_request_to_sign_out_that_nobody_of_ours_signed_changes_nothing() {
    let mut world = world().await;
    world.sign_in("SimulatedSAML").await;
    let cookie = world.session();
    let origin = world.origin.clone();
    let home = world.browser.open(&format!("{origin}/saml")).await;
    let asked = world.browser.submit(&home, "signout", &[]).await;
    let genuine = decoded(&asked.field("SAMLRequest", "SAMLRequest"));
    let unsigned = without_signature(&genuine);
    let other_issuer = genuine.replace("/saml/metadata", "/other/metadata");
    let other_person = genuine.replace("</saml:NameID>", "x</saml:NameID>");
    for hostile in [unsigned, other_issuer, other_person, genuine.replace("2.0\"", "1.1\"")] {
        assert_ne!(hostile, genuine);
        let page = world.browser.submit(&asked, "SAMLRequest", &[("SAMLRequest", &encoded(&hostile))]).await;
        assert_eq!(page.answer.status, 400, "{}", page.text());
        assert!(world.is_signed_in(Some(&cookie)).await);
    }
    world.app.advance(361);
    let late = world.browser.submit(&asked, "SAMLRequest", &[]).await;
    assert_eq!(late.answer.status, 400, "{}", late.text());
    assert!(world.is_signed_in(Some(&cookie)).await);
}

fn decoded(base64: &str) -> String {
    use base64::Engine as _;
    String::from_utf8(base64::engine::general_purpose::STANDARD.decode(base64).unwrap()).unwrap()
}

fn encoded(xml: &str) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(xml)
}

fn without_signature(xml: &str) -> String {
    let (before, rest) = xml.split_once("<ds:Signature ").unwrap();
    let (_, after) = rest.split_once("</ds:Signature>").unwrap();
    format!("{before}{after}")
}

#[actix_web::test]
async fn signing_out_passes_by_an_openid_connect_provider_that_takes_part() {
    for has_hint in [true, false] {
        let keep = |one: &mut cenote::simulated::ProviderSettings| {
            one.details.insert("store_tokens".to_owned(), has_hint.to_string());
        };
        let mut world = world_with(keep).await;
        world.sign_in("SimulatedOIDC").await;
        let cookie = world.session();
        let client = world.setup.client.clone();
        let path = format!("/logout?client_id={client}&logout_uri={SIGNED_OUT}");
        let asked = world.browser.peek(&path).await;
        let location = url::Url::parse(asked.header("location")).unwrap();
        let given =
            |name: &str| location.query_pairs().find(|(known, _)| known == name).map(|(_, value)| value.into_owned());
        assert!(location.as_str().starts_with(&format!("{}/oidc/session/end?", world.origin)), "{location}");
        assert_eq!(given("client_id").as_deref(), Some("simulated-oidc"));
        assert_eq!(given("post_logout_redirect_uri"), Some(format!("{}/oauth2/logoutresponse", world.app.base)));
        assert_eq!(given("id_token_hint").is_some(), has_hint);
        assert!(!world.is_signed_in(Some(&cookie)).await);
        world.sign_in("SimulatedOIDC").await;
        assert_eq!(world.sign_out().await.url, SIGNED_OUT);
    }
}

#[actix_web::test]
async fn coming_back_from_an_openid_connect_provider_counts_once_and_in_one_browser() {
    let mut world = world().await;
    world.sign_in("SimulatedOIDC").await;
    let answer = world.browser.peek("/oauth2/logoutresponse?state=forged").await;
    assert_eq!((answer.status, answer.header("location")), (400, ""));
    let client = world.setup.client.clone();
    let mut browser = Browser::new(&world.app);
    browser.cookies = world.browser.cookies.clone();
    let at_provider = browser.open(&format!("/logout?client_id={client}&logout_uri={SIGNED_OUT}")).await;
    let state =
        url::form_urlencoded::byte_serialize(at_provider.query("state").unwrap().as_bytes()).collect::<String>();
    let back = format!("/oauth2/logoutresponse?state={state}");
    let mut stranger = Browser::new(&world.app);
    assert!(stranger.open(&back).await.says("has not confirmed"));
    let cookies = browser.cookies.clone();
    assert_eq!(browser.open(&back).await.url, SIGNED_OUT);
    browser.cookies = cookies;
    assert!(browser.open(&back).await.says("has not confirmed"));
}

#[actix_web::test]
async fn a_provider_that_takes_forms_only_gets_one_at_sign_in_and_at_sign_out() {
    let mut world = world().await;
    let metadata = world.app.http.get(format!("{}/saml/metadata", world.origin)).send().await.unwrap();
    let metadata = metadata.text().await.unwrap().replace("bindings:HTTP-Redirect", "bindings:HTTP-POST");
    let signed = json!({ "MetadataFile": metadata, "RequestSigningAlgorithm": "rsa-sha256" });
    world.sign_in("SimulatedSAML").await;
    let update = json!({ "UserPoolId": world.setup.pool, "ProviderName": "SimulatedSAML", "ProviderDetails": signed });
    world.app.ok("UpdateIdentityProvider", update).await;
    let page = world.sign_out().await;
    assert!(page.answer.status == 200 && page.has_form_with("SAMLRequest"), "{}", page.text());
    let policy = page.answer.header("content-security-policy").to_owned();
    assert!(policy.contains(&world.origin) && policy.contains("https://app.example"), "{policy}");
    assert!(!page.answer.text.contains("_csrf"), "nothing of ours goes there");
    let request = decoded(&page.field("SAMLRequest", "SAMLRequest"));
    assert!(request.contains("<ds:Signature ") && request.contains("LogoutRequest"), "{request}");
    assert_eq!(world.go_on(page).await.url, SIGNED_OUT);
    let page = world.leave("SimulatedSAML").await;
    assert!(page.has_form_with("SAMLRequest") && page.says("press the button"), "{}", page.text());
    assert!(page.answer.header("content-security-policy").contains(&world.origin));
    assert!(decoded(&page.field("SAMLRequest", "SAMLRequest")).contains("<ds:Signature "));
}
