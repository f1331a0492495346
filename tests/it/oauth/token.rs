//! The token endpoint: codes and what they are bound to, client credentials, and how the endpoint answers.

use serde_json::json;

use crate::support::app::answer;
use crate::support::flows::{CHALLENGE, VERIFIER, claims, text};
use crate::support::{Answer, Setup, TestApp, callback};

const JANE: &str = "jane@example.com";

async fn start() -> (TestApp, Setup) {
    let app = TestApp::new().await;
    let setup = Setup::new(&app).await;
    setup.user(&app, JANE).await;
    (app, setup)
}

fn assert_refused(answer: &Answer, error: &str) {
    assert_eq!((answer.status, answer.json()["error"].as_str()), (400, Some(error)), "{}", answer.text);
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(answer.header("content-type"), "application/json;charset=UTF-8");
}

#[actix_web::test]
async fn an_answer_with_tokens_has_cognitos_members_and_is_not_kept() {
    let (app, setup) = start().await;
    let code = setup.code(&app, JANE, &[]).await;
    let answer = setup.exchange(&app, &code, &[]).await;
    let tokens = answer.json();
    let mut names: Vec<_> = tokens.as_object().unwrap().keys().cloned().collect();
    names.sort();
    assert_eq!(names, ["access_token", "expires_in", "id_token", "refresh_token", "token_type"]);
    assert_eq!((&tokens["expires_in"], &tokens["token_type"]), (&json!(3600), &json!("Bearer")));
    assert_eq!(answer.header("content-type"), "application/json;charset=UTF-8");
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(answer.header("pragma"), "no-cache");
    assert_eq!(answer.header("access-control-allow-origin"), "*");
    assert_eq!(answer.header("access-control-allow-credentials"), "");
    assert_eq!(answer.header("x-amz-cognito-request-id").len(), 36);
}

#[actix_web::test]
async fn without_openid_there_is_no_id_token() {
    let (app, setup) = start().await;
    let tokens = setup.oauth_tokens(&app, JANE, &[("scope", "aws.cognito.signin.user.admin")]).await;
    assert!(tokens.get("id_token").is_none() && tokens.get("refresh_token").is_some(), "{tokens}");
}

#[actix_web::test]
async fn a_verifier_must_match_its_challenge() {
    let (app, setup) = start().await;
    let asked = [("code_challenge", CHALLENGE), ("code_challenge_method", "S256")];
    let code = setup.code(&app, JANE, &asked).await;
    assert_eq!(setup.exchange(&app, &code, &[("code_verifier", VERIFIER)]).await.status, 200);
    let long = "a".repeat(129);
    for wrong in ["", CHALLENGE, &VERIFIER[1..], &VERIFIER.to_lowercase(), &format!("{VERIFIER}a"), &long] {
        let code = setup.code(&app, JANE, &asked).await;
        assert_refused(&setup.exchange(&app, &code, &[("code_verifier", wrong)]).await, "invalid_grant");
        let second = setup.exchange(&app, &code, &[("code_verifier", VERIFIER)]).await;
        assert_refused(&second, "invalid_grant");
    }
}

#[actix_web::test]
async fn a_verifier_without_a_challenge_is_refused() {
    let (app, setup) = start().await;
    let code = setup.code(&app, JANE, &[]).await;
    assert_refused(&setup.exchange(&app, &code, &[("code_verifier", VERIFIER)]).await, "invalid_grant");
}

#[actix_web::test]
async fn the_redirect_target_must_be_that_of_the_request() {
    let (app, setup) = start().await;
    let other = "https://app.example/other";
    setup.change_client(&app, json!({ "CallbackURLs": [callback(), other] })).await;
    for wrong in [other, "", "https://app.example/callback/"] {
        let code = setup.code(&app, JANE, &[]).await;
        let answer = setup.exchange(&app, &code, &[("redirect_uri", wrong)]).await;
        assert_refused(&answer, "unauthorized_client");
        assert_eq!(answer.json()["error_description"], "invalid_redirect");
        assert_refused(&setup.exchange(&app, &code, &[]).await, "invalid_grant");
    }
}

#[actix_web::test]
async fn a_code_works_once_and_its_second_use_undoes_the_first() {
    let (app, setup) = start().await;
    let code = setup.code(&app, JANE, &[]).await;
    let tokens = setup.exchange(&app, &code, &[]).await.json();
    let other = setup.oauth_tokens(&app, JANE, &[]).await;
    assert_refused(&setup.exchange(&app, &code, &[]).await, "invalid_grant");
    assert_refused(&setup.refresh(&app, text(&tokens, "refresh_token"), &[]).await, "invalid_grant");
    assert_eq!(app.get_bearer("/oauth2/userInfo", text(&tokens, "access_token")).await.status, 401);
    assert_eq!(app.get_bearer("/oauth2/userInfo", text(&other, "access_token")).await.status, 200);
}

#[actix_web::test]
async fn of_many_exchanges_at_once_at_most_one_succeeds() {
    let (app, setup) = start().await;
    let code = setup.code(&app, JANE, &[]).await;
    let answers = futures_util::future::join_all((0..8).map(|_| setup.exchange(&app, &code, &[]))).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1);
}

#[actix_web::test]
async fn a_code_of_another_client_is_refused_and_survives() {
    let (app, setup) = start().await;
    let (other, _) = setup.another_client(&app, json!({})).await;
    let code = setup.code(&app, JANE, &[]).await;
    assert_refused(&setup.exchange(&app, &code, &[("client_id", &other)]).await, "invalid_grant");
    let tokens = setup.exchange(&app, &code, &[]).await;
    assert_eq!(tokens.status, 200);
    assert_refused(&setup.exchange(&app, &code, &[("client_id", &other)]).await, "invalid_grant");
    let access = tokens.json();
    let info = app.get_bearer("/oauth2/userInfo", text(&access, "access_token")).await;
    assert_eq!(info.status, 200, "a stranger cannot revoke by repeating a code");
}

#[actix_web::test]
async fn a_code_works_for_five_minutes() {
    let (app, setup) = start().await;
    let early = setup.code(&app, JANE, &[]).await;
    let late = setup.code(&app, JANE, &[]).await;
    app.advance(299);
    assert_eq!(setup.exchange(&app, &early, &[]).await.status, 200);
    app.advance(1);
    assert_refused(&setup.exchange(&app, &late, &[]).await, "invalid_grant");
}

#[actix_web::test]
async fn an_unknown_or_missing_code_is_refused() {
    let (app, setup) = start().await;
    assert_refused(&setup.exchange(&app, "4c8c2d5e-0000-4000-8000-000000000000", &[]).await, "invalid_grant");
    assert_refused(&setup.exchange(&app, "", &[]).await, "invalid_request");
}

#[actix_web::test]
async fn a_code_of_somebody_disabled_meanwhile_is_refused() {
    let (app, setup) = start().await;
    let code = setup.code(&app, JANE, &[]).await;
    setup.disable(&app, JANE).await;
    assert_refused(&setup.exchange(&app, &code, &[]).await, "invalid_grant");
}

#[actix_web::test]
async fn a_code_from_before_a_sign_out_everywhere_is_refused() {
    let (app, setup) = start().await;
    let access = setup.tokens(&app, JANE).await["AccessToken"].clone();
    let by_admin = ("AdminUserGlobalSignOut", json!({ "UserPoolId": setup.pool, "Username": JANE }));
    for (operation, body) in [("GlobalSignOut", json!({ "AccessToken": access })), by_admin] {
        app.advance(1);
        let code = setup.code(&app, JANE, &[]).await;
        app.ok(operation, body).await;
        assert_refused(&setup.exchange(&app, &code, &[]).await, "invalid_grant");
        app.advance(1);
        let later = setup.code(&app, JANE, &[]).await;
        assert_eq!(setup.exchange(&app, &later, &[]).await.status, 200, "{operation}");
    }
}

#[actix_web::test]
async fn more_parameters_than_any_request_has_are_refused() {
    let (app, setup) = start().await;
    let code = setup.code(&app, JANE, &[]).await;
    let names: Vec<String> = (0..101).map(|number| format!("p{number}")).collect();
    let noise = |count: usize| names.iter().take(count).map(|name| (name.as_str(), "x")).collect::<Vec<_>>();
    let answer = setup.exchange(&app, &code, &noise(97)).await;
    assert_refused(&answer, "invalid_request");
    assert_eq!(answer.json()["error_description"], "There are too many parameters.");
    assert_refused(&app.post_form("/oauth2/revoke", &noise(101)).await, "invalid_request");
    let page = app.post_form(&format!("/login?{}", setup.query(&[])), &noise(101)).await;
    assert_eq!(page.status, 400, "{}", page.text);
    assert_eq!(setup.exchange(&app, &code, &noise(96)).await.status, 200, "a hundred are taken");
}

#[actix_web::test]
async fn grants_and_parameters_must_be_known_and_single() {
    let (app, setup) = start().await;
    let code = setup.code(&app, JANE, &[]).await;
    for unknown in ["password", "implicit", "urn:ietf:params:oauth:grant-type:jwt-bearer", "AUTHORIZATION_CODE"] {
        let answer = setup.exchange(&app, &code, &[("grant_type", unknown)]).await;
        assert_refused(&answer, "unsupported_grant_type");
    }
    assert_refused(&setup.exchange(&app, &code, &[("grant_type", "")]).await, "invalid_request");
    for extra in [("code", code.as_str()), ("client_id", setup.client.as_str()), ("x", "1")] {
        let form = [("grant_type", "authorization_code"), ("client_id", &setup.client), ("code", &code), extra, extra];
        assert_refused(&app.post_form("/oauth2/token", &form).await, "invalid_request");
    }
    assert_refused(&setup.exchange(&app, &code, &[("x", "a\0b")]).await, "invalid_request");
    assert_refused(&setup.exchange(&app, &code, &[("x", &"a".repeat(5000))]).await, "invalid_request");
    assert_eq!(setup.exchange(&app, &code, &[]).await.status, 200);
}

#[actix_web::test]
async fn parameters_in_the_address_do_not_count() {
    let (app, setup) = start().await;
    let code = setup.code(&app, JANE, &[]).await;
    let path = format!("/oauth2/token?grant_type=authorization_code&code={code}&client_id={}", setup.client);
    assert_refused(&app.post_form(&path, &[("x", "1")]).await, "invalid_request");
}

#[actix_web::test]
async fn wrong_methods_and_wrong_content_types_are_refused() {
    let (app, setup) = start().await;
    let url = format!("{}/oauth2/token", app.base);
    for method in [reqwest::Method::GET, reqwest::Method::PUT, reqwest::Method::DELETE] {
        let refused = answer(app.http.request(method.clone(), &url)).await;
        assert_eq!(refused.status, 405, "{method}");
        assert!(refused.header("allow").contains("POST"), "{method}: RFC 9110 §15.5.6");
    }
    let body = format!("grant_type=refresh_token&refresh_token=x&client_id={}", setup.client);
    for kind in ["application/json", "text/plain", "multipart/form-data; boundary=x", "application/x-www-form"] {
        let refused = answer(app.http.post(&url).header("content-type", kind).body(body.clone())).await;
        assert_refused(&refused, "invalid_request");
    }
    let none = answer(app.http.post(&url).body(body.clone())).await;
    assert_refused(&none, "invalid_request");
    let with_charset = app.http.post(&url).header("content-type", "application/x-www-form-urlencoded; charset=UTF-8");
    assert_refused(&answer(with_charset.body(body)).await, "invalid_grant");
}

#[actix_web::test]
async fn a_browser_of_any_origin_may_ask_without_credentials() {
    let (app, _) = start().await;
    for path in ["/oauth2/token", "/oauth2/revoke", "/oauth2/userInfo"] {
        let request = app.http.request(reqwest::Method::OPTIONS, format!("{}{path}", app.base));
        let request = request.header("origin", "https://spa.example").header("access-control-request-method", "POST");
        let preflight = answer(request.header("access-control-request-headers", "authorization,content-type")).await;
        assert_eq!(preflight.status, 200, "{path}");
        assert_eq!(preflight.header("access-control-allow-origin"), "*");
        assert_eq!(preflight.header("access-control-allow-headers"), "authorization,content-type");
        assert_eq!(preflight.header("access-control-allow-credentials"), "");
    }
    for path in ["/login", "/oauth2/authorize", "/logout", "/error"] {
        assert_eq!(app.get(path).await.header("access-control-allow-origin"), "", "{path}");
    }
}

async fn machine(app: &TestApp) -> Setup {
    let setup = Setup::new(app).await;
    let scopes = json!([
        { "ScopeName": "read", "ScopeDescription": "r" },
        { "ScopeName": "write", "ScopeDescription": "w" },
        { "ScopeName": "purge", "ScopeDescription": "p" }
    ]);
    let server =
        json!({ "UserPoolId": setup.pool, "Identifier": "https://api.example", "Name": "api", "Scopes": scopes });
    app.ok("CreateResourceServer", server).await;
    let client = json!({
        "GenerateSecret": true,
        "AllowedOAuthFlows": ["client_credentials"],
        "AllowedOAuthScopes": ["https://api.example/read", "https://api.example/write"],
        "CallbackURLs": null,
    });
    let (client, secret) = setup.another_client(app, client).await;
    Setup { pool: setup.pool, client, secret }
}

#[actix_web::test]
async fn a_client_gets_a_token_for_itself_with_its_own_scopes() {
    let app = TestApp::new().await;
    let setup = machine(&app).await;
    let grant = ("grant_type", "client_credentials");
    let credentials = (setup.client.as_str(), setup.secret.as_str());
    let tokens = app.post_basic("/oauth2/token", credentials, &[grant]).await.json();
    let mut names: Vec<_> = tokens.as_object().unwrap().keys().cloned().collect();
    names.sort();
    assert_eq!(names, ["access_token", "expires_in", "token_type"]);
    let all = "https://api.example/read https://api.example/write";
    assert_eq!(claims(text(&tokens, "access_token"))["scope"], all);
    let one = app.post_basic("/oauth2/token", credentials, &[grant, ("scope", "https://api.example/write")]).await;
    assert_eq!(claims(text(&one.json(), "access_token"))["scope"], "https://api.example/write");
    for wrong in ["https://api.example/purge", "openid", "https://api.example/none", "a\"b"] {
        let refused = app.post_basic("/oauth2/token", credentials, &[grant, ("scope", wrong)]).await;
        assert_refused(&refused, "invalid_scope");
    }
    assert_eq!(app.get_bearer("/oauth2/userInfo", text(&tokens, "access_token")).await.status, 401);
}

#[actix_web::test]
async fn clients_for_people_do_not_get_tokens_for_themselves() {
    let (app, setup) = start().await;
    let form = [("grant_type", "client_credentials"), ("client_id", setup.client.as_str())];
    assert_refused(&app.post_form("/oauth2/token", &form).await, "unauthorized_client");
    let (client, secret) = setup.another_client(&app, json!({ "GenerateSecret": true })).await;
    let grant = [("grant_type", "client_credentials")];
    assert_refused(&app.post_basic("/oauth2/token", (&client, &secret), &grant).await, "unauthorized_client");
}
