//! Who exists: with `PreventUserExistenceErrors` an unknown name is answered like a known one, for the same work.

use serde_json::{Value, json};

use crate::support::setup::PASSWORD;
use crate::support::{Answer, Setup, TestApp};

const JANE: &str = "jane@example.com";
const NOBODY: &str = "john@example.com";
const WRONG: &str = "Wrong-Horse-1";
const EXPIRED: (&str, &str) = ("ExpiredCodeException", "Invalid code provided, please request a code again.");
const MISMATCH: (&str, &str) = ("CodeMismatchException", "Invalid verification code provided, please try again.");
const LOCKED: (&str, &str) = ("TooManyFailedAttemptsException", "Attempt limit exceeded, please try after some time.");

async fn prepared(hiding: &str) -> (TestApp, Setup) {
    let app = TestApp::new().await;
    let insensitive = json!({ "UsernameConfiguration": { "CaseSensitive": false } });
    let setup = Setup::with(&app, insensitive, json!({ "PreventUserExistenceErrors": hiding })).await;
    setup.user(&app, JANE).await;
    (app, setup)
}

fn named(setup: &Setup, username: &str) -> Value {
    json!({ "ClientId": setup.client, "Username": username })
}

fn reset(setup: &Setup, username: &str, password: &str) -> Value {
    json!({ "ClientId": setup.client, "Username": username, "ConfirmationCode": "not-it", "Password": password })
}

fn confirm(setup: &Setup, username: &str) -> Value {
    json!({ "ClientId": setup.client, "Username": username, "ConfirmationCode": "not-it" })
}

/// All that a caller sees, but for what differs in every answer.
fn seen(answer: &Answer) -> (u16, String, Vec<(String, String)>) {
    let headers = answer.headers.iter().map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()));
    let mut headers: Vec<_> = headers.filter(|(name, _)| name != "x-amzn-requestid" && name != "date").collect();
    headers.sort();
    (answer.status, answer.text.clone(), headers)
}

#[actix_web::test]
async fn an_unknown_user_and_a_wrong_password_look_alike_lock_included() {
    let (app, setup) = prepared("ENABLED").await;
    for attempt in 0..7 {
        let known = setup.api_sign_in(&app, JANE, WRONG).await;
        let unknown = setup.api_sign_in(&app, NOBODY, WRONG).await;
        assert_eq!(seen(&known), seen(&unknown), "attempt {attempt}");
        let expected = if attempt < 5 { "Incorrect username or password." } else { "Password attempts exceeded" };
        assert_eq!(unknown.message(), expected);
    }
}

#[actix_web::test]
async fn administrators_get_the_same_answer_for_both() {
    let (app, setup) = prepared("ENABLED").await;
    let body = |username: &str| {
        let mut body = setup.attempt(username, WRONG);
        body["UserPoolId"] = json!(setup.pool);
        body["AuthFlow"] = json!("ADMIN_USER_PASSWORD_AUTH");
        body
    };
    let known = app.api("AdminInitiateAuth", body(JANE)).await;
    let unknown = app.api("AdminInitiateAuth", body(NOBODY)).await;
    assert_eq!(seen(&known), seen(&unknown));
    assert_eq!(unknown.message(), "Incorrect username or password.");
}

/// An instance whose password workers take nobody: whoever asks for a hash is told to slow down.
async fn without_workers(app: &TestApp) -> TestApp {
    app.second_instance_with(|config| config.limits.password_queue = 0).await
}

#[actix_web::test]
async fn a_password_is_hashed_for_nobody_as_for_somebody() {
    let (app, setup) = prepared("ENABLED").await;
    let busy = without_workers(&app).await;
    for name in [JANE, NOBODY] {
        let answer = setup.api_sign_in(&busy, name, WRONG).await;
        assert_eq!(answer.fault(), "TooManyRequestsException", "{name} was answered without a hash");
        let answer = busy.api("ConfirmForgotPassword", reset(&setup, name, PASSWORD)).await;
        assert_eq!(answer.fault(), "TooManyRequestsException", "{name} was answered without a hash");
    }
}

#[actix_web::test]
async fn an_unknown_user_takes_as_long_as_a_wrong_password() {
    let (app, setup) = prepared("ENABLED").await;
    let (mut known, mut unknown) = (Vec::new(), Vec::new());
    for number in 0..9 {
        for (times, name) in [(&mut known, JANE), (&mut unknown, "nobody@example.com")] {
            app.advance(16 * 60);
            let started = std::time::Instant::now();
            let answer = setup.api_sign_in(&app, name, &format!("Wrong-Horse-{number}")).await;
            times.push(started.elapsed());
            assert_eq!(answer.message(), "Incorrect username or password.");
        }
    }
    known.sort();
    unknown.sort();
    assert!(unknown[4] * 3 > known[4] && known[4] * 3 > unknown[4], "known {known:?}, unknown {unknown:?}");
}

#[actix_web::test]
async fn a_forgotten_password_of_nobody_is_answered_as_if_a_code_were_sent() {
    let (app, setup) = prepared("ENABLED").await;
    for (known, unknown) in [(JANE, NOBODY), ("JANE@example.com", "JOHN@example.com")] {
        let known = app.api("ForgotPassword", named(&setup, known)).await;
        let unknown = app.api("ForgotPassword", named(&setup, unknown)).await;
        assert_eq!(seen(&known), seen(&unknown));
    }
    assert!(app.messages().iter().all(|message| message.to == JANE));
}

#[actix_web::test]
async fn reset_codes_of_nobody_expire_mismatch_and_lock_like_those_of_somebody() {
    let (app, setup) = prepared("ENABLED").await;
    let both = async |expected: (&str, &str), password: &str| {
        for name in [JANE, NOBODY] {
            app.refuses("ConfirmForgotPassword", reset(&setup, name, password), expected).await;
        }
    };
    both(EXPIRED, PASSWORD).await;
    let weak = ("InvalidPasswordException", "Password did not conform with policy: Password not long enough");
    both(weak, "short").await;
    for name in [JANE, NOBODY] {
        app.ok("ForgotPassword", named(&setup, name)).await;
    }
    for _ in 0..5 {
        both(MISMATCH, PASSWORD).await;
    }
    both(LOCKED, PASSWORD).await;
    app.advance(3600);
    both(EXPIRED, PASSWORD).await;
}

#[actix_web::test]
async fn a_user_who_cannot_reset_is_answered_like_one_who_can() {
    let (app, setup) = prepared("ENABLED").await;
    app.ok("AdminDisableUser", json!({ "UserPoolId": setup.pool, "Username": JANE })).await;
    let invited = json!({ "UserPoolId": setup.pool, "Username": "jill@example.com", "MessageAction": "SUPPRESS" });
    app.ok("AdminCreateUser", invited).await;
    let unproven = json!({ "UserPoolId": setup.pool, "Username": "jack@example.com", "MessageAction": "SUPPRESS" });
    app.ok("AdminCreateUser", unproven).await;
    let password =
        json!({ "UserPoolId": setup.pool, "Username": "jack@example.com", "Password": PASSWORD, "Permanent": true });
    app.ok("AdminSetUserPassword", password).await;
    for name in [JANE, "jill@example.com", "jack@example.com", "jenn@example.com"] {
        app.refuses("ConfirmForgotPassword", reset(&setup, name, PASSWORD), EXPIRED).await;
        let delivery = json!({ "Destination": "j***@e***", "DeliveryMedium": "EMAIL", "AttributeName": "email" });
        let asked = app.ok("ForgotPassword", named(&setup, name)).await;
        assert_eq!(asked, json!({ "CodeDeliveryDetails": delivery }), "{name}");
        app.refuses("ConfirmForgotPassword", reset(&setup, name, PASSWORD), MISMATCH).await;
    }
    assert!(app.messages().is_empty());
}

#[actix_web::test]
async fn the_masked_address_of_nobody_cannot_be_foretold_from_the_name() {
    let app = TestApp::new().await;
    let setup = Setup::with(&app, json!({ "UsernameAttributes": null }), json!({})).await;
    let mut letters = std::collections::BTreeSet::new();
    for number in 0..12 {
        let name = format!("jane{number}");
        let asked = app.ok("ForgotPassword", named(&setup, &name)).await;
        assert_eq!(asked, app.ok("ForgotPassword", named(&setup, &name)).await, "it is always the same");
        let destination = asked["CodeDeliveryDetails"]["Destination"].as_str().unwrap().to_owned();
        assert!(destination.len() == 9 && &destination[1..5] == "***@", "{destination}");
        letters.insert(destination);
    }
    assert!(letters.len() > 3, "{letters:?}");
}

#[actix_web::test]
async fn a_phone_number_of_nobody_is_masked_like_one_of_somebody() {
    let app = TestApp::new().await;
    let phones = json!({ "UsernameAttributes": ["phone_number"], "AutoVerifiedAttributes": ["phone_number"] });
    let setup = Setup::with(&app, phones, json!({})).await;
    let asked = app.ok("ForgotPassword", named(&setup, "+14325551212")).await;
    let delivery = json!({ "Destination": "+*******1212", "DeliveryMedium": "SMS", "AttributeName": "phone_number" });
    assert_eq!(asked["CodeDeliveryDetails"], delivery);
}

#[actix_web::test]
async fn a_code_is_resent_to_nobody_as_to_somebody() {
    let (app, setup) = prepared("ENABLED").await;
    let wish = json!({ "ClientId": setup.client, "Username": "jill@example.com", "Password": PASSWORD });
    app.ok("SignUp", wish).await;
    let known = app.api("ResendConfirmationCode", named(&setup, "jill@example.com")).await;
    let unknown = app.api("ResendConfirmationCode", named(&setup, NOBODY)).await;
    assert_eq!(seen(&known), seen(&unknown));
    app.refuses("ConfirmSignUp", confirm(&setup, NOBODY), EXPIRED).await;
}

#[actix_web::test]
async fn without_the_setting_unknown_users_are_told_in_cognitos_words() {
    let (app, setup) = prepared("LEGACY").await;
    let absent = ("UserNotFoundException", "User does not exist.");
    app.refuses("InitiateAuth", setup.attempt(NOBODY, PASSWORD), absent).await;
    let absent = ("UserNotFoundException", "Username/client id combination not found.");
    app.refuses("ForgotPassword", named(&setup, NOBODY), absent).await;
    app.refuses("ConfirmForgotPassword", reset(&setup, NOBODY, PASSWORD), absent).await;
    app.refuses("ResendConfirmationCode", named(&setup, NOBODY), absent).await;
    app.refuses("ConfirmSignUp", confirm(&setup, NOBODY), absent).await;
    app.ok("AdminDisableUser", json!({ "UserPoolId": setup.pool, "Username": JANE })).await;
    app.refuses("ForgotPassword", named(&setup, JANE), ("NotAuthorizedException", "User is disabled.")).await;
}

#[actix_web::test]
async fn without_the_setting_a_user_who_cannot_reset_is_told_why() {
    let (app, setup) = prepared("LEGACY").await;
    let invited = json!({ "UserPoolId": setup.pool, "Username": "jill@example.com", "MessageAction": "SUPPRESS" });
    app.ok("AdminCreateUser", invited).await;
    let text = "User password cannot be reset in the current state.";
    app.refuses("ForgotPassword", named(&setup, "jill@example.com"), ("NotAuthorizedException", text)).await;
    let password =
        json!({ "UserPoolId": setup.pool, "Username": "jill@example.com", "Password": PASSWORD, "Permanent": true });
    app.ok("AdminSetUserPassword", password).await;
    let text = "Cannot reset password for the user as there is no registered/verified email or phone_number";
    app.refuses("ForgotPassword", named(&setup, "jill@example.com"), ("InvalidParameterException", text)).await;
}
