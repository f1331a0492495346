//! Owns identity pools: their ids, what their makers set, and which logins they know. It must not know how a login is
//! verified.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::domain::role_choice::RoleMapping;

/// The id of an identity pool or of an identity, `us-east-1:0c2a…`: pattern `[\w-]+:[0-9a-f-]+`, at most 55
/// characters (API model, IdentityPoolId and IdentityId).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RegionalId(String);

impl RegionalId {
    /// Reads an id; `None` when it does not fit the pattern.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (region, uuid) = text.split_once(':')?;
        let is_region =
            !region.is_empty() && region.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
        let is_uuid = !uuid.is_empty() && uuid.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f' | b'-'));
        (is_region && is_uuid && text.len() <= 55).then(|| Self(text.to_owned()))
    }

    /// The id made of a region and a UUID.
    #[must_use]
    pub fn new(region: &str, uuid: &str) -> Self {
        Self(format!("{region}:{uuid}"))
    }

    /// The part before the colon.
    #[must_use]
    pub fn region(&self) -> &str {
        self.0.split_once(':').map_or("", |(region, _)| region)
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RegionalId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// An identity pool.
#[derive(Debug, Clone)]
pub struct IdentityPool {
    /// Its id.
    pub id: RegionalId,
    /// Its name; several pools may share one.
    pub name: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When its settings last changed.
    pub modified_at: Timestamp,
    /// Which logins it knows.
    pub settings: IdentityPoolSettings,
    /// Which roles its identities get.
    pub roles: RoleSettings,
}

/// What CreateIdentityPool and UpdateIdentityPool set.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdentityPoolSettings {
    /// Whether guests get identities.
    pub allows_guests: bool,
    /// Whether tokens for STS are given out; a pool that never said so gives them.
    pub allows_classic_flow: Option<bool>,
    /// Public providers, each with our app's id there.
    pub login_providers: BTreeMap<String, String>,
    /// The name of the developer's own provider.
    pub developer_provider: Option<String>,
    /// ARNs of OpenID Connect providers.
    pub oidc_providers: Vec<String>,
    /// App clients of user pools.
    pub user_pools: Vec<UserPoolClient>,
    /// ARNs of SAML providers.
    pub saml_providers: Vec<String>,
}

/// An app client of a user pool whose ID tokens are logins.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserPoolClient {
    /// `cognito-idp.<region>.amazonaws.com/<pool id>`, or the issuer without its scheme.
    pub provider_name: String,
    /// The app client.
    pub client_id: String,
    /// Whether a user who was signed out, disabled or deleted is refused while the token still lives.
    pub is_checked_on_server: Option<bool>,
}

/// What SetIdentityPoolRoles sets.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleSettings {
    /// The role of whoever has a login.
    pub authenticated: Option<String>,
    /// The role of guests.
    pub unauthenticated: Option<String>,
    /// How roles are chosen for the logins of a provider.
    pub mappings: BTreeMap<String, RoleMapping>,
}

/// From session tags to the claims that they come from, for one provider.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PrincipalTagMap {
    /// Whether Cognito's own map is used: `client` from `aud`, `username` from `sub`.
    pub uses_defaults: bool,
    /// From tag to claim.
    pub tags: BTreeMap<String, String>,
}

impl PrincipalTagMap {
    /// The map that is applied.
    #[must_use]
    pub fn effective(&self) -> BTreeMap<String, String> {
        if self.uses_defaults {
            return [("client", "aud"), ("username", "sub")]
                .map(|(tag, claim)| (tag.to_owned(), claim.to_owned()))
                .into();
        }
        self.tags.clone()
    }
}

/// An identity of a pool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PoolIdentity {
    /// Its id.
    pub id: RegionalId,
    /// Its pool.
    pub pool_id: RegionalId,
    /// When it was made.
    pub created_at: Timestamp,
    /// When its logins last changed.
    pub modified_at: Timestamp,
    /// Whether it has never had a login; one that lost its last login is nobody's.
    pub is_guest: bool,
    /// The identity that took its place; it is disabled then.
    pub merged_into: Option<RegionalId>,
}

/// A login as an identity holds it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct LinkedLogin {
    /// The provider's name.
    pub provider: String,
    /// The provider's id of the person.
    pub subject: String,
    /// Whether the provider is the developer's own, of which an identity may hold several logins.
    pub is_developers: bool,
}

impl LinkedLogin {
    /// Names what an identity can hold only once.
    #[must_use]
    pub fn slot(&self) -> String {
        if self.is_developers {
            return format!("{}\u{1f}{}", self.provider, self.subject);
        }
        self.provider.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_have_a_region_and_a_uuid() {
        let id = RegionalId::parse("us-east-1:0c2a-1").unwrap();
        assert_eq!((id.region(), id.as_str()), ("us-east-1", "us-east-1:0c2a-1"));
        for text in ["", ":", "us-east-1", "us-east-1:", ":abc", "us-east-1:xyz", "us east:abc", "a:b:c"] {
            assert!(RegionalId::parse(text).is_none(), "{text}");
        }
    }

    #[test]
    fn an_identity_holds_one_login_of_a_public_provider_and_many_of_the_developer() {
        let login = |subject: &str, is_developers| LinkedLogin {
            provider: "p".to_owned(),
            subject: subject.to_owned(),
            is_developers,
        };
        assert_eq!(login("a", false).slot(), login("b", false).slot());
        assert_ne!(login("a", true).slot(), login("b", true).slot());
    }
}
