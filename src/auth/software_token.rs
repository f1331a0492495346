//! Owns the authenticator app of somebody who is signed in: its secret, and the first code that proves it.

use crate::crypto::totp::TotpSecret;
use crate::cx::{Cx, Seal};
use crate::domain::pool::Pool;
use crate::domain::user::User;
use crate::error::Error;
use crate::store;
use crate::store::attempts::Failure;
use crate::store::factors::ProvenToken;

/// Seals a secret for the database or a session.
pub(super) fn seal(cx: &Cx, user: &User, secret: &TotpSecret) -> String {
    cx.secrets.seal(cx.random(), Seal::SoftwareToken, (secret.as_bytes(), &context(user)))
}

/// Opens a sealed secret.
///
/// # Errors
/// When it does not open.
pub(super) fn open(cx: &Cx, user: &User, sealed: &str) -> Result<TotpSecret, Error> {
    let opened = cx.secrets.open(Seal::SoftwareToken, sealed, &context(user));
    let secret = opened.and_then(|bytes| TotpSecret::from_bytes(&bytes));
    secret.ok_or_else(|| Error::internal("a software token does not open: is the master key the right one?"))
}

/// The secret of an authenticator app, ready to be shown.
#[derive(Default)]
pub struct WaitingToken {
    /// The secret as people and apps copy it.
    pub secret: String,
    /// The address that a QR code holds.
    pub url: String,
}

impl WaitingToken {
    pub(super) fn of(secret: &TotpSecret, (pool, user): (&Pool, &User)) -> Self {
        Self { url: secret.to_url(&pool.name, user.display_name()), secret: secret.to_base32() }
    }
}

/// The secret that waits for its first code, if there is one.
///
/// # Errors
/// When it does not open.
pub async fn waiting(cx: &Cx, pool: &Pool, user: &User) -> Result<Option<WaitingToken>, Error> {
    let row = store::factors::token(&mut *cx.store.read().await?, &user.pool_id, &user.sub).await?;
    let Some(sealed) = row.and_then(|row| row.pending_secret) else { return Ok(None) };
    Ok(Some(WaitingToken::of(&open(cx, user, &sealed)?, (pool, user))))
}

/// Gives out a new secret, which waits for its first code; a proven one keeps working until then.
///
/// # Errors
/// When the database fails.
pub async fn associate(cx: &Cx, user: User) -> Result<TotpSecret, Error> {
    let secret = TotpSecret::new(cx.random().bytes());
    let sealed = seal(cx, &user, &secret);
    cx.store
        .write(move |db| {
            Box::pin(async move { store::factors::keep_pending(db, &user.pool_id, &user.sub, &sealed).await })
        })
        .await?;
    Ok(secret)
}

/// Checks the first code of the secret that waits.
///
/// # Errors
/// Cognito's refusals: nothing waits, a wrong code, too many tries.
pub async fn verify(cx: &Cx, user: User, typed: &str, device_name: Option<String>) -> Result<(), Error> {
    let row = store::factors::token(&mut *cx.store.read().await?, &user.pool_id, &user.sub).await?;
    let none = || Error::SoftwareTokenNotFound("Software token MFA has not been set up for the user.");
    let pending_secret = row.and_then(|row| row.pending_secret).ok_or_else(none)?;
    let secret = open(cx, &user, &pending_secret)?;
    let (subject, now) = (format!("software_token/{}/sub/{}", user.pool_id, user.sub), cx.now());
    let step = secret.matching_step(typed.trim(), now.seconds());
    let proven = step.map(|step| ProvenToken { pending_secret, device_name, step });
    let refusal = cx
        .store
        .write(move |db| {
            Box::pin(async move {
                let Some(proven) = proven else {
                    let failure = store::attempts::fail(db, &subject, now).await?;
                    let is_locked = failure == Failure::Locked;
                    return Ok(Some(if is_locked {
                        Error::PasswordAttemptsExceeded
                    } else {
                        Error::EnableSoftwareToken
                    }));
                };
                if !store::attempts::succeed(db, &subject, now).await? {
                    return Err(Error::PasswordAttemptsExceeded);
                }
                let is_first = store::factors::activate(db, &user.pool_id, &user.sub, &proven).await?;
                tracing::info!(pool = %user.pool_id, sub = %user.sub, "software token set up");
                Ok((!is_first).then_some(Error::EnableSoftwareToken))
            })
        })
        .await?;
    refusal.map_or(Ok(()), Err)
}

fn context(user: &User) -> String {
    format!("{}/{}", user.pool_id, user.sub)
}
