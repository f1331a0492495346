//! Owns the change of a password by somebody who is signed in and knows the old one, or never had one.

use std::sync::Arc;

use secrecy::SecretString;

use super::allowances;
use super::credential::{self, PasswordToSet};
use super::sign_in::{Attempt, Authenticated, check_password};
use super::threat_protection::{self, compromised};
use crate::cx::{ClientEntry, Cx};
use crate::domain::allowance::Allowance;
use crate::domain::threat_protection::{EventKind, Response};
use crate::domain::user::{User, UserStatus};
use crate::error::Error;
use crate::store;
use crate::store::users::PasswordChange;

/// Replaces the password of somebody who is signed in through `client`.
///
/// # Errors
/// Those of a sign-in for the old password; the policy's for the new one; [`Error::AttemptLimitExceeded`].
pub async fn change(
    cx: &Cx,
    client: &Arc<ClientEntry>,
    user: &User,
    (previous, proposed): (Option<SecretString>, SecretString),
) -> Result<(), Error> {
    if user.status == UserStatus::ExternalProvider {
        return Err(Error::not_authorized("Users of an identity provider have no password to change."));
    }
    let authenticated = prove(cx, client, user, previous).await?;
    let (user, pool) = (&authenticated.user, &client.pool.pool);
    let set = PasswordToSet { pool, sub: &user.sub, username: &user.username, password: &proposed, expires_at: None };
    let credential = credential::make(cx, &set).await?;
    let is_compromised = compromised::check_change(cx, client, (&proposed, user)).await?;
    let at = cx.now();
    let change = PasswordChange {
        credential,
        from: user.status,
        to: user.status,
        at,
        remembered: pool.settings.password_policy.remembered(),
    };
    let event = threat_protection::event(cx, pool, (EventKind::PasswordChange, Response::Pass));
    let event = event.map(|event| event.with_password(is_compromised));
    cx.store
        .write(move |db| {
            Box::pin(async move {
                authenticated.accept(db).await?;
                let user = &authenticated.user;
                allowances::count(db, (&user.pool_id, &user.sub), Allowance::ChangePassword, at).await?;
                if store::users::set_password(db, &user.pool_id, &user.sub, &change).await? {
                    if let Some(event) = &event {
                        event.keep(db, (&user.pool_id, &user.sub)).await?;
                    }
                    tracing::info!(pool = %user.pool_id, sub = %user.sub, "password changed");
                    return Ok(());
                }
                Err(Error::BadCredentials)
            })
        })
        .await
}

/// Checks the old password, where there is one.
async fn prove(
    cx: &Cx,
    client: &Arc<ClientEntry>,
    user: &User,
    previous: Option<SecretString>,
) -> Result<Authenticated, Error> {
    let Some(password) = previous else {
        if user.credential.is_none() {
            return Ok(Authenticated::without_guessing(user.clone(), cx.now()));
        }
        return Err(Error::constraint("previousPassword", "not be null"));
    };
    let attempt = Attempt { client, username: &user.username, password, device_key: None };
    let authenticated = check_password(cx, attempt).await?;
    if authenticated.user.sub == user.sub { Ok(authenticated) } else { Err(Error::BadCredentials) }
}
