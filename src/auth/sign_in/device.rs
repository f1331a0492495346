//! Owns the step in which a confirmed device proves itself (`DEVICE_SRP_AUTH`, `DEVICE_PASSWORD_VERIFIER`): which
//! device a sign-in is on, and the two halves of the exchange. Whether that makes a second factor needless is decided
//! by [`crate::domain::next_step::next`].

use std::sync::Arc;

use super::proceed::{Proven, asked, proceed};
use super::session::{self, Pending, Progress, Resumed, invalid};
use super::{Effect, Outcome, SrpProof, srp};
use crate::auth::device::proof::{self, Signed};
use crate::cx::{ClientEntry, Cx};
use crate::domain::device::Device;
use crate::domain::next_step::Proof;
use crate::domain::user::User;
use crate::error::{Error, Thing};
use crate::store;

/// What an app says of the device that it runs on, beside its answer to a challenge.
#[derive(Default)]
pub struct OnDevice {
    /// The device's key.
    pub key: Option<String>,
    /// The caller's address.
    pub address: String,
}

/// The confirmed device that a sign-in is on; `None` where it names none or the pool tracks none.
///
/// # Errors
/// [`Thing::Device`] when the user has no such device: SDKs then forget it and try again with the same session.
pub(super) async fn of_sign_in(
    cx: &Cx,
    client: &ClientEntry,
    (user, key): (&User, Option<&str>),
) -> Result<Option<Device>, Error> {
    let Some(key) = key.filter(|_| client.pool.pool.settings.devices.is_some()) else { return Ok(None) };
    let found = store::devices::find(&mut *cx.store.read().await?, (&user.pool_id, &user.sub), key).await?;
    found.map(Some).ok_or(Error::NotFound(Thing::Device))
}

/// Takes over what the app says of its device now: another one than at the first step, or none any more.
///
/// # Errors
/// As [`of_sign_in`], before anything is used up.
pub(super) async fn take_over(
    cx: &Cx,
    client: &ClientEntry,
    resumed: &mut Resumed,
    said: Option<&str>,
) -> Result<(), Error> {
    let Some(user) = &resumed.user else { return Ok(()) };
    if let Some(key) = said {
        // Before a proof, a refusal would tell a stranger that there is such a user; after it the key is looked at.
        if !resumed.progress.proofs.is_empty() {
            of_sign_in(cx, client, (user, Some(key))).await?;
        }
        resumed.progress.device_key = Some(key.to_owned());
        return Ok(());
    }
    match of_sign_in(cx, client, (user, resumed.progress.device_key.as_deref())).await {
        Err(Error::NotFound(Thing::Device)) => resumed.progress.device_key = None,
        found => drop(found?),
    }
    Ok(())
}

/// Answers the client's half of the exchange with ours.
///
/// # Errors
/// Another device than the session's, a number out of range, a session that was used meanwhile.
pub(super) async fn begin(
    cx: &Cx,
    client: &Arc<ClientEntry>,
    resumed: Resumed,
    (key, client_public): (&str, &str),
) -> Result<Outcome, Error> {
    let Pending::Device = resumed.progress.pending else { return Err(invalid()) };
    let device = device_of(cx, client, &resumed, key).await?;
    let user = resumed.user()?;
    let exchange = proof::start(cx, (user, &device), &srp::parse_public(client_public)?)?;
    resumed.progress.use_up(cx).await?;
    let next = resumed.progress.followed_by(cx, client, Pending::DeviceSrp { exchange });
    asked(cx, client, &next, Some(user))
}

/// Checks the end of the exchange.
///
/// # Errors
/// Cognito's refusals: a wrong signature, which uses the session up, another device, an old timestamp.
pub(super) async fn answer(
    cx: &Cx,
    client: &Arc<ClientEntry>,
    resumed: Resumed,
    (key, claim, address): (&str, SrpProof, String),
) -> Result<Outcome, Error> {
    let Pending::DeviceSrp { exchange } = resumed.progress.pending.clone() else { return Err(invalid()) };
    let device = device_of(cx, client, &resumed, key).await?;
    let is_timely = srp::is_timely(cx, &claim.timestamp)?;
    let user = resumed.user()?.clone();
    let block = session::from_secret_block(&claim.secret_block).map(|text| session::block_bytes(&text));
    let signed =
        Signed { secret_block: block.unwrap_or_default(), timestamp: claim.timestamp, signature: claim.signature };
    let is_proven = proof::is_proven(cx, (&user, &device), &exchange, &signed)?;
    if !(is_proven && is_timely) {
        resumed.progress.use_up(cx).await?;
        return Err(Error::BadCredentials);
    }
    let mut proven = Proven::after(&resumed, user, (cx.now(), Some(Proof::Device)));
    let mut details = device.details;
    details.last_address = address;
    proven.effects.push(Effect::UseDevice { key: device.key, details });
    proceed(cx, client, proven).await
}

/// The key that the session names; for the challenge that asks for it.
pub(super) fn key_of(progress: &Progress) -> String {
    progress.device_key.clone().unwrap_or_default()
}

/// The device of the session, which must be the one that is answered for.
async fn device_of(cx: &Cx, client: &ClientEntry, resumed: &Resumed, key: &str) -> Result<Device, Error> {
    if resumed.progress.device_key.as_deref() != Some(key) {
        return Err(Error::NotFound(Thing::Device));
    }
    of_sign_in(cx, client, (resumed.user()?, Some(key))).await?.ok_or_else(invalid)
}
