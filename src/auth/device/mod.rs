//! Owns the devices of users: offering one after a sign-in, confirming, trusting and forgetting it. A device has no
//! row until it is confirmed: its key travels in the tokens of the sign-in that it was offered to, so that only who
//! signed in can confirm it. How a device proves itself stands in [`proof`].

pub mod proof;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::access::Bearer;
use crate::crypto::srp::Verifier;
use crate::cx::{Cx, Seal};
use crate::domain::device::{Device, DeviceDetails};
use crate::domain::ids::PoolId;
use crate::domain::pool::Pool;
use crate::domain::user::User;
use crate::error::{Error, Taken, Thing};
use crate::store;

/// A device that the app may confirm.
#[derive(Debug, Clone)]
pub struct Offer {
    /// Its key.
    pub key: String,
    /// The name of its group.
    pub group_key: String,
}

/// What an app says of a device that it confirms.
pub struct Confirmation {
    /// The device's key.
    pub key: String,
    /// What the user calls it.
    pub name: Option<String>,
    /// The salt of its secret, base64.
    pub salt: String,
    /// The verifier of its secret, base64.
    pub verifier: String,
    /// The caller's address.
    pub address: String,
}

/// The device to offer after a sign-in without one, where the pool tracks devices.
#[must_use]
pub fn offer(cx: &Cx, pool: &Pool) -> Option<Offer> {
    pool.settings.devices.is_some().then(|| {
        let key = format!("{}_{}", pool.id.region(), cx.random().uuid());
        Offer { group_key: group_key(cx, &pool.id, &key), key }
    })
}

/// Keeps a device; whether the user must still say that it is to be remembered.
///
/// # Errors
/// The pool tracks no devices, the device was not offered to this sign-in or is confirmed, the secret is malformed.
pub async fn confirm(cx: &Cx, bearer: &Bearer, confirmation: Confirmation) -> Result<bool, Error> {
    let Some(settings) = bearer.pool.pool.settings.devices else {
        return Err(Error::InvalidPoolConfiguration("The user pool does not track devices."));
    };
    if bearer.claims.device_key.as_ref() != Some(&confirmation.key) {
        return Err(Error::NotFound(Thing::Device));
    }
    let family = bearer.claims.origin_jti.clone();
    let device = device(cx, &bearer.user, (confirmation, settings.remembers_at_once()))?;
    cx.store
        .write(move |db| {
            Box::pin(async move {
                if !store::devices::insert(db, &device).await? {
                    return Err(Error::Exists(Taken::Device));
                }
                match family {
                    Some(family) => store::families::confirm_device(db, &family, &device.key).await,
                    None => Ok(()),
                }
            })
        })
        .await?;
    tracing::info!(pool = %bearer.user.pool_id, sub = %bearer.user.sub, "device confirmed");
    Ok(!settings.remembers_at_once())
}

/// The user's device of that key.
///
/// # Errors
/// [`Thing::Device`] when there is none.
pub async fn find(cx: &Cx, user: &User, key: &str) -> Result<Device, Error> {
    let found = store::devices::find(&mut *cx.store.read().await?, (&user.pool_id, &user.sub), key).await?;
    found.ok_or(Error::NotFound(Thing::Device))
}

/// At most `limit` of the user's devices, by key, from the one after `after`.
///
/// # Errors
/// When the database fails.
pub async fn list(cx: &Cx, user: &User, place: (&str, i64)) -> Result<Vec<Device>, Error> {
    store::devices::list(&mut *cx.store.read().await?, (&user.pool_id, &user.sub), place).await
}

/// Trusts the user's device at sign-in, or no longer; `None` changes nothing.
///
/// # Errors
/// [`Thing::Device`] when there is none.
pub async fn set_remembered(cx: &Cx, user: &User, (key, status): (String, Option<bool>)) -> Result<(), Error> {
    let Some(is_remembered) = status else { return find(cx, user, &key).await.map(drop) };
    let (pool, sub, now) = (user.pool_id.clone(), user.sub.clone(), cx.now());
    let is_done = cx.store.write(move |db| {
        Box::pin(async move { store::devices::set_remembered(db, (&pool, &sub), (&key, is_remembered), now).await })
    });
    if is_done.await? { Ok(()) } else { Err(Error::NotFound(Thing::Device)) }
}

/// Forgets the user's device: it is a stranger at the next sign-in, and its refresh tokens stop working.
///
/// # Errors
/// [`Thing::Device`] when there is none.
pub async fn forget(cx: &Cx, user: &User, key: String) -> Result<(), Error> {
    let (pool, sub) = (user.pool_id.clone(), user.sub.clone());
    let is_done =
        cx.store.write(move |db| Box::pin(async move { store::devices::delete(db, (&pool, &sub), &key).await }));
    if !is_done.await? {
        return Err(Error::NotFound(Thing::Device));
    }
    tracing::info!(pool = %user.pool_id, sub = %user.sub, "device forgotten");
    Ok(())
}

fn device(cx: &Cx, user: &User, (given, is_remembered): (Confirmation, bool)) -> Result<Device, Error> {
    let malformed = || Error::InvalidParameter("Invalid device secret verifier.".to_owned());
    let bytes = |text: &str| STANDARD.decode(text).map_err(|_| malformed());
    let verifier = Verifier::from_client(&bytes(&given.salt)?, &bytes(&given.verifier)?).map_err(|_| malformed())?;
    let json = serde_json::to_vec(&verifier).map_err(Error::internal)?;
    let now = cx.now();
    Ok(Device {
        sealed_verifier: cx.secrets.seal(cx.random(), Seal::DeviceVerifier, (&json, &context(user, &given.key))),
        pool_id: user.pool_id.clone(),
        sub: user.sub.clone(),
        is_remembered,
        created_at: now,
        modified_at: now,
        authenticated_at: now,
        details: DeviceDetails {
            group_key: group_key(cx, &user.pool_id, &given.key),
            name: given.name,
            last_address: given.address,
        },
        key: given.key,
    })
}

/// The name of a device's group: short, and the same whenever it is asked for.
fn group_key(cx: &Cx, pool: &PoolId, key: &str) -> String {
    let print = cx.secrets.code_mac([pool.as_str(), key, "device-group", ""]);
    format!("-{}", &print[..8])
}

fn context(user: &User, key: &str) -> String {
    format!("{}/{}/{key}", user.pool_id, user.sub)
}
