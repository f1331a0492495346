//! Owns resource servers: APIs of other people with scopes of their own.

use serde::{Deserialize, Serialize};

use crate::domain::ids::PoolId;

/// A resource server and its scopes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResourceServer {
    /// The pool that it belongs to.
    pub pool_id: PoolId,
    /// Its identifier, often a URL.
    pub identifier: String,
    /// Its name for people.
    pub name: String,
    /// Its scopes.
    pub scopes: Vec<ResourceScope>,
}

/// One scope of a resource server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResourceScope {
    /// The name after the slash.
    pub name: String,
    /// What it allows, for people.
    pub description: String,
}

impl ResourceServer {
    /// The scopes as tokens carry them: `identifier/name`.
    pub fn full_scopes(&self) -> impl Iterator<Item = String> + '_ {
        self.scopes.iter().map(|scope| format!("{}/{}", self.identifier, scope.name))
    }
}
