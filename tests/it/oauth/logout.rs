//! Sign-out: where it may lead, and what is left afterwards.

use serde_json::json;

use crate::support::flows::text;
use crate::support::{Browser, Page, Setup, TestApp, callback};

const JANE: &str = "jane@example.com";
const SIGNED_OUT: &str = "https://app.example/signed-out";

async fn start() -> (TestApp, Setup, Browser) {
    let app = TestApp::new().await;
    let setup = Setup::new(&app).await;
    setup.user(&app, JANE).await;
    let mut browser = Browser::new(&app);
    setup.sign_in(&mut browser, JANE, &[]).await;
    assert!(browser.cookies.contains_key("cognito"));
    (app, setup, browser)
}

async fn log_out(browser: &mut Browser, pairs: &[(&str, &str)]) -> Page {
    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    browser.open(&format!("/logout?{query}")).await
}

/// The sign-out must be refused by a page that names `parameter`, and the session must live on.
async fn expect_refusal(browser: &mut Browser, setup: &Setup, (pairs, parameter): (&[(&str, &str)], &str)) {
    let page = log_out(browser, pairs).await;
    assert!(page.url.contains("/error?"), "{pairs:?} leads to {}", page.url);
    assert_eq!(page.answer.status, 400);
    assert_eq!(page.query("parameter").as_deref(), Some(parameter), "{pairs:?}");
    let asked = browser.open(&format!("/oauth2/authorize?{}", setup.query(&[]))).await;
    assert!(asked.url.starts_with(callback()), "{pairs:?} ended the session");
}

#[actix_web::test]
async fn a_registered_address_is_where_the_browser_goes_and_the_session_is_over() {
    let (_app, setup, mut browser) = start().await;
    let old = browser.clone();
    let page = log_out(&mut browser, &[("client_id", &setup.client), ("logout_uri", SIGNED_OUT)]).await;
    assert_eq!(page.url, SIGNED_OUT);
    assert!(!browser.cookies.contains_key("cognito"));
    let answer = old.peek(&format!("/oauth2/authorize?{}", setup.query(&[]))).await;
    assert!(answer.header("location").starts_with("/login?"), "an old copy of the cookie is dead");
}

#[actix_web::test]
async fn tokens_live_on_after_sign_out() {
    let (app, setup, mut browser) = start().await;
    let tokens = setup.oauth_tokens(&app, JANE, &[]).await;
    log_out(&mut browser, &[("client_id", &setup.client), ("logout_uri", SIGNED_OUT)]).await;
    assert_eq!(app.get_bearer("/oauth2/userInfo", text(&tokens, "access_token")).await.status, 200);
}

#[actix_web::test]
async fn addresses_that_are_not_registered_to_the_letter_are_refused() {
    let (_app, setup, mut browser) = start().await;
    let id = ("client_id", setup.client.as_str());
    for wrong in
        ["https://evil.example/", "https://app.example/signed-out/", "https://app.example/Signed-out", callback()]
    {
        expect_refusal(&mut browser, &setup, (&[id, ("logout_uri", wrong)], "logout_uri")).await;
        let standard = ("post_logout_redirect_uri", wrong);
        expect_refusal(&mut browser, &setup, (&[id, standard], "post_logout_redirect_uri")).await;
    }
    let code = ("response_type", "code");
    for wrong in ["https://evil.example/", SIGNED_OUT] {
        expect_refusal(&mut browser, &setup, (&[id, code, ("redirect_uri", wrong)], "redirect_uri")).await;
    }
    expect_refusal(&mut browser, &setup, (&[id], "redirect_uri")).await;
    expect_refusal(&mut browser, &setup, (&[("logout_uri", SIGNED_OUT)], "client_id")).await;
    let unknown = [("client_id", "1example23456789"), ("logout_uri", SIGNED_OUT)];
    expect_refusal(&mut browser, &setup, (&unknown, "client_id")).await;
    let twice = [id, ("logout_uri", SIGNED_OUT), ("logout_uri", "https://evil.example/")];
    expect_refusal(&mut browser, &setup, (&twice, "logout_uri")).await;
}

#[actix_web::test]
async fn a_callback_leads_back_to_sign_in_with_all_scopes() {
    let (_app, setup, mut browser) = start().await;
    let wanted = [
        ("client_id", setup.client.as_str()),
        ("redirect_uri", callback()),
        ("response_type", "code"),
        ("state", "s 1"),
    ];
    let page = log_out(&mut browser, &wanted).await;
    assert!(page.url.contains("/login?") && page.answer.text.contains("name=\"password\""), "{}", page.url);
    assert_eq!(page.query("scope").unwrap().split(' ').count(), 5);
    assert_eq!(page.query("state").as_deref(), Some("s 1"));
    assert!(!browser.cookies.contains_key("cognito"));
}

#[actix_web::test]
async fn an_id_token_names_the_client_as_openid_connect_has_it() {
    let (app, setup, mut browser) = start().await;
    let tokens = setup.oauth_tokens(&app, JANE, &[]).await;
    app.advance(90_000);
    setup.sign_in(&mut browser, JANE, &[]).await;
    let wanted =
        [("id_token_hint", text(&tokens, "id_token")), ("post_logout_redirect_uri", SIGNED_OUT), ("state", "s&1")];
    let page = log_out(&mut browser, &wanted).await;
    assert_eq!(page.url, format!("{SIGNED_OUT}?state=s%261"), "an expired hint is a good hint");
    assert!(!browser.cookies.contains_key("cognito"));
}

#[actix_web::test]
async fn a_hint_that_is_forged_or_for_somebody_else_is_refused() {
    let (app, setup, mut browser) = start().await;
    let tokens = setup.oauth_tokens(&app, JANE, &[]).await;
    let stranger = Setup::new(&app).await;
    stranger.user(&app, JANE).await;
    let foreign = stranger.oauth_tokens(&app, JANE, &[]).await;
    let good = text(&tokens, "id_token");
    let (signed, signature) = good.rsplit_once('.').unwrap();
    let foreign_signature = text(&foreign, "id_token").rsplit_once('.').unwrap().1;
    let target = ("post_logout_redirect_uri", SIGNED_OUT);
    let forged = [
        format!("{signed}."),
        format!("{signed}.{}", signature.chars().rev().collect::<String>()),
        format!("{signed}.{foreign_signature}"),
        text(&tokens, "access_token").to_owned(),
        "x".to_owned(),
    ];
    for hint in &forged {
        expect_refusal(&mut browser, &setup, (&[("id_token_hint", hint), target], "id_token_hint")).await;
        let named = [("id_token_hint", hint.as_str()), target, ("client_id", &setup.client)];
        expect_refusal(&mut browser, &setup, (&named, "id_token_hint")).await;
    }
    let (sibling, _) = setup.another_client(&app, json!({})).await;
    let other = [("id_token_hint", good), target, ("client_id", &sibling)];
    expect_refusal(&mut browser, &setup, (&other, "id_token_hint")).await;
}
