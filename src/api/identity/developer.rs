//! Owns the operations of a developer's own server, which vouches for identities.

use std::collections::BTreeMap;

use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use super::constraints::{DEVELOPER_PROVIDER, DEVELOPER_USER};
use super::tokens::TokenOutput;
use super::wire::{id, logins, optional_id, provider_name};
use crate::api::constraints::{check_length, check_range, required};
use crate::api::operation::{Access, Caller, Entry, Operation};
use crate::api::page::Page;
use crate::api::wire::Empty;
use crate::cx::Cx;
use crate::error::Error;
use crate::identity::developer::{self, Request};

/// The family's table.
pub const OPERATIONS: &[Entry] = &[
    Entry::of::<GetOpenIdTokenForDeveloperIdentity>(),
    Entry::of::<LookupDeveloperIdentity>(),
    Entry::of::<MergeDeveloperIdentities>(),
    Entry::of::<UnlinkDeveloperIdentity>(),
];

/// Seconds that a token lives when nobody says.
const TOKEN_SECONDS: i64 = 900;

/// A token for an identity that the caller vouches for.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct GetOpenIdTokenForDeveloperIdentity {
    identity_pool_id: Option<String>,
    identity_id: Option<String>,
    logins: Option<BTreeMap<String, SecretString>>,
    principal_tags: Option<BTreeMap<String, String>>,
    token_duration: Option<i64>,
}

impl Operation for GetOpenIdTokenForDeveloperIdentity {
    const NAME: &'static str = "GetOpenIdTokenForDeveloperIdentity";
    const ACCESS: Access = Access::Admin;
    type Output = TokenOutput;

    async fn run(self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        let pool = id("identityPoolId", self.identity_pool_id)?;
        let identity = optional_id("identityId", self.identity_id)?;
        let logins = logins(Some(required("logins", self.logins)?))?;
        let tags = self.principal_tags.unwrap_or_default();
        check_length("principalTags", &tags, (0, 50))?;
        for (name, value) in &tags {
            provider_name("principalTags", name)?;
            check_length("principalTags", value.as_str(), (1, 256))?;
        }
        let seconds = self.token_duration.unwrap_or(TOKEN_SECONDS);
        check_range("tokenDuration", seconds, (1, 86_400))?;
        let request = Request { pool: &pool, identity: identity.as_ref(), logins, tags, seconds };
        let (identity, token) = developer::token(cx, request).await?;
        Ok(TokenOutput { identity_id: identity.to_string(), token })
    }
}

/// The identity of a developer's user, or the users of an identity.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct LookupDeveloperIdentity {
    identity_pool_id: Option<String>,
    identity_id: Option<String>,
    developer_user_identifier: Option<String>,
    max_results: Option<i64>,
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct LookupDeveloperIdentityOutput {
    identity_id: String,
    developer_user_identifier_list: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

impl Operation for LookupDeveloperIdentity {
    const NAME: &'static str = "LookupDeveloperIdentity";
    const ACCESS: Access = Access::Admin;
    type Output = LookupDeveloperIdentityOutput;

    async fn run(self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        let pool = id("identityPoolId", self.identity_pool_id)?;
        let identity = optional_id("identityId", self.identity_id)?;
        let user = DEVELOPER_USER.optional("developerUserIdentifier", self.developer_user_identifier)?;
        let limit = self.max_results.unwrap_or(60);
        check_range("maxResults", limit, (1, 60))?;
        let page = Page::after(self.next_token, limit)?;
        let (found, users) = developer::lookup(cx, &pool, (identity.as_ref(), user.as_deref())).await?;
        let users = users.into_iter().filter(|user| page.after.is_empty() || page.is_after(user)).collect();
        let (users, next_token) = page.cut(users, Clone::clone);
        Ok(LookupDeveloperIdentityOutput {
            identity_id: found.to_string(),
            developer_user_identifier_list: users,
            next_token,
        })
    }
}

/// Makes one user's identity part of another's.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct MergeDeveloperIdentities {
    source_user_identifier: Option<String>,
    destination_user_identifier: Option<String>,
    developer_provider_name: Option<String>,
    identity_pool_id: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct MergeDeveloperIdentitiesOutput {
    identity_id: String,
}

impl Operation for MergeDeveloperIdentities {
    const NAME: &'static str = "MergeDeveloperIdentities";
    const ACCESS: Access = Access::Admin;
    type Output = MergeDeveloperIdentitiesOutput;

    async fn run(self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        let from = DEVELOPER_USER.required("sourceUserIdentifier", self.source_user_identifier)?;
        let to = DEVELOPER_USER.required("destinationUserIdentifier", self.destination_user_identifier)?;
        let provider = DEVELOPER_PROVIDER.required("developerProviderName", self.developer_provider_name)?;
        let pool = id("identityPoolId", self.identity_pool_id)?;
        let merged = developer::merge_users(cx, &pool, &provider, (&from, &to)).await?;
        Ok(MergeDeveloperIdentitiesOutput { identity_id: merged.to_string() })
    }
}

/// Takes a developer's login away from an identity.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct UnlinkDeveloperIdentity {
    identity_id: Option<String>,
    identity_pool_id: Option<String>,
    developer_provider_name: Option<String>,
    developer_user_identifier: Option<String>,
}

impl Operation for UnlinkDeveloperIdentity {
    const NAME: &'static str = "UnlinkDeveloperIdentity";
    const ACCESS: Access = Access::Admin;
    type Output = Empty;

    async fn run(self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        let identity = id("identityId", self.identity_id)?;
        let pool = id("identityPoolId", self.identity_pool_id)?;
        let provider = DEVELOPER_PROVIDER.required("developerProviderName", self.developer_provider_name)?;
        let user = DEVELOPER_USER.required("developerUserIdentifier", self.developer_user_identifier)?;
        developer::unlink_user(cx, &pool, &identity, (&provider, &user)).await?;
        Ok(Empty {})
    }
}
