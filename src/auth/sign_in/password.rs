//! Owns the password as a first factor. The lock rule and the answer to unknown users live here, once, for every
//! caller and every way to prove a password.

use std::sync::Arc;

use secrecy::{ExposeSecret as _, SecretString};

use super::proceed::{Proven, admit, refuse_unless_admitted};
use super::session::{self, Progress, Resumed, nobody};
use super::{Attempt, Authenticated, Effect, Outcome};
use crate::auth::threat_protection::compromised::{self, Finding};
use crate::auth::{credential, threat_protection};
use crate::cx::{ClientEntry, Cx};
use crate::domain::group::Membership;
use crate::domain::next_step::Proof;
use crate::domain::password::LONGEST;
use crate::domain::pool::Pool;
use crate::domain::risk::Watched;
use crate::domain::user::{User, UserStatus};
use crate::error::{Error, Thing};
use crate::store;
use crate::store::attempts::Failure;

/// Signs somebody in by name and password.
///
/// # Errors
/// Cognito's refusals: bad credentials, locked, disabled, not confirmed, reset required, expired temporary password.
pub async fn by_password(cx: &Cx, attempt: Attempt<'_>) -> Result<Outcome, Error> {
    let (client, password) = (attempt.client, attempt.password.clone());
    let proven = check(cx, attempt).await?;
    admit_with(cx, client, proven, &password).await
}

/// Goes on with a password that was sent and is right, unless it is known from breaches. One that an administrator
/// chose is about to be replaced anyway.
///
/// # Errors
/// As [`by_password`].
pub(super) async fn admit_with(
    cx: &Cx,
    client: &Arc<ClientEntry>,
    mut proven: Proven,
    password: &SecretString,
) -> Result<Outcome, Error> {
    if proven.user.is_enabled && proven.user.status == UserStatus::Confirmed {
        match compromised::look_up(cx, client, (password, Watched::SignIn)).await? {
            Finding::Unknown => {}
            Finding::Noted => proven.risk.is_compromised = true,
            Finding::Refused => return Err(refuse_compromised(cx, client, proven).await?),
        }
    }
    admit(cx, client, proven).await
}

/// Makes the user choose another password. The right one has proven who they are, so earlier failures are forgotten.
async fn refuse_compromised(cx: &Cx, client: &ClientEntry, mut proven: Proven) -> Result<Error, Error> {
    proven.risk.is_compromised = true;
    let event = threat_protection::signed_in(cx, &client.pool.pool, (&proven.proofs, &proven.risk));
    proven.effects.extend(event.map(|event| Effect::Record(event.refused())));
    let (authenticated, now) = (Authenticated::from(proven), cx.now());
    cx.store
        .write(move |db| {
            Box::pin(async move {
                authenticated.accept(db).await?;
                store::users::move_status(db, &authenticated.user, UserStatus::ResetRequired, now).await?;
                Ok(())
            })
        })
        .await?;
    Ok(Error::CompromisedPasswordReset)
}

/// Checks a name and a password, and nothing after it: for somebody who is signed in already.
///
/// # Errors
/// As [`by_password`].
pub async fn check_password(cx: &Cx, attempt: Attempt<'_>) -> Result<Authenticated, Error> {
    let proven = refuse_unless_admitted(cx, check(cx, attempt).await?).await?;
    if proven.user.status == UserStatus::ForceChangePassword {
        return Err(Error::BadCredentials);
    }
    Ok(proven.into())
}

/// The user behind a name; `None` where the client hides that there is none.
///
/// # Errors
/// [`Thing::User`] where the client does not hide it.
pub(super) async fn find(cx: &Cx, client: &ClientEntry, name_key: &str) -> Result<Option<User>, Error> {
    let pool = &client.pool.pool;
    let user = store::users::by_login(&mut *cx.store.read().await?, &pool.id, name_key).await?;
    if user.is_none() && !client.client.hides_user_existence() {
        return Err(Error::NotFound(Thing::User));
    }
    threat_protection::refuse_blocked(cx, client, user.as_ref()).await?;
    Ok(user)
}

async fn check(cx: &Cx, attempt: Attempt<'_>) -> Result<Proven, Error> {
    let client = attempt.client;
    let name_key = client.pool.pool.name_key(attempt.username);
    let user = find(cx, client, &name_key).await?;
    let mut claim = Claim { subject: subject_of(cx, client, (user.as_ref(), &name_key)), user, session: None };
    claim.refuse_locked(cx).await?;
    let is_right = claim.has_password(cx, &client.pool.pool, attempt.password).await?;
    claim.settle(cx, client, is_right).await.map(|proven| Proven { device_key: attempt.device_key, ..proven })
}

/// Somebody's claim to know the password of a user, who may not exist.
pub(super) struct Claim {
    /// The user.
    pub user: Option<User>,
    /// Whose failures are counted together.
    pub subject: String,
    /// The session that the claim uses up, right or wrong.
    pub session: Option<Resuming>,
}

/// The session that a claim comes with.
pub(super) struct Resuming {
    progress: Progress,
    memberships: Option<Vec<Membership>>,
    /// Whether there were wrong passwords before.
    has_failures: bool,
}

impl Resuming {
    /// What a right password of this session adds to the proof. Nothing is forgotten where nothing was counted when the
    /// session was brought back: a wrong password in the same moment goes on counting.
    fn prove(self, proven: &mut Proven, subject: String) {
        let session = self.progress.single_use();
        proven.effects.push(Effect::UseSessionUnlocked { session, subject: subject.clone() });
        if self.has_failures {
            proven.effects.push(Effect::Unlock(subject));
        }
        proven.memberships = self.memberships;
        proven.device_key = self.progress.device_key;
    }
}

impl Claim {
    /// The claim of somebody who brought a session back.
    ///
    /// # Errors
    /// [`Error::PasswordAttemptsExceeded`] for a locked account, to save the work of looking at the password.
    pub fn of_session(cx: &Cx, client: &ClientEntry, resumed: Resumed) -> Result<Self, Error> {
        let Resumed { progress, user, memberships, locked_until } = resumed;
        if locked_until.is_some_and(|until| until > cx.now()) {
            return Err(Error::PasswordAttemptsExceeded);
        }
        let subject = session::lock_subject(client.pool_id(), &progress.sub);
        let session = Resuming { progress, memberships, has_failures: locked_until.is_some() };
        Ok(Self { user, subject, session: Some(session) })
    }

    /// Refuses a locked account, to save the work of looking at the password.
    ///
    /// # Errors
    /// [`Error::PasswordAttemptsExceeded`].
    async fn refuse_locked(&self, cx: &Cx) -> Result<(), Error> {
        if store::attempts::is_locked(&mut *cx.store.read().await?, &self.subject, cx.now()).await? {
            return Err(Error::PasswordAttemptsExceeded);
        }
        Ok(())
    }

    /// Whether there is a user with a password at all.
    pub fn has_credential(&self) -> bool {
        self.user.as_ref().is_some_and(|user| user.password().is_some())
    }

    /// Whether `password` is the user's; nobody's costs the same work. The hash of another system becomes ours.
    pub async fn has_password(&mut self, cx: &Cx, pool: &Pool, password: SecretString) -> Result<bool, Error> {
        let credential = self.user.as_ref().and_then(User::password);
        let hash = credential.map(|credential| credential.password_hash.clone());
        let is_short_enough = password.expose_secret().chars().count() <= LONGEST;
        let is_right = is_short_enough && cx.passwords.verify(password.clone(), hash).await?;
        if let Some(user) = self.user.take_if(|_| is_right) {
            self.user = Some(credential::bring_up_to_date(cx, pool, user, &password).await);
        }
        Ok(is_right)
    }

    /// Turns the claim into a proof, or counts the failure and chooses the refusal.
    pub async fn settle(self, cx: &Cx, client: &Arc<ClientEntry>, is_right: bool) -> Result<Proven, Error> {
        match self {
            Self { user: Some(user), subject, session } if is_right => {
                let mut proven = Proven::new(user, cx.now(), Proof::Password);
                match session {
                    Some(session) => session.prove(&mut proven, subject),
                    None => proven.effects.push(Effect::Unlock(subject)),
                }
                Ok(proven)
            }
            claim => Err(claim.fail(cx, client).await?),
        }
    }

    async fn fail(self, cx: &Cx, client: &ClientEntry) -> Result<Error, Error> {
        let now = cx.now();
        let (subject, session) = (self.subject, self.session.map(|session| session.progress.single_use()));
        let event = threat_protection::wrong_password(cx, &client.pool.pool);
        let event = event.zip(self.user.as_ref().map(|user| (user.pool_id.clone(), user.sub.clone())));
        let failure = cx
            .store
            .write(move |db| {
                Box::pin(async move {
                    if let Some(session) = session {
                        session.take(db).await?;
                    }
                    if let Some((event, (pool, sub))) = event {
                        event.keep(db, (&pool, &sub)).await?;
                    }
                    store::attempts::fail(db, &subject, now).await
                })
            })
            .await?;
        if failure == Failure::Locked {
            return Ok(Error::PasswordAttemptsExceeded);
        }
        let needs_reset =
            self.user.is_some_and(|user| user.status == UserStatus::ResetRequired && user.credential.is_none());
        if needs_reset && !client.client.hides_user_existence() {
            return Ok(Error::PasswordResetRequired);
        }
        Ok(Error::BadCredentials)
    }
}

/// Whose failures are counted together: a user's under all names, an unknown name's by itself. Only a print of it is
/// kept: it may be long, and people type passwords into the wrong field.
fn subject_of(cx: &Cx, client: &ClientEntry, (user, name_key): (Option<&User>, &str)) -> String {
    let sub = user.map_or_else(|| nobody(cx, &client.pool.pool, name_key), |user| user.sub.clone());
    session::lock_subject(client.pool_id(), &sub)
}
