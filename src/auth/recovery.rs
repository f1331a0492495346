//! Owns the forgotten password: a code to a proven address, then a new password.

use std::sync::Arc;

use secrecy::SecretString;

use super::allowances;
use super::codes::{self, Checked, Delivery, NewCode, TypedCode};
use super::credential::{self, PasswordToSet};
use super::mfa;
use super::sign_up::new_user;
use super::threat_protection::{self, NewEvent, compromised};
use crate::cx::{ClientEntry, Cx, PoolEntry};
use crate::domain::allowance::Allowance;
use crate::domain::attribute::Attributes;
use crate::domain::code::CodePurpose;
use crate::domain::factor::SecondFactor;
use crate::domain::ids::Sub;
use crate::domain::pool::{Pool, RecoveryMechanism};
use crate::domain::risk::Watched;
use crate::domain::threat_protection::{EventKind, Response};
use crate::domain::user::{User, UserStatus};
use crate::error::{Error, Thing};
use crate::store;
use crate::store::users::PasswordChange;

/// Sends a reset code.
///
/// # Errors
/// Cognito's refusals; where the client hides who exists, nobody is told that there was nothing to send to.
pub async fn start(cx: &Cx, client: &Arc<ClientEntry>, username: &str) -> Result<Delivery, Error> {
    let pool = &client.pool.pool;
    if pool.only_administrators_recover() {
        return Err(Error::not_authorized("Contact administrator to reset password."));
    }
    let user = store::users::by_login(&mut *cx.store.read().await?, &pool.id, &pool.name_key(username)).await?;
    let sub = user.as_ref().map_or_else(|| nobody(cx, pool, username).sub, |user| user.sub.clone());
    allowances::count_now(cx, (&pool.id, &sub), Allowance::ForgotPassword).await?;
    let refusal = match &user {
        None => Error::NotFound(Thing::UserOfClient),
        Some(user) if !user.is_enabled => Error::Disabled,
        Some(user) if !is_resettable(user) => {
            Error::not_authorized("User password cannot be reset in the current state.")
        }
        Some(user) => match recovery_attribute(cx, pool, user).await? {
            Some(attribute) => return send(cx, client, (user.clone(), attribute)).await,
            None => no_proven_address(),
        },
    };
    if !client.client.hides_user_existence() {
        return Err(refusal);
    }
    let somebody = user.unwrap_or_else(|| nobody(cx, pool, username));
    codes::keep_decoy(cx, somebody, CodePurpose::ResetPassword).await?;
    Ok(Delivery::pretended(cx, pool, username))
}

/// Sets a new password with the code that was sent.
///
/// # Errors
/// Cognito's refusals: wrong, expired or too many codes, weak password.
pub async fn finish(
    cx: &Cx,
    client: &Arc<ClientEntry>,
    (username, code): (&str, &str),
    password: &SecretString,
) -> Result<(), Error> {
    let pool = &client.pool.pool;
    let found = store::users::by_login(&mut *cx.store.read().await?, &pool.id, &pool.name_key(username)).await?;
    let user = match found {
        Some(user) if user.is_enabled || client.client.hides_user_existence() => user,
        Some(_) => return Err(Error::Disabled),
        None if client.client.hides_user_existence() => nobody(cx, pool, username),
        None => return Err(Error::NotFound(Thing::UserOfClient)),
    };
    let set = PasswordToSet { pool, sub: &user.sub, username: &user.username, password, expires_at: None };
    let credential = credential::make_for_anybody(cx, &set).await?;
    let is_compromised = compromised::check_chosen(cx, client, (password, Watched::PasswordChange)).await?;
    let remembered = pool.settings.password_policy.remembered();
    let (from, to) = (user.status, UserStatus::Confirmed);
    let change = PasswordChange { credential, from, to, at: cx.now(), remembered };
    let typed = TypedCode::new(cx, &user, CodePurpose::ResetPassword, code);
    let is_compared = pool.settings.password_policy.history_size > 0;
    if is_compared {
        compare(cx, &user, typed.clone()).await?;
        credential::refuse_used_before(cx, &set).await?;
    }
    let event = threat_protection::event(cx, pool, (EventKind::ForgotPassword, Response::Pass));
    let event = event.map(|event| event.with_password(is_compromised));
    let refusal = cx
        .store
        .write(move |db| {
            Box::pin(async move {
                if is_compared {
                    if !typed.take(db, &user).await? {
                        return Ok(Some(Error::CodeExpired));
                    }
                } else if let Checked::Wrong(refusal) = typed.check(db, &user).await? {
                    return Ok(Some(refusal));
                }
                if !is_active(&user) || !store::users::set_password(db, &user.pool_id, &user.sub, &change).await? {
                    return Ok(Some(Error::CodeExpired));
                }
                if let Some(event) = &event {
                    event.keep(db, (&user.pool_id, &user.sub)).await?;
                }
                tracing::info!(pool = %user.pool_id, sub = %user.sub, "password reset");
                Ok(None)
            })
        })
        .await?;
    refusal.map_or(Ok(()), Err)
}

/// Compares a reset code before the new password is compared with earlier ones: only who has the code is told of those.
async fn compare(cx: &Cx, user: &User, typed: TypedCode) -> Result<(), Error> {
    let user = user.clone();
    let checked = cx.store.write(move |db| Box::pin(async move { typed.compare(db, &user).await })).await?;
    if let Checked::Wrong(refusal) = checked { Err(refusal) } else { Ok(()) }
}

/// Whether a code can lead to a new password: there is one of the user's own, or may be one.
fn is_resettable(user: &User) -> bool {
    !matches!(user.status, UserStatus::ForceChangePassword | UserStatus::ExternalProvider)
        && !user.may_have_no_password()
}

/// Whether a code that was sent still leads to a new password.
fn is_active(user: &User) -> bool {
    user.is_enabled && !user.may_have_no_password()
}

/// Keeps a code, with the event of asking for it, and gives it back to be sent.
pub(super) async fn keep_code(
    cx: &Cx,
    user: User,
    (code, event): (NewCode, Option<NewEvent>),
) -> Result<(User, NewCode), Error> {
    cx.store
        .write(move |db| {
            Box::pin(async move {
                code.keep(db, &user).await?;
                if let Some(event) = &event {
                    event.keep(db, (&user.pool_id, &user.sub)).await?;
                }
                Ok((user, code))
            })
        })
        .await
}

async fn send(cx: &Cx, client: &ClientEntry, (user, attribute): (User, &'static str)) -> Result<Delivery, Error> {
    let road = codes::check_road(cx, attribute);
    // Told to a stranger, it would tell who exists.
    if !client.client.hides_user_existence() {
        road?;
    }
    let code = NewCode::make(cx, &user, CodePurpose::ResetPassword, attribute);
    let kind = (EventKind::ForgotPassword, Response::InProgress);
    let event = threat_protection::event(cx, &client.pool.pool, kind);
    let (user, code) = keep_code(cx, user, (code, event)).await?;
    let delivery = code.send(cx, &client.pool, &user, None);
    delivery.ok_or_else(|| Error::internal("the user has no address to send to"))
}

/// Ends a user's password and sends a code for a new one, as an administrator wishes.
///
/// # Errors
/// Cognito's refusals: a disabled user, no password to reset, no proven address, too often.
pub async fn reset(cx: &Cx, entry: &Arc<PoolEntry>, user: User) -> Result<(), Error> {
    if !user.is_enabled {
        return Err(Error::Disabled);
    }
    if !matches!(user.status, UserStatus::Confirmed | UserStatus::ResetRequired) || !is_resettable(&user) {
        return Err(Error::not_authorized("User password cannot be reset in the current state."));
    }
    let attribute = recovery_attribute(cx, &entry.pool, &user).await?.ok_or_else(no_proven_address)?;
    let code = NewCode::make(cx, &user, CodePurpose::ResetPassword, attribute);
    let now = cx.now();
    let (user, code) = cx
        .store
        .write(move |db| {
            Box::pin(async move {
                allowances::count(db, (&user.pool_id, &user.sub), Allowance::ForgotPassword, now).await?;
                if !store::users::move_status(db, &user, UserStatus::ResetRequired, now).await? {
                    return Err(Error::NotFound(Thing::User));
                }
                code.keep(db, &user).await?;
                tracing::info!(pool = %user.pool_id, sub = %user.sub, "password reset by an administrator");
                Ok((user, code))
            })
        })
        .await?;
    drop(code.send(cx, entry, &user, None));
    Ok(())
}

fn no_proven_address() -> Error {
    Error::InvalidParameter(
        "Cannot reset password for the user as there is no registered/verified email or phone_number".to_owned(),
    )
}

/// Whom a name stands for that leads to nobody: their codes are asked for, mistyped, locked and expired like anybody's.
pub(super) fn nobody(cx: &Cx, pool: &Pool, username: &str) -> User {
    let name = cx.secrets.code_mac([pool.id.as_str(), "nobody", "name", &pool.name_key(username)]);
    new_user(pool, (Sub(format!("nobody/{name}")), String::new()), Attributes::new(), cx.now())
}

/// The proven address that the pool prefers for recovery, but for those that bring the user's second factor: whoever
/// reads them would need nothing else.
async fn recovery_attribute(cx: &Cx, pool: &Pool, user: &User) -> Result<Option<&'static str>, Error> {
    let factors = mfa::find(cx, user).await?.usable(&pool.settings.mfa, user);
    Ok(pool.settings.recovery.iter().find_map(|mechanism| {
        let (attribute, factor) = match mechanism {
            RecoveryMechanism::VerifiedEmail => ("email", SecondFactor::EmailOtp),
            RecoveryMechanism::VerifiedPhoneNumber => ("phone_number", SecondFactor::SmsMfa),
            RecoveryMechanism::AdminOnly => return None,
        };
        let is_proven = user.attribute(attribute).is_some() && user.is_verified(attribute);
        (is_proven && !factors.contains(&factor)).then_some(attribute)
    }))
}
