//! Owns the tables of second factors: what users said about them, and the secrets of their authenticator apps, which
//! come here sealed.

use super::{Db, document, number, optional_text, to_document};
use crate::domain::factor::{MfaPreference, UserFactors};
use crate::domain::ids::{PoolId, Sub};
use crate::error::Error;

const FIND: &str = "SELECT COALESCE(f.preference, '{}') AS preference, t.sealed_secret, t.device_name FROM users AS u \
     LEFT JOIN user_factors AS f ON f.pool_id = u.pool_id AND f.sub = u.sub \
     LEFT JOIN software_tokens AS t ON t.pool_id = u.pool_id AND t.sub = u.sub \
     WHERE u.pool_id = $1 AND u.sub = $2";
const SET_PREFERENCE: &str = "INSERT INTO user_factors (pool_id, sub, preference) VALUES ($1, $2, $3) \
     ON CONFLICT (pool_id, sub) DO UPDATE SET preference = excluded.preference WHERE user_factors.preference = $4";
const TOKEN: &str =
    "SELECT sealed_secret, pending_secret, last_step FROM software_tokens WHERE pool_id = $1 AND sub = $2";
const KEEP_PENDING: &str = "INSERT INTO software_tokens (pool_id, sub, sealed_secret, pending_secret, device_name, last_step) \
     VALUES ($1, $2, NULL, $3, NULL, 0) ON CONFLICT (pool_id, sub) DO UPDATE SET pending_secret = excluded.pending_secret";
const ACTIVATE: &str = "UPDATE software_tokens SET sealed_secret = pending_secret, pending_secret = NULL, \
     device_name = $4, last_step = $5 WHERE pool_id = $1 AND sub = $2 AND pending_secret = $3";
const USE_STEP: &str = "UPDATE software_tokens SET last_step = $3 WHERE pool_id = $1 AND sub = $2 AND last_step < $3";
const DELETE_TOKEN: &str = "DELETE FROM software_tokens WHERE pool_id = $1 AND sub = $2";

/// The secrets of an authenticator app as the database keeps them.
#[derive(Clone)]
pub struct TokenRow {
    /// The proven secret, sealed.
    pub sealed_secret: Option<String>,
    /// The secret that waits for its first code, sealed.
    pub pending_secret: Option<String>,
    /// The newest time step whose code was accepted.
    pub last_step: i64,
}

/// A secret that its first code proved.
#[derive(Clone)]
pub struct ProvenToken {
    /// The sealed secret that waited.
    pub pending_secret: String,
    /// What the user calls the device.
    pub device_name: Option<String>,
    /// The time step of the code.
    pub step: i64,
}

/// The second factors of a user; nobody has none.
///
/// # Errors
/// When the database fails.
pub async fn find(db: &mut Db, pool: &PoolId, sub: &Sub) -> Result<UserFactors, Error> {
    let row = sqlx::query(FIND).bind(pool.as_str()).bind(sub.as_str()).fetch_optional(db).await?;
    let Some(row) = row else { return Ok(UserFactors::default()) };
    Ok(UserFactors {
        preference: document(&row, "preference")?,
        has_software_token: optional_text(&row, "sealed_secret")?.is_some(),
        device_name: optional_text(&row, "device_name")?,
    })
}

/// Replaces what a user said; `false` when it is no longer `from`.
///
/// # Errors
/// When the database fails.
pub async fn set_preference(
    db: &mut Db,
    (pool, sub): (&PoolId, &Sub),
    (from, to): (&MfaPreference, &MfaPreference),
) -> Result<bool, Error> {
    let done = sqlx::query(SET_PREFERENCE)
        .bind(pool.as_str())
        .bind(sub.as_str())
        .bind(to_document(to)?)
        .bind(to_document(from)?)
        .execute(db)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// The secrets of a user's authenticator app.
///
/// # Errors
/// When the database fails.
pub async fn token(db: &mut Db, pool: &PoolId, sub: &Sub) -> Result<Option<TokenRow>, Error> {
    let row = sqlx::query(TOKEN).bind(pool.as_str()).bind(sub.as_str()).fetch_optional(db).await?;
    row.map(|row| {
        Ok(TokenRow {
            sealed_secret: optional_text(&row, "sealed_secret")?,
            pending_secret: optional_text(&row, "pending_secret")?,
            last_step: number(&row, "last_step")?,
        })
    })
    .transpose()
}

/// Keeps a secret that waits for its first code; an earlier one that waited stops working, a proven one stays.
///
/// # Errors
/// When the database fails.
pub async fn keep_pending(db: &mut Db, pool: &PoolId, sub: &Sub, sealed: &str) -> Result<(), Error> {
    sqlx::query(KEEP_PENDING).bind(pool.as_str()).bind(sub.as_str()).bind(sealed).execute(db).await?;
    Ok(())
}

/// Makes the secret that waited the proven one; `false` when another one waits by now.
///
/// # Errors
/// When the database fails.
pub async fn activate(db: &mut Db, pool: &PoolId, sub: &Sub, proven: &ProvenToken) -> Result<bool, Error> {
    let done = sqlx::query(ACTIVATE)
        .bind(pool.as_str())
        .bind(sub.as_str())
        .bind(&proven.pending_secret)
        .bind(proven.device_name.as_deref())
        .bind(proven.step)
        .execute(db)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// Uses the code of a time step up; `false` when it or a newer one was used before.
///
/// # Errors
/// When the database fails.
pub async fn use_step(db: &mut Db, pool: &PoolId, sub: &Sub, step: i64) -> Result<bool, Error> {
    let done = sqlx::query(USE_STEP).bind(pool.as_str()).bind(sub.as_str()).bind(step).execute(db).await?;
    Ok(done.rows_affected() == 1)
}

/// Forgets a user's authenticator app; `false` when there is none.
///
/// # Errors
/// When the database fails.
pub async fn delete_token(db: &mut Db, pool: &PoolId, sub: &Sub) -> Result<bool, Error> {
    let done = sqlx::query(DELETE_TOKEN).bind(pool.as_str()).bind(sub.as_str()).execute(db).await?;
    Ok(done.rows_affected() == 1)
}
