//! Passkeys on the hosted pages, with an authenticator made of software: signing in without a name, the offer after a
//! sign-in, and what must not pass for either.

use serde_json::{Value, json};

use crate::api::passkey_stage;
use crate::support::authenticator::Authenticator;
use crate::support::setup::PASSWORD;
use crate::support::{Browser, Page, Setup, TestApp};

const JANE: &str = "jane@example.com";
const ORIGIN: &str = "http://localhost:9229";
const REFUSED: &str = "The passkey could not be verified.";

/// What a form asks of the browser.
pub fn options(page: &Page, kind: &str) -> Value {
    let html = scraper::Html::parse_document(&page.answer.text);
    let wanted = scraper::Selector::parse(&format!("form[data-passkey={kind}]")).unwrap();
    let form = html.select(&wanted).next().unwrap_or_else(|| panic!("no {kind} at {}: {}", page.url, page.text()));
    serde_json::from_str(form.attr("data-options").unwrap()).unwrap()
}

async fn with_passkey() -> (TestApp, Setup, Authenticator) {
    with_passkey_of(Authenticator::new(ORIGIN)).await
}

async fn with_passkey_of(mut authenticator: Authenticator) -> (TestApp, Setup, Authenticator) {
    let (app, setup) = passkey_stage().await;
    let token = setup.tokens(&app, JANE).await["AccessToken"].clone();
    crate::api::register_passkey(&app, &token, &mut authenticator).await;
    (app, setup, authenticator)
}

/// A browser that told that it can make passkeys.
fn able(app: &TestApp) -> Browser {
    let mut browser = Browser::new(app);
    browser.cookies.insert("cenote-passkeys".to_owned(), "able".to_owned());
    browser
}

async fn sign_in(browser: &mut Browser, setup: &Setup, extra: &[(&str, &str)]) -> Page {
    let page = browser.open(&format!("/login?{}", setup.query(extra))).await;
    browser.submit(&page, "signInSubmitButton", &[("username", JANE), ("password", PASSWORD)]).await
}

#[actix_web::test]
async fn a_passkey_signs_in_without_a_name() {
    let (app, setup, mut authenticator) = with_passkey().await;
    let mut browser = Browser::new(&app);
    let page = browser.open(&format!("/login?{}", setup.query(&[]))).await;
    let asked = options(&page, "get");
    assert_eq!((&asked["allowCredentials"], &asked["rpId"]), (&json!([]), &json!("localhost")));
    assert!(page.answer.text.contains("autocomplete=\"username webauthn\""));
    let credential = authenticator.get(&asked).to_string();
    let done = browser.submit(&page, "passkey_state", &[("credential", &credential)]).await;
    assert!(done.query("code").is_some(), "{}: {}", done.url, done.text());
    assert!(browser.cookies.contains_key("cognito"), "a session starts");
    let mut other = Browser::new(&app);
    other.cookies.insert("XSRF-TOKEN".to_owned(), browser.cookies["XSRF-TOKEN"].clone());
    let again = other.submit(&page, "passkey_state", &[("credential", &credential)]).await;
    assert!(again.says(REFUSED), "an answer is taken once: {}", again.text());
}

#[actix_web::test]
async fn an_answer_is_taken_once_also_from_an_authenticator_that_does_not_count() {
    let authenticator = Authenticator { is_counting: false, ..Authenticator::new(ORIGIN) };
    let (app, setup, mut authenticator) = with_passkey_of(authenticator).await;
    let mut browser = Browser::new(&app);
    for _ in 0..2 {
        let page = browser.open(&format!("/login?{}", setup.query(&[("prompt", "login")]))).await;
        let credential = authenticator.get(&options(&page, "get")).to_string();
        let done = browser.submit(&page, "passkey_state", &[("credential", &credential)]).await;
        assert!(done.query("code").is_some(), "{}: {}", done.url, done.text());
        let again = browser.submit(&page, "passkey_state", &[("credential", &credential)]).await;
        assert!(again.says(REFUSED), "{}: {}", again.url, again.text());
    }
}

#[actix_web::test]
async fn a_page_takes_no_answer_to_another_question() {
    let (app, setup, authenticator) = with_passkey().await;
    let mut browser = Browser::new(&app);
    let page = browser.open(&format!("/login?{}", setup.query(&[]))).await;
    let asked = options(&page, "get");
    let nameless = {
        let mut credential = authenticator.sign(&authenticator.keys[0], &asked);
        credential["response"]["userHandle"] = Value::Null;
        credential
    };
    let foreign = {
        let mut phisher = authenticator.clone();
        "https://evil.example".clone_into(&mut phisher.origin);
        phisher.sign(&phisher.keys[0], &asked)
    };
    for (what, credential) in
        [("nameless", nameless), ("foreign", foreign), ("empty", json!({})), ("none", Value::Null)]
    {
        let told = browser.submit(&page, "passkey_state", &[("credential", &credential.to_string())]).await;
        assert!(told.says(REFUSED), "{what}: {}", told.text());
    }
    let (other, _) = setup.another_client(&app, json!({ "ExplicitAuthFlows": ["ALLOW_USER_AUTH"] })).await;
    let elsewhere = browser.open(&format!("/login?{}", setup.through(other).query(&[]))).await;
    let state = page.field("passkey_state", "passkey_state");
    let told = browser.submit(&elsewhere, "passkey_state", &[("passkey_state", &state), ("credential", "{}")]).await;
    assert!(!told.says(REFUSED) && told.query("code").is_none(), "a state is good for its client");
    app.advance(3601);
    let late = authenticator.sign(&authenticator.keys[0], &asked).to_string();
    assert!(browser.submit(&page, "passkey_state", &[("credential", &late)]).await.says(REFUSED));
}

#[actix_web::test]
async fn only_pools_and_clients_that_allow_passkeys_show_them() {
    let app = TestApp::new().await;
    let setup = Setup::new(&app).await;
    let page = Browser::new(&app).open(&format!("/login?{}", setup.query(&[]))).await;
    assert!(!page.answer.text.contains("passkey"));
    let (app, setup) = passkey_stage().await;
    let (other, _) = setup.another_client(&app, json!({})).await;
    let page = Browser::new(&app).open(&format!("/login?{}", setup.through(other).query(&[]))).await;
    assert!(!page.answer.text.contains("passkey"), "ALLOW_USER_AUTH is off");
}

#[actix_web::test]
async fn a_passkey_is_offered_after_a_sign_in_and_made() {
    let (app, setup) = passkey_stage().await;
    let mut browser = able(&app);
    let page = sign_in(&mut browser, &setup, &[("prompt", "login")]).await;
    assert!(
        page.url.contains("/passkeys/add?") && page.says("Sign in faster next time") && page.says(JANE),
        "{}",
        page.url
    );
    let mut authenticator = Authenticator::new(ORIGIN);
    let junk = browser.submit(&page, "create_passkey", &[("credential", "{}")]).await;
    assert!(junk.says("The credential is malformed."), "{}", junk.text());
    let credential = authenticator.create(&options(&junk, "create")).to_string();
    let done = browser.submit(&junk, "create_passkey", &[("credential", &credential)]).await;
    assert!(done.query("code").is_some(), "{}: {}", done.url, done.text());
    assert_eq!(done.query("state").as_deref(), Some("st-1"));
    let mut again = able(&app);
    let page = sign_in(&mut again, &setup, &[]).await;
    assert!(page.query("code").is_some(), "who has one is not asked: {}", page.url);
}

#[actix_web::test]
async fn who_wants_no_passkey_or_cannot_make_one_is_left_alone() {
    let (app, setup) = passkey_stage().await;
    let page = sign_in(&mut Browser::new(&app), &setup, &[]).await;
    assert!(page.query("code").is_some(), "a browser that said nothing: {}", page.url);
    let mut browser = able(&app);
    let page = sign_in(&mut browser, &setup, &[]).await;
    let done = browser.submit(&page, "not_now", &[]).await;
    assert!(done.query("code").is_some(), "{}", done.url);
    browser.cookies.remove("cognito");
    let page = sign_in(&mut browser, &setup, &[]).await;
    assert!(page.query("code").is_some(), "asked once: {}", page.url);
}

#[actix_web::test]
async fn the_offer_is_no_way_around_the_sign_in() {
    let (app, setup) = passkey_stage().await;
    let mut browser = able(&app);
    let offer = sign_in(&mut browser, &setup, &[]).await;
    let stranger = Browser::new(&app).open(&format!("/passkeys/add?{}", setup.query(&[]))).await;
    assert!(stranger.url.contains("/login?"), "{}", stranger.url);
    let step = browser.cookies["cenote-step"].clone();
    let elsewhere = browser.open(&format!("/passkeys/add?{}", setup.query(&[("prompt", "login")]))).await;
    assert!(elsewhere.url.contains("/login?"), "another request: {}", elsewhere.url);
    browser.cookies.insert("cenote-step".to_owned(), step);
    let mut thief = Browser::new(&app);
    thief.cookies.insert("cenote-step".to_owned(), browser.cookies["cenote-step"].clone());
    let told = thief.open(&format!("/passkeys/add?{}", setup.query(&[]))).await;
    assert!(told.url.contains("/login?"), "without the session: {}", told.url);
    let mut forged = browser.clone();
    forged.cookies.insert("XSRF-TOKEN".to_owned(), "another-token-of-somebody".to_owned());
    let told = forged.submit(&offer, "not_now", &[]).await;
    assert!(told.query("code").is_none(), "a forged post: {}", told.url);
}
