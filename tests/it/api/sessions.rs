//! Tracked sessions: the settings, what is listed, what ends with what.

use serde_json::{Value, json};

use crate::support::setup::PASSWORD;
use crate::support::{Browser, Setup, TestApp, callback};

const JANE: &str = "jane@example.com";
const OFF: (&str, &str) = ("OperationNotEnabledException", "Session tracking is not enabled for this user pool");

async fn tracked(most: i64) -> (TestApp, Setup) {
    let app = TestApp::new().await;
    let setup = Setup::new(&app).await;
    setup.user(&app, JANE).await;
    track(&app, &setup, "ENABLED", most).await;
    (app, setup)
}

async fn track(app: &TestApp, setup: &Setup, word: &str, most: i64) -> Value {
    let body = json!({
        "UserPoolId": setup.pool, "UserSessionTracking": word, "TokenSession": { "MaxPerUser": most },
    });
    app.ok("SetUserPoolSessionConfiguration", body).await
}

async fn sessions(app: &TestApp, setup: &Setup) -> Vec<Value> {
    let body = json!({ "UserPoolId": setup.pool, "Username": JANE });
    app.ok("AdminListUserSessions", body).await["Sessions"].as_array().unwrap().clone()
}

/// Signs in on the page, or by the session that the browser has; the tokens for the code.
async fn by_browser(app: &TestApp, setup: &Setup, browser: &mut Browser) -> Value {
    let mut page = browser.open(&format!("/oauth2/authorize?{}", setup.query(&[]))).await;
    if page.query("code").is_none() {
        page = browser.submit(&page, "signInSubmitButton", &[("username", JANE), ("password", PASSWORD)]).await;
    }
    let code = page.query("code").expect("the sign-in ends with a code");
    let form = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("client_id", setup.client.as_str()),
        ("redirect_uri", callback()),
    ];
    app.post_form("/oauth2/token", &form).await.json()
}

fn id_of(session: &Value) -> &str {
    session["SessionId"].as_str().unwrap()
}

#[actix_web::test]
async fn a_pool_tracks_sessions_once_it_is_told_to() {
    let app = TestApp::new().await;
    let setup = Setup::new(&app).await;
    setup.user(&app, JANE).await;
    let get = json!({ "UserPoolId": setup.pool });
    let standard = json!({
        "UserPoolId": setup.pool, "UserSessionTracking": "DISABLED", "TokenSession": { "MaxPerUser": 20 },
    });
    assert_eq!(app.ok("GetUserPoolSessionConfiguration", get.clone()).await, standard);
    let token = setup.tokens(&app, JANE).await["AccessToken"].clone();
    app.refuses("ListUserSessions", json!({ "AccessToken": token }), OFF).await;
    app.refuses("AdminListUserSessions", json!({ "UserPoolId": setup.pool, "Username": JANE }), OFF).await;
    let id = format!("tkn{}", "a".repeat(25));
    app.refuses("RevokeUserSession", json!({ "AccessToken": token, "SessionId": id }), OFF).await;
    let client =
        json!({ "UserPoolId": setup.pool, "ClientId": setup.client, "SSOSession": { "MaxValidityMinutes": 5 } });
    app.refuses("SetUserPoolClientSessionConfiguration", client.clone(), OFF).await;
    let set = track(&app, &setup, "ENABLED", 3).await;
    assert_eq!(app.ok("GetUserPoolSessionConfiguration", get).await, set);
    assert_eq!((&set["UserSessionTracking"], &set["TokenSession"]), (&json!("ENABLED"), &json!({ "MaxPerUser": 3 })));
    let named = json!({ "UserPoolId": setup.pool, "ClientId": setup.client });
    let shown = app.ok("GetUserPoolClientSessionConfiguration", named.clone()).await;
    assert_eq!(shown["SSOSession"]["MaxValidityMinutes"], 60);
    assert_eq!(app.ok("SetUserPoolClientSessionConfiguration", client.clone()).await, client);
    assert_eq!(app.ok("GetUserPoolClientSessionConfiguration", named).await, client);
}

#[actix_web::test]
async fn settings_out_of_range_or_above_the_plan_are_refused() {
    let (app, setup) = tracked(20).await;
    let refusal = |place: &str, rule: &str| {
        format!("1 validation error detected: Value {place} failed to satisfy constraint: Member must {rule}")
    };
    let pool = |word: &str, most: i64| json!({ "UserPoolId": setup.pool, "UserSessionTracking": word, "TokenSession": { "MaxPerUser": most } });
    let cases = [
        (pool("ENABLED", 0), refusal("'0' at 'tokenSession.maxPerUser'", "have value greater than or equal to 1")),
        (pool("ENABLED", 101), refusal("'101' at 'tokenSession.maxPerUser'", "have value less than or equal to 100")),
        (pool("ON", 1), refusal("'ON' at 'userSessionTracking'", "satisfy enum value set: [ENABLED, DISABLED]")),
        (json!({ "UserPoolId": setup.pool }), refusal("null at 'userSessionTracking'", "not be null")),
    ];
    for (body, text) in cases {
        app.refuses("SetUserPoolSessionConfiguration", body, ("InvalidParameterException", &text)).await;
    }
    let lite = Setup::with(&app, json!({ "UserPoolTier": "LITE" }), json!({})).await;
    let body =
        json!({ "UserPoolId": lite.pool, "UserSessionTracking": "ENABLED", "TokenSession": { "MaxPerUser": 1 } });
    let answer = app.api("SetUserPoolSessionConfiguration", body).await;
    assert_eq!(answer.fault(), "FeatureUnavailableInTierException");
}

#[actix_web::test]
async fn token_sessions_are_listed_with_the_own_one_marked() {
    let (app, setup) = tracked(20).await;
    let first = setup.tokens(&app, JANE).await;
    app.advance(10);
    let second = setup.tokens(&app, JANE).await;
    app.advance(10);
    app.ok("GetTokensFromRefreshToken", json!({ "ClientId": setup.client, "RefreshToken": first["RefreshToken"] }))
        .await;
    let listed = app.ok("ListUserSessions", json!({ "AccessToken": second["AccessToken"] })).await;
    let all = listed["Sessions"].as_array().unwrap();
    assert_eq!(all.len(), 2, "{listed}");
    let own = all.iter().find(|session| session["IsCurrentSession"] == true).unwrap();
    let other = all.iter().find(|session| session["IsCurrentSession"] == false).unwrap();
    for session in all {
        assert_eq!((&session["SessionType"], &session["ClientId"]), (&json!("TOKEN"), &json!(setup.client)));
        assert_eq!(session["LastIPAddress"], "127.0.0.1");
        assert!(
            id_of(session).starts_with("tkn") && id_of(session).len() == 28 && session.get("OriginSessionId").is_none()
        );
    }
    let active =
        |session: &Value| session["LastActiveDate"].as_f64().unwrap() - session["CreateDate"].as_f64().unwrap();
    assert!(active(own).abs() < 0.001 && (active(other) - 20.0).abs() < 0.001, "a refresh is activity: {listed}");
}

#[actix_web::test]
async fn the_session_that_was_used_longest_ago_gives_way() {
    let (app, setup) = tracked(2).await;
    let mut tokens = Vec::new();
    for _ in 0..3 {
        tokens.push(setup.tokens(&app, JANE).await);
        app.advance(1);
    }
    assert_eq!(sessions(&app, &setup).await.len(), 2);
    let revoked = ("NotAuthorizedException", "Access Token has been revoked");
    app.refuses("GetUser", json!({ "AccessToken": tokens[0]["AccessToken"] }), revoked).await;
    for token in &tokens[1..] {
        app.ok("GetUser", json!({ "AccessToken": token["AccessToken"] })).await;
    }
}

#[actix_web::test]
async fn a_session_is_ended_by_its_user_but_not_the_own_or_another_users_one() {
    let (app, setup) = tracked(20).await;
    let (first, second) = (setup.tokens(&app, JANE).await, setup.tokens(&app, JANE).await);
    let listed = app.ok("ListUserSessions", json!({ "AccessToken": second["AccessToken"] })).await;
    let all = listed["Sessions"].as_array().unwrap();
    let own = all.iter().find(|session| session["IsCurrentSession"] == true).unwrap();
    let other = all.iter().find(|session| session["IsCurrentSession"] == false).unwrap();
    let end = |token: &Value, id: &str| json!({ "AccessToken": token["AccessToken"], "SessionId": id });
    let answer = app.api("RevokeUserSession", end(&second, id_of(own))).await;
    assert_eq!(answer.fault(), "InvalidParameterException", "{}", answer.text);
    setup.user(&app, "john@example.com").await;
    let john = setup.tokens(&app, "john@example.com").await;
    let absent = ("ResourceNotFoundException", "Session does not exist.");
    app.refuses("RevokeUserSession", end(&john, id_of(other)), absent).await;
    app.ok("GetUser", json!({ "AccessToken": first["AccessToken"] })).await;
    assert_eq!(app.ok("RevokeUserSession", end(&second, id_of(other))).await, json!({}));
    let revoked = ("NotAuthorizedException", "Access Token has been revoked");
    app.refuses("GetUser", json!({ "AccessToken": first["AccessToken"] }), revoked).await;
    app.refuses("RevokeUserSession", end(&second, id_of(other)), absent).await;
    let text = "2 validation errors detected: Value 'x' at 'sessionId' failed to satisfy constraint: \
         Member must have length greater than or equal to 28; Value 'x' at 'sessionId' failed to satisfy constraint: \
         Member must satisfy regular expression pattern: ^(tkn|sso)[a-z0-9]{25}$";
    app.refuses("RevokeUserSession", end(&second, "x"), ("InvalidParameterException", text)).await;
    let admin = json!({ "UserPoolId": setup.pool, "Username": JANE, "SessionId": id_of(own) });
    assert_eq!(app.ok("AdminRevokeUserSession", admin).await, json!({}));
    app.refuses("GetUser", json!({ "AccessToken": second["AccessToken"] }), revoked).await;
}

#[actix_web::test]
async fn tokens_know_the_browser_session_that_they_came_from_and_can_end_with_it() {
    let (app, setup) = tracked(20).await;
    let mut browser = Browser::new(&app);
    let tokens = by_browser(&app, &setup, &mut browser).await;
    by_browser(&app, &setup, &mut browser).await;
    let all = sessions(&app, &setup).await;
    let sso: Vec<_> = all.iter().filter(|session| session["SessionType"] == "SSO").collect();
    let apps: Vec<_> = all.iter().filter(|session| session["SessionType"] == "TOKEN").collect();
    assert_eq!((sso.len(), apps.len()), (1, 2), "{all:?}");
    assert!(id_of(sso[0]).starts_with("sso"));
    assert!(apps.iter().all(|session| session["OriginSessionId"] == sso[0]["SessionId"]), "{all:?}");
    let alone = json!({ "UserPoolId": setup.pool, "Username": JANE, "SessionId": apps[0]["SessionId"] });
    app.ok("AdminRevokeUserSession", alone).await;
    assert_eq!(sessions(&app, &setup).await.len(), 2, "the browser session and the other app stay");
    let linked = json!({
        "UserPoolId": setup.pool, "Username": JANE, "SessionId": sso[0]["SessionId"], "RevokeAssociatedSessions": "LINKED",
    });
    app.ok("AdminRevokeUserSession", linked).await;
    assert_eq!(sessions(&app, &setup).await, Vec::<Value>::new());
    let refused = app.get_bearer("/oauth2/userInfo", tokens["access_token"].as_str().unwrap()).await;
    assert_eq!(refused.status, 401, "{}", refused.text);
    let page = browser.open(&format!("/oauth2/authorize?{}", setup.query(&[]))).await;
    assert!(page.query("code").is_none(), "the browser must sign in again");
}

#[actix_web::test]
async fn revoking_a_refresh_token_can_end_the_browser_session() {
    let (app, setup) = tracked(20).await;
    for (word, left) in [("NONE", 1), ("LINKED", 0)] {
        let mut browser = Browser::new(&app);
        let tokens = by_browser(&app, &setup, &mut browser).await;
        let body = json!({
            "Token": tokens["refresh_token"], "ClientId": setup.client, "RevokeAssociatedSessions": word,
        });
        app.ok("RevokeToken", body).await;
        let all = sessions(&app, &setup).await;
        assert_eq!(all.len(), left, "{word}: {all:?}");
        if let Some(session) = all.first() {
            let body = json!({ "UserPoolId": setup.pool, "Username": JANE, "SessionId": session["SessionId"] });
            app.ok("AdminRevokeUserSession", body).await;
        }
    }
}

#[actix_web::test]
async fn each_client_says_for_how_long_a_browser_session_is_enough() {
    let (app, setup) = tracked(20).await;
    let set = |minutes: i64| json!({ "UserPoolId": setup.pool, "ClientId": setup.client, "SSOSession": { "MaxValidityMinutes": minutes } });
    let is_enough = async |browser: &mut Browser| {
        browser.open(&format!("/oauth2/authorize?{}", setup.query(&[]))).await.query("code").is_some()
    };
    let mut browser = Browser::new(&app);
    by_browser(&app, &setup, &mut browser).await;
    app.ok("SetUserPoolClientSessionConfiguration", set(0)).await;
    assert!(!is_enough(&mut browser).await);
    app.ok("SetUserPoolClientSessionConfiguration", set(120)).await;
    app.advance(2 * 3600 - 1);
    assert!(is_enough(&mut browser).await);
    app.advance(1);
    assert!(!is_enough(&mut browser).await);
}
