//! Owns how a pool is protected, ranges of addresses, and what is kept of what users do.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::sign_in_risk::RiskLevel;
use crate::clock::Timestamp;

/// How a pool is protected (API model, AdvancedSecurityModeType).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Not at all: nothing is kept either.
    #[default]
    Off,
    /// What users do is kept.
    Audit,
    /// And what the risk configuration says is done.
    Enforced,
}

/// A range of addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Network {
    address: IpAddr,
    prefix: u32,
}

impl Network {
    /// The range in the form `192.0.2.0/24` or `2001:db8::/32`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (address, prefix) = text.split_once('/')?;
        let address: IpAddr = address.parse().ok()?;
        let is_plain = !prefix.is_empty() && prefix.len() <= 3 && prefix.bytes().all(|byte| byte.is_ascii_digit());
        let prefix: u32 = prefix.parse().ok().filter(|_| is_plain)?;
        (prefix <= if address.is_ipv4() { 32 } else { 128 }).then_some(Self { address, prefix })
    }

    /// Whether the range holds `address`.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(mine), IpAddr::V4(other)) => {
                let mask = u32::MAX.checked_shl(32 - self.prefix).unwrap_or(0);
                (u32::from(mine) ^ u32::from(other)) & mask == 0
            }
            (IpAddr::V6(mine), IpAddr::V6(other)) => {
                let mask = u128::MAX.checked_shl(128 - self.prefix).unwrap_or(0);
                (u128::from(mine) ^ u128::from(other)) & mask == 0
            }
            _ => false,
        }
    }
}

/// What a user did (API model, EventType).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventKind {
    /// Signed in, or tried to.
    SignIn,
    /// Signed up.
    SignUp,
    /// Forgot the password.
    ForgotPassword,
    /// Changed the password.
    PasswordChange,
    /// Asked for the code of a sign-up again.
    ResendCode,
}

impl EventKind {
    /// The API's word, which the database keeps too.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::SignIn => "SignIn",
            Self::SignUp => "SignUp",
            Self::ForgotPassword => "ForgotPassword",
            Self::PasswordChange => "PasswordChange",
            Self::ResendCode => "ResendCode",
        }
    }
}

/// How it ended (API model, EventResponseType).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Response {
    /// Well.
    Pass,
    /// Not.
    Fail,
    /// Something must follow.
    InProgress,
}

impl Response {
    /// The API's word, which the database keeps too.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pass => "Pass",
            Self::Fail => "Fail",
            Self::InProgress => "InProgress",
        }
    }
}

/// Something that a user did, with the API's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthEvent {
    /// Its id.
    pub id: String,
    /// When.
    pub created_at: Timestamp,
    /// What.
    pub kind: String,
    /// How it ended.
    pub response: String,
    /// Whether it was refused because of a risk.
    pub is_blocked: bool,
    /// Whether the password is known from breaches.
    pub is_compromised: bool,
    /// How unusual the sign-in was.
    pub risk_level: Option<RiskLevel>,
    /// What was proven or not: `Password` or `Mfa`, and whether it was right.
    pub challenges: Vec<(String, bool)>,
    /// From which address.
    pub address: Option<String>,
    /// With which device.
    pub device: String,
    /// What was said of it later: whether it was the user, who says so, and when.
    pub feedback: Option<Feedback>,
}

impl AuthEvent {
    /// Whether it tells from where and with what the user signs in.
    #[must_use]
    pub fn is_trusted(&self) -> bool {
        self.kind == EventKind::SignIn.name() && self.response == Response::Pass.name()
    }
}

/// What was said of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Feedback {
    /// Whether it was the user.
    pub is_valid: bool,
    /// Who says so.
    pub provider: String,
    /// When.
    pub given_at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_hold_the_addresses_that_share_their_prefix() {
        for (range, inside, outside) in [
            ("192.0.2.0/24", "192.0.2.255", "192.0.3.0"),
            ("192.0.2.7/32", "192.0.2.7", "192.0.2.6"),
            ("2001:db8::/32", "2001:db8:ffff::1", "2001:db9::"),
            ("127.0.0.1/8", "::ffff:127.9.9.9", "::1"),
        ] {
            let range = Network::parse(range).unwrap();
            assert!(range.contains(inside.parse().unwrap()), "{inside}");
            assert!(!range.contains(outside.parse().unwrap()), "{outside}");
        }
        assert!(Network::parse("0.0.0.0/0").unwrap().contains([8, 8, 8, 8].into()));
    }

    #[test]
    fn what_is_no_range_is_refused() {
        for text in ["", "192.0.2.0", "192.0.2.0/33", "192.0.2.0/", "192.0.2.0/+8", "x/8", "::/129", "192.0.2/24"] {
            assert_eq!(Network::parse(text), None, "{text}");
        }
    }
}
