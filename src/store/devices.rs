//! Owns the table of devices that users confirmed.

use sqlx::any::AnyRow;

use super::{Db, document, moment, number, text, to_document};
use crate::clock::Timestamp;
use crate::domain::device::{Device, DeviceDetails};
use crate::domain::ids::{PoolId, Sub};
use crate::error::Error;

const INSERT: &str = "INSERT INTO devices (pool_id, sub, device_key, sealed_verifier, remembered, created_at, modified_at, \
     authenticated_at, doc) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING";
const FIND: &str = "SELECT pool_id, sub, device_key, sealed_verifier, remembered, created_at, modified_at, \
     authenticated_at, doc FROM devices WHERE pool_id = $1 AND sub = $2 AND device_key = $3";
const LIST: &str = "SELECT pool_id, sub, device_key, sealed_verifier, remembered, created_at, modified_at, \
     authenticated_at, doc FROM devices WHERE pool_id = $1 AND sub = $2 AND device_key > $3 ORDER BY device_key LIMIT $4";
const SET_REMEMBERED: &str = "UPDATE devices SET remembered = $4, modified_at = $5 \
     WHERE pool_id = $1 AND sub = $2 AND device_key = $3";
const NOTE_USE: &str = "UPDATE devices SET authenticated_at = $4, modified_at = $4, doc = $5 \
     WHERE pool_id = $1 AND sub = $2 AND device_key = $3";
const DELETE: &str = "DELETE FROM devices WHERE pool_id = $1 AND sub = $2 AND device_key = $3";

/// Keeps a device; `false` when the user has one of that key.
///
/// # Errors
/// When the database fails.
pub async fn insert(db: &mut Db, device: &Device) -> Result<bool, Error> {
    let done = sqlx::query(INSERT)
        .bind(device.pool_id.as_str())
        .bind(device.sub.as_str())
        .bind(&device.key)
        .bind(&device.sealed_verifier)
        .bind(i64::from(device.is_remembered))
        .bind(device.created_at.0)
        .bind(device.modified_at.0)
        .bind(device.authenticated_at.0)
        .bind(to_document(&device.details)?)
        .execute(db)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// The user's device of that key.
///
/// # Errors
/// When the database fails.
pub async fn find(db: &mut Db, (pool, sub): (&PoolId, &Sub), key: &str) -> Result<Option<Device>, Error> {
    let row = sqlx::query(FIND).bind(pool.as_str()).bind(sub.as_str()).bind(key).fetch_optional(db).await?;
    row.as_ref().map(read).transpose()
}

/// At most `limit` of the user's devices, by key, from the one after `after`.
///
/// # Errors
/// When the database fails.
pub async fn list(
    db: &mut Db,
    (pool, sub): (&PoolId, &Sub),
    (after, limit): (&str, i64),
) -> Result<Vec<Device>, Error> {
    let rows = sqlx::query(LIST).bind(pool.as_str()).bind(sub.as_str()).bind(after).bind(limit).fetch_all(db).await?;
    rows.iter().map(read).collect()
}

/// Trusts a device at sign-in, or no longer; `false` when there is none.
///
/// # Errors
/// When the database fails.
pub async fn set_remembered(
    db: &mut Db,
    (pool, sub): (&PoolId, &Sub),
    (key, is_remembered): (&str, bool),
    at: Timestamp,
) -> Result<bool, Error> {
    let done = sqlx::query(SET_REMEMBERED)
        .bind(pool.as_str())
        .bind(sub.as_str())
        .bind(key)
        .bind(i64::from(is_remembered))
        .bind(at.0)
        .execute(db)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// Notes that somebody signed in with a device; `false` when it is gone.
///
/// # Errors
/// When the database fails.
pub async fn note_use(
    db: &mut Db,
    (pool, sub): (&PoolId, &Sub),
    (key, details): (&str, &DeviceDetails),
    at: Timestamp,
) -> Result<bool, Error> {
    let done = sqlx::query(NOTE_USE)
        .bind(pool.as_str())
        .bind(sub.as_str())
        .bind(key)
        .bind(at.0)
        .bind(to_document(details)?)
        .execute(db)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// Forgets a device; `false` when there is none.
///
/// # Errors
/// When the database fails.
pub async fn delete(db: &mut Db, (pool, sub): (&PoolId, &Sub), key: &str) -> Result<bool, Error> {
    let done = sqlx::query(DELETE).bind(pool.as_str()).bind(sub.as_str()).bind(key).execute(db).await?;
    Ok(done.rows_affected() == 1)
}

fn read(row: &AnyRow) -> Result<Device, Error> {
    Ok(Device {
        pool_id: PoolId::parse(&text(row, "pool_id")?).ok_or_else(|| Error::internal("a malformed pool id"))?,
        sub: Sub(text(row, "sub")?),
        key: text(row, "device_key")?,
        sealed_verifier: text(row, "sealed_verifier")?,
        is_remembered: number(row, "remembered")? == 1,
        created_at: moment(row, "created_at")?,
        modified_at: moment(row, "modified_at")?,
        authenticated_at: moment(row, "authenticated_at")?,
        details: document(row, "doc")?,
    })
}
