//! Owns what somebody sees of their own account, and what of it they may change. The changes themselves belong to the
//! modules that make them for the API as well.

use super::federated::{can_unlink, identities_of};
use super::{device, mfa, passkey, tracking};
use crate::cx::{ClientEntry, Cx};
use crate::domain::code::masked_destination;
use crate::domain::device::Device;
use crate::domain::factor::{FirstFactor, MfaMode, PoolMfa, SecondFactor, UserFactors};
use crate::domain::passkey::{MOST, Passkey};
use crate::domain::provider::Identity;
use crate::domain::user::{User, UserStatus};
use crate::error::Error;
use crate::store::tracking::TrackedSession;

/// Devices that are shown.
const MOST_DEVICES: i64 = 60;

/// Somebody's own account.
pub struct Account {
    /// Whether there is a password.
    pub has_password: bool,
    /// Whether the user may set or change it here.
    pub can_set_password: bool,
    /// The passkeys, oldest first.
    pub passkeys: Vec<Passkey>,
    /// Whether another passkey can be made.
    pub can_add_passkey: bool,
    /// The second factors that the pool offers.
    pub factors: Vec<Factor>,
    /// Whether a passkey is enough where one is asked for; `None` where that is not for the user to say.
    pub passkey_is_enough: Option<bool>,
    /// The accounts at providers.
    pub identities: Vec<Identity>,
    /// Whether one of them may be untied.
    pub can_unlink: bool,
    /// The devices that the user confirmed.
    pub devices: Vec<Device>,
    /// The sessions by id, where the pool tracks them.
    pub sessions: Option<Vec<TrackedSession>>,
}

/// A second factor of somebody.
pub struct Factor {
    /// Which.
    pub factor: SecondFactor,
    /// The masked address for the code, or what the user calls the device of the app.
    pub means: Option<String>,
    /// Whether there is an address or an app at all.
    pub has_means: bool,
    /// Whether it is asked for.
    pub is_on: bool,
    /// Whether it is asked for without a choice.
    pub is_preferred: bool,
    /// Whether it must stay on, as the last one that the pool demands.
    pub is_needed: bool,
}

/// The account of `user`, who is signed in through `client`.
///
/// # Errors
/// When the database fails.
pub async fn look(cx: &Cx, client: &ClientEntry, user: &User) -> Result<Account, Error> {
    let pool = &client.pool.pool;
    let is_external = user.status == UserStatus::ExternalProvider;
    let passkeys = passkey::list(cx, user).await?;
    let known = mfa::of_user(cx, pool, user).await?;
    let can_be_enough = pool.settings.passkeys.counts_twice() && !passkeys.is_empty();
    let has_second_factor = !known.usable(&pool.settings.mfa, user).is_empty();
    let first_factors = mfa::first_factors(cx, pool, user).await?;
    let identities = identities_of(user)?;
    let knows_passwords = FirstFactor::Password.is_allowed(pool.first_factors()) && client.client.has_local_sign_in();
    let sessions =
        if pool.settings.sessions.is_tracked { Some(tracking::list(cx, &client.pool, user, "").await?) } else { None };
    Ok(Account {
        has_password: user.password().is_some(),
        can_set_password: knows_passwords && !is_external && !user.may_have_no_password(),
        can_add_passkey: passkey::is_offered_on_pages(cx, client) && !is_external && passkeys.len() < MOST,
        passkeys,
        factors: factors(&pool.settings.mfa, (&known, user)),
        passkey_is_enough: (can_be_enough && has_second_factor).then_some(known.preference.counts_passkeys),
        can_unlink: can_unlink(user, !first_factors.is_empty() || identities.len() > 1),
        identities,
        devices: device::list(cx, user, ("", MOST_DEVICES)).await?,
        sessions,
    })
}

fn factors(mfa: &PoolMfa, (known, user): (&UserFactors, &User)) -> Vec<Factor> {
    if mfa.mode == MfaMode::Off {
        return Vec::new();
    }
    let usable = known.usable(mfa, user);
    let factor = |factor: SecondFactor| {
        let address = factor.attribute().and_then(|name| user.attribute(name));
        let is_on = usable.contains(&factor);
        Factor {
            factor,
            means: address
                .map(masked_destination)
                .or_else(|| known.device_name.clone().filter(|_| factor.attribute().is_none())),
            has_means: address.is_some() || (factor.attribute().is_none() && known.has_software_token),
            is_on,
            is_preferred: is_on && known.preference.preferred == Some(factor),
            is_needed: is_on && mfa.mode == MfaMode::On && usable.len() == 1,
        }
    };
    mfa.offered().into_iter().map(factor).collect()
}
