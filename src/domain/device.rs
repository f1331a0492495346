//! Owns devices that a user confirmed: what is kept of one, what a pool says about them.
//! It must not know how a device proves itself.

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::domain::ids::{PoolId, Sub};

/// What a pool says about devices (API: `DeviceConfigurationType`); a pool that says nothing tracks none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct DeviceSettings {
    /// A remembered device makes a second factor needless.
    pub replaces_factor: Option<bool>,
    /// A confirmed device is remembered only once the user has said so.
    pub is_remembered_on_prompt: Option<bool>,
}

impl DeviceSettings {
    /// Whether a remembered device makes a second factor needless.
    #[must_use]
    pub fn replaces_factor(&self) -> bool {
        self.replaces_factor == Some(true)
    }

    /// Whether a confirmed device is remembered without asking.
    #[must_use]
    pub fn remembers_at_once(&self) -> bool {
        self.is_remembered_on_prompt != Some(true)
    }
}

/// A device that a user confirmed.
#[derive(Clone, PartialEq, Eq)]
pub struct Device {
    /// The pool.
    pub pool_id: PoolId,
    /// The user.
    pub sub: Sub,
    /// Its key, `<region>_<uuid>`.
    pub key: String,
    /// The salt and verifier of its secret, sealed with the master key.
    pub sealed_verifier: String,
    /// Whether it is trusted at sign-in.
    pub is_remembered: bool,
    /// When it was confirmed.
    pub created_at: Timestamp,
    /// When it last changed.
    pub modified_at: Timestamp,
    /// When somebody last signed in with it.
    pub authenticated_at: Timestamp,
    /// The parts that no query looks for.
    pub details: DeviceDetails,
}

/// The parts of a device that no query looks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceDetails {
    /// The name of the device's group, which its secret is mixed with.
    pub group_key: String,
    /// What the user calls it.
    pub name: Option<String>,
    /// The address from which it was last used.
    pub last_address: String,
}

impl std::fmt::Debug for Device {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Device({})", self.key)
    }
}
