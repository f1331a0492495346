//! From the demo site's home page through sign-up, sign-in and the session to sign-out.

use std::time::Duration;

use fantoccini::key::Key;

use super::stage::{DEMO, Stage};

const NEW: (&str, &str) = ("nora@example.com", "Brand-New-Pass-1");

#[actix_web::test]
async fn a_newcomer_signs_up_signs_in_looks_at_the_session_and_signs_out() {
    let Some(stage) = Stage::set().await else { return };
    let browser = &stage.browser;
    stage.open("/").await;
    browser.sees(DEMO.0).await;
    browser.click("a.button.main").await;
    browser.find("[name='signInSubmitButton']").await;
    browser.follow("Sign up").await;
    sign_up(&stage).await;
    browser.sees("Hello, Nora Newcomer").await;
    browser.sees(NEW.0).await;
    assert_eq!(browser.url().await, format!("{}/", stage.program.demo));
    look_at_the_session(&stage).await;
    browser.click("form[action='/logout'] button").await;
    browser.sees("You are signed out").await;
    assert_eq!(browser.url().await, format!("{}/signed-out", stage.program.demo));
    stage.open("/session").await;
    browser.sees("Sign in to see your session").await;
    stage.open("/login").await;
    browser.find("[name='password']").await;
    stage.send_sign_in(NEW).await;
    browser.sees("Hello, Nora Newcomer").await;
    stage.is_flawless().await;
    stage.open("/no-such-page").await;
    assert!(!browser.mistakes().await.is_empty(), "the console is really listened to");
}

async fn sign_up(stage: &Stage) {
    let browser = &stage.browser;
    browser.sees("Sign up with a new account").await;
    browser.fill("username", NEW.0).await;
    browser.fill("requiredAttributes[name]", "Nora Newcomer").await;
    browser.fill("password", NEW.1).await;
    browser.click("[name='signUpSubmitButton']").await;
    browser.sees("Confirm your account").await;
    let code = stage.program.code_for(NEW.0).await;
    browser.fill("verification_code", &code).await;
    browser.click("[name='confirmSubmitButton']").await;
    browser.sees("Your registration has been confirmed!").await;
    let name = browser.find("[name='username']").await.prop("value").await.unwrap();
    assert_eq!(name.as_deref(), Some(NEW.0), "the name is filled in already");
    browser.fill("password", NEW.1).await;
    browser.click("[name='signInSubmitButton']").await;
}

async fn look_at_the_session(stage: &Stage) {
    let browser = &stage.browser;
    browser.follow("See your session").await;
    browser.sees("Claims of the ID token").await;
    for words in
        ["token_use", "cognito:username", "origin_jti", "email_verified", NEW.0, "aws.cognito.signin.user.admin"]
    {
        browser.sees(words).await;
    }
    let time_left = async || browser.find("[data-expires]").await.text().await.unwrap();
    let before = time_left().await;
    assert!(before.starts_with("59 min") || before.starts_with("1 h"), "{before}");
    tokio::time::sleep(Duration::from_millis(2_200)).await;
    assert_ne!(time_left().await, before, "it counts down");
    let token = async || browser.find("#access-token-raw").await.prop("textContent").await.unwrap();
    let old = token().await;
    browser.click("form[action='/refresh'] button").await;
    browser.sees("Your session").await;
    browser.sees("Time left").await;
    assert_ne!(token().await, old, "other tokens after a refresh");
}

#[actix_web::test]
async fn signing_in_needs_no_mouse() {
    let Some(stage) = Stage::set().await else { return };
    let browser = &stage.browser;
    stage.open("/").await;
    let (tab, enter) = (char::from(Key::Tab).to_string(), char::from(Key::Enter).to_string());
    for _ in 0..10 {
        browser.press(&tab).await;
        let focused = browser.client.active_element().await.unwrap();
        if focused.attr("class").await.unwrap().as_deref() == Some("button main") {
            break;
        }
    }
    browser.press(&enter).await;
    browser.find("[name='password']").await;
    let focused = browser.client.active_element().await.unwrap();
    assert_eq!(focused.attr("name").await.unwrap().as_deref(), Some("username"), "the first field has the focus");
    browser.press(DEMO.0).await;
    browser.press(&tab).await;
    browser.press(DEMO.1).await;
    browser.press(&enter).await;
    browser.sees("Hello, Dana Demo").await;
    stage.is_flawless().await;
}

#[actix_web::test]
async fn two_tabs_can_sign_in_at_once() {
    let Some(stage) = Stage::set().await else { return };
    let browser = &stage.browser;
    stage.open("/login").await;
    browser.find("[name='password']").await;
    let first = browser.client.window().await.unwrap();
    let second = browser.client.new_window(true).await.unwrap().handle;
    browser.client.switch_to_window(second.clone()).await.unwrap();
    stage.open("/login?return_to=/session").await;
    browser.find("[name='password']").await;
    browser.client.switch_to_window(first).await.unwrap();
    stage.send_sign_in(DEMO).await;
    browser.sees("Hello, Dana Demo").await;
    browser.client.switch_to_window(second).await.unwrap();
    stage.send_sign_in(DEMO).await;
    browser.sees("Time left").await;
    assert_eq!(browser.url().await, format!("{}/session", stage.program.demo));
}

#[actix_web::test]
async fn whoever_is_known_to_the_pool_is_asked_instead_of_typing_again() {
    let Some(stage) = Stage::set().await else { return };
    let browser = &stage.browser;
    stage.open("/login").await;
    let begun = browser.url().await;
    stage.sign_in(DEMO).await;
    browser.sees("Hello, Dana Demo").await;
    browser.open(&begun).await;
    let button = browser.find("[name='signInSubmitButton']").await;
    let label = button.attr("value").await.unwrap();
    assert_eq!(label.as_deref(), Some("Sign in as demo@example.com?"));
    button.click().await.unwrap();
    browser.sees("Hello, Dana Demo").await;
    stage.open("/login").await;
    browser.sees("Hello, Dana Demo").await;
    browser.open(&begun).await;
    browser.follow("Sign in as a different user").await;
    browser.find("[name='password']").await;
    stage.invited("ines@example.com").await;
    stage.send_sign_in(("ines@example.com", crate::support::setup::PASSWORD)).await;
    browser.sees("Please enter your new password below.").await;
    stage.is_flawless().await;
}

#[actix_web::test]
async fn signing_up_and_in_works_without_javascript() {
    let Some(stage) = Stage::with_scripts(false).await else { return };
    let browser = &stage.browser;
    browser.open("data:text/html,<p id=p>off</p><script>document.getElementById('p').textContent='on'</script>").await;
    assert_eq!(browser.text().await, "off", "scripts do not run");
    stage.open("/").await;
    browser.click("a.button.main").await;
    browser.follow("Sign up").await;
    sign_up(&stage).await;
    browser.sees("Hello, Nora Newcomer").await;
    browser.click("form[action='/logout'] button").await;
    browser.sees("You are signed out").await;
    stage.sign_in(NEW).await;
    browser.sees("Hello, Nora Newcomer").await;
    browser.follow("See your session").await;
    browser.sees("Time left").await;
}
