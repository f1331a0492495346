//! Adaptive authentication: how risky a sign-in is, and what the pool makes of it.

use serde_json::{Value, json};

use super::threat_protection::{JANE, events, of_jane, protected};
use crate::support::app::Answer;
use crate::support::setup::{PASSWORD, merge};
use crate::support::{Setup, TestApp};

/// Her phone.
pub const PHONE: &str = "+14325551212";
const BLOCKED: (&str, &str) = ("NotAuthorizedException", "Unable to login because of security reasons.");
/// From where and with what Jane signed in before: as every request of these tests.
const KNOWN: (&str, &str) = ("127.0.0.1", "unknown");
/// Elsewhere, with the same device.
pub const NEW_NETWORK: (&str, &str) = ("198.51.100.7", "unknown");
const NEW_DEVICE: (&str, &str) = ("127.0.0.9", "Phone/1.0");
/// Elsewhere, with another device.
pub const BOTH_NEW: (&str, &str) = ("198.51.100.7", "Phone/1.0");

/// A pool in which Jane, who has a phone, signed in once.
pub async fn known(mode: &str, actions: Value) -> (TestApp, Setup) {
    let (app, setup) = fresh(mode, actions).await;
    setup.tokens(&app, JANE).await;
    app.advance(60);
    (app, setup)
}

async fn fresh(mode: &str, actions: Value) -> (TestApp, Setup) {
    let app = TestApp::new().await;
    let factors = json!({ "MfaConfiguration": "OPTIONAL", "SmsMfaConfiguration": {} });
    let setup = Setup::with_factors(&app, protected(mode), factors).await;
    setup.user_with(&app, JANE, &[("phone_number", PHONE), ("phone_number_verified", "true")]).await;
    set_risk(&app, &setup, json!({ "AccountTakeoverRiskConfiguration": { "Actions": actions } })).await;
    (app, setup)
}

/// Sets what the pool says about risks.
pub async fn set_risk(app: &TestApp, setup: &Setup, parts: Value) {
    let mut set = json!({ "UserPoolId": setup.pool });
    merge(&mut set, parts);
    app.ok("SetRiskConfiguration", set).await;
}

fn action(word: &str) -> Value {
    json!({ "Notify": false, "EventAction": word })
}

/// The same for every level.
fn always(word: &str) -> Value {
    json!({ "LowAction": action(word), "MediumAction": action(word), "HighAction": action(word) })
}

/// A sign-in that an administrator's server passes on from there.
pub async fn sign_in(app: &TestApp, setup: &Setup, (address, device): (&str, &str)) -> Answer {
    let context = json!({
        "IpAddress": address, "ServerName": "app.example", "ServerPath": "/login",
        "HttpHeaders": [{ "headerName": "User-Agent", "headerValue": device }],
    });
    let body = json!({
        "UserPoolId": setup.pool, "ClientId": setup.client, "AuthFlow": "ADMIN_USER_PASSWORD_AUTH",
        "AuthParameters": { "USERNAME": JANE, "PASSWORD": PASSWORD }, "ContextData": context,
    });
    app.advance(1);
    app.api("AdminInitiateAuth", body).await
}

fn is_refused(answer: &Answer) -> bool {
    (answer.fault().as_str(), answer.message().as_str()) == BLOCKED
}

async fn fail_often(app: &TestApp, setup: &Setup) {
    for _ in 0..5 {
        setup.api_sign_in(app, JANE, "Wrong-Horse-1").await;
    }
    app.advance(2);
}

async fn newest(app: &TestApp, setup: &Setup) -> Value {
    events(app, setup).await[0].clone()
}

fn risk(decision: &str, level: &str) -> Value {
    let mut risk = json!({ "RiskDecision": decision, "CompromisedCredentialsDetected": false });
    if !level.is_empty() {
        risk["RiskLevel"] = level.into();
    }
    risk
}

#[actix_web::test]
async fn audit_tells_how_unusual_a_sign_in_was_and_lets_it_pass() {
    for (origin, level) in [(KNOWN, ""), (NEW_NETWORK, "Low"), (NEW_DEVICE, "Low"), (BOTH_NEW, "Medium")] {
        let (app, setup) = known("AUDIT", always("BLOCK")).await;
        assert_eq!(sign_in(&app, &setup, origin).await.status, 200, "{origin:?}");
        let event = newest(&app, &setup).await;
        let decision = if level.is_empty() { "NoRisk" } else { "AccountTakeover" };
        assert_eq!((&event["EventRisk"], &event["EventResponse"]), (&risk(decision, level), &json!("Pass")));
        let context = json!({ "IpAddress": origin.0, "DeviceName": origin.1 });
        assert_eq!(event["EventContextData"], context);
        sign_in(&app, &setup, origin).await;
        assert_eq!(newest(&app, &setup).await["EventRisk"], risk("NoRisk", ""), "seen once, it is known");
    }
}

#[actix_web::test]
async fn many_failures_raise_the_level_of_what_is_new_for_an_hour() {
    for (wait, level) in [(0, "High"), (3600, "Medium")] {
        let (app, setup) = known("AUDIT", always("BLOCK")).await;
        fail_often(&app, &setup).await;
        app.advance(wait);
        sign_in(&app, &setup, BOTH_NEW).await;
        assert_eq!(newest(&app, &setup).await["EventRisk"], risk("AccountTakeover", level));
    }
}

#[actix_web::test]
async fn nobody_keeps_the_owner_out_by_failing() {
    let (app, setup) = known("ENFORCED", always("BLOCK")).await;
    fail_often(&app, &setup).await;
    assert_eq!(sign_in(&app, &setup, KNOWN).await.status, 200);
    assert_eq!(newest(&app, &setup).await["EventRisk"], risk("NoRisk", ""));
}

#[actix_web::test]
async fn the_first_sign_in_of_a_user_is_no_risk() {
    let (app, setup) = fresh("ENFORCED", always("BLOCK")).await;
    assert_eq!(sign_in(&app, &setup, BOTH_NEW).await.status, 200);
    assert_eq!(newest(&app, &setup).await["EventRisk"], risk("NoRisk", ""));
}

#[actix_web::test]
async fn each_level_has_its_own_action() {
    let actions = json!({ "LowAction": action("NO_ACTION"), "MediumAction": action("BLOCK") });
    let (app, setup) = known("ENFORCED", actions).await;
    assert!(is_refused(&sign_in(&app, &setup, BOTH_NEW).await));
    let event = newest(&app, &setup).await;
    assert_eq!((&event["EventRisk"], &event["EventResponse"]), (&risk("Block", "Medium"), &json!("Fail")));
    assert!(is_refused(&sign_in(&app, &setup, BOTH_NEW).await), "a refused sign-in makes nothing known");
    assert_eq!(sign_in(&app, &setup, NEW_NETWORK).await.status, 200);
    assert_eq!(newest(&app, &setup).await["EventRisk"], risk("AccountTakeover", "Low"));
    let (app, setup) = known("ENFORCED", json!({ "MediumAction": action("BLOCK") })).await;
    fail_often(&app, &setup).await;
    assert_eq!(sign_in(&app, &setup, BOTH_NEW).await.status, 200, "nothing is said of the highest level");
}

#[actix_web::test]
async fn a_wrong_password_is_told_nothing_of_the_risk() {
    let (app, setup) = known("ENFORCED", always("BLOCK")).await;
    fail_often(&app, &setup).await;
    let wrong = ("NotAuthorizedException", "Incorrect username or password.");
    app.refuses("InitiateAuth", setup.attempt(JANE, "Wrong-Horse-1"), wrong).await;
}

#[actix_web::test]
async fn a_risk_asks_users_for_the_second_factor_that_they_have_not_switched_on() {
    for word in ["MFA_IF_CONFIGURED", "MFA_REQUIRED"] {
        let (app, setup) = known("ENFORCED", always(word)).await;
        assert!(sign_in(&app, &setup, KNOWN).await.json()["AuthenticationResult"].is_object());
        let asked = sign_in(&app, &setup, NEW_NETWORK).await.json();
        assert_eq!(asked["ChallengeName"], "SMS_MFA", "{asked}");
        let begun = newest(&app, &setup).await;
        assert_eq!(
            (&begun["EventRisk"], &begun["EventResponse"]),
            (&risk("AccountTakeover", "Low"), &json!("InProgress"))
        );
        let code = json!({ "USERNAME": JANE, "SMS_MFA_CODE": app.code_for(PHONE) });
        assert_eq!(setup.answer(&app, &asked, code).await.status, 200);
        let done = newest(&app, &setup).await;
        assert_eq!((&done["EventId"], &done["EventResponse"]), (&begun["EventId"], &json!("Pass")));
        assert_eq!(done["EventRisk"], risk("AccountTakeover", "Low"));
        let proofs = json!([
            { "ChallengeName": "Password", "ChallengeResponse": "Success" },
            { "ChallengeName": "Mfa", "ChallengeResponse": "Success" },
        ]);
        assert_eq!(done["ChallengeResponses"], proofs);
        assert!(sign_in(&app, &setup, NEW_NETWORK).await.json()["AuthenticationResult"].is_object());
    }
}

#[actix_web::test]
async fn users_without_a_second_factor_pass_where_it_is_optional_and_are_refused_where_it_is_required() {
    for (word, passes) in [("MFA_IF_CONFIGURED", true), ("MFA_REQUIRED", false)] {
        let (app, setup) = known("ENFORCED", always(word)).await;
        app.ok("AdminDeleteUserAttributes", of_jane(&setup, json!({ "UserAttributeNames": ["phone_number"] }))).await;
        let answer = sign_in(&app, &setup, NEW_DEVICE).await;
        assert_eq!((answer.status == 200, is_refused(&answer)), (passes, !passes), "{word} {}", answer.text);
        let event = newest(&app, &setup).await;
        let (decision, response) = if passes { ("AccountTakeover", "Pass") } else { ("Block", "Fail") };
        assert_eq!((&event["EventRisk"], &event["EventResponse"]), (&risk(decision, "Low"), &json!(response)));
        assert_eq!(events(&app, &setup).await.len(), 2, "one event a sign-in");
    }
}

#[actix_web::test]
async fn a_risky_sign_in_is_not_asked_for_a_code_at_an_address_that_is_not_proven() {
    let (app, setup) = known("ENFORCED", always("MFA_REQUIRED")).await;
    let unproven = json!({ "UserAttributes": [{ "Name": "phone_number", "Value": "+14325550000" }] });
    app.ok("AdminUpdateUserAttributes", of_jane(&setup, unproven)).await;
    assert!(is_refused(&sign_in(&app, &setup, NEW_NETWORK).await), "whoever signs in may have named it");
}

#[actix_web::test]
async fn what_is_said_of_an_event_counts_at_the_next_sign_in() {
    let (app, setup) = known("ENFORCED", always("BLOCK")).await;
    assert!(is_refused(&sign_in(&app, &setup, BOTH_NEW).await));
    let say = async |word: &str| {
        let id = newest(&app, &setup).await["EventId"].clone();
        let said = of_jane(&setup, json!({ "EventId": id, "FeedbackValue": word }));
        app.ok("AdminUpdateAuthEventFeedback", said).await;
        app.advance(1);
    };
    say("Valid").await;
    assert_eq!(sign_in(&app, &setup, BOTH_NEW).await.status, 200, "it was Jane");
    let first = events(&app, &setup).await[1]["EventId"].clone();
    say("Invalid").await;
    app.ok("AdminUpdateAuthEventFeedback", of_jane(&setup, json!({ "EventId": first, "FeedbackValue": "Invalid" })))
        .await;
    assert!(is_refused(&sign_in(&app, &setup, BOTH_NEW).await), "it was not Jane after all");
}

#[actix_web::test]
async fn nothing_from_a_skipped_address_is_a_risk() {
    let (app, setup) = known("ENFORCED", always("BLOCK")).await;
    let skipped = json!({
        "AccountTakeoverRiskConfiguration": { "Actions": always("BLOCK") },
        "RiskExceptionConfiguration": { "SkippedIPRangeList": ["198.51.100.0/24"] },
    });
    set_risk(&app, &setup, skipped).await;
    assert_eq!(sign_in(&app, &setup, BOTH_NEW).await.status, 200);
    assert_eq!(newest(&app, &setup).await["EventRisk"], risk("NoRisk", ""));
    assert!(is_refused(&sign_in(&app, &setup, ("203.0.113.1", "unknown")).await));
}

#[actix_web::test]
async fn an_app_tells_the_address_of_its_user_only_where_its_client_passes_addresses_on() {
    for (is_passed_on, address) in [(true, "203.0.113.5"), (false, "127.0.0.1")] {
        let (app, mut setup) = known("AUDIT", always("BLOCK")).await;
        let client =
            json!({ "GenerateSecret": is_passed_on, "EnablePropagateAdditionalUserContextData": is_passed_on });
        (setup.client, setup.secret) = setup.another_client(&app, client).await;
        let mut attempt = setup.attempt(JANE, PASSWORD);
        attempt["UserContextData"] = json!({ "IpAddress": "203.0.113.5", "EncodedData": "e30=" });
        if is_passed_on {
            attempt["AuthParameters"]["SECRET_HASH"] =
                cenote::crypto::digest::secret_hash(JANE, &setup.client, &setup.secret).into();
        }
        app.ok("InitiateAuth", attempt).await;
        assert_eq!(newest(&app, &setup).await["EventContextData"]["IpAddress"], address);
    }
}

#[actix_web::test]
async fn only_a_client_with_a_secret_may_pass_addresses_on() {
    let (app, setup) = known("ENFORCED", json!({})).await;
    let body = json!({ "UserPoolId": setup.pool, "ClientName": "x", "EnablePropagateAdditionalUserContextData": true });
    let text = "EnablePropagateAdditionalUserContextData can only be activated for a client that has a client secret.";
    app.refuses("CreateUserPoolClient", body, ("InvalidParameterException", text)).await;
}

#[actix_web::test]
async fn an_address_that_is_none_is_refused_and_gets_around_nothing() {
    let (app, mut setup) = known("ENFORCED", always("BLOCK")).await;
    let client = json!({ "GenerateSecret": true, "EnablePropagateAdditionalUserContextData": true });
    (setup.client, setup.secret) = setup.another_client(&app, client).await;
    let mut attempt = setup.attempt(JANE, PASSWORD);
    attempt["AuthParameters"]["SECRET_HASH"] =
        cenote::crypto::digest::secret_hash(JANE, &setup.client, &setup.secret).into();
    attempt["UserContextData"] = json!({ "IpAddress": "nowhere" });
    app.refuses("InitiateAuth", attempt, ("InvalidParameterException", "Invalid IP address")).await;
    assert_eq!(sign_in(&app, &setup, ("nowhere", PHONE)).await.message(), "Invalid IP address");
}

#[actix_web::test]
async fn an_administrator_leaves_nothing_out_of_what_is_said_of_a_person() {
    let (app, setup) = known("AUDIT", always("BLOCK")).await;
    let body = json!({
        "UserPoolId": setup.pool, "ClientId": setup.client, "AuthFlow": "ADMIN_USER_PASSWORD_AUTH",
        "AuthParameters": { "USERNAME": JANE, "PASSWORD": PASSWORD }, "ContextData": { "IpAddress": "192.0.2.1" },
    });
    let answer = app.api("AdminInitiateAuth", body).await;
    assert_eq!(answer.fault(), "InvalidParameterException");
    assert!(answer.message().contains("contextData.serverName"), "{}", answer.message());
}
