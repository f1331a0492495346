//! Owns the challenge that replaces a temporary password. Its session is sealed and works once: what it was made
//! for (the temporary password) is gone after the change, and the change is one guarded statement.

use std::sync::Arc;

use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use super::credential::{self, PasswordToSet};
use super::sign_in::Authenticated;
use crate::clock::Timestamp;
use crate::crypto::digest;
use crate::cx::{ClientEntry, Cx, Seal};
use crate::domain::attribute::{self, Attributes};
use crate::domain::ids::Sub;
use crate::domain::user::{User, UserStatus};
use crate::error::Error;
use crate::store;
use crate::store::users::PasswordChange;

/// A person with a right temporary password, who must choose a new one.
pub struct NewPasswordRequired {
    /// The user.
    pub user: User,
    /// The sealed session to bring back.
    pub session: String,
    /// Required attributes that the user lacks.
    pub missing: Vec<String>,
}

/// The answer to the challenge.
pub struct NewPassword {
    /// The session.
    pub session: String,
    /// The user name that came along, if one did; it must be the session's user.
    pub username: Option<String>,
    /// The new password.
    pub password: SecretString,
    /// Attributes to fill in.
    pub attributes: Attributes,
}

#[derive(Serialize, Deserialize)]
struct SealedSession {
    step: String,
    sub: Sub,
    password_print: String,
    expires_at: Timestamp,
}

const STEP: &str = "NEW_PASSWORD_REQUIRED";

impl NewPasswordRequired {
    /// Seals the session of the challenge.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn start(cx: &Cx, client: &ClientEntry, user: User) -> Result<Self, Error> {
        let missing = client
            .pool
            .pool
            .required_attributes()
            .filter(|required| user.attribute(&required.name).is_none())
            .map(|required| required.name.clone())
            .collect();
        let sealed = SealedSession {
            step: STEP.to_owned(),
            sub: user.sub.clone(),
            password_print: password_print(&user),
            expires_at: cx.now().plus_seconds(client.client.auth_session_seconds()),
        };
        let json = serde_json::to_vec(&sealed).map_err(Error::internal)?;
        let session = cx.secrets.seal(cx.random(), Seal::Step, (&json, client.client.id.as_str()));
        Ok(Self { user, session, missing })
    }
}

/// The user whom a challenge session is for, with what is missing; for pages that show the form again.
///
/// # Errors
/// Cognito's refusals of a bad, expired or used session.
pub async fn resume(cx: &Cx, client: &Arc<ClientEntry>, session: &str) -> Result<NewPasswordRequired, Error> {
    let user = open(cx, client, session).await?;
    let mut resumed = NewPasswordRequired::start(cx, client, user)?;
    session.clone_into(&mut resumed.session);
    Ok(resumed)
}

/// Sets the new password and completes the sign-in.
///
/// # Errors
/// Cognito's refusals: bad session, weak password, attributes that are missing or not allowed.
pub async fn answer(cx: &Cx, client: &Arc<ClientEntry>, answer: NewPassword) -> Result<Authenticated, Error> {
    let user = open(cx, client, &answer.session).await?;
    let pool = &client.pool.pool;
    if let Some(name) = &answer.username {
        let named = store::users::by_login(&mut *cx.store.read().await?, &pool.id, &pool.name_key(name)).await?;
        if named.is_none_or(|named| named.sub != user.sub) {
            return Err(Error::not_authorized("Invalid session for the user."));
        }
    }
    let attributes = merged(client, &user, answer.attributes)?;
    let set =
        PasswordToSet { pool, sub: &user.sub, username: &user.username, password: &answer.password, expires_at: None };
    let credential = credential::make(cx, &set).await?;
    let at = cx.now();
    let remembered = pool.settings.password_policy.remembered();
    let (from, to) = (UserStatus::ForceChangePassword, UserStatus::Confirmed);
    let change = PasswordChange { credential, from, to, at, remembered };
    let print = password_print(&user);
    let user = cx
        .store
        .write(move |db| {
            Box::pin(async move {
                let used = || Error::not_authorized("Invalid session for the user, session can only be used once.");
                let present = store::users::by_sub(db, &user.pool_id, &user.sub).await?.ok_or_else(used)?;
                let is_first = password_print(&present) == print
                    && store::users::set_password(db, &user.pool_id, &user.sub, &change).await?;
                if !is_first || !store::users::set_attributes(db, &present, &attributes, at).await? {
                    return Err(used());
                }
                store::users::by_sub(db, &user.pool_id, &user.sub).await?.ok_or_else(used)
            })
        })
        .await?;
    tracing::info!(pool = %user.pool_id, sub = %user.sub, "temporary password replaced");
    Ok(Authenticated::without_guessing(user, at))
}

async fn open(cx: &Cx, client: &ClientEntry, session: &str) -> Result<User, Error> {
    let garbage = || Error::not_authorized("Invalid session for the user.");
    let opened = cx.secrets.open(Seal::Step, session, client.client.id.as_str()).ok_or_else(garbage)?;
    let sealed: SealedSession = serde_json::from_slice(&opened).map_err(|_| garbage())?;
    if sealed.step != STEP {
        return Err(garbage());
    }
    if sealed.expires_at <= cx.now() {
        return Err(Error::not_authorized("Invalid session for the user, session is expired."));
    }
    let user = store::users::by_sub(&mut *cx.store.read().await?, client.pool_id(), &sealed.sub).await?;
    let user = user.ok_or_else(garbage)?;
    if user.status != UserStatus::ForceChangePassword || password_print(&user) != sealed.password_print {
        return Err(Error::not_authorized("Invalid session for the user, session can only be used once."));
    }
    if !user.is_enabled {
        return Err(Error::Disabled);
    }
    Ok(user)
}

/// The user's attributes with the given ones, checked as a whole.
fn merged(client: &ClientEntry, user: &User, given: Attributes) -> Result<Attributes, Error> {
    if client.client.first_unwritable(&given).is_some() {
        return Err(Error::not_authorized("A client attempted to write unauthorized attribute"));
    }
    let mut attributes = user.attributes.clone();
    for (name, value) in given {
        let is_fixed = client.pool.pool.schema_of(&name).is_some_and(|known| !known.is_mutable);
        if is_fixed && user.attribute(&name).is_some_and(|old| old != value) {
            return Err(Error::InvalidParameter(format!("user.{name}: Attribute cannot be updated.")));
        }
        if user.attribute(&name).is_some_and(|old| old != value) && matches!(name.as_str(), "email" | "phone_number") {
            attributes.remove(&format!("{name}_verified"));
        }
        attributes.insert(name, value);
    }
    attribute::check(&client.pool.pool.settings.schema, &attributes, true).map_err(Error::InvalidParameter)?;
    Ok(attributes)
}

/// A print of the password hash, by which a session notices that the password is another one.
fn password_print(user: &User) -> String {
    digest::sha256_base64url(user.credential.as_ref().map_or("", |credential| credential.password_hash.as_str()))
}
