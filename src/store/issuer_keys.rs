//! Owns the table of the keys with which the identity pools' issuer signs. Private halves come sealed. A generation
//! can be made once only, whichever instance is first.

use super::{Db, moment, number, text};
use crate::clock::Timestamp;
use crate::error::Error;

const INSERT: &str = "INSERT INTO issuer_keys (generation, kid, sealed_private_key, active_at) \
     VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";
const NEWEST: &str = "SELECT generation, kid, sealed_private_key, active_at FROM issuer_keys \
     WHERE generation > 0 ORDER BY generation DESC LIMIT 3";

/// A key as the database keeps it.
#[derive(Debug, Clone)]
pub struct IssuerKeyRow {
    /// Counts from 1.
    pub generation: i64,
    /// The key id of the JWKS.
    pub kid: String,
    /// The sealed PKCS#8 private key.
    pub sealed_private_key: String,
    /// From when on it signs; it is published before.
    pub active_at: Timestamp,
}

/// Keeps a key; `false` when its generation exists.
///
/// # Errors
/// When the database fails.
pub async fn insert(db: &mut Db, key: &IssuerKeyRow) -> Result<bool, Error> {
    let done = sqlx::query(INSERT)
        .bind(key.generation)
        .bind(&key.kid)
        .bind(&key.sealed_private_key)
        .bind(key.active_at.0)
        .execute(db)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// The newest three keys, the newest first. Older ones signed nothing that still lives.
///
/// # Errors
/// When the database fails.
pub async fn newest(db: &mut Db) -> Result<Vec<IssuerKeyRow>, Error> {
    let rows = sqlx::query(NEWEST).fetch_all(db).await?;
    rows.iter()
        .map(|row| {
            Ok(IssuerKeyRow {
                generation: number(row, "generation")?,
                kid: text(row, "kid")?,
                sealed_private_key: text(row, "sealed_private_key")?,
                active_at: moment(row, "active_at")?,
            })
        })
        .collect()
}
