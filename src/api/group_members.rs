//! Owns the operations on who is in which group.

use serde::{Deserialize, Serialize};

use super::constraints::GROUP_NAME;
use super::groups::{GroupsOutput, find};
use super::named;
use super::operation::{Access, Caller, Entry, Operation};
use super::page::{Page, page_size};
use super::wire::{Empty, UserType};
use crate::cx::Cx;
use crate::domain::group::MOST_GROUPS_OF_USER;
use crate::error::Error;
use crate::store;

/// The family's table.
pub const OPERATIONS: &[Entry] = &[
    Entry::of::<AdminAddUserToGroup>(),
    Entry::of::<AdminRemoveUserFromGroup>(),
    Entry::of::<AdminListGroupsForUser>(),
    Entry::of::<ListUsersInGroup>(),
];

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
                    store::groups::add_member(db, &user.pool_id, &user.sub, &group.name).await?;
                    if store::groups::count_of_user(db, &user.pool_id, &user.sub).await? <= MOST_GROUPS_OF_USER {
                        return Ok(Empty {});
                    }
                    // The model gives this operation no LimitExceededException.
                    let text = format!("A user can be a member of at most {MOST_GROUPS_OF_USER} groups.");
                    Err(Error::InvalidParameter(text))
                })
            })
            .await
    }
}

/// Takes a user out of a group.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AdminRemoveUserFromGroup {
    user_pool_id: Option<String>,
    username: Option<String>,
    group_name: Option<String>,
}

impl Operation for AdminRemoveUserFromGroup {
    const NAME: &'static str = "AdminRemoveUserFromGroup";
    const ACCESS: Access = Access::Admin;
    type Output = Empty;

    async fn run(self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        let name = GROUP_NAME.required("groupName", self.group_name)?;
        let (_, user) = named::user(cx, self.user_pool_id, self.username).await?;
        cx.store
            .write(move |db| {
                Box::pin(async move {
                    let group = find(db, &user.pool_id, &name).await?;
                    store::groups::remove_member(db, &user.pool_id, &user.sub, &group.name).await?;
                    Ok(Empty {})
                })
            })
            .await
    }
}

/// Lists the groups of a user.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AdminListGroupsForUser {
    user_pool_id: Option<String>,
    username: Option<String>,
    limit: Option<i64>,
    next_token: Option<String>,
}

impl Operation for AdminListGroupsForUser {
    const NAME: &'static str = "AdminListGroupsForUser";
    const ACCESS: Access = Access::Admin;
    type Output = GroupsOutput;

    async fn run(self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        let page = Page::after(self.next_token, page_size("limit", self.limit)?)?;
        let (_, user) = named::user(cx, self.user_pool_id, self.username).await?;
        let whose = (&user.pool_id, &user.sub);
        let mut db = cx.store.read().await?;
        let groups = store::groups::list_of_user(&mut db, whose, &page.after, page.wanted()).await?;
        Ok(GroupsOutput::of(&page, groups))
    }
}

/// Lists the members of a group.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ListUsersInGroup {
    user_pool_id: Option<String>,
    group_name: Option<String>,
    limit: Option<i64>,
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct MembersOutput {
    users: Vec<UserType>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

impl Operation for ListUsersInGroup {
    const NAME: &'static str = "ListUsersInGroup";
    const ACCESS: Access = Access::Admin;
    type Output = MembersOutput;

    async fn run(self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        let name = GROUP_NAME.required("groupName", self.group_name)?;
        let page = Page::after(self.next_token, page_size("limit", self.limit)?)?;
        let pool = named::pool(cx, self.user_pool_id).await?;
        let mut db = cx.store.read().await?;
        let group = find(&mut db, &pool.pool.id, &name).await?;
        let which = (&group.pool_id, group.name.as_str());
        let users = store::groups::members(&mut db, which, &page.after, page.wanted()).await?;
        let (users, next_token) = page.cut(users, |user| user.sub.0.clone());
        Ok(MembersOutput { users: users.iter().map(UserType::from).collect(), next_token })
    }
}
