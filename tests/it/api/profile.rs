//! What users do to themselves, and the access tokens that let them.

use serde_json::{Value, json};

use crate::support::setup::PASSWORD;
use crate::support::{Setup, TestApp};

const JANE: &str = "jane@example.com";

async fn signed_in(client: Value) -> (TestApp, Setup, Value) {
    let app = TestApp::new().await;
    let setup = Setup::with(&app, json!({}), client).await;
    setup.user(&app, JANE).await;
    let token = setup.tokens(&app, JANE).await["AccessToken"].clone();
    (app, setup, token)
}

fn change(token: &Value, previous: &str, proposed: &str) -> Value {
    json!({ "AccessToken": token, "PreviousPassword": previous, "ProposedPassword": proposed })
}

#[actix_web::test]
async fn a_user_sees_the_attributes_that_the_client_may_read() {
    let (app, _, token) = signed_in(json!({})).await;
    let user = app.ok("GetUser", json!({ "AccessToken": token })).await;
    let names: Vec<_> = user["UserAttributes"].as_array().unwrap().iter().map(|one| one["Name"].clone()).collect();
    assert_eq!(names, ["sub", "email", "email_verified"]);
    assert_eq!(user["Username"], user["UserAttributes"][0]["Value"]);
    let (app, _, token) = signed_in(json!({ "ReadAttributes": ["name"] })).await;
    let user = app.ok("GetUser", json!({ "AccessToken": token })).await;
    assert_eq!(user["UserAttributes"].as_array().unwrap().len(), 1, "{user}");
}

#[actix_web::test]
async fn an_access_token_is_believed_only_as_it_was_issued() {
    let (app, setup, token) = signed_in(json!({})).await;
    let whole = token.as_str().unwrap();
    let parts: Vec<_> = whole.split('.').collect();
    let id_token = setup.tokens(&app, JANE).await["IdToken"].clone();
    let none = format!("eyJhbGciOiJub25lIn0.{}.", parts[1]);
    let swapped = format!("{}.{}.{}", parts[0], parts[1], id_token.as_str().unwrap().rsplit('.').next().unwrap());
    let cut = &whole[..whole.len() - 4];
    let mut payload = super::claims(&token);
    payload["exp"] = json!(9_999_999_999_i64);
    let payload = base64::Engine::encode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, payload.to_string());
    let longer = format!("{}.{payload}.{}", parts[0], parts[2]);
    for (token, text) in [
        (id_token.as_str().unwrap(), "Invalid Access Token"),
        ("x", "Invalid Access Token"),
        ("a.b.c", "Invalid Access Token"),
        (none.as_str(), "Invalid Access Token"),
        (swapped.as_str(), "Could not verify signature for Access Token"),
        (longer.as_str(), "Could not verify signature for Access Token"),
        (cut, "Could not verify signature for Access Token"),
    ] {
        let body = json!({ "AccessToken": token });
        app.refuses("GetUser", body.clone(), ("NotAuthorizedException", text)).await;
        app.refuses("DeleteUser", body.clone(), ("NotAuthorizedException", text)).await;
        app.refuses("GlobalSignOut", body, ("NotAuthorizedException", text)).await;
    }
    app.ok("GetUser", json!({ "AccessToken": whole })).await;
}

#[actix_web::test]
async fn an_access_token_expires() {
    let (app, _, token) =
        signed_in(json!({ "AccessTokenValidity": 10, "TokenValidityUnits": { "AccessToken": "minutes" } })).await;
    app.advance(599);
    app.ok("GetUser", json!({ "AccessToken": token })).await;
    app.advance(1);
    let expired = ("NotAuthorizedException", "Access Token has expired");
    app.refuses("GetUser", json!({ "AccessToken": token }), expired).await;
}

#[actix_web::test]
async fn a_token_without_the_api_scope_does_nothing_here() {
    let app = TestApp::new().await;
    let setup = Setup::new(&app).await;
    setup.user(&app, JANE).await;
    let mut browser = crate::support::Browser::new(&app);
    let page = browser.open(&format!("/oauth2/authorize?{}", setup.query(&[("scope", "openid email")]))).await;
    let page = browser.submit(&page, "signInSubmitButton", &[("username", JANE), ("password", PASSWORD)]).await;
    let code = page.query("code").unwrap();
    let form = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("client_id", setup.client.as_str()),
        ("redirect_uri", crate::support::callback()),
    ];
    let tokens = app.post_form("/oauth2/token", &form).await.json();
    for operation in ["GetUser", "DeleteUser", "GlobalSignOut"] {
        let refusal = ("NotAuthorizedException", "Access Token does not have required scopes");
        app.refuses(operation, json!({ "AccessToken": tokens["access_token"] }), refusal).await;
    }
}

#[actix_web::test]
async fn the_old_password_earns_a_new_one() {
    let (app, setup, token) = signed_in(json!({})).await;
    assert_eq!(app.ok("ChangePassword", change(&token, PASSWORD, "Another-Horse-2")).await, json!({}));
    assert_eq!(setup.api_sign_in(&app, JANE, PASSWORD).await.message(), "Incorrect username or password.");
    assert_eq!(setup.api_sign_in(&app, JANE, "Another-Horse-2").await.status, 200);
    app.ok("GetUser", json!({ "AccessToken": token })).await;
}

#[actix_web::test]
async fn a_wrong_old_password_or_a_weak_new_one_changes_nothing() {
    let (app, setup, token) = signed_in(json!({})).await;
    let wrong = ("NotAuthorizedException", "Incorrect username or password.");
    app.refuses("ChangePassword", change(&token, "Wrong-Horse-1", "Another-Horse-2"), wrong).await;
    let weak = ("InvalidPasswordException", "Password did not conform with policy: Password not long enough");
    app.refuses("ChangePassword", change(&token, PASSWORD, "short"), weak).await;
    assert_eq!(setup.api_sign_in(&app, JANE, PASSWORD).await.status, 200);
}

#[actix_web::test]
async fn wrong_old_passwords_lock_like_sign_ins() {
    let (app, setup, token) = signed_in(json!({})).await;
    for _ in 0..5 {
        let answer = app.api("ChangePassword", change(&token, "Wrong-Horse-1", "Another-Horse-2")).await;
        assert_eq!(answer.message(), "Incorrect username or password.");
    }
    let locked = ("NotAuthorizedException", "Password attempts exceeded");
    app.refuses("ChangePassword", change(&token, PASSWORD, "Another-Horse-2"), locked).await;
    app.refuses("InitiateAuth", setup.attempt(JANE, PASSWORD), locked).await;
}

#[actix_web::test]
async fn a_user_deletes_themselves() {
    let (app, setup, token) = signed_in(json!({})).await;
    assert_eq!(app.ok("DeleteUser", json!({ "AccessToken": token })).await, json!({}));
    let absent = json!({ "UserPoolId": setup.pool, "Username": JANE });
    app.refuses("AdminGetUser", absent, ("UserNotFoundException", "User does not exist.")).await;
    assert_eq!(app.api("GetUser", json!({ "AccessToken": token })).await.fault(), "UserNotFoundException");
    assert_eq!(setup.api_sign_in(&app, JANE, PASSWORD).await.message(), "Incorrect username or password.");
}
