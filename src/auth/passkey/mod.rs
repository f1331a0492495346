//! Owns passkeys: making one, signing in with one, listing and deleting them. What a pool allows is decided here for
//! the API and the pages alike; signatures are checked in [`crate::crypto::webauthn`].

pub mod proof;
pub mod registration;

use crate::crypto::webauthn::{RelyingParty, WebauthnFault};
use crate::cx::{ClientEntry, Cx};
use crate::domain::factor::FirstFactor;
use crate::domain::passkey::{Passkey, PasskeyFault};
use crate::domain::pool::Pool;
use crate::domain::user::User;
use crate::error::{Error, Thing};
use crate::store;

/// Whether the pool has passkeys.
#[must_use]
pub fn is_enabled(pool: &Pool) -> bool {
    FirstFactor::WebAuthn.is_allowed(pool.first_factors())
}

/// The party that the pool's passkeys are for: the domain that the pool names, or else that of its own address.
///
/// # Errors
/// [`PasskeyFault::NotEnabled`] and [`PasskeyFault::ConfigurationMissing`].
pub fn relying_party(cx: &Cx, pool: &Pool) -> Result<RelyingParty, Error> {
    if !is_enabled(pool) {
        return Err(PasskeyFault::NotEnabled.into());
    }
    let settings = &pool.settings.passkeys;
    let id = settings.relying_party_id.as_deref().or_else(|| cx.config.public_url.host_str());
    let party = RelyingParty::new(id.unwrap_or_default(), settings.is_verification_required());
    party.map_err(|_| PasskeyFault::ConfigurationMissing.into())
}

/// The party, where pages of our own address can use its passkeys.
#[must_use]
pub fn relying_party_of_pages(cx: &Cx, pool: &Pool) -> Option<RelyingParty> {
    let party = relying_party(cx, pool).ok()?;
    party.covers(cx.config.public_url.host_str()?).then_some(party)
}

/// Whether the pages of a client let people make and use passkeys.
#[must_use]
pub fn is_offered_on_pages(cx: &Cx, client: &ClientEntry) -> bool {
    client.client.has_local_sign_in()
        && client.client.lets_people_choose()
        && relying_party_of_pages(cx, &client.pool.pool).is_some()
}

/// The user's passkeys, oldest first.
///
/// # Errors
/// When the database fails.
pub async fn list(cx: &Cx, user: &User) -> Result<Vec<Passkey>, Error> {
    store::passkeys::of_user(&mut *cx.store.read().await?, &user.pool_id, &user.sub).await
}

/// Deletes one of the user's passkeys.
///
/// # Errors
/// [`Thing::Passkey`] when there is none of that id.
pub async fn delete(cx: &Cx, user: &User, id: String) -> Result<(), Error> {
    let (pool, sub) = (user.pool_id.clone(), user.sub.clone());
    let is_gone = cx
        .store
        .write(move |db| Box::pin(async move { store::passkeys::delete(db, (&pool, &sub), &id).await }))
        .await?;
    if !is_gone {
        return Err(Error::NotFound(Thing::Passkey));
    }
    tracing::info!(pool = %user.pool_id, sub = %user.sub, "passkey deleted");
    Ok(())
}

/// A fault of a new passkey.
fn refusal(fault: WebauthnFault) -> Error {
    let fault = match fault {
        WebauthnFault::Challenge => PasskeyFault::ChallengeNotFound,
        WebauthnFault::Origin => PasskeyFault::OriginNotAllowed,
        WebauthnFault::RelyingParty => PasskeyFault::RelyingPartyMismatch,
        WebauthnFault::RelyingPartyId => PasskeyFault::ConfigurationMissing,
        WebauthnFault::Unsupported | WebauthnFault::NotProven => PasskeyFault::CredentialNotSupported,
        WebauthnFault::Malformed => return Error::InvalidParameter("The credential is malformed.".to_owned()),
    };
    fault.into()
}
