//! How clients with a secret prove themselves, in every form, and what they are told when they do not.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cenote::crypto::digest::hmac_sha256;
use serde_json::{Value, json};

use crate::support::setup::PASSWORD;
use crate::support::{Setup, TestApp};

const JANE: &str = "jane@example.com";

/// Base64 of HMAC-SHA256 under the secret over user name and client id, computed here once more.
fn hash(setup: &Setup, username: &str) -> String {
    let message = format!("{username}{}", setup.client);
    STANDARD.encode(hmac_sha256(setup.secret.as_bytes(), message.as_bytes()))
}

async fn confidential(app: &TestApp) -> Setup {
    Setup::with(app, json!({}), json!({ "GenerateSecret": true })).await
}

/// A body for each operation that takes the hash as a member, without it.
fn bodies(setup: &Setup) -> [(&'static str, Value); 5] {
    let named = json!({ "ClientId": setup.client, "Username": JANE });
    let with = |extra: Value| {
        let mut body = named.clone();
        body.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        body
    };
    [
        ("SignUp", with(json!({ "Password": PASSWORD }))),
        ("ConfirmSignUp", with(json!({ "ConfirmationCode": "123456" }))),
        ("ResendConfirmationCode", named.clone()),
        ("ForgotPassword", named.clone()),
        ("ConfirmForgotPassword", with(json!({ "ConfirmationCode": "123456", "Password": PASSWORD }))),
    ]
}

fn attempt(setup: &Setup, hash: Option<String>) -> Value {
    let mut body = setup.attempt(JANE, PASSWORD);
    if let Some(hash) = hash {
        body["AuthParameters"]["SECRET_HASH"] = json!(hash);
    }
    body
}

fn refresh(setup: &Setup, token: &Value, proof: Option<&str>) -> Value {
    let mut parameters = json!({ "REFRESH_TOKEN": token });
    if let Some(proof) = proof {
        parameters["SECRET_HASH"] = json!(proof);
    }
    json!({ "ClientId": setup.client, "AuthFlow": "REFRESH_TOKEN_AUTH", "AuthParameters": parameters })
}

#[actix_web::test]
async fn a_missing_hash_is_asked_for() {
    let app = TestApp::new().await;
    let setup = confidential(&app).await;
    let text = format!("Client {} is configured for secret but secret was not received", setup.client);
    for (operation, body) in bodies(&setup) {
        app.refuses(operation, body, ("NotAuthorizedException", &text)).await;
    }
    let text = format!("Client {} is configured with secret but SECRET_HASH was not received", setup.client);
    app.refuses("InitiateAuth", attempt(&setup, None), ("NotAuthorizedException", &text)).await;
}

#[actix_web::test]
async fn a_wrong_hash_is_refused() {
    let app = TestApp::new().await;
    let setup = confidential(&app).await;
    let text = format!("Unable to verify secret hash for client {}", setup.client);
    let wrong = [hash(&setup, "john@example.com"), setup.secret.clone(), "AAAA".to_owned()];
    for proof in wrong {
        for (operation, mut body) in bodies(&setup) {
            body["SecretHash"] = json!(proof);
            app.refuses(operation, body, ("NotAuthorizedException", &text)).await;
        }
        app.refuses("InitiateAuth", attempt(&setup, Some(proof)), ("NotAuthorizedException", &text)).await;
    }
    assert!(app.messages().is_empty());
}

#[actix_web::test]
async fn a_hash_for_a_client_without_a_secret_is_refused() {
    let app = TestApp::new().await;
    let setup = Setup::new(&app).await;
    let text = format!("Client {} is not configured for secret but secret was received", setup.client);
    for (operation, mut body) in bodies(&setup) {
        body["SecretHash"] = json!("AAAA");
        app.refuses(operation, body, ("NotAuthorizedException", &text)).await;
    }
    app.refuses("InitiateAuth", attempt(&setup, Some("AAAA".to_owned())), ("NotAuthorizedException", &text)).await;
}

#[actix_web::test]
async fn the_right_hash_opens_the_whole_road() {
    let app = TestApp::new().await;
    let setup = confidential(&app).await;
    let proof = hash(&setup, JANE);
    let call = async |name: &str, code: Option<String>| {
        let (_, mut body) = bodies(&setup).into_iter().find(|(known, _)| *known == name).unwrap();
        body["SecretHash"] = json!(proof);
        if let Some(code) = code {
            body["ConfirmationCode"] = json!(code);
        }
        app.ok(name, body).await
    };
    call("SignUp", None).await;
    call("ResendConfirmationCode", None).await;
    call("ConfirmSignUp", Some(app.code_for(JANE))).await;
    call("ForgotPassword", None).await;
    call("ConfirmForgotPassword", Some(app.code_for(JANE))).await;
    app.ok("InitiateAuth", attempt(&setup, Some(proof.clone()))).await;
}

#[actix_web::test]
async fn a_challenge_is_answered_with_the_hash_over_the_name_in_the_answer() {
    let app = TestApp::new().await;
    let setup = confidential(&app).await;
    let wish = json!({ "UserPoolId": setup.pool, "Username": JANE, "MessageAction": "SUPPRESS", "TemporaryPassword": PASSWORD });
    app.ok("AdminCreateUser", wish).await;
    let asked = app.ok("InitiateAuth", attempt(&setup, Some(hash(&setup, JANE)))).await;
    let username = asked["ChallengeParameters"]["USER_ID_FOR_SRP"].as_str().unwrap();
    let reply = |proof: Option<String>| {
        let mut responses = json!({ "USERNAME": username, "NEW_PASSWORD": "Another-Horse-2" });
        if let Some(proof) = proof {
            responses["SECRET_HASH"] = json!(proof);
        }
        json!({
            "ClientId": setup.client, "ChallengeName": "NEW_PASSWORD_REQUIRED", "Session": asked["Session"],
            "ChallengeResponses": responses,
        })
    };
    let text = format!("Client {} is configured with secret but SECRET_HASH was not received", setup.client);
    app.refuses("RespondToAuthChallenge", reply(None), ("NotAuthorizedException", &text)).await;
    let text = format!("Unable to verify secret hash for client {}", setup.client);
    let over_address = reply(Some(hash(&setup, JANE)));
    app.refuses("RespondToAuthChallenge", over_address, ("NotAuthorizedException", &text)).await;
    app.ok("RespondToAuthChallenge", reply(Some(hash(&setup, username)))).await;
}

#[actix_web::test]
async fn a_refresh_takes_the_hash_over_name_or_sub_or_the_secret_itself() {
    let app = TestApp::new().await;
    let plain = json!({ "UsernameAttributes": null, "AliasAttributes": ["email"] });
    let setup = Setup::with(&app, plain, json!({ "GenerateSecret": true })).await;
    let attributes = json!([{ "Name": "email", "Value": JANE }, { "Name": "email_verified", "Value": "true" }]);
    let wish = json!({ "UserPoolId": setup.pool, "Username": "jane", "MessageAction": "SUPPRESS", "UserAttributes": attributes });
    let made = app.ok("AdminCreateUser", wish).await;
    let sub = made["User"]["Attributes"][0]["Value"].as_str().unwrap();
    let password = json!({ "UserPoolId": setup.pool, "Username": "jane", "Password": PASSWORD, "Permanent": true });
    app.ok("AdminSetUserPassword", password).await;
    let tokens = app.ok("InitiateAuth", attempt(&setup, Some(hash(&setup, JANE)))).await;
    let token = &tokens["AuthenticationResult"]["RefreshToken"];
    for proof in [hash(&setup, "jane"), hash(&setup, sub), setup.secret.clone()] {
        app.ok("InitiateAuth", refresh(&setup, token, Some(&proof))).await;
    }
    let wrong = format!("Unable to verify secret hash for client {}", setup.client);
    for proof in [hash(&setup, JANE), hash(&setup, "john"), "AAAA".to_owned()] {
        app.refuses("InitiateAuth", refresh(&setup, token, Some(&proof)), ("NotAuthorizedException", &wrong)).await;
    }
    let missing = format!("Client {} is configured with secret but SECRET_HASH was not received", setup.client);
    app.refuses("InitiateAuth", refresh(&setup, token, None), ("NotAuthorizedException", &missing)).await;
}

#[actix_web::test]
async fn newer_operations_take_the_secret_in_clear() {
    let app = TestApp::new().await;
    let setup = confidential(&app).await;
    setup.user(&app, JANE).await;
    let tokens = app.ok("InitiateAuth", attempt(&setup, Some(hash(&setup, JANE)))).await;
    let token = &tokens["AuthenticationResult"]["RefreshToken"];
    let refresh = |secret: &str| json!({ "ClientId": setup.client, "RefreshToken": token, "ClientSecret": secret });
    let wrong = format!("Unable to verify secret hash for client {}", setup.client);
    app.refuses("GetTokensFromRefreshToken", refresh("wrong"), ("NotAuthorizedException", &wrong)).await;
    let bare = json!({ "ClientId": setup.client, "RefreshToken": token });
    assert_eq!(app.api("GetTokensFromRefreshToken", bare).await.fault(), "NotAuthorizedException");
    app.ok("GetTokensFromRefreshToken", refresh(&setup.secret)).await;
    let revoke = |secret: &str| json!({ "ClientId": setup.client, "Token": token, "ClientSecret": secret });
    assert_eq!(app.api("RevokeToken", revoke("wrong")).await.fault(), "UnauthorizedException");
    app.ok("GetTokensFromRefreshToken", refresh(&setup.secret)).await;
    app.ok("RevokeToken", revoke(&setup.secret)).await;
    assert_eq!(
        app.api("GetTokensFromRefreshToken", refresh(&setup.secret)).await.message(),
        "Refresh Token has been revoked"
    );
}
