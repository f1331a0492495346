//! Signing in and up on the pages with a code instead of a password.

use serde_json::json;

use crate::api::passwordless_stage;
use crate::support::{Browser, Page, Setup, TestApp};

const JANE: &str = "jane@example.com";

async fn stage() -> (TestApp, Setup) {
    passwordless_stage(json!(["PASSWORD", "EMAIL_OTP", "SMS_OTP"])).await
}

async fn ask(browser: &mut Browser, setup: &Setup, (name, factor): (&str, &str)) -> Page {
    let page = browser.open(&format!("/login?{}", setup.query(&[]))).await;
    browser.submit(&page, "signInSubmitButton", &[("username", name), ("code_by", factor)]).await
}

#[actix_web::test]
async fn a_code_by_mail_or_text_message_signs_in() {
    let (app, setup) = stage().await;
    let phone = "+14325551212";
    setup.user_with(&app, JANE, &[("phone_number", phone)]).await;
    for (factor, to) in [("EMAIL_OTP", JANE), ("SMS_OTP", phone)] {
        let mut browser = Browser::new(&app);
        let page = ask(&mut browser, &setup, (JANE, factor)).await;
        assert!(page.url.contains("/mfa?") && page.says("We have sent a code by"), "{}: {}", page.url, page.text());
        let code = app.code_for(to);
        let wrong = if code == "000000" { "000001" } else { "000000" };
        let told = browser.submit(&page, "authentication_code", &[("authentication_code", wrong)]).await;
        assert!(told.query("code").is_none(), "{}", told.url);
        let page = ask(&mut browser, &setup, (JANE, factor)).await;
        let code = app.code_for(to);
        let done = browser.submit(&page, "authentication_code", &[("authentication_code", &code)]).await;
        assert!(done.query("code").is_some(), "{factor}: {} {}", done.url, done.text());
        assert!(browser.cookies.contains_key("cognito"), "a session starts");
    }
}

#[actix_web::test]
async fn nobody_is_sent_a_code_that_reads_like_somebodys() {
    let (app, setup) = stage().await;
    setup.user(&app, JANE).await;
    let mut browser = Browser::new(&app);
    let somebody = ask(&mut browser, &setup, (JANE, "EMAIL_OTP")).await;
    let sent = app.messages().len();
    let nobody = ask(&mut browser, &setup, ("john@example.com", "EMAIL_OTP")).await;
    assert_eq!((nobody.text(), app.messages().len()), (somebody.text(), sent));
    let told = browser.submit(&nobody, "authentication_code", &[("authentication_code", "123456")]).await;
    assert!(told.query("code").is_none(), "{}", told.url);
}

#[actix_web::test]
async fn a_name_is_needed_and_a_way_for_the_code() {
    let (app, setup) = stage().await;
    setup.user(&app, JANE).await;
    let mut browser = Browser::new(&app);
    assert!(ask(&mut browser, &setup, ("", "EMAIL_OTP")).await.says("Please fill this in."));
    for factor in ["SMS_OTP", "WEB_AUTHN", "x"] {
        let told = ask(&mut browser, &setup, (JANE, factor)).await;
        assert!(told.says("A code is not possible for this account."), "{factor}: {}", told.text());
    }
}

#[actix_web::test]
async fn codes_are_offered_where_pool_and_client_allow_them_and_nothing_more_is_asked() {
    let (app, setup) = stage().await;
    let path = format!("/login?{}", setup.query(&[]));
    let page = Browser::new(&app).open(&path).await;
    assert!(page.says("Email me a code") && page.says("Text me a code"), "{}", page.text());
    let (other, _) = setup.another_client(&app, json!({})).await;
    let page = Browser::new(&app).open(&format!("/login?{}", setup.through(other).query(&[]))).await;
    assert!(!page.says("me a code"), "ALLOW_USER_AUTH is off");
    setup.set_mfa(&app, json!({ "MfaConfiguration": "ON", "SmsMfaConfiguration": {} })).await;
    let page = Browser::new(&app).open(&path).await;
    assert!(!page.says("me a code"), "a second factor is demanded");
}

#[actix_web::test]
async fn somebody_joins_without_a_password() {
    let (app, setup) = stage().await;
    let mut browser = Browser::new(&app);
    let page = browser.open(&format!("/signup?{}", setup.query(&[]))).await;
    assert!(page.says("You may leave this empty"), "{}", page.text());
    let page = browser.submit(&page, "signUpSubmitButton", &[("username", JANE)]).await;
    let code = app.code_for(JANE);
    let page = browser.submit(&page, "verification_code", &[("verification_code", &code)]).await;
    assert!(page.says("Your registration has been confirmed!"), "{}: {}", page.url, page.text());
    let page = ask(&mut browser, &setup, (JANE, "EMAIL_OTP")).await;
    let code = app.code_for(JANE);
    let done = browser.submit(&page, "authentication_code", &[("authentication_code", &code)]).await;
    assert!(done.query("code").is_some(), "{}: {}", done.url, done.text());
    let (other, _) = setup.another_client(&app, json!({})).await;
    let elsewhere = Browser::new(&app).open(&format!("/signup?{}", setup.through(other).query(&[]))).await;
    assert!(!elsewhere.says("You may leave this empty"), "where no code could follow");
}
