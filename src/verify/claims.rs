//! Owns what a verified token says, and what a route requires of it. It must not know how it was verified.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::{Refusal, TokenUse};

/// The claims of a token that was verified.
#[derive(Debug, Clone, Deserialize)]
pub struct Claims {
    /// The user, or the client where it acts for itself.
    pub sub: String,
    /// The issuer.
    pub iss: String,
    /// `access` or `id`.
    pub token_use: String,
    /// When it stops working, seconds since the epoch.
    pub exp: i64,
    /// When it starts to work.
    #[serde(default)]
    pub nbf: Option<i64>,
    /// The client of an access token.
    #[serde(default)]
    pub client_id: Option<String>,
    /// The client of an ID token, or the resource of an access token.
    #[serde(default)]
    pub aud: Option<Value>,
    /// The user name of an access token.
    #[serde(default)]
    pub username: Option<String>,
    /// Scopes, separated by spaces.
    #[serde(default)]
    pub scope: String,
    /// The user's groups.
    #[serde(default, rename = "cognito:groups")]
    pub groups: Vec<String>,
    /// All other claims.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

impl Claims {
    /// Whether the token has a scope.
    #[must_use]
    pub fn has_scope(&self, scope: &str) -> bool {
        self.scope.split(' ').any(|known| known == scope)
    }

    /// Whether the user is in a group.
    #[must_use]
    pub fn is_in(&self, group: &str) -> bool {
        self.groups.iter().any(|known| known == group)
    }

    pub(super) fn client(&self, of: TokenUse) -> Option<&str> {
        match of {
            TokenUse::Access => self.client_id.as_deref(),
            TokenUse::Id => self.aud.as_ref()?.as_str(),
        }
    }
}

/// What a route requires besides a good token. Put it into the `app_data` of the resource or scope.
#[derive(Debug, Clone, Default)]
pub struct Requirement {
    scopes: Vec<String>,
    groups: Vec<String>,
}

impl Requirement {
    /// One of these scopes.
    pub fn any_scope<S: Into<String>>(scopes: impl IntoIterator<Item = S>) -> Self {
        Self { scopes: scopes.into_iter().map(Into::into).collect(), groups: Vec::new() }
    }

    /// One of these groups.
    pub fn any_group<G: Into<String>>(groups: impl IntoIterator<Item = G>) -> Self {
        Self { scopes: Vec::new(), groups: groups.into_iter().map(Into::into).collect() }
    }

    /// One of these groups as well.
    #[must_use]
    pub fn and_any_group<G: Into<String>>(mut self, groups: impl IntoIterator<Item = G>) -> Self {
        self.groups = groups.into_iter().map(Into::into).collect();
        self
    }

    pub(super) fn check(&self, claims: &Claims) -> Result<(), Refusal> {
        if !self.scopes.is_empty() && !self.scopes.iter().any(|scope| claims.has_scope(scope)) {
            return Err(Refusal::Insufficient { scope: Some(self.scopes.join(" ")) });
        }
        if !self.groups.is_empty() && !self.groups.iter().any(|group| claims.is_in(group)) {
            return Err(Refusal::Insufficient { scope: None });
        }
        Ok(())
    }
}
