//! The forgotten password, from the link on the sign-in page to the sign-in with the new one.

use serde_json::json;

use crate::support::setup::PASSWORD;
use crate::support::{Browser, Page, Setup, TestApp, callback};

const JANE: &str = "jane@example.com";
const NEW: &str = "Another-Horse-2";

async fn start() -> (TestApp, Setup, Browser) {
    let app = TestApp::new().await;
    let setup = Setup::new(&app).await;
    setup.user(&app, JANE).await;
    let browser = Browser::new(&app);
    (app, setup, browser)
}

async fn ask(browser: &mut Browser, setup: &Setup, username: &str) -> Page {
    let page = browser.open(&format!("/login?{}", setup.query(&[]))).await;
    let page = browser.open(&page.link("Forgot your password?")).await;
    browser.submit(&page, "reset_my_password", &[("username", username)]).await
}

async fn answer(browser: &mut Browser, page: &Page, (code, password, again): (&str, &str, &str)) -> Page {
    let fields = [("confirmation_code", code), ("password", password), ("confirmPassword", again)];
    browser.submit(page, "confirmation_code", &fields).await
}

#[actix_web::test]
async fn a_code_and_a_new_password_lead_back_to_sign_in() {
    let (app, setup, mut browser) = start().await;
    let page = ask(&mut browser, &setup, JANE).await;
    assert!(page.says("We have sent a password reset code by email to j***@e***."), "{}", page.text());
    let code = app.code_for(JANE);
    let page = answer(&mut browser, &page, (&code, NEW, NEW)).await;
    assert!(page.says("Your password has been changed. Sign in with the new one."), "{}", page.text());
    assert_eq!(page.field("signInSubmitButton", "username"), JANE);
    let old = browser.submit(&page, "signInSubmitButton", &[("password", PASSWORD)]).await;
    assert!(old.says("Incorrect username or password."));
    let page = browser.submit(&page, "signInSubmitButton", &[("password", NEW)]).await;
    assert!(page.url.starts_with(callback()), "{}", page.text());
}

#[actix_web::test]
async fn nobody_learns_whether_an_account_exists() {
    let (app, setup, mut browser) = start().await;
    let unknown = ask(&mut browser, &setup, "jack@example.com").await;
    assert!(app.messages().is_empty());
    let known = ask(&mut browser, &setup, JANE).await;
    assert_eq!(unknown.text(), known.text());
    setup.disable(&app, JANE).await;
    let disabled = ask(&mut browser, &setup, JANE).await;
    assert_eq!(disabled.text(), known.text());
    let wrong = answer(&mut browser, &unknown, ("000000", NEW, NEW)).await;
    assert!(wrong.says("Invalid verification code provided, please try again."), "{}", wrong.text());
}

#[actix_web::test]
async fn mistakes_are_told_and_the_code_survives_them() {
    let (app, setup, mut browser) = start().await;
    let page = ask(&mut browser, &setup, JANE).await;
    let code = app.code_for(JANE);
    let differ = answer(&mut browser, &page, (&code, NEW, "Another-Horse-3")).await;
    assert!(differ.says("The two passwords are not the same."), "{}", differ.text());
    let weak = answer(&mut browser, &page, (&code, "weak", "weak")).await;
    assert!(weak.says("Password not long enough"), "{}", weak.text());
    let wrong_code = if code == "000000" { "000001" } else { "000000" };
    let wrong = answer(&mut browser, &page, (wrong_code, NEW, NEW)).await;
    assert!(wrong.says("Invalid verification code provided, please try again."), "{}", wrong.text());
    assert_eq!(wrong.field("confirmation_code", "confirmation_code"), wrong_code);
    for refused in [&differ, &weak, &wrong] {
        assert!(!refused.answer.text.contains(NEW), "no password is sent back");
    }
    let done = answer(&mut browser, &page, (&code, NEW, NEW)).await;
    assert!(done.says("Your password has been changed."), "{}", done.text());
    let twice = answer(&mut browser, &page, (&code, "Third-Horse-3", "Third-Horse-3")).await;
    assert!(twice.says("Invalid code provided, please request a code again."), "{}", twice.text());
}

#[actix_web::test]
async fn a_code_works_for_an_hour() {
    let (app, setup, mut browser) = start().await;
    let page = ask(&mut browser, &setup, JANE).await;
    let code = app.code_for(JANE);
    app.advance(3600);
    let late = answer(&mut browser, &page, (&code, NEW, NEW)).await;
    assert!(late.says("Invalid code provided, please request a code again."), "{}", late.text());
}

#[actix_web::test]
async fn five_wrong_codes_lock() {
    let (app, setup, mut browser) = start().await;
    let page = ask(&mut browser, &setup, JANE).await;
    let code = app.code_for(JANE);
    let wrong = if code == "000000" { "000001" } else { "000000" };
    for _ in 0..5 {
        answer(&mut browser, &page, (wrong, NEW, NEW)).await;
    }
    let locked = answer(&mut browser, &page, (&code, NEW, NEW)).await;
    assert!(locked.says("Attempt limit exceeded, please try after some time."), "{}", locked.text());
}

#[actix_web::test]
async fn an_empty_name_is_asked_for_again() {
    let (_app, setup, mut browser) = start().await;
    let page = ask(&mut browser, &setup, " ").await;
    assert!(page.says("Please fill this in."), "{}", page.text());
}

#[actix_web::test]
async fn a_code_asked_for_elsewhere_is_taken_with_the_name() {
    let (app, setup, mut browser) = start().await;
    let request = json!({ "ClientId": setup.client, "Username": JANE });
    app.ok("ForgotPassword", request).await;
    let page = browser.open(&format!("/confirmforgotPassword?{}", setup.query(&[]))).await;
    let code = app.code_for(JANE);
    let fields =
        [("username", JANE), ("confirmation_code", code.as_str()), ("password", NEW), ("confirmPassword", NEW)];
    let page = browser.submit(&page, "confirmation_code", &fields).await;
    assert!(page.says("Your password has been changed."), "{}", page.text());
}
