//! Owns what a proven address means: the attribute is verified, and leads to the user where the pool says so.

use crate::clock::Timestamp;
use crate::domain::pool::{LoginAttribute, Pool};
use crate::domain::user::User;
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
        let Some(value) = user.attribute(login.name()) else { continue };
        if login == LoginAttribute::PreferredUsername && value.chars().count() > LONGEST_NAME {
            return Err(Error::InvalidParameter(format!(
                "Attributes did not conform to the schema: preferred_username: \
                 String length must be no greater than {LONGEST_NAME}"
            )));
        }
        let is_ready = if needs_proof {
            user.is_verified(login.name())
        } else {
            is_confirmed || login != LoginAttribute::PreferredUsername
        };
        if is_ready && !store::users::add_login(db, user, login.name(), &pool.name_key(value)).await? {
            let word = attribute_word(login.name());
            return Err(Error::Exists(if pool.has_username_attributes() {
                Taken::Address(word)
            } else {
                Taken::Alias(word)
            }));
        }
    }
    Ok(())
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
