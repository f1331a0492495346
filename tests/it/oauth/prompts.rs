//! Authorization requests and the browser session: when a page is shown, to whom, in which language.

use serde_json::json;

use crate::support::setup::PASSWORD;
use crate::support::{Browser, Page, Setup, TestApp, callback};

const JANE: &str = "jane@example.com";

async fn start() -> (TestApp, Setup) {
    let app = TestApp::new().await;
    let setup = Setup::new(&app).await;
    setup.user(&app, JANE).await;
    (app, setup)
}

async fn ask(browser: &mut Browser, setup: &Setup, extra: &[(&str, &str)]) -> Page {
    browser.open(&format!("/oauth2/authorize?{}", setup.query(extra))).await
}

fn is_code(page: &Page) -> bool {
    page.url.starts_with(callback()) && page.query("code").is_some()
}

fn is_form(page: &Page) -> bool {
    page.url.contains("/login?") && page.answer.text.contains("name=\"password\"")
}

#[actix_web::test]
async fn a_live_session_earns_a_code_at_once() {
    let (app, setup) = start().await;
    let mut browser = Browser::new(&app);
    let first = setup.sign_in(&mut browser, JANE, &[]).await;
    app.advance(3599);
    let second = ask(&mut browser, &setup, &[("state", "st-2")]).await;
    assert!(is_code(&second), "{}", second.url);
    assert_eq!(second.query("state").as_deref(), Some("st-2"));
    assert_ne!(first.query("code"), second.query("code"));
    app.advance(1);
    assert!(is_form(&ask(&mut browser, &setup, &[]).await), "an hour after the sign-in the session is over");
}

#[actix_web::test]
async fn a_session_serves_every_client_of_its_pool_and_no_other_pool() {
    let (app, setup) = start().await;
    let mut browser = Browser::new(&app);
    setup.sign_in(&mut browser, JANE, &[]).await;
    let (client, secret) = setup.another_client(&app, json!({})).await;
    let sibling = Setup { pool: setup.pool.clone(), client, secret };
    assert!(is_code(&ask(&mut browser, &sibling, &[]).await));
    let stranger = Setup::new(&app).await;
    stranger.user(&app, JANE).await;
    assert!(is_form(&ask(&mut browser, &stranger, &[]).await));
    let silent = ask(&mut browser, &stranger, &[("prompt", "none")]).await;
    assert_eq!(silent.query("error").as_deref(), Some("login_required"));
}

#[actix_web::test]
async fn a_session_of_somebody_disabled_or_deleted_is_not_used() {
    let (app, setup) = start().await;
    setup.user(&app, "joe@example.com").await;
    let (mut jane, mut joe) = (Browser::new(&app), Browser::new(&app));
    setup.sign_in(&mut jane, JANE, &[]).await;
    setup.sign_in(&mut joe, "joe@example.com", &[]).await;
    setup.disable(&app, JANE).await;
    app.ok("AdminDeleteUser", json!({ "UserPoolId": setup.pool, "Username": "joe@example.com" })).await;
    for browser in [&mut jane, &mut joe] {
        assert!(is_form(&ask(browser, &setup, &[]).await));
        let silent = ask(browser, &setup, &[("prompt", "none")]).await;
        assert_eq!(silent.query("error").as_deref(), Some("login_required"));
    }
}

#[actix_web::test]
async fn prompt_none_never_shows_a_page() {
    let (app, setup) = start().await;
    let mut browser = Browser::new(&app);
    let page = ask(&mut browser, &setup, &[("prompt", "none")]).await;
    assert!(page.url.starts_with(callback()), "{}", page.url);
    assert_eq!(page.query("error").as_deref(), Some("login_required"));
    assert_eq!(page.query("state").as_deref(), Some("st-1"));
    setup.sign_in(&mut browser, JANE, &[]).await;
    assert!(is_code(&ask(&mut browser, &setup, &[("prompt", "none")]).await));
}

#[actix_web::test]
async fn prompt_login_asks_again_and_starts_a_new_session() {
    let (app, setup) = start().await;
    let mut browser = Browser::new(&app);
    setup.sign_in(&mut browser, JANE, &[]).await;
    let before = browser.cookies["cognito"].clone();
    let page = ask(&mut browser, &setup, &[("prompt", "login")]).await;
    assert!(is_form(&page), "{}", page.text());
    let page = browser.submit(&page, "signInSubmitButton", &[("username", JANE), ("password", PASSWORD)]).await;
    assert!(is_code(&page));
    assert_ne!(browser.cookies["cognito"], before);
}

#[actix_web::test]
async fn prompt_login_is_not_answered_by_the_button_of_the_known_user() {
    let (app, setup) = start().await;
    let mut browser = Browser::new(&app);
    setup.sign_in(&mut browser, JANE, &[]).await;
    let token = browser.cookies["XSRF-TOKEN"].clone();
    let path = format!("/login?{}", setup.query(&[("prompt", "login")]));
    let answer = browser.forge(&path, &[], &[("_csrf", &token)]).await;
    assert!(!answer.header("location").starts_with(callback()), "{}", answer.header("location"));
}

#[actix_web::test]
async fn prompts_that_contradict_or_are_unknown_are_refused() {
    let (app, setup) = start().await;
    for wrong in ["none login", "login none", "none consent", "create", "LOGIN"] {
        let page = ask(&mut Browser::new(&app), &setup, &[("prompt", wrong)]).await;
        assert_eq!(page.query("error").as_deref(), Some("invalid_request"), "{wrong}");
    }
    for right in ["select_account", "consent", "select_account consent", "login consent"] {
        assert!(is_form(&ask(&mut Browser::new(&app), &setup, &[("prompt", right)]).await), "{right}");
    }
}

#[actix_web::test]
async fn a_login_hint_is_filled_in() {
    let (app, setup) = start().await;
    let page = ask(&mut Browser::new(&app), &setup, &[("login_hint", "o'neil+x@example.com")]).await;
    assert_eq!(page.field("signInSubmitButton", "username"), "o'neil+x@example.com");
}

#[actix_web::test]
async fn a_language_is_kept_in_a_cookie_and_unknown_ones_fall_back_to_english() {
    let (app, setup) = start().await;
    let mut browser = Browser::new(&app);
    let page = ask(&mut browser, &setup, &[("lang", "en")]).await;
    assert!(page.answer.text.contains("<html lang=\"en\""));
    assert_eq!(browser.cookies["lang"], "en");
    let page = ask(&mut Browser::new(&app), &setup, &[("lang", "xx\"><script>")]).await;
    assert!(page.answer.text.contains("<html lang=\"en\""));
}

#[actix_web::test]
async fn the_alias_without_oauth2_answers_the_same() {
    let (app, setup) = start().await;
    let mut browser = Browser::new(&app);
    setup.sign_in(&mut browser, JANE, &[]).await;
    let page = browser.open(&format!("/authorize?{}", setup.query(&[]))).await;
    assert!(is_code(&page));
}
