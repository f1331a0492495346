//! Owns setting up a second factor in the middle of a sign-in, where the pool asks one of everybody.

use std::sync::Arc;

use super::address_code::{ask_of, guess_subject};
use super::proceed::{Proven, proceed};
use super::session::{CodeKind, Pending, Resumed, invalid, resume};
use super::{Effect, Outcome};
use crate::auth::software_token::{self, WaitingToken};
use crate::crypto::totp::TotpSecret;
use crate::cx::{ClientEntry, Cx};
use crate::domain::attribute::is_email;
use crate::domain::factor::SecondFactor;
use crate::domain::next_step::Proof;
use crate::domain::pool::Pool;
use crate::domain::user::User;
use crate::error::Error;
use crate::store::attempts::Failure;
use crate::store::factors::ProvenToken;
use crate::store::{self, Db};

/// Gives out the secret of an authenticator app, and the session that knows it.
///
/// # Errors
/// Cognito's refusals: a bad session, or one that asks something else.
pub async fn associate(cx: &Cx, client: &Arc<ClientEntry>, session: &str) -> Result<(TotpSecret, String), Error> {
    let resumed = resume(cx, client, session).await?;
    let user = resumed.user()?;
    let Pending::SetUp { factors, is_done: false, .. } = resumed.progress.pending.clone() else {
        return Err(invalid());
    };
    if !factors.contains(&SecondFactor::SoftwareTokenMfa) {
        return Err(Error::SoftwareTokenNotFound("Software Token MFA has not been enabled by the userPool"));
    }
    refuse_if_done(&mut *cx.store.read().await?, &client.pool.pool, user).await?;
    let secret = TotpSecret::new(cx.random().bytes());
    let sealed = software_token::seal(cx, user, &secret);
    let pending = Pending::SetUp { factors, secret: Some(sealed), is_done: false };
    let next = resumed.progress.followed_by(cx, client, pending).no_longer_than_any().seal(cx)?;
    resumed.progress.use_up(cx).await?;
    Ok((secret, next))
}

/// The secret that a session knows and whose first code is awaited; the session stays as it is.
///
/// # Errors
/// Cognito's refusals of a bad session.
pub async fn waiting_token(cx: &Cx, client: &Arc<ClientEntry>, session: &str) -> Result<Option<WaitingToken>, Error> {
    let resumed = resume(cx, client, session).await?;
    let Pending::SetUp { secret: Some(sealed), is_done: false, .. } = &resumed.progress.pending else {
        return Ok(None);
    };
    let user = resumed.user()?;
    let secret = software_token::open(cx, user, sealed)?;
    Ok(Some(WaitingToken::of(&secret, (&client.pool.pool, user))))
}

/// Checks the first code of an authenticator app, keeps its secret, and gives out the session that says so.
///
/// # Errors
/// Cognito's refusals: a bad session, a wrong code, too many tries. The session still works after a wrong code.
pub async fn verify(
    cx: &Cx,
    client: &Arc<ClientEntry>,
    (session, typed): (&str, &str),
    device_name: Option<String>,
) -> Result<String, Error> {
    let resumed = resume(cx, client, session).await?;
    let user = resumed.user()?.clone();
    let Pending::SetUp { factors, secret: Some(sealed), is_done: false } = resumed.progress.pending.clone() else {
        return Err(invalid());
    };
    let secret = software_token::open(cx, &user, &sealed)?;
    let (subject, now) = (guess_subject(&resumed.progress, client), cx.now());
    let Some(step) = secret.matching_step(typed.trim(), now.seconds()) else {
        let failure =
            cx.store.write(move |db| Box::pin(async move { store::attempts::fail(db, &subject, now).await })).await?;
        return Err(if failure == Failure::Locked {
            Error::PasswordAttemptsExceeded
        } else {
            Error::EnableSoftwareToken
        });
    };
    let pending = Pending::SetUp { factors, secret: None, is_done: true };
    let next = resumed.progress.followed_by(cx, client, pending).seal(cx)?;
    let effects = [resumed.progress.used_up(), Effect::Unlock(subject)];
    let entry = Arc::clone(client);
    cx.store
        .write(move |db| {
            Box::pin(async move {
                refuse_if_done(db, &entry.pool.pool, &user).await?;
                for effect in &effects {
                    effect.apply(db, (&user, now)).await?;
                }
                store::factors::keep_pending(db, &user.pool_id, &user.sub, &sealed).await?;
                let proven = ProvenToken { pending_secret: sealed, device_name, step };
                store::factors::activate(db, &user.pool_id, &user.sub, &proven).await?;
                prefer(db, &user, SecondFactor::SoftwareTokenMfa).await
            })
        })
        .await?;
    Ok(next)
}

/// Refuses to set up a first factor for somebody who has one by now: whoever has the password alone may have kept the
/// session until then.
///
/// # Errors
/// Cognito's refusal of a session that does not work any more.
pub(super) async fn refuse_if_done(db: &mut Db, pool: &Pool, user: &User) -> Result<(), Error> {
    let factors = store::factors::find(db, &user.pool_id, &user.sub).await?;
    if factors.usable(&pool.settings.mfa, user).is_empty() { Ok(()) } else { Err(invalid()) }
}

/// Asks for `factor` from now on.
///
/// # Errors
/// When the database fails.
pub(super) async fn prefer(db: &mut Db, user: &User, factor: SecondFactor) -> Result<(), Error> {
    let known = store::factors::find(db, &user.pool_id, &user.sub).await?.preference;
    let mut wanted = known.clone();
    wanted.set(factor, true);
    wanted.preferred = Some(factor);
    store::factors::set_preference(db, (&user.pool_id, &user.sub), (&known, &wanted)).await?;
    Ok(())
}

/// Goes on once a factor is set up; an address that was given instead gets a code first.
///
/// # Errors
/// Cognito's refusals: nothing is set up, or the address is none.
pub(super) async fn answer(
    cx: &Cx,
    client: &Arc<ClientEntry>,
    resumed: Resumed,
    email: Option<String>,
) -> Result<Outcome, Error> {
    let Pending::SetUp { factors, is_done, .. } = resumed.progress.pending.clone() else { return Err(invalid()) };
    let user = resumed.user()?.clone();
    if is_done {
        let proven = Proven::after(&resumed, user, (cx.now(), Some(Proof::SecondFactor)));
        return proceed(cx, client, proven).await;
    }
    let Some(address) = email.filter(|_| factors.contains(&SecondFactor::EmailOtp)) else {
        return Err(Error::SoftwareTokenNotFound("User has not set up software token mfa"));
    };
    refuse_if_done(&mut *cx.store.read().await?, &client.pool.pool, &user).await?;
    if !is_email(&address) {
        return Err(Error::InvalidParameter("Invalid email address format.".to_owned()));
    }
    let proven = Proven::after(&resumed, user, (cx.now(), None));
    ask_of(cx, client, proven, (CodeKind::SetUp, address)).await
}
