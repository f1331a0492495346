//! Owns the table of one-time codes that people type. Codes come here as MACs.

use super::{Db, moment, text};
use crate::clock::Timestamp;
use crate::domain::code::CodePurpose;
use crate::domain::ids::{PoolId, Sub};
use crate::error::Error;

const PUT: &str = "INSERT INTO codes (pool_id, sub, purpose, code_mac, attribute, expires_at) VALUES ($1, $2, $3, $4, $5, $6) \
     ON CONFLICT (pool_id, sub, purpose) DO UPDATE SET code_mac = excluded.code_mac, attribute = excluded.attribute, \
     expires_at = excluded.expires_at";
const FIND: &str = "SELECT code_mac, attribute, expires_at FROM codes WHERE pool_id = $1 AND sub = $2 AND purpose = $3";
const FORGET_SENT_TO: &str = "DELETE FROM codes WHERE pool_id = $1 AND sub = $2 AND attribute = $3";
const TAKE: &str = "DELETE FROM codes WHERE pool_id = $1 AND sub = $2 AND purpose = $3 AND code_mac = $4";

/// A code as the database keeps it.
#[derive(Debug, Clone)]
pub struct CodeRow {
    /// The code under a key that the database does not hold.
    pub code_mac: String,
    /// The attribute that it was sent to, and proves.
    pub attribute: String,
    /// When it stops working.
    pub expires_at: Timestamp,
}

/// Keeps a code; an earlier one for the same purpose stops working.
///
/// # Errors
/// When the database fails.
pub async fn put(db: &mut Db, pool: &PoolId, sub: &Sub, purpose: CodePurpose, code: &CodeRow) -> Result<(), Error> {
    sqlx::query(PUT)
        .bind(pool.as_str())
        .bind(sub.as_str())
        .bind(purpose.name())
        .bind(&code.code_mac)
        .bind(&code.attribute)
        .bind(code.expires_at.0)
        .execute(db)
        .await?;
    Ok(())
}

/// The code of a user for a purpose.
///
/// # Errors
/// When the database fails.
pub async fn find(db: &mut Db, pool: &PoolId, sub: &Sub, purpose: CodePurpose) -> Result<Option<CodeRow>, Error> {
    let row = sqlx::query(FIND).bind(pool.as_str()).bind(sub.as_str()).bind(purpose.name()).fetch_optional(db).await?;
    row.map(|row| {
        Ok(CodeRow {
            code_mac: text(&row, "code_mac")?,
            attribute: text(&row, "attribute")?,
            expires_at: moment(&row, "expires_at")?,
        })
    })
    .transpose()
}

/// Uses a code up; `false` when somebody was quicker.
///
/// # Errors
/// When the database fails.
pub async fn take(db: &mut Db, pool: &PoolId, sub: &Sub, purpose: CodePurpose, code_mac: &str) -> Result<bool, Error> {
    let done = sqlx::query(TAKE)
        .bind(pool.as_str())
        .bind(sub.as_str())
        .bind(purpose.name())
        .bind(code_mac)
        .execute(db)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// Ends the codes of a user that were sent to an attribute: its value is another one now.
///
/// # Errors
/// When the database fails.
pub async fn forget_sent_to(db: &mut Db, (pool, sub): (&PoolId, &Sub), attribute: &str) -> Result<(), Error> {
    sqlx::query(FORGET_SENT_TO).bind(pool.as_str()).bind(sub.as_str()).bind(attribute).execute(db).await?;
    Ok(())
}
