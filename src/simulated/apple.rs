//! Owns the look-alike of Sign in with Apple: keys, tokens, the check of the app's signed secret. Two things differ from
//! Apple: an address on this machine may receive the answer, and the signature of the secret is not checked, because
//! only the app and Apple's own registry have the key. It must not know pages.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::json;

use super::kind::Kind;
use super::memory::Grant;
use super::parameters::Parameters;
use super::people::Person;
use super::token::{self, TokenFault};
use super::{Simulation, authorize, oidc, pages};
use crate::crypto::digest;
use crate::crypto::jwt::KeyFault;

/// How long ID tokens are good for, in seconds.
const ID_LIFETIME: i64 = 24 * 3600;
/// How long access tokens are good for, in seconds.
const ACCESS_LIFETIME: i64 = 3600;
/// The longest that a client secret may be good for: six months, in seconds.
const LONGEST_SECRET: i64 = 15_777_000;
/// Whom the client secret is for, at the real Apple; our own address will do as well.
const AUDIENCE: &str = "https://appleid.apple.com";

type Shared = web::Data<Simulation>;

/// The routes.
pub fn configure(config: &mut web::ServiceConfig) {
    let show =
        |simulation: Shared, request: HttpRequest| async move { authorize::show(&simulation, &request, Kind::Apple) };
    let decide = |simulation: Shared, request: HttpRequest, body: web::Bytes| async move {
        authorize::decide(&simulation, &request, &body, Kind::Apple)
    };
    let scope = web::scope("/apple")
        .service(web::resource("/auth/authorize").route(web::get().to(show)).route(web::post().to(decide)))
        .route("/auth/token", web::post().to(exchange))
        .route("/auth/keys", web::get().to(keys))
        .route("/.well-known/openid-configuration", web::get().to(discovery));
    config.service(scope);
}

/// The ID token for `grant`; `access_token` is the one that comes with it.
///
/// # Errors
/// [`KeyFault::Signing`].
pub fn id_token(simulation: &Simulation, grant: &Grant, access_token: Option<&str>) -> Result<String, KeyFault> {
    let now = simulation.now();
    let mut claims = json!({
        "iss": simulation.address(Kind::Apple),
        "aud": grant.client_id,
        "exp": now + ID_LIFETIME,
        "iat": now,
        "sub": subject(&grant.decision.person),
        "auth_time": grant.authenticated_at,
        "nonce_supported": true,
    });
    if let Some(nonce) = &grant.nonce {
        claims["nonce"] = nonce.clone().into();
    }
    if let Some(token) = access_token {
        claims["at_hash"] = digest::left_half_base64url(token).into();
    }
    if let Some(email) = grant.decision.email().filter(|_| grant.has_scope("email")) {
        claims["email"] = email.into();
        // Text rather than a boolean, as Apple has it.
        claims["email_verified"] = grant.decision.person.email_verified.to_string().into();
    }
    simulation.keys.sign(Kind::Apple, &claims, grant.decision.is_broken)
}

async fn exchange(simulation: Shared, body: web::Bytes) -> HttpResponse {
    let granted =
        Parameters::parse(&body).map_err(|_| TokenFault::request("A parameter is repeated.")).and_then(|form| {
            let client_id = form.get("client_id").ok_or(TokenFault::client("client_id is missing."))?;
            let secret = form.get("client_secret").ok_or(TokenFault::client("client_secret is missing."))?;
            check_secret(secret, client_id, &simulation)?;
            token::grant(&simulation, Kind::Apple, &form, client_id)
        });
    let grant = match granted {
        Ok(grant) => grant,
        // Apple answers 400 even where RFC 6749 §5.2 says 401.
        Err(fault) => {
            return token::answer(
                StatusCode::BAD_REQUEST,
                &json!({"error": fault.error, "error_description": fault.description}),
            );
        }
    };
    token::wait(grant.decision.is_slow).await;
    let access_token = format!("a{}", simulation.outside.random.token());
    let refresh_token = format!("r{}", simulation.outside.random.token());
    token::keep_access(&simulation, &access_token, &grant, ("", ACCESS_LIFETIME));
    token::keep_refresh(&simulation, &refresh_token, &grant);
    match id_token(&simulation, &grant, Some(&access_token)) {
        Ok(id_token) => token::answer(
            StatusCode::OK,
            &json!({
                "access_token": access_token, "token_type": "Bearer", "expires_in": ACCESS_LIFETIME,
                "refresh_token": refresh_token, "id_token": id_token,
            }),
        ),
        Err(cause) => pages::failed(&cause),
    }
}

async fn keys(simulation: Shared) -> HttpResponse {
    oidc::key_set(&simulation, Kind::Apple)
}

async fn discovery(simulation: Shared) -> HttpResponse {
    let at = simulation.address(Kind::Apple);
    HttpResponse::Ok().json(json!({
        "issuer": at,
        "authorization_endpoint": format!("{at}/auth/authorize"),
        "token_endpoint": format!("{at}/auth/token"),
        "jwks_uri": format!("{at}/auth/keys"),
        "response_types_supported": ["code", "code id_token"],
        "response_modes_supported": ["query", "fragment", "form_post"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "scopes_supported": ["openid", "email", "name"],
        "token_endpoint_auth_methods_supported": ["client_secret_post"],
        "claims_supported": ["aud", "email", "email_verified", "exp", "iat", "iss", "nonce", "nonce_supported", "sub"],
    }))
}

#[derive(Deserialize)]
struct SecretHeader {
    alg: String,
    kid: String,
}

#[derive(Deserialize)]
struct SecretClaims {
    iss: String,
    sub: String,
    aud: String,
    exp: i64,
}

/// Checks everything of the app's signed secret but its signature.
fn check_secret(secret: &str, client_id: &str, simulation: &Simulation) -> Result<(), TokenFault> {
    let parts: Vec<&str> = secret.split('.').collect();
    let [header, claims, signature] = parts[..] else {
        return Err(TokenFault::client("client_secret is not a signed JWT."));
    };
    let header: SecretHeader = part(header).ok_or(TokenFault::client("The JWT's header needs alg and kid."))?;
    if header.alg != "ES256" || header.kid.is_empty() {
        return Err(TokenFault::client("The JWT must be signed with ES256 and name its key."));
    }
    let has_signature = URL_SAFE_NO_PAD.decode(signature).is_ok_and(|bytes| bytes.len() == 64);
    if !has_signature {
        return Err(TokenFault::client("The JWT's signature is not one of ES256."));
    }
    let claims: SecretClaims = part(claims).ok_or(TokenFault::client("The JWT needs iss, sub, aud and exp."))?;
    if claims.iss.is_empty() || claims.sub != client_id {
        return Err(TokenFault::client("The JWT's iss must be the team and its sub the client_id."));
    }
    if claims.aud != AUDIENCE && claims.aud != simulation.address(Kind::Apple) {
        return Err(TokenFault::client("The JWT is for another audience."));
    }
    let rest = claims.exp - simulation.now();
    if rest <= 0 || rest > LONGEST_SECRET {
        return Err(TokenFault::client("The JWT has expired, or is good for more than six months."));
    }
    Ok(())
}

fn part<T: DeserializeOwned>(text: &str) -> Option<T> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).ok()?).ok()
}

/// Apple's shape: six digits, 32 hexadecimal ones, four digits.
fn subject(person: &Person) -> String {
    let fingerprint = person.fingerprint(Kind::Apple.slug());
    format!("001234.{}.0638", digest::hex(&fingerprint[..16]))
}
