//! Owns identity pools at work: which logins are believed, which identity somebody gets for them, and the tokens and
//! credentials of an identity. It must not know HTTP, nor the shapes of the API.

pub mod credentials;
pub mod developer;
mod distrust;
pub mod logins;
mod providers;
pub mod resolve;
mod user_pools;

use crate::cx::Cx;
use crate::domain::identity_pool::{IdentityPool, PoolIdentity, RegionalId};
use crate::error::{Error, Thing};
use crate::store::{self, Db};

/// Cognito's refusal of logins that are not an identity's.
pub(crate) const NO_MATCH: &str =
    "Logins don't match. Please include at least one valid login for this identity or identity pool.";

/// The pool of that id.
///
/// # Errors
/// [`Thing::IdentityPool`] when there is none.
pub async fn pool(db: &mut Db, id: &RegionalId) -> Result<IdentityPool, Error> {
    let pool = store::identity_pools::by_id(db, id).await?;
    pool.ok_or_else(|| Error::NotFound(Thing::IdentityPool(id.to_string())))
}

/// The identity of that id with its pool.
///
/// # Errors
/// [`Thing::Identity`] when there is none.
pub async fn identity(db: &mut Db, id: &RegionalId) -> Result<(IdentityPool, PoolIdentity), Error> {
    let identity = store::pool_identities::by_id(db, id).await?;
    let identity = identity.ok_or_else(|| Error::NotFound(Thing::Identity(id.to_string())))?;
    Ok((pool(db, &identity.pool_id).await?, identity))
}

/// A new guest of `pool`, not kept yet.
fn fresh(cx: &Cx, pool: &IdentityPool) -> PoolIdentity {
    let now = cx.now();
    PoolIdentity {
        id: RegionalId::new(pool.id.region(), &cx.random().uuid()),
        pool_id: pool.id.clone(),
        created_at: now,
        modified_at: now,
        is_guest: true,
        merged_into: None,
    }
}
