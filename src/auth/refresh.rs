//! Owns refreshing and revoking: new tokens for an old sign-in, with and without rotation, and the end of a family.

use std::sync::Arc;

use super::tokens::{self, Issue, Tokens};
use super::tracking;
use crate::clock::Timestamp;
use crate::crypto::digest;
use crate::cx::{ClientEntry, Cx};
use crate::domain::client::Rotation;
use crate::domain::group::GroupClaims;
use crate::domain::ids::{PoolId, Sub};
use crate::domain::token_family::TokenFamily;
use crate::error::Error;
use crate::store::families::Refresh;
use crate::store::{self, Db};

/// New tokens for a refresh token of `client`. With rotation a new refresh token comes along and the old one works
/// for the grace period only; used after it, the whole family dies. Tokens of a tracked device need its key.
///
/// # Errors
/// Cognito's refusals: unknown, foreign, expired, revoked, reused, user disabled, without the device.
pub async fn refresh(
    cx: &Cx,
    client: &Arc<ClientEntry>,
    (token, device_key): (&str, Option<&str>),
) -> Result<Tokens, Error> {
    let hash = digest::sha256_base64url(token);
    let now = cx.now();
    let found = store::families::by_token(&mut *cx.store.read_mapped().await?, &hash).await?;
    let mut found = check(client, found, now)?;
    check_device(cx, client, (&found.family, device_key)).await?;
    let rotation = client.client.rotation();
    let replaced_at = found.superseded_at;
    let grace = rotation.map_or(0, |rotation| rotation.grace_seconds);
    if replaced_at.is_some_and(|moment| moment.plus_seconds(grace) <= now) {
        return Err(punish_reuse(cx, &found).await?);
    }
    let new_token = match rotation {
        None => None,
        Some(rotation) => match rotate(cx, (&found.family.id, hash), (rotation, now)).await? {
            Some(token) => Some(token),
            None => return Err(punish_reuse(cx, &found).await?),
        },
    };
    tracking::touch(cx, client, &found.family.id).await?;
    let groups = GroupClaims::of(std::mem::take(&mut found.memberships));
    let mut signed = tokens::sign(cx, &Issue { client, user: &found.user, groups: &groups, family: &found.family })?;
    signed.refresh = new_token;
    Ok(signed)
}

/// Revokes the family of a refresh token, and where `is_linked` ends the browser session that it came from. An unknown token is revoked already (RFC 7009 §2.2).
///
/// # Errors
/// Refusals: an access or ID token, revocation switched off, a token of another client.
pub async fn revoke(cx: &Cx, client: &ClientEntry, (token, is_linked): (&str, bool)) -> Result<(), Error> {
    if client.client.settings.is_revocation_disabled {
        return Err(Error::UnsupportedOperation("Revocation is not enabled for this client"));
    }
    if crate::crypto::jwt::peek_kid(token).is_some_and(|kid| client.pool.keys.knows(&kid)) {
        return Err(Error::UnsupportedTokenType("Unsupported token type"));
    }
    let hash = digest::sha256_base64url(token);
    let found = store::families::by_token(&mut *cx.store.read_mapped().await?, &hash).await?;
    let Some(found) = found else { return Ok(()) };
    if found.family.client_id != client.client.id {
        return Err(Error::Unauthorized("The refresh token was not issued to this client"));
    }
    let now = cx.now();
    tracing::info!(pool = %found.family.pool_id, sub = %found.family.sub, "token family revoked");
    cx.store
        .write(move |db| {
            Box::pin(async move {
                let family = &found.family;
                if is_linked {
                    tracking::end_origin(db, (&family.pool_id, &family.sub), &family.id).await?;
                }
                store::families::revoke(db, &family.id, now).await
            })
        })
        .await
}

/// Ends every sign-in of a user: all families, and tokens that name none.
///
/// # Errors
/// When the database fails.
pub async fn sign_out_everywhere(cx: &Cx, user: &crate::domain::user::User) -> Result<(), Error> {
    let (pool, sub, now) = (user.pool_id.clone(), user.sub.clone(), cx.now());
    cx.store.write(move |db| Box::pin(async move { end_tokens(db, (&pool, &sub), now).await })).await
}

/// Ends all tokens of a user.
pub(super) async fn end_tokens(db: &mut Db, (pool, sub): (&PoolId, &Sub), now: Timestamp) -> Result<(), Error> {
    tracing::info!(%pool, %sub, "signed out everywhere");
    store::families::revoke_of_user(db, pool, sub, now).await?;
    store::users::sign_out(db, pool, sub, now).await
}

fn check(client: &ClientEntry, found: Option<Refresh>, now: Timestamp) -> Result<Refresh, Error> {
    let invalid = || Error::not_authorized("Invalid Refresh Token");
    let found = found.filter(|found| found.family.client_id == client.client.id).ok_or_else(invalid)?;
    if found.is_revoked {
        return Err(Error::not_authorized("Refresh Token has been revoked"));
    }
    if found.family.expires_at <= now {
        return Err(Error::not_authorized("Refresh Token has expired"));
    }
    if !found.user.is_enabled {
        return Err(Error::Disabled);
    }
    Ok(found)
}

/// Whether the app runs on the device of the sign-in, which must not have been forgotten since it was confirmed.
async fn check_device(cx: &Cx, client: &ClientEntry, (family, key): (&TokenFamily, Option<&str>)) -> Result<(), Error> {
    let Some(device) = family.details.device.as_ref().filter(|_| client.pool.pool.settings.devices.is_some()) else {
        return Ok(());
    };
    let invalid = Error::not_authorized("Invalid Refresh Token");
    if key != Some(device.key.as_str()) {
        return Err(invalid);
    }
    let owner = (&family.pool_id, &family.sub);
    let is_known =
        !device.is_confirmed || store::devices::find(&mut *cx.store.read().await?, owner, &device.key).await?.is_some();
    if is_known { Ok(()) } else { Err(invalid) }
}

/// Replaces a refresh token: the old one keeps the moment of its first replacement, the family must still live.
/// `None` when another use, made in parallel, was quicker and there is no grace: that is reuse as well.
async fn rotate(
    cx: &Cx,
    (family, old_hash): (&str, String),
    (rotation, now): (Rotation, Timestamp),
) -> Result<Option<String>, Error> {
    let token = cx.random().token();
    let (family, new_hash) = (family.to_owned(), digest::sha256_base64url(&token));
    let is_granted = cx
        .store
        .write(move |db: &mut Db| {
            Box::pin(async move {
                let is_first = store::families::rotate(db, &family, (&old_hash, &new_hash), now).await?;
                let revoked = || Error::not_authorized("Refresh Token has been revoked");
                Ok(is_first.ok_or_else(revoked)? || rotation.grace_seconds > 0)
            })
        })
        .await?;
    Ok(is_granted.then_some(token))
}

async fn punish_reuse(cx: &Cx, found: &Refresh) -> Result<Error, Error> {
    let (family, now) = (found.family.id.clone(), cx.now());
    tracing::warn!(pool = %found.family.pool_id, sub = %found.family.sub, "a replaced refresh token came back: the family is revoked");
    cx.store.write(move |db| Box::pin(async move { store::families::revoke(db, &family, now).await })).await?;
    Ok(Error::RefreshTokenReuse)
}
