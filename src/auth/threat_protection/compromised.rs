//! Owns what happens to passwords that are known from breaches: those that somebody signs in with, and those that
//! somebody chooses. Who has not proven to know a password is told nothing of it.

use secrecy::SecretString;

use super::{configuration, event, keep_now};
use crate::cx::visitor::Visitor;
use crate::cx::{ClientEntry, Cx};
use crate::domain::risk::Watched;
use crate::domain::threat_protection::{EventKind, Mode, Response};
use crate::domain::user::User;
use crate::error::Error;

/// What is known of a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finding {
    /// Nothing, or nobody looked.
    Unknown,
    /// It is known from breaches; that is noted.
    Noted,
    /// It is known from breaches and refused.
    Refused,
}

/// Looks a password up, as the pool and the client say.
///
/// # Errors
/// [`Error::TooManyRequests`] when too many wait for a worker.
pub async fn look_up(
    cx: &Cx,
    client: &ClientEntry,
    (password, place): (&SecretString, Watched),
) -> Result<Finding, Error> {
    let pool = &client.pool.pool;
    if pool.settings.threat_protection == Mode::Off {
        return Ok(Finding::Unknown);
    }
    let configuration = configuration(client);
    let rule = configuration.and_then(|known| known.compromised.as_ref());
    let is_skipped = configuration.is_some_and(|known| known.is_skipped(Visitor::present().address));
    if is_skipped || rule.is_some_and(|rule| !rule.watches(place)) {
        return Ok(Finding::Unknown);
    }
    if !cx.compromised_passwords.contains(&cx.passwords, password).await? {
        return Ok(Finding::Unknown);
    }
    let is_refused = pool.settings.threat_protection == Mode::Enforced && rule.is_some_and(|rule| rule.is_blocked);
    tracing::warn!(pool = %pool.id, client = %client.client.id, ?place, refused = is_refused, "a password is known from breaches");
    Ok(if is_refused { Finding::Refused } else { Finding::Noted })
}

/// Looks a chosen password up; whether it is known from breaches.
///
/// # Errors
/// [`Error::CompromisedPassword`] where it is refused.
pub async fn check_chosen(
    cx: &Cx,
    client: &ClientEntry,
    (password, place): (&SecretString, Watched),
) -> Result<bool, Error> {
    match look_up(cx, client, (password, place)).await? {
        Finding::Unknown => Ok(false),
        Finding::Noted => Ok(true),
        Finding::Refused => Err(Error::CompromisedPassword),
    }
}

/// As [`check_chosen`], for a user who has proven who they are and changes the password; a refusal is kept as an event.
///
/// # Errors
/// As [`check_chosen`].
pub async fn check_change(
    cx: &Cx,
    client: &ClientEntry,
    (password, user): (&SecretString, &User),
) -> Result<bool, Error> {
    let checked = check_chosen(cx, client, (password, Watched::PasswordChange)).await;
    if matches!(checked, Err(Error::CompromisedPassword)) {
        let event = event(cx, &client.pool.pool, (EventKind::PasswordChange, Response::Fail));
        if let Some(event) = event {
            keep_now(cx, event.with_password(true).refused(), user).await?;
        }
    }
    checked
}
