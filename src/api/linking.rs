//! Owns the operations that tie external identities to users and untie them.

use serde::Deserialize;

use super::constraints::required;
use super::named;
use super::operation::{Access, Caller, Entry, Operation};
use super::wire::Empty;
use crate::auth::federated::{self, ExternalUser};
use crate::cx::Cx;
use crate::error::Error;

/// The family's table.
pub const OPERATIONS: &[Entry] = &[Entry::of::<AdminLinkProviderForUser>(), Entry::of::<AdminDisableProviderForUser>()];

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ProviderUserIdentifierType {
    provider_name: Option<String>,
    provider_attribute_name: Option<String>,
    provider_attribute_value: Option<String>,
}

impl ProviderUserIdentifierType {
    fn settle(self, member: &str) -> Result<ExternalUser, Error> {
        Ok(ExternalUser {
            provider_name: required(&format!("{member}.providerName"), self.provider_name)?,
            attribute: self.provider_attribute_name.filter(|name| !name.is_empty()),
            value: required(&format!("{member}.providerAttributeValue"), self.provider_attribute_value)?,
        })
    }
}

/// Ties an external identity to a user before it first signs in.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AdminLinkProviderForUser {
    user_pool_id: Option<String>,
    destination_user: Option<ProviderUserIdentifierType>,
    source_user: Option<ProviderUserIdentifierType>,
}

impl Operation for AdminLinkProviderForUser {
    const NAME: &'static str = "AdminLinkProviderForUser";
    const ACCESS: Access = Access::Admin;
    type Output = Empty;

    async fn run(self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        let destination = required("destinationUser", self.destination_user)?.settle("destinationUser")?;
        let source = required("sourceUser", self.source_user)?.settle("sourceUser")?;
        let pool = named::pool(cx, self.user_pool_id).await?;
        federated::link(cx, &pool, (destination, source)).await?;
        Ok(Empty {})
    }
}

/// Unties an external identity.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AdminDisableProviderForUser {
    user_pool_id: Option<String>,
    user: Option<ProviderUserIdentifierType>,
}

impl Operation for AdminDisableProviderForUser {
    const NAME: &'static str = "AdminDisableProviderForUser";
    const ACCESS: Access = Access::Admin;
    type Output = Empty;

    async fn run(self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        let external = required("user", self.user)?.settle("user")?;
        let pool = named::pool(cx, self.user_pool_id).await?;
        federated::disable(cx, &pool, external).await?;
        Ok(Empty {})
    }
}
