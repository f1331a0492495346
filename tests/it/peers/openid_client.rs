//! openid-client 6, a certified relying party, under Node; its script is `tests/peers/openid-client.mjs`.

use std::path::Path;
use std::process::Command;

use cenote::dev::{DEMO_PASSWORD, DEMO_USER};
use serde_json::{Value, json};

use crate::support::program::{Folder, is_full_run, run};
use crate::support::{Program, peer};

/// Nothing listens there.
const REDIRECT: &str = "http://localhost:9/callback";
const SIGNED_OUT: &str = "http://localhost:9/signed-out";

#[actix_web::test]
async fn openid_client_walks_the_code_flow_and_back_out() {
    if !is_full_run() {
        return;
    }
    let scripts = peer::scripts().await;
    let folder = Folder::new();
    let program = Program::dev(&folder.0).await;
    let pool = program.pool_id().await;
    for has_secret in [true, false] {
        let (client, secret) = client(&program, &pool, has_secret).await;
        let settings = json!({
            "issuer": format!("{}/{pool}", program.base), "client_id": client, "client_secret": secret,
            "redirect_uri": REDIRECT, "logout_uri": SIGNED_OUT, "username": DEMO_USER, "password": DEMO_PASSWORD,
        });
        let learnt = learn(&scripts.join("openid-client.mjs"), &settings).await;
        assert_eq!(learnt["claims"]["email"], DEMO_USER);
        assert_eq!(learnt["claims"]["aud"], client.as_str());
        assert_eq!(learnt["info"]["sub"], learnt["claims"]["sub"]);
        assert_eq!((&learnt["token_type"], &learnt["expires_in"]), (&json!("bearer"), &json!(3600)));
        assert_eq!((&learnt["replayed"], &learnt["revoked"]), (&json!("invalid_grant"), &json!("invalid_grant")));
        assert_eq!(learnt["stale"], 401);
        assert_eq!(learnt["asksAgain"], true);
    }
}

/// What a script tells.
async fn learn(script: &Path, settings: &Value) -> Value {
    let mut node = Command::new("node");
    node.arg(script).arg(settings.to_string());
    let ended = run(node).await;
    assert!(ended.status.success(), "{}{}", ended.output, ended.complaints);
    serde_json::from_str(&ended.output).unwrap()
}

async fn client(program: &Program, pool: &str, has_secret: bool) -> (String, Option<String>) {
    let client = json!({
        "UserPoolId": pool, "ClientName": "openid-client", "GenerateSecret": has_secret,
        "ExplicitAuthFlows": ["ALLOW_REFRESH_TOKEN_AUTH"], "SupportedIdentityProviders": ["COGNITO"],
        "CallbackURLs": [REDIRECT], "LogoutURLs": [SIGNED_OUT],
        "AllowedOAuthFlows": ["code"], "AllowedOAuthScopes": ["openid", "email", "profile"],
        "AllowedOAuthFlowsUserPoolClient": true,
    });
    let made = program.ok("CreateUserPoolClient", client).await;
    let text = |name: &str| made["UserPoolClient"][name].as_str().map(str::to_owned);
    (text("ClientId").unwrap(), text("ClientSecret"))
}

#[actix_web::test]
async fn openid_client_registers_itself_openly_and_with_a_token() {
    if !is_full_run() {
        return;
    }
    let scripts = peer::scripts().await;
    let folder = Folder::new();
    let program = Program::dev(&folder.0).await;
    let pool = program.pool_id().await;
    let open = json!({ "UserPoolId": pool, "DcrConfiguration": { "OpenDcrEnabled": true } });
    program.ok("UpdateUserPool", open).await;
    let token = initial_token(&program, &pool).await;
    for token in [None, Some(token)] {
        let settings = json!({
            "issuer": format!("{}/{pool}", program.base), "token": token, "redirect_uri": REDIRECT,
            "username": DEMO_USER, "password": DEMO_PASSWORD,
        });
        let learnt = learn(&scripts.join("registration.mjs"), &settings).await;
        assert_eq!(learnt["claims"]["email"], DEMO_USER);
        assert_eq!(learnt["claims"]["aud"], learnt["client_id"]);
        let expected = (json!(token.is_none()), json!(token.is_some()));
        assert_eq!((&learnt["isAsked"], &learnt["hasSecret"]), (&expected.0, &expected.1));
    }
}

async fn initial_token(program: &Program, pool: &str) -> String {
    let client = json!({
        "UserPoolId": pool, "ClientName": "registrar", "GenerateSecret": true, "AllowedOAuthFlows": ["client_credentials"],
        "AllowedOAuthScopes": ["aws.cognito/dcr/register"], "AllowedOAuthFlowsUserPoolClient": true,
    });
    let made = program.ok("CreateUserPoolClient", client).await["UserPoolClient"].clone();
    let text = |name: &str| made[name].as_str().unwrap().to_owned();
    let request = program.post(&format!("{}/oauth2/token", program.base));
    let request = request.basic_auth(text("ClientId"), Some(text("ClientSecret")));
    let answer = request.form(&[("grant_type", "client_credentials")]).send().await.unwrap();
    let tokens: Value = answer.json().await.unwrap();
    tokens["access_token"].as_str().unwrap().to_owned()
}
