//! Owns what the token endpoints share: who the app is, the exchange of a code, new access tokens, refusals.
//! It must not know what each provider says about people.

use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::Simulation;
use super::kind::Kind;
use super::memory::{Access, Challenge, Grant};
use super::parameters::Parameters;
use crate::crypto::digest;

/// How long a slow provider takes.
const SLOWNESS: Duration = Duration::from_secs(8);
/// How long a refresh token is good for, in seconds.
const REFRESH_LIFETIME: i64 = 180 * 24 * 3600;

/// A refusal (RFC 6749 §5.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TokenFault {
    /// `error`.
    pub error: &'static str,
    /// `error_description`.
    pub description: &'static str,
}

impl TokenFault {
    /// The form is not as it must be.
    #[must_use]
    pub const fn request(description: &'static str) -> Self {
        Self { error: "invalid_request", description }
    }

    /// The app did not prove itself.
    #[must_use]
    pub const fn client(description: &'static str) -> Self {
        Self { error: "invalid_client", description }
    }

    /// The code or refresh token is no good.
    #[must_use]
    pub const fn grant(description: &'static str) -> Self {
        Self { error: "invalid_grant", description }
    }

    /// The refusal as an answer.
    #[must_use]
    pub fn response(self) -> HttpResponse {
        let status = if self.error == "invalid_client" { StatusCode::UNAUTHORIZED } else { StatusCode::BAD_REQUEST };
        answer(status, &json!({"error": self.error, "error_description": self.description}))
    }
}

/// An app that showed a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Client {
    /// Its id.
    pub id: String,
    /// What it showed.
    pub secret: String,
}

impl Client {
    /// The app that asks `kind` with this form, its secret checked.
    ///
    /// # Errors
    /// [`TokenFault`].
    pub fn of(simulation: &Simulation, kind: Kind, sent: (&HttpRequest, &Parameters)) -> Result<Self, TokenFault> {
        let client = Self::read(sent.0, sent.1)?;
        let is_right = simulation.is_secret_of(kind, (&client.id, &client.secret));
        is_right.then_some(client).ok_or(TokenFault::client("client_secret is wrong."))
    }

    /// Reads the credentials, in the `Authorization` field or in the form but not in both (RFC 6749 §2.3.1).
    fn read(request: &HttpRequest, form: &Parameters) -> Result<Self, TokenFault> {
        let field = request.headers().get("authorization").and_then(|value| value.to_str().ok());
        let secret = form.owned("client_secret");
        let client = match (field, secret) {
            (Some(_), Some(_)) => return Err(TokenFault::request("The client is authenticated in two ways.")),
            (Some(field), None) => {
                basic(field).ok_or(TokenFault::client("The Authorization field is not Basic credentials."))?
            }
            (None, Some(secret)) => {
                let id = form.owned("client_id").ok_or(TokenFault::request("client_id is missing."))?;
                Self { id, secret }
            }
            (None, None) => return Err(TokenFault::client("client_secret is missing.")),
        };
        if form.get("client_id").is_some_and(|id| id != client.id) {
            return Err(TokenFault::request("client_id differs from the Authorization field."));
        }
        Ok(client)
    }
}

/// Takes the code out of `form` and gives what it stands for. It is used up even if the exchange fails.
///
/// # Errors
/// [`TokenFault`].
pub fn redeem(simulation: &Simulation, kind: Kind, form: &Parameters, client_id: &str) -> Result<Grant, TokenFault> {
    let code = form.get("code").ok_or(TokenFault::request("code is missing."))?;
    let grant = simulation.memory().codes.take(code, simulation.now());
    let grant = grant
        .filter(|grant| grant.kind == kind && grant.client_id == client_id)
        .ok_or(TokenFault::grant("The code is unknown, expired, used before, or another client's."))?;
    if form.get("redirect_uri") != Some(grant.redirect_uri.as_str()) {
        return Err(TokenFault::grant("redirect_uri differs from that of the authorization request."));
    }
    if !proves(form.get("code_verifier"), grant.challenge.as_ref()) {
        return Err(TokenFault::grant("code_verifier does not match the code challenge."));
    }
    Ok(grant)
}

/// The grant that the form of a token endpoint leads to: by a code, or by a refresh token.
///
/// # Errors
/// [`TokenFault`].
pub fn grant(simulation: &Simulation, kind: Kind, form: &Parameters, client_id: &str) -> Result<Grant, TokenFault> {
    match form.get("grant_type") {
        Some("authorization_code") => redeem(simulation, kind, form, client_id),
        Some("refresh_token") => {
            let token = form.get("refresh_token").ok_or(TokenFault::request("refresh_token is missing."))?;
            let grant = simulation.memory().refresh.get(token, simulation.now()).cloned();
            grant
                .filter(|grant| grant.kind == kind && grant.client_id == client_id)
                .ok_or(TokenFault::grant("The refresh token is unknown or another client's."))
        }
        Some(_) => Err(TokenFault { error: "unsupported_grant_type", description: "Only codes and refresh tokens." }),
        None => Err(TokenFault::request("grant_type is missing.")),
    }
}

/// Keeps `token` as an access token for `grant`. One that is broken by choice is forgotten, if nothing is signed.
pub fn keep_access(simulation: &Simulation, token: &str, grant: &Grant, (client_secret, lifetime): (&str, i64)) {
    if grant.decision.is_broken && !grant.kind.has_signature() {
        return;
    }
    let now = simulation.now();
    let access = Access {
        grant: grant.clone(),
        client_secret: client_secret.to_owned(),
        issued_at: now,
        expires_at: now + lifetime,
    };
    simulation.memory().access.put(token, access.expires_at, access);
}

/// Keeps `token` as a refresh token for `grant`.
pub fn keep_refresh(simulation: &Simulation, token: &str, grant: &Grant) {
    simulation.memory().refresh.put(token, simulation.now() + REFRESH_LIFETIME, grant.clone());
}

/// What `token` stands for at `kind`.
#[must_use]
pub fn access(simulation: &Simulation, kind: Kind, token: Option<&str>) -> Option<Access> {
    let memory = simulation.memory();
    memory.access.get(token?, simulation.now()).filter(|access| access.grant.kind == kind).cloned()
}

/// The token of an `Authorization: Bearer` field (RFC 6750 §2.1).
#[must_use]
pub fn bearer(request: &HttpRequest) -> Option<&str> {
    let field = request.headers().get("authorization")?.to_str().ok()?;
    let (scheme, token) = field.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token)
}

/// Waits as long as a slow provider takes, if that was chosen.
pub async fn wait(is_slow: bool) {
    if is_slow {
        tokio::time::sleep(SLOWNESS).await;
    }
}

/// A JSON answer that nobody keeps (RFC 6749 §5.1).
#[must_use]
pub fn answer(status: StatusCode, body: &Value) -> HttpResponse {
    HttpResponse::build(status)
        .insert_header(("cache-control", "no-store"))
        .insert_header(("x-content-type-options", "nosniff"))
        .json(body)
}

fn basic(field: &str) -> Option<Client> {
    let (scheme, credentials) = field.split_once(' ')?;
    let text = String::from_utf8(STANDARD.decode(credentials.trim()).ok()?).ok()?;
    let (id, secret) = text.split_once(':')?;
    let is_complete = scheme.eq_ignore_ascii_case("basic") && !id.is_empty() && !secret.is_empty();
    is_complete.then(|| Client { id: form_decoded(id), secret: form_decoded(secret) })
}

fn form_decoded(text: &str) -> String {
    let text = text.replace('+', " ");
    percent_encoding::percent_decode_str(&text).decode_utf8_lossy().into_owned()
}

fn proves(verifier: Option<&str>, challenge: Option<&Challenge>) -> bool {
    match (verifier, challenge) {
        (_, None) => true,
        (None, Some(_)) => false,
        (Some(verifier), Some(Challenge::Plain(challenge))) => verifier == challenge,
        (Some(verifier), Some(Challenge::S256(challenge))) => digest::sha256_base64url(verifier) == *challenge,
    }
}
