//! Owns what follows a proof: the user's state may refuse, the rule of [`next`] says what must be proven next, and
//! that challenge begins.

use std::sync::Arc;

use super::session::{Pending, Progress, Resumed, Whose};
use super::{Asked, Authenticated, Effect, Outcome, address_code, device, respond};
use crate::auth::threat_protection::adaptive::{self, Verdict};
use crate::auth::threat_protection::{NewEvent, notify};
use crate::auth::{mfa, threat_protection};
use crate::clock::Timestamp;
use crate::cx::{ClientEntry, Cx};
use crate::domain::factor::SecondFactor;
use crate::domain::group::Membership;
use crate::domain::next_step::{Facts, Next, Proof, next};
use crate::domain::sign_in_risk::{Demand, Risk};
use crate::domain::user::{User, UserStatus};
use crate::error::Error;
use crate::notice::alert::Happened;

/// A person who proved something, and what that changes.
pub(super) struct Proven {
    /// The user.
    pub user: User,
    /// The user's groups, where they were read with the user.
    pub memberships: Option<Vec<Membership>>,
    /// When the newest proof was given.
    pub at: Timestamp,
    /// Everything that was proven in this sign-in.
    pub proofs: Vec<Proof>,
    /// What the newest proof changes.
    pub effects: Vec<Effect>,
    /// The device that the app says it runs on.
    pub device_key: Option<String>,
    /// What is risky about it.
    pub risk: Risk,
}

impl Proven {
    /// The first proof of a sign-in.
    pub fn new(user: User, at: Timestamp, proof: Proof) -> Self {
        let (proofs, effects, risk) = (vec![proof], Vec::new(), Risk::default());
        Self { user, memberships: None, at, proofs, effects, device_key: None, risk }
    }

    /// A further proof of a sign-in whose session it uses up.
    pub fn after(resumed: &Resumed, user: User, (at, proof): (Timestamp, Option<Proof>)) -> Self {
        let session = &resumed.progress;
        let proofs = session.proofs.iter().copied().chain(proof).collect();
        let (effects, device_key, risk) = (vec![session.used_up()], session.device_key.clone(), session.risk.clone());
        Self { user, memberships: resumed.memberships.clone(), at, proofs, effects, device_key, risk }
    }
}

impl From<Proven> for Authenticated {
    fn from(proven: Proven) -> Self {
        let Proven { user, memberships, at, proofs, effects, device_key, risk: _ } = proven;
        let device_key = device_key.filter(|_| proofs.contains(&Proof::Device));
        Self { user, memberships, auth_time: at, device_key, upstream: None, acr: None, effects }
    }
}

/// Lets the user's state and the risk decide about a first factor, then goes on.
///
/// # Errors
/// Cognito's refusals: disabled, not confirmed, reset required, expired temporary password, too risky.
pub(super) async fn admit(cx: &Cx, client: &Arc<ClientEntry>, proven: Proven) -> Result<Outcome, Error> {
    threat_protection::refuse_blocked(cx, client, Some(&proven.user)).await?;
    let mut proven = refuse_unless_admitted(cx, proven).await?;
    let risk = std::mem::take(&mut proven.risk);
    match adaptive::judge(cx, client, (&proven.user, risk)).await? {
        Verdict::Admitted(risk) => proceed(cx, client, Proven { risk, ..proven }).await,
        Verdict::Refused(risk) => Err(refuse_risky(cx, client, Proven { risk, ..proven }).await?),
    }
}

/// Keeps the event of a sign-in that is too risky; the right proof still forgets the failures before it.
async fn refuse_risky(cx: &Cx, client: &ClientEntry, mut proven: Proven) -> Result<Error, Error> {
    let event = threat_protection::signed_in(cx, &client.pool.pool, (&proven.proofs, &proven.risk));
    let event = event.map(NewEvent::refused);
    let place = event.as_ref().filter(|_| proven.risk.notifies).map(NewEvent::place);
    proven.effects.extend(event.map(Effect::Record));
    let settled = settle(cx, proven.into()).await?;
    if let Some(place) = place {
        notify::send(cx, client, &settled.user, (Happened::Refused, &place)).await?;
    }
    Ok(adaptive::refusal())
}

/// Refuses users whose state does not let them in; a right proof still forgets the failures before it.
pub(super) async fn refuse_unless_admitted(cx: &Cx, proven: Proven) -> Result<Proven, Error> {
    let is_by_password = proven.proofs.contains(&Proof::Password);
    let has_expired = || {
        let expires_at = proven.user.credential.as_ref().and_then(|credential| credential.expires_at);
        expires_at.is_some_and(|moment| moment <= proven.at)
    };
    let refusal = match proven.user.status {
        _ if !proven.user.is_enabled => Error::Disabled,
        UserStatus::ForceChangePassword if is_by_password && has_expired() => {
            Error::not_authorized("Temporary password has expired and must be reset by an administrator.")
        }
        UserStatus::Confirmed | UserStatus::ForceChangePassword => return Ok(proven),
        UserStatus::Unconfirmed => Error::NotConfirmed,
        UserStatus::ResetRequired => Error::PasswordResetRequired,
        _ => Error::BadCredentials,
    };
    settle(cx, proven.into()).await?;
    Err(refusal)
}

/// Does what a proof changes in a transaction of its own, where nothing else follows in the same one.
pub(super) async fn settle(cx: &Cx, authenticated: Authenticated) -> Result<Authenticated, Error> {
    cx.store
        .write(move |db| {
            Box::pin(async move {
                authenticated.accept(db).await?;
                Ok(authenticated)
            })
        })
        .await
}

/// Goes on with a sign-in: done, or the next challenge.
///
/// # Errors
/// A session that was used meanwhile, a lock that fell, or too many codes sent.
pub(super) async fn proceed(cx: &Cx, client: &Arc<ClientEntry>, mut proven: Proven) -> Result<Outcome, Error> {
    let device = device::of_sign_in(cx, client, (&proven.user, proven.device_key.as_deref())).await?;
    let device_replaces_factor = client.pool.pool.settings.devices.is_some_and(|devices| devices.replaces_factor())
        && device.as_ref().is_some_and(|device| device.is_remembered);
    let factors = mfa::of_user(cx, &client.pool.pool, &proven.user).await?;
    let pool_mfa = &client.pool.pool.settings.mfa;
    let usable = match proven.risk.demand {
        Demand::Nothing => factors.usable(pool_mfa, &proven.user),
        _ => factors.usable_at_risk(pool_mfa, &proven.user, proven.proofs.contains(&Proof::FirstCode)),
    };
    let facts = Facts {
        proofs: &proven.proofs,
        must_change_password: proven.user.status == UserStatus::ForceChangePassword,
        has_remembered_device: device.is_some(),
        device_replaces_factor,
        passkey_replaces_factor: factors.preference.counts_passkeys,
        demand: proven.risk.demand,
        mode: pool_mfa.mode,
        usable: &usable,
        preferred: factors.preference.preferred,
        offered: &pool_mfa.offered(),
    };
    let device_name = factors.device_name.clone();
    let next = next(&facts);
    tell(cx, client, &mut proven, &next).await?;
    let pending = match next {
        Next::Done => return Ok(Outcome::Done(done(cx, client, proven))),
        Next::Refusal => return Err(refuse_risky(cx, client, proven).await?),
        Next::Device => Pending::Device,
        Next::NewPassword => Pending::NewPassword,
        Next::Factor(factor) => return ask_factor(cx, client, proven, (factor, device_name)).await,
        Next::ChooseFactor(factors) => Pending::SelectFactor { factors, device_name },
        Next::SetUpFactor(factors) => Pending::SetUp { factors, secret: None, is_done: false },
    };
    ask(cx, client, proven, pending).await
}

/// Writes to the user of an unusual sign-in, once it is known what it must bring.
///
/// # Errors
/// When the database fails.
async fn tell(cx: &Cx, client: &ClientEntry, proven: &mut Proven, next: &Next) -> Result<(), Error> {
    let happened = match next {
        Next::Device | Next::NewPassword | Next::Refusal => return Ok(()),
        Next::Done => Happened::Allowed,
        _ if proven.risk.demand == Demand::Nothing => Happened::Allowed,
        _ => Happened::Asked,
    };
    let notifies = std::mem::take(&mut proven.risk.notifies);
    if let Some(event) = proven.risk.event.as_ref().filter(|_| notifies) {
        notify::send(cx, client, &proven.user, (happened, event)).await?;
    }
    Ok(())
}

/// A sign-in that is through.
fn done(cx: &Cx, client: &ClientEntry, mut proven: Proven) -> Authenticated {
    let event = threat_protection::signed_in(cx, &client.pool.pool, (&proven.proofs, &proven.risk));
    proven.effects.extend(event.map(Effect::Record));
    proven.into()
}

/// Asks for a second factor.
///
/// # Errors
/// As [`proceed`].
pub(super) async fn ask_factor(
    cx: &Cx,
    client: &Arc<ClientEntry>,
    proven: Proven,
    (factor, device_name): (SecondFactor, Option<String>),
) -> Result<Outcome, Error> {
    match factor {
        SecondFactor::SoftwareTokenMfa => ask(cx, client, proven, Pending::SoftwareToken { device_name }).await,
        SecondFactor::SmsMfa | SecondFactor::EmailOtp => address_code::ask_second(cx, client, proven, factor).await,
    }
}

/// Settles what was proven and begins the challenge `pending`.
///
/// # Errors
/// As [`proceed`].
pub(super) async fn ask(
    cx: &Cx,
    client: &Arc<ClientEntry>,
    proven: Proven,
    pending: Pending,
) -> Result<Outcome, Error> {
    let progress = progress(cx, client, &proven, pending);
    let settled = settle(cx, proven.into()).await?;
    asked(cx, client, &progress, Some(&settled.user))
}

/// The session that asks `pending` of somebody who proved something.
pub(super) fn progress(cx: &Cx, client: &ClientEntry, proven: &Proven, pending: Pending) -> Progress {
    let whose = Whose { user: Some(&proven.user), name_key: "" };
    let mut progress = Progress::start(cx, client, &whose, pending);
    progress.proofs.clone_from(&proven.proofs);
    progress.device_key.clone_from(&proven.device_key);
    progress.risk.clone_from(&proven.risk);
    progress
}

/// The challenge of a session, for the caller.
///
/// # Errors
/// When the session cannot be sealed.
pub(super) fn asked(cx: &Cx, client: &ClientEntry, progress: &Progress, user: Option<&User>) -> Result<Outcome, Error> {
    let session = progress.seal(cx)?;
    Ok(Outcome::Challenge(Box::new(Asked {
        username: progress.username.clone(),
        display_name: user.map_or(progress.username.as_str(), User::display_name).to_owned(),
        challenge: respond::challenge_of(client, (progress, &session), user)?,
        session,
    })))
}
