//! User info: which claims, to whom, and how a bad token is told so.

use serde_json::{Value, json};

use crate::support::app::answer;
use crate::support::flows::text;
use crate::support::{Answer, Setup, TestApp};

const JANE: &str = "jane@example.com";

async fn start() -> (TestApp, Setup) {
    let app = TestApp::new().await;
    let setup = Setup::new(&app).await;
    let sub = setup.user(&app, JANE).await;
    assert!(!sub.is_empty());
    (app, setup)
}

async fn info(app: &TestApp, tokens: &Value) -> Answer {
    app.get_bearer("/oauth2/userInfo", text(tokens, "access_token")).await
}

fn assert_invalid_token(answer: &Answer) {
    assert_eq!(answer.status, 401, "{}", answer.text);
    assert_eq!(
        answer.header("www-authenticate"),
        "error=\"invalid_token\", error_description=\"Access token is expired, disabled, or deleted, \
         or the user has globally signed out.\""
    );
    assert_eq!(answer.json()["error"], "invalid_token");
    assert_eq!(answer.header("cache-control"), "no-store");
}

#[actix_web::test]
async fn claims_follow_the_scopes_and_are_strings() {
    let (app, setup) = start().await;
    let names = |answer: &Answer| {
        let claims = answer.json();
        let mut names: Vec<_> = claims.as_object().unwrap().keys().cloned().collect();
        names.sort();
        names
    };
    let openid = info(&app, &setup.oauth_tokens(&app, JANE, &[("scope", "openid")]).await).await;
    assert_eq!(names(&openid), ["email", "email_verified", "sub", "username"]);
    assert_eq!((&openid.json()["email"], &openid.json()["email_verified"]), (&json!(JANE), &json!("true")));
    assert_eq!(openid.header("content-type"), "application/json;charset=UTF-8");
    assert_eq!(openid.header("cache-control"), "no-store");
    assert_eq!(openid.header("access-control-allow-origin"), "*");
    let phone = info(&app, &setup.oauth_tokens(&app, JANE, &[("scope", "openid phone")]).await).await;
    assert_eq!(names(&phone), ["sub", "username"]);
}

#[actix_web::test]
async fn what_the_client_may_not_read_stays_hidden() {
    let (app, setup) = start().await;
    setup.change_client(&app, json!({ "ReadAttributes": ["name"] })).await;
    let claims = info(&app, &setup.oauth_tokens(&app, JANE, &[("scope", "openid")]).await).await.json();
    assert!(claims.get("email").is_none(), "{claims}");
}

#[actix_web::test]
async fn post_answers_like_get() {
    let (app, setup) = start().await;
    let tokens = setup.oauth_tokens(&app, JANE, &[]).await;
    let request = app.http.post(format!("{}/oauth2/userInfo", app.base)).bearer_auth(text(&tokens, "access_token"));
    assert_eq!(answer(request).await.json(), info(&app, &tokens).await.json());
}

#[actix_web::test]
async fn a_request_without_a_bearer_token_is_malformed() {
    let (app, setup) = start().await;
    let tokens = setup.oauth_tokens(&app, JANE, &[]).await;
    let url = format!("{}/oauth2/userInfo", app.base);
    let mut requests = vec![app.http.get(&url)];
    for header in ["", "Bearer", "Bearer ", "Basic eDp5", text(&tokens, "access_token")] {
        requests.push(app.http.get(&url).header("authorization", header));
    }
    requests.push(app.http.get(format!("{url}?access_token={}", text(&tokens, "access_token"))));
    for request in requests {
        let refused = answer(request).await;
        assert_eq!(refused.status, 400, "{}", refused.text);
        assert_eq!(
            refused.header("www-authenticate"),
            "error=\"invalid_request\", error_description=\"Bad OAuth2 request at UserInfo Endpoint\""
        );
    }
}

#[actix_web::test]
async fn tokens_that_are_expired_revoked_or_for_something_else_are_refused() {
    let (app, setup) = start().await;
    let tokens = setup.oauth_tokens(&app, JANE, &[]).await;
    assert_eq!(info(&app, &tokens).await.status, 200);
    for wrong in [text(&tokens, "id_token"), text(&tokens, "refresh_token"), "x", "a.b.c"] {
        assert_invalid_token(&app.get_bearer("/oauth2/userInfo", wrong).await);
    }
    let by_api = setup.tokens(&app, JANE).await;
    assert_invalid_token(&app.get_bearer("/oauth2/userInfo", text(&by_api, "AccessToken")).await);
    let narrow = setup.oauth_tokens(&app, JANE, &[("scope", "aws.cognito.signin.user.admin")]).await;
    assert_invalid_token(&info(&app, &narrow).await);
    app.advance(3599);
    assert_eq!(info(&app, &tokens).await.status, 200);
    app.advance(1);
    assert_invalid_token(&info(&app, &tokens).await);
}

#[actix_web::test]
async fn somebody_disabled_deleted_or_signed_out_everywhere_is_refused() {
    let (app, setup) = start().await;
    for end in ["AdminUserGlobalSignOut", "AdminDisableUser", "AdminDeleteUser"] {
        let email = format!("{}@example.com", end.to_lowercase());
        setup.user(&app, &email).await;
        let tokens = setup.oauth_tokens(&app, &email, &[]).await;
        app.ok(end, json!({ "UserPoolId": setup.pool, "Username": email })).await;
        assert_invalid_token(&info(&app, &tokens).await);
    }
}

#[actix_web::test]
async fn tokens_without_origin_end_with_a_sign_out_everywhere_too() {
    let (app, setup) = start().await;
    setup.change_client(&app, json!({ "EnableTokenRevocation": false })).await;
    let tokens = setup.oauth_tokens(&app, JANE, &[]).await;
    assert_eq!(info(&app, &tokens).await.status, 200);
    app.ok("AdminUserGlobalSignOut", json!({ "UserPoolId": setup.pool, "Username": JANE })).await;
    assert_invalid_token(&info(&app, &tokens).await);
    app.advance(1);
    let fresh = setup.oauth_tokens(&app, JANE, &[]).await;
    assert_eq!(info(&app, &fresh).await.status, 200);
}
