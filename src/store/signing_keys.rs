//! Owns the table of signing keys; private halves are sealed before they come here.

use super::{Db, moment, optional_number, text};
use crate::clock::Timestamp;
use crate::domain::ids::PoolId;
use crate::error::Error;

const INSERT: &str = "INSERT INTO signing_keys (kid, pool_id, purpose, sealed_private_key, active_at, retired_at) \
     VALUES ($1, $2, $3, $4, $5, NULL)";
const BY_POOL: &str = "SELECT kid, purpose, sealed_private_key, active_at, retired_at FROM signing_keys \
     WHERE pool_id = $1 ORDER BY active_at, kid";
const RETIRE: &str =
    "UPDATE signing_keys SET retired_at = $2 WHERE pool_id = $1 AND retired_at IS NULL AND active_at < $2";
const DELETE_RETIRED: &str = "DELETE FROM signing_keys WHERE pool_id = $1 AND retired_at < $2";

/// What a key signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyPurpose {
    /// ID tokens.
    Id,
    /// Access tokens.
    Access,
}

impl KeyPurpose {
    /// The word of the database.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::Access => "access",
        }
    }
}

/// A key as the database keeps it.
#[derive(Debug, Clone)]
pub struct KeyRow {
    /// The key id of the JWKS.
    pub kid: String,
    /// What it signs.
    pub purpose: KeyPurpose,
    /// The sealed PKCS#8 private key.
    pub sealed_private_key: String,
    /// From when on it signs; it is published before.
    pub active_at: Timestamp,
    /// Since when it no longer signs; it stays published while its tokens live.
    pub retired_at: Option<Timestamp>,
}

/// Keeps a new key.
///
/// # Errors
/// When the database fails.
pub async fn insert(db: &mut Db, pool: &PoolId, key: &KeyRow) -> Result<(), Error> {
    sqlx::query(INSERT)
        .bind(&key.kid)
        .bind(pool.as_str())
        .bind(key.purpose.name())
        .bind(&key.sealed_private_key)
        .bind(key.active_at.0)
        .execute(db)
        .await?;
    Ok(())
}

/// All keys of a pool, the oldest first.
///
/// # Errors
/// When the database fails.
pub async fn of_pool(db: &mut Db, pool: &PoolId) -> Result<Vec<KeyRow>, Error> {
    let rows = sqlx::query(BY_POOL).bind(pool.as_str()).fetch_all(db).await?;
    rows.iter()
        .map(|row| {
            Ok(KeyRow {
                kid: text(row, "kid")?,
                purpose: if text(row, "purpose")? == "id" { KeyPurpose::Id } else { KeyPurpose::Access },
                sealed_private_key: text(row, "sealed_private_key")?,
                active_at: moment(row, "active_at")?,
                retired_at: optional_number(row, "retired_at")?.map(Timestamp),
            })
        })
        .collect()
}

/// Marks every key that became active before `at` as retired from then on.
///
/// # Errors
/// When the database fails.
pub async fn retire_before(db: &mut Db, pool: &PoolId, at: Timestamp) -> Result<(), Error> {
    sqlx::query(RETIRE).bind(pool.as_str()).bind(at.0).execute(db).await?;
    Ok(())
}

/// Forgets keys that retired before `moment`; returns how many.
///
/// # Errors
/// When the database fails.
pub async fn delete_retired_before(db: &mut Db, pool: &PoolId, moment: Timestamp) -> Result<u64, Error> {
    Ok(sqlx::query(DELETE_RETIRED).bind(pool.as_str()).bind(moment.0).execute(db).await?.rows_affected())
}
