//! Owns an API of somebody else's behind the library's checker of bearer tokens, in a process of its own, and the issuer
//! whose tokens it takes, in this one. It must not know what is measured.

use std::net::TcpListener;
use std::thread;

use actix_web::web::{Data, get};
use actix_web::{App, HttpResponse, HttpServer};
use anyhow::Result;
use cenote::clock::Clock;
use cenote::crypto::jwt::SigningKey;
use cenote::verify::{Claims, Verifier};
use serde_json::json;

/// The app that the tokens are for.
const CLIENT: &str = "0123456789abcdefghijklmnop";

/// Serves the API until the process is ended.
///
/// # Errors
/// When the port is taken.
pub async fn serve(issuer: &str, port: u16) -> Result<()> {
    let verifier = Verifier::new(issuer, [CLIENT])?;
    let server = HttpServer::new(move || {
        App::new().app_data(verifier.clone()).route("/", get().to(ready)).route("/me", get().to(me))
    });
    Ok(server.bind(("127.0.0.1", port))?.run().await?)
}

async fn ready() -> HttpResponse {
    HttpResponse::Ok().finish()
}

async fn me(claims: Claims) -> String {
    claims.sub
}

/// Who gives out tokens.
pub struct Issuer {
    /// Its address.
    pub url: String,
    key: SigningKey,
}

impl Issuer {
    /// Starts one, which publishes its key; it ends with the process.
    ///
    /// # Errors
    /// When nothing can be bound, or no key be made.
    pub fn start() -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let url = format!("http://{}", listener.local_addr()?);
        let key = SigningKey::from_pkcs8("issuer".to_owned(), &SigningKey::generate_pkcs8()?)?;
        let keys = Data::new(json!({ "keys": [key.jwk()] }).to_string());
        let server = move || App::new().app_data(keys.clone()).route("/.well-known/jwks.json", get().to(published));
        thread::spawn(move || {
            let serve = async { HttpServer::new(server).workers(1).disable_signals().listen(listener)?.run().await };
            actix_web::rt::System::new().block_on(serve)
        });
        Ok(Self { url, key })
    }

    /// An access token of a user.
    ///
    /// # Errors
    /// When it cannot be signed.
    pub fn token(&self, user: usize) -> Result<String> {
        let (now, sub) = (Clock::Real.now().seconds(), format!("00000000-0000-4000-8000-{user:012x}"));
        Ok(self.key.sign(&json!({
            "sub": sub, "iss": self.url, "token_use": "access", "version": 2, "client_id": CLIENT,
            "origin_jti": sub, "event_id": sub, "jti": sub, "username": sub,
            "scope": "openid email profile aws.cognito.signin.user.admin",
            "auth_time": now, "iat": now, "exp": now + 3600,
        }))?)
    }
}

async fn published(keys: Data<String>) -> HttpResponse {
    HttpResponse::Ok().content_type("application/json").body(keys.as_str().to_owned())
}
