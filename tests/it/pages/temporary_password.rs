//! The change of a temporary password that an administrator gave.

use serde_json::{Value, json};

use crate::support::setup::PASSWORD;
use crate::support::{Browser, Page, Setup, TestApp, callback};

const JANE: &str = "jane@example.com";
const TEMPORARY: &str = "Temporary-1";

async fn start(pool: Value) -> (TestApp, Setup, Browser, Page) {
    let app = TestApp::new().await;
    let setup = Setup::with(&app, pool, json!({})).await;
    let user = json!({
        "UserPoolId": setup.pool, "Username": JANE, "TemporaryPassword": TEMPORARY, "MessageAction": "SUPPRESS",
        "UserAttributes": [{ "Name": "email", "Value": JANE }, { "Name": "email_verified", "Value": "true" }],
    });
    app.ok("AdminCreateUser", user).await;
    let mut browser = Browser::new(&app);
    let page = sign_in(&mut browser, &setup, TEMPORARY).await;
    assert!(page.url.contains("/changePassword?"), "{}: {}", page.url, page.text());
    (app, setup, browser, page)
}

async fn sign_in(browser: &mut Browser, setup: &Setup, password: &str) -> Page {
    let page = browser.open(&format!("/login?{}", setup.query(&[]))).await;
    browser.submit(&page, "signInSubmitButton", &[("username", JANE), ("password", password)]).await
}

async fn change(browser: &mut Browser, page: &Page, (password, again): (&str, &str)) -> Page {
    browser.submit(page, "new_password", &[("new_password", password), ("confirm_password", again)]).await
}

#[actix_web::test]
async fn a_new_password_completes_the_sign_in() {
    let (app, setup, mut browser, page) = start(json!({})).await;
    assert!(page.says("Please enter your new password below."), "{}", page.text());
    let page = change(&mut browser, &page, (PASSWORD, PASSWORD)).await;
    assert!(page.url.starts_with(callback()) && page.query("code").is_some(), "{}: {}", page.url, page.text());
    assert!(browser.cookies.contains_key("cognito") && !browser.cookies.contains_key("cenote-step"));
    let mut fresh = Browser::new(&app);
    assert!(sign_in(&mut fresh, &setup, TEMPORARY).await.says("Incorrect username or password."));
    assert!(sign_in(&mut fresh, &setup, PASSWORD).await.url.starts_with(callback()));
}

#[actix_web::test]
async fn mistakes_are_told_and_can_be_mended() {
    let (_app, _setup, mut browser, page) = start(json!({})).await;
    let differ = change(&mut browser, &page, (PASSWORD, "Other-Horse-1")).await;
    assert!(differ.says("The two passwords are not the same."), "{}", differ.text());
    let weak = change(&mut browser, &differ, ("weak", "weak")).await;
    assert!(weak.says("Password not long enough"), "{}", weak.text());
    let done = change(&mut browser, &weak, (PASSWORD, PASSWORD)).await;
    assert!(done.url.starts_with(callback()), "{}", done.text());
}

#[actix_web::test]
async fn the_form_works_once() {
    let (_app, setup, mut browser, page) = start(json!({})).await;
    let old = browser.clone();
    change(&mut browser, &page, (PASSWORD, PASSWORD)).await;
    let mut copy = old.clone();
    let again = change(&mut copy, &page, ("Third-Horse-3", "Third-Horse-3")).await;
    assert!(again.url.contains("/login?"), "{}", again.url);
    assert!(!copy.cookies.contains_key("cognito"));
    let mut fresh = old;
    fresh.cookies.clear();
    assert!(sign_in(&mut fresh, &setup, PASSWORD).await.url.starts_with(callback()), "the first change holds");
}

#[actix_web::test]
async fn the_form_waits_for_three_minutes() {
    let (app, _setup, mut browser, page) = start(json!({})).await;
    app.advance(180);
    let late = change(&mut browser, &page, (PASSWORD, PASSWORD)).await;
    assert!(late.url.contains("/login?"), "{}: {}", late.url, late.text());
}

#[actix_web::test]
async fn the_step_cannot_be_skipped() {
    let (_app, setup, mut browser, _page) = start(json!({})).await;
    assert!(!browser.cookies.contains_key("cognito"));
    let page = browser.open(&format!("/oauth2/authorize?{}", setup.query(&[]))).await;
    assert!(page.url.contains("/login?"), "{}", page.url);
    let mut stranger = browser.clone();
    stranger.cookies.remove("cenote-step");
    let page = stranger.open(&format!("/changePassword?{}", setup.query(&[]))).await;
    assert!(page.url.contains("/login?"), "{}", page.url);
}

#[actix_web::test]
async fn a_temporary_password_lasts_a_week() {
    let (app, setup, mut browser, _page) = start(json!({})).await;
    app.advance(7 * 86_400);
    let page = sign_in(&mut browser, &setup, TEMPORARY).await;
    assert!(page.says("Temporary password has expired and must be reset by an administrator."), "{}", page.text());
}

#[actix_web::test]
async fn somebody_disabled_meanwhile_does_not_get_in() {
    let (app, setup, mut browser, page) = start(json!({})).await;
    setup.disable(&app, JANE).await;
    let page = change(&mut browser, &page, (PASSWORD, PASSWORD)).await;
    assert!(page.url.contains("/login?"), "{}: {}", page.url, page.text());
}

#[actix_web::test]
async fn missing_attributes_are_asked_for() {
    let schema = json!([{ "Name": "given_name", "Required": true, "AttributeDataType": "String", "Mutable": true }]);
    let (_app, _setup, mut browser, page) = start(json!({ "Schema": schema })).await;
    assert!(page.says("Given name"), "{}", page.text());
    let missed = change(&mut browser, &page, (PASSWORD, PASSWORD)).await;
    assert!(missed.says("given_name: The attribute is required"), "{}", missed.text());
    let fields =
        [("new_password", PASSWORD), ("confirm_password", PASSWORD), ("requiredAttributes[given_name]", "Jane")];
    let done = browser.submit(&missed, "new_password", &fields).await;
    assert!(done.url.starts_with(callback()), "{}", done.text());
}
