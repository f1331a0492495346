//! Owns whom an external identity signs in: a user who is tied to it already, one whom the pool lets it be tied to,
//! or a new one. All of it is one transaction; two sign-ins at once by a new person make one user.

use std::sync::Arc;

use super::arrive::refuse;
use super::replay_key;
use crate::auth::codes;
use crate::clock::Timestamp;
use crate::cx::ClientEntry;
use crate::domain::attribute::{self, Attributes};
use crate::domain::group::Group;
use crate::domain::ids::Sub;
use crate::domain::pool::Pool;
use crate::domain::provider::{Identity, Provider};
use crate::domain::user::{User, UserStatus};
use crate::error::Error;
use crate::federation::{ExternalIdentity, FederationFault};
use crate::store::identities::{self, ExternalKey, SUBJECT};
use crate::store::{self, Db};

/// A verified person at the door.
pub struct Person {
    pub client: Arc<ClientEntry>,
    pub provider: Provider,
    pub identity: ExternalIdentity,
    pub attributes: Attributes,
    pub sealed_tokens: Option<String>,
    pub journey: Option<(String, Timestamp)>,
    pub new_sub: String,
    pub now: Timestamp,
}

/// How often a change that came second is tried again.
const MOST_REWRITES: usize = 5;

type Outcome = Result<User, FederationFault>;

/// Signs the person in. An inner refusal is an answer for the app; the journey stays used up.
pub async fn sign_in(db: &mut Db, person: Person) -> Result<Outcome, Error> {
    if let Some((id, until)) = &person.journey
        && !identities::use_once(db, &format!("state/{id}"), *until).await?
    {
        return Ok(Err(refuse("Invalid state: it has been used before")));
    }
    if let Some((id, until)) = &person.identity.replay
        && !identities::use_once(db, &replay_key(&person.provider, id), Timestamp::from_seconds(*until)).await?
    {
        return Ok(Err(refuse("Invalid samlResponse or relayState from identity provider")));
    }
    if let Some(refusal) = person.unwritable() {
        return Ok(Err(refusal));
    }
    let outcome = match find(db, &person).await? {
        Some(user) => update(db, &person, user).await?,
        None => newcomer(db, &person).await?,
    };
    if let (Ok(_), Some(sealed)) = (&outcome, &person.sealed_tokens) {
        identities::keep_tokens(db, &person.key(), sealed).await?;
    }
    Ok(outcome)
}

/// Somebody who never came through this provider: linked where the pool lets them be, else made. A link is kept only
/// when the sign-in is good.
async fn newcomer(db: &mut Db, person: &Person) -> Result<Outcome, Error> {
    if let Some(user) = by_verified_email(db, person).await? {
        let outcome = update(db, person, user).await?;
        if let Ok(user) = &outcome {
            identities::insert(db, &person.key(), &user.sub).await?;
        }
        return Ok(outcome);
    }
    if let Some(outcome) = create(db, person).await? {
        return Ok(outcome);
    }
    match find(db, person).await? {
        Some(user) => update(db, person, user).await,
        None => Ok(Err(refuse(format!("Already found an entry for username {}", person.username())))),
    }
}

impl Person {
    fn pool(&self) -> &Pool {
        &self.client.pool.pool
    }

    fn key(&self) -> ExternalKey {
        ExternalKey {
            pool_id: self.provider.pool_id.clone(),
            provider_name: self.provider.name.clone(),
            attribute: SUBJECT.to_owned(),
            value: self.identity.subject.clone(),
        }
    }

    /// `Google_123`; in lower case where the pool says that case does not matter (spec: federated user name).
    fn username(&self) -> String {
        let name = format!("{}_{}", self.provider.name, self.identity.subject);
        if self.pool().settings.is_case_sensitive == Some(false) { name.to_lowercase() } else { name }
    }

    fn identity_entry(&self, is_primary: bool) -> Identity {
        Identity {
            user_id: self.identity.subject.clone(),
            provider_name: self.provider.name.clone(),
            provider_type: self.provider.provider_type,
            issuer: self.identity.issuer.clone(),
            primary: is_primary,
            date_created: self.now.0,
        }
    }

    fn unwritable(&self) -> Option<FederationFault> {
        let listed = self.client.client.settings.write_attributes.as_ref()?;
        let is_free = |name: &String| name.ends_with("_verified") || listed.contains(name);
        let name = self.attributes.keys().find(|name| !is_free(name))?;
        Some(refuse(format!("user.{name}: A client attempted to write unauthorized attribute")))
    }

    /// The mapped attributes, with verified flags that follow their addresses: an address is as proven as the
    /// provider says it is, and a rewritten one is not proven by an old flag.
    fn mapped(&self) -> Attributes {
        let mut mapped = self.attributes.clone();
        let trusts = self.provider.is_set("trust_email");
        for address in ["email", "phone_number"] {
            let flag = format!("{address}_verified");
            if mapped.contains_key(address) && !mapped.contains_key(&flag) {
                mapped.insert(flag, (trusts && address == "email").to_string());
            }
        }
        mapped
    }
}

/// The user who is tied to the identity: by the provider's id, or by a claim that an administrator linked by.
async fn find(db: &mut Db, person: &Person) -> Result<Option<User>, Error> {
    let key = person.key();
    let mut sub = identities::find(db, &key).await?;
    if sub.is_none() {
        for attribute in identities::linked_attributes(db, &key.pool_id, &key.provider_name).await? {
            let Some(value) = person.identity.claims.get(&attribute).cloned() else { continue };
            let by_claim = ExternalKey { attribute, value, ..key.clone() };
            if let Some(found) = identities::find(db, &by_claim).await? {
                sub = Some(found);
                break;
            }
        }
    }
    match sub {
        Some(sub) => store::users::by_sub(db, &key.pool_id, &sub).await,
        None => Ok(None),
    }
}

/// The user with the same proven e-mail address, where the provider's settings ask for the link and the provider
/// vouches for the address. Never otherwise: whoever controls a provider would control every account.
async fn by_verified_email(db: &mut Db, person: &Person) -> Result<Option<User>, Error> {
    let mapped = person.mapped();
    let is_proven = mapped.get("email_verified").is_some_and(|flag| flag == "true");
    let Some(email) = mapped.get("email").filter(|_| is_proven && person.provider.is_set("link_verified_email")) else {
        return Ok(None);
    };
    let pool = person.pool();
    let Some(sub) = store::users::login_owner(db, &pool.id, &pool.name_key(email)).await? else { return Ok(None) };
    let owner = store::users::by_sub(db, &pool.id, &sub).await?;
    Ok(owner.filter(|owner| owner.is_verified("email") && owner.status != UserStatus::Unconfirmed))
}

/// Rewrites the mapped attributes of a user who came before. A change that somebody else makes at the same time, by
/// another sign-in perhaps, is looked at and written over.
async fn update(db: &mut Db, person: &Person, mut user: User) -> Result<Outcome, Error> {
    for _ in 0..MOST_REWRITES {
        let sub = user.sub.clone();
        if let Some(outcome) = rewrite(db, person, user).await? {
            return Ok(outcome);
        }
        let changed = store::users::by_sub(db, &person.provider.pool_id, &sub).await?;
        user = changed.ok_or_else(|| Error::internal("the user was deleted meanwhile"))?;
    }
    Err(Error::internal("the user changed again and again meanwhile"))
}

/// One try of [`update`]; `None` when the user changed meanwhile. Missing claims leave the old values.
async fn rewrite(db: &mut Db, person: &Person, mut user: User) -> Result<Option<Outcome>, Error> {
    if !user.is_enabled {
        return Ok(Some(Err(refuse("User is not enabled"))));
    }
    let mut attributes = user.attributes.clone();
    for (name, value) in person.mapped() {
        let is_fixed = person.pool().schema_of(&name).is_some_and(|known| !known.is_mutable);
        if is_fixed && user.attribute(&name).is_some_and(|old| old != value) {
            return Ok(Some(Err(refuse(format!("user.{name}: Attribute cannot be updated.")))));
        }
        attributes.insert(name, value);
    }
    remember_identity(&mut attributes, person, false)?;
    if let Some(refusal) = misfit(person.pool(), &attributes) {
        return Ok(Some(Err(refusal)));
    }
    if attributes != user.attributes {
        if !store::users::set_attributes(db, &user, &attributes, person.now).await? {
            return Ok(None);
        }
        codes::forget_replaced(db, (&user, &attributes)).await?;
        let before = std::mem::replace(&mut user.attributes, attributes);
        follow_addresses(db, person.pool(), (&before, &user)).await?;
    }
    Ok(Some(Ok(user)))
}

/// A proven address that changed at the provider is what the user signs in with from now on, where the old one was;
/// not if it is somebody else's.
async fn follow_addresses(db: &mut Db, pool: &Pool, (before, user): (&Attributes, &User)) -> Result<(), Error> {
    for (login, _) in pool.login_attributes() {
        let name = login.name();
        let (Some(old), Some(new)) = (before.get(name), user.attribute(name)) else { continue };
        if old == new || !user.is_verified(name) {
            continue;
        }
        let (old, new) = (pool.name_key(old), pool.name_key(new));
        let was_login = store::users::login_owner(db, &pool.id, &old).await?.is_some_and(|owner| owner == user.sub);
        if was_login && store::users::login_owner(db, &pool.id, &new).await?.is_none() {
            store::users::remove_login(db, &pool.id, &user.sub, name).await?;
            store::users::add_login(db, user, name, &new).await?;
        }
    }
    Ok(())
}

/// Makes a new user; `None` when somebody made it in the meantime.
async fn create(db: &mut Db, person: &Person) -> Result<Option<Outcome>, Error> {
    let pool = person.pool();
    let mut attributes = person.mapped();
    remember_identity(&mut attributes, person, true)?;
    let missing: Vec<&str> = pool
        .required_attributes()
        .filter(|required| attributes.get(&required.name).is_none_or(String::is_empty))
        .map(|required| required.name.as_str())
        .collect();
    if !missing.is_empty() {
        return Ok(Some(Err(refuse(format!("attributes required: [{}]", missing.join(", "))))));
    }
    if let Some(refusal) = misfit(pool, &attributes) {
        return Ok(Some(Err(refusal)));
    }
    let user = User {
        pool_id: pool.id.clone(),
        sub: Sub(person.new_sub.clone()),
        username: person.username(),
        status: UserStatus::ExternalProvider,
        is_enabled: true,
        attributes,
        credential: None,
        created_at: person.now,
        modified_at: person.now,
        signed_out_at: Timestamp(0),
    };
    if !store::users::insert(db, &user, &pool.name_key(&user.username)).await? {
        return Ok(None);
    }
    identities::insert(db, &person.key(), &user.sub).await?;
    join_group(db, person, &user).await?;
    tracing::info!(pool = %pool.id, sub = %user.sub, provider = %person.provider.name, "user made by a provider");
    Ok(Some(Ok(user)))
}

/// Adds the identity to the attribute `identities`, once.
fn remember_identity(attributes: &mut Attributes, person: &Person, is_primary: bool) -> Result<(), Error> {
    let known = attributes.get("identities").map(|text| serde_json::from_str::<Vec<Identity>>(text));
    let mut list = known.transpose().map_err(Error::internal)?.unwrap_or_default();
    let entry = person.identity_entry(is_primary);
    let is_known = |one: &Identity| one.provider_name == entry.provider_name && one.user_id == entry.user_id;
    if !list.iter().any(is_known) {
        list.push(entry);
    }
    attributes.insert("identities".to_owned(), serde_json::to_string(&list).map_err(Error::internal)?);
    Ok(())
}

/// Why the attributes do not fit the pool's schema, if they do not.
fn misfit(pool: &Pool, attributes: &Attributes) -> Option<FederationFault> {
    let mut checked = attributes.clone();
    checked.remove("identities");
    let fault = attribute::check(&pool.settings.schema, &checked, false).err()?;
    Some(refuse(format!(
        "Invalid user attributes: {}",
        fault.replace("Attributes did not conform to the schema: ", "")
    )))
}

/// Everybody whom a provider brought is in its group (spec: auto groups).
async fn join_group(db: &mut Db, person: &Person, user: &User) -> Result<(), Error> {
    let name = format!("{}_{}", user.pool_id, person.provider.name);
    let group = Group {
        pool_id: user.pool_id.clone(),
        name: name.clone(),
        description: Some(format!("Autogenerated group for users who sign in using {}", person.provider.name)),
        precedence: None,
        role_arn: None,
        created_at: person.now,
        modified_at: person.now,
    };
    store::groups::insert(db, &group).await?;
    store::groups::add_member(db, &user.pool_id, &user.sub, &name).await
}
