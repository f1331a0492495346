//! Owns passkeys: what is kept of one, what a pool says about them, what can be wrong with one.
//! It must not know how a signature is checked.

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::domain::ids::{PoolId, Sub};

/// How many passkeys a user can have (Cognito's limit).
pub const MOST: usize = 20;

/// A user's passkey.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passkey {
    /// The pool.
    pub pool_id: PoolId,
    /// Its id, base64url; no two of a pool are the same.
    pub id: String,
    /// The user.
    pub sub: Sub,
    /// How often it has signed, as its authenticator says; 0 where that does not count.
    pub sign_count: i64,
    /// What its signatures are checked with.
    pub public_key: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last signed somebody in.
    pub used_at: Option<Timestamp>,
    /// The parts that no query looks for.
    pub details: PasskeyDetails,
}

/// The parts of a passkey that no query looks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PasskeyDetails {
    /// What people call it.
    pub name: String,
    /// The domain that it is for.
    pub relying_party_id: String,
    /// `platform` or `cross-platform`.
    pub attachment: Option<String>,
    /// How its authenticator is reached.
    pub transports: Vec<String>,
}

/// What a pool says about passkeys (API: `WebAuthnConfigurationType`).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PasskeySettings {
    /// The domain that passkeys are for; the host of the pool's own address unless set.
    pub relying_party_id: Option<String>,
    /// Whether the authenticator must know the person.
    pub user_verification: Option<UserVerification>,
    /// Whether a passkey counts as two factors.
    pub factor: Option<PasskeyFactor>,
}

/// Whether the authenticator must know the person, by PIN or body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum UserVerification {
    /// It must.
    Required,
    /// It should where it can.
    Preferred,
}

/// What a passkey counts for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum PasskeyFactor {
    /// One factor.
    SingleFactor,
    /// Two, where the authenticator knew the person.
    MultiFactorWithUserVerification,
}

impl PasskeySettings {
    /// Whether the authenticator must know the person: where the pool says so, and where a passkey counts as two
    /// factors.
    #[must_use]
    pub fn is_verification_required(&self) -> bool {
        self.user_verification == Some(UserVerification::Required) || self.counts_twice()
    }

    /// Whether a passkey whose authenticator knew the person is enough where a second factor is asked for.
    #[must_use]
    pub fn counts_twice(&self) -> bool {
        self.factor == Some(PasskeyFactor::MultiFactorWithUserVerification)
    }
}

/// What can be wrong with passkeys; each has an exception of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PasskeyFault {
    /// The pool has no passkeys.
    #[error("WebAuthn is not enabled for this user pool.")]
    NotEnabled,
    /// Neither a relying party nor a domain that could be one.
    #[error("The user pool has no relying party ID and no domain that could serve as one.")]
    ConfigurationMissing,
    /// Nothing was started, or too long ago.
    #[error("The WebAuthn challenge was not found or has expired.")]
    ChallengeNotFound,
    /// For another domain.
    #[error("The credential is for another relying party ID.")]
    RelyingPartyMismatch,
    /// Started through another client.
    #[error("The registration was started by another client.")]
    ClientMismatch,
    /// Made on a page of somebody else.
    #[error("The origin of the credential is not allowed for the relying party ID.")]
    OriginNotAllowed,
    /// Of a kind that does not do here.
    #[error("The credential is not supported.")]
    CredentialNotSupported,
}

/// The model numbers (AAGUID) of the most common authenticators.
const MODELS: [(&str, &str); 11] = [
    ("fbfc3007-154e-4ecc-8c0b-6e020557d7bd", "iCloud Keychain"),
    ("dd4ec289-e01d-41c9-bb89-70fa845d4bf2", "iCloud Keychain (Managed)"),
    ("ea9b8d66-4d01-1d21-3ce4-b6b48cb575d4", "Google Password Manager"),
    ("adce0002-35bc-c60a-648b-0b25f1f05503", "Chrome on Mac"),
    ("08987058-cadc-4b81-b6e1-30de50dcbe96", "Windows Hello"),
    ("9ddd1817-af5a-4672-a2b9-3e3dd95000a9", "Windows Hello"),
    ("6028b017-b1d4-4c02-b4b3-afcdafc96bb2", "Windows Hello"),
    ("bada5566-a7aa-401f-bd96-45619a55120d", "1Password"),
    ("d548826e-79b4-db40-a3d8-11116f7e8349", "Bitwarden"),
    ("531126d6-e717-415c-9320-3d9aa6981239", "Dashlane"),
    ("53414d53-554e-4700-0000-000000000000", "Samsung Pass"),
];

/// What people call a passkey of that model, `platform` or not.
#[must_use]
pub fn friendly_name(model: &str, attachment: Option<&str>) -> String {
    let known = MODELS.iter().find(|(number, _)| *number == model).map(|(_, name)| *name);
    let other = if attachment == Some("cross-platform") { "Security key" } else { "Passkey" };
    known.unwrap_or(other).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_passkey_is_named_after_its_maker_or_its_kind() {
        assert_eq!(friendly_name("bada5566-a7aa-401f-bd96-45619a55120d", Some("platform")), "1Password");
        assert_eq!(friendly_name("00000000-0000-0000-0000-000000000000", Some("platform")), "Passkey");
        assert_eq!(friendly_name("", Some("cross-platform")), "Security key");
    }

    #[test]
    fn two_factors_in_one_need_the_person_known() {
        let twice = PasskeySettings {
            factor: Some(PasskeyFactor::MultiFactorWithUserVerification),
            ..PasskeySettings::default()
        };
        assert!(twice.counts_twice() && twice.is_verification_required());
        assert!(!PasskeySettings::default().is_verification_required());
    }
}
