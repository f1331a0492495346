//! Users without a password, where the pool lets people sign in with codes.

use serde_json::{Value, json};

use crate::support::setup::PASSWORD;
use crate::support::{Setup, TestApp};

const JANE: &str = "jane@example.com";

/// A pool with codes by mail as a first factor.
pub async fn stage(factors: Value) -> (TestApp, Setup) {
    let app = TestApp::new().await;
    let pool = json!({ "Policies": { "SignInPolicy": { "AllowedFirstAuthFactors": factors } } });
    let flows = json!(["ALLOW_USER_AUTH", "ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]);
    let setup = Setup::with(&app, pool, json!({ "ExplicitAuthFlows": flows })).await;
    (app, setup)
}

fn join(setup: &Setup, password: &Value) -> Value {
    let mut body = json!({ "ClientId": setup.client, "Username": JANE });
    crate::support::setup::merge(&mut body, json!({ "Password": password }));
    body
}

async fn by_code(app: &TestApp, setup: &Setup) -> Value {
    let begin = json!({ "ClientId": setup.client, "AuthFlow": "USER_AUTH",
        "AuthParameters": { "USERNAME": JANE, "PREFERRED_CHALLENGE": "EMAIL_OTP" } });
    let asked = app.ok("InitiateAuth", begin).await;
    assert_eq!(asked["ChallengeName"], "EMAIL_OTP", "{asked}");
    let code = app.code_for(JANE);
    let answer = json!({
        "ClientId": setup.client, "ChallengeName": "EMAIL_OTP", "Session": asked["Session"],
        "ChallengeResponses": { "USERNAME": JANE, "EMAIL_OTP_CODE": code },
    });
    app.ok("RespondToAuthChallenge", answer).await["AuthenticationResult"].clone()
}

#[actix_web::test]
async fn somebody_signs_up_without_a_password_and_in_with_codes() {
    for blank in [Value::Null, json!("")] {
        let (app, setup) = stage(json!(["PASSWORD", "EMAIL_OTP"])).await;
        app.ok("SignUp", join(&setup, &blank)).await;
        let code = app.code_for(JANE);
        app.ok("ConfirmSignUp", json!({ "ClientId": setup.client, "Username": JANE, "ConfirmationCode": code })).await;
        let tokens = by_code(&app, &setup).await;
        for guess in ["x", PASSWORD] {
            assert_eq!(setup.api_sign_in(&app, JANE, guess).await.message(), "Incorrect username or password.");
        }
        let factors = app.ok("GetUserAuthFactors", json!({ "AccessToken": tokens["AccessToken"] })).await;
        assert_eq!(factors["ConfiguredUserAuthFactors"], json!(["EMAIL_OTP"]));
        let first = json!({ "AccessToken": tokens["AccessToken"], "ProposedPassword": PASSWORD });
        app.ok("ChangePassword", first).await;
        assert_eq!(setup.api_sign_in(&app, JANE, PASSWORD).await.status, 200);
    }
}

#[actix_web::test]
async fn nobody_without_a_password_where_only_passwords_and_passkeys_sign_in() {
    for factors in [json!(["PASSWORD"]), json!(["PASSWORD", "WEB_AUTHN"])] {
        let (app, setup) = stage(factors).await;
        for blank in [Value::Null, json!("")] {
            let refused = app.api("SignUp", join(&setup, &blank)).await;
            assert_eq!(
                (refused.status, refused.fault().as_str()),
                (400, "InvalidParameterException"),
                "{}",
                refused.text
            );
        }
        let weak = app.api("SignUp", join(&setup, &json!("short"))).await;
        assert_eq!(weak.fault(), "InvalidPasswordException");
        let user = json!({ "UserPoolId": setup.pool, "Username": JANE, "UserAttributes": [{ "Name": "email", "Value": JANE }],
            "DesiredDeliveryMediums": ["EMAIL"] });
        let made = app.ok("AdminCreateUser", user).await;
        assert_eq!(made["User"]["UserStatus"], "FORCE_CHANGE_PASSWORD");
        assert_eq!(app.messages().len(), 1, "the invitation with a temporary password");
    }
}

#[actix_web::test]
async fn administrators_make_users_without_a_password() {
    let (app, setup) = stage(json!(["PASSWORD", "EMAIL_OTP"])).await;
    let user = |name: &str, password: Value| {
        let attributes = json!([{ "Name": "email", "Value": name }, { "Name": "email_verified", "Value": "true" }]);
        let mut user = json!({ "UserPoolId": setup.pool, "Username": name, "UserAttributes": attributes,
            "DesiredDeliveryMediums": ["EMAIL"] });
        crate::support::setup::merge(&mut user, json!({ "TemporaryPassword": password }));
        user
    };
    let made = app.ok("AdminCreateUser", user(JANE, Value::Null)).await;
    assert_eq!(made["User"]["UserStatus"], "CONFIRMED");
    assert!(app.messages().is_empty(), "there is no password to send");
    assert!(by_code(&app, &setup).await["AccessToken"].is_string());
    let invited = app.ok("AdminCreateUser", user("ines@example.com", json!("Temporary-1"))).await;
    assert_eq!(invited["User"]["UserStatus"], "FORCE_CHANGE_PASSWORD");
    let blank = app.ok("AdminCreateUser", user("bob@example.com", json!(""))).await;
    assert_eq!(blank["User"]["UserStatus"], "CONFIRMED");
}

#[actix_web::test]
async fn a_reset_code_never_comes_the_way_of_the_second_factor() {
    let app = TestApp::new().await;
    let recovery =
        json!([{ "Name": "verified_email", "Priority": 1 }, { "Name": "verified_phone_number", "Priority": 2 }]);
    let pool = json!({ "AccountRecoverySetting": { "RecoveryMechanisms": recovery } });
    let factors = json!({ "MfaConfiguration": "OPTIONAL", "EmailMfaConfiguration": {}, "SmsMfaConfiguration": {} });
    let setup = Setup::with_factors(&app, pool, factors).await;
    setup.change_client(&app, json!({ "PreventUserExistenceErrors": "LEGACY" })).await;
    setup.user_with(&app, JANE, &[("phone_number", "+14325551212"), ("phone_number_verified", "true")]).await;
    let forgot = json!({ "ClientId": setup.client, "Username": JANE });
    let medium = async |expected: &str| {
        let told = app.ok("ForgotPassword", forgot.clone()).await;
        assert_eq!(told["CodeDeliveryDetails"]["DeliveryMedium"], expected);
    };
    let enable = async |email: bool, sms: bool| {
        let wish = json!({ "UserPoolId": setup.pool, "Username": JANE,
            "EmailMfaSettings": { "Enabled": email }, "SMSMfaSettings": { "Enabled": sms } });
        app.ok("AdminSetUserMFAPreference", wish).await;
    };
    medium("EMAIL").await;
    enable(true, false).await;
    medium("SMS").await;
    enable(false, true).await;
    medium("EMAIL").await;
    enable(true, true).await;
    let text = "Cannot reset password for the user as there is no registered/verified email or phone_number";
    app.refuses("ForgotPassword", forgot.clone(), ("InvalidParameterException", text)).await;
}
