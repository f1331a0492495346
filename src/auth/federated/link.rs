//! Owns linking by administrators: an external identity is tied to a user before it first signs in, and untied again.

use std::sync::Arc;

use crate::auth::mfa;
use crate::cx::{Cx, PoolEntry};
use crate::domain::provider::{Identity, Provider};
use crate::domain::user::{User, UserStatus};
use crate::error::{Error, Taken, Thing};
use crate::store::identities::{self, ExternalKey, SUBJECT};
use crate::store::{self, Db};

/// Identities that one user can have (Cognito's limit).
const MOST_IDENTITIES: usize = 5;
/// Claims by which people of one provider can be linked (Cognito's limit).
const MOST_ATTRIBUTES: usize = 5;

/// Somebody at a provider, as the API names them (`ProviderUserIdentifierType`).
#[derive(Debug, Clone)]
pub struct ExternalUser {
    /// The provider's name, `Cognito` for the pool itself.
    pub provider_name: String,
    /// `Cognito_Subject` or a claim.
    pub attribute: Option<String>,
    /// Its value; a user name for the pool itself.
    pub value: String,
}

/// Ties `source` to `destination`.
///
/// # Errors
/// Cognito's refusals: unknown users or providers, a source with an account of its own, already linked, too many.
pub async fn link(
    cx: &Cx,
    pool: &Arc<PoolEntry>,
    (destination, source): (ExternalUser, ExternalUser),
) -> Result<(), Error> {
    if is_local(&source) {
        return Err(Error::InvalidParameter(
            "Invalid SourceUser: Cognito users with a username/password may not be passed in as a SourceUser, only as a DestinationUser".to_owned(),
        ));
    }
    let provider = provider(pool, &source.provider_name)?.clone();
    let key = key(pool, &source);
    if provider.provider_type.is_social() && key.attribute != SUBJECT {
        return Err(Error::InvalidParameter(
            "Invalid SourceUser: ProviderAttributeName must be Cognito_Subject for this provider".to_owned(),
        ));
    }
    let user = find_destination(cx, pool, &destination).await?;
    let now = cx.now();
    let entry = Identity {
        user_id: source.value,
        provider_name: provider.name.clone(),
        provider_type: provider.provider_type,
        issuer: None,
        primary: false,
        date_created: now.0,
    };
    cx.store
        .write(move |db| {
            Box::pin(async move {
                if let Some(owner) = identities::find(db, &key).await? {
                    return Err(already(db, (&key, &user), &owner).await?);
                }
                let mut list = identities_of(&user)?;
                if list.len() >= MOST_IDENTITIES {
                    return Err(Error::LimitExceeded("The user already has five identities".to_owned()));
                }
                require_room(db, &key).await?;
                identities::insert(db, &key, &user.sub).await?;
                if key.attribute == SUBJECT {
                    list.push(entry);
                    write_identities(db, &user, &list, now).await?;
                }
                tracing::info!(pool = %user.pool_id, sub = %user.sub, provider = %key.provider_name, "identity linked");
                Ok(())
            })
        })
        .await
}

/// Unties an external identity, or takes a local user's password away; the user and every other way in stay.
///
/// # Errors
/// [`Thing::User`] when nobody is tied to it.
pub async fn disable(cx: &Cx, pool: &Arc<PoolEntry>, external: ExternalUser) -> Result<(), Error> {
    let now = cx.now();
    if is_local(&external) {
        let user = crate::auth::administration::find(cx, pool, &external.value).await?;
        return cx
            .store
            .write(move |db| {
                Box::pin(async move {
                    store::users::take_password(db, (&user.pool_id, &user.sub), now).await?;
                    tracing::info!(pool = %user.pool_id, sub = %user.sub, "password taken away");
                    Ok(())
                })
            })
            .await;
    }
    let key = key(pool, &external);
    cx.store
        .write(move |db| {
            Box::pin(async move {
                let unknown = || Error::NotFound(Thing::User);
                let sub = identities::find(db, &key).await?.ok_or_else(unknown)?;
                let user = store::users::by_sub(db, &key.pool_id, &sub).await?.ok_or_else(unknown)?;
                identities::delete(db, &key).await?;
                let mut list = identities_of(&user)?;
                list.retain(|one| one.provider_name != key.provider_name || one.user_id != key.value);
                write_identities(db, &user, &list, now).await
            })
        })
        .await
}

/// Somebody unties an account at a provider from their own.
///
/// # Errors
/// It is not tied to them, or it is their only way to sign in.
pub async fn unlink(
    cx: &Cx,
    pool: &Arc<PoolEntry>,
    user: &User,
    (provider, id): (String, String),
) -> Result<(), Error> {
    let has_other_way = !mfa::first_factors(cx, &pool.pool, user).await?.is_empty();
    let (sub, now) = (user.sub.clone(), cx.now());
    let key = ExternalKey {
        pool_id: pool.pool.id.clone(),
        provider_name: provider,
        attribute: SUBJECT.to_owned(),
        value: id,
    };
    cx.store
        .write(move |db| {
            Box::pin(async move {
                let user = store::users::by_sub(db, &key.pool_id, &sub).await?.ok_or(Error::NotFound(Thing::User))?;
                if identities::find(db, &key).await? != Some(user.sub.clone()) {
                    return Err(Error::InvalidParameter("The account is not linked.".to_owned()));
                }
                let mut list = identities_of(&user)?;
                list.retain(|one| one.provider_name != key.provider_name || one.user_id != key.value);
                if !can_unlink(&user, has_other_way || !list.is_empty()) {
                    return Err(Error::InvalidParameter("It is the only way to sign in.".to_owned()));
                }
                identities::delete(db, &key).await?;
                write_identities(db, &user, &list, now).await?;
                tracing::info!(pool = %user.pool_id, sub = %user.sub, provider = %key.provider_name, "identity unlinked");
                Ok(())
            })
        })
        .await
}

/// Whether somebody may untie an account: another way in must remain, and who was made by a provider stays its own.
#[must_use]
pub fn can_unlink(user: &User, has_other_way: bool) -> bool {
    has_other_way && user.status != UserStatus::ExternalProvider
}

/// Each further claim by which people of a provider are linked costs every sign-in through it a look.
async fn require_room(db: &mut Db, key: &ExternalKey) -> Result<(), Error> {
    let known = identities::linked_attributes(db, &key.pool_id, &key.provider_name).await?;
    if key.attribute == SUBJECT || known.len() < MOST_ATTRIBUTES || known.contains(&key.attribute) {
        return Ok(());
    }
    Err(Error::LimitExceeded(format!("People of a provider can be linked by at most {MOST_ATTRIBUTES} attributes")))
}

fn is_local(external: &ExternalUser) -> bool {
    external.provider_name == "Cognito"
}

fn provider<'a>(pool: &'a PoolEntry, name: &str) -> Result<&'a Provider, Error> {
    let found = pool.providers.iter().find(|provider| provider.name == name);
    found.ok_or_else(|| Error::NotFound(Thing::IdentityProvider(name.to_owned())))
}

fn key(pool: &PoolEntry, external: &ExternalUser) -> ExternalKey {
    ExternalKey {
        pool_id: pool.pool.id.clone(),
        provider_name: external.provider_name.clone(),
        attribute: external.attribute.clone().unwrap_or_else(|| SUBJECT.to_owned()),
        value: external.value.clone(),
    }
}

async fn find_destination(cx: &Cx, pool: &Arc<PoolEntry>, destination: &ExternalUser) -> Result<User, Error> {
    if is_local(destination) {
        return crate::auth::administration::find(cx, pool, &destination.value).await;
    }
    let mut db = cx.store.read().await?;
    let sub = identities::find(&mut db, &key(pool, destination)).await?.ok_or(Error::NotFound(Thing::User))?;
    store::users::by_sub(&mut db, &pool.pool.id, &sub).await?.ok_or(Error::NotFound(Thing::User))
}

/// The refusal of a source that is tied already: to the same user, to a profile of its own, or to somebody else.
async fn already(
    db: &mut Db,
    (key, user): (&ExternalKey, &User),
    owner: &crate::domain::ids::Sub,
) -> Result<Error, Error> {
    if *owner == user.sub {
        return Ok(Error::InvalidParameter("SourceUser is already linked to DestinationUser".to_owned()));
    }
    let other = store::users::by_sub(db, &key.pool_id, owner).await?;
    if other.is_some_and(|other| other.status == UserStatus::ExternalProvider) {
        return Ok(Error::InvalidParameter(
            "Merging is not currently supported, provide a SourceUser without existing account or delete existing account".to_owned(),
        ));
    }
    Ok(Error::Exists(Taken::Alias("SourceUser")))
}

/// The accounts at providers that are tied to a user.
///
/// # Errors
/// When they cannot be read.
pub fn identities_of(user: &User) -> Result<Vec<Identity>, Error> {
    user.attribute("identities")
        .map_or_else(|| Ok(Vec::new()), |text| serde_json::from_str(text).map_err(Error::internal))
}

async fn write_identities(
    db: &mut Db,
    user: &User,
    list: &[Identity],
    now: crate::clock::Timestamp,
) -> Result<(), Error> {
    let mut attributes = user.attributes.clone();
    if list.is_empty() {
        attributes.remove("identities");
    } else {
        attributes.insert("identities".to_owned(), serde_json::to_string(list).map_err(Error::internal)?);
    }
    if store::users::set_attributes(db, user, &attributes, now).await? {
        return Ok(());
    }
    Err(Error::internal("the user changed meanwhile"))
}
