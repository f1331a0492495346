//! Owns the verification of ID and access tokens against the pool's published keys.
//! It must not know where the tokens come from or where they go.

use std::str::FromStr as _;
use std::time::{Duration, UNIX_EPOCH};

use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use openidconnect::core::{CoreIdToken, CoreIdTokenVerifier, CoreJwsSigningAlgorithm};
use openidconnect::{AccessToken, AccessTokenHash, ClientId, IssuerUrl, Nonce};
use serde::Deserialize;

use super::discovery::Facts;
use super::jwt;
use crate::clock::Timestamp;

/// The two signed tokens of one answer.
#[derive(Clone, PartialEq, Eq)]
pub struct TokenPair {
    /// Says who signed in.
    pub id_token: String,
    /// Lets this site ask the pool.
    pub access_token: String,
}

/// What tokens meant for this site carry.
pub struct Expected<'a> {
    /// `iss` of both.
    pub issuer: &'a str,
    /// `aud` of the ID token, `client_id` of the access token.
    pub client_id: &'a str,
    /// `nonce` of the ID token; a refreshed one may lack it (OpenID Connect Core §12.2).
    pub nonce: Option<&'a str>,
    /// The present moment.
    pub now: Timestamp,
}

/// Why tokens are not trusted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Distrust {
    /// The pool's keys, as known, do not include the one that signed; newer keys might.
    #[error("a token is signed with an unknown key")]
    UnknownKey,
    /// The ID token does not verify.
    #[error("ID token: {0}")]
    Id(String),
    /// The access token does not verify.
    #[error("access token: {0}")]
    Access(String),
}

#[derive(Deserialize)]
struct AccessClaims {
    iss: String,
    sub: String,
    exp: i64,
    client_id: String,
    token_use: String,
}

/// Verifies signature, issuer, audience, time, nonce and use of both tokens, and that they belong together.
///
/// # Errors
/// With the first thing that is wrong.
pub fn verify(pair: &TokenPair, facts: &Facts, expected: &Expected<'_>) -> Result<(), Distrust> {
    let subject = verify_id_token(pair, facts, expected)?;
    let access = verify_access_token(&pair.access_token, facts, expected)?;
    if access.sub != subject {
        return Err(Distrust::Access("belongs to somebody else than the ID token".to_owned()));
    }
    Ok(())
}

fn verify_id_token(pair: &TokenPair, facts: &Facts, expected: &Expected<'_>) -> Result<String, Distrust> {
    let refuse = |error: &dyn std::fmt::Display| Distrust::Id(error.to_string());
    known_key(&pair.id_token, facts)?;
    let token = CoreIdToken::from_str(&pair.id_token).map_err(|error| refuse(&error))?;
    let issuer = IssuerUrl::new(expected.issuer.to_owned()).map_err(|error| refuse(&error))?;
    let moment = UNIX_EPOCH + Duration::from_secs(u64::try_from(expected.now.seconds()).unwrap_or_default());
    let client_id = ClientId::new(expected.client_id.to_owned());
    let verifier = CoreIdTokenVerifier::new_public_client(client_id, issuer, facts.id_keys.clone())
        .set_allowed_algs([CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256])
        .set_time_fn(move || moment.into());
    let check_nonce = |nonce: Option<&Nonce>| match expected.nonce {
        Some(expected) if nonce.map(|nonce| nonce.secret().as_str()) != Some(expected) => Err("wrong nonce".to_owned()),
        _ => Ok(()),
    };
    let claims = token.claims(&verifier, check_nonce).map_err(|error| refuse(&error))?;
    if let Some(hash) = claims.access_token_hash() {
        let algorithm = token.signing_alg().map_err(|error| refuse(&error))?;
        let key = token.signing_key(&verifier).map_err(|error| refuse(&error))?;
        let access = AccessToken::new(pair.access_token.clone());
        let actual = AccessTokenHash::from_token(&access, algorithm, key).map_err(|error| refuse(&error))?;
        if actual != *hash {
            return Err(Distrust::Id("at_hash does not match the access token".to_owned()));
        }
    }
    verify_use_of_id_token(&pair.id_token, expected)?;
    Ok(claims.subject().as_str().to_owned())
}

/// Cognito marks its tokens with `token_use`; `azp` is from OpenID Connect Core §3.1.3.7.
fn verify_use_of_id_token(id_token: &str, expected: &Expected<'_>) -> Result<(), Distrust> {
    let claims = jwt::payload(id_token).unwrap_or_default();
    let is_other = |name: &str, value: &str| claims.get(name).is_some_and(|claim| claim != value);
    if is_other("token_use", "id") || is_other("azp", expected.client_id) {
        return Err(Distrust::Id("meant for another use".to_owned()));
    }
    Ok(())
}

fn verify_access_token(token: &str, facts: &Facts, expected: &Expected<'_>) -> Result<AccessClaims, Distrust> {
    let refuse = |error: jsonwebtoken::errors::Error| Distrust::Access(error.to_string());
    let kid = known_key(token, facts)?;
    let jwk = facts.access_keys.iter().find(|key| key.common.key_id.as_deref() == Some(&kid));
    let key = DecodingKey::from_jwk(jwk.ok_or(Distrust::UnknownKey)?).map_err(refuse)?;
    let mut validation = Validation::new(Algorithm::RS256);
    // The library reads the machine's clock, and Cognito's `aud` names a resource, not this client.
    (validation.validate_exp, validation.validate_aud) = (false, false);
    let claims = jsonwebtoken::decode::<AccessClaims>(token, &key, &validation).map_err(refuse)?.claims;
    let fault = if claims.iss != expected.issuer {
        "wrong issuer"
    } else if claims.client_id != expected.client_id {
        "wrong client"
    } else if claims.token_use != "access" {
        "meant for another use"
    } else if claims.exp <= expected.now.seconds() {
        "expired"
    } else {
        return Ok(claims);
    };
    Err(Distrust::Access(fault.to_owned()))
}

fn known_key(token: &str, facts: &Facts) -> Result<String, Distrust> {
    let header = jwt::header(token).unwrap_or_default();
    let kid = header.get("kid").and_then(|kid| kid.as_str()).unwrap_or_default();
    let is_known = facts.access_keys.iter().any(|key| key.common.key_id.as_deref() == Some(kid));
    if is_known { Ok(kid.to_owned()) } else { Err(Distrust::UnknownKey) }
}
