//! Owns an OpenID provider that federated sign-ins are measured with: it runs in this process, so that its work is
//! nobody else's, and believes every code. It must not know what is measured.

use std::net::TcpListener;
use std::thread;

use actix_web::web::{Data, Form, get, post};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer};
use anyhow::{Context as _, Result};
use cenote::clock::Clock;
use cenote::crypto::jwt::SigningKey;
use serde::Deserialize;
use serde_json::json;

/// The app's id at the provider.
pub const CLIENT: &str = "budget";

/// The provider.
struct Upstream {
    url: String,
    key: SigningKey,
}

/// What the token endpoint is sent; a code names the person and the nonce.
#[derive(Deserialize)]
struct Exchange {
    code: String,
}

/// A code for `person`, whose token will have that nonce.
pub fn code(person: &str, nonce: &str) -> String {
    format!("{person}.{nonce}")
}

/// Starts it; its address, which is its issuer as well. It ends with the process.
///
/// # Errors
/// When nothing can be bound, or no key be made.
pub fn start() -> Result<String> {
    let listener = TcpListener::bind(("127.0.0.1", 0))?;
    let url = format!("http://{}", listener.local_addr()?);
    let key = SigningKey::from_pkcs8("upstream".to_owned(), &SigningKey::generate_pkcs8()?)?;
    let upstream = Data::new(Upstream { url: url.clone(), key });
    let server = move || {
        App::new()
            .app_data(upstream.clone())
            .route("/.well-known/openid-configuration", get().to(metadata))
            .route("/jwks", get().to(keys))
            .route("/token", post().to(token))
            .route("/userinfo", get().to(user_info))
    };
    thread::spawn(move || {
        let serve = async { HttpServer::new(server).workers(1).disable_signals().listen(listener)?.run().await };
        actix_web::rt::System::new().block_on(serve)
    });
    Ok(url)
}

async fn metadata(upstream: Data<Upstream>) -> HttpResponse {
    let at = |path: &str| format!("{}{path}", upstream.url);
    HttpResponse::Ok().json(json!({
        "issuer": upstream.url, "authorization_endpoint": at("/authorize"), "token_endpoint": at("/token"),
        "userinfo_endpoint": at("/userinfo"), "jwks_uri": at("/jwks"), "code_challenge_methods_supported": ["S256"],
    }))
}

async fn keys(upstream: Data<Upstream>) -> HttpResponse {
    HttpResponse::Ok().json(json!({ "keys": [upstream.key.jwk()] }))
}

async fn token(upstream: Data<Upstream>, form: Form<Exchange>) -> HttpResponse {
    match issue(&upstream, &form.code) {
        Ok((person, id_token)) => HttpResponse::Ok().json(json!({
            "access_token": person, "token_type": "Bearer", "expires_in": 3600, "id_token": id_token,
        })),
        Err(cause) => HttpResponse::BadRequest().body(cause.to_string()),
    }
}

fn issue(upstream: &Upstream, code: &str) -> Result<(String, String)> {
    let (person, nonce) = code.split_once('.').context("a code of somebody else's")?;
    let now = Clock::Real.now().seconds();
    let claims = json!({
        "iss": upstream.url, "aud": CLIENT, "sub": person, "nonce": nonce, "iat": now, "exp": now + 3600,
        "email": format!("{person}@example.com"), "email_verified": true, "name": format!("User {person}"),
    });
    Ok((person.to_owned(), upstream.key.sign(&claims)?))
}

async fn user_info(request: HttpRequest) -> HttpResponse {
    let field = request.headers().get("authorization").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let person = field.trim_start_matches("Bearer ");
    HttpResponse::Ok().json(json!({ "sub": person, "email": format!("{person}@example.com"), "email_verified": true }))
}
