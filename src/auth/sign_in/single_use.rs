//! Owns what makes a session between two steps work once: a row of its own, or the family that it earns, which has its
//! id. It must not know what the session asks.

use crate::clock::Timestamp;
use crate::cx::Cx;
use crate::error::Error;
use crate::store::families::Earned;
use crate::store::{self, Db};

/// What can be done with a session once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SingleUse {
    id: String,
    message_id: String,
    expires_at: Timestamp,
}

/// A session that works once, of somebody who is not locked.
#[derive(Debug, Clone)]
pub struct EarnedBy {
    session: SingleUse,
    subject: String,
}

impl SingleUse {
    /// That of the session `id`.
    pub fn new(id: &str, expires_at: Timestamp) -> Self {
        Self { message_id: format!("session/{id}"), id: id.to_owned(), expires_at }
    }

    /// Under what it is kept where the session does not earn a family at once.
    pub fn message_id(&self) -> &str {
        &self.message_id
    }

    /// What a family can be earned by, where the right password of `subject` changes nothing else.
    pub const fn earning(self, subject: String) -> EarnedBy {
        EarnedBy { session: self, subject }
    }

    /// Uses the session up; `false` when somebody was quicker. It does not see a family that the session earned: only
    /// passwords earn one so, and of their sessions this takes the wrong answers.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn take(&self, db: &mut Db) -> Result<bool, Error> {
        store::identities::use_once(db, &self.message_id, self.expires_at).await
    }

    /// Uses the session up for a right password, unless `subject` was locked meanwhile by guesses made in parallel.
    ///
    /// # Errors
    /// Cognito's refusals of a locked account and of a session that was used before.
    pub async fn take_unlocked(&self, db: &mut Db, (subject, now): (&str, Timestamp)) -> Result<(), Error> {
        let message = (self.message_id.as_str(), self.id.as_str(), self.expires_at);
        if store::identities::use_unless_locked(db, message, (subject, now)).await? {
            return Ok(());
        }
        Err(why_not(db, (subject, now)).await?)
    }
}

impl EarnedBy {
    /// The session's id, which becomes the family's: whoever makes the family again finds that it is there.
    #[must_use]
    pub fn family(&self) -> &str {
        &self.session.id
    }

    /// The guard of the statement that keeps the family.
    #[must_use]
    pub fn guard(&self, now: Timestamp) -> Earned<'_> {
        Earned { message_id: &self.session.message_id, subject: &self.subject, now }
    }

    /// Why it earned nothing.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn refusal(&self, cx: &Cx, now: Timestamp) -> Result<Error, Error> {
        why_not(&mut *cx.store.read().await?, (&self.subject, now)).await
    }
}

/// The refusal of a session that was used before.
pub(super) fn used() -> Error {
    Error::not_authorized("Invalid session for the user, session can only be used once.")
}

/// Why a right password earned nothing: the lock of `subject`, or a session that was used before.
///
/// # Errors
/// When the database fails.
async fn why_not(db: &mut Db, (subject, now): (&str, Timestamp)) -> Result<Error, Error> {
    let is_locked = store::attempts::is_locked(db, subject, now).await?;
    Ok(if is_locked { Error::PasswordAttemptsExceeded } else { used() })
}
