//! Owns users: who they are, in which state, and which names lead to them.

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::domain::attribute::Attributes;
use crate::domain::ids::{PoolId, Sub};

/// Where a user stands (API model, UserStatusType).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum UserStatus {
    /// Signed up, address not proven yet.
    Unconfirmed,
    /// May sign in.
    Confirmed,
    /// Kept, but no longer active.
    Archived,
    /// Disabled because of a suspected threat.
    Compromised,
    /// Not known.
    Unknown,
    /// Must set a new password by a code first.
    ResetRequired,
    /// Has a temporary password and must change it at the next sign-in.
    ForceChangePassword,
    /// Made by an external identity provider.
    ExternalProvider,
}

impl UserStatus {
    const ALL: [(Self, &'static str); 8] = [
        (Self::Unconfirmed, "UNCONFIRMED"),
        (Self::Confirmed, "CONFIRMED"),
        (Self::Archived, "ARCHIVED"),
        (Self::Compromised, "COMPROMISED"),
        (Self::Unknown, "UNKNOWN"),
        (Self::ResetRequired, "RESET_REQUIRED"),
        (Self::ForceChangePassword, "FORCE_CHANGE_PASSWORD"),
        (Self::ExternalProvider, "EXTERNAL_PROVIDER"),
    ];

    /// The API's word, which the database keeps too.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(status, _)| *status == self).map_or("UNKNOWN", |(_, name)| name)
    }

    /// Every status.
    pub fn all() -> impl Iterator<Item = Self> {
        Self::ALL.iter().map(|(status, _)| *status)
    }

    /// The status of that name; an unknown name is [`UserStatus::Unknown`].
    #[must_use]
    pub fn parse(name: &str) -> Self {
        Self::ALL.iter().find(|(_, known)| *known == name).map_or(Self::Unknown, |(status, _)| *status)
    }
}

/// A user of a pool.
#[derive(Debug, Clone)]
pub struct User {
    /// The pool.
    pub pool_id: PoolId,
    /// The immutable id.
    pub sub: Sub,
    /// The user name as it was given; equal to `sub` where addresses are the user names.
    pub username: String,
    /// Where the user stands.
    pub status: UserStatus,
    /// Administrators can switch a user off.
    pub is_enabled: bool,
    /// All attributes but `sub`.
    pub attributes: Attributes,
    /// The password, if there is one.
    pub credential: Option<Credential>,
    /// When the user was made.
    pub created_at: Timestamp,
    /// When the user last changed.
    pub modified_at: Timestamp,
    /// Tokens issued up to here are dead (global sign-out).
    pub signed_out_at: Timestamp,
}

/// What is kept of a password.
#[derive(Clone)]
pub struct Credential {
    /// The hash: Argon2id as a PHC string, or until the first sign-in what another system made.
    pub password_hash: String,
    /// The SRP salt and verifier, sealed with the master key. Somebody whose hash came from another system has none
    /// before the first sign-in by password.
    pub sealed_srp_verifier: Option<String>,
    /// When a temporary password stops working; `None` for a permanent one.
    pub expires_at: Option<Timestamp>,
}

/// What no password hash looks like, in the place of one that was taken away.
const TAKEN_AWAY: &str = "!";

impl Credential {
    /// In the place of a password that an administrator took away: nothing matches it, and nobody but an administrator
    /// puts another one there.
    #[must_use]
    pub fn taken_away() -> Self {
        Self { password_hash: TAKEN_AWAY.to_owned(), sealed_srp_verifier: None, expires_at: None }
    }

    fn is_taken_away(&self) -> bool {
        self.password_hash == TAKEN_AWAY
    }
}

impl std::fmt::Debug for Credential {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Credential(…)")
    }
}

impl User {
    /// The value of an attribute, `sub` included; empty values count as absent.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<&str> {
        if name == "sub" {
            return Some(self.sub.as_str());
        }
        self.attributes.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// Whether the address in `attribute` (`email`, `phone_number`) is proven.
    #[must_use]
    pub fn is_verified(&self, attribute: &str) -> bool {
        self.attribute(&format!("{attribute}_verified")) == Some("true")
    }

    /// The password that the user can prove, if there is one.
    #[must_use]
    pub fn password(&self) -> Option<&Credential> {
        self.credential.as_ref().filter(|credential| !credential.is_taken_away())
    }

    /// Whether an administrator took the password away for good.
    #[must_use]
    pub fn may_have_no_password(&self) -> bool {
        self.credential.as_ref().is_some_and(Credential::is_taken_away)
    }

    /// What a page or a mail calls the user: the address or the name that a person recognises.
    #[must_use]
    pub fn display_name(&self) -> &str {
        let is_generated = self.username == self.sub.as_str();
        let address = || self.attribute("email").or_else(|| self.attribute("phone_number"));
        if is_generated { address().unwrap_or(&self.username) } else { &self.username }
    }
}
