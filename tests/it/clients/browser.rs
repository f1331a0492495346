//! Clients in pages in Chromium, on another origin than the pool, so that CORS is as a browser sees it: the developer
//! guide's snippet, and Amplify's way to the hosted pages and back.

use std::time::{Duration, Instant};

use actix_web::dev::ServerHandle;
use actix_web::{App, HttpResponse, HttpServer, web};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use url::form_urlencoded::Serializer;

use super::stage::{bundle, pool_over_tls, scripts};
use crate::browser::{Chromium, DEMO, Stage};
use crate::support::Program;
use crate::support::program::Folder;
use crate::support::setup::PASSWORD;

/// A site on a port of its own: paths, content types, texts.
pub fn site(files: Vec<(&'static str, &'static str, String)>) -> (ServerHandle, String) {
    let server = HttpServer::new(move || {
        files.iter().fold(App::new(), |app, (path, kind, text)| {
            let (kind, text) = (*kind, text.clone());
            let answer = move || {
                let text = text.clone();
                async move { HttpResponse::Ok().content_type(kind).body(text) }
            };
            app.route(path, web::get().to(answer))
        })
    });
    let server = server.workers(1).bind(("127.0.0.1", 0)).unwrap();
    let port = server.addrs()[0].port();
    let server = server.run();
    let handle = server.handle();
    actix_web::rt::spawn(server);
    (handle, format!("http://localhost:{port}"))
}

/// The page of the guide and the library's published file.
fn guide() -> (ServerHandle, String) {
    let read = |path: &str| std::fs::read_to_string(scripts().join(path)).unwrap();
    let library = "node_modules/amazon-cognito-identity-js/dist/amazon-cognito-identity.min.js";
    site(vec![
        ("/", "text/html; charset=utf-8", read("guide.html")),
        ("/guide.js", "text/javascript", read("guide.js")),
        ("/amazon-cognito-identity.min.js", "text/javascript", read(library)),
    ])
}

/// What the page tells, once it tells anything but `waiting`.
async fn told(browser: &Chromium) -> Value {
    let began = Instant::now();
    loop {
        let text = browser.find("#told").await.text().await.unwrap_or_else(|_| "waiting".to_owned());
        if text != "waiting" {
            return serde_json::from_str(&text).unwrap();
        }
        assert!(began.elapsed() < Duration::from_secs(20), "the page says nothing");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[actix_web::test]
async fn the_guides_snippet_signs_in_from_a_page() {
    let Some(stage) = Stage::set().await else { return };
    let (site, address) = guide();
    let pool = stage.program.pool_id().await;
    let client = json!({
        "UserPoolId": pool, "ClientName": "page", "ExplicitAuthFlows": ["ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
    });
    let client = stage.program.ok("CreateUserPoolClient", client).await;
    let client = client["UserPoolClient"]["ClientId"].as_str().unwrap().to_owned();
    let (username, password) = DEMO;
    for (typed, is_right) in [(password, true), (PASSWORD, false)] {
        let query = Serializer::new(String::new())
            .extend_pairs([("pool", pool.as_str()), ("client", &client), ("endpoint", &stage.program.base)])
            .extend_pairs([("username", username), ("password", typed)])
            .finish();
        stage.browser.open(&format!("{address}/?{query}")).await;
        let told = told(&stage.browser).await;
        if is_right {
            let token = told["idToken"].as_str().unwrap();
            let claims = URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap();
            let claims: Value = serde_json::from_slice(&claims).unwrap();
            assert_eq!((&claims["email"], &claims["aud"]), (&json!(username), &json!(client)));
            assert!(told["accessToken"].as_str().unwrap().starts_with("ey"));
        } else {
            let refusal = json!({ "name": "NotAuthorizedException", "message": "Incorrect username or password." });
            assert_eq!(told, refusal);
        }
    }
    site.stop(false).await;
}

/// A new pool, where the person of the demo pool has an account.
async fn pool_with_somebody(program: &Program) -> String {
    let pool = program.ok("CreateUserPool", json!({ "PoolName": "amplify", "UsernameAttributes": ["email"] })).await;
    let pool = pool["UserPool"]["Id"].as_str().unwrap().to_owned();
    let (username, password) = DEMO;
    let attributes = json!([{ "Name": "email", "Value": username }, { "Name": "email_verified", "Value": "true" }]);
    let user =
        json!({ "UserPoolId": pool, "Username": username, "UserAttributes": attributes, "MessageAction": "SUPPRESS" });
    program.ok("AdminCreateUser", user).await;
    let password = json!({ "UserPoolId": pool, "Username": username, "Password": password, "Permanent": true });
    program.ok("AdminSetUserPassword", password).await;
    pool
}

#[actix_web::test]
async fn amplify_signs_in_at_the_hosted_pages_and_out_again() {
    let Some(stage) = Stage::set().await else { return };
    let folder = Folder::new();
    let program = pool_over_tls(&folder).await;
    let bundle = bundle("amplify-page.js", &folder).await;
    let page = std::fs::read_to_string(scripts().join("amplify-page.html")).unwrap();
    let (site, address) =
        site(vec![("/", "text/html; charset=utf-8", page), ("/amplify-page.js", "text/javascript", bundle)]);
    let pool = pool_with_somebody(&program).await;
    let home = format!("{address}/");
    let client = json!({
        "UserPoolId": pool, "ClientName": "amplify", "SupportedIdentityProviders": ["COGNITO"],
        "ExplicitAuthFlows": ["ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
        "CallbackURLs": [home], "LogoutURLs": [home], "AllowedOAuthFlows": ["code"],
        "AllowedOAuthScopes": ["openid", "email", "profile", "aws.cognito.signin.user.admin"],
        "AllowedOAuthFlowsUserPoolClient": true,
    });
    let client = program.ok("CreateUserPoolClient", client).await;
    let client = client["UserPoolClient"]["ClientId"].as_str().unwrap().to_owned();
    let domain = program.base.trim_start_matches("https://").to_owned();
    let query = Serializer::new(String::new())
        .extend_pairs([("pool", pool.as_str()), ("client", &client), ("domain", &domain)])
        .finish();
    let browser = &stage.browser;
    browser.open(&format!("{address}/?{query}")).await;
    assert_eq!(told(browser).await, json!({ "nobody": true }));
    browser.click("#in").await;
    stage.send_sign_in(DEMO).await;
    browser.sees(DEMO.0).await;
    let seen = told(browser).await;
    assert_eq!(seen["email"], DEMO.0);
    assert_eq!(seen["scope"], "aws.cognito.signin.user.admin openid profile email");
    browser.click("#out").await;
    browser.sees("nobody").await;
    browser.click("#in").await;
    browser.find("[name='signInSubmitButton']").await;
    site.stop(false).await;
}
