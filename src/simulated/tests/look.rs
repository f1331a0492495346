//! Owns the tests of what every page of the simulated providers has in common.

use super::*;
use crate::simulated::{Kind, provider_settings};

fn picker_paths() -> Vec<String> {
    let callback = query(&[("client_id", "app"), ("redirect_uri", CALLBACK), ("response_type", "code")]);
    vec![
        format!("/google/o/oauth2/v2/auth?{callback}&scope=openid"),
        format!("/facebook/v17.0/dialog/oauth?{callback}"),
        format!("/amazon/ap/oa?{callback}&scope=profile"),
        format!("/apple/auth/authorize?{callback}&scope=name&response_mode=form_post"),
        format!("/oidc/authorize?{callback}&scope=openid"),
        "/saml/start?acs=http://localhost:9229/saml2/idpresponse&audience=sp".to_owned(),
    ]
}

#[actix_web::test]
async fn each_picker_says_that_it_is_simulated_and_may_only_lead_back() {
    let world = start();
    for (path, kind) in picker_paths().iter().zip(Kind::ALL) {
        let page = world.get(path).await;
        assert_eq!(page.status, 200, "{}", page.text);
        assert!(page.text.contains(&format!("<strong>Simulated {}</strong>", kind.label())), "{kind:?}");
        assert_eq!(page.text.matches("class=\"person\"").count(), 6);
        let policy = page.header("content-security-policy");
        assert!(policy.contains("default-src 'none'") && policy.contains("form-action 'self' http://localhost:9229 "));
        assert_eq!(page.header("x-frame-options"), "DENY");
        assert_eq!(page.text.contains("name=\"unverified_email\""), kind.has_verified_flag());
        assert_eq!(page.text.contains("name=\"sign\""), kind == Kind::Saml);
    }
}

#[actix_web::test]
async fn what_is_typed_is_escaped_and_asked_again_if_it_is_no_address() {
    let world = start();
    for path in picker_paths() {
        let page = world.post(&path, &[("email", "<script>\"x")]).await;
        assert_eq!(page.status, 422);
        assert!(page.text.contains("role=\"alert\"") && !page.text.contains("<script>\"x"));
    }
}

#[actix_web::test]
async fn a_request_that_cannot_be_answered_gets_a_page() {
    let world = start();
    for path in [
        "/google/o/oauth2/v2/auth",
        "/oidc/authorize?client_id=a&client_id=b",
        "/apple/auth/authorize?client_id=a&redirect_uri=javascript:alert(1)",
        "/saml/sso",
        "/saml/sso?SAMLRequest=%3F",
        "/saml/start?audience=sp&acs=ftp://x",
        "/saml/slo",
    ] {
        let page = world.get(path).await;
        assert_eq!(page.status, 400, "{path}");
        assert!(page.text.contains("cannot be served"));
    }
    assert_eq!(world.get("/nowhere").await.status, 404);
}

#[actix_web::test]
async fn the_index_tells_how_to_register_each() {
    let world = start();
    let page = world.get("/").await;
    for settings in provider_settings(&Url::parse(&world.base).unwrap()) {
        assert!(page.text.contains(&format!("--provider-name {}", settings.name)));
    }
    for path in ["/assets/simulated.css", "/assets/simulated.js"] {
        assert_eq!(world.get(path).await.status, 200);
    }
}
