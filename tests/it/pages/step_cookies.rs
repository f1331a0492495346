//! The cookies between two pages: forged, cut, moved to another client, or taken for something else.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cenote::config::PoolConfig;
use cenote::cx::Mode;
use serde_json::json;

use crate::support::setup::PASSWORD;
use crate::support::{Browser, Setup, TestApp, callback};

const JANE: &str = "jane@example.com";
const TEMPORARY: &str = "Temporary-1";

/// A person in front of the form that replaces their temporary password.
async fn start() -> (TestApp, Setup, Browser) {
    let (app, setup, browser) = start_on(TestApp::new().await).await;
    assert!(browser.cookies.contains_key("cenote-step"));
    (app, setup, browser)
}

async fn start_on(app: TestApp) -> (TestApp, Setup, Browser) {
    let setup = Setup::new(&app).await;
    let user = json!({
        "UserPoolId": setup.pool, "Username": JANE, "TemporaryPassword": TEMPORARY, "MessageAction": "SUPPRESS",
        "UserAttributes": [{ "Name": "email", "Value": JANE }],
    });
    app.ok("AdminCreateUser", user).await;
    let mut browser = Browser::new(&app);
    let page = browser.open(&format!("/login?{}", setup.query(&[]))).await;
    browser.submit(&page, "signInSubmitButton", &[("username", JANE), ("password", TEMPORARY)]).await;
    (app, setup, browser)
}

/// The form must not open with this step, neither to look at nor to send.
async fn expect_no_step(browser: &Browser, setup: &Setup, step: &str) {
    let mut forged = browser.clone();
    forged.cookies.insert("cenote-step".to_owned(), step.to_owned());
    let path = format!("/changePassword?{}", setup.query(&[]));
    assert!(forged.peek(&path).await.header("location").starts_with("/login?"), "{step}");
    let token = forged.cookies["XSRF-TOKEN"].clone();
    let form = [("_csrf", token.as_str()), ("new_password", PASSWORD), ("confirm_password", PASSWORD)];
    let answer = forged.forge(&path, &[], &form).await;
    assert!(answer.header("location").starts_with("/login?"), "{step}: {} {}", answer.status, answer.text);
    let confirm = forged.peek(&format!("/confirm?{}", setup.query(&[]))).await;
    assert!(confirm.text.contains("<label") && !confirm.text.contains(JANE), "{step}");
}

#[actix_web::test]
async fn over_https_no_other_host_of_the_domain_can_bring_a_step() {
    let https = |config: &mut PoolConfig| config.public_url = "https://auth.example".parse().unwrap();
    let (_app, setup, mut browser) = start_on(TestApp::start(Mode::Development, https).await).await;
    let path = format!("/changePassword?{}", setup.query(&[]));
    assert_eq!(browser.peek(&path).await.status, 200);
    let step = browser.cookies.remove("__Host-cenote-step").expect("browsers guard a cookie with this prefix");
    browser.cookies.insert("cenote-step".to_owned(), step);
    assert!(browser.peek(&path).await.header("location").starts_with("/login?"), "a name that anybody can set");
}

#[actix_web::test]
async fn a_forged_or_changed_step_is_none() {
    let (_app, setup, browser) = start().await;
    let real = browser.cookies["cenote-step"].clone();
    assert_eq!(browser.peek(&format!("/changePassword?{}", setup.query(&[]))).await.status, 200);
    let changed = |index: usize| {
        let mut letters: Vec<char> = real.chars().collect();
        letters[index] = if letters[index] == 'A' { 'B' } else { 'A' };
        letters.into_iter().collect::<String>()
    };
    let plain = STANDARD.encode(format!("{{\"NewPassword\":{{\"username\":\"{JANE}\",\"session\":\"x\"}}}}"));
    let forged = [
        "".to_owned(),
        "x".to_owned(),
        plain,
        changed(0),
        changed(real.len() / 2),
        changed(real.len() - 3),
        real[..real.len() - 4].to_owned(),
        format!("{real}{real}"),
    ];
    for step in forged {
        expect_no_step(&browser, &setup, &step).await;
    }
}

#[actix_web::test]
async fn a_step_of_another_client_is_none() {
    let (app, setup, browser) = start().await;
    let step = browser.cookies["cenote-step"].clone();
    let (client, secret) = setup.another_client(&app, json!({})).await;
    expect_no_step(&browser, &Setup { pool: setup.pool.clone(), client, secret }, &step).await;
    expect_no_step(&browser, &Setup::new(&app).await, &step).await;
}

#[actix_web::test]
async fn sealed_texts_for_something_else_are_no_step() {
    let (app, setup, browser) = start().await;
    let parameters = json!({ "USERNAME": JANE, "PASSWORD": TEMPORARY });
    let request = json!({ "AuthFlow": "USER_PASSWORD_AUTH", "ClientId": setup.client, "AuthParameters": parameters });
    let challenge = app.ok("InitiateAuth", request).await;
    let session = challenge["Session"].as_str().unwrap();
    expect_no_step(&browser, &setup, session).await;
    let step = browser.cookies["cenote-step"].clone();
    let responses = json!({ "USERNAME": JANE, "NEW_PASSWORD": PASSWORD });
    let answer = json!({
        "ClientId": setup.client, "ChallengeName": "NEW_PASSWORD_REQUIRED", "Session": step, "ChallengeResponses": responses,
    });
    assert_eq!(app.api("RespondToAuthChallenge", answer).await.fault(), "NotAuthorizedException");
}

#[actix_web::test]
async fn a_step_for_a_code_does_not_replace_a_password() {
    let (app, setup, _) = start().await;
    let mut browser = Browser::new(&app);
    let page = browser.open(&format!("/signup?{}", setup.query(&[]))).await;
    browser.submit(&page, "signUpSubmitButton", &[("username", "new@example.com"), ("password", PASSWORD)]).await;
    let page = browser.open(&format!("/changePassword?{}", setup.query(&[]))).await;
    assert!(page.url.contains("/login?"), "{}", page.url);
}

#[actix_web::test]
async fn whose_code_is_awaited_is_shown_to_the_same_client_only() {
    let (app, setup, _) = start().await;
    let mut browser = Browser::new(&app);
    let page = browser.open(&format!("/signup?{}", setup.query(&[]))).await;
    browser.submit(&page, "signUpSubmitButton", &[("username", "new@example.com"), ("password", PASSWORD)]).await;
    let (client, secret) = setup.another_client(&app, json!({})).await;
    let other = Setup { pool: setup.pool.clone(), client, secret };
    let shows_name = async |setup: &Setup| {
        let answer = browser.peek(&format!("/confirm?{}", setup.query(&[]))).await;
        answer.text.contains("new@example.com")
    };
    assert!(shows_name(&setup).await);
    assert!(!shows_name(&other).await);
}

#[actix_web::test]
async fn a_forged_message_says_nothing() {
    let (_app, setup, browser) = start().await;
    let values = [
        STANDARD.encode("[\"You have won a prize\"]"),
        STANDARD.encode("[\"<svg/onload=alert(1)>\"]"),
        STANDARD.encode("{}"),
        "You have won a prize".to_owned(),
        "W10=".to_owned(),
        "%".to_owned(),
    ];
    for value in values {
        let mut forged = browser.clone();
        forged.cookies.insert("cognito-fl".to_owned(), value.clone());
        for path in ["/login", "/confirm"] {
            let answer = forged.peek(&format!("{path}?{}", setup.query(&[]))).await;
            assert_eq!(answer.status, 200);
            let is_silent = !answer.text.contains("role=\"status\"") && !answer.text.contains("prize");
            assert!(is_silent && !answer.text.contains("onload"), "{value}");
        }
    }
}

#[actix_web::test]
async fn a_message_is_shown_once() {
    let (app, setup, mut browser) = start().await;
    let _ = app;
    let known = STANDARD.encode("[\"password_changed\"]");
    browser.cookies.insert("cognito-fl".to_owned(), known);
    let page = browser.open(&format!("/login?{}", setup.query(&[]))).await;
    assert!(page.says("Your password has been changed."));
    let page = browser.open(&format!("/login?{}", setup.query(&[]))).await;
    assert!(!page.says("Your password has been changed."));
}

#[actix_web::test]
async fn the_step_still_works_after_all_that() {
    let (_app, setup, mut browser) = start().await;
    let page = browser.open(&format!("/changePassword?{}", setup.query(&[]))).await;
    let fields = [("new_password", PASSWORD), ("confirm_password", PASSWORD)];
    let page = browser.submit(&page, "new_password", &fields).await;
    assert!(page.url.starts_with(callback()), "{}", page.text());
}
