//! Owns client authentication at the token and revocation endpoints: Basic, post, or none for public clients; never
//! two ways at once, never a made-up secret (RFC 6749 §2.3).

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::percent_decode_str;
use secrecy::ExposeSecret as _;

use super::parameters::Parameters;
use crate::crypto::digest;
use crate::cx::{ClientEntry, Cx};
use crate::domain::client::ClientSecret;
use crate::domain::ids::PoolId;
use crate::error::{Error, OAuthFault};

/// What a request brings beside its parameters.
#[derive(Debug, Clone, Copy)]
pub struct Presented<'a> {
    /// The `Authorization` header.
    pub authorization: Option<&'a str>,
    /// The pool whose own domain the request came to; no other pool is answered for there.
    pub site: Option<&'a PoolId>,
}

/// The client that a request proves to come from.
///
/// # Errors
/// `invalid_client` when the client is unknown or its secret is wrong, missing or uncalled for;
/// `invalid_request` when two ways are mixed.
pub async fn authenticate(
    cx: &Cx,
    presented: Presented<'_>,
    parameters: &Parameters,
) -> Result<Arc<ClientEntry>, Error> {
    let (id, secret) = credentials(presented.authorization, parameters)?;
    let client = cx.client(&id).await.map_err(|fault| match fault {
        Error::NotFound(_) => invalid_client("invalid_client"),
        other => other,
    })?;
    if presented.site.is_some_and(|site| site != client.pool_id()) {
        return Err(invalid_client("invalid_client"));
    }
    match secret {
        None if client.client.is_confidential() => Err(invalid_client("invalid_client_secret")),
        None => Ok(client),
        Some(secret) if is_secret_of(&client, &secret) => Ok(client),
        Some(_) => Err(invalid_client("invalid_client_secret")),
    }
}

fn credentials(authorization: Option<&str>, parameters: &Parameters) -> Result<(String, Option<String>), Error> {
    let (id, secret) = (parameters.get("client_id"), parameters.raw("client_secret"));
    let Some(header) = authorization else {
        let id = id.ok_or_else(|| Error::oauth(OAuthFault::InvalidRequest, "client_id is missing"))?;
        return Ok((id.to_owned(), secret.map(str::to_owned)));
    };
    let (basic_id, basic_secret) =
        basic(header).ok_or_else(|| invalid_client("The Authorization header is malformed"))?;
    if secret.is_some() || id.is_some_and(|id| id != basic_id) {
        return Err(Error::oauth(OAuthFault::InvalidRequest, "The client must authenticate in one way only"));
    }
    Ok((basic_id, Some(basic_secret)))
}

/// Id and secret of a Basic header; both are form-encoded inside (RFC 6749 §2.3.1).
fn basic(header: &str) -> Option<(String, String)> {
    let (scheme, encoded) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (id, secret) = decoded.split_once(':')?;
    let plain = |text: &str| percent_decode_str(text).decode_utf8().ok().map(std::borrow::Cow::into_owned);
    Some((plain(id)?, plain(secret)?))
}

fn is_secret_of(client: &ClientEntry, secret: &str) -> bool {
    let is_one = |known: &ClientSecret| digest::is_equal(known.expose_secret().as_bytes(), secret.as_bytes());
    client.client.secrets.iter().fold(false, |found, known| is_one(known) | found)
}

fn invalid_client(description: &'static str) -> Error {
    Error::oauth(OAuthFault::InvalidClient, description)
}
