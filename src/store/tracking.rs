//! Owns what is tracked of sessions: token sessions, which are families, and browser sessions. It must not know which
//! pools track.

use sqlx::any::AnyRow;

use super::{Db, moment, optional_text, text};
use crate::clock::Timestamp;
use crate::domain::ids::{PoolId, Sub};
use crate::error::Error;

const TRACK_TOKENS: &str = "UPDATE families SET session_id = $2, created_at = $3, last_active_at = $3, address = $4, \
     device = $5, origin_session = $6 WHERE id = $1";
const TRACK_BROWSER: &str = "UPDATE sessions SET session_id = $2, last_active_at = $3, address = $4, device = $5, \
     client_id = $6 WHERE token_hash = $1";
const EVICT: &str = "UPDATE families SET revoked_at = $3 WHERE revoked_at IS NULL AND id IN \
     (SELECT id FROM families WHERE pool_id = $1 AND sub = $2 AND session_id IS NOT NULL AND revoked_at IS NULL \
     AND expires_at > $3 ORDER BY last_active_at DESC, id LIMIT 1000 OFFSET $4)";
const TOUCH: &str =
    "UPDATE families SET last_active_at = $2, address = $3, device = $4 WHERE id = $1 AND session_id IS NOT NULL";
const TOUCH_BROWSER: &str =
    "UPDATE sessions SET last_active_at = $4 WHERE pool_id = $1 AND sub = $2 AND session_id = $3";
const LIST: &str = "SELECT f.session_id, f.id AS family_id, f.client_id, f.created_at, f.last_active_at, f.address, \
     f.device, f.origin_session FROM families AS f WHERE f.pool_id = $1 AND f.sub = $2 AND f.session_id > $4 \
     AND f.revoked_at IS NULL AND f.expires_at > $3 \
     UNION ALL SELECT s.session_id, NULL, s.client_id, s.auth_time, s.last_active_at, s.address, s.device, NULL \
     FROM sessions AS s WHERE s.pool_id = $1 AND s.sub = $2 AND s.session_id > $4 AND s.expires_at > $3 \
     ORDER BY 1 LIMIT $5";
const REVOKE: &str = "UPDATE families SET revoked_at = $4 WHERE pool_id = $1 AND sub = $2 AND session_id = $3 \
     AND revoked_at IS NULL RETURNING origin_session";
const REVOKE_FROM: &str = "UPDATE families SET revoked_at = $4 \
     WHERE pool_id = $1 AND sub = $2 AND origin_session = $3 AND revoked_at IS NULL";
const END: &str = "DELETE FROM sessions WHERE pool_id = $1 AND sub = $2 AND session_id = $3";
const ORIGIN: &str = "SELECT origin_session FROM families WHERE id = $1";

/// When and from where a session was used.
#[derive(Debug, Clone)]
pub struct Activity {
    /// When.
    pub at: Timestamp,
    /// From which address.
    pub address: Option<String>,
    /// With which device.
    pub device: String,
}

/// A tracked session.
#[derive(Debug, Clone)]
pub struct TrackedSession {
    /// Its public id: `tkn…` or `sso…`.
    pub id: String,
    /// The family of a token session.
    pub family: Option<String>,
    /// The client that it was started through.
    pub client_id: Option<String>,
    /// When it began.
    pub created_at: Timestamp,
    /// When and from where it was last used.
    pub activity: Activity,
    /// The browser session that a token session came from.
    pub origin: Option<String>,
}

/// Tracks a family as the token session `id`, which came from the browser session `origin`.
///
/// # Errors
/// When the database fails.
pub async fn track_tokens(
    db: &mut Db,
    family: &str,
    (id, origin): (&str, Option<&str>),
    activity: &Activity,
) -> Result<(), Error> {
    sqlx::query(TRACK_TOKENS)
        .bind(family)
        .bind(id)
        .bind(activity.at.0)
        .bind(activity.address.clone())
        .bind(&activity.device)
        .bind(origin.map(str::to_owned))
        .execute(db)
        .await?;
    Ok(())
}

/// Tracks a browser session as `id`.
///
/// # Errors
/// When the database fails.
pub async fn track_browser(
    db: &mut Db,
    token_hash: &str,
    (id, client): (&str, &str),
    activity: &Activity,
) -> Result<(), Error> {
    sqlx::query(TRACK_BROWSER)
        .bind(token_hash)
        .bind(id)
        .bind(activity.at.0)
        .bind(activity.address.clone())
        .bind(&activity.device)
        .bind(client)
        .execute(db)
        .await?;
    Ok(())
}

/// Ends the token sessions of a user that were used longest ago, so that `most` are left.
///
/// # Errors
/// When the database fails.
pub async fn evict(db: &mut Db, (pool, sub): (&PoolId, &Sub), most: i64, at: Timestamp) -> Result<(), Error> {
    sqlx::query(EVICT).bind(pool.as_str()).bind(sub.as_str()).bind(at.0).bind(most).execute(db).await?;
    Ok(())
}

/// Notes a use of a token session; nothing happens to a family that is not tracked.
///
/// # Errors
/// When the database fails.
pub async fn touch(db: &mut Db, family: &str, activity: &Activity) -> Result<(), Error> {
    let query = sqlx::query(TOUCH).bind(family).bind(activity.at.0).bind(activity.address.clone());
    query.bind(&activity.device).execute(db).await?;
    Ok(())
}

/// Notes a use of a browser session. Where from stays: an app's server exchanges the code, not the browser.
///
/// # Errors
/// When the database fails.
pub async fn touch_browser(db: &mut Db, (pool, sub): (&PoolId, &Sub), id: &str, at: Timestamp) -> Result<(), Error> {
    sqlx::query(TOUCH_BROWSER).bind(pool.as_str()).bind(sub.as_str()).bind(id).bind(at.0).execute(db).await?;
    Ok(())
}

/// The live sessions of a user by id, after `after`.
///
/// # Errors
/// When the database fails.
pub async fn list(
    db: &mut Db,
    (pool, sub): (&PoolId, &Sub),
    (after, limit): (&str, i64),
    now: Timestamp,
) -> Result<Vec<TrackedSession>, Error> {
    let query = sqlx::query(LIST).bind(pool.as_str()).bind(sub.as_str()).bind(now.0);
    query.bind(after).bind(limit).fetch_all(db).await?.iter().map(read).collect()
}

/// Ends a token session; `None` when there is no live one of that id, else the browser session that it came from.
///
/// # Errors
/// When the database fails.
pub async fn revoke(
    db: &mut Db,
    (pool, sub): (&PoolId, &Sub),
    id: &str,
    at: Timestamp,
) -> Result<Option<Option<String>>, Error> {
    let query = sqlx::query(REVOKE).bind(pool.as_str()).bind(sub.as_str()).bind(id).bind(at.0);
    query.fetch_optional(db).await?.map(|row| optional_text(&row, "origin_session")).transpose()
}

/// Ends the token sessions that came from a browser session.
///
/// # Errors
/// When the database fails.
pub async fn revoke_from(db: &mut Db, (pool, sub): (&PoolId, &Sub), origin: &str, at: Timestamp) -> Result<(), Error> {
    sqlx::query(REVOKE_FROM).bind(pool.as_str()).bind(sub.as_str()).bind(origin).bind(at.0).execute(db).await?;
    Ok(())
}

/// Ends a browser session; `false` when there is none of that id.
///
/// # Errors
/// When the database fails.
pub async fn end(db: &mut Db, (pool, sub): (&PoolId, &Sub), id: &str) -> Result<bool, Error> {
    let done = sqlx::query(END).bind(pool.as_str()).bind(sub.as_str()).bind(id).execute(db).await?;
    Ok(done.rows_affected() == 1)
}

/// The browser session that a family came from.
///
/// # Errors
/// When the database fails.
pub async fn origin(db: &mut Db, family: &str) -> Result<Option<String>, Error> {
    let row = sqlx::query(ORIGIN).bind(family).fetch_optional(db).await?;
    row.map_or(Ok(None), |row| optional_text(&row, "origin_session"))
}

fn read(row: &AnyRow) -> Result<TrackedSession, Error> {
    Ok(TrackedSession {
        id: text(row, "session_id")?,
        family: optional_text(row, "family_id")?,
        client_id: optional_text(row, "client_id")?,
        created_at: moment(row, "created_at")?,
        activity: Activity {
            at: moment(row, "last_active_at")?,
            address: optional_text(row, "address")?,
            device: optional_text(row, "device")?.unwrap_or_default(),
        },
        origin: optional_text(row, "origin_session")?,
    })
}
