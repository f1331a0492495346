//! Owns the sign-in that follows a sign-up without a second code (`USER_AUTH` with the session of `ConfirmSignUp`).

use std::sync::Arc;

use super::Outcome;
use super::proceed::{Proven, admit};
use super::session::{Pending, Progress, Whose, invalid, resume};
use crate::cx::{ClientEntry, Cx};
use crate::domain::client::AuthFlow;
use crate::domain::code::CodePurpose;
use crate::domain::next_step::Proof;
use crate::domain::user::{User, UserStatus};
use crate::error::Error;

/// The session of a sign-up, which lasts as long as its code; only for clients that let people choose how to sign in.
///
/// # Errors
/// When it cannot be sealed.
pub fn begin_with_sign_up(cx: &Cx, client: &ClientEntry, user: &User) -> Result<Option<String>, Error> {
    if !client.client.allows(AuthFlow::AllowUserAuth) {
        return Ok(None);
    }
    let whose = Whose { user: Some(user), name_key: "" };
    let session = Progress::start(cx, client, &whose, Pending::SignedUp);
    session.lasting(cx, CodePurpose::ConfirmSignUp.lifetime_seconds()).seal(cx).map(Some)
}

/// The session after the sign-up was confirmed with its code; none for somebody who brought no good one.
///
/// # Errors
/// When the database fails.
pub async fn follow_sign_up(
    cx: &Cx,
    client: &Arc<ClientEntry>,
    (session, username): (Option<String>, &str),
) -> Result<Option<String>, Error> {
    let Some(session) = session else { return Ok(None) };
    let resumed = match resume(cx, client, &session).await {
        Ok(resumed) => resumed,
        Err(fault @ Error::Internal(_)) => return Err(fault),
        Err(_) => return Ok(None),
    };
    if resumed.check_name(cx, client, username).await.is_err() {
        return Ok(None);
    }
    let is_confirmed = resumed.user.as_ref().is_some_and(|user| user.status == UserStatus::Confirmed);
    if !is_confirmed || !matches!(resumed.progress.pending, Pending::SignedUp) {
        return Ok(None);
    }
    resumed.progress.use_up(cx).await?;
    resumed.progress.followed_by(cx, client, Pending::SignUpConfirmed).seal(cx).map(Some)
}

/// Signs somebody in who just proved the address of their sign-up: the code was the first factor.
///
/// # Errors
/// Cognito's refusals of a bad, expired or used session.
pub(super) async fn sign_in(
    cx: &Cx,
    client: &Arc<ClientEntry>,
    (session, username): (&str, &str),
) -> Result<Outcome, Error> {
    let resumed = resume(cx, client, session).await?;
    resumed.check_name(cx, client, username).await?;
    let Pending::SignUpConfirmed = resumed.progress.pending else { return Err(invalid()) };
    let proven = Proven::after(&resumed, resumed.user()?.clone(), (cx.now(), Some(Proof::FirstCode)));
    admit(cx, client, proven).await
}
