//! Owns the refusal of what a user has done too often within an hour.

use crate::clock::Timestamp;
use crate::cx::Cx;
use crate::domain::allowance::Allowance;
use crate::domain::ids::{PoolId, Sub};
use crate::error::Error;
use crate::store::{self, Db};

/// Counts a use in a transaction of the caller's.
///
/// # Errors
/// [`Error::AttemptLimitExceeded`] when the hour's allowance is used up.
pub async fn count(db: &mut Db, whose: (&PoolId, &Sub), allowance: Allowance, now: Timestamp) -> Result<(), Error> {
    if store::allowances::use_one(db, whose, allowance, now).await? {
        return Ok(());
    }
    tracing::warn!(pool = %whose.0, sub = %whose.1, allowance = allowance.name(), "refused: too often within an hour");
    Err(Error::AttemptLimitExceeded)
}

/// Counts a use in a transaction of its own.
///
/// # Errors
/// [`Error::AttemptLimitExceeded`] when the hour's allowance is used up.
pub async fn count_now(cx: &Cx, (pool, sub): (&PoolId, &Sub), allowance: Allowance) -> Result<(), Error> {
    let (pool, sub, now) = (pool.clone(), sub.clone(), cx.now());
    cx.store.write(move |db| Box::pin(async move { count(db, (&pool, &sub), allowance, now).await })).await
}
