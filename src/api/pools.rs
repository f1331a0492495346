//! Owns the operations on user pools: making, describing, changing, listing, deleting.

use serde::{Deserialize, Serialize};

use super::constraints::{POOL_NAME, check_range, required};
use super::named;
use super::operation::{Access, Caller, Entry, Operation};
use super::page::Page;
use super::wire::Empty;
use super::wire::pool::{
    PoolSettingsType, UserPoolDescriptionType, UserPoolType, UsernameConfigurationType, login_attributes_from,
};
use super::wire::schema::{SchemaAttributeType, add_custom, schema_from};
use super::wire::words::{ADDRESS_ATTRIBUTES, ALIAS_ATTRIBUTES};
use crate::auth::imports;
use crate::cx::{Cx, new_signing_keys};
use crate::domain::ids::PoolId;
use crate::domain::pool::{Pool, PoolSettings};
use crate::error::Error;
use crate::store;

/// The family's table.
pub const OPERATIONS: &[Entry] = &[
    Entry::of::<CreateUserPool>(),
    Entry::of::<DescribeUserPool>(),
    Entry::of::<UpdateUserPool>(),
    Entry::of::<DeleteUserPool>(),
    Entry::of::<ListUserPools>(),
    Entry::of::<AddCustomAttributes>(),
];

const HAS_DOMAIN: &str = "User pool cannot be deleted. It has a domain configured that should be deleted first.";
/// Letters and digits after the underscore of a new pool's id.
const ID_LENGTH: usize = 9;

/// Makes a pool with its keys.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct CreateUserPool {
    pool_name: Option<String>,
    alias_attributes: Option<Vec<String>>,
    username_attributes: Option<Vec<String>>,
    schema: Option<Vec<SchemaAttributeType>>,
    username_configuration: Option<UsernameConfigurationType>,
    #[serde(flatten)]
    settings: PoolSettingsType,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct UserPoolOutput {
    user_pool: UserPoolType,
}

impl Operation for CreateUserPool {
    const NAME: &'static str = "CreateUserPool";
    const ACCESS: Access = Access::Admin;
    type Output = UserPoolOutput;

    async fn run(self, cx: &Cx, caller: &Caller) -> Result<Self::Output, Error> {
        let (name, settings) = self.settle()?;
        let id = PoolId::parse(&format!("{}_{}", caller.region(), cx.random().alphanumeric(ID_LENGTH)));
        let id = id.ok_or_else(|| Error::InvalidParameter(format!("Invalid region {}", caller.region())))?;
        let now = cx.now();
        let keys = new_signing_keys(cx, &id, now).await?;
        let pool = Pool { id, name, created_at: now, modified_at: now, settings };
        let pool = cx
            .change_settings(move |db| {
                Box::pin(async move {
                    store::pools::insert(db, &pool).await?;
                    for key in &keys {
                        store::signing_keys::insert(db, &pool.id, key).await?;
                    }
                    Ok(pool)
                })
            })
            .await?;
        tracing::info!(pool = %pool.id, "pool made");
        Ok(UserPoolOutput { user_pool: UserPoolType::of(&pool, &cx.config.account_id, 0) })
    }
}

impl CreateUserPool {
    /// The name and the settings that were asked for.
    fn settle(self) -> Result<(String, PoolSettings), Error> {
        let name = POOL_NAME.required("poolName", self.pool_name)?;
        let mut settings = PoolSettings {
            alias_attributes: login_attributes_from("aliasAttributes", self.alias_attributes, ALIAS_ATTRIBUTES)?,
            username_attributes: login_attributes_from(
                "usernameAttributes",
                self.username_attributes,
                ADDRESS_ATTRIBUTES,
            )?,
            schema: schema_from(self.schema)?,
            ..PoolSettings::default()
        };
        if !settings.alias_attributes.is_empty() && !settings.username_attributes.is_empty() {
            return Err(Error::InvalidParameter(
                "Only one of the aliasAttributes or usernameAttributes can be set in an user pool.".to_owned(),
            ));
        }
        if let Some(configuration) = self.username_configuration {
            let member = "usernameConfiguration.caseSensitive";
            settings.is_case_sensitive = Some(required(member, configuration.case_sensitive)?);
        }
        self.settings.replace(&mut settings)?;
        Ok((name, settings))
    }
}

/// Describes a pool.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct DescribeUserPool {
    user_pool_id: Option<String>,
}

impl Operation for DescribeUserPool {
    const NAME: &'static str = "DescribeUserPool";
    const ACCESS: Access = Access::Admin;
    type Output = UserPoolOutput;

    async fn run(self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        let entry = named::pool(cx, self.user_pool_id).await?;
        let users = store::pools::estimated_users(&mut *cx.store.read().await?, &entry.pool.id).await?;
        let shape = UserPoolType::of(&entry.pool, &cx.config.account_id, users);
        Ok(UserPoolOutput { user_pool: shape.with_domains(&entry.domains) })
    }
}

/// Replaces the settings of a pool that can change.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct UpdateUserPool {
    user_pool_id: Option<String>,
    pool_name: Option<String>,
    #[serde(flatten)]
    settings: PoolSettingsType,
}

impl Operation for UpdateUserPool {
    const NAME: &'static str = "UpdateUserPool";
    const ACCESS: Access = Access::Admin;
    type Output = Empty;

    async fn run(self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        let entry = named::pool(cx, self.user_pool_id).await?;
        imports::refuse_while_busy(cx, &entry.pool.id).await?;
        let name = POOL_NAME.optional("poolName", self.pool_name)?;
        let settings = self.settings;
        change_pool(cx, &entry.pool.id, move |pool| {
            pool.name = name.unwrap_or_else(|| pool.name.clone());
            settings.replace(&mut pool.settings)
        })
        .await?;
        Ok(Empty {})
    }
}

/// Changes a pool as it is now, and tells every instance.
///
/// # Errors
/// The fault of `change`, or a change by somebody else at the same time.
pub async fn change_pool(
    cx: &Cx,
    id: &PoolId,
    change: impl FnOnce(&mut Pool) -> Result<(), Error> + Send + 'static,
) -> Result<Pool, Error> {
    let (id, now) = (id.clone(), cx.now());
    let pool = cx
        .change_settings(move |db| {
            Box::pin(async move {
                let pool = store::pools::change(db, &id, now, change).await?;
                Ok(pool)
            })
        })
        .await?;
    Ok(pool)
}

/// Adds custom attributes to the schema, which never leave it again.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AddCustomAttributes {
    user_pool_id: Option<String>,
    custom_attributes: Option<Vec<SchemaAttributeType>>,
}

impl Operation for AddCustomAttributes {
    const NAME: &'static str = "AddCustomAttributes";
    const ACCESS: Access = Access::Admin;
    type Output = Empty;

    async fn run(self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        let entry = named::pool(cx, self.user_pool_id).await?;
        imports::refuse_while_busy(cx, &entry.pool.id).await?;
        let given = self.custom_attributes;
        change_pool(cx, &entry.pool.id, move |pool| add_custom(&mut pool.settings.schema, given)).await?;
        Ok(Empty {})
    }
}

/// Deletes a pool with everything in it.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct DeleteUserPool {
    user_pool_id: Option<String>,
}

impl Operation for DeleteUserPool {
    const NAME: &'static str = "DeleteUserPool";
    const ACCESS: Access = Access::Admin;
    type Output = Empty;

    async fn run(self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        let entry = named::pool(cx, self.user_pool_id).await?;
        imports::refuse_while_busy(cx, &entry.pool.id).await?;
        if entry.pool.settings.is_deletion_protected {
            return Err(Error::InvalidParameter(
                "The user pool cannot be deleted because deletion protection is activated. \
                 Deletion protection must be inactivated first."
                    .to_owned(),
            ));
        }
        let id = entry.pool.id.clone();
        cx.change_settings(move |db| {
            Box::pin(async move {
                if !store::domains::of_pool(db, &id).await?.is_empty() {
                    return Err(Error::InvalidParameter(HAS_DOMAIN.to_owned()));
                }
                store::pools::delete(db, &id).await?;
                Ok(())
            })
        })
        .await?;
        tracing::info!(pool = %entry.pool.id, "pool deleted");
        Ok(Empty {})
    }
}

/// Lists the pools of the caller's region.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ListUserPools {
    next_token: Option<String>,
    max_results: Option<i64>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ListUserPoolsOutput {
    user_pools: Vec<UserPoolDescriptionType>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

impl Operation for ListUserPools {
    const NAME: &'static str = "ListUserPools";
    const ACCESS: Access = Access::Admin;
    type Output = ListUserPoolsOutput;

    async fn run(self, cx: &Cx, caller: &Caller) -> Result<Self::Output, Error> {
        let limit = required("maxResults", self.max_results)?;
        check_range("maxResults", limit, (1, 60))?;
        let page = Page::after(self.next_token, limit)?;
        let found =
            store::pools::list(&mut *cx.store.read().await?, caller.region(), &page.after, page.wanted()).await?;
        let (pools, next_token) = page.cut(found, |pool| pool.id.to_string());
        Ok(ListUserPoolsOutput { user_pools: pools.iter().map(UserPoolDescriptionType::from).collect(), next_token })
    }
}
