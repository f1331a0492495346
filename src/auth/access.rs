//! Owns the check of a token of ours that somebody brings: signature, issuer, use, time, revocation, the user's state.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value;

use crate::crypto::jwt;
use crate::cx::{ClientEntry, Cx, PoolEntry};
use crate::domain::ids::Sub;
use crate::domain::scope;
use crate::domain::user::User;
use crate::error::{Error, Thing};
use crate::store;
use crate::store::signing_keys::KeyPurpose;

/// The claims of a token that matter here: of an access token, or of an ID token.
#[derive(Debug, Clone, Deserialize)]
pub struct TokenClaims {
    /// The user.
    pub sub: String,
    /// The issuer.
    pub iss: String,
    /// The client that got it; an ID token says so in `aud`.
    #[serde(default)]
    pub client_id: String,
    /// `access` or `id`.
    pub token_use: String,
    /// Space-separated scopes.
    #[serde(default)]
    pub scope: String,
    /// When it stops working, seconds since the epoch.
    pub exp: i64,
    /// When it was issued.
    pub iat: i64,
    /// Its family, where the client's tokens can be revoked.
    #[serde(default)]
    pub origin_jti: Option<String>,
    /// The device of the sign-in.
    #[serde(default)]
    pub device_key: Option<String>,
    /// The user name; absent in tokens of clients that act for themselves.
    #[serde(default, alias = "cognito:username")]
    pub username: Option<String>,
    /// When the user authenticated, seconds since the epoch.
    #[serde(default)]
    pub auth_time: i64,
    /// Who acts for the user, and for whom that one acts (RFC 8693 §4.1).
    #[serde(default)]
    pub act: Option<Value>,
}

/// Somebody who brought a good access token.
pub struct Bearer {
    /// The pool.
    pub pool: Arc<PoolEntry>,
    /// The user.
    pub user: User,
    /// The token's claims.
    pub claims: TokenClaims,
}

/// Checks an access token that must hold `required_scope`.
///
/// # Errors
/// Cognito's refusals: invalid, expired, revoked, without the scope, user gone or disabled.
pub async fn authenticate(cx: &Cx, token: &str, required_scope: &str) -> Result<Bearer, Error> {
    let (pool, claims) = verify(cx, token, KeyPurpose::Access).await?;
    if claims.username.is_none() || !claims.scope.split(' ').any(|scope| scope == required_scope) {
        return Err(Error::not_authorized("Access Token does not have required scopes"));
    }
    let user = user_of(cx, &pool, &claims).await?;
    Ok(Bearer { pool, user, claims })
}

/// The user of a verified token, whose sign-in still counts.
///
/// # Errors
/// Cognito's refusals: revoked, user gone or disabled.
pub(super) async fn user_of(cx: &Cx, pool: &PoolEntry, claims: &TokenClaims) -> Result<User, Error> {
    let sub = Sub(claims.sub.clone());
    let family = claims.origin_jti.as_deref().unwrap_or_default();
    let found = store::users::bearer(&mut *cx.store.read_mapped().await?, &pool.pool.id, &sub, family).await?;
    let found = found.ok_or(Error::NotFound(Thing::User))?;
    // Without a family in the token, only a global sign-out can end it; the second of the sign-out counts as after it.
    let is_live = match &claims.origin_jti {
        Some(_) => found.has_live_family,
        None => claims.iat > found.user.signed_out_at.seconds(),
    };
    if !is_live {
        return Err(Error::not_authorized("Access Token has been revoked"));
    }
    if !found.user.is_enabled {
        return Err(Error::Disabled);
    }
    Ok(found.user)
}

/// Checks an access token of `pool`, of a person or of a client for itself. The client that got it must still be there.
///
/// # Errors
/// Cognito's refusals: invalid, expired, of another pool, revoked, user or client gone.
pub async fn bearer_of_any_kind(
    cx: &Cx,
    pool: &PoolEntry,
    token: &str,
) -> Result<(TokenClaims, Arc<ClientEntry>), Error> {
    let (issuer, claims) = verify(cx, token, KeyPurpose::Access).await?;
    if issuer.pool.id != pool.pool.id {
        return Err(Error::not_authorized("Invalid Access Token"));
    }
    if claims.username.is_some() {
        user_of(cx, &issuer, &claims).await?;
    }
    let client = cx.client_of_pool(pool.pool.id.as_str(), &claims.client_id).await?;
    Ok((claims, client))
}

/// The scopes of a bearer's token.
#[must_use]
pub fn scopes(claims: &TokenClaims) -> Vec<String> {
    scope::parse_list(&claims.scope).unwrap_or_default()
}

/// Verifies a token of that kind: signature, issuer, use, time.
///
/// # Errors
/// Cognito's refusals: invalid, expired.
pub(super) async fn verify(cx: &Cx, token: &str, purpose: KeyPurpose) -> Result<(Arc<PoolEntry>, TokenClaims), Error> {
    let invalid = || Error::not_authorized("Invalid Access Token");
    let kid = jwt::peek_kid(token).ok_or_else(invalid)?;
    // Nothing of this is believed before the signature by the key of that very pool is verified, below.
    let claims: TokenClaims = jwt::peek_claims(token).ok_or_else(invalid)?;
    let (_, pool_id) = claims.iss.rsplit_once('/').ok_or_else(invalid)?;
    let pool = cx.pool_named(pool_id).await.map_err(|fault| match fault {
        Error::NotFound(_) => invalid(),
        other => other,
    })?;
    if !pool.keys.is_signed(token, (&kid, purpose)).ok_or_else(invalid)? {
        return Err(Error::not_authorized("Could not verify signature for Access Token"));
    }
    if claims.token_use != purpose.name() || claims.iss != pool.issuer {
        return Err(invalid());
    }
    if claims.exp <= cx.now().seconds() {
        return Err(Error::not_authorized("Access Token has expired"));
    }
    Ok((pool, claims))
}
