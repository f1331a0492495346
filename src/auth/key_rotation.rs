//! Owns the rotation of signing keys with overlap: new keys are published a day before they sign (clients may keep a
//! JWKS that long), old ones stay published for as long as their tokens can live.

use crate::cx::{Cx, new_signing_keys};
use crate::domain::ids::PoolId;
use crate::error::Error;
use crate::store;

/// Seconds between publication and first use; the JWKS may be cached that long.
pub const OVERLAP_SECONDS: i64 = 86_400;
/// The longest life of an ID or access token, in seconds.
const LONGEST_TOKEN_SECONDS: i64 = 86_400;

/// Publishes new keys for a pool; they take over after [`OVERLAP_SECONDS`].
///
/// # Errors
/// When key generation or the database fails.
pub async fn rotate(cx: &Cx, pool: &PoolId) -> Result<(), Error> {
    let active_at = cx.now().plus_seconds(OVERLAP_SECONDS);
    let rows = new_signing_keys(cx, pool, active_at).await?;
    let pool = pool.clone();
    cx.store
        .write(move |db| {
            Box::pin(async move {
                store::signing_keys::retire_before(db, &pool, active_at).await?;
                for row in &rows {
                    store::signing_keys::insert(db, &pool, row).await?;
                }
                store::settings::bump(db).await
            })
        })
        .await?;
    cx.directory.forget();
    Ok(())
}

/// Rotates the keys of every pool whose newest ones are older than the configuration allows, and forgets keys whose
/// last token has expired.
///
/// # Errors
/// When key generation or the database fails.
pub async fn keep_fresh(cx: &Cx, pool: &PoolId) -> Result<(), Error> {
    let now = cx.now();
    let newest = cx.pool(pool).await?.keys.newest_active_at();
    let max_age = i64::from(cx.config.signing_key_days) * 86_400;
    if max_age > 0 && newest.is_some_and(|moment| moment.plus_seconds(max_age) <= now) {
        tracing::info!(%pool, "rotating signing keys");
        rotate(cx, pool).await?;
    }
    let (pool, before) = (pool.clone(), now.plus_seconds(-LONGEST_TOKEN_SECONDS));
    let forgotten = cx
        .store
        .write(move |db| {
            Box::pin(async move {
                let forgotten = store::signing_keys::delete_retired_before(db, &pool, before).await?;
                if forgotten > 0 {
                    store::settings::bump(db).await?;
                }
                Ok(forgotten)
            })
        })
        .await?;
    if forgotten > 0 {
        cx.directory.forget();
    }
    Ok(())
}
