//! Owns identities that a developer's own server vouches for, and taking logins away. It must not know how requests
//! are signed: whoever calls these is an administrator, but for [`unlink`].

use std::collections::BTreeMap;

use secrecy::ExposeSecret as _;

use super::logins::Logins;
use super::resolve::{merge, prove, settle};
use super::{NO_MATCH, identity, pool};
use crate::cx::Cx;
use crate::domain::identity_pool::{IdentityPool, LinkedLogin, PoolIdentity, RegionalId};
use crate::error::{Error, Thing};
use crate::store;
use crate::sts::issuer::{self, Subject};

/// A developer's server asking for a token.
pub struct Request<'a> {
    /// The pool.
    pub pool: &'a RegionalId,
    /// The identity that is meant; the login's, or a new one, where none is named.
    pub identity: Option<&'a RegionalId>,
    /// The developer's own login and any number of others.
    pub logins: Logins,
    /// Tags of the session.
    pub tags: BTreeMap<String, String>,
    /// For how many seconds.
    pub seconds: i64,
}

/// A token for an identity that a developer's server vouches for.
///
/// # Errors
/// When the pool knows no such provider, a login is not believed, or the developer's login is another identity's.
pub async fn token(cx: &Cx, request: Request<'_>) -> Result<(RegionalId, String), Error> {
    let pool = pool(&mut *cx.store.read().await?, request.pool).await?;
    let mut others = request.logins;
    let provider = developer_provider(&pool)?.to_owned();
    let subject =
        others.remove(&provider).ok_or_else(|| Error::not_authorized("Please provide a valid developer provider"))?;
    let own = own_login(&provider, subject.expose_secret());
    let mut logins = vec![own.clone()];
    let verified = super::logins::verify(cx, &pool, &others).await?;
    logins.extend(verified.iter().map(|login| login.linked.clone()));
    let identity = match request.identity {
        Some(id) => vouched(cx, &pool, (id, &own), &logins).await?,
        None => settle(cx, (&pool, None), &logins).await?,
    };
    let mut amr = vec!["authenticated".to_owned(), provider.clone()];
    amr.push(format!("{provider}:{}:{}", pool.id, own.subject));
    amr.extend(verified.into_iter().flat_map(|login| [login.linked.provider, login.method]));
    let subject = Subject { pool: &pool, identity: &identity, amr, tags: request.tags };
    let token = issuer::sign(cx, subject, request.seconds).await?;
    Ok((identity.id, token))
}

/// A named identity gets the developer's login where it has none of the developer's yet, or is proven by another.
async fn vouched(
    cx: &Cx,
    pool: &IdentityPool,
    (id, own): (&RegionalId, &LinkedLogin),
    logins: &[LinkedLogin],
) -> Result<PoolIdentity, Error> {
    let mut db = cx.store.read().await?;
    let (of, found) = identity(&mut db, id).await?;
    if of.id != pool.id || found.merged_into.is_some() {
        return Err(Error::NotFound(Thing::Identity(id.to_string())));
    }
    let owner = store::pool_identities::owner(&mut db, &pool.id, own).await?;
    let held = store::pool_identities::logins(&mut db, id).await?;
    drop(db);
    match owner {
        Some(owner) if owner != *id => return Err(Error::DeveloperUserTaken),
        Some(_) => {}
        // The developer's server may add another of its own users to an identity of its own.
        None if held.iter().any(|login| login.is_developers) => {
            link(cx, found.clone(), own.clone()).await?;
        }
        None => {}
    }
    settle(cx, (pool, Some(id)), logins).await
}

async fn link(cx: &Cx, to: PoolIdentity, login: LinkedLogin) -> Result<(), Error> {
    let now = cx.now();
    let is_linked = cx
        .store
        .write(move |db| Box::pin(async move { store::pool_identities::link(db, &to, &login, now).await }))
        .await?;
    if is_linked { Ok(()) } else { Err(Error::DeveloperUserTaken) }
}

/// The identity of a developer's user, or the users of an identity.
///
/// # Errors
/// When there is none, or both are given and do not belong together.
pub async fn lookup(
    cx: &Cx,
    pool_id: &RegionalId,
    (id, subject): (Option<&RegionalId>, Option<&str>),
) -> Result<(RegionalId, Vec<String>), Error> {
    let mut db = cx.store.read().await?;
    let pool = pool(&mut db, pool_id).await?;
    let provider = developer_provider(&pool)?;
    let found = match (id, subject) {
        (Some(id), None) => id.clone(),
        (id, Some(subject)) => {
            let owner = store::pool_identities::owner(&mut db, &pool.id, &own_login(provider, subject)).await?;
            let owner = owner.ok_or_else(|| Error::NotFound(Thing::Identity(subject.to_owned())))?;
            if id.is_some_and(|id| *id != owner) {
                return Err(Error::ResourceConflict("The developer user is linked to another identity."));
            }
            owner
        }
        (None, None) => {
            let text = "Either IdentityID or DeveloperUserIdentifier must be provided.";
            return Err(Error::InvalidParameter(text.to_owned()));
        }
    };
    let (of, found) = identity(&mut db, &found).await?;
    if of.id != pool.id {
        return Err(Error::NotFound(Thing::Identity(found.id.to_string())));
    }
    let held = store::pool_identities::logins(&mut db, &found.id).await?;
    let mut users: Vec<String> = held
        .into_iter()
        .filter(|login| login.is_developers && login.provider == provider)
        .map(|login| login.subject)
        .collect();
    users.sort_unstable();
    Ok((found.id, users))
}

/// Makes the identity of one developer's user part of another's.
///
/// # Errors
/// When either has none, or both have a login of one public provider.
pub async fn merge_users(
    cx: &Cx,
    pool_id: &RegionalId,
    provider: &str,
    (from, to): (&str, &str),
) -> Result<RegionalId, Error> {
    let mut db = cx.store.read().await?;
    let pool = pool(&mut db, pool_id).await?;
    require_provider(&pool, provider)?;
    let mut found = Vec::with_capacity(2);
    for subject in [from, to] {
        let owner = store::pool_identities::owner(&mut db, &pool.id, &own_login(provider, subject)).await?;
        let owner = owner.ok_or_else(|| Error::NotFound(Thing::Identity(subject.to_owned())))?;
        found.push(identity(&mut db, &owner).await?.1);
    }
    drop(db);
    let (Some(to), Some(from)) = (found.pop(), found.pop()) else { return Err(Error::not_authorized(NO_MATCH)) };
    if from.id == to.id {
        return Ok(to.id);
    }
    let (now, id) = (cx.now(), to.id.clone());
    cx.store
        .write(move |db| {
            Box::pin(async move {
                if !store::pool_identities::modify(db, &to.id, now).await? {
                    return Err(Error::NotFound(Thing::Identity(to.id.to_string())));
                }
                merge(db, &from, &to, now).await
            })
        })
        .await?;
    Ok(id)
}

/// Takes a developer's login away from an identity.
///
/// # Errors
/// When the identity does not hold it.
pub async fn unlink_user(
    cx: &Cx,
    pool_id: &RegionalId,
    id: &RegionalId,
    (provider, subject): (&str, &str),
) -> Result<(), Error> {
    let (pool, found) = identity(&mut *cx.store.read().await?, id).await?;
    if pool.id != *pool_id {
        return Err(Error::NotFound(Thing::Identity(id.to_string())));
    }
    require_provider(&pool, provider)?;
    take_away(cx, found, vec![own_login(provider, subject)]).await
}

/// Takes logins away from an identity, for whoever proves it. The last one to go leaves it to nobody.
///
/// # Errors
/// When the logins do not prove the identity, or it does not hold what is to go.
pub async fn unlink(cx: &Cx, id: &RegionalId, logins: &Logins, names: &[String]) -> Result<(), Error> {
    if logins.is_empty() {
        return Err(Error::not_authorized(NO_MATCH));
    }
    let proven = prove(cx, id, logins).await?;
    let held = store::pool_identities::logins(&mut *cx.store.read().await?, &proven.identity.id).await?;
    let mut going = Vec::with_capacity(names.len());
    for name in names {
        let login = held.iter().find(|login| login.provider == *name && !login.is_developers);
        let named = || Error::not_authorized("The login to remove is not linked to this identity.");
        going.push(login.ok_or_else(named)?.clone());
    }
    take_away(cx, proven.identity, going).await
}

async fn take_away(cx: &Cx, from: PoolIdentity, logins: Vec<LinkedLogin>) -> Result<(), Error> {
    let now = cx.now();
    cx.store
        .write(move |db| {
            Box::pin(async move {
                for login in &logins {
                    if !store::pool_identities::unlink(db, &from, login).await? {
                        return Err(Error::not_authorized(NO_MATCH));
                    }
                }
                store::pool_identities::modify(db, &from.id, now).await.map(drop)
            })
        })
        .await
}

fn developer_provider(pool: &IdentityPool) -> Result<&str, Error> {
    let none = || Error::not_authorized("This identity pool does not support the specified developer provider");
    pool.settings.developer_provider.as_deref().ok_or_else(none)
}

fn require_provider(pool: &IdentityPool, provider: &str) -> Result<(), Error> {
    if developer_provider(pool)? == provider {
        return Ok(());
    }
    Err(Error::not_authorized("This identity pool does not support the specified developer provider"))
}

fn own_login(provider: &str, subject: &str) -> LinkedLogin {
    LinkedLogin { provider: provider.to_owned(), subject: subject.to_owned(), is_developers: true }
}
