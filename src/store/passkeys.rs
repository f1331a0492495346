//! Owns the tables of passkeys and of their registrations under way.

use sqlx::any::AnyRow;

use super::{Db, document, moment, number, optional_number, text, to_document};
use crate::clock::Timestamp;
use crate::domain::ids::{ClientId, PoolId, Sub};
use crate::domain::passkey::Passkey;
use crate::error::Error;

const INSERT: &str = "INSERT INTO passkeys (pool_id, id, sub, sign_count, public_key, created_at, used_at, doc) \
     SELECT $1, $2, $3, $4, $5, $6, NULL, $7 \
     WHERE (SELECT COUNT(*) FROM passkeys WHERE pool_id = $1 AND sub = $3) < $8 ON CONFLICT DO NOTHING";
const FIND: &str = "SELECT pool_id, id, sub, sign_count, public_key, created_at, used_at, doc FROM passkeys \
     WHERE pool_id = $1 AND id = $2";
const OF_USER: &str = "SELECT pool_id, id, sub, sign_count, public_key, created_at, used_at, doc FROM passkeys \
     WHERE pool_id = $1 AND sub = $2 ORDER BY created_at, id";
const USE: &str = "UPDATE passkeys SET sign_count = $3, public_key = $4, used_at = $5 \
     WHERE pool_id = $1 AND id = $2 AND (sign_count < $3 OR (sign_count = 0 AND $3 = 0))";
const DELETE: &str = "DELETE FROM passkeys WHERE pool_id = $1 AND sub = $2 AND id = $3";
const START: &str = "INSERT INTO passkey_registrations (pool_id, sub, client_id, sealed_state, expires_at) \
     VALUES ($1, $2, $3, $4, $5) ON CONFLICT (pool_id, sub) DO UPDATE SET client_id = excluded.client_id, \
     sealed_state = excluded.sealed_state, expires_at = excluded.expires_at";
const STARTED_BY: &str =
    "SELECT client_id FROM passkey_registrations WHERE pool_id = $1 AND sub = $2 AND expires_at > $3";
const TAKE: &str = "DELETE FROM passkey_registrations WHERE pool_id = $1 AND sub = $2 AND client_id = $3 \
     AND expires_at > $4 RETURNING sealed_state";

/// A registration to keep until its answer comes.
#[derive(Debug, Clone)]
pub struct Registration {
    /// The pool.
    pub pool_id: PoolId,
    /// The user.
    pub sub: Sub,
    /// The client that started it and must finish it.
    pub client_id: ClientId,
    /// What the answer is checked with, sealed.
    pub sealed_state: String,
    /// When it is too late.
    pub expires_at: Timestamp,
}

/// Keeps a new passkey; `false` when its id is taken or the user has `most` already.
///
/// # Errors
/// When the database fails.
pub async fn insert(db: &mut Db, passkey: &Passkey, most: usize) -> Result<bool, Error> {
    let done = sqlx::query(INSERT)
        .bind(passkey.pool_id.as_str())
        .bind(&passkey.id)
        .bind(passkey.sub.as_str())
        .bind(passkey.sign_count)
        .bind(&passkey.public_key)
        .bind(passkey.created_at.0)
        .bind(to_document(&passkey.details)?)
        .bind(i64::try_from(most).unwrap_or(i64::MAX))
        .execute(db)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// The passkey of that id.
///
/// # Errors
/// When the database fails.
pub async fn find(db: &mut Db, pool: &PoolId, id: &str) -> Result<Option<Passkey>, Error> {
    let row = sqlx::query(FIND).bind(pool.as_str()).bind(id).fetch_optional(db).await?;
    row.as_ref().map(read).transpose()
}

/// A user's passkeys, oldest first.
///
/// # Errors
/// When the database fails.
pub async fn of_user(db: &mut Db, pool: &PoolId, sub: &Sub) -> Result<Vec<Passkey>, Error> {
    let rows = sqlx::query(OF_USER).bind(pool.as_str()).bind(sub.as_str()).fetch_all(db).await?;
    rows.iter().map(read).collect()
}

/// Notes that a passkey, as it is now, has signed; `false` when its counter did not go on, so that it may be a copy.
///
/// # Errors
/// When the database fails.
pub async fn note_use(db: &mut Db, passkey: &Passkey, at: Timestamp) -> Result<bool, Error> {
    let done = sqlx::query(USE)
        .bind(passkey.pool_id.as_str())
        .bind(&passkey.id)
        .bind(passkey.sign_count)
        .bind(&passkey.public_key)
        .bind(at.0)
        .execute(db)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// Deletes a user's passkey; `false` when the user has no such one.
///
/// # Errors
/// When the database fails.
pub async fn delete(db: &mut Db, (pool, sub): (&PoolId, &Sub), id: &str) -> Result<bool, Error> {
    let done = sqlx::query(DELETE).bind(pool.as_str()).bind(sub.as_str()).bind(id).execute(db).await?;
    Ok(done.rows_affected() == 1)
}

/// Keeps a registration under way, in place of an earlier one of the user.
///
/// # Errors
/// When the database fails.
pub async fn start(db: &mut Db, registration: &Registration) -> Result<(), Error> {
    sqlx::query(START)
        .bind(registration.pool_id.as_str())
        .bind(registration.sub.as_str())
        .bind(registration.client_id.as_str())
        .bind(&registration.sealed_state)
        .bind(registration.expires_at.0)
        .execute(db)
        .await?;
    Ok(())
}

/// The client through which the user's registration under way was started.
///
/// # Errors
/// When the database fails.
pub async fn started_by(db: &mut Db, (pool, sub): (&PoolId, &Sub), now: Timestamp) -> Result<Option<ClientId>, Error> {
    let row = sqlx::query(STARTED_BY).bind(pool.as_str()).bind(sub.as_str()).bind(now.0).fetch_optional(db).await?;
    Ok(row.map(|row| text(&row, "client_id")).transpose()?.and_then(|id| ClientId::parse(&id)))
}

/// Takes the user's registration under way, once: what its answer is checked with, sealed.
///
/// # Errors
/// When the database fails.
pub async fn take(
    db: &mut Db,
    (pool, sub): (&PoolId, &Sub),
    client: &ClientId,
    now: Timestamp,
) -> Result<Option<String>, Error> {
    let row = sqlx::query(TAKE)
        .bind(pool.as_str())
        .bind(sub.as_str())
        .bind(client.as_str())
        .bind(now.0)
        .fetch_optional(db)
        .await?;
    row.map(|row| text(&row, "sealed_state")).transpose()
}

fn read(row: &AnyRow) -> Result<Passkey, Error> {
    Ok(Passkey {
        pool_id: PoolId::parse(&text(row, "pool_id")?).ok_or_else(|| Error::internal("a malformed pool id"))?,
        id: text(row, "id")?,
        sub: Sub(text(row, "sub")?),
        sign_count: number(row, "sign_count")?,
        public_key: text(row, "public_key")?,
        created_at: moment(row, "created_at")?,
        used_at: optional_number(row, "used_at")?.map(Timestamp),
        details: document(row, "doc")?,
    })
}
