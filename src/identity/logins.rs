//! Owns the logins that an app brings: each is verified by its provider's kind, and becomes a subject with claims. It
//! must not know whose identity they are.

use std::collections::BTreeMap;

use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Map, Value};

use super::{NO_MATCH, providers, user_pools};
use crate::cx::Cx;
use crate::domain::identity_pool::{IdentityPool, LinkedLogin};
use crate::domain::role_choice::Claims;
use crate::error::Error;
use crate::sts::issuer;

/// Names and tokens, as they came.
pub type Logins = BTreeMap<String, SecretString>;

/// A login that was believed.
#[derive(Debug, Clone)]
pub struct VerifiedLogin {
    /// The provider and the person.
    pub linked: LinkedLogin,
    /// What the provider says of the person.
    pub claims: Claims,
    /// The name under which the pool maps roles for it.
    pub mapping_key: String,
    /// How tokens of ours tell that it was used.
    pub method: String,
}

/// Verifies every login.
///
/// # Errors
/// Cognito's refusal of the first one that is not believed.
pub async fn verify(cx: &Cx, pool: &IdentityPool, logins: &Logins) -> Result<Vec<VerifiedLogin>, Error> {
    let mut verified = Vec::with_capacity(logins.len());
    for (name, token) in logins {
        verified.push(verify_one(cx, pool, (name, token.expose_secret())).await?);
    }
    Ok(verified)
}

async fn verify_one(cx: &Cx, pool: &IdentityPool, (name, token): (&str, &str)) -> Result<VerifiedLogin, Error> {
    if name == issuer::PROVIDER {
        return Err(Error::not_authorized("Invalid login token. Can't pass in a Cognito token."));
    }
    if let Some(login) = user_pools::verify(cx, pool, (name, token)).await? {
        return Ok(login);
    }
    if let Some(login) = providers::verify(cx, pool, (name, token)).await? {
        return Ok(login);
    }
    let is_known = providers::is_public(name) || user_pools::is_name(name);
    Err(Error::not_authorized(if is_known { NO_MATCH } else { "Please provide a valid public provider" }))
}

/// Claims as rules and tags read them: every value as text, several one by one.
pub(super) fn claims_of(json: &Map<String, Value>) -> Claims {
    json.iter().map(|(name, value)| (name.clone(), texts(value))).collect()
}

fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::Null => Vec::new(),
        Value::String(text) => vec![text.clone()],
        Value::Array(several) => several.iter().flat_map(texts).collect(),
        other => vec![other.to_string()],
    }
}
