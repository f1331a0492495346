//! Owns what a proven address means: the attribute is verified, and leads to the user where the pool says so.

use crate::clock::Timestamp;
use crate::domain::pool::{LoginAttribute, Pool};
use crate::domain::user::{User, UserStatus};
use crate::error::{Error, Taken};
use crate::store::{self, Db};

/// The longest name that leads to a user, in characters (API model, UsernameType).
const LONGEST_NAME: usize = 128;

/// Marks the address in `attribute` as verified and lets it lead to the user. Where it already leads to somebody
/// else, the user is refused, unless `is_forced` moves it over (Cognito's `ForceAliasCreation`).
///
/// # Errors
/// [`Taken::Alias`] when somebody else has the address.
pub async fn verify(
    db: &mut Db,
    pool: &Pool,
    user: &mut User,
    (attribute, is_forced): (&str, bool),
    at: Timestamp,
) -> Result<(), Error> {
    let Some(address) = user.attribute(attribute).map(str::to_owned) else { return Ok(()) };
    let mut attributes = user.attributes.clone();
    attributes.insert(format!("{attribute}_verified"), "true".to_owned());
    if !store::users::set_attributes(db, user, &attributes, at).await? {
        return Err(Error::internal("the user changed meanwhile"));
    }
    user.attributes = attributes;
    let is_login = pool.login_attributes().any(|(login, _)| login.name() == attribute);
    if !is_login {
        return Ok(());
    }
    let key = pool.name_key(&address);
    if store::users::add_login(db, user, attribute, &key).await? {
        return Ok(());
    }
    if !is_forced {
        return Err(Error::Exists(Taken::Alias(attribute_word(attribute))));
    }
    take_over(db, user, (attribute, &key), at).await
}

/// Lets the names lead to a new user that need no proof: addresses that are user names, and preferred names of
/// users who are confirmed.
///
/// # Errors
/// [`Taken::Address`] or [`Taken::Alias`] when somebody else has one.
pub async fn claim_names(db: &mut Db, pool: &Pool, user: &User, is_confirmed: bool) -> Result<(), Error> {
    for (login, needs_proof) in pool.login_attributes() {
        let Some(value) = leading_name(user, (login, needs_proof), is_confirmed) else { continue };
        claim(db, pool, user, (login, value)).await?;
    }
    Ok(())
}

/// Lets the names that follow from the attributes of `after` lead to the user, in place of those that followed from
/// the attributes `before`.
///
/// # Errors
/// [`Taken::Alias`] when somebody else has one.
pub async fn move_names(db: &mut Db, pool: &Pool, (before, after): (&User, &User)) -> Result<(), Error> {
    let is_confirmed = after.status != UserStatus::Unconfirmed;
    for login in pool.login_attributes() {
        let old = leading_name(before, login, is_confirmed).map(|name| pool.name_key(name));
        let new = leading_name(after, login, is_confirmed);
        if old == new.map(|name| pool.name_key(name)) {
            continue;
        }
        if old.is_some() {
            store::users::remove_login(db, &after.pool_id, &after.sub, login.0.name()).await?;
        }
        let Some(new) = new else { continue };
        claim(db, pool, after, (login.0, new)).await.map_err(|fault| match fault {
            Error::Exists(Taken::Address(word)) => Error::Exists(Taken::Alias(word)),
            other => other,
        })?;
    }
    Ok(())
}

/// The value of a login attribute, where it leads to the user already.
fn leading_name(user: &User, (login, needs_proof): (LoginAttribute, bool), is_confirmed: bool) -> Option<&str> {
    let is_ready = if needs_proof {
        user.is_verified(login.name())
    } else {
        is_confirmed || login != LoginAttribute::PreferredUsername
    };
    user.attribute(login.name()).filter(|_| is_ready)
}

async fn claim(db: &mut Db, pool: &Pool, user: &User, (login, value): (LoginAttribute, &str)) -> Result<(), Error> {
    if login == LoginAttribute::PreferredUsername && value.chars().count() > LONGEST_NAME {
        return Err(Error::InvalidParameter(format!(
            "Attributes did not conform to the schema: preferred_username: \
             String length must be no greater than {LONGEST_NAME}"
        )));
    }
    let key = pool.name_key(value);
    // A name that somebody chose as their user name stays theirs.
    let by_name = store::users::by_login(db, &pool.id, &key).await?;
    let is_free = by_name.is_none_or(|owner| owner.sub == user.sub);
    if is_free && store::users::add_login(db, user, login.name(), &key).await? {
        return Ok(());
    }
    let word = attribute_word(login.name());
    Err(Error::Exists(if pool.has_username_attributes() { Taken::Address(word) } else { Taken::Alias(word) }))
}

/// Moves an alias from its owner, whose address becomes unverified.
async fn take_over(db: &mut Db, user: &User, (attribute, key): (&str, &str), at: Timestamp) -> Result<(), Error> {
    if let Some(owner) = store::users::login_owner(db, &user.pool_id, key).await? {
        store::users::remove_login(db, &user.pool_id, &owner, attribute).await?;
        if let Some(previous) = store::users::by_sub(db, &user.pool_id, &owner).await? {
            let mut attributes = previous.attributes.clone();
            attributes.insert(format!("{attribute}_verified"), "false".to_owned());
            store::users::set_attributes(db, &previous, &attributes, at).await?;
        }
    }
    if store::users::add_login(db, user, attribute, key).await? {
        return Ok(());
    }
    Err(Error::Exists(Taken::Alias(attribute_word(attribute))))
}

/// The attribute's name as a constant, for messages.
fn attribute_word(attribute: &str) -> &'static str {
    match attribute {
        "phone_number" => "phone_number",
        "preferred_username" => "preferred_username",
        _ => "email",
    }
}
