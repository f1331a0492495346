//! Owns the operations on groups.

use serde::{Deserialize, Serialize};

use super::constraints::{ARN, DESCRIPTION, GROUP_NAME, check_range};
use super::named;
use super::operation::{Access, Caller, Entry, Operation};
use super::page::{Page, page_size};
use super::wire::Empty;
use crate::cx::Cx;
use crate::domain::group::{Group, MOST_GROUPS};
use crate::domain::ids::PoolId;
use crate::error::{Error, Taken, Thing};
use crate::store;
use crate::store::Db;
use crate::store::groups::GroupChange;

/// The family's table.
pub const OPERATIONS: &[Entry] = &[
    Entry::of::<CreateGroup>(),
    Entry::of::<GetGroup>(),
    Entry::of::<UpdateGroup>(),
    Entry::of::<DeleteGroup>(),
    Entry::of::<ListGroups>(),
];

/// A group, as the API shows it.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct GroupType {
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

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct GroupOutput {
    group: GroupType,
}

/// Groups, page by page.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct GroupsOutput {
    groups: Vec<GroupType>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

/// The members that describe a group.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Description {
    group_name: Option<String>,
    description: Option<String>,
    role_arn: Option<String>,
    precedence: Option<i64>,
}

impl Description {
    /// The name, and the rest once it was checked.
    fn settle(self, cx: &Cx) -> Result<(String, GroupChange), Error> {
        let name = GROUP_NAME.required("groupName", self.group_name)?;
        let description = DESCRIPTION.optional("description", self.description)?;
        let role_arn = ARN.optional("roleArn", self.role_arn)?;
        check_range("precedence", self.precedence.unwrap_or(0), (0, i64::from(i32::MAX)))?;
        Ok((name, GroupChange { description, role_arn, precedence: self.precedence, at: cx.now() }))
    }
}

/// Makes a group.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct CreateGroup {
    user_pool_id: Option<String>,
    #[serde(flatten)]
    description: Description,
}

impl Operation for CreateGroup {
    const NAME: &'static str = "CreateGroup";
    const ACCESS: Access = Access::Admin;
    type Output = GroupOutput;

    async fn run(self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        let (name, given) = self.description.settle(cx)?;
        let pool = named::pool(cx, self.user_pool_id).await?;
        let group = Group {
            pool_id: pool.pool.id.clone(),
            name,
            description: given.description,
            precedence: given.precedence,
            role_arn: given.role_arn,
            created_at: given.at,
            modified_at: given.at,
        };
        let group = cx
            .store
            .write(move |db| {
                Box::pin(async move {
                    if store::groups::count(db, &group.pool_id).await? >= MOST_GROUPS {
                        return Err(Error::LimitExceeded("The maximum number of groups has been reached.".to_owned()));
                    }
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

/// Changes what is given of a group.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct UpdateGroup {
    user_pool_id: Option<String>,
    #[serde(flatten)]
    description: Description,
}

impl Operation for UpdateGroup {
    const NAME: &'static str = "UpdateGroup";
    const ACCESS: Access = Access::Admin;
    type Output = GroupOutput;

    async fn run(self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        let (name, change) = self.description.settle(cx)?;
        let pool = named::pool(cx, self.user_pool_id).await?;
        let pool = pool.pool.id.clone();
        let group = cx
            .store
            .write(move |db| {
                Box::pin(async move {
                    store::groups::update(db, &pool, &name, &change).await?;
                    find(db, &pool, &name).await
                })
            })
            .await?;
        Ok(GroupOutput { group: group.into() })
    }
}

/// Deletes a group; its members stay.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct DeleteGroup {
    group_name: Option<String>,
    user_pool_id: Option<String>,
}

impl Operation for DeleteGroup {
    const NAME: &'static str = "DeleteGroup";
    const ACCESS: Access = Access::Admin;
    type Output = Empty;

    async fn run(self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        let name = GROUP_NAME.required("groupName", self.group_name)?;
        let pool = named::pool(cx, self.user_pool_id).await?;
        let pool = pool.pool.id.clone();
        let work = cx.store.write(move |db| Box::pin(async move { store::groups::delete(db, &pool, &name).await }));
        if work.await? { Ok(Empty {}) } else { Err(Error::NotFound(Thing::Group)) }
    }
}

/// Lists the groups of a pool.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ListGroups {
    user_pool_id: Option<String>,
    limit: Option<i64>,
    next_token: Option<String>,
}

impl Operation for ListGroups {
    const NAME: &'static str = "ListGroups";
    const ACCESS: Access = Access::Admin;
    type Output = GroupsOutput;

    async fn run(self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        let page = Page::after(self.next_token, page_size("limit", self.limit)?)?;
        let pool = named::pool(cx, self.user_pool_id).await?;
        let mut db = cx.store.read().await?;
        let groups = store::groups::list(&mut db, &pool.pool.id, &page.after, page.wanted()).await?;
        Ok(GroupsOutput::of(&page, groups))
    }
}

impl GroupsOutput {
    /// The page of `groups`, one more of which may have been read.
    pub fn of(page: &Page, groups: Vec<Group>) -> Self {
        let (groups, next_token) = page.cut(groups, |group| group.name.clone());
        Self { groups: groups.into_iter().map(GroupType::from).collect(), next_token }
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

/// The group of that name.
///
/// # Errors
/// [`Thing::Group`] when there is none.
pub async fn find(db: &mut Db, pool: &PoolId, name: &str) -> Result<Group, Error> {
    store::groups::by_name(db, pool, name).await?.ok_or(Error::NotFound(Thing::Group))
}
