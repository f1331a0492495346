//! Owns the first step of a sign-in: a name and a password. The lock rule and the answer to unknown users live here,
//! once, for every caller.

use std::sync::Arc;

use secrecy::{ExposeSecret as _, SecretString};

use super::challenge::NewPasswordRequired;
use super::credential;
use crate::clock::Timestamp;
use crate::cx::{ClientEntry, Cx};
use crate::domain::ids::PoolId;
use crate::domain::password::LONGEST;
use crate::domain::user::{User, UserStatus};
use crate::error::{Error, Thing};
use crate::store::attempts::Failure;
use crate::store::{self, Db};

/// Somebody tries to sign in.
pub struct Attempt<'a> {
    /// Through which client.
    pub client: &'a Arc<ClientEntry>,
    /// The name as it was typed.
    pub username: &'a str,
    /// The password.
    pub password: SecretString,
}

/// How a step of a sign-in ended.
pub enum Outcome {
    /// The person is who they say.
    Done(Authenticated),
    /// Something else must be proven or done first.
    Challenge(Challenge),
}

/// What must still be done.
pub enum Challenge {
    /// The temporary password must be replaced.
    NewPasswordRequired(NewPasswordRequired),
}

/// A person who proved who they are. Whoever acts on it calls [`Authenticated::accept`] in the same transaction.
#[derive(Debug, Clone)]
pub struct Authenticated {
    /// The user.
    pub user: User,
    /// When they proved it.
    pub auth_time: Timestamp,
    lock_subject: Option<String>,
}

impl Authenticated {
    /// Somebody who proved it without a guessable secret.
    #[must_use]
    pub const fn without_guessing(user: User, auth_time: Timestamp) -> Self {
        Self { user, auth_time, lock_subject: None }
    }

    /// Forgets earlier failures; refuses when parallel guesses have locked the account in the meantime.
    ///
    /// # Errors
    /// [`Error::PasswordAttemptsExceeded`], and the caller's transaction must not commit.
    pub async fn accept(&self, db: &mut Db) -> Result<(), Error> {
        let Some(subject) = &self.lock_subject else { return Ok(()) };
        if store::attempts::succeed(db, subject, self.auth_time).await? {
            return Ok(());
        }
        Err(Error::PasswordAttemptsExceeded)
    }
}

/// Checks a name and a password.
///
/// # Errors
/// Cognito's refusals: bad credentials, locked, disabled, not confirmed, reset required, expired temporary password.
pub async fn by_password(cx: &Cx, attempt: Attempt<'_>) -> Result<Outcome, Error> {
    let pool = &attempt.client.pool.pool;
    let now = cx.now();
    let name_key = pool.name_key(attempt.username);
    let mut db = cx.store.read().await?;
    let user = store::users::by_login(&mut db, &pool.id, &name_key).await?;
    if user.is_none() && !attempt.client.client.hides_user_existence() {
        return Err(Error::NotFound(Thing::User));
    }
    let subject = lock_subject(cx, &pool.id, (user.as_ref(), &name_key));
    let is_locked = store::attempts::is_locked(&mut db, &subject, now).await?;
    drop(db);
    if is_locked {
        return Err(Error::PasswordAttemptsExceeded);
    }
    let hash =
        user.as_ref().and_then(|user| user.credential.as_ref()).map(|credential| credential.password_hash.clone());
    let is_short_enough = attempt.password.expose_secret().chars().count() <= LONGEST;
    let is_right = is_short_enough && cx.passwords.verify(attempt.password.clone(), hash).await?;
    match user {
        Some(user) if is_right => {
            let user = credential::bring_up_to_date(cx, pool, user, &attempt.password).await;
            proven(cx, attempt.client, Proven { user, now, subject }).await
        }
        user => Err(refused(cx, attempt.client, (user, subject)).await?),
    }
}

struct Proven {
    user: User,
    now: Timestamp,
    subject: String,
}

/// The password was right; the user's state decides.
async fn proven(cx: &Cx, client: &Arc<ClientEntry>, proven: Proven) -> Result<Outcome, Error> {
    let Proven { user, now, subject } = proven;
    let authenticated = Authenticated { user, auth_time: now, lock_subject: Some(subject) };
    let refusal = match authenticated.user.status {
        _ if !authenticated.user.is_enabled => Error::Disabled,
        UserStatus::Confirmed | UserStatus::ExternalProvider => return Ok(Outcome::Done(authenticated)),
        UserStatus::ForceChangePassword => return temporary(cx, client, authenticated).await,
        UserStatus::Unconfirmed => Error::NotConfirmed,
        UserStatus::ResetRequired => Error::PasswordResetRequired,
        _ => Error::BadCredentials,
    };
    settle(cx, authenticated).await?;
    Err(refusal)
}

/// A right temporary password earns the challenge to replace it, while it lasts.
async fn temporary(cx: &Cx, client: &Arc<ClientEntry>, authenticated: Authenticated) -> Result<Outcome, Error> {
    let expires_at = authenticated.user.credential.as_ref().and_then(|credential| credential.expires_at);
    let now = authenticated.auth_time;
    let user = settle(cx, authenticated).await?;
    if expires_at.is_some_and(|moment| moment <= now) {
        return Err(Error::not_authorized("Temporary password has expired and must be reset by an administrator."));
    }
    let challenge = NewPasswordRequired::start(cx, client, user)?;
    Ok(Outcome::Challenge(Challenge::NewPasswordRequired(challenge)))
}

/// Accepts the right password in a transaction of its own, where no token follows in the same one.
async fn settle(cx: &Cx, authenticated: Authenticated) -> Result<User, Error> {
    cx.store
        .write(move |db| {
            Box::pin(async move {
                authenticated.accept(db).await?;
                Ok(authenticated.user)
            })
        })
        .await
}

/// Counts the failure and chooses the refusal.
async fn refused(cx: &Cx, client: &ClientEntry, (user, subject): (Option<User>, String)) -> Result<Error, Error> {
    let now = cx.now();
    let failure =
        cx.store.write(move |db| Box::pin(async move { store::attempts::fail(db, &subject, now).await })).await?;
    if failure == Failure::Locked {
        return Ok(Error::PasswordAttemptsExceeded);
    }
    let needs_reset = user.is_some_and(|user| user.status == UserStatus::ResetRequired && user.credential.is_none());
    if needs_reset && !client.client.hides_user_existence() {
        return Ok(Error::PasswordResetRequired);
    }
    Ok(Error::BadCredentials)
}

/// Whose failures are counted together: a user's under all names, an unknown name's by itself. Only a print of it is
/// kept: it may be long, and people type passwords into the wrong field.
fn lock_subject(cx: &Cx, pool: &PoolId, (user, name_key): (Option<&User>, &str)) -> String {
    let print = || cx.secrets.code_mac([pool.as_str(), "nobody", "password", name_key]);
    user.map_or_else(|| format!("password/{pool}/name/{}", print()), |user| format!("password/{pool}/sub/{}", user.sub))
}
