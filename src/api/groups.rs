//! Owns the operations on groups and who is in them.

use serde::{Deserialize, Serialize};

use super::constraints::{ARN, DESCRIPTION, GROUP_NAME, check_range};
use super::named;
use super::operation::{Access, Caller, Entry, Operation};
use super::wire::Empty;
use crate::cx::Cx;
use crate::domain::group::Group;
use crate::domain::ids::PoolId;
use crate::error::{Error, Taken, Thing};
use crate::store;
use crate::store::Db;

/// The family's table.
pub const OPERATIONS: &[Entry] =
    &[Entry::of::<CreateGroup>(), Entry::of::<GetGroup>(), Entry::of::<AdminAddUserToGroup>()];

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct GroupType {
    group_name: String,
    user_pool_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    role_arn: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    precedence: Option<i64>,
    last_modified_date: f64,
    creation_date: f64,
}

/// Makes a group.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct CreateGroup {
    group_name: Option<String>,
    user_pool_id: Option<String>,
    description: Option<String>,
    role_arn: Option<String>,
    precedence: Option<i64>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct GroupOutput {
    group: GroupType,
}

impl Operation for CreateGroup {
    const NAME: &'static str = "CreateGroup";
    const ACCESS: Access = Access::Admin;
    type Output = GroupOutput;

    async fn run(self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        let name = GROUP_NAME.required("groupName", self.group_name)?;
        let description = DESCRIPTION.optional("description", self.description)?;
        let role_arn = ARN.optional("roleArn", self.role_arn)?;
        check_range("precedence", self.precedence.unwrap_or(0), (0, i64::from(i32::MAX)))?;
        let pool = named::pool(cx, self.user_pool_id).await?;
        let now = cx.now();
        let pool_id = pool.pool.id.clone();
        let precedence = self.precedence;
        let group = Group { pool_id, name, description, precedence, role_arn, created_at: now, modified_at: now };
        let group = cx
            .store
            .write(move |db| {
                Box::pin(async move {
                    if store::groups::insert(db, &group).await? { Ok(group) } else { Err(Error::Exists(Taken::Group)) }
                })
            })
            .await?;
        Ok(GroupOutput { group: group.into() })
    }
}

/// Describes a group.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct GetGroup {
    group_name: Option<String>,
    user_pool_id: Option<String>,
}

impl Operation for GetGroup {
    const NAME: &'static str = "GetGroup";
    const ACCESS: Access = Access::Admin;
    type Output = GroupOutput;

    async fn run(self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        let name = GROUP_NAME.required("groupName", self.group_name)?;
        let pool = named::pool(cx, self.user_pool_id).await?;
        let group = find(&mut *cx.store.read().await?, &pool.pool.id, &name).await?;
        Ok(GroupOutput { group: group.into() })
    }
}

/// Makes a user a member of a group.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AdminAddUserToGroup {
    user_pool_id: Option<String>,
    username: Option<String>,
    group_name: Option<String>,
}

impl Operation for AdminAddUserToGroup {
    const NAME: &'static str = "AdminAddUserToGroup";
    const ACCESS: Access = Access::Admin;
    type Output = Empty;

    async fn run(self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        let name = GROUP_NAME.required("groupName", self.group_name)?;
        let (_, user) = named::user(cx, self.user_pool_id, self.username).await?;
        cx.store
            .write(move |db| {
                Box::pin(async move {
                    let group = find(db, &user.pool_id, &name).await?;
                    store::groups::add_member(db, &user.pool_id, &user.sub, &group.name).await
                })
            })
            .await?;
        Ok(Empty {})
    }
}

impl From<Group> for GroupType {
    fn from(group: Group) -> Self {
        Self {
            group_name: group.name,
            user_pool_id: group.pool_id.to_string(),
            description: group.description,
            role_arn: group.role_arn,
            precedence: group.precedence,
            last_modified_date: group.modified_at.fractional_seconds(),
            creation_date: group.created_at.fractional_seconds(),
        }
    }
}

async fn find(db: &mut Db, pool: &PoolId, name: &str) -> Result<Group, Error> {
    store::groups::by_name(db, pool, name).await?.ok_or(Error::NotFound(Thing::Group))
}
