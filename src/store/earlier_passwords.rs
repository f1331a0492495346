//! Owns the table of passwords that may not be used again. It must not know how many a pool's policy asks for.

use super::{Db, text};
use crate::clock::Timestamp;
use crate::domain::ids::{PoolId, Sub};
use crate::error::Error;

const NEWEST: &str = "SELECT password_hash FROM earlier_passwords WHERE pool_id = $1 AND sub = $2 \
     ORDER BY replaced_at DESC, password_hash LIMIT $3";
const KEEP: &str = "INSERT INTO earlier_passwords (pool_id, sub, password_hash, replaced_at) \
     SELECT pool_id, sub, password_hash, $3 FROM users WHERE pool_id = $1 AND sub = $2 \
     AND password_hash IS NOT NULL AND password_expires_at IS NULL ON CONFLICT DO NOTHING";
const FORGET: &str = "DELETE FROM earlier_passwords WHERE pool_id = $1 AND sub = $2 AND password_hash NOT IN \
     (SELECT password_hash FROM earlier_passwords WHERE pool_id = $1 AND sub = $2 \
     ORDER BY replaced_at DESC, password_hash LIMIT $3)";

/// The hashes of the `limit` passwords that were replaced last.
///
/// # Errors
/// When the database fails.
pub async fn newest(db: &mut Db, (pool, sub): (&PoolId, &Sub), limit: i64) -> Result<Vec<String>, Error> {
    let rows = sqlx::query(NEWEST).bind(pool.as_str()).bind(sub.as_str()).bind(limit).fetch_all(db).await?;
    rows.iter().map(|row| text(row, "password_hash")).collect()
}

/// Remembers the user's present password, unless it is a temporary one, before another takes its place; of all that
/// were replaced, `limit` stay.
///
/// # Errors
/// When the database fails.
pub async fn remember(db: &mut Db, (pool, sub): (&PoolId, &Sub), limit: i64, at: Timestamp) -> Result<(), Error> {
    if limit > 0 {
        sqlx::query(KEEP).bind(pool.as_str()).bind(sub.as_str()).bind(at.0).execute(&mut *db).await?;
    }
    sqlx::query(FORGET).bind(pool.as_str()).bind(sub.as_str()).bind(limit).execute(db).await?;
    Ok(())
}
