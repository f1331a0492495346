//! What half of the keys does not open: a password without the second factor, a code for another address, a guess
//! without the code, a provider's user without the provider.

use serde_json::{Value, json};

use crate::federation::stage::{World, world};
use crate::support::setup::{PASSWORD, merge};
use crate::support::steps::{EVERY_FLOW, by_password, totp};
use crate::support::{Setup, TestApp, callback};

const JANE: &str = "jane@example.com";
const NOBODY: &str = "john@example.com";
const INVALID: (&str, &str) = ("NotAuthorizedException", "Invalid session for the user.");
const USED_BEFORE: (&str, &str) = ("PasswordHistoryPolicyViolationException", "Password has previously been used");

#[actix_web::test]
async fn without_the_code_nobody_learns_an_earlier_password() {
    let app = TestApp::new().await;
    let policy = json!({ "Policies": { "PasswordPolicy": { "MinimumLength": 8, "PasswordHistorySize": 3 } } });
    let setup = Setup::with(&app, policy, json!({ "PreventUserExistenceErrors": "ENABLED" })).await;
    setup.user(&app, JANE).await;
    app.ok("ForgotPassword", json!({ "ClientId": setup.client, "Username": JANE })).await;
    let reset = |name: &str, code: &str, password: &str| json!({ "ClientId": setup.client, "Username": name, "ConfirmationCode": code, "Password": password });
    for attempt in 0..25 {
        let right = app.api("ConfirmForgotPassword", reset(JANE, "000000", PASSWORD)).await;
        let wrong = app.api("ConfirmForgotPassword", reset(JANE, "000000", "Another-Horse-2")).await;
        assert_ne!(right.fault(), USED_BEFORE.0, "attempt {attempt}");
        assert!(right.status == 400 && wrong.status == 400, "attempt {attempt}");
    }
    let nobody = app.api("ConfirmForgotPassword", reset(NOBODY, "000000", PASSWORD)).await;
    assert_eq!(nobody.fault(), "ExpiredCodeException");
    app.advance(3700);
    app.ok("ForgotPassword", json!({ "ClientId": setup.client, "Username": JANE })).await;
    let code = app.code_for(JANE);
    app.refuses("ConfirmForgotPassword", reset(JANE, &code, PASSWORD), USED_BEFORE).await;
    app.ok("ConfirmForgotPassword", reset(JANE, &code, "Another-Horse-2")).await;
    let again = app.api("ConfirmForgotPassword", reset(JANE, &code, "Third-Horse-3")).await;
    assert_eq!(again.fault(), "ExpiredCodeException", "a code works once");
}

/// Somebody who has the password only, in a pool that asks a second factor of everybody.
async fn half_way(app: &TestApp) -> (Setup, Value) {
    let mfa = json!({
        "MfaConfiguration": "ON", "SoftwareTokenMfaConfiguration": { "Enabled": true }, "EmailMfaConfiguration": {},
    });
    let setup = Setup::with_factors(app, json!({ "UsernameAttributes": [] }), json!({})).await;
    let user = json!({
        "UserPoolId": setup.pool, "Username": "jane", "MessageAction": "SUPPRESS",
        "UserAttributes": [{ "Name": "name", "Value": "Jane" }],
    });
    app.ok("AdminCreateUser", user).await;
    let password = json!({ "UserPoolId": setup.pool, "Username": "jane", "Password": PASSWORD, "Permanent": true });
    app.ok("AdminSetUserPassword", password).await;
    setup.set_mfa(app, mfa).await;
    let asked = app.ok("InitiateAuth", by_password(&setup, "jane")).await;
    assert_eq!(asked["ChallengeName"], "MFA_SETUP", "{asked}");
    (setup, asked)
}

/// Sets an authenticator app up as the real user does.
async fn set_up(app: &TestApp, setup: &Setup) {
    let asked = app.ok("InitiateAuth", by_password(setup, "jane")).await;
    let given = app.ok("AssociateSoftwareToken", json!({ "Session": asked["Session"] })).await;
    let code = totp(app, given["SecretCode"].as_str().unwrap(), 0);
    let verified =
        app.ok("VerifySoftwareToken", json!({ "Session": given["Session"], "UserCode": code })).await["Session"]
            .clone();
    let mut done = asked;
    done["Session"] = verified;
    let answer = setup.answer(app, &done, json!({ "USERNAME": "jane" })).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
}

#[actix_web::test]
async fn a_session_that_sets_a_factor_up_ends_with_the_users_own_set_up() {
    let app = TestApp::new().await;
    let (setup, asked) = half_way(&app).await;
    let waiting = app.ok("AssociateSoftwareToken", json!({ "Session": asked["Session"] })).await;
    let other = app.ok("InitiateAuth", by_password(&setup, "jane")).await;
    set_up(&app, &setup).await;
    let secret = waiting["SecretCode"].as_str().unwrap();
    let body = json!({ "Session": waiting["Session"], "UserCode": totp(&app, secret, 0) });
    app.refuses("VerifySoftwareToken", body, INVALID).await;
    app.refuses("AssociateSoftwareToken", json!({ "Session": other["Session"] }), INVALID).await;
    let mail = json!({ "USERNAME": "jane", "EMAIL": "mallory@example.com" });
    app.refuses("RespondToAuthChallenge", setup.reply(&other, mail), INVALID).await;
    assert_eq!(app.ok("InitiateAuth", by_password(&setup, "jane")).await["ChallengeName"], "SOFTWARE_TOKEN_MFA");
}

#[actix_web::test]
async fn a_session_that_sets_a_factor_up_does_not_last_for_ever() {
    let app = TestApp::new().await;
    let (_, asked) = half_way(&app).await;
    let mut session = asked["Session"].clone();
    let mut lasted = 0;
    loop {
        let answer = app.api("AssociateSoftwareToken", json!({ "Session": session })).await;
        if answer.status != 200 {
            assert!(answer.message().contains("session is expired"), "{}", answer.text);
            break;
        }
        session = answer.json()["Session"].clone();
        app.advance(170);
        lasted += 170;
        assert!(lasted < 3600, "it is still good after an hour");
    }
}

#[actix_web::test]
async fn a_mail_address_that_becomes_a_factor_is_the_only_one_that_leads_to_the_user() {
    let app = TestApp::new().await;
    let (setup, asked) = half_way(&app).await;
    let sent = setup.answer(&app, &asked, json!({ "USERNAME": "jane", "EMAIL": JANE })).await.json();
    let done = setup.answer(&app, &sent, json!({ "USERNAME": "jane", "EMAIL_OTP_CODE": app.code_for(JANE) })).await;
    assert_eq!(done.status, 200, "{}", done.text);
    let user = app.ok("AdminGetUser", json!({ "UserPoolId": setup.pool, "Username": "jane" })).await;
    let attributes = user["UserAttributes"].as_array().unwrap();
    assert!(attributes.contains(&json!({ "Name": "email", "Value": JANE })), "{user}");
    assert!(attributes.contains(&json!({ "Name": "email_verified", "Value": "true" })), "{user}");
    assert_eq!(app.ok("InitiateAuth", by_password(&setup, "jane")).await["ChallengeName"], "EMAIL_OTP");
}

impl World {
    /// Signs Ada in at the simulated Facebook, for the user pools API too.
    async fn ada(&mut self) -> Value {
        self.browser.cookies.clear();
        let scope = ("scope", "openid aws.cognito.signin.user.admin");
        let query = self.setup.query(&[("identity_provider", "Facebook"), scope]);
        let picker = self.browser.open(&format!("/oauth2/authorize?{query}")).await;
        let page = self.pick(&picker, &[("person", "ada@example.com")]).await;
        let code = page.query("code").unwrap_or_else(|| panic!("no code at {}: {}", page.url, page.text()));
        let form = [
            ("grant_type", "authorization_code"),
            ("code", code.as_str()),
            ("client_id", self.setup.client.as_str()),
            ("redirect_uri", callback()),
        ];
        self.app.post_form("/oauth2/token", &form).await.json()
    }
}

async fn with_facebook(more: Value) -> World {
    let mut world = world().await;
    let mut client = json!({
        "SupportedIdentityProviders": ["COGNITO", "Facebook"], "ExplicitAuthFlows": EVERY_FLOW,
        "AllowedOAuthScopes": ["openid", "email", "profile", "aws.cognito.signin.user.admin"],
    });
    merge(&mut client, more);
    (world.setup.client, world.setup.secret) = world.setup.another_client(&world.app, client).await;
    world
}

#[actix_web::test]
async fn a_code_for_one_address_proves_no_other_that_a_provider_puts_in_its_place() {
    let mut world = with_facebook(json!({})).await;
    let token = world.ada().await["access_token"].clone();
    let username = world.app.ok("GetUser", json!({ "AccessToken": token })).await["Username"].clone();
    let mine = json!([{ "Name": "email", "Value": "mine@attacker.example" }]);
    let change = json!({ "UserPoolId": world.setup.pool, "Username": username, "UserAttributes": mine });
    world.app.ok("AdminUpdateUserAttributes", change).await;
    let send = json!({ "AccessToken": token, "AttributeName": "email" });
    world.app.ok("GetUserAttributeVerificationCode", send).await;
    let code = world.app.code_for("mine@attacker.example");
    world.ada().await;
    let verify = json!({ "AccessToken": token, "AttributeName": "email", "Code": code });
    let refused = world.app.api("VerifyUserAttribute", verify).await;
    assert_eq!(refused.fault(), "ExpiredCodeException", "{}", refused.text);
    let user = world.app.ok("GetUser", json!({ "AccessToken": token })).await;
    let attributes = user["UserAttributes"].as_array().unwrap();
    assert!(attributes.contains(&json!({ "Name": "email", "Value": "ada@example.com" })), "{user}");
    assert!(!attributes.contains(&json!({ "Name": "email_verified", "Value": "true" })), "{user}");
}

#[actix_web::test]
async fn a_providers_user_comes_in_through_the_provider_only() {
    let mut world = with_facebook(json!({ "PreventUserExistenceErrors": "LEGACY" })).await;
    let policy = json!({ "SignInPolicy": { "AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP"] } });
    world.app.ok("UpdateUserPool", json!({ "UserPoolId": world.setup.pool, "Policies": policy })).await;
    let token = world.ada().await["access_token"].clone();
    let username = world.app.ok("GetUser", json!({ "AccessToken": token })).await["Username"].clone();
    let wanted = json!({ "USERNAME": username, "PREFERRED_CHALLENGE": "EMAIL_OTP" });
    let asked = world.app.api("InitiateAuth", world.setup.first_step("USER_AUTH", wanted)).await;
    assert_ne!(asked.json()["ChallengeName"], "EMAIL_OTP", "{}", asked.text);
    let set = json!({ "AccessToken": token, "ProposedPassword": PASSWORD });
    let refused = world.app.api("ChangePassword", set).await;
    assert_eq!(refused.fault(), "NotAuthorizedException", "{}", refused.text);
    let signed_in = world.app.api("InitiateAuth", world.setup.attempt(username.as_str().unwrap(), PASSWORD)).await;
    assert_eq!(signed_in.status, 400, "{}", signed_in.text);
}

#[actix_web::test]
async fn where_only_providers_sign_people_in_nobody_signs_up_or_recovers_a_password() {
    let mut world = world().await;
    let own = world.setup.client.clone();
    let client = json!({ "SupportedIdentityProviders": ["Facebook"] });
    let (other, _) = world.setup.another_client(&world.app, client).await;
    for (path, field) in [("/signup", "password"), ("/forgotPassword", "username")] {
        let mut page = world.browser.open(&format!("{path}?{}", world.setup.query(&[]))).await;
        assert!(page.url.contains(path), "{}", page.url);
        page.answer.text = page.answer.text.replace(&own, &other);
        let posted = world.browser.submit(&page, field, &[("username", JANE)]).await;
        assert!(posted.url.contains("/login?") && posted.says("Continue with Facebook"), "{}", posted.url);
        let elsewhere = world.setup.through(other.clone()).query(&[]);
        let shown = world.browser.open(&format!("{path}?{elsewhere}")).await;
        assert!(shown.url.contains("/login?"), "{}", shown.url);
    }
    assert!(world.app.messages().is_empty());
}

#[actix_web::test]
async fn an_unknown_device_tells_nothing_about_the_user_before_the_password() {
    let app = TestApp::new().await;
    let devices = json!({ "DeviceConfiguration": { "ChallengeRequiredOnNewDevice": true } });
    let hiding = json!({ "ExplicitAuthFlows": EVERY_FLOW, "PreventUserExistenceErrors": "ENABLED" });
    let setup = Setup::with(&app, devices, hiding).await;
    setup.user(&app, JANE).await;
    let mut told = Vec::new();
    for name in [JANE, NOBODY] {
        let (client, asked) = setup.srp_start(&app, name).await;
        let mut claim = setup.srp_claim(&app, (&client, &asked), "Wrong-Horse-1");
        claim["DEVICE_KEY"] = json!("us-east-1_00000000-0000-4000-8000-000000000000");
        let answer = setup.answer(&app, &asked, claim).await;
        told.push((answer.fault(), answer.message()));
    }
    assert_eq!(told[0], told[1]);
    assert_eq!(told[0].0, "NotAuthorizedException");
}

#[actix_web::test]
async fn a_user_sends_only_so_many_codes_to_new_addresses_an_hour() {
    let app = TestApp::new().await;
    let setup = Setup::with(&app, json!({ "AutoVerifiedAttributes": ["email"] }), json!({})).await;
    setup.user(&app, JANE).await;
    let token = setup.tokens(&app, JANE).await["AccessToken"].clone();
    let change = |number: usize| {
        let attributes = json!([{ "Name": "email", "Value": format!("victim{number}@example.com") }]);
        json!({ "AccessToken": token, "UserAttributes": attributes })
    };
    for number in 0..5 {
        app.ok("UpdateUserAttributes", change(number)).await;
    }
    let before = app.messages().len();
    assert_eq!(app.api("UpdateUserAttributes", change(5)).await.fault(), "LimitExceededException");
    assert_eq!(app.messages().len(), before);
    let user = app.ok("GetUser", json!({ "AccessToken": token })).await;
    assert!(user.to_string().contains("victim4@example.com"), "the change that was refused changed nothing: {user}");
}

#[actix_web::test]
async fn the_session_of_a_sign_up_follows_that_sign_up_only() {
    let app = TestApp::new().await;
    let setup = Setup::with(&app, json!({}), json!({ "ExplicitAuthFlows": EVERY_FLOW })).await;
    let sign_up = async |email: &str| {
        let attributes = json!([{ "Name": "email", "Value": email }, { "Name": "name", "Value": "Somebody" }]);
        let body = json!({
            "ClientId": setup.client, "Username": email, "Password": PASSWORD, "UserAttributes": attributes,
        });
        app.ok("SignUp", body).await["Session"].clone()
    };
    let janes = sign_up(JANE).await;
    let confirm = |email: &str, code: &str, session: &Value| json!({ "ClientId": setup.client, "Username": email, "ConfirmationCode": code, "Session": session });
    app.ok("ConfirmSignUp", confirm(JANE, &app.code_for(JANE), &Value::Null)).await;
    sign_up(NOBODY).await;
    let crossed = app.ok("ConfirmSignUp", confirm(NOBODY, &app.code_for(NOBODY), &janes)).await;
    assert!(crossed.get("Session").is_none(), "{crossed}");
}
