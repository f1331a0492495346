//! Owns the floor: a bare server over the same HTTP library with the same settings, whose handlers do only the
//! cryptography and the one read that nobody can avoid. What Cenote costs beyond it is Cenote's own.

use std::path::Path;
use std::time::Duration;

use actix_web::web::{Bytes, Data, Path as Segment, get, post};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer};
use anyhow::{Context as _, Result};
use cenote::crypto::jwt::{self, SigningKey, VerifyingKey};
use cenote::crypto::password_hash::PasswordHasher;
use cenote::crypto::srp::{ClientPublic, Verifier};
use cenote::store::{Database, Store};
use serde_json::{Value, json};

use crate::measure;

/// As many bytes as a key set of two keys has.
const DOCUMENT: &[u8] = &[b'x'; 900];
const READ: &str = "SELECT attributes FROM users WHERE pool_id = $1 AND sub = $2";

const SERVER_PRIVATE: [u8; 32] = [0xa7; 32];
const SERVER_PUBLIC: &str = "fedcba987654321";

struct Floor {
    key: SigningKey,
    verifying: VerifyingKey,
    hasher: PasswordHasher,
    hash: String,
    store: Store,
    verifier: Verifier,
}

/// Serves until the process is ended.
///
/// # Errors
/// When the database cannot be opened or the port is taken.
pub async fn serve(folder: &Path, port: u16) -> Result<()> {
    let key = SigningKey::from_pkcs8("floor".to_owned(), &SigningKey::generate_pkcs8()?)?;
    let hasher = PasswordHasher::new();
    let floor = Data::new(Floor {
        verifying: VerifyingKey::try_from(&key)?,
        key,
        hash: hasher.hash(measure::PASSWORD, [7; 16])?,
        hasher,
        store: Store::open(Database::Sqlite(&folder.join("cenote.sqlite"))).await?,
        verifier: Verifier::new("Budget001", "user", std::str::from_utf8(measure::PASSWORD)?, [7; 16])?,
    });
    let server = HttpServer::new(move || {
        App::new()
            .app_data(floor.clone())
            .route("/static", get().to(fixed))
            .route("/sign/{times}", post().to(sign))
            .route("/password", post().to(password))
            .route("/srp/public", post().to(srp_public))
            .route("/srp/proof", post().to(srp_proof))
            .route("/token/{pool}/{sub}", get().to(token))
            .route("/bearer", get().to(bearer))
    });
    let server =
        server.client_request_timeout(Duration::from_secs(10)).keep_alive(Duration::from_secs(30)).backlog(2048);
    Ok(server.bind(("127.0.0.1", port))?.run().await?)
}

async fn fixed() -> HttpResponse {
    HttpResponse::Ok().content_type("application/json").body(DOCUMENT)
}

async fn sign(floor: Data<Floor>, times: Segment<usize>, _form: Bytes) -> HttpResponse {
    answer((0..*times).map(|_| Ok(floor.key.sign(&claims("pool", "sub"))?)).collect())
}

async fn password(floor: Data<Floor>, _form: Bytes) -> HttpResponse {
    if !floor.hasher.verify(measure::PASSWORD, &floor.hash) {
        return HttpResponse::Forbidden().finish();
    }
    answer((0..2).map(|_| Ok(floor.key.sign(&claims("pool", "sub"))?)).collect())
}

/// The server's arithmetic of the first half of an SRP exchange, in the shape in which clients read it.
async fn srp_public(floor: Data<Floor>, _form: Bytes) -> HttpResponse {
    answer(floor.verifier.server_public(&SERVER_PRIVATE).map_err(Into::into).map(|public| {
        let parameters = json!({ "SALT": floor.verifier.salt_hex, "SRP_B": public, "SECRET_BLOCK": "YmxvY2s=" });
        json!({ "ChallengeParameters": parameters }).to_string()
    }))
}

/// The server's arithmetic of the second half, and two signatures.
async fn srp_proof(floor: Data<Floor>, _form: Bytes) -> HttpResponse {
    answer(prove(&floor))
}

fn prove(floor: &Floor) -> Result<String> {
    floor.verifier.session_key(&ClientPublic::parse("123456789abcdef")?, SERVER_PUBLIC, &SERVER_PRIVATE)?;
    (0..2).map(|_| Ok(floor.key.sign(&claims("pool", "sub"))?)).collect()
}

async fn token(floor: Data<Floor>, whose: Segment<(String, String)>) -> HttpResponse {
    answer(floor.key.sign(&claims(&whose.0, &whose.1)).map_err(Into::into))
}

async fn bearer(floor: Data<Floor>, request: HttpRequest) -> HttpResponse {
    answer(read(&floor, &request).await)
}

async fn read(floor: &Floor, request: &HttpRequest) -> Result<String> {
    let header = request.headers().get("authorization").context("no token")?.to_str()?;
    let claims: Value = jwt::verify(header.trim_start_matches("Bearer "), &floor.verifying)?;
    let (pool, sub) = (claims["iss"].as_str().context("iss")?, claims["sub"].as_str().context("sub")?);
    let mut db = floor.store.read().await?;
    Ok(sqlx::query_scalar(READ).bind(pool).bind(sub).fetch_one(&mut *db).await?)
}

fn answer(outcome: Result<String>) -> HttpResponse {
    match outcome {
        Ok(text) => HttpResponse::Ok().body(text),
        Err(cause) => HttpResponse::InternalServerError().body(cause.to_string()),
    }
}

/// Claims of about the length that an access token's have.
fn claims(pool: &str, sub: &str) -> Value {
    json!({
        "sub": sub,
        "iss": pool,
        "token_use": "access",
        "version": 2,
        "client_id": "0123456789abcdefghijklmnop",
        "origin_jti": "00000000-0000-4000-8000-000000000000",
        "event_id": "00000000-0000-4000-8000-000000000000",
        "jti": "00000000-0000-4000-8000-000000000000",
        "scope": "openid email profile aws.cognito.signin.user.admin",
        "auth_time": 1_700_000_000,
        "iat": 1_700_000_000,
        "exp": 4_000_000_000_i64,
        "username": sub,
    })
}
