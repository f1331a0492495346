//! Owns the operations on identities: getting, describing, listing, deleting, unlinking.

use std::collections::BTreeMap;

use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use super::constraints::ACCOUNT_ID;
use super::wire::{id, logins, provider_name, refuse_nul};
use crate::api::constraints::{check_length, check_range, required};
use crate::api::operation::{Access, Caller, Entry, Operation};
use crate::api::page::Page;
use crate::api::wire::Empty;
use crate::cx::Cx;
use crate::domain::identity_pool::{LinkedLogin, PoolIdentity};
use crate::error::Error;
use crate::store::Db;
use crate::{identity, store};

/// The family's table.
pub const OPERATIONS: &[Entry] = &[
    Entry::of::<GetId>(),
    Entry::of::<DescribeIdentity>(),
    Entry::of::<ListIdentities>(),
    Entry::of::<DeleteIdentities>(),
    Entry::of::<UnlinkIdentity>(),
];

/// The identity for some logins, or a guest's new one.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct GetId {
    account_id: Option<String>,
    identity_pool_id: Option<String>,
    logins: Option<BTreeMap<String, SecretString>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct GetIdOutput {
    identity_id: String,
}

impl Operation for GetId {
    const NAME: &'static str = "GetId";
    const ACCESS: Access = Access::Public;
    type Output = GetIdOutput;

    async fn run(self, cx: &Cx, caller: &Caller) -> Result<Self::Output, Error> {
        ACCOUNT_ID.optional("accountId", self.account_id)?;
        let (pool, logins) = (id("identityPoolId", self.identity_pool_id)?, logins(self.logins)?);
        cx.count_attempt(caller.address)?;
        let identity = identity::resolve::get_id(cx, &pool, &logins).await?;
        Ok(GetIdOutput { identity_id: identity.to_string() })
    }
}

/// An identity, described.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct IdentityDescription {
    identity_id: String,
    logins: Vec<String>,
    creation_date: f64,
    last_modified_date: f64,
}

impl IdentityDescription {
    async fn of(db: &mut Db, identity: PoolIdentity) -> Result<Self, Error> {
        let held = store::pool_identities::logins(db, &identity.id).await?;
        let mut names: Vec<String> = held.into_iter().map(|login: LinkedLogin| login.provider).collect();
        names.dedup();
        Ok(Self {
            identity_id: identity.id.to_string(),
            logins: names,
            creation_date: identity.created_at.fractional_seconds(),
            last_modified_date: identity.modified_at.fractional_seconds(),
        })
    }
}

/// Describes an identity.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct DescribeIdentity {
    identity_id: Option<String>,
}

impl Operation for DescribeIdentity {
    const NAME: &'static str = "DescribeIdentity";
    const ACCESS: Access = Access::Admin;
    type Output = IdentityDescription;

    async fn run(self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        let id = id("identityId", self.identity_id)?;
        let mut db = cx.store.read().await?;
        let (_, found) = identity::identity(&mut db, &id).await?;
        IdentityDescription::of(&mut db, found).await
    }
}

/// Lists the identities of a pool.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ListIdentities {
    identity_pool_id: Option<String>,
    max_results: Option<i64>,
    next_token: Option<String>,
    hide_disabled: Option<bool>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ListIdentitiesOutput {
    identity_pool_id: String,
    identities: Vec<IdentityDescription>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

impl Operation for ListIdentities {
    const NAME: &'static str = "ListIdentities";
    const ACCESS: Access = Access::Admin;
    type Output = ListIdentitiesOutput;

    async fn run(self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        let id = id("identityPoolId", self.identity_pool_id)?;
        let limit = required("maxResults", self.max_results)?;
        check_range("maxResults", limit, (1, 60))?;
        let page = Page::after(self.next_token, limit)?;
        let mut db = cx.store.read().await?;
        identity::pool(&mut db, &id).await?;
        let is_enabled = self.hide_disabled.unwrap_or(false);
        let found = store::pool_identities::list(&mut db, &id, (&page.after, page.wanted()), is_enabled).await?;
        let (found, next_token) = page.cut(found, |identity| identity.id.to_string());
        let mut identities = Vec::with_capacity(found.len());
        for identity in found {
            identities.push(IdentityDescription::of(&mut db, identity).await?);
        }
        Ok(ListIdentitiesOutput { identity_pool_id: id.to_string(), identities, next_token })
    }
}

/// Deletes identities; one that does not exist is deleted already.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct DeleteIdentities {
    identity_ids_to_delete: Option<Vec<String>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct DeleteIdentitiesOutput {
    unprocessed_identity_ids: [Empty; 0],
}

impl Operation for DeleteIdentities {
    const NAME: &'static str = "DeleteIdentities";
    const ACCESS: Access = Access::Admin;
    type Output = DeleteIdentitiesOutput;

    async fn run(self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        let given = required("identityIdsToDelete", self.identity_ids_to_delete)?;
        check_length("identityIdsToDelete", given.as_slice(), (1, 60))?;
        let place = |index: usize| format!("identityIdsToDelete.{}.member", index + 1);
        let ids = given.into_iter().enumerate().map(|(index, text)| id(&place(index), Some(text)));
        let ids = ids.collect::<Result<Vec<_>, _>>()?;
        cx.store
            .write(move |db| {
                Box::pin(async move {
                    for id in &ids {
                        store::pool_identities::delete(db, id).await?;
                    }
                    Ok(())
                })
            })
            .await?;
        Ok(DeleteIdentitiesOutput { unprocessed_identity_ids: [] })
    }
}

/// Takes logins away from an identity.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct UnlinkIdentity {
    identity_id: Option<String>,
    logins: Option<BTreeMap<String, SecretString>>,
    logins_to_remove: Option<Vec<String>>,
}

impl Operation for UnlinkIdentity {
    const NAME: &'static str = "UnlinkIdentity";
    const ACCESS: Access = Access::Public;
    type Output = Empty;

    async fn run(self, cx: &Cx, caller: &Caller) -> Result<Self::Output, Error> {
        let id = id("identityId", self.identity_id)?;
        let logins = logins(Some(required("logins", self.logins)?))?;
        let names = required("loginsToRemove", self.logins_to_remove)?;
        for name in &names {
            provider_name("loginsToRemove", name)?;
            refuse_nul("loginsToRemove", name)?;
        }
        cx.count_attempt(caller.address)?;
        identity::developer::unlink(cx, &id, &logins, &names).await?;
        Ok(Empty {})
    }
}
