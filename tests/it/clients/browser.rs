//! The developer guide's snippet in a page in Chromium, on another origin than the pool: CORS as a browser sees it.

use std::time::{Duration, Instant};

use actix_web::dev::ServerHandle;
use actix_web::{App, HttpResponse, HttpServer, web};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use url::form_urlencoded::Serializer;

use super::stage::scripts;
use crate::browser::Stage;
use crate::support::setup::PASSWORD;

/// A site with the page and the library's published file.
fn site() -> (ServerHandle, String) {
    let scripts = scripts();
    let read = |path: &str| std::fs::read_to_string(scripts.join(path)).unwrap();
    let page = read("guide.html");
    let files = [read("guide.js"), read("node_modules/amazon-cognito-identity-js/dist/amazon-cognito-identity.min.js")];
    let server = HttpServer::new(move || {
        let (page, [guide, library]) = (page.clone(), files.clone());
        let script = |text: String| {
            web::get().to(move || {
                let text = text.clone();
                async { HttpResponse::Ok().content_type("text/javascript").body(text) }
            })
        };
        let page = web::get().to(move || {
            let page = page.clone();
            async { HttpResponse::Ok().content_type("text/html; charset=utf-8").body(page) }
        });
        App::new()
            .route("/", page)
            .route("/guide.js", script(guide))
            .route("/amazon-cognito-identity.min.js", script(library))
    });
    let server = server.workers(1).bind(("127.0.0.1", 0)).unwrap();
    let address = format!("http://{}", server.addrs()[0]);
    let server = server.run();
    let handle = server.handle();
    actix_web::rt::spawn(server);
    (handle, address)
}

async fn told(stage: &Stage) -> Value {
    let began = Instant::now();
    loop {
        let text = stage.browser.find("#told").await.text().await.unwrap();
        if text != "waiting" {
            return serde_json::from_str(&text).unwrap();
        }
        assert!(began.elapsed() < Duration::from_secs(20), "the snippet says nothing");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[actix_web::test]
async fn the_guides_snippet_signs_in_from_a_page() {
    let Some(stage) = Stage::set().await else { return };
    let (site, address) = site();
    let pool = stage.program.pool_id().await;
    let client = json!({
        "UserPoolId": pool, "ClientName": "page", "ExplicitAuthFlows": ["ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
    });
    let client = stage.program.ok("CreateUserPoolClient", client).await;
    let client = client["UserPoolClient"]["ClientId"].as_str().unwrap().to_owned();
    let (username, password) = crate::browser::DEMO;
    for (typed, is_right) in [(password, true), (PASSWORD, false)] {
        let query = Serializer::new(String::new())
            .extend_pairs([("pool", pool.as_str()), ("client", &client), ("endpoint", &stage.program.base)])
            .extend_pairs([("username", username), ("password", typed)])
            .finish();
        stage.browser.open(&format!("{address}/?{query}")).await;
        let told = told(&stage).await;
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
