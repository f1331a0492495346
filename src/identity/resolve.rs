//! Owns which identity somebody has: found by its logins, made for new ones, linked and merged. Reads come first, so
//! that a known login costs no write; what changes is decided again in one transaction. It must not know how logins
//! are verified.

use super::logins::{Logins, VerifiedLogin, verify};
use super::{NO_MATCH, fresh, identity, pool};
use crate::clock::Timestamp;
use crate::cx::Cx;
use crate::domain::identity_pool::{IdentityPool, LinkedLogin, PoolIdentity, RegionalId};
use crate::error::{Error, Thing};
use crate::store::{self, Db};

/// Cognito's refusal of guests.
const NO_GUESTS: &str = "Unauthenticated access is not supported for this identity pool.";
/// Cognito's refusal of a login that is somebody else's.
const TAKEN: &str = "Login is already linked to another account.";
/// How often a race with another request is tried again.
const TRIES: usize = 4;
/// How many merges in a row are followed.
const LONGEST_CHAIN: usize = 8;

/// Somebody who proved an identity.
pub struct Proven {
    /// The pool.
    pub pool: IdentityPool,
    /// The identity; another one than was named where that one was merged.
    pub identity: PoolIdentity,
    /// The logins that proved it; none for a guest.
    pub logins: Vec<VerifiedLogin>,
}

/// The identity for `logins`, or a guest's new one.
///
/// # Errors
/// When guests are not allowed, or a login is not believed.
pub async fn get_id(cx: &Cx, pool_id: &RegionalId, logins: &Logins) -> Result<RegionalId, Error> {
    let pool = pool(&mut *cx.store.read().await?, pool_id).await?;
    if logins.is_empty() {
        if !pool.settings.allows_guests {
            return Err(Error::not_authorized(NO_GUESTS));
        }
        let guest = fresh(cx, &pool);
        return insert(cx, guest).await;
    }
    let verified = verify(cx, &pool, logins).await?;
    Ok(settle(cx, (&pool, None), &linked(&verified)).await?.id)
}

/// Proves that whoever brings `logins` has the identity `id`: a guest brings none.
///
/// # Errors
/// When they do not match, or one is not believed.
pub async fn prove(cx: &Cx, id: &RegionalId, logins: &Logins) -> Result<Proven, Error> {
    let (pool, named) = identity(&mut *cx.store.read().await?, id).await?;
    if logins.is_empty() {
        if !named.is_guest || named.merged_into.is_some() {
            return Err(Error::NotAuthorized(format!("Access to Identity '{id}' is forbidden.").into()));
        }
        if !pool.settings.allows_guests {
            return Err(Error::not_authorized(NO_GUESTS));
        }
        return Ok(Proven { pool, identity: named, logins: Vec::new() });
    }
    let verified = verify(cx, &pool, logins).await?;
    let settled = settle(cx, (&pool, Some(&named.id)), &linked(&verified)).await?;
    Ok(Proven { pool, identity: settled, logins: verified })
}

/// Finds or makes the identity that holds `logins`; `named` is the one that the caller claims.
///
/// # Errors
/// When the logins are not those of the named identity, or cannot all be one's.
pub async fn settle(
    cx: &Cx,
    (pool, named): (&IdentityPool, Option<&RegionalId>),
    logins: &[LinkedLogin],
) -> Result<PoolIdentity, Error> {
    if let Some(known) = known(cx, pool, named, logins).await? {
        return Ok(known);
    }
    for _ in 0..TRIES {
        let change = Change { fresh: fresh(cx, pool), named: named.cloned(), logins: logins.to_vec(), now: cx.now() };
        match cx.store.write(move |db| Box::pin(async move { change.apply(db).await })).await {
            Err(Error::ResourceConflict(TAKEN)) => {}
            outcome => return outcome,
        }
    }
    Err(Error::ResourceConflict(TAKEN))
}

/// The identity that holds all logins already and is the named one.
async fn known(
    cx: &Cx,
    pool: &IdentityPool,
    named: Option<&RegionalId>,
    logins: &[LinkedLogin],
) -> Result<Option<PoolIdentity>, Error> {
    let mut db = cx.store.read().await?;
    let mut found: Option<RegionalId> = None;
    for login in logins {
        let owner = store::pool_identities::owner(&mut db, &pool.id, login).await?;
        if owner.is_none() || found.is_some() && found != owner {
            return Ok(None);
        }
        found = owner;
    }
    let Some(found) = found.filter(|found| named.is_none_or(|named| named == found)) else { return Ok(None) };
    let identity = store::pool_identities::by_id(&mut db, &found).await?;
    Ok(identity.filter(|identity| identity.merged_into.is_none()))
}

/// What is to become of an identity and logins.
struct Change {
    fresh: PoolIdentity,
    named: Option<RegionalId>,
    logins: Vec<LinkedLogin>,
    now: Timestamp,
}

impl Change {
    async fn apply(self, db: &mut Db) -> Result<PoolIdentity, Error> {
        let owners = self.owners(db).await?;
        let named = match &self.named {
            Some(id) => Some(self.enabled(db, id).await?),
            None => None,
        };
        let target = match (named, owners.first()) {
            (Some(named), Some(owner)) if named.is_guest => {
                // Whoever held the login before goes on, and the guest becomes part of them.
                let owner = self.enabled(db, owner).await?;
                self.merge(db, &named, &owner).await?;
                owner
            }
            (Some(named), None) if named.is_guest => {
                if !store::pool_identities::claim(db, &named.id).await? {
                    return Err(Error::ResourceConflict(TAKEN));
                }
                named
            }
            (Some(named), _) if owners.contains(&named.id) => named,
            (Some(_), _) => return Err(Error::not_authorized(NO_MATCH)),
            (None, Some(owner)) => self.enabled(db, owner).await?,
            (None, None) => {
                let identity = PoolIdentity { is_guest: false, ..self.fresh.clone() };
                store::pool_identities::insert(db, &identity).await?;
                identity
            }
        };
        if !store::pool_identities::modify(db, &target.id, self.now).await? {
            return Err(Error::ResourceConflict(TAKEN));
        }
        for other in owners.iter().filter(|other| **other != target.id) {
            let other = self.enabled(db, other).await?;
            self.merge(db, &other, &target).await?;
        }
        self.link(db, &target).await?;
        Ok(PoolIdentity { modified_at: self.now, is_guest: false, ..target })
    }

    /// Who holds the logins, each once, in the logins' order.
    async fn owners(&self, db: &mut Db) -> Result<Vec<RegionalId>, Error> {
        let mut owners = Vec::new();
        for login in &self.logins {
            let owner = store::pool_identities::owner(db, &self.fresh.pool_id, login).await?;
            owners.extend(owner.filter(|owner| !owners.contains(owner)));
        }
        Ok(owners)
    }

    /// The identity, or the one that it was merged into.
    async fn enabled(&self, db: &mut Db, id: &RegionalId) -> Result<PoolIdentity, Error> {
        let missing = || Error::NotFound(Thing::Identity(id.to_string()));
        let mut found = store::pool_identities::by_id(db, id).await?.ok_or_else(missing)?;
        for _ in 0..LONGEST_CHAIN {
            let Some(parent) = &found.merged_into else { return Ok(found) };
            found = store::pool_identities::by_id(db, parent).await?.ok_or_else(missing)?;
        }
        Err(missing())
    }

    async fn merge(&self, db: &mut Db, from: &PoolIdentity, to: &PoolIdentity) -> Result<(), Error> {
        merge(db, from, to, self.now).await
    }

    async fn link(&self, db: &mut Db, target: &PoolIdentity) -> Result<(), Error> {
        let held = store::pool_identities::logins(db, &target.id).await?;
        for login in self.logins.iter().filter(|login| !held.contains(login)) {
            if !store::pool_identities::link(db, target, login, self.now).await? {
                return Err(Error::ResourceConflict(TAKEN));
            }
        }
        Ok(())
    }
}

/// Makes `from` a part of `to`.
///
/// # Errors
/// When both hold a login of one public provider.
pub(super) async fn merge(db: &mut Db, from: &PoolIdentity, to: &PoolIdentity, now: Timestamp) -> Result<(), Error> {
    let held = store::pool_identities::logins(db, &to.id).await?;
    let moved = store::pool_identities::logins(db, &from.id).await?;
    if moved.iter().any(|login| held.iter().any(|other| other.slot() == login.slot())) {
        return Err(Error::ResourceConflict("Both identities have a login of the same provider."));
    }
    if !store::pool_identities::merge(db, from, &to.id, now).await? {
        return Err(Error::ResourceConflict(TAKEN));
    }
    tracing::info!(from = %from.id, to = %to.id, "identities merged");
    Ok(())
}

pub(super) async fn insert(cx: &Cx, identity: PoolIdentity) -> Result<RegionalId, Error> {
    let id = identity.id.clone();
    cx.store.write(move |db| Box::pin(async move { store::pool_identities::insert(db, &identity).await })).await?;
    Ok(id)
}

fn linked(logins: &[VerifiedLogin]) -> Vec<LinkedLogin> {
    logins.iter().map(|login| login.linked.clone()).collect()
}
