//! Signing in: flows, parameters, the challenge of a temporary password.

use serde_json::{Value, json};

use crate::support::setup::PASSWORD;
use crate::support::{Setup, TestApp};

const JANE: &str = "jane@example.com";
const TEMPORARY: &str = "Temp-Orary-1";

async fn invited(app: &TestApp, setup: &Setup) -> Value {
    let wish = json!({
        "UserPoolId": setup.pool, "Username": JANE, "MessageAction": "SUPPRESS", "TemporaryPassword": TEMPORARY,
    });
    app.ok("AdminCreateUser", wish).await;
    setup.api_sign_in(app, JANE, TEMPORARY).await.json()
}

fn reply(setup: &Setup, session: &Value, responses: impl Into<Value>) -> Value {
    json!({
        "ClientId": setup.client, "ChallengeName": "NEW_PASSWORD_REQUIRED", "Session": session,
        "ChallengeResponses": responses.into(),
    })
}

fn start(setup: &Setup, flow: &str, parameters: impl Into<Value>) -> Value {
    json!({ "ClientId": setup.client, "AuthFlow": flow, "AuthParameters": parameters.into() })
}

#[actix_web::test]
async fn a_password_earns_three_tokens() {
    let app = TestApp::new().await;
    let setup = Setup::new(&app).await;
    let sub = setup.user(&app, JANE).await;
    let answer = setup.api_sign_in(&app, JANE, PASSWORD).await.json();
    assert_eq!(answer["ChallengeParameters"], json!({}));
    assert!(answer.get("ChallengeName").is_none() && answer.get("Session").is_none());
    let tokens = &answer["AuthenticationResult"];
    assert_eq!((&tokens["TokenType"], &tokens["ExpiresIn"]), (&json!("Bearer"), &json!(3600)));
    assert!(tokens["RefreshToken"].as_str().unwrap().len() > 40);
    let issuer = format!("{}/{}", app.cx.config.issuer_base(), setup.pool);
    let access = super::claims(&tokens["AccessToken"]);
    let id = super::claims(&tokens["IdToken"]);
    for claims in [&access, &id] {
        assert_eq!((&claims["sub"], &claims["iss"]), (&json!(sub), &json!(issuer)));
        assert_eq!((&claims["iat"], &claims["exp"]), (&json!(1_704_164_645), &json!(1_704_168_245)));
        assert_eq!(claims["auth_time"], 1_704_164_645);
    }
    assert_eq!((&access["token_use"], &access["client_id"]), (&json!("access"), &json!(setup.client)));
    assert_eq!((&access["username"], &access["scope"]), (&json!(sub), &json!("aws.cognito.signin.user.admin")));
    assert_eq!((&id["token_use"], &id["aud"]), (&json!("id"), &json!(setup.client)));
    assert_eq!(
        (&id["email"], &id["email_verified"], &id["cognito:username"]),
        (&json!(JANE), &json!(true), &json!(sub))
    );
    assert_eq!((&access["origin_jti"], &access["event_id"]), (&id["origin_jti"], &id["event_id"]));
    assert_ne!(access["jti"], id["jti"]);
}

#[actix_web::test]
async fn an_administrator_signs_somebody_in() {
    let app = TestApp::new().await;
    let setup = Setup::new(&app).await;
    setup.user(&app, JANE).await;
    for flow in ["ADMIN_USER_PASSWORD_AUTH", "ADMIN_NO_SRP_AUTH"] {
        let mut body = start(&setup, flow, json!({ "USERNAME": JANE, "PASSWORD": PASSWORD }));
        body["UserPoolId"] = json!(setup.pool);
        let tokens = app.ok("AdminInitiateAuth", body.clone()).await["AuthenticationResult"].clone();
        app.ok("GetUser", json!({ "AccessToken": tokens["AccessToken"] })).await;
        let refusal = ("InvalidParameterException", "Initiate Auth method not supported");
        app.refuses("InitiateAuth", body, refusal).await;
    }
}

#[actix_web::test]
async fn a_flow_must_be_switched_on_for_the_client() {
    let app = TestApp::new().await;
    let setup = Setup::with(&app, json!({}), json!({ "ExplicitAuthFlows": ["ALLOW_CUSTOM_AUTH"] })).await;
    let cases = [
        ("USER_PASSWORD_AUTH", "USER_PASSWORD_AUTH flow not enabled for this client"),
        ("USER_SRP_AUTH", "USER_SRP_AUTH is not enabled for the client."),
        ("REFRESH_TOKEN_AUTH", "Auth flow not enabled for this client"),
        ("REFRESH_TOKEN", "Auth flow not enabled for this client"),
        ("USER_AUTH", "USER_AUTH flow not enabled for this client"),
    ];
    let everything =
        json!({ "USERNAME": JANE, "PASSWORD": PASSWORD, "SRP_A": "ab", "REFRESH_TOKEN": "x", "SESSION": "x" });
    for (flow, text) in cases {
        let body = start(&setup, flow, everything.clone());
        app.refuses("InitiateAuth", body, ("InvalidParameterException", text)).await;
    }
    let mut admin = start(&setup, "ADMIN_USER_PASSWORD_AUTH", everything);
    admin["UserPoolId"] = json!(setup.pool);
    let refusal = ("InvalidParameterException", "Auth flow not enabled for this client");
    app.refuses("AdminInitiateAuth", admin, refusal).await;
}

#[actix_web::test]
async fn the_legacy_names_of_flows_still_switch_them_on() {
    let app = TestApp::new().await;
    let setup = Setup::with(&app, json!({}), json!({ "ExplicitAuthFlows": ["USER_PASSWORD_AUTH"] })).await;
    setup.user(&app, JANE).await;
    assert_eq!(setup.api_sign_in(&app, JANE, PASSWORD).await.status, 200);
}

#[actix_web::test]
async fn what_is_missing_is_named() {
    let app = TestApp::new().await;
    let setup = Setup::new(&app).await;
    let flow = "USER_PASSWORD_AUTH";
    let missing = |name: &str| format!("Missing required parameter {name}");
    let cases = [
        (start(&setup, flow, json!({})), missing("USERNAME")),
        (start(&setup, flow, Value::Null), missing("USERNAME")),
        (start(&setup, flow, json!({ "USERNAME": "" , "PASSWORD": "x" })), missing("USERNAME")),
        (start(&setup, flow, json!({ "USERNAME": JANE })), missing("PASSWORD")),
        (start(&setup, "REFRESH_TOKEN_AUTH", json!({})), missing("REFRESH_TOKEN")),
    ];
    for (body, text) in cases {
        app.refuses("InitiateAuth", body, ("InvalidParameterException", &text)).await;
    }
    let unknown = app.api("InitiateAuth", start(&setup, "TELEPATHY", json!({}))).await;
    assert_eq!(unknown.fault(), "InvalidParameterException");
    assert!(
        unknown.message().contains("Value 'TELEPATHY' at 'authFlow' failed to satisfy constraint"),
        "{}",
        unknown.message()
    );
}

#[actix_web::test]
async fn custom_questions_are_refused_for_what_the_pool_says_of_them() {
    let app = TestApp::new().await;
    let flows = || json!({ "ExplicitAuthFlows": ["ALLOW_CUSTOM_AUTH"] });
    let setup = Setup::with(&app, json!({}), flows()).await;
    let none = ("InvalidParameterException", "Custom auth lambda trigger is not configured for the user pool.");
    app.refuses("InitiateAuth", start(&setup, "CUSTOM_AUTH", json!({ "USERNAME": JANE })), none).await;
    let function = "arn:aws:lambda:us-east-1:123456789012:function:x";
    let asking = Setup::with(&app, json!({ "LambdaConfig": { "DefineAuthChallenge": function } }), flows()).await;
    let unable = ("InvalidParameterException", "CUSTOM_AUTH is not available on this server yet");
    app.refuses("InitiateAuth", start(&asking, "CUSTOM_AUTH", json!({ "USERNAME": JANE })), unable).await;
}

#[actix_web::test]
async fn a_temporary_password_is_replaced_and_the_tokens_follow() {
    let app = TestApp::new().await;
    let setup = Setup::new(&app).await;
    let asked = invited(&app, &setup).await;
    let parameters = &asked["ChallengeParameters"];
    let attributes: Value = serde_json::from_str(parameters["userAttributes"].as_str().unwrap()).unwrap();
    assert_eq!(attributes, json!({ "email": JANE }));
    assert_eq!(parameters["requiredAttributes"], "[]");
    let responses = json!({ "USERNAME": parameters["USER_ID_FOR_SRP"], "NEW_PASSWORD": PASSWORD });
    let answer = app.ok("RespondToAuthChallenge", reply(&setup, &asked["Session"], responses)).await;
    app.ok("GetUser", json!({ "AccessToken": answer["AuthenticationResult"]["AccessToken"] })).await;
    assert_eq!(setup.api_sign_in(&app, JANE, PASSWORD).await.status, 200);
    assert_eq!(setup.api_sign_in(&app, JANE, TEMPORARY).await.fault(), "NotAuthorizedException");
}

#[actix_web::test]
async fn required_attributes_come_with_the_new_password() {
    let app = TestApp::new().await;
    let schema = json!({ "Schema": [{ "Name": "name", "Required": true }] });
    let setup = Setup::with(&app, schema, json!({})).await;
    let asked = invited(&app, &setup).await;
    assert_eq!(asked["ChallengeParameters"]["requiredAttributes"], r#"["userAttributes.name"]"#);
    let bare = json!({ "USERNAME": JANE, "NEW_PASSWORD": PASSWORD });
    let refusal =
        ("InvalidParameterException", "Attributes did not conform to the schema: name: The attribute is required");
    app.refuses("RespondToAuthChallenge", reply(&setup, &asked["Session"], bare), refusal).await;
    let verified = json!({ "USERNAME": JANE, "NEW_PASSWORD": PASSWORD, "userAttributes.name": "Jane",
        "userAttributes.email_verified": "true" });
    let refusal = ("NotAuthorizedException", "A client attempted to write unauthorized attribute");
    app.refuses("RespondToAuthChallenge", reply(&setup, &asked["Session"], verified), refusal).await;
    let whole = json!({ "USERNAME": JANE, "NEW_PASSWORD": PASSWORD, "userAttributes.name": "Jane" });
    let answer = app.ok("RespondToAuthChallenge", reply(&setup, &asked["Session"], whole)).await;
    assert_eq!(super::claims(&answer["AuthenticationResult"]["IdToken"])["name"], "Jane");
}

#[actix_web::test]
async fn a_session_works_once_for_its_user_and_client_and_while_it_lasts() {
    let app = TestApp::new().await;
    let setup = Setup::new(&app).await;
    let session = invited(&app, &setup).await["Session"].clone();
    setup.user(&app, "john@example.com").await;
    let good = json!({ "USERNAME": JANE, "NEW_PASSWORD": PASSWORD });
    let invalid = ("NotAuthorizedException", "Invalid session for the user.");
    let john = json!({ "USERNAME": "john@example.com", "NEW_PASSWORD": PASSWORD });
    app.refuses("RespondToAuthChallenge", reply(&setup, &session, john), invalid).await;
    let (other, _) = setup.another_client(&app, json!({})).await;
    app.refuses("RespondToAuthChallenge", reply(&setup.through(other), &session, good.clone()), invalid).await;
    let mut garbled = session.as_str().unwrap().to_owned().into_bytes();
    garbled[30] = if garbled[30] == b'A' { b'B' } else { b'A' };
    let garbled = json!(String::from_utf8(garbled).unwrap());
    app.refuses("RespondToAuthChallenge", reply(&setup, &garbled, good.clone()), invalid).await;
    let weak = json!({ "USERNAME": JANE, "NEW_PASSWORD": "short" });
    let answer = app.api("RespondToAuthChallenge", reply(&setup, &session, weak)).await;
    assert_eq!(answer.fault(), "InvalidPasswordException");
    app.ok("RespondToAuthChallenge", reply(&setup, &session, good.clone())).await;
    let used = ("NotAuthorizedException", "Invalid session for the user, session can only be used once.");
    app.refuses("RespondToAuthChallenge", reply(&setup, &session, good), used).await;
}

#[actix_web::test]
async fn a_session_expires_after_the_clients_time() {
    let app = TestApp::new().await;
    let setup = Setup::with(&app, json!({}), json!({ "AuthSessionValidity": 5 })).await;
    let session = invited(&app, &setup).await["Session"].clone();
    app.advance(300);
    let good = json!({ "USERNAME": JANE, "NEW_PASSWORD": PASSWORD });
    let expired = ("NotAuthorizedException", "Invalid session for the user, session is expired.");
    app.refuses("RespondToAuthChallenge", reply(&setup, &session, good), expired).await;
}

#[actix_web::test]
async fn parallel_answers_with_one_session_set_one_password() {
    let app = TestApp::new().await;
    let setup = Setup::new(&app).await;
    let session = invited(&app, &setup).await["Session"].clone();
    let bodies: Vec<_> = (0..6)
        .map(|number| json!({ "USERNAME": JANE, "NEW_PASSWORD": format!("Correct-Horse-{number}") }))
        .map(|responses| reply(&setup, &session, responses))
        .collect();
    let answers =
        futures_util::future::join_all(bodies.into_iter().map(|body| app.api("RespondToAuthChallenge", body))).await;
    let statuses: Vec<_> = answers.iter().map(|answer| (answer.status, answer.message())).collect();
    assert_eq!(statuses.iter().filter(|(status, _)| *status == 200).count(), 1, "{statuses:?}");
}

#[actix_web::test]
async fn a_challenge_that_was_not_asked_cannot_be_answered() {
    let app = TestApp::new().await;
    let setup = Setup::new(&app).await;
    setup.user(&app, JANE).await;
    for name in ["SMS_MFA", "SOFTWARE_TOKEN_MFA", "PASSWORD_VERIFIER", "MFA_SETUP", "SELECT_CHALLENGE"] {
        let body = json!({
            "ClientId": setup.client, "ChallengeName": name, "Session": "x".repeat(40),
            "ChallengeResponses": { "USERNAME": JANE, "SMS_MFA_CODE": "123456" },
        });
        let answer = app.api("RespondToAuthChallenge", body).await;
        assert_eq!(answer.status, 400, "{name}: {}", answer.text);
    }
}
