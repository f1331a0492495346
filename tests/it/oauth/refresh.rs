//! Refreshing at the token endpoint, with and without rotation.

use serde_json::{Value, json};

use crate::support::flows::{claims, text};
use crate::support::{Answer, Setup, TestApp};

const JANE: &str = "jane@example.com";

async fn start(client: Value) -> (TestApp, Setup) {
    let app = TestApp::new().await;
    let setup = Setup::with(&app, json!({}), client).await;
    setup.user(&app, JANE).await;
    (app, setup)
}

fn rotating(grace: i64) -> Value {
    json!({
        "ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH"],
        "RefreshTokenRotation": { "Feature": "ENABLED", "RetryGracePeriodSeconds": grace },
    })
}

fn assert_refused(answer: &Answer) {
    assert_eq!((answer.status, answer.json()["error"].as_str()), (400, Some("invalid_grant")), "{}", answer.text);
    assert_eq!(answer.header("cache-control"), "no-store");
}

#[actix_web::test]
async fn without_rotation_a_refresh_token_keeps_working_and_none_is_added() {
    let (app, setup) = start(json!({})).await;
    let first = setup.oauth_tokens(&app, JANE, &[("nonce", "n-1")]).await;
    app.advance(3600);
    for _ in 0..2 {
        let again = setup.refresh(&app, text(&first, "refresh_token"), &[]).await;
        assert_eq!(again.status, 200, "{}", again.text);
        assert!(again.json().get("refresh_token").is_none());
        let info = app.get_bearer("/oauth2/userInfo", text(&again.json(), "access_token")).await;
        assert_eq!(info.status, 200);
    }
}

#[actix_web::test]
async fn a_refresh_token_ends_with_its_lifetime() {
    let (app, setup) = start(json!({
        "RefreshTokenValidity": 60, "AccessTokenValidity": 30, "IdTokenValidity": 30,
        "TokenValidityUnits": { "RefreshToken": "minutes", "AccessToken": "minutes", "IdToken": "minutes" },
    }))
    .await;
    let tokens = setup.oauth_tokens(&app, JANE, &[]).await;
    app.advance(3599);
    assert_eq!(setup.refresh(&app, text(&tokens, "refresh_token"), &[]).await.status, 200);
    app.advance(1);
    assert_refused(&setup.refresh(&app, text(&tokens, "refresh_token"), &[]).await);
}

#[actix_web::test]
async fn an_access_token_outlives_the_refresh_token_that_earned_it() {
    let (app, setup) = start(json!({
        "RefreshTokenValidity": 60, "AccessTokenValidity": 30, "IdTokenValidity": 30,
        "TokenValidityUnits": { "RefreshToken": "minutes", "AccessToken": "minutes", "IdToken": "minutes" },
    }))
    .await;
    let tokens = setup.oauth_tokens(&app, JANE, &[]).await;
    app.advance(3599);
    let last = setup.refresh(&app, text(&tokens, "refresh_token"), &[]).await.json();
    app.advance(1000);
    let now = app.cx.now();
    let tidy = app
        .cx
        .store
        .write(move |db| Box::pin(async move { cenote::store::housekeeping::remove_expired(db, now).await }));
    tidy.await.unwrap();
    assert_eq!(app.get_bearer("/oauth2/userInfo", text(&last, "access_token")).await.status, 200);
}

#[actix_web::test]
async fn a_refresh_token_of_another_client_is_refused_and_survives() {
    let (app, setup) = start(json!({})).await;
    let tokens = setup.oauth_tokens(&app, JANE, &[]).await;
    let (other, _) = setup.another_client(&app, json!({})).await;
    assert_refused(&setup.refresh(&app, text(&tokens, "refresh_token"), &[("client_id", &other)]).await);
    assert_eq!(setup.refresh(&app, text(&tokens, "refresh_token"), &[]).await.status, 200);
}

#[actix_web::test]
async fn tokens_that_are_not_refresh_tokens_are_refused() {
    let (app, setup) = start(json!({})).await;
    let tokens = setup.oauth_tokens(&app, JANE, &[]).await;
    for wrong in [text(&tokens, "access_token"), text(&tokens, "id_token"), "x", "eyJjdHkiOiJKV1QifQ.a.b.c.d"] {
        assert_refused(&setup.refresh(&app, wrong, &[]).await);
    }
    let missing = setup.refresh(&app, "", &[]).await;
    assert_eq!(missing.json()["error"], "invalid_request");
}

#[actix_web::test]
async fn somebody_disabled_deleted_or_signed_out_everywhere_cannot_refresh() {
    let (app, setup) = start(json!({})).await;
    for end in ["AdminUserGlobalSignOut", "AdminDisableUser", "AdminDeleteUser"] {
        let email = format!("{}@example.com", end.to_lowercase());
        setup.user(&app, &email).await;
        let tokens = setup.oauth_tokens(&app, &email, &[]).await;
        app.ok(end, json!({ "UserPoolId": setup.pool, "Username": email })).await;
        assert_refused(&setup.refresh(&app, text(&tokens, "refresh_token"), &[]).await);
    }
}

#[actix_web::test]
async fn with_rotation_the_old_token_works_for_the_grace_period_only() {
    let (app, setup) = start(rotating(30)).await;
    let first = setup.oauth_tokens(&app, JANE, &[]).await;
    let second = setup.refresh(&app, text(&first, "refresh_token"), &[]).await.json();
    assert_ne!(text(&second, "refresh_token"), text(&first, "refresh_token"));
    app.advance(29);
    let third = setup.refresh(&app, text(&first, "refresh_token"), &[]).await;
    assert_eq!(third.status, 200, "a lost answer can be asked for again: {}", third.text);
    app.advance(1);
    assert_refused(&setup.refresh(&app, text(&first, "refresh_token"), &[]).await);
    for later in [&second, &third.json()] {
        assert_refused(&setup.refresh(&app, text(later, "refresh_token"), &[]).await);
        assert_eq!(app.get_bearer("/oauth2/userInfo", text(later, "access_token")).await.status, 401);
    }
    let fresh = setup.oauth_tokens(&app, JANE, &[]).await;
    assert_eq!(setup.refresh(&app, text(&fresh, "refresh_token"), &[]).await.status, 200, "only that family died");
}

#[actix_web::test]
async fn without_a_grace_period_the_first_reuse_kills_the_family() {
    let (app, setup) = start(rotating(0)).await;
    let first = setup.oauth_tokens(&app, JANE, &[]).await;
    let second = setup.refresh(&app, text(&first, "refresh_token"), &[]).await.json();
    assert_refused(&setup.refresh(&app, text(&first, "refresh_token"), &[]).await);
    assert_refused(&setup.refresh(&app, text(&second, "refresh_token"), &[]).await);
}

#[actix_web::test]
async fn without_a_grace_period_uses_in_parallel_are_reuse_too() {
    let (app, setup) = start(rotating(0)).await;
    let first = setup.oauth_tokens(&app, JANE, &[]).await;
    let token = text(&first, "refresh_token");
    let answers = futures_util::future::join_all((0..8).map(|_| setup.refresh(&app, token, &[]))).await;
    let good: Vec<_> = answers.iter().filter(|answer| answer.status == 200).collect();
    assert_eq!(good.len(), 1);
    assert_refused(&setup.refresh(&app, text(&good[0].json(), "refresh_token"), &[]).await);
}

#[actix_web::test]
async fn rotation_does_not_prolong_the_family() {
    let mut client = rotating(0);
    client["RefreshTokenValidity"] = json!(2);
    client["TokenValidityUnits"] = json!({ "RefreshToken": "hours" });
    let (app, setup) = start(client).await;
    let first = setup.oauth_tokens(&app, JANE, &[]).await;
    app.advance(7199);
    let second = setup.refresh(&app, text(&first, "refresh_token"), &[]).await.json();
    app.advance(1);
    assert_refused(&setup.refresh(&app, text(&second, "refresh_token"), &[]).await);
}

#[actix_web::test]
async fn a_sign_in_by_the_api_is_refreshed_here_too() {
    let (app, setup) = start(json!({})).await;
    let tokens = setup.tokens(&app, JANE).await;
    let again = setup.refresh(&app, text(&tokens, "RefreshToken"), &[]).await;
    assert_eq!(again.status, 200, "{}", again.text);
    let (old, new) = (claims(text(&tokens, "AccessToken")), claims(text(&again.json(), "access_token")));
    assert_eq!((&old["scope"], &old["origin_jti"]), (&new["scope"], &new["origin_jti"]));
}
