//! Owns the making of a passkey by a signed-in user. What its answer is checked with waits in the database, sealed,
//! for a few minutes; it is taken before the answer is looked at, so that every challenge works once.

use serde_json::Value;

use super::{refusal, relying_party};
use crate::auth::mfa;
use crate::crypto::webauthn::{NewKey, Owner, RelyingParty};
use crate::cx::{ClientEntry, Cx, Seal};
use crate::domain::passkey::{MOST, Passkey, PasskeyDetails, PasskeyFault, friendly_name};
use crate::domain::user::{User, UserStatus};
use crate::error::Error;
use crate::store;
use crate::store::passkeys::Registration;

/// Seconds for which a challenge can be answered.
const LIFETIME_SECONDS: i64 = 300;

/// Asks the user's browser for a new passkey.
///
/// # Errors
/// The pool has no passkeys, the user cannot have one, or has as many as there can be.
pub async fn start(cx: &Cx, client: &ClientEntry, user: &User) -> Result<Value, Error> {
    let party = relying_party(cx, &client.pool.pool)?;
    if user.status == UserStatus::ExternalProvider {
        return Err(Error::not_authorized("A user of an external provider cannot have passkeys."));
    }
    let known = super::list(cx, user).await?;
    if known.len() >= MOST {
        return Err(too_many());
    }
    let ids: Vec<_> = known.into_iter().map(|passkey| passkey.id).collect();
    let owner = Owner { handle: user.sub.as_str(), name: user.display_name() };
    let ceremony = party.start_registration(owner, &ids).map_err(Error::internal)?;
    let registration = Registration {
        pool_id: user.pool_id.clone(),
        sub: user.sub.clone(),
        client_id: client.client.id.clone(),
        sealed_state: cx.secrets.seal(cx.random(), Seal::Step, (ceremony.state.as_bytes(), &context(user))),
        expires_at: cx.now().plus_seconds(LIFETIME_SECONDS),
    };
    cx.store.write(move |db| Box::pin(async move { store::passkeys::start(db, &registration).await })).await?;
    Ok(ceremony.options)
}

/// Checks and keeps the passkey that the browser made.
///
/// # Errors
/// Cognito's refusals: nothing was started here, another client, another page, another domain, an unfit passkey.
pub async fn complete(cx: &Cx, client: &ClientEntry, (user, answer): (&User, &Value)) -> Result<(), Error> {
    let party = relying_party(cx, &client.pool.pool)?;
    let state = take(cx, client, user).await?;
    let key = party.finish_registration(answer, &state).map_err(refusal)?;
    let passkey = passkey(cx, user, (&party, key));
    let is_kept =
        cx.store.write(move |db| Box::pin(async move { store::passkeys::insert(db, &passkey, MOST).await })).await?;
    if is_kept {
        tracing::info!(pool = %user.pool_id, sub = %user.sub, "passkey made");
        return Ok(());
    }
    let count = super::list(cx, user).await?.len();
    Err(if count >= MOST { too_many() } else { PasskeyFault::CredentialNotSupported.into() })
}

/// As [`complete`], for a passkey that was made on our pages: it is enough from now on, where pool and user let it be.
///
/// # Errors
/// As [`complete`].
pub async fn complete_on_page(cx: &Cx, client: &ClientEntry, made: (&User, &Value)) -> Result<(), Error> {
    complete(cx, client, made).await?;
    mfa::welcome_passkey(cx, &client.pool.pool, made.0).await
}

async fn take(cx: &Cx, client: &ClientEntry, user: &User) -> Result<String, Error> {
    let now = cx.now();
    let none = || Error::from(PasskeyFault::ChallengeNotFound);
    let owner = (&user.pool_id, &user.sub);
    let started_by = store::passkeys::started_by(&mut *cx.store.read().await?, owner, now).await?.ok_or_else(none)?;
    if started_by != client.client.id {
        return Err(PasskeyFault::ClientMismatch.into());
    }
    let (pool, sub) = (user.pool_id.clone(), user.sub.clone());
    let taken = cx
        .store
        .write(move |db| Box::pin(async move { store::passkeys::take(db, (&pool, &sub), &started_by, now).await }));
    let opened = cx.secrets.open(Seal::Step, &taken.await?.ok_or_else(none)?, &context(user)).ok_or_else(none)?;
    String::from_utf8(opened).map_err(Error::internal)
}

fn passkey(cx: &Cx, user: &User, (party, key): (&RelyingParty, NewKey)) -> Passkey {
    let model = key.model.map(|model| model.to_string()).unwrap_or_default();
    Passkey {
        pool_id: user.pool_id.clone(),
        id: key.id,
        sub: user.sub.clone(),
        sign_count: key.sign_count,
        public_key: key.key,
        created_at: cx.now(),
        used_at: None,
        details: PasskeyDetails {
            name: friendly_name(&model, key.attachment.as_deref()),
            relying_party_id: party.id().to_owned(),
            attachment: key.attachment,
            transports: key.transports,
        },
    }
}

fn context(user: &User) -> String {
    format!("passkey-registration/{}/{}", user.pool_id, user.sub)
}

fn too_many() -> Error {
    Error::LimitExceeded(format!("A user can have at most {MOST} passkeys."))
}
