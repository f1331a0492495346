//! Passwords that are known from breaches: found at sign-in, sign-up and changes, and refused where the pool says so.

use cenote::crypto::digest::hex;
use cenote::crypto::hash::Hash;
use cenote::cx::Mode;
use serde_json::{Value, json};

use super::threat_protection::{JANE, events, of_jane, protected, stage};
use crate::support::setup::{PASSWORD, merge};
use crate::support::{Browser, Setup, TestApp};

/// On everybody's list.
const COMMON: &str = "Welcome123!";
const REFUSED: (&str, &str) = ("InvalidPasswordException", "Provided password cannot be used for security reasons.");
const RESET: (&str, &str) =
    ("PasswordResetRequiredException", "Password reset required for user due to security reasons");

/// A pool where Jane's password is on the list.
async fn common(mode: &str, rule: Value) -> (TestApp, Setup) {
    let (app, setup) = stage(mode).await;
    set_password(&app, &setup, COMMON).await;
    set_rule(&app, &setup, rule).await;
    (app, setup)
}

async fn set_password(app: &TestApp, setup: &Setup, password: &str) {
    app.ok("AdminSetUserPassword", of_jane(setup, json!({ "Password": password, "Permanent": true }))).await;
}

async fn set_rule(app: &TestApp, setup: &Setup, rule: Value) {
    let set = json!({ "UserPoolId": setup.pool, "CompromisedCredentialsRiskConfiguration": rule });
    app.ok("SetRiskConfiguration", set).await;
}

fn block() -> Value {
    json!({ "Actions": { "EventAction": "BLOCK" } })
}

fn block_at(events: &[&str]) -> Value {
    json!({ "Actions": { "EventAction": "BLOCK" }, "EventFilter": events })
}

async fn status(app: &TestApp, setup: &Setup) -> Value {
    app.ok("AdminGetUser", of_jane(setup, json!({}))).await["UserStatus"].clone()
}

fn sign_up(setup: &Setup, password: &str) -> Value {
    json!({ "ClientId": setup.client, "Username": "jack@example.com", "Password": password })
}

#[actix_web::test]
async fn a_sign_in_with_a_known_password_is_refused_until_another_one_is_chosen() {
    let (app, setup) = common("ENFORCED", block()).await;
    app.refuses("InitiateAuth", setup.attempt(JANE, COMMON), RESET).await;
    assert_eq!(status(&app, &setup).await, "RESET_REQUIRED");
    let event = &events(&app, &setup).await[0];
    assert_eq!(event["EventRisk"], json!({ "RiskDecision": "Block", "CompromisedCredentialsDetected": true }));
    assert_eq!((&event["EventType"], &event["EventResponse"]), (&json!("SignIn"), &json!("Fail")));
    app.ok("ForgotPassword", json!({ "ClientId": setup.client, "Username": JANE })).await;
    let mut chosen = json!({ "ClientId": setup.client, "Username": JANE, "ConfirmationCode": app.code_for(JANE) });
    merge(&mut chosen, json!({ "Password": "P@ssw0rd2024!" }));
    app.refuses("ConfirmForgotPassword", chosen.clone(), REFUSED).await;
    merge(&mut chosen, json!({ "Password": PASSWORD }));
    app.ok("ConfirmForgotPassword", chosen).await;
    setup.tokens(&app, JANE).await;
}

#[actix_web::test]
async fn a_wrong_password_on_the_list_and_an_unknown_user_are_told_nothing() {
    let (app, setup) = stage("ENFORCED").await;
    set_rule(&app, &setup, block()).await;
    let wrong = ("NotAuthorizedException", "Incorrect username or password.");
    for name in [JANE, "nobody@example.com"] {
        app.refuses("InitiateAuth", setup.attempt(name, COMMON), wrong).await;
    }
    assert_eq!(status(&app, &setup).await, "CONFIRMED");
    let risk = json!({ "RiskDecision": "NoRisk", "CompromisedCredentialsDetected": false });
    assert_eq!(events(&app, &setup).await[0]["EventRisk"], risk);
}

#[actix_web::test]
async fn where_nothing_is_blocked_a_known_password_is_only_noted() {
    for (mode, rule) in [("AUDIT", block()), ("ENFORCED", json!({ "Actions": { "EventAction": "NO_ACTION" } }))] {
        let (app, setup) = common(mode, rule).await;
        app.ok("InitiateAuth", setup.attempt(JANE, COMMON)).await;
        let event = &events(&app, &setup).await[0];
        assert_eq!(event["EventRisk"], json!({ "RiskDecision": "NoRisk", "CompromisedCredentialsDetected": true }));
        assert_eq!(event["EventResponse"], "Pass");
        app.ok("SignUp", sign_up(&setup, COMMON)).await;
    }
}

#[actix_web::test]
async fn only_the_named_events_are_watched() {
    let (app, setup) = common("ENFORCED", block_at(&["SIGN_UP"])).await;
    app.ok("InitiateAuth", setup.attempt(JANE, COMMON)).await;
    let risk = json!({ "RiskDecision": "NoRisk", "CompromisedCredentialsDetected": false });
    assert_eq!(events(&app, &setup).await[0]["EventRisk"], risk);
    app.refuses("SignUp", sign_up(&setup, COMMON), REFUSED).await;
    set_rule(&app, &setup, block_at(&["SIGN_IN", "PASSWORD_CHANGE"])).await;
    app.ok("SignUp", sign_up(&setup, COMMON)).await;
}

#[actix_web::test]
async fn a_known_password_is_refused_at_a_change_and_instead_of_a_temporary_one() {
    let (app, setup) = stage("ENFORCED").await;
    set_rule(&app, &setup, block()).await;
    let token = setup.tokens(&app, JANE).await["AccessToken"].clone();
    let change =
        |password: &str| json!({ "AccessToken": token, "PreviousPassword": PASSWORD, "ProposedPassword": password });
    app.advance(1);
    app.refuses("ChangePassword", change(COMMON), REFUSED).await;
    let event = &events(&app, &setup).await[0];
    assert_eq!((&event["EventType"], &event["EventResponse"]), (&json!("PasswordChange"), &json!("Fail")));
    assert_eq!(event["EventRisk"], json!({ "RiskDecision": "Block", "CompromisedCredentialsDetected": true }));
    app.ok("AdminSetUserPassword", of_jane(&setup, json!({ "Password": "Summer2024!", "Permanent": false }))).await;
    let asked = app.ok("InitiateAuth", setup.attempt(JANE, "Summer2024!")).await;
    assert_eq!(asked["ChallengeName"], "NEW_PASSWORD_REQUIRED");
    let answer = |password: &str| {
        json!({
            "ClientId": setup.client, "ChallengeName": "NEW_PASSWORD_REQUIRED", "Session": asked["Session"],
            "ChallengeResponses": { "USERNAME": JANE, "NEW_PASSWORD": password },
        })
    };
    app.refuses("RespondToAuthChallenge", answer(COMMON), REFUSED).await;
    app.ok("RespondToAuthChallenge", answer("Another-Horse-2")).await;
}

#[actix_web::test]
async fn addresses_that_are_skipped_are_not_looked_at() {
    let (app, setup) = stage("ENFORCED").await;
    let set = json!({
        "UserPoolId": setup.pool, "CompromisedCredentialsRiskConfiguration": block(),
        "RiskExceptionConfiguration": { "SkippedIPRangeList": ["127.0.0.0/8"] },
    });
    app.ok("SetRiskConfiguration", set).await;
    app.ok("SignUp", sign_up(&setup, COMMON)).await;
}

#[actix_web::test]
async fn a_file_of_hashes_replaces_the_list() {
    let file = std::env::temp_dir().join(format!("cenote-test-{}.txt", crate::support::app::unique()));
    let mut lines: Vec<_> = ["Breached-Horse-7", "a", "b", "c"].iter().map(|password| line(password)).collect();
    lines.sort();
    std::fs::write(&file, lines.concat()).unwrap();
    let path = Some(file.clone());
    let app = TestApp::start(Mode::Development, |config| config.threat_protection.compromised_passwords = path).await;
    let setup = Setup::with(&app, protected("ENFORCED"), json!({})).await;
    set_rule(&app, &setup, block()).await;
    app.refuses("SignUp", sign_up(&setup, "Breached-Horse-7"), REFUSED).await;
    app.ok("SignUp", sign_up(&setup, COMMON)).await;
    std::fs::write(&file, "password\n").unwrap();
    let refused = app.try_restart(|_| ()).await.err().unwrap().to_string();
    assert!(refused.contains("compromised_passwords") && refused.contains("HASH:COUNT"), "{refused}");
}

fn line(password: &str) -> String {
    format!("{}:12\r\n", hex(&Hash::Sha1.digest(password.as_bytes())).to_ascii_uppercase())
}

#[actix_web::test]
async fn the_pages_lead_from_a_known_password_to_another_one() {
    let (app, setup) = common("ENFORCED", block()).await;
    let mut browser = Browser::new(&app);
    let page = browser.open(&format!("/login?{}", setup.query(&[]))).await;
    let page = browser.submit(&page, "signInSubmitButton", &[("username", JANE), ("password", COMMON)]).await;
    assert!(page.url.contains("/forgotPassword?"), "{}", page.url);
    assert!(page.says("You need to choose another password before you can sign in."), "{}", page.text());
    let page = browser.submit(&page, "reset_my_password", &[]).await;
    let code = app.code_for(JANE);
    let fields =
        |password| [("confirmation_code", code.as_str()), ("password", password), ("confirmPassword", password)];
    let refused = browser.submit(&page, "confirmation_code", &fields(COMMON)).await;
    assert!(refused.says("Provided password cannot be used for security reasons."), "{}", refused.text());
    let page = browser.submit(&refused, "confirmation_code", &fields(PASSWORD)).await;
    let page = browser.submit(&page, "signInSubmitButton", &[("password", PASSWORD)]).await;
    assert!(page.query("code").is_some(), "{}", page.text());
}
