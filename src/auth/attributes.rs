//! Owns changes of a user's attributes, by the user through an app or by an administrator: who may write what, which
//! addresses must be proven, before or after they count, and which names then lead to the user.

use std::sync::Arc;

use super::allowances;
use super::codes::{self, Checked, Delivery, NewCode, TypedCode};
use super::verification::move_names;
use crate::clock::Timestamp;
use crate::cx::{Cx, PoolEntry};
use crate::domain::allowance::Allowance;
use crate::domain::attribute::{self, Attributes};
use crate::domain::client::Client;
use crate::domain::code::CodePurpose;
use crate::domain::pool::{LoginAttribute, Pool};
use crate::domain::user::User;
use crate::error::{Error, Thing};
use crate::store::{self, Db};

/// The attributes that a code can prove.
const ADDRESSES: [LoginAttribute; 2] = [LoginAttribute::Email, LoginAttribute::PhoneNumber];

/// Who changes attributes.
#[derive(Clone, Copy)]
pub enum By<'a> {
    /// The user, through this client.
    User(&'a Client),
    /// An administrator.
    Administrator,
}

/// A code to send, and the value that it proves.
struct ToProve {
    attribute: LoginAttribute,
    value: String,
    is_pending: bool,
}

/// What a change comes to.
struct Plan {
    attributes: Attributes,
    to_prove: Vec<ToProve>,
}

/// Sets attributes; an empty value takes one away. Returns where codes went that prove new addresses.
///
/// # Errors
/// Cognito's refusals: not writable, immutable, required, not fitting the schema, address taken.
pub async fn change(
    cx: &Cx,
    pool: &Arc<PoolEntry>,
    (user, by): (&User, By<'_>),
    mut given: Attributes,
) -> Result<Vec<Delivery>, Error> {
    attribute::normalise(&pool.pool.settings.schema, &mut given);
    check(&pool.pool, &given, by)?;
    let is_trusted = matches!(by, By::Administrator);
    let codes = ADDRESSES.map(|address| NewCode::make(cx, user, purpose(address), address.name()));
    let (entry, whose, now) = (Arc::clone(pool), (user.pool_id.clone(), user.sub.clone()), cx.now());
    let (user, sent) = cx
        .store
        .write(move |db| {
            Box::pin(async move {
                let user = store::users::by_sub(db, &whose.0, &whose.1).await?.ok_or(Error::NotFound(Thing::User))?;
                let plan = plan(&entry.pool, &user, &given, is_trusted)?;
                let user = save(db, &entry.pool, (user, &plan), now).await?;
                let mut sent = Vec::new();
                let is_limited = !is_trusted && !plan.to_prove.is_empty();
                if is_limited {
                    let allowance = Allowance::GetUserAttributeVerificationCode;
                    allowances::count(db, (&user.pool_id, &user.sub), allowance, now).await?;
                }
                for (code, address) in codes.into_iter().zip(ADDRESSES) {
                    let Some(proof) = plan.to_prove.iter().find(|proof| proof.attribute == address) else { continue };
                    code.keep(db, &user).await?;
                    if proof.is_pending {
                        let pending = (address.name(), proof.value.as_str());
                        store::pending_attributes::put(db, (&user.pool_id, &user.sub), pending).await?;
                    }
                    sent.push((code, proof.value.clone()));
                }
                Ok((user, sent))
            })
        })
        .await?;
    tracing::info!(pool = %user.pool_id, sub = %user.sub, by_administrator = is_trusted, "attributes changed");
    Ok(sent.into_iter().filter_map(|(code, value)| code.send_to(cx, pool, (&user, &value), None)).collect())
}

/// Sends a code that proves the address in `attribute`: the new one, where one is waiting to be proven.
///
/// # Errors
/// Cognito's refusals: not an address, nothing to prove, too often.
pub async fn send_code(cx: &Cx, pool: &Arc<PoolEntry>, user: User, attribute: &str) -> Result<Delivery, Error> {
    let address = address(attribute)?;
    let code = NewCode::make(cx, &user, purpose(address), address.name());
    let now = cx.now();
    let (user, code, value) = cx
        .store
        .write(move |db| {
            Box::pin(async move {
                let whose = (&user.pool_id, &user.sub);
                let pending = store::pending_attributes::find(db, whose, address.name()).await?;
                let value = pending.or_else(|| user.attribute(address.name()).map(str::to_owned));
                let absent = || Error::InvalidParameter(format!("User has no {} to verify.", address.name()));
                let value = value.ok_or_else(absent)?;
                allowances::count(db, whose, Allowance::GetUserAttributeVerificationCode, now).await?;
                code.keep(db, &user).await?;
                Ok((user, code, value))
            })
        })
        .await?;
    let delivery = code.send_to(cx, pool, (&user, &value), None);
    delivery.ok_or_else(|| Error::internal("a code for an address has nowhere to go"))
}

/// Proves an address with the code that was sent to it. A new one that was waiting takes its place.
///
/// # Errors
/// Cognito's refusals: wrong, expired or too many codes, address taken.
pub async fn verify(cx: &Cx, pool: &Arc<PoolEntry>, user: User, (attribute, code): (&str, &str)) -> Result<(), Error> {
    let address = address(attribute)?;
    let typed = TypedCode::new(cx, &user, purpose(address), code);
    let (entry, now) = (Arc::clone(pool), cx.now());
    let refusal = cx
        .store
        .write(move |db| {
            Box::pin(async move {
                if let Checked::Wrong(refusal) = typed.check(db, &user).await? {
                    return Ok(Some(refusal));
                }
                let whose = (&user.pool_id, &user.sub);
                let pending = store::pending_attributes::take(db, whose, address.name()).await?;
                let user = store::users::by_sub(db, whose.0, whose.1).await?.ok_or(Error::NotFound(Thing::User))?;
                let mut attributes = user.attributes.clone();
                attributes.extend(pending.map(|value| (address.name().to_owned(), value)));
                attributes.insert(format!("{}_verified", address.name()), "true".to_owned());
                let plan = Plan { attributes, to_prove: Vec::new() };
                save(db, &entry.pool, (user, &plan), now).await?;
                Ok(None)
            })
        })
        .await?;
    refusal.map_or(Ok(()), Err)
}

/// What can be told of a change without knowing the user.
fn check(pool: &Pool, given: &Attributes, by: By<'_>) -> Result<(), Error> {
    if let By::User(client) = by {
        let is_for_developers = |name: &String| pool.schema_of(name).is_some_and(|known| known.is_developer_only);
        if client.first_unwritable(given).is_some() || given.keys().any(is_for_developers) {
            return Err(Error::not_authorized("A client attempted to write unauthorized attribute"));
        }
    }
    let refuse = |text: String| Err(Error::InvalidParameter(text));
    let unknown = given.iter().filter(|(name, value)| value.is_empty() && pool.schema_of(name).is_none());
    let unknown: String =
        unknown.map(|(name, _)| format!("user.{name}: Attribute does not exist in the schema.\n")).collect();
    if !unknown.is_empty() {
        return refuse(format!("Invalid user attributes: {unknown}"));
    }
    for (name, value) in given {
        let Some(known) = pool.schema_of(name) else { continue };
        if !known.is_mutable {
            return refuse(format!("user.{name}: Attribute cannot be updated."));
        }
        if known.is_required && value.is_empty() {
            return refuse(format!("Attributes did not conform to the schema: {name}: The attribute is required"));
        }
    }
    attribute::check(&pool.settings.schema, given, false).or_else(refuse)
}

/// What a change comes to for the user as they are now.
fn plan(pool: &Pool, user: &User, given: &Attributes, is_trusted: bool) -> Result<Plan, Error> {
    let mut plan = Plan { attributes: user.attributes.clone(), to_prove: Vec::new() };
    for (name, value) in given {
        if value.is_empty() {
            plan.attributes.remove(name);
        } else {
            plan.attributes.insert(name.clone(), value.clone());
        }
    }
    for address in ADDRESSES {
        let (name, flag) = (address.name(), format!("{}_verified", address.name()));
        let is_vouched_for = is_trusted && given.get(&flag).is_some_and(|value| value == "true");
        let value = plan.attributes.get(name).cloned();
        let Some(value) = value else {
            if is_vouched_for {
                let label = if address == LoginAttribute::Email { "Email" } else { "Phone Number" };
                let thing = if address == LoginAttribute::Email { "an email" } else { "a phone number" };
                return Err(Error::InvalidParameter(format!("{label} is required to verify/un-verify {thing}")));
            }
            plan.attributes.remove(&flag);
            continue;
        };
        if user.attribute(name) == Some(&value) {
            continue;
        }
        let is_pending = !is_vouched_for && pool.is_proven_before_update(address);
        if is_pending {
            restore(&mut plan.attributes, user, [name, &flag]);
        } else {
            plan.attributes.insert(flag, is_vouched_for.to_string());
        }
        if is_pending || (!is_vouched_for && pool.settings.auto_verified_attributes.contains(&address)) {
            plan.to_prove.push(ToProve { attribute: address, value, is_pending });
        }
    }
    Ok(plan)
}

fn restore(attributes: &mut Attributes, user: &User, names: [&str; 2]) {
    for name in names {
        match user.attributes.get(name) {
            Some(value) => attributes.insert(name.to_owned(), value.clone()),
            None => attributes.remove(name),
        };
    }
}

/// Writes what a change comes to: the attributes, the names that lead to the user, the end of codes that were sent to
/// an address which is another one now.
async fn save(db: &mut Db, pool: &Pool, (user, plan): (User, &Plan), now: Timestamp) -> Result<User, Error> {
    if plan.attributes != user.attributes {
        // Only another instance can be quicker: the transaction has just read the user.
        if !store::users::set_attributes(db, &user, &plan.attributes, now).await? {
            return Err(Error::TooManyRequests);
        }
        codes::forget_replaced(db, (&user, &plan.attributes)).await?;
    }
    let after = User { attributes: plan.attributes.clone(), ..user.clone() };
    move_names(db, pool, (&user, &after)).await?;
    Ok(after)
}

fn address(attribute: &str) -> Result<LoginAttribute, Error> {
    let known = ADDRESSES.into_iter().find(|address| address.name() == attribute);
    known.ok_or_else(|| Error::InvalidParameter(format!("Attribute {attribute} cannot be verified.")))
}

const fn purpose(address: LoginAttribute) -> CodePurpose {
    match address {
        LoginAttribute::PhoneNumber => CodePurpose::VerifyPhoneNumber,
        LoginAttribute::Email | LoginAttribute::PreferredUsername => CodePurpose::VerifyEmail,
    }
}
