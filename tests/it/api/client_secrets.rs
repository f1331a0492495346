//! Two secrets of one client, so that one can be replaced while apps use the other.

use serde_json::{Value, json};

use crate::support::setup::PASSWORD;
use crate::support::{Setup, TestApp};

async fn confidential(app: &TestApp) -> Setup {
    let client = json!({
        "GenerateSecret": true, "AllowedOAuthFlows": ["client_credentials"], "AllowedOAuthScopes": ["api/read"],
    });
    let mut setup = Setup::new(app).await;
    let server = json!({
        "UserPoolId": setup.pool, "Identifier": "api", "Name": "API",
        "Scopes": [{ "ScopeName": "read", "ScopeDescription": "Read" }],
    });
    app.ok("CreateResourceServer", server).await;
    (setup.client, setup.secret) = setup.another_client(app, client).await;
    setup
}

async fn is_accepted(app: &TestApp, setup: &Setup, secret: &str) -> bool {
    let grant = [("grant_type", "client_credentials")];
    let basic = app.post_basic("/oauth2/token", (&setup.client, secret), &grant).await;
    let fields = [("grant_type", "client_credentials"), ("client_id", &setup.client), ("client_secret", secret)];
    let posted = app.post_form("/oauth2/token", &fields).await;
    assert_eq!(basic.status, posted.status, "{} {}", basic.text, posted.text);
    basic.status == 200
}

fn names(setup: &Setup) -> Value {
    json!({ "UserPoolId": setup.pool, "ClientId": setup.client })
}

async fn listed(app: &TestApp, setup: &Setup) -> Vec<Value> {
    app.ok("ListUserPoolClientSecrets", names(setup)).await["ClientSecrets"].as_array().unwrap().clone()
}

#[actix_web::test]
async fn both_secrets_work_until_one_is_deleted() {
    let app = TestApp::new().await;
    let setup = confidential(&app).await;
    let added = app.ok("AddUserPoolClientSecret", names(&setup)).await["ClientSecretDescriptor"].clone();
    let second = added["ClientSecretValue"].as_str().unwrap();
    assert!(added["ClientSecretId"].as_str().unwrap().starts_with(&format!("{}--", setup.client)), "{added}");
    assert!(is_accepted(&app, &setup, &setup.secret).await && is_accepted(&app, &setup, second).await);
    let secrets = listed(&app, &setup).await;
    assert_eq!(secrets.len(), 2);
    assert!(secrets.iter().all(|one| one.get("ClientSecretValue").is_none() && one["ClientSecretCreateDate"].is_f64()));
    let limit = app.api("AddUserPoolClientSecret", names(&setup)).await;
    assert_eq!(limit.fault(), "LimitExceededException");
    let mut first = names(&setup);
    first["ClientSecretId"] = secrets[0]["ClientSecretId"].clone();
    assert_eq!(app.ok("DeleteUserPoolClientSecret", first.clone()).await, json!({}));
    assert!(!is_accepted(&app, &setup, &setup.secret).await && is_accepted(&app, &setup, second).await);
    let described = app.ok("DescribeUserPoolClient", names(&setup)).await;
    assert_eq!(described["UserPoolClient"]["ClientSecret"], second);
    assert_eq!(app.api("DeleteUserPoolClientSecret", first.clone()).await.fault(), "ResourceNotFoundException");
    first["ClientSecretId"] = added["ClientSecretId"].clone();
    assert_eq!(app.api("DeleteUserPoolClientSecret", first).await.fault(), "InvalidParameterException");
    assert!(is_accepted(&app, &setup, second).await);
}

#[actix_web::test]
async fn a_given_secret_is_never_shown_and_makes_good_hashes() {
    let app = TestApp::new().await;
    let mut setup = Setup::new(&app).await;
    setup.user(&app, "jane@example.com").await;
    (setup.client, setup.secret) = setup.another_client(&app, json!({ "GenerateSecret": true })).await;
    let own = "0123456789abcdef0123456789abcdef";
    let mut body = names(&setup);
    body["ClientSecret"] = json!(own);
    let added = app.ok("AddUserPoolClientSecret", body.clone()).await;
    assert!(!added.to_string().contains(own), "{added}");
    for secret in [own, &setup.secret] {
        let hash = cenote::crypto::digest::secret_hash("jane@example.com", &setup.client, secret);
        let mut attempt = setup.attempt("jane@example.com", PASSWORD);
        attempt["AuthParameters"]["SECRET_HASH"] = json!(hash);
        assert!(app.ok("InitiateAuth", attempt).await["AuthenticationResult"].is_object());
    }
    body["ClientSecret"] = json!("too short");
    assert_eq!(app.api("AddUserPoolClientSecret", body).await.fault(), "InvalidParameterException");
}

#[actix_web::test]
async fn a_public_client_and_a_foreign_pool_get_no_secret() {
    let app = TestApp::new().await;
    let (setup, other) = (Setup::new(&app).await, confidential(&app).await);
    assert_eq!(app.api("AddUserPoolClientSecret", names(&setup)).await.fault(), "InvalidParameterException");
    let foreign = json!({ "UserPoolId": setup.pool, "ClientId": other.client });
    for operation in ["AddUserPoolClientSecret", "ListUserPoolClientSecrets"] {
        assert_eq!(app.api(operation, foreign.clone()).await.fault(), "ResourceNotFoundException", "{operation}");
    }
}

#[actix_web::test]
async fn clients_are_listed_by_type() {
    let app = TestApp::new().await;
    let setup = Setup::new(&app).await;
    let list = |kind: &str| json!({ "UserPoolId": setup.pool, "ClientType": kind });
    assert_eq!(app.ok("ListUserPoolClients", list("REGULAR")).await["UserPoolClients"].as_array().unwrap().len(), 1);
    assert_eq!(app.ok("ListUserPoolClients", list("DCR")).await["UserPoolClients"], json!([]));
    assert_eq!(app.api("ListUserPoolClients", list("other")).await.fault(), "InvalidParameterException");
}
