//! What a pool says about second factors: by its maker, and by the operation of its own.

use serde_json::{Value, json};

use crate::support::{Setup, TestApp};

const TOGETHER: (&str, &str) =
    ("InvalidParameterException", "Invalid MFA configuration given, can't turn off MFA and configure an MFA together.");
const NONE: (&str, &str) = (
    "InvalidParameterException",
    "Invalid MFA Configuration given. SMS MFA, Email MFA, or Software Token MFA must be enabled.",
);

fn wish(setup: &Setup, mfa: Value) -> Value {
    let mut body = json!({ "UserPoolId": setup.pool });
    crate::support::setup::merge(&mut body, mfa);
    body
}

#[actix_web::test]
async fn only_what_was_configured_is_shown_and_leaving_out_switches_off() {
    let app = TestApp::new().await;
    let setup = Setup::new(&app).await;
    let known = || app.ok("GetUserPoolMfaConfig", json!({ "UserPoolId": setup.pool }));
    assert_eq!(known().await, json!({ "MfaConfiguration": "OFF" }));
    let everything = json!({
        "MfaConfiguration": "OPTIONAL",
        "SmsMfaConfiguration": { "SmsAuthenticationMessage": "Code {####}",
            "SmsConfiguration": { "SnsCallerArn": "arn:aws:iam::123456789012:role/sms", "ExternalId": "x" } },
        "SoftwareTokenMfaConfiguration": { "Enabled": true },
        "EmailMfaConfiguration": { "Message": "Mail {####}", "Subject": "Hello" },
        "WebAuthnConfiguration": { "RelyingPartyId": "example.com", "UserVerification": "preferred" },
    });
    assert_eq!(app.ok("SetUserPoolMfaConfig", wish(&setup, everything.clone())).await, everything);
    assert_eq!(known().await, everything);
    let pool = app.ok("DescribeUserPool", json!({ "UserPoolId": setup.pool })).await["UserPool"].clone();
    assert_eq!(
        (&pool["MfaConfiguration"], &pool["SmsAuthenticationMessage"]),
        (&json!("OPTIONAL"), &json!("Code {####}"))
    );
    let disabled = json!({ "MfaConfiguration": "ON", "SoftwareTokenMfaConfiguration": { "Enabled": false } });
    let shown = app.ok("SetUserPoolMfaConfig", wish(&setup, disabled.clone())).await;
    assert_eq!(shown["SoftwareTokenMfaConfiguration"], json!({ "Enabled": false }));
    assert!(shown.get("SmsMfaConfiguration").is_none() && shown.get("EmailMfaConfiguration").is_none());
    let off = app.ok("SetUserPoolMfaConfig", wish(&setup, json!({}))).await;
    assert_eq!((&off["MfaConfiguration"], off.get("SoftwareTokenMfaConfiguration")), (&json!("OFF"), None));
}

#[actix_web::test]
async fn a_mode_that_does_not_fit_the_factors_is_refused() {
    let app = TestApp::new().await;
    let setup = Setup::new(&app).await;
    let token = json!({ "SoftwareTokenMfaConfiguration": { "Enabled": false } });
    app.refuses("SetUserPoolMfaConfig", wish(&setup, token), TOGETHER).await;
    let email = json!({ "MfaConfiguration": "OFF", "EmailMfaConfiguration": { "Subject": "code" } });
    app.refuses("SetUserPoolMfaConfig", wish(&setup, email), TOGETHER).await;
    for mode in ["ON", "OPTIONAL"] {
        app.refuses("SetUserPoolMfaConfig", wish(&setup, json!({ "MfaConfiguration": mode })), NONE).await;
    }
    let unknown = app.api("SetUserPoolMfaConfig", wish(&setup, json!({ "MfaConfiguration": "SOMETIMES" }))).await;
    assert!(unknown.message().ends_with("Member must satisfy enum value set: [OPTIONAL, OFF, ON]"));
    let passkeys = json!({ "MfaConfiguration": "OFF", "WebAuthnConfiguration": { "RelyingPartyId": "example.com" } });
    app.ok("SetUserPoolMfaConfig", wish(&setup, passkeys)).await;
}

#[actix_web::test]
async fn a_pools_maker_needs_text_messages_for_a_second_factor_and_a_change_keeps_the_others() {
    let app = TestApp::new().await;
    let text = "SMS configuration and Auto verification for phone_number are required when MFA is required/optional";
    let bare = json!({ "PoolName": "p", "MfaConfiguration": "ON" });
    app.refuses("CreateUserPool", bare, ("InvalidParameterException", text)).await;
    let sms = json!({ "SnsCallerArn": "arn:aws:iam::123456789012:role/sms" });
    let made = json!({ "MfaConfiguration": "OPTIONAL", "SmsConfiguration": sms });
    let setup = Setup::with(&app, made, json!({})).await;
    let shown = app.ok("GetUserPoolMfaConfig", json!({ "UserPoolId": setup.pool })).await;
    assert_eq!(shown, json!({ "MfaConfiguration": "OPTIONAL", "SmsMfaConfiguration": { "SmsConfiguration": sms } }));
    let token = json!({ "MfaConfiguration": "ON", "SoftwareTokenMfaConfiguration": { "Enabled": true } });
    app.ok("SetUserPoolMfaConfig", wish(&setup, token.clone())).await;
    app.ok("UpdateUserPool", wish(&setup, json!({ "MfaConfiguration": "ON" }))).await;
    assert_eq!(app.ok("GetUserPoolMfaConfig", json!({ "UserPoolId": setup.pool })).await, token);
    app.ok("UpdateUserPool", wish(&setup, json!({}))).await;
    let off = app.ok("GetUserPoolMfaConfig", json!({ "UserPoolId": setup.pool })).await;
    assert_eq!(off, json!({ "MfaConfiguration": "OFF" }));
}

#[actix_web::test]
async fn the_first_factors_of_a_pool_are_described_and_always_hold_the_password() {
    let app = TestApp::new().await;
    let policy = |factors: Value| json!({ "Policies": { "SignInPolicy": { "AllowedFirstAuthFactors": factors } } });
    let setup = Setup::with(&app, policy(json!(["PASSWORD", "EMAIL_OTP"])), json!({})).await;
    let pool = app.ok("DescribeUserPool", json!({ "UserPoolId": setup.pool })).await["UserPool"].clone();
    assert_eq!(pool["Policies"]["SignInPolicy"], json!({ "AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP"] }));
    for bad in [json!([]), json!(["EMAIL_OTP"]), json!(["PASSWORD", "TELEPATHY"])] {
        let answer = app.api("UpdateUserPool", wish(&setup, policy(bad))).await;
        assert_eq!(answer.fault(), "InvalidParameterException");
    }
}
