//! Owns what administrators do to users: making them with a temporary password, setting a password.

use std::sync::Arc;

use secrecy::{ExposeSecret as _, SecretString};

use super::credential::{self, PasswordToSet};
use super::sign_up::{insert_user, new_sub, new_user, settle_username};
use super::verification;
use crate::cx::{Cx, PoolEntry};
use crate::domain::attribute::{self, Attributes};
use crate::domain::password::PasswordPolicy;
use crate::domain::user::{User, UserStatus};
use crate::error::{Error, Taken, Thing};
use crate::mail::Channel;
use crate::notice::{Notice, Purpose};
use crate::random::Random;
use crate::store;
use crate::store::users::PasswordChange;

/// A user to make.
pub struct NewUser {
    /// The user name or address.
    pub username: String,
    /// Attributes.
    pub attributes: Attributes,
    /// The temporary password; when absent one is made up, unless people can sign in without.
    pub temporary_password: Option<SecretString>,
    /// By which ways to send the invitation; none means silently.
    pub channels: Vec<Channel>,
    /// Whether addresses move over from other users.
    pub forces_aliases: bool,
}

/// Makes a user who must change a temporary password at the first sign-in, and sends the invitation. Where people can
/// sign in with a code instead, a user without a password is confirmed at once, and there is nothing to send.
///
/// # Errors
/// Cognito's refusals: name or attributes do not fit, weak password, name taken.
pub async fn create_user(cx: &Cx, pool: &Arc<PoolEntry>, mut new: NewUser) -> Result<User, Error> {
    let settings = &pool.pool.settings;
    let username = settle_username(&pool.pool, &new.username, &mut new.attributes)?;
    attribute::normalise(&settings.schema, &mut new.attributes);
    attribute::check(&settings.schema, &new.attributes, false).map_err(Error::InvalidParameter)?;
    let sub = new_sub(cx);
    let username = username.unwrap_or_else(|| sub.0.clone());
    let makes_up = || made_up_password(cx.random(), &settings.password_policy);
    let password = new.temporary_password.or_else(|| (!pool.pool.is_passwordless()).then(makes_up));
    let now = cx.now();
    let made = new_user(&pool.pool, (sub, username), new.attributes, now);
    let user = first_credential(cx, pool, (made, password.as_ref())).await?;
    let (entry, forces_aliases) = (Arc::clone(pool), new.forces_aliases);
    let user = cx
        .store
        .write(move |db| {
            Box::pin(async move {
                insert_user(db, &entry.pool, &user).await.map_err(as_administrators_hear)?;
                let mut user = user;
                if forces_aliases {
                    for name in ["email", "phone_number"] {
                        if user.is_verified(name) {
                            verification::verify(db, &entry.pool, &mut user, (name, true), now).await?;
                        }
                    }
                }
                verification::claim_names(db, &entry.pool, &user, true).await?;
                Ok(user)
            })
        })
        .await?;
    tracing::info!(pool = %user.pool_id, sub = %user.sub, "user made by an administrator");
    if let Some(password) = &password {
        invite(cx, pool, &user, (password, &new.channels))?;
    }
    Ok(user)
}

/// The new user with a temporary password, or without any.
async fn first_credential(
    cx: &Cx,
    pool: &PoolEntry,
    (user, password): (User, Option<&SecretString>),
) -> Result<User, Error> {
    let Some(password) = password else { return Ok(User { status: UserStatus::Confirmed, ..user }) };
    let pool = &pool.pool;
    let days = i64::from(pool.settings.password_policy.temporary_password_validity_days.max(1));
    let expires_at = Some(user.created_at.plus_seconds(days * 86_400));
    let set = PasswordToSet { pool, sub: &user.sub, username: &user.username, password, expires_at };
    let credential = Some(credential::make(cx, &set).await?);
    Ok(User { credential, status: UserStatus::ForceChangePassword, ..user })
}

/// Sets a password: for good, or as a temporary one that must be changed.
///
/// # Errors
/// [`Thing::User`] when there is none; [`Error::WeakPassword`].
pub async fn set_password(
    cx: &Cx,
    pool: &Arc<PoolEntry>,
    username: &str,
    (password, is_permanent): (SecretString, bool),
) -> Result<(), Error> {
    let user = find(cx, pool, username).await?;
    let now = cx.now();
    let days = i64::from(pool.pool.settings.password_policy.temporary_password_validity_days.max(1));
    let expires_at = (!is_permanent).then(|| now.plus_seconds(days * 86_400));
    let set =
        PasswordToSet { pool: &pool.pool, sub: &user.sub, username: &user.username, password: &password, expires_at };
    let credential = credential::make(cx, &set).await?;
    let to = if is_permanent { UserStatus::Confirmed } else { UserStatus::ForceChangePassword };
    let remembered = pool.pool.settings.password_policy.remembered();
    let change = PasswordChange { credential, from: user.status, to, at: now, remembered };
    cx.store
        .write(move |db| {
            Box::pin(async move {
                if store::users::set_password(db, &user.pool_id, &user.sub, &change).await? {
                    return Ok(());
                }
                Err(Error::internal("the user's status changed meanwhile"))
            })
        })
        .await
}

/// Gives a user who was invited another temporary password and sends the invitation again.
///
/// # Errors
/// [`Error::UnsupportedUserState`] for somebody who already has a password of their own; [`Error::WeakPassword`].
pub async fn invite_again(
    cx: &Cx,
    pool: &Arc<PoolEntry>,
    user: User,
    (password, channels): (Option<SecretString>, Vec<Channel>),
) -> Result<User, Error> {
    if user.status != UserStatus::ForceChangePassword {
        let text = format!("Resend not possible. {} status is not FORCE_CHANGE_PASSWORD", user.username);
        return Err(Error::UnsupportedUserState(text));
    }
    let policy = &pool.pool.settings.password_policy;
    let password = password.unwrap_or_else(|| made_up_password(cx.random(), policy));
    set_password(cx, pool, &user.username, (password.clone(), false)).await?;
    invite(cx, pool, &user, (&password, &channels))?;
    find(cx, pool, &user.username).await
}

/// Confirms a sign-up without a code; addresses stay unproven.
///
/// # Errors
/// Cognito's refusal of a user who is confirmed already; [`Taken::Alias`] when a name was taken in the meantime.
pub async fn confirm_sign_up(cx: &Cx, pool: &Arc<PoolEntry>, user: User) -> Result<(), Error> {
    if user.status != UserStatus::Unconfirmed {
        let text = format!("User cannot be confirmed. Current status is {}", user.status.name());
        return Err(Error::NotAuthorized(text.into()));
    }
    let (entry, now) = (Arc::clone(pool), cx.now());
    cx.store
        .write(move |db| {
            Box::pin(async move {
                if !store::users::move_status(db, &user, UserStatus::Confirmed, now).await? {
                    return Err(Error::NotFound(Thing::User));
                }
                verification::claim_names(db, &entry.pool, &user, true).await?;
                tracing::info!(pool = %user.pool_id, sub = %user.sub, "sign-up confirmed by an administrator");
                Ok(())
            })
        })
        .await
}

/// Deletes a user with all that leads to or comes from them.
///
/// # Errors
/// When the database fails.
pub async fn delete_user(cx: &Cx, user: User) -> Result<(), Error> {
    tracing::info!(pool = %user.pool_id, sub = %user.sub, "user deleted");
    cx.store.write(move |db| Box::pin(async move { store::users::delete(db, &user.pool_id, &user.sub).await })).await
}

/// The user behind a name, an address or a `sub`.
///
/// # Errors
/// [`Thing::User`] when there is none.
pub async fn find(cx: &Cx, pool: &PoolEntry, username: &str) -> Result<User, Error> {
    let key = pool.pool.name_key(username);
    let user = store::users::by_login(&mut *cx.store.read().await?, &pool.pool.id, &key).await?;
    user.ok_or(Error::NotFound(Thing::User))
}

/// Cognito tells administrators in other words that a name is taken.
fn as_administrators_hear(fault: Error) -> Error {
    match fault {
        Error::Exists(Taken::Username) => Error::Exists(Taken::Account),
        other => other,
    }
}

fn invite(
    cx: &Cx,
    pool: &PoolEntry,
    user: &User,
    (password, channels): (&SecretString, &[Channel]),
) -> Result<(), Error> {
    let messages = &pool.pool.settings.messages;
    for channel in channels {
        let (attribute, subject, body) = match channel {
            Channel::Email => ("email", messages.invitation_subject.clone(), messages.invitation_body.clone()),
            Channel::Sms => ("phone_number", None, messages.invitation_text_message.clone()),
        };
        let Some(address) = user.attribute(attribute) else { continue };
        cx.outbox.check(*channel)?;
        let notice = Notice {
            to: address.to_owned(),
            channel: *channel,
            purpose: Purpose::Invitation,
            code: password.expose_secret().to_owned(),
            username: user.display_name().to_owned(),
            link: None,
            brand_name: pool.pool.name.clone(),
            reply_to: pool.pool.settings.reply_to.clone(),
            failures_to: pool.pool.failures_to(),
            subject_template: subject,
            body_template: body,
        };
        cx.outbox.send(notice.render(cx.now()));
    }
    Ok(())
}

/// A password that meets any policy: letters of both kinds, a digit, a symbol, and as long as asked.
fn made_up_password(random: &Random, policy: &PasswordPolicy) -> SecretString {
    let length = usize::try_from(policy.minimum_length).unwrap_or(99).max(12) - 4;
    format!("Ab1!{}", random.alphanumeric(length)).into()
}
