//! Operations on app clients.

use serde_json::{Value, json};

use crate::support::setup::PASSWORD;
use crate::support::{Setup, TestApp};

async fn made(app: &TestApp, settings: Value) -> (Setup, Value) {
    let setup = Setup::new(app).await;
    let mut body = json!({ "UserPoolId": setup.pool, "ClientName": "app" });
    for (name, value) in settings.as_object().unwrap() {
        body[name] = value.clone();
    }
    let client = app.ok("CreateUserPoolClient", body).await["UserPoolClient"].clone();
    (setup, client)
}

#[actix_web::test]
async fn a_new_client_has_cognitos_defaults() {
    let app = TestApp::new().await;
    let (setup, client) = made(&app, json!({})).await;
    let id = client["ClientId"].as_str().unwrap();
    assert!(id.len() == 26 && id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit()), "{id}");
    let expected = json!({
        "UserPoolId": setup.pool, "ClientName": "app", "ClientId": id, "ClientType": "REGULAR",
        "LastModifiedDate": 1_704_164_645.0, "CreationDate": 1_704_164_645.0,
        "RefreshTokenValidity": 30, "TokenValidityUnits": {}, "AllowedOAuthFlowsUserPoolClient": false,
        "EnableTokenRevocation": true, "EnablePropagateAdditionalUserContextData": false, "AuthSessionValidity": 3,
    });
    assert_eq!(client, expected);
    let named = json!({ "UserPoolId": setup.pool, "ClientId": id });
    assert_eq!(app.ok("DescribeUserPoolClient", named).await["UserPoolClient"], client);
}

#[actix_web::test]
async fn a_generated_secret_is_long_random_and_shown_again() {
    let app = TestApp::new().await;
    let (setup, client) = made(&app, json!({ "GenerateSecret": true })).await;
    let secret = client["ClientSecret"].as_str().unwrap();
    assert!(secret.len() == 51 && secret.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit()));
    let named = json!({ "UserPoolId": setup.pool, "ClientId": client["ClientId"] });
    assert_eq!(app.ok("DescribeUserPoolClient", named).await["UserPoolClient"]["ClientSecret"], secret);
    let listed = app.api("ListUserPoolClients", json!({ "UserPoolId": setup.pool, "MaxResults": 60 })).await;
    assert!(!listed.text.contains(secret), "{}", listed.text);
    let (_, other) = made(&app, json!({ "GenerateSecret": true })).await;
    assert_ne!(other["ClientSecret"], client["ClientSecret"]);
}

#[actix_web::test]
async fn an_update_replaces_every_setting_but_name_and_secret() {
    let app = TestApp::new().await;
    let settings = json!({
        "GenerateSecret": true, "RefreshTokenValidity": 5, "CallbackURLs": ["https://app.example/cb"],
        "AllowedOAuthFlows": ["code"], "AllowedOAuthScopes": ["openid"], "AllowedOAuthFlowsUserPoolClient": true,
        "PreventUserExistenceErrors": "ENABLED", "EnableTokenRevocation": false,
        "ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH"],
    });
    let (setup, client) = made(&app, settings).await;
    let named = json!({ "UserPoolId": setup.pool, "ClientId": client["ClientId"] });
    let updated = app.ok("UpdateUserPoolClient", named.clone()).await["UserPoolClient"].clone();
    for kept in ["ClientName", "ClientSecret", "ClientId", "CreationDate"] {
        assert_eq!(updated[kept], client[kept], "{kept}");
    }
    assert_eq!(updated["RefreshTokenValidity"], 30);
    assert_eq!(updated["EnableTokenRevocation"], true);
    for gone in ["CallbackURLs", "AllowedOAuthFlows", "PreventUserExistenceErrors", "ExplicitAuthFlows"] {
        assert!(updated.get(gone).is_none(), "{gone}");
    }
    assert_eq!(app.ok("DescribeUserPoolClient", named).await["UserPoolClient"], updated);
}

#[actix_web::test]
async fn settings_that_break_a_rule_are_refused() {
    let app = TestApp::new().await;
    let setup = Setup::new(&app).await;
    let oauth = |urls: Value| json!({ "CallbackURLs": urls });
    let cases = [
        (json!({ "ClientName": "a/b" }), "Value 'a/b' at 'clientName'"),
        (json!({ "AuthSessionValidity": 16 }), "Value '16' at 'authSessionValidity'"),
        (
            json!({ "AccessTokenValidity": 4, "TokenValidityUnits": { "AccessToken": "minutes" } }),
            "Invalid range for token validity.",
        ),
        (json!({ "IdTokenValidity": 25 }), "Invalid range for token validity."),
        (json!({ "RefreshTokenValidity": 3651 }), "Invalid range for token validity."),
        (
            json!({ "RefreshTokenValidity": 1, "AccessTokenValidity": 1, "TokenValidityUnits": { "RefreshToken": "hours" } }),
            "Refresh token validity must be longer",
        ),
        (json!({ "ExplicitAuthFlows": ["USER_PASSWORD_AUTH", "ALLOW_USER_SRP_AUTH"] }), "cannot mix"),
        (json!({ "ExplicitAuthFlows": ["ALLOW_EVERYTHING"] }), "enum value set"),
        (
            json!({ "ExplicitAuthFlows": ["ALLOW_REFRESH_TOKEN_AUTH"], "RefreshTokenRotation": { "Feature": "ENABLED" } }),
            "rotation",
        ),
        (oauth(json!(["http://app.example/cb"])), "http is for localhost only"),
        (oauth(json!(["https://app.example/#x"])), "must not have a fragment"),
        (oauth(json!(["/cb"])), "must be absolute"),
        (oauth(json!(["javascript:alert(1)"])), "scheme is not allowed"),
        (json!({ "LogoutURLs": ["http://app.example/"] }), "http is for localhost only"),
        (
            json!({ "CallbackURLs": ["https://a.example/"], "DefaultRedirectURI": "https://b.example/" }),
            "DefaultRedirectURI",
        ),
        (json!({ "AllowedOAuthFlowsUserPoolClient": true }), "AllowedOAuthFlows and AllowedOAuthScopes are required"),
        (json!({ "SupportedIdentityProviders": ["Nobody"] }), "The provider Nobody does not exist for User Pool"),
        (json!({ "ReadAttributes": ["custom:absent"] }), "Invalid read attributes"),
        (json!({ "WriteAttributes": ["email_verified"] }), "Invalid write attributes"),
        (json!({ "GenerateSecret": true, "ClientSecret": "a".repeat(30) }), "cannot be used together"),
        (json!({ "ClientSecret": "too-short" }), "Value at 'clientSecret'"),
    ];
    for (settings, text) in cases {
        let mut body = json!({ "UserPoolId": setup.pool, "ClientName": "app" });
        body.as_object_mut().unwrap().extend(settings.as_object().unwrap().clone());
        let answer = app.api("CreateUserPoolClient", body).await;
        assert_eq!(
            (answer.status, answer.fault().as_str()),
            (400, "InvalidParameterException"),
            "{text}: {}",
            answer.text
        );
        assert!(answer.message().contains(text), "{} has no {text}", answer.message());
    }
    let listed = app.ok("ListUserPoolClients", json!({ "UserPoolId": setup.pool, "MaxResults": 60 })).await;
    assert_eq!(listed["UserPoolClients"].as_array().unwrap().len(), 1, "nothing was made");
}

#[actix_web::test]
async fn client_credentials_stand_alone_and_need_a_secret() {
    let app = TestApp::new().await;
    let setup = Setup::new(&app).await;
    let scopes = json!([{ "ScopeName": "read", "ScopeDescription": "Read" }]);
    app.ok(
        "CreateResourceServer",
        json!({ "UserPoolId": setup.pool, "Identifier": "api", "Name": "api", "Scopes": scopes }),
    )
    .await;
    let body = |flows: Value, scope: &str, secret: bool| {
        json!({
            "UserPoolId": setup.pool, "ClientName": "app", "GenerateSecret": secret, "AllowedOAuthFlows": flows,
            "AllowedOAuthScopes": [scope], "AllowedOAuthFlowsUserPoolClient": true,
        })
    };
    let refusal = app.api("CreateUserPoolClient", body(json!(["client_credentials", "code"]), "api/read", true)).await;
    assert_eq!(refusal.fault(), "InvalidOAuthFlowException");
    let refusal = app.api("CreateUserPoolClient", body(json!(["client_credentials"]), "api/read", false)).await;
    assert_eq!(refusal.fault(), "InvalidOAuthFlowException");
    let refusal = app.api("CreateUserPoolClient", body(json!(["client_credentials"]), "api/write", true)).await;
    assert_eq!(refusal.fault(), "ScopeDoesNotExistException");
    app.ok("CreateUserPoolClient", body(json!(["client_credentials"]), "api/read", true)).await;
}

#[actix_web::test]
async fn a_client_is_found_in_its_own_pool_only() {
    let app = TestApp::new().await;
    let (one, other) = (Setup::new(&app).await, Setup::new(&app).await);
    let text = format!("User pool client {} does not exist.", one.client);
    for operation in ["DescribeUserPoolClient", "UpdateUserPoolClient", "DeleteUserPoolClient"] {
        let named = json!({ "UserPoolId": other.pool, "ClientId": one.client });
        app.refuses(operation, named, ("ResourceNotFoundException", &text)).await;
    }
    app.ok("DescribeUserPoolClient", json!({ "UserPoolId": one.pool, "ClientId": one.client })).await;
}

#[actix_web::test]
async fn a_deleted_client_signs_nobody_in_and_its_refresh_tokens_are_gone() {
    let app = TestApp::new().await;
    let setup = Setup::new(&app).await;
    setup.user(&app, "jane@example.com").await;
    let tokens = setup.tokens(&app, "jane@example.com").await;
    let named = json!({ "UserPoolId": setup.pool, "ClientId": setup.client });
    assert_eq!(app.ok("DeleteUserPoolClient", named.clone()).await, json!({}));
    let text = format!("User pool client {} does not exist.", setup.client);
    app.refuses("DeleteUserPoolClient", named, ("ResourceNotFoundException", &text)).await;
    app.refuses("InitiateAuth", setup.attempt("jane@example.com", PASSWORD), ("ResourceNotFoundException", &text))
        .await;
    let answer = app.api("GetUser", json!({ "AccessToken": tokens["AccessToken"] })).await;
    assert_eq!(answer.status, 400, "{}", answer.text);
}

#[actix_web::test]
async fn lists_come_in_pages() {
    let app = TestApp::new().await;
    let setup = Setup::new(&app).await;
    for name in ["b", "c"] {
        app.ok("CreateUserPoolClient", json!({ "UserPoolId": setup.pool, "ClientName": name })).await;
    }
    let first = app.ok("ListUserPoolClients", json!({ "UserPoolId": setup.pool, "MaxResults": 2 })).await;
    assert_eq!(first["UserPoolClients"].as_array().unwrap().len(), 2);
    let rest = json!({ "UserPoolId": setup.pool, "MaxResults": 2, "NextToken": first["NextToken"] });
    let rest = app.ok("ListUserPoolClients", rest).await;
    assert_eq!(rest["UserPoolClients"].as_array().unwrap().len(), 1);
    assert!(rest.get("NextToken").is_none());
    let mut names: Vec<_> = rest["UserPoolClients"][0].as_object().unwrap().keys().cloned().collect();
    names.sort();
    assert_eq!(names, ["ClientId", "ClientName", "UserPoolId"]);
}
