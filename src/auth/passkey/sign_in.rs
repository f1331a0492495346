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
use crate::store;

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

/// Checks the answer, of the user `expected` if it must be somebody's. All faults of it look alike.
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
    let now = cx.now();
    if asked.expires_at <= now {
        return Err(refused());
    }
    let assertion = Assertion::parse(answer).map_err(|_| refused())?;
    let found = store::passkeys::find(&mut *cx.store.read().await?, &pool.id, &assertion.key_id()).await?;
    let passkey = found.filter(|passkey| is_owner(&assertion, &passkey.sub, expected)).ok_or_else(refused)?;
    let (passkey, is_user_verified) = check(&party, (&assertion, &asked.state), passkey)?;
    let user = store::users::by_sub(&mut *cx.store.read().await?, &pool.id, &passkey.sub).await?;
    let user = may_sign_in(user.ok_or_else(refused)?)?;
    let (id, expires_at) = (format!("passkey/{}", asked.id), asked.expires_at);
    cx.store
        .write(move |db| {
            Box::pin(async move {
                let is_first = store::identities::use_once(db, &id, expires_at).await?;
                if is_first && store::passkeys::note_use(db, &passkey, now).await? {
                    return Ok(());
                }
                Err(refused())
            })
        })
        .await?;
    Ok(Signed { user, is_user_verified })
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
