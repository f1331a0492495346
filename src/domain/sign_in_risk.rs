//! Owns how risky a sign-in is: a pure function of where and with what the user signed in before, and of what failed
//! lately.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::threat_protection::Network;
use crate::clock::Timestamp;

/// So many failures within [`FAILURE_SECONDS`] are many.
pub const MANY_FAILURES: i64 = 5;
/// How long a failure counts.
pub const FAILURE_SECONDS: i64 = 3600;
/// So many of the newest good sign-ins tell what is usual.
pub const REMEMBERED_SIGN_INS: i64 = 50;

/// How risky a sign-in is (API model, RiskLevelType).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum RiskLevel {
    /// One thing is unusual.
    Low,
    /// Two things are.
    Medium,
    /// Everything is.
    High,
}

impl RiskLevel {
    const ALL: [Self; 3] = [Self::Low, Self::Medium, Self::High];

    /// The API's word, which the database keeps too.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Low => "Low",
            Self::Medium => "Medium",
            Self::High => "High",
        }
    }

    /// The level of that name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.name() == name)
    }
}

/// From where and with what somebody signs in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// The address, where it is known.
    pub address: Option<IpAddr>,
    /// What the request says of the device.
    pub device: String,
}

/// What is risky about a sign-in, and what follows from it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Risk {
    /// The password is known from breaches.
    pub is_compromised: bool,
    /// How unusual the sign-in is.
    pub level: Option<RiskLevel>,
    /// Which second factor it must bring.
    pub demand: Demand,
    /// Whether the user is still to be written to.
    pub notifies: bool,
    /// The id and the moment of its event, where one is kept already.
    pub event: Option<(String, Timestamp)>,
}

impl Risk {
    /// Whether nothing is risky.
    #[must_use]
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }
}

/// Which second factor a risk asks for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Demand {
    /// None but what is asked for anyway.
    #[default]
    Nothing,
    /// One, of users who have one.
    IfConfigured,
    /// One; users without one are refused.
    Always,
}

/// How risky a sign-in from `present` is: a device, a network that no remembered sign-in came from, and, beside one of
/// them, many failures raise the level by one each. Failures alone do not: anybody can fail, and the user is not to be
/// kept out for it. Where nothing is remembered, nothing is unusual.
#[must_use]
pub fn level(remembered: &[Origin], present: &Origin, failures: i64) -> Option<RiskLevel> {
    if remembered.is_empty() {
        return None;
    }
    let device = device_family(&present.device);
    let is_new_device = !remembered.iter().any(|known| device_family(&known.device) == device);
    let network = present.address.and_then(network_of);
    let is_known =
        |network: Network| remembered.iter().filter_map(|known| known.address).any(|address| network.contains(address));
    let is_new_network = network.is_some_and(|network| !is_known(network));
    let has_many_failures = failures >= MANY_FAILURES && (is_new_device || is_new_network);
    let signals = [is_new_device, is_new_network, has_many_failures].into_iter().filter(|signal| *signal).count();
    signals.checked_sub(1).and_then(|index| RiskLevel::ALL.get(index)).copied()
}

/// A user agent without its versions, so that an update makes no new device.
fn device_family(device: &str) -> String {
    device.chars().filter(|letter| !letter.is_ascii_digit() && !matches!(letter, '.' | '_')).collect()
}

/// The network around an address: /24, or /48 for IPv6.
fn network_of(address: IpAddr) -> Option<Network> {
    let address = address.to_canonical();
    Network::parse(&format!("{address}/{}", if address.is_ipv4() { 24 } else { 48 }))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:120.0) Gecko/20100101 Firefox/120.0";
    const NEWER: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:121.0) Gecko/20100101 Firefox/121.0";
    const PHONE: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_1 like Mac OS X) Safari/604.1";

    fn from(address: &str, device: &str) -> Origin {
        Origin { address: address.parse().ok(), device: device.to_owned() }
    }

    #[test]
    fn each_unusual_thing_raises_the_level_by_one() {
        use RiskLevel::{High, Low, Medium};
        let remembered = [from("192.0.2.1", FIREFOX), from("2001:db8:1::1", PHONE)];
        for (address, device, failures, expected) in [
            ("192.0.2.1", FIREFOX, 0, None),
            ("192.0.2.250", NEWER, 4, None),
            ("2001:db8:1:ffff::9", FIREFOX, 0, None),
            ("::ffff:192.0.2.9", PHONE, 0, None),
            ("192.0.3.1", FIREFOX, 0, Some(Low)),
            ("2001:db8:2::1", PHONE, 0, Some(Low)),
            ("192.0.2.1", "curl/8.0", 0, Some(Low)),
            ("192.0.2.1", FIREFOX, 500, None),
            ("198.51.100.1", "curl/8.0", 0, Some(Medium)),
            ("198.51.100.1", FIREFOX, 5, Some(Medium)),
            ("192.0.2.1", "curl/8.0", 9, Some(Medium)),
            ("198.51.100.1", "curl/8.0", 5, Some(High)),
        ] {
            assert_eq!(level(&remembered, &from(address, device), failures), expected, "{address} {device} {failures}");
        }
    }

    #[test]
    fn the_first_sign_in_of_a_user_is_no_risk() {
        assert_eq!(level(&[], &from("192.0.2.1", FIREFOX), 100), None);
    }

    #[test]
    fn an_address_that_is_not_known_tells_nothing() {
        let nowhere = Origin { address: None, device: FIREFOX.to_owned() };
        assert_eq!(level(&[from("192.0.2.1", FIREFOX)], &nowhere, 0), None);
        assert_eq!(level(&[nowhere], &from("192.0.2.1", FIREFOX), 0), Some(RiskLevel::Low));
    }

    #[test]
    fn levels_have_the_names_of_the_api() {
        for level in RiskLevel::ALL {
            assert_eq!(RiskLevel::parse(level.name()), Some(level));
        }
        assert_eq!(RiskLevel::parse("None"), None);
    }
}
