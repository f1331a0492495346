//! Owns the passkey as a first factor: of a user who is named, or of whoever the authenticator names.

use std::sync::Arc;

use super::proceed::{Proven, admit};
use super::session::{Pending, Progress, Resumed, invalid};
use super::{Asked, Challenge, Effect, Outcome};
use crate::auth::passkey;
use crate::auth::passkey::proof::{self, Signed};
use crate::cx::{ClientEntry, Cx};
use crate::domain::next_step::Proof;
use crate::domain::user::User;
use crate::error::Error;

/// Somebody signs in with a passkey and no name.
pub struct PasskeyAttempt<'a> {
    /// Through which client.
    pub client: &'a Arc<ClientEntry>,
    /// The question that was asked.
    pub asked: &'a proof::Asked,
    /// The authenticator's answer, as JSON.
    pub answer: &'a str,
}

/// Signs somebody in by a passkey; the authenticator says who it is.
///
/// # Errors
/// Cognito's refusals: the passkey is not proven, disabled, not confirmed.
pub async fn by_passkey(cx: &Cx, attempt: PasskeyAttempt<'_>) -> Result<Outcome, Error> {
    let pool = &attempt.client.pool.pool;
    let signed = proof::answer(cx, pool, attempt.asked, (attempt.answer, None)).await?;
    let mut proven = Proven::new(signed.user.clone(), cx.now(), proof_of(attempt.client, &signed));
    proven.effects.push(Effect::UsePasskey(signed.usage));
    admit(cx, attempt.client, proven).await
}

/// Whether `user` can be asked for a passkey: there is one for pages of ours.
///
/// # Errors
/// When the database fails.
pub(super) async fn is_available(cx: &Cx, client: &ClientEntry, user: Option<&User>) -> Result<bool, Error> {
    let pool = &client.pool.pool;
    let Some(user) = user.filter(|_| passkey::relying_party(cx, pool).is_ok()) else { return Ok(false) };
    Ok(!passkey::list(cx, user).await?.is_empty())
}

/// Asks the named user for a passkey, in the session after `progress`.
///
/// # Errors
/// When the user is gone, or has none any more.
pub(super) async fn ask(
    cx: &Cx,
    client: &Arc<ClientEntry>,
    (progress, user): (&Progress, Option<&User>),
) -> Result<Outcome, Error> {
    let user = user.ok_or_else(invalid)?;
    let known = passkey::list(cx, user).await?;
    if known.is_empty() {
        return Err(invalid());
    }
    let (options, asked) = proof::start(cx, &client.pool.pool, (&known, client.client.auth_session_seconds()))?;
    let next = progress.followed_by(cx, client, Pending::Passkey { asked });
    Ok(Outcome::Challenge(Box::new(Asked {
        username: next.username.clone(),
        display_name: user.display_name().to_owned(),
        session: next.seal(cx)?,
        challenge: Challenge::Passkey { options: options.to_string() },
    })))
}

/// Checks the answer. A session works for one, right or wrong.
///
/// # Errors
/// Cognito's refusals: the passkey is not proven, or not the user's.
pub(super) async fn answer(
    cx: &Cx,
    client: &Arc<ClientEntry>,
    resumed: Resumed,
    answer: &str,
) -> Result<Outcome, Error> {
    let Pending::Passkey { asked } = &resumed.progress.pending else { return Err(invalid()) };
    let user = resumed.user()?;
    match proof::answer(cx, &client.pool.pool, asked, (answer, Some(&user.sub))).await {
        Ok(signed) => {
            let proof = proof_of(client, &signed);
            let mut proven = Proven::after(&resumed, signed.user, (cx.now(), Some(proof)));
            proven.effects.push(Effect::UsePasskey(signed.usage));
            admit(cx, client, proven).await
        }
        Err(fault) => {
            resumed.progress.use_up(cx).await?;
            Err(fault)
        }
    }
}

fn proof_of(client: &ClientEntry, signed: &Signed) -> Proof {
    let counts_twice = signed.is_user_verified && client.pool.pool.settings.passkeys.counts_twice();
    if counts_twice { Proof::PasskeyWithUser } else { Proof::Passkey }
}
