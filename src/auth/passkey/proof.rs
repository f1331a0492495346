//! Owns signing in with a passkey: the question, whose state travels sealed in the hands of the caller, and the check
//! of the answer. A question is answered once; a passkey whose counter does not go on may be a copy and is refused.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::relying_party;
use crate::clock::Timestamp;
use crate::crypto::webauthn::{Assertion, RelyingParty};
use crate::cx::Cx;
use crate::domain::ids::Sub;
use crate::domain::passkey::Passkey;
use crate::domain::pool::Pool;
use crate::domain::user::{User, UserStatus};
use crate::error::Error;
use crate::store::{self, Db};

/// A question that waits for its answer; whoever holds it keeps it sealed.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Asked {
    /// Its id, used once.
    id: String,
    state: String,
    expires_at: Timestamp,
}

/// Somebody whose passkey signed.
#[derive(Debug)]
pub struct Signed {
    /// The user.
    pub user: User,
    /// Whether the authenticator knew the person.
    pub is_user_verified: bool,
    /// What the signature changes.
    pub usage: Usage,
}

/// What a signature changes, in the transaction that acts on it: the question is answered, the counter goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Usage {
    question: String,
    expires_at: Timestamp,
    passkey: Passkey,
}

impl Usage {
    /// Notes it.
    ///
    /// # Errors
    /// The question was answered already, or the counter did not go on: the passkey may be a copy.
    pub async fn note(&self, db: &mut Db, at: Timestamp) -> Result<(), Error> {
        let is_first = store::identities::use_once(db, &self.question, self.expires_at).await?;
        if is_first && store::passkeys::note_use(db, &self.passkey, at).await? { Ok(()) } else { Err(refused()) }
    }
}

/// Asks for a signature: of one of these passkeys, or of any of the pool when there are none.
///
/// # Errors
/// When the pool has no passkeys.
pub fn start(cx: &Cx, pool: &Pool, (known, seconds): (&[Passkey], i64)) -> Result<(Value, Asked), Error> {
    let party = relying_party(cx, pool)?;
    let ids: Vec<_> = known.iter().map(|passkey| passkey.id.clone()).collect();
    let ceremony = party.start_sign_in(&ids).map_err(Error::internal)?;
    let asked = Asked { id: cx.random().uuid(), state: ceremony.state, expires_at: cx.now().plus_seconds(seconds) };
    Ok((ceremony.options, asked))
}

/// Checks the answer, of the user `expected` if it must be somebody's. All faults of it look alike. Who acts on it
/// notes its [`Usage`] in the same transaction.
///
/// # Errors
/// The passkey is not proven; the question is too old or was answered; the user's state forbids it.
pub async fn answer(
    cx: &Cx,
    pool: &Pool,
    asked: &Asked,
    (answer, expected): (&str, Option<&Sub>),
) -> Result<Signed, Error> {
    let party = relying_party(cx, pool)?;
    if asked.expires_at <= cx.now() {
        return Err(refused());
    }
    let assertion = Assertion::parse(answer).map_err(|_| refused())?;
    let found = store::passkeys::find(&mut *cx.store.read().await?, &pool.id, &assertion.key_id()).await?;
    let passkey = found.filter(|passkey| is_owner(&assertion, &passkey.sub, expected)).ok_or_else(refused)?;
    let (passkey, is_user_verified) = check(&party, (&assertion, &asked.state), passkey)?;
    let user = store::users::by_sub(&mut *cx.store.read().await?, &pool.id, &passkey.sub).await?;
    let user = may_sign_in(user.ok_or_else(refused)?)?;
    let usage = Usage { question: format!("passkey/{}", asked.id), expires_at: asked.expires_at, passkey };
    Ok(Signed { user, is_user_verified, usage })
}

/// A user whom the caller expects must own the passkey; without one the authenticator must name the owner itself
/// (Web Authentication §7.2 step 6). A name that it gives is never ignored.
fn is_owner(assertion: &Assertion, owner: &Sub, expected: Option<&Sub>) -> bool {
    let is_named = assertion.handle() == Some(owner.as_str());
    match expected {
        Some(expected) => expected == owner && (is_named || !assertion.has_handle()),
        None => is_named,
    }
}

fn check(
    party: &RelyingParty,
    (assertion, state): (&Assertion, &str),
    mut passkey: Passkey,
) -> Result<(Passkey, bool), Error> {
    let is_ours = passkey.details.relying_party_id == party.id();
    let proven = party.finish_sign_in(assertion, (&passkey.public_key, passkey.sign_count), state);
    let proven = proven.ok().filter(|_| is_ours).ok_or_else(|| {
        tracing::warn!(pool = %passkey.pool_id, sub = %passkey.sub, "a passkey was not proven");
        refused()
    })?;
    passkey.public_key = proven.key;
    passkey.sign_count = proven.sign_count;
    Ok((passkey, proven.is_user_verified))
}

fn may_sign_in(user: User) -> Result<User, Error> {
    match user.status {
        _ if !user.is_enabled => Err(Error::Disabled),
        UserStatus::Confirmed => Ok(user),
        UserStatus::Unconfirmed => Err(Error::NotConfirmed),
        UserStatus::ResetRequired => Err(Error::PasswordResetRequired),
        _ => Err(refused()),
    }
}

fn refused() -> Error {
    Error::not_authorized("The passkey could not be verified.")
}
