//! Revocation: what ends, what stays, who may ask.

use serde_json::{Value, json};

use crate::support::flows::text;
use crate::support::{Setup, TestApp};

const JANE: &str = "jane@example.com";

async fn start(client: Value) -> (TestApp, Setup) {
    let app = TestApp::new().await;
    let setup = Setup::with(&app, json!({}), client).await;
    setup.user(&app, JANE).await;
    (app, setup)
}

#[actix_web::test]
async fn a_refresh_token_ends_with_all_that_came_of_it_and_nothing_else() {
    let (app, setup) = start(json!({})).await;
    let (mine, other) = (setup.oauth_tokens(&app, JANE, &[]).await, setup.oauth_tokens(&app, JANE, &[]).await);
    let later = setup.refresh(&app, text(&mine, "refresh_token"), &[]).await.json();
    let form = [("token", text(&mine, "refresh_token")), ("client_id", &setup.client)];
    let answer = app.post_form("/oauth2/revoke", &form).await;
    assert_eq!((answer.status, answer.text.as_str()), (200, ""));
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(answer.header("access-control-allow-origin"), "*");
    assert_eq!(setup.refresh(&app, text(&mine, "refresh_token"), &[]).await.json()["error"], "invalid_grant");
    for access in [&mine, &later] {
        assert_eq!(app.get_bearer("/oauth2/userInfo", text(access, "access_token")).await.status, 401);
    }
    assert_eq!(app.get_bearer("/oauth2/userInfo", text(&other, "access_token")).await.status, 200);
    assert_eq!(setup.refresh(&app, text(&other, "refresh_token"), &[]).await.status, 200);
    assert_eq!(app.post_form("/oauth2/revoke", &form).await.status, 200, "a second time changes nothing");
}

#[actix_web::test]
async fn an_unknown_token_is_revoked_already() {
    let (app, setup) = start(json!({})).await;
    let form = [("token", "nothing"), ("client_id", setup.client.as_str())];
    assert_eq!(app.post_form("/oauth2/revoke", &form).await.status, 200);
}

#[actix_web::test]
async fn access_and_id_tokens_are_not_revoked_one_by_one() {
    let (app, setup) = start(json!({})).await;
    let tokens = setup.oauth_tokens(&app, JANE, &[]).await;
    for kind in ["access_token", "id_token"] {
        let form = [("token", text(&tokens, kind)), ("client_id", &setup.client)];
        let answer = app.post_form("/oauth2/revoke", &form).await;
        assert_eq!((answer.status, answer.json()["error"].as_str()), (400, Some("unsupported_token_type")), "{kind}");
    }
}

#[actix_web::test]
async fn a_request_needs_a_token_and_a_client_that_is_who_it_says() {
    let (app, setup) = start(json!({})).await;
    let (client, secret) = setup.another_client(&app, json!({ "GenerateSecret": true })).await;
    let confidential = Setup { pool: setup.pool.clone(), client, secret };
    let code = confidential.code(&app, JANE, &[]).await;
    let tokens = confidential.exchange(&app, &code, &[("client_secret", &confidential.secret)]).await.json();
    let token = ("token", text(&tokens, "refresh_token"));
    let missing = app.post_form("/oauth2/revoke", &[("client_id", setup.client.as_str())]).await;
    assert_eq!((missing.status, missing.json()["error"].as_str()), (400, Some("invalid_request")));
    let id = ("client_id", confidential.client.as_str());
    let bad: [&[(&str, &str)]; 4] = [
        &[token, id],
        &[token, id, ("client_secret", "x")],
        &[token, ("client_id", "1example23456789")],
        &[token, ("client_id", &setup.client)],
    ];
    for form in bad {
        let answer = app.post_form("/oauth2/revoke", form).await;
        assert_eq!((answer.status, answer.json()["error"].as_str()), (401, Some("invalid_client")), "{}", answer.text);
        assert!(answer.header("www-authenticate").starts_with("Basic"));
    }
    assert_eq!(app.get_bearer("/oauth2/userInfo", text(&tokens, "access_token")).await.status, 200);
    let credentials = (confidential.client.as_str(), confidential.secret.as_str());
    assert_eq!(app.post_basic("/oauth2/revoke", credentials, &[token]).await.status, 200);
    assert_eq!(app.get_bearer("/oauth2/userInfo", text(&tokens, "access_token")).await.status, 401);
}

#[actix_web::test]
async fn a_client_without_revocation_is_refused() {
    let (app, setup) = start(json!({ "EnableTokenRevocation": false })).await;
    let tokens = setup.oauth_tokens(&app, JANE, &[]).await;
    let form = [("token", text(&tokens, "refresh_token")), ("client_id", &setup.client)];
    let answer = app.post_form("/oauth2/revoke", &form).await;
    assert_eq!((answer.status, answer.json()["error"].as_str()), (400, Some("invalid_request")));
    assert_eq!(setup.refresh(&app, text(&tokens, "refresh_token"), &[]).await.status, 200);
}

#[actix_web::test]
async fn every_token_of_a_rotated_family_ends_it() {
    let (app, setup) = start(json!({
        "ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH"],
        "RefreshTokenRotation": { "Feature": "ENABLED", "RetryGracePeriodSeconds": 0 },
    }))
    .await;
    let first = setup.oauth_tokens(&app, JANE, &[]).await;
    let second = setup.refresh(&app, text(&first, "refresh_token"), &[]).await.json();
    let form = [("token", text(&first, "refresh_token")), ("client_id", &setup.client)];
    assert_eq!(app.post_form("/oauth2/revoke", &form).await.status, 200);
    assert_eq!(setup.refresh(&app, text(&second, "refresh_token"), &[]).await.json()["error"], "invalid_grant");
}
