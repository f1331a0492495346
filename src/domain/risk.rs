//! Owns what a pool or one of its clients says about risks: from where nobody signs in, from where nobody is looked at,
//! what happens to unusual sign-ins, and what where a password is known from breaches.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::sign_in_risk::RiskLevel;
use super::threat_protection::Network;
use crate::clock::Timestamp;

/// What a pool or one of its clients says about risks.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RiskConfiguration {
    /// All of it, as JSON text of the API.
    pub document: String,
    /// From where nobody signs in.
    pub blocked: Vec<Network>,
    /// From where nothing is a risk.
    pub skipped: Vec<Network>,
    /// What happens where a password is known from breaches.
    pub compromised: Option<CompromisedCredentials>,
    /// What happens to unusual sign-ins.
    pub takeover: AccountTakeover,
    /// When it was set.
    pub modified_at: Timestamp,
}

/// What happens where a password is known from breaches.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CompromisedCredentials {
    /// Where passwords are looked up; everywhere, where nothing is named.
    pub watched: Vec<Watched>,
    /// Whether such a password is refused.
    pub is_blocked: bool,
}

/// Where a password is looked up (API model, EventFilterType).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Watched {
    /// Somebody signs in with it.
    SignIn,
    /// Somebody chooses it instead of another one.
    PasswordChange,
    /// Somebody chooses it at sign-up.
    SignUp,
}

/// What happens to sign-ins of each level of risk; nothing where nothing is said.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AccountTakeover {
    /// Where one thing is unusual.
    pub low: Option<Reaction>,
    /// Where two things are.
    pub medium: Option<Reaction>,
    /// Where everything is.
    pub high: Option<Reaction>,
    /// The levels at which the user is written to.
    pub notified: Vec<RiskLevel>,
    /// What is written.
    pub notices: RiskNotices,
}

/// What users are told of unusual sign-ins (API model, NotifyConfigurationType).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RiskNotices {
    /// Of those that were refused.
    pub refused: RiskNotice,
    /// Of those that had to bring a second factor.
    pub asked: RiskNotice,
    /// Of those to which nothing happened.
    pub allowed: RiskNotice,
    /// The address that answers go to.
    pub reply_to: Option<String>,
}

/// One mail; what is absent is said in our own words.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RiskNotice {
    /// The subject.
    pub subject: Option<String>,
    /// The text as HTML.
    pub html: Option<String>,
    /// The plain text.
    pub text: Option<String>,
}

/// What happens to a risky sign-in (API model, AccountTakeoverEventActionType).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Reaction {
    /// Nothing.
    #[serde(rename = "NO_ACTION")]
    Allow,
    /// A second factor is asked of users who have one.
    #[serde(rename = "MFA_IF_CONFIGURED")]
    AskIfConfigured,
    /// A second factor is asked for; users without one are refused.
    #[serde(rename = "MFA_REQUIRED")]
    AskAlways,
    /// It is refused.
    #[serde(rename = "BLOCK")]
    Refuse,
}

impl AccountTakeover {
    /// What happens to sign-ins of that level.
    #[must_use]
    pub const fn reaction(&self, level: RiskLevel) -> Option<Reaction> {
        match level {
            RiskLevel::Low => self.low,
            RiskLevel::Medium => self.medium,
            RiskLevel::High => self.high,
        }
    }
}

impl RiskConfiguration {
    /// Whether nobody signs in from `address`.
    #[must_use]
    pub fn is_blocked(&self, address: Option<IpAddr>) -> bool {
        address.is_some_and(|address| self.blocked.iter().any(|range| range.contains(address)))
    }

    /// Whether nothing from `address` is a risk.
    #[must_use]
    pub fn is_skipped(&self, address: Option<IpAddr>) -> bool {
        address.is_some_and(|address| self.skipped.iter().any(|range| range.contains(address)))
    }
}

impl CompromisedCredentials {
    /// Whether passwords are looked up there.
    #[must_use]
    pub fn watches(&self, place: Watched) -> bool {
        self.watched.is_empty() || self.watched.contains(&place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_looked_up_everywhere_unless_places_are_named() {
        let everywhere = CompromisedCredentials::default();
        let at_sign_up = CompromisedCredentials { watched: vec![Watched::SignUp], is_blocked: true };
        for (place, is_named) in [(Watched::SignIn, false), (Watched::PasswordChange, false), (Watched::SignUp, true)] {
            assert!(everywhere.watches(place));
            assert_eq!(at_sign_up.watches(place), is_named);
        }
    }

    #[test]
    fn an_address_is_looked_for_in_its_own_list() {
        let range = |text| vec![Network::parse(text).unwrap()];
        let configuration =
            RiskConfiguration { blocked: range("192.0.2.0/24"), skipped: range("10.0.0.0/8"), ..Default::default() };
        let (bad, good) = (Some([192, 0, 2, 9].into()), Some([10, 1, 2, 3].into()));
        assert!(configuration.is_blocked(bad) && !configuration.is_blocked(good) && !configuration.is_blocked(None));
        assert!(configuration.is_skipped(good) && !configuration.is_skipped(bad) && !configuration.is_skipped(None));
    }
}
