//! Second factors on the pages: codes, the choice, setting one up, and that no page can be skipped.

use serde_json::{Value, json};

use crate::support::steps::totp;
use crate::support::{Browser, Page, Setup, TestApp};

const JANE: &str = "jane@example.com";
const PHONE: &str = "+14325551212";

async fn prepared(mfa: Value) -> (TestApp, Setup) {
    let app = TestApp::new().await;
    let setup = Setup::with_factors(&app, json!({}), mfa).await;
    setup.user_with(&app, JANE, &[("phone_number", PHONE)]).await;
    (app, setup)
}

fn everything(mode: &str) -> Value {
    json!({
        "MfaConfiguration": mode, "SmsMfaConfiguration": {}, "EmailMfaConfiguration": {},
        "SoftwareTokenMfaConfiguration": { "Enabled": true },
    })
}

fn only_app() -> Value {
    json!({ "MfaConfiguration": "ON", "SoftwareTokenMfaConfiguration": { "Enabled": true } })
}

async fn code(browser: &mut Browser, page: &Page, code: &str) -> Page {
    browser.submit(page, "authentication_code", &[("authentication_code", code)]).await
}

fn is_signed_in(page: &Page) -> bool {
    page.query("code").is_some()
}

fn path(page: &Page) -> String {
    url::Url::parse(&page.url).unwrap().path().to_owned()
}

#[actix_web::test]
async fn a_text_message_is_asked_for_and_a_wrong_code_can_be_mended() {
    let (app, setup) = prepared(json!({ "MfaConfiguration": "ON", "SmsMfaConfiguration": {} })).await;
    let mut browser = Browser::new(&app);
    let page = setup.sign_in(&mut browser, JANE, &[]).await;
    assert_eq!(path(&page), "/mfa");
    assert!(page.says("We have sent a code by SMS to +*******1212."), "{}", page.text());
    for attribute in ["autocomplete=\"one-time-code\"", "inputmode=\"numeric\""] {
        assert!(page.answer.text.contains(attribute), "{attribute}");
    }
    let page = code(&mut browser, &page, "not-it").await;
    assert!(page.says("Invalid code or auth state for the user."), "{}", page.text());
    let page = code(&mut browser, &page, &app.code_for(PHONE)).await;
    assert!(is_signed_in(&page), "{}", page.text());
}

#[actix_web::test]
async fn an_authenticator_app_is_asked_by_its_name() {
    let (app, setup) = prepared(everything("OPTIONAL")).await;
    let secret = setup.software_token(&app, JANE).await;
    let mut browser = Browser::new(&app);
    let page = setup.sign_in(&mut browser, JANE, &[]).await;
    assert!(page.says("Enter the code from your authenticator app on phone."), "{}", page.text());
    assert!(is_signed_in(&code(&mut browser, &page, &totp(&app, &secret, 0)).await));
    let page = setup.sign_in(&mut Browser::new(&app), JANE, &[]).await;
    let mut other = Browser::new(&app);
    let again = setup.sign_in(&mut other, JANE, &[]).await;
    let told = code(&mut other, &again, &totp(&app, &secret, 0)).await;
    assert!(told.says("Your software token has already been used once."), "{} {}", told.text(), page.url);
}

#[actix_web::test]
async fn one_of_several_is_chosen() {
    let (app, setup) = prepared(everything("OPTIONAL")).await;
    let both = json!({ "UserPoolId": setup.pool, "Username": JANE,
        "SMSMfaSettings": { "Enabled": true }, "EmailMfaSettings": { "Enabled": true } });
    app.ok("AdminSetUserMFAPreference", both).await;
    let mut browser = Browser::new(&app);
    let page = setup.sign_in(&mut browser, JANE, &[]).await;
    assert_eq!(path(&page), "/selectMFA");
    assert!(page.says("Text message +*******1212") && page.says("Email j***@e***"), "{}", page.text());
    let told = browser.submit(&page, "selectMfaSubmitButton", &[("mfa_type", "SOFTWARE_TOKEN_MFA")]).await;
    assert!(told.says("MFA method not found"), "{}", told.text());
    let page = browser.submit(&told, "selectMfaSubmitButton", &[("mfa_type", "EMAIL_OTP")]).await;
    assert!(page.says("We have sent a code by email to j***@e***."), "{}", page.text());
    assert!(is_signed_in(&code(&mut browser, &page, &app.code_for(JANE)).await));
}

#[actix_web::test]
async fn an_authenticator_app_is_set_up_and_three_wrong_codes_start_over() {
    let (app, setup) = prepared(only_app()).await;
    let mut browser = Browser::new(&app);
    let mut page = setup.sign_in(&mut browser, JANE, &[]).await;
    assert_eq!(path(&page), "/mfa/register/software_token");
    assert!(page.answer.text.contains("src=\"data:image/svg+xml;base64,"));
    let secret_of = |page: &Page| {
        let html = scraper::Html::parse_document(&page.answer.text);
        let groups = scraper::Selector::parse(".secret span").unwrap();
        html.select(&groups).map(|group| group.text().collect::<String>()).collect::<String>()
    };
    let first = secret_of(&page);
    assert_eq!(first.len(), 52);
    let reloaded = browser.open(&page.url.clone()).await;
    assert_eq!(secret_of(&reloaded), first, "reloading shows the same secret");
    for _ in 0..2 {
        page = code(&mut browser, &page, "000000").await;
        assert!(page.says("Code mismatch"), "{}", page.text());
        assert_eq!(secret_of(&page), first);
    }
    page = code(&mut browser, &page, "000000").await;
    let fresh = secret_of(&page);
    assert!(fresh != first && page.says("Here is a new secret"), "{}", page.text());
    let old = code(&mut browser, &page, &totp(&app, &first, 0)).await;
    assert!(!is_signed_in(&old));
    let done = code(&mut browser, &old, &totp(&app, &fresh, 0)).await;
    assert!(is_signed_in(&done), "{}", done.text());
    app.advance(30);
    let mut later = Browser::new(&app);
    let page = setup.sign_in(&mut later, JANE, &[]).await;
    assert_eq!(path(&page), "/mfa");
    assert!(is_signed_in(&code(&mut later, &page, &totp(&app, &fresh, 0)).await));
}

#[actix_web::test]
async fn an_address_is_set_up_where_there_is_none() {
    let app = TestApp::new().await;
    let mfa = json!({ "MfaConfiguration": "ON", "EmailMfaConfiguration": {}, "SoftwareTokenMfaConfiguration": { "Enabled": true } });
    let setup = Setup::with_factors(&app, json!({ "UsernameAttributes": null }), mfa).await;
    setup.user_named(&app, "jane").await;
    let mut browser = Browser::new(&app);
    let page = setup.sign_in(&mut browser, "jane", &[]).await;
    let page = browser.open(&page.link("Use your email address instead")).await;
    assert_eq!(path(&page), "/mfa/register/email");
    let field = "requiredAttributes[email]";
    let told = browser.submit(&page, "emailSubmitButton", &[(field, "no address")]).await;
    assert!(told.says("Invalid email address format."), "{}", told.text());
    let page = browser.submit(&told, "emailSubmitButton", &[(field, JANE)]).await;
    assert_eq!(path(&page), "/mfa");
    assert!(is_signed_in(&code(&mut browser, &page, &app.code_for(JANE)).await));
}

#[actix_web::test]
async fn somebody_who_lacks_a_phone_number_is_told_so() {
    let (app, setup) = prepared(json!({ "MfaConfiguration": "ON", "SmsMfaConfiguration": {} })).await;
    setup.user(&app, "john@example.com").await;
    let page = setup.sign_in(&mut Browser::new(&app), "john@example.com", &[]).await;
    assert!(page.says("A phone number is needed to sign in here."), "{}", page.text());
}

#[actix_web::test]
async fn no_page_can_be_skipped_or_opened_without_its_step() {
    let (app, setup) = prepared(everything("OPTIONAL")).await;
    setup.software_token(&app, JANE).await;
    let pages = ["/mfa", "/selectMFA", "/mfa/register/software_token", "/mfa/register/email", "/changePassword"];
    let mut stranger = Browser::new(&app);
    for path_of in pages {
        let page = stranger.open(&format!("{path_of}?{}", setup.query(&[]))).await;
        assert_eq!(path(&page), "/login", "{path_of}");
    }
    let mut browser = Browser::new(&app);
    for other in pages.into_iter().skip(1) {
        let page = setup.sign_in(&mut browser, JANE, &[]).await;
        assert_eq!(path(&page), "/mfa");
        let page = browser.open(&format!("{other}?{}", setup.query(&[]))).await;
        assert_eq!(path(&page), "/login", "{other}");
    }
    let authorize = browser.open(&format!("/oauth2/authorize?{}", setup.query(&[]))).await;
    assert_eq!(path(&authorize), "/login", "a password alone is no session");
}

#[actix_web::test]
async fn five_wrong_codes_lock_the_pages_and_the_api_together() {
    let (app, setup) = prepared(json!({ "MfaConfiguration": "ON", "SmsMfaConfiguration": {} })).await;
    let mut browser = Browser::new(&app);
    let mut page = setup.sign_in(&mut browser, JANE, &[]).await;
    for _ in 0..5 {
        page = code(&mut browser, &page, "not-it").await;
    }
    let asked = app.ok("InitiateAuth", crate::support::steps::by_password(&setup, JANE)).await;
    let told = setup.answer(&app, &asked, json!({ "SMS_MFA_CODE": app.code_for(PHONE) })).await;
    assert_eq!(told.message(), "Password attempts exceeded");
}
