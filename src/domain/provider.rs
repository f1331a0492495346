//! Owns identity providers: the six kinds, a provider's settings, and the identities that come from one.

use std::collections::BTreeMap;

use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::domain::ids::PoolId;

/// The kind of a provider (API model, IdentityProviderTypeType): a closed set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ProviderType {
    /// SAML 2.0.
    #[serde(rename = "SAML")]
    Saml,
    /// Facebook Login.
    Facebook,
    /// Google.
    Google,
    /// Login with Amazon.
    LoginWithAmazon,
    /// Sign in with Apple.
    SignInWithApple,
    /// Any OpenID Connect provider.
    #[serde(rename = "OIDC")]
    Oidc,
}

impl ProviderType {
    /// Every kind with its name on the API.
    pub const ALL: [(Self, &'static str); 6] = [
        (Self::Saml, "SAML"),
        (Self::Facebook, "Facebook"),
        (Self::Google, "Google"),
        (Self::LoginWithAmazon, "LoginWithAmazon"),
        (Self::SignInWithApple, "SignInWithApple"),
        (Self::Oidc, "OIDC"),
    ];

    /// The name on the API; social providers are called by it too.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(kind, _)| *kind == self).map_or("OIDC", |(_, name)| name)
    }

    /// The kind of that name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known)| *known == name).map(|(kind, _)| *kind)
    }

    /// Whether a pool can have only one of this kind, named as the kind.
    #[must_use]
    pub const fn is_social(self) -> bool {
        matches!(self, Self::Facebook | Self::Google | Self::LoginWithAmazon | Self::SignInWithApple)
    }
}

/// A pool's identity provider.
#[derive(Debug, Clone)]
pub struct Provider {
    /// The pool.
    pub pool_id: PoolId,
    /// Its name, unique in the pool; part of the user names that it makes.
    pub name: String,
    /// Its kind.
    pub provider_type: ProviderType,
    /// Cognito's `ProviderDetails` but for the secret ones, defaults filled in: `client_id`, `authorize_scopes`,
    /// `oidc_issuer`, `authorize_url`, `token_url`, `attributes_url`, `jwks_uri`, `attributes_request_method`,
    /// `api_version`, `team_id`, `key_id`, `MetadataURL`, `MetadataFile`, `IDPSignout`, `IDPInit`,
    /// `EncryptedResponses`, `RequestSigningAlgorithm`, …
    pub details: BTreeMap<String, String>,
    /// `client_secret`, or Apple's `private_key` (the body of a PKCS#8 PEM file).
    pub secret: Option<SecretString>,
    /// From pool attribute to the provider's claim; `username` is the subject.
    pub attribute_mapping: BTreeMap<String, String>,
    /// From the pool's levels of assurance (`Level1` to `Level4`) to the provider's words for them.
    pub acr_mapping: BTreeMap<String, String>,
    /// Other names, often e-mail domains, that lead to this provider.
    pub identifiers: Vec<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub modified_at: Timestamp,
}

impl Provider {
    /// A setting, unless absent or empty.
    #[must_use]
    pub fn detail(&self, name: &str) -> Option<&str> {
        self.details.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// Whether a yes/no setting says yes.
    #[must_use]
    pub fn is_set(&self, name: &str) -> bool {
        self.detail(name).is_some_and(|value| value.eq_ignore_ascii_case("true"))
    }
}

/// One identity of a user, as the attribute `identities` keeps it (spec: tokens, identities).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Identity {
    /// The provider's id of the person.
    pub user_id: String,
    /// The provider's name.
    pub provider_name: String,
    /// The provider's kind.
    pub provider_type: ProviderType,
    /// SAML's entity id; null otherwise.
    pub issuer: Option<String>,
    /// Whether the profile was made by this identity.
    pub primary: bool,
    /// When it was linked, milliseconds since the epoch.
    pub date_created: i64,
}
