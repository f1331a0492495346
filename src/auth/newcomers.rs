//! Owns users who come from elsewhere with an identity of their own: by an import job's file or from the command line.
//! Their names and attributes are checked as an administrator's would be; a password comes as a hash or not at all.

use super::sign_up::{insert_user, new_user, settle_username};
use super::verification;
use crate::clock::Timestamp;
use crate::crypto::foreign_hash::HashFamily;
use crate::crypto::password_hash;
use crate::domain::attribute::{self, Attributes};
use crate::domain::factor::{MfaPreference, SecondFactor};
use crate::domain::ids::Sub;
use crate::domain::import_job::Fate;
use crate::domain::pool::Pool;
use crate::domain::user::{Credential, User, UserStatus};
use crate::error::Error;
use crate::store::{self, Db};

/// Somebody who comes from elsewhere.
#[derive(Debug, Clone, Default)]
pub struct Newcomer {
    /// The user name, or the address where addresses are the user names.
    pub username: String,
    /// Attributes.
    pub attributes: Attributes,
    /// The hash of the password, if there is one.
    pub password_hash: Option<String>,
    /// Whether a code by text message is asked for after the password.
    pub has_text_message_factor: bool,
    /// Groups, which must be there.
    pub groups: Vec<String>,
    /// Whether the account is switched off.
    pub is_disabled: bool,
}

/// A newcomer whose record was found good.
#[derive(Debug, Clone)]
pub struct Checked {
    user: User,
    groups: Vec<String>,
    has_text_message_factor: bool,
}

/// Checks a newcomer; who has no password must set one by a code first.
///
/// # Errors
/// What is wrong, in words that repeat no value.
pub fn check(pool: &Pool, new: Newcomer, (sub, now): (Sub, Timestamp)) -> Result<Checked, String> {
    let mut attributes = new.attributes;
    attributes.retain(|_, value| !value.is_empty());
    if attributes.iter().any(|(name, value)| name.contains('\0') || value.contains('\0')) {
        return Err("The record holds a NUL.".to_owned());
    }
    let username = settle_username(pool, &new.username, &mut attributes).map_err(|fault| fault.to_string())?;
    if attributes.contains_key("sub") {
        return Err("The attribute sub cannot be imported.".to_owned());
    }
    attribute::normalise(&pool.settings.schema, &mut attributes);
    attribute::check(&pool.settings.schema, &attributes, true)?;
    if new.has_text_message_factor && !attributes.contains_key("phone_number") {
        return Err("MFA is enabled, but there is no phone_number.".to_owned());
    }
    let credential = new.password_hash.map(credential).transpose()?;
    let username = username.unwrap_or_else(|| sub.0.clone());
    let status = if credential.is_some() { UserStatus::Confirmed } else { UserStatus::ResetRequired };
    let user =
        User { credential, status, is_enabled: !new.is_disabled, ..new_user(pool, (sub, username), attributes, now) };
    Ok(Checked { user, groups: new.groups, has_text_message_factor: new.has_text_message_factor })
}

/// Keeps a newcomer inside the caller's transaction. Whoever is refused leaves nothing behind.
///
/// # Errors
/// When the database fails.
pub async fn admit(db: &mut Db, pool: &Pool, new: &Checked) -> Result<Fate, Error> {
    let user = &new.user;
    match insert_user(db, pool, user).await {
        Ok(()) => {}
        Err(Error::Exists(_)) => return Ok(Fate::Skipped),
        Err(fault) => return Err(fault),
    }
    let fate = settle(db, pool, new).await?;
    if fate != Fate::Imported {
        store::users::delete(db, &user.pool_id, &user.sub).await?;
    }
    Ok(fate)
}

async fn settle(db: &mut Db, pool: &Pool, new: &Checked) -> Result<Fate, Error> {
    let user = &new.user;
    match verification::claim_names(db, pool, user, true).await {
        Ok(()) => {}
        Err(Error::Exists(_)) => return Ok(Fate::Skipped),
        Err(Error::InvalidParameter(text)) => return Ok(Fate::Failed(text)),
        Err(fault) => return Err(fault),
    }
    for group in &new.groups {
        if store::groups::by_name(db, &user.pool_id, group).await?.is_none() {
            return Ok(Fate::Failed("A group of the record does not exist.".to_owned()));
        }
        store::groups::add_member(db, &user.pool_id, &user.sub, group).await?;
    }
    if new.has_text_message_factor {
        let sms = SecondFactor::SmsMfa;
        let wish = MfaPreference { enabled: vec![sms], preferred: Some(sms), ..MfaPreference::default() };
        store::factors::set_preference(db, (&user.pool_id, &user.sub), (&MfaPreference::default(), &wish)).await?;
    }
    Ok(Fate::Imported)
}

/// The family of a hash, in the API's word (PasswordHashingAlgorithmType); `None` for one that is no hash, or too
/// costly to follow.
#[must_use]
pub fn family_of(hash: &str) -> Option<&'static str> {
    Some(match password_hash::family(hash)? {
        HashFamily::Bcrypt => "BCRYPT",
        HashFamily::Scrypt => "SCRYPT",
        HashFamily::Argon2 => "ARGON2ID",
        HashFamily::Pbkdf2Sha256 => "PBKDF2_SHA256",
        HashFamily::Pbkdf2Other => "PBKDF2",
    })
}

fn credential(hash: String) -> Result<Credential, String> {
    if family_of(&hash).is_none() {
        return Err("The password hash is of no known kind, malformed, or too costly.".to_owned());
    }
    Ok(Credential { password_hash: hash, sealed_srp_verifier: None, expires_at: None })
}
