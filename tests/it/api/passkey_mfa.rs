//! Passkeys that count as two factors: where the pool and the user say so, and beside another second factor.

use serde_json::{Value, json};

use super::passkey_sign_in::{JANE, ORIGIN, with_passkey};
use super::passkeys::{register, stage};
use crate::support::authenticator::Authenticator;
use crate::support::{Setup, TestApp};

const TWICE: &str = "MULTI_FACTOR_WITH_USER_VERIFICATION";

fn pool(mode: &str, factor: &str) -> Value {
    json!({ "MfaConfiguration": mode, "EmailMfaConfiguration": {},
        "WebAuthnConfiguration": { "FactorConfiguration": factor } })
}

fn wish(setup: &Setup, passkeys: Value, email: Value) -> Value {
    json!({ "UserPoolId": setup.pool, "Username": JANE, "WebAuthnMfaSettings": passkeys, "EmailMfaSettings": email })
}

fn both(setup: &Setup) -> Value {
    wish(setup, json!({ "Enabled": true }), json!({ "Enabled": true }))
}

async fn listed(app: &TestApp, setup: &Setup) -> Value {
    let user = json!({ "UserPoolId": setup.pool, "Username": JANE });
    let factors = app.ok("AdminGetUserAuthFactors", user.clone()).await;
    let shown = app.ok("AdminGetUser", user).await;
    assert_eq!(shown["UserMFASettingList"], factors["UserMFASettingList"]);
    shown["UserMFASettingList"].clone()
}

async fn choices(app: &TestApp, setup: &Setup) -> Value {
    let begin = json!({ "AuthFlow": "USER_AUTH", "ClientId": setup.client, "AuthParameters": { "USERNAME": JANE } });
    app.ok("InitiateAuth", begin).await["AvailableChallenges"].clone()
}

async fn sign_in(app: &TestApp, setup: &Setup, authenticator: &mut Authenticator) -> Value {
    let parameters = json!({ "USERNAME": JANE, "PREFERRED_CHALLENGE": "WEB_AUTHN" });
    let begin = json!({ "AuthFlow": "USER_AUTH", "ClientId": setup.client, "AuthParameters": parameters });
    let asked = app.ok("InitiateAuth", begin).await;
    let Some(options) = asked["ChallengeParameters"]["CREDENTIAL_REQUEST_OPTIONS"].as_str() else { return asked };
    let options: Value = serde_json::from_str(options).unwrap();
    assert_eq!(options["userVerification"], "required");
    let credential = authenticator.get(&options).to_string();
    let answer = json!({ "ClientId": setup.client, "ChallengeName": "WEB_AUTHN", "Session": asked["Session"],
        "ChallengeResponses": { "USERNAME": JANE, "CREDENTIAL": credential } });
    app.api("RespondToAuthChallenge", answer).await.json()
}

#[actix_web::test]
async fn passkeys_count_twice_where_the_pool_allows_it_beside_another_factor_and_with_a_passkey() {
    let (app, setup) = stage().await;
    let token = setup.tokens(&app, JANE).await["AccessToken"].clone();
    let refuses = async |body: Value, text: &str| {
        app.refuses("AdminSetUserMFAPreference", body, ("InvalidParameterException", text)).await;
    };
    setup.set_mfa(&app, pool("OPTIONAL", "SINGLE_FACTOR")).await;
    refuses(both(&setup), "Passkey MFA is not enabled for the user pool.").await;
    setup.set_mfa(&app, pool("OPTIONAL", TWICE)).await;
    let alone = wish(&setup, json!({ "Enabled": true }), Value::Null);
    refuses(alone, "WebAuthn MFA requires enabling an additional MFA setting.").await;
    let text = "User does not have applicable WebAuthn credentials to enable WebAuthn MFA.";
    refuses(both(&setup), text).await;
    assert_eq!(listed(&app, &setup).await, Value::Null, "a refused request changes nothing");
    register(&app, &token, &mut Authenticator::new(ORIGIN)).await;
    let own = json!({ "AccessToken": token, "WebAuthnMfaSettings": { "Enabled": true }, "EmailMfaSettings": { "Enabled": true } });
    app.ok("SetUserMFAPreference", own).await;
    assert_eq!(listed(&app, &setup).await, json!(["EMAIL_OTP", "WEB_AUTHN_MFA"]));
    app.ok("AdminSetUserMFAPreference", wish(&setup, json!({}), json!({ "Enabled": true }))).await;
    assert_eq!(listed(&app, &setup).await, json!(["EMAIL_OTP", "WEB_AUTHN_MFA"]), "what is left out stays");
    app.ok("AdminSetUserMFAPreference", wish(&setup, json!({ "Enabled": false }), Value::Null)).await;
    assert_eq!(listed(&app, &setup).await, json!(["EMAIL_OTP"]));
    app.ok("AdminSetUserMFAPreference", both(&setup)).await;
    app.ok("AdminSetUserMFAPreference", wish(&setup, Value::Null, json!({ "Enabled": false }))).await;
    assert_eq!(listed(&app, &setup).await, Value::Null, "without another factor there is nothing to count twice");
}

#[actix_web::test]
async fn a_passkey_that_counts_twice_is_enough_where_a_second_factor_is_asked_for() {
    for mode in ["ON", "OPTIONAL"] {
        let (app, setup, mut authenticator) = with_passkey().await;
        setup.set_mfa(&app, pool(mode, TWICE)).await;
        app.ok("AdminSetUserMFAPreference", wish(&setup, Value::Null, json!({ "Enabled": true }))).await;
        let passwords = json!(["PASSWORD_SRP", "PASSWORD"]);
        assert_eq!(choices(&app, &setup).await, passwords, "{mode}");
        let asked = sign_in(&app, &setup, &mut authenticator).await;
        assert_eq!((&asked["ChallengeName"], &asked["AvailableChallenges"]), (&json!("SELECT_CHALLENGE"), &passwords));
        app.ok("AdminSetUserMFAPreference", both(&setup)).await;
        assert_eq!(choices(&app, &setup).await, json!(["PASSWORD_SRP", "PASSWORD", "WEB_AUTHN"]), "{mode}");
        let done = sign_in(&app, &setup, &mut authenticator).await;
        assert!(done["AuthenticationResult"]["AccessToken"].is_string(), "{mode}: {done}");
        authenticator.is_user_verified = false;
        let refused = sign_in(&app, &setup, &mut authenticator).await;
        assert_eq!(refused["message"], "The passkey could not be verified.", "{mode}: nobody proved who holds it");
        let asked = setup.api_sign_in(&app, JANE, crate::support::setup::PASSWORD).await.json();
        assert_eq!(asked["ChallengeName"], "EMAIL_OTP", "{mode}: a password still needs the second step");
        setup.set_mfa(&app, pool(mode, "SINGLE_FACTOR")).await;
        assert_eq!(choices(&app, &setup).await, passwords, "{mode}: the pool has the last word");
    }
}
