//! Signing up, confirming, forgetting the password.

use serde_json::{Value, json};

use crate::support::setup::PASSWORD;
use crate::support::{Setup, TestApp};

const JANE: &str = "jane@example.com";

fn wish(setup: &Setup, username: &str) -> Value {
    json!({ "ClientId": setup.client, "Username": username, "Password": PASSWORD })
}

fn confirmation(setup: &Setup, username: &str, code: &str) -> Value {
    json!({ "ClientId": setup.client, "Username": username, "ConfirmationCode": code })
}

fn named(setup: &Setup, username: &str) -> Value {
    json!({ "ClientId": setup.client, "Username": username })
}

fn reset(setup: &Setup, code: &str, password: &str) -> Value {
    json!({ "ClientId": setup.client, "Username": JANE, "ConfirmationCode": code, "Password": password })
}

/// Six digits that are not `code`.
fn other_than(code: &str) -> String {
    format!("{:06}", (code.parse::<u32>().unwrap() + 1) % 1_000_000)
}

#[actix_web::test]
async fn a_sign_up_sends_a_code_and_the_code_confirms() {
    let app = TestApp::new().await;
    let setup = Setup::new(&app).await;
    let made = app.ok("SignUp", wish(&setup, JANE)).await;
    assert_eq!(made["UserConfirmed"], false);
    let delivery = json!({ "Destination": "j***@e***", "DeliveryMedium": "EMAIL", "AttributeName": "email" });
    assert_eq!(made["CodeDeliveryDetails"], delivery);
    let not_yet = ("UserNotConfirmedException", "User is not confirmed.");
    app.refuses("InitiateAuth", setup.attempt(JANE, PASSWORD), not_yet).await;
    let code = app.code_for(JANE);
    assert_eq!(app.ok("ConfirmSignUp", confirmation(&setup, JANE, &code)).await, json!({}));
    let user = app.ok("AdminGetUser", json!({ "UserPoolId": setup.pool, "Username": JANE })).await;
    assert_eq!((&user["UserStatus"], &user["Username"]), (&json!("CONFIRMED"), &made["UserSub"]));
    let verified = json!({ "Name": "email_verified", "Value": "true" });
    assert!(user["UserAttributes"].as_array().unwrap().contains(&verified), "{user}");
    assert_eq!(setup.api_sign_in(&app, JANE, PASSWORD).await.status, 200);
    let refusal = ("NotAuthorizedException", "User cannot be confirmed. Current status is CONFIRMED");
    app.refuses("ConfirmSignUp", confirmation(&setup, JANE, &code), refusal).await;
}

#[actix_web::test]
async fn a_wrong_password_does_not_tell_that_the_user_is_unconfirmed() {
    let app = TestApp::new().await;
    let setup = Setup::new(&app).await;
    app.ok("SignUp", wish(&setup, JANE)).await;
    let refusal = ("NotAuthorizedException", "Incorrect username or password.");
    app.refuses("InitiateAuth", setup.attempt(JANE, "Wrong-Horse-1"), refusal).await;
}

#[actix_web::test]
async fn a_wrong_code_is_a_mismatch_and_a_late_one_has_expired() {
    let app = TestApp::new().await;
    let setup = Setup::new(&app).await;
    app.ok("SignUp", wish(&setup, JANE)).await;
    let code = app.code_for(JANE);
    let mismatch = ("CodeMismatchException", "Invalid verification code provided, please try again.");
    app.refuses("ConfirmSignUp", confirmation(&setup, JANE, &other_than(&code)), mismatch).await;
    app.advance(24 * 3600);
    let expired = ("ExpiredCodeException", "Invalid code provided, please request a code again.");
    app.refuses("ConfirmSignUp", confirmation(&setup, JANE, &code), expired).await;
}

#[actix_web::test]
async fn a_code_works_until_its_last_second() {
    let app = TestApp::new().await;
    let setup = Setup::new(&app).await;
    app.ok("SignUp", wish(&setup, JANE)).await;
    app.advance(24 * 3600 - 1);
    app.ok("ConfirmSignUp", confirmation(&setup, JANE, &app.code_for(JANE))).await;
}

#[actix_web::test]
async fn the_newest_code_is_the_one_that_works() {
    let app = TestApp::new().await;
    let setup = Setup::new(&app).await;
    app.ok("SignUp", wish(&setup, JANE)).await;
    let old = app.code_for(JANE);
    let resent = app.ok("ResendConfirmationCode", named(&setup, JANE)).await;
    assert_eq!(resent["CodeDeliveryDetails"]["Destination"], "j***@e***");
    let new = app.code_for(JANE);
    assert_ne!(old, new);
    assert_eq!(app.api("ConfirmSignUp", confirmation(&setup, JANE, &old)).await.fault(), "CodeMismatchException");
    app.ok("ConfirmSignUp", confirmation(&setup, JANE, &new)).await;
    let refusal = ("InvalidParameterException", "User is already confirmed.");
    app.refuses("ResendConfirmationCode", named(&setup, JANE), refusal).await;
}

#[actix_web::test]
async fn an_administrator_confirms_without_a_code() {
    let app = TestApp::new().await;
    let setup = Setup::new(&app).await;
    app.ok("SignUp", wish(&setup, JANE)).await;
    let user = json!({ "UserPoolId": setup.pool, "Username": JANE });
    app.ok("AdminConfirmSignUp", user.clone()).await;
    assert_eq!(setup.api_sign_in(&app, JANE, PASSWORD).await.status, 200);
    let refusal = ("NotAuthorizedException", "User cannot be confirmed. Current status is CONFIRMED");
    app.refuses("AdminConfirmSignUp", user, refusal).await;
}

#[actix_web::test]
async fn a_sign_up_that_does_not_fit_is_refused_with_cognitos_words() {
    let app = TestApp::new().await;
    let schema = json!({ "Schema": [
        { "Name": "name", "Required": true },
        { "Name": "team", "AttributeDataType": "String", "Mutable": true,
          "StringAttributeConstraints": { "MinLength": "1", "MaxLength": "3" } },
    ] });
    let setup = Setup::with(&app, schema, json!({})).await;
    let with = |attributes: Value, username: &str| {
        let mut body = wish(&setup, username);
        body["UserAttributes"] = attributes;
        body
    };
    let name = json!({ "Name": "name", "Value": "Jane" });
    let cases = [
        (with(json!([name]), "jane"), "InvalidParameterException", "Username should be an email."),
        (
            with(json!([]), JANE),
            "InvalidParameterException",
            "Attributes did not conform to the schema: name: The attribute is required",
        ),
        (
            with(json!([name, { "Name": "custom:rank", "Value": "1" }]), JANE),
            "InvalidParameterException",
            "Attributes did not conform to the schema: Type for attribute {custom:rank} could not be determined",
        ),
        (
            with(json!([name, { "Name": "phone_number", "Value": "12345" }]), JANE),
            "InvalidParameterException",
            "Invalid phone number format.",
        ),
        (
            with(json!([name, { "Name": "email_verified", "Value": "true" }]), JANE),
            "NotAuthorizedException",
            "A client attempted to write unauthorized attribute",
        ),
    ];
    for (body, fault, text) in cases {
        app.refuses("SignUp", body, (fault, text)).await;
    }
    let long = with(json!([name, { "Name": "custom:team", "Value": "four" }]), JANE);
    assert_eq!(app.api("SignUp", long).await.fault(), "InvalidParameterException");
    app.ok("SignUp", with(json!([name, { "Name": "custom:team", "Value": "ops" }]), JANE)).await;
}

#[actix_web::test]
async fn a_weak_password_is_refused_by_its_rule() {
    let app = TestApp::new().await;
    let setup = Setup::new(&app).await;
    let weak = json!({ "ClientId": setup.client, "Username": JANE, "Password": "short" });
    let refusal = ("InvalidPasswordException", "Password did not conform with policy: Password not long enough");
    app.refuses("SignUp", weak, refusal).await;
}

#[actix_web::test]
async fn a_taken_name_is_refused() {
    let app = TestApp::new().await;
    let setup = Setup::new(&app).await;
    app.ok("SignUp", wish(&setup, JANE)).await;
    let refusal = ("UsernameExistsException", "An account with the given email already exists.");
    app.refuses("SignUp", wish(&setup, JANE), refusal).await;
    let plain = Setup::with(&app, json!({ "UsernameAttributes": null }), json!({})).await;
    app.ok("SignUp", wish(&plain, "jane")).await;
    app.refuses("SignUp", wish(&plain, "jane"), ("UsernameExistsException", "User already exists")).await;
}

#[actix_web::test]
async fn parallel_sign_ups_of_one_name_make_one_user() {
    let app = TestApp::new().await;
    let setup = Setup::new(&app).await;
    let answers = futures_util::future::join_all((0..8).map(|_| app.api("SignUp", wish(&setup, JANE)))).await;
    let mut told: Vec<_> = answers.iter().map(|answer| (answer.status, answer.fault())).collect();
    told.sort();
    assert_eq!(told.iter().filter(|(status, _)| *status == 200).count(), 1, "{told:?}");
    assert!(told[1..].iter().all(|(_, fault)| fault == "UsernameExistsException"), "{told:?}");
}

#[actix_web::test]
async fn an_alias_leads_to_the_user_once_it_is_proven() {
    let app = TestApp::new().await;
    let aliases = json!({ "UsernameAttributes": null, "AliasAttributes": ["email"] });
    let setup = Setup::with(&app, aliases, json!({})).await;
    let with_address = |name: &str| {
        let mut body = wish(&setup, name);
        body["UserAttributes"] = json!([{ "Name": "email", "Value": JANE }]);
        body
    };
    let shape = "Username cannot be of email format, since user pool is configured for email alias.";
    app.refuses("SignUp", with_address(JANE), ("InvalidParameterException", shape)).await;
    app.ok("SignUp", with_address("jane")).await;
    assert_eq!(setup.api_sign_in(&app, JANE, PASSWORD).await.message(), "Incorrect username or password.");
    app.ok("ConfirmSignUp", confirmation(&setup, "jane", &app.code_for(JANE))).await;
    assert_eq!(setup.api_sign_in(&app, JANE, PASSWORD).await.status, 200);
    app.ok("SignUp", with_address("janet")).await;
    let code = app.code_for(JANE);
    let taken = ("AliasExistsException", "An account with the email already exists.");
    app.refuses("ConfirmSignUp", confirmation(&setup, "janet", &code), taken).await;
    let mut forced = confirmation(&setup, "janet", &code);
    forced["ForceAliasCreation"] = json!(true);
    app.ok("ConfirmSignUp", forced).await;
    let tokens = setup.tokens(&app, JANE).await;
    assert_eq!(super::claims(&tokens["AccessToken"])["username"], "janet");
}

#[actix_web::test]
async fn a_forgotten_password_is_replaced_with_the_code() {
    let app = TestApp::new().await;
    let setup = Setup::new(&app).await;
    setup.user(&app, JANE).await;
    let asked = app.ok("ForgotPassword", named(&setup, JANE)).await;
    let delivery = json!({ "Destination": "j***@e***", "DeliveryMedium": "EMAIL", "AttributeName": "email" });
    assert_eq!(asked["CodeDeliveryDetails"], delivery);
    let code = app.code_for(JANE);
    let weak = ("InvalidPasswordException", "Password did not conform with policy: Password not long enough");
    app.refuses("ConfirmForgotPassword", reset(&setup, &code, "short"), weak).await;
    let mismatch = ("CodeMismatchException", "Invalid verification code provided, please try again.");
    app.refuses("ConfirmForgotPassword", reset(&setup, &other_than(&code), "Another-Horse-2"), mismatch).await;
    assert_eq!(app.ok("ConfirmForgotPassword", reset(&setup, &code, "Another-Horse-2")).await, json!({}));
    assert_eq!(setup.api_sign_in(&app, JANE, PASSWORD).await.fault(), "NotAuthorizedException");
    assert_eq!(setup.api_sign_in(&app, JANE, "Another-Horse-2").await.status, 200);
    let used = ("ExpiredCodeException", "Invalid code provided, please request a code again.");
    app.refuses("ConfirmForgotPassword", reset(&setup, &code, "Another-Horse-3"), used).await;
}

#[actix_web::test]
async fn a_reset_code_lasts_an_hour() {
    let app = TestApp::new().await;
    let setup = Setup::new(&app).await;
    setup.user(&app, JANE).await;
    app.ok("ForgotPassword", named(&setup, JANE)).await;
    app.advance(3600);
    let late = reset(&setup, &app.code_for(JANE), "Another-Horse-2");
    assert_eq!(app.api("ConfirmForgotPassword", late).await.fault(), "ExpiredCodeException");
    assert_eq!(setup.api_sign_in(&app, JANE, PASSWORD).await.status, 200);
}

#[actix_web::test]
async fn a_sign_up_code_resets_no_password_and_a_reset_code_confirms_nobody() {
    let app = TestApp::new().await;
    let setup = Setup::new(&app).await;
    app.ok("SignUp", wish(&setup, JANE)).await;
    let sign_up_code = app.code_for(JANE);
    let answer = app.api("ConfirmForgotPassword", reset(&setup, &sign_up_code, "Another-Horse-2")).await;
    assert_eq!(answer.status, 400, "{}", answer.text);
    app.ok("ConfirmSignUp", confirmation(&setup, JANE, &sign_up_code)).await;
    assert_eq!(setup.api_sign_in(&app, JANE, PASSWORD).await.status, 200);
}
