//! Owns the table of new addresses that count only once they are proven.

use super::{Db, text};
use crate::domain::ids::{PoolId, Sub};
use crate::error::Error;

const PUT: &str = "INSERT INTO pending_attributes (pool_id, sub, attribute, value) VALUES ($1, $2, $3, $4) \
     ON CONFLICT (pool_id, sub, attribute) DO UPDATE SET value = excluded.value";
const FIND: &str = "SELECT value FROM pending_attributes WHERE pool_id = $1 AND sub = $2 AND attribute = $3";
const TAKE: &str = "DELETE FROM pending_attributes WHERE pool_id = $1 AND sub = $2 AND attribute = $3 RETURNING value";

/// Keeps a value to be proven; an earlier one is forgotten.
///
/// # Errors
/// When the database fails.
pub async fn put(db: &mut Db, (pool, sub): (&PoolId, &Sub), (attribute, value): (&str, &str)) -> Result<(), Error> {
    sqlx::query(PUT).bind(pool.as_str()).bind(sub.as_str()).bind(attribute).bind(value).execute(db).await?;
    Ok(())
}

/// The value of an attribute that is to be proven.
///
/// # Errors
/// When the database fails.
pub async fn find(db: &mut Db, (pool, sub): (&PoolId, &Sub), attribute: &str) -> Result<Option<String>, Error> {
    let row = sqlx::query(FIND).bind(pool.as_str()).bind(sub.as_str()).bind(attribute).fetch_optional(db).await?;
    row.map(|row| text(&row, "value")).transpose()
}

/// Takes the value of an attribute that is to be proven out of the table.
///
/// # Errors
/// When the database fails.
pub async fn take(db: &mut Db, (pool, sub): (&PoolId, &Sub), attribute: &str) -> Result<Option<String>, Error> {
    let row = sqlx::query(TAKE).bind(pool.as_str()).bind(sub.as_str()).bind(attribute).fetch_optional(db).await?;
    row.map(|row| text(&row, "value")).transpose()
}
