//! Owns the token family: everything that one sign-in gave out, revoked together.

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::domain::ids::{ClientId, PoolId, Sub};

/// The face that issued a family's tokens; it decides a few claims.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Issued {
    /// The user pools API.
    Api,
    /// The OAuth endpoints.
    OAuth,
}

/// All tokens of one sign-in. Its id is the `origin_jti` of each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenFamily {
    /// `origin_jti`.
    pub id: String,
    /// The pool.
    pub pool_id: PoolId,
    /// The client that may refresh.
    pub client_id: ClientId,
    /// The user.
    pub sub: Sub,
    /// When the user authenticated (`auth_time`).
    pub auth_time: Timestamp,
    /// When the refresh tokens stop working; rotation does not move it.
    pub expires_at: Timestamp,
    /// What else the tokens carry.
    pub details: FamilyDetails,
}

/// The parts of a family that no query looks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FamilyDetails {
    /// Who issued the tokens.
    pub issued: Issued,
    /// The granted scopes.
    pub scopes: Vec<String>,
    /// `event_id` of the sign-in.
    pub event_id: String,
    /// `nonce` of the authorization request.
    #[serde(default)]
    pub nonce: Option<String>,
    /// The resource indicator (RFC 8707), `aud` of the access token.
    #[serde(default)]
    pub resource: Option<String>,
    /// The device of the sign-in, in a pool that tracks devices.
    #[serde(default)]
    pub device: Option<FamilyDevice>,
    /// The level of assurance that a provider vouched for, `acr` of both tokens.
    #[serde(default)]
    pub acr: Option<String>,
}

/// The device of a sign-in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FamilyDevice {
    /// Its key, `device_key` of the access token.
    pub key: String,
    /// Whether it was confirmed: then the tokens can be refreshed only as long as it is not forgotten.
    pub is_confirmed: bool,
}
