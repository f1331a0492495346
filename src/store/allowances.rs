//! Owns the table of what was done how often within an hour. One statement counts and refuses, so that calls in
//! parallel, on one instance or several, are all counted.

use super::Db;
use crate::clock::Timestamp;
use crate::domain::allowance::{Allowance, WINDOW_SECONDS};
use crate::domain::ids::{PoolId, Sub};
use crate::error::Error;

const USE: &str = "INSERT INTO allowances (subject, used, since) VALUES ($1, 1, $2) ON CONFLICT (subject) DO UPDATE SET \
     used = CASE WHEN allowances.since <= $3 THEN 1 ELSE allowances.used + 1 END, \
     since = CASE WHEN allowances.since <= $3 THEN $2 ELSE allowances.since END \
     WHERE allowances.since <= $3 OR allowances.used < $4";

/// Counts a use; `false` when the hour's allowance is used up, and then nothing is counted.
///
/// # Errors
/// When the database fails.
pub async fn use_one(
    db: &mut Db,
    (pool, sub): (&PoolId, &Sub),
    allowance: Allowance,
    now: Timestamp,
) -> Result<bool, Error> {
    let done = sqlx::query(USE)
        .bind(format!("{}/{pool}/{sub}", allowance.name()))
        .bind(now.0)
        .bind(now.plus_seconds(-WINDOW_SECONDS).0)
        .bind(allowance.an_hour())
        .execute(db)
        .await?;
    Ok(done.rows_affected() == 1)
}
