//! The whole claim sets of ID and access tokens, for each way to earn them. What is random is replaced by its shape.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cenote::domain::ids::PoolId;
use cenote::store;
use serde_json::{Value, json};

use crate::support::app::BEGINNING;
use crate::support::flows::{claims, text};
use crate::support::{Setup, TestApp};

const JANE: &str = "jane@example.com";

async fn start() -> (TestApp, Setup) {
    let app = TestApp::new().await;
    let schema = json!([{ "Name": "team", "AttributeDataType": "String", "Mutable": true }]);
    let setup = Setup::with(&app, json!({ "Schema": schema }), json!({})).await;
    let more = [
        ("phone_number", "+14155550123"),
        ("name", "Jane Doe"),
        ("address", "1 Main Street"),
        ("updated_at", "1700000000"),
        ("custom:team", "blue"),
    ];
    setup.user_with(&app, JANE, &more).await;
    (app, setup)
}

/// Claims with what differs from run to run replaced, and times relative to the beginning.
fn redacted(app: &TestApp, setup: &Setup, token: &str) -> Value {
    let mut claims = claims(token);
    let issuer = format!("{}/{}", app.base, setup.pool);
    for (name, value) in claims.as_object_mut().unwrap() {
        let shape = match (name.as_str(), &*value) {
            ("iss", Value::String(text)) if *text == issuer => "[issuer]".to_owned(),
            ("auth_time" | "iat" | "exp", Value::Number(time)) => {
                format!("[beginning + {}]", time.as_i64().unwrap() - BEGINNING)
            }
            (_, Value::String(text)) if *text == setup.client => "[client]".to_owned(),
            (_, Value::String(text)) if uuid::Uuid::parse_str(text).is_ok() => "[uuid]".to_owned(),
            ("at_hash", Value::String(text)) if text.len() == 22 => "[hash]".to_owned(),
            _ => continue,
        };
        *value = json!(shape);
    }
    claims
}

fn pair(app: &TestApp, setup: &Setup, (id, access): (&str, &str)) -> Value {
    json!({ "id": redacted(app, setup, id), "access": redacted(app, setup, access) })
}

fn oauth_pair(app: &TestApp, setup: &Setup, tokens: &Value) -> Value {
    pair(app, setup, (text(tokens, "id_token"), text(tokens, "access_token")))
}

async fn rename(app: &TestApp, setup: &Setup, name: &str) {
    let pool = PoolId::parse(&setup.pool).unwrap();
    let mut db = app.cx.store.read().await.unwrap();
    let user = store::users::by_login(&mut db, &pool, JANE).await.unwrap().unwrap();
    let mut attributes = user.attributes.clone();
    attributes.insert("name".to_owned(), name.to_owned());
    let now = app.cx.now();
    assert!(store::users::set_attributes(&mut db, &user, &attributes, now).await.unwrap());
}

#[actix_web::test]
async fn tokens_of_the_api() {
    let (app, setup) = start().await;
    let tokens = setup.tokens(&app, JANE).await;
    insta::assert_json_snapshot!(pair(&app, &setup, (text(&tokens, "IdToken"), text(&tokens, "AccessToken"))));
}

#[actix_web::test]
async fn tokens_of_each_combination_of_scopes() {
    let (app, setup) = start().await;
    let combinations = [
        "openid",
        "openid email",
        "openid phone",
        "openid email phone",
        "openid profile",
        "openid email phone profile aws.cognito.signin.user.admin",
    ];
    for scope in combinations {
        let tokens = setup.oauth_tokens(&app, JANE, &[("scope", scope)]).await;
        insta::assert_json_snapshot!(format!("scope-{}", scope.replace(' ', "-")), oauth_pair(&app, &setup, &tokens));
    }
    let tokens = setup.oauth_tokens(&app, JANE, &[("scope", "aws.cognito.signin.user.admin")]).await;
    assert!(tokens.get("id_token").is_none());
    insta::assert_json_snapshot!("scope-without-openid", redacted(&app, &setup, text(&tokens, "access_token")));
}

#[actix_web::test]
async fn tokens_with_groups_a_nonce_and_a_resource() {
    let (app, setup) = start().await;
    let role = |name: &str| format!("arn:aws:iam::123456789012:role/{name}");
    setup.group_with(&app, JANE, json!({ "GroupName": "zeta", "Precedence": 1, "RoleArn": role("zeta") })).await;
    setup.group_with(&app, JANE, json!({ "GroupName": "alpha", "Precedence": 2, "RoleArn": role("alpha") })).await;
    setup.group_with(&app, JANE, json!({ "GroupName": "plain" })).await;
    let asked = [("nonce", "n-0S6_WzA2Mj"), ("resource", "https://api.example/v1"), ("scope", "openid email")];
    let tokens = setup.oauth_tokens(&app, JANE, &asked).await;
    insta::assert_json_snapshot!(oauth_pair(&app, &setup, &tokens));
}

#[actix_web::test]
async fn tokens_of_a_client_that_reads_little_and_cannot_revoke() {
    let (app, setup) = start().await;
    setup.change_client(&app, json!({ "ReadAttributes": ["name"], "EnableTokenRevocation": false })).await;
    let tokens = setup.oauth_tokens(&app, JANE, &[]).await;
    insta::assert_json_snapshot!(oauth_pair(&app, &setup, &tokens));
}

#[actix_web::test]
async fn a_refresh_keeps_the_sign_in_and_reads_the_user_again() {
    let (app, setup) = start().await;
    let first = setup.oauth_tokens(&app, JANE, &[("nonce", "n-1"), ("scope", "openid profile")]).await;
    app.advance(600);
    rename(&app, &setup, "Jane Roe").await;
    setup.group_with(&app, JANE, json!({ "GroupName": "new" })).await;
    let second = setup.refresh(&app, text(&first, "refresh_token"), &[]).await.json();
    insta::assert_json_snapshot!(oauth_pair(&app, &setup, &second));
    for kind in ["id_token", "access_token"] {
        let (old, new) = (claims(text(&first, kind)), claims(text(&second, kind)));
        for kept in ["auth_time", "origin_jti", "event_id", "sub"] {
            assert_eq!(old[kept], new[kept], "{kind} {kept}");
        }
        assert_ne!(old["jti"], new["jti"]);
    }
}

#[actix_web::test]
async fn both_tokens_of_a_sign_in_share_what_they_must() {
    let (app, setup) = start().await;
    let tokens = setup.oauth_tokens(&app, JANE, &[]).await;
    let (id, access) = (claims(text(&tokens, "id_token")), claims(text(&tokens, "access_token")));
    for shared in ["sub", "iss", "auth_time", "origin_jti", "event_id", "iat"] {
        assert_eq!(id[shared], access[shared], "{shared}");
    }
    assert_ne!(id["jti"], access["jti"]);
    let hash = openssl::sha::sha256(text(&tokens, "access_token").as_bytes());
    let left_half = URL_SAFE_NO_PAD.encode(&hash[..16]);
    assert_eq!(id["at_hash"], left_half.as_str(), "OpenID Connect Core §3.1.3.6");
}

#[actix_web::test]
async fn the_token_of_a_client_for_itself() {
    let (app, mut setup) = start().await;
    let scopes = json!([{ "ScopeName": "read", "ScopeDescription": "r" }]);
    let server = json!({ "UserPoolId": setup.pool, "Identifier": "api", "Name": "api", "Scopes": scopes });
    app.ok("CreateResourceServer", server).await;
    let client = json!({
        "GenerateSecret": true,
        "AllowedOAuthFlows": ["client_credentials"],
        "AllowedOAuthScopes": ["api/read"],
    });
    (setup.client, setup.secret) = setup.another_client(&app, client).await;
    let grant = [("grant_type", "client_credentials")];
    let tokens = app.post_basic("/oauth2/token", (&setup.client, &setup.secret), &grant).await.json();
    insta::assert_json_snapshot!(redacted(&app, &setup, text(&tokens, "access_token")));
}
