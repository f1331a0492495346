//! Owns the operations on identity pools: making, describing, changing, listing, deleting.

use serde::{Deserialize, Serialize};

use super::wire::{IdentityPoolMembers, IdentityPoolType, id};
use crate::api::constraints::{check_range, required};
use crate::api::operation::{Access, Caller, Entry, Operation};
use crate::api::page::Page;
use crate::api::wire::Empty;
use crate::cx::Cx;
use crate::domain::identity_pool::{IdentityPool, RegionalId, RoleSettings};
use crate::error::{Error, Thing};
use crate::{identity, store};

/// The family's table.
pub const OPERATIONS: &[Entry] = &[
    Entry::of::<CreateIdentityPool>(),
    Entry::of::<DescribeIdentityPool>(),
    Entry::of::<UpdateIdentityPool>(),
    Entry::of::<DeleteIdentityPool>(),
    Entry::of::<ListIdentityPools>(),
];

/// Makes a pool.
#[derive(Deserialize)]
struct CreateIdentityPool(IdentityPoolMembers);

impl Operation for CreateIdentityPool {
    const NAME: &'static str = "CreateIdentityPool";
    const ACCESS: Access = Access::Admin;
    type Output = IdentityPoolType;

    async fn run(self, cx: &Cx, caller: &Caller) -> Result<Self::Output, Error> {
        let (name, settings, tags) = self.0.settle()?;
        let (tags, now) = (tags.unwrap_or_default(), cx.now());
        let id = RegionalId::new(caller.region(), &cx.random().uuid());
        let roles = RoleSettings::default();
        let pool = IdentityPool { id, name, created_at: now, modified_at: now, settings, roles };
        let (pool, tags) = cx
            .store
            .write(move |db| {
                Box::pin(async move {
                    store::identity_pools::insert(db, &pool).await?;
                    store::identity_pools::set_tags(db, &pool.id, &tags).await?;
                    Ok((pool, tags))
                })
            })
            .await?;
        tracing::info!(pool = %pool.id, "identity pool made");
        Ok(IdentityPoolType::of(&pool, tags))
    }
}

/// Describes a pool.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct DescribeIdentityPool {
    identity_pool_id: Option<String>,
}

impl Operation for DescribeIdentityPool {
    const NAME: &'static str = "DescribeIdentityPool";
    const ACCESS: Access = Access::Admin;
    type Output = IdentityPoolType;

    async fn run(self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        let id = id("identityPoolId", self.identity_pool_id)?;
        let mut db = cx.store.read().await?;
        let pool = identity::pool(&mut db, &id).await?;
        Ok(IdentityPoolType::of(&pool, store::identity_pools::tags(&mut db, &id).await?))
    }
}

/// Replaces the settings of a pool; its roles stay.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct UpdateIdentityPool {
    identity_pool_id: Option<String>,
    #[serde(flatten)]
    members: IdentityPoolMembers,
}

impl Operation for UpdateIdentityPool {
    const NAME: &'static str = "UpdateIdentityPool";
    const ACCESS: Access = Access::Admin;
    type Output = IdentityPoolType;

    async fn run(self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        let id = id("identityPoolId", self.identity_pool_id)?;
        let (name, settings, tags) = self.members.settle()?;
        let found = identity::pool(&mut *cx.store.read().await?, &id).await?;
        if found.settings.developer_provider.is_some()
            && found.settings.developer_provider != settings.developer_provider
        {
            let text = "You cannot change the developer provider name once it has been set.";
            return Err(Error::InvalidParameter(text.to_owned()));
        }
        let pool = IdentityPool { name, settings, modified_at: cx.now(), ..found };
        let (pool, tags) = cx
            .store
            .write(move |db| {
                Box::pin(async move {
                    if !store::identity_pools::update(db, &pool).await? {
                        return Err(Error::NotFound(Thing::IdentityPool(pool.id.to_string())));
                    }
                    if let Some(tags) = &tags {
                        store::identity_pools::clear_tags(db, &pool.id).await?;
                        store::identity_pools::set_tags(db, &pool.id, tags).await?;
                    }
                    let tags = store::identity_pools::tags(db, &pool.id).await?;
                    Ok((pool, tags))
                })
            })
            .await?;
        Ok(IdentityPoolType::of(&pool, tags))
    }
}

/// Deletes a pool with its identities.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct DeleteIdentityPool {
    identity_pool_id: Option<String>,
}

impl Operation for DeleteIdentityPool {
    const NAME: &'static str = "DeleteIdentityPool";
    const ACCESS: Access = Access::Admin;
    type Output = Empty;

    async fn run(self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        let id = id("identityPoolId", self.identity_pool_id)?;
        let shown = id.to_string();
        let is_gone =
            cx.store.write(move |db| Box::pin(async move { store::identity_pools::delete(db, &id).await })).await?;
        if !is_gone {
            return Err(Error::NotFound(Thing::IdentityPool(shown)));
        }
        tracing::info!(pool = shown, "identity pool deleted");
        Ok(Empty {})
    }
}

/// Lists the pools of the caller's region.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ListIdentityPools {
    max_results: Option<i64>,
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ShortDescription {
    identity_pool_id: String,
    identity_pool_name: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ListIdentityPoolsOutput {
    identity_pools: Vec<ShortDescription>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

impl Operation for ListIdentityPools {
    const NAME: &'static str = "ListIdentityPools";
    const ACCESS: Access = Access::Admin;
    type Output = ListIdentityPoolsOutput;

    async fn run(self, cx: &Cx, caller: &Caller) -> Result<Self::Output, Error> {
        let limit = required("maxResults", self.max_results)?;
        check_range("maxResults", limit, (1, 60))?;
        let page = Page::after(self.next_token, limit)?;
        let mut db = cx.store.read().await?;
        let found = store::identity_pools::list(&mut db, caller.region(), &page.after, page.wanted()).await?;
        let (pools, next_token) = page.cut(found, |pool| pool.id.to_string());
        let short = |pool: IdentityPool| ShortDescription {
            identity_pool_id: pool.id.to_string(),
            identity_pool_name: pool.name,
        };
        Ok(ListIdentityPoolsOutput { identity_pools: pools.into_iter().map(short).collect(), next_token })
    }
}
