//! Owns the tables of groups and their members.

use sqlx::any::AnyRow;

use super::{Db, moment, optional_number, optional_text, text};
use crate::domain::group::{Group, Membership};
use crate::domain::ids::{PoolId, Sub};
use crate::error::Error;

const INSERT: &str = "INSERT INTO user_groups (pool_id, name, description, precedence, role_arn, created_at, modified_at) \
     VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING";
const BY_NAME: &str = "SELECT pool_id, name, description, precedence, role_arn, created_at, modified_at \
     FROM user_groups WHERE pool_id = $1 AND name = $2";
const OF_USER: &str = "SELECT m.group_name, g.precedence AS group_precedence, g.role_arn AS group_role_arn \
     FROM group_members AS m JOIN user_groups AS g ON g.pool_id = m.pool_id AND g.name = m.group_name \
     WHERE m.pool_id = $1 AND m.sub = $2";
const ADD_MEMBER: &str =
    "INSERT INTO group_members (pool_id, sub, group_name) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";

/// Keeps a new group; `false` when the name is taken.
///
/// # Errors
/// When the database fails.
pub async fn insert(db: &mut Db, group: &Group) -> Result<bool, Error> {
    let done = sqlx::query(INSERT)
        .bind(group.pool_id.as_str())
        .bind(&group.name)
        .bind(group.description.clone())
        .bind(group.precedence)
        .bind(group.role_arn.clone())
        .bind(group.created_at.0)
        .bind(group.modified_at.0)
        .execute(db)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// The group of that name.
///
/// # Errors
/// When the database fails.
pub async fn by_name(db: &mut Db, pool: &PoolId, name: &str) -> Result<Option<Group>, Error> {
    let row = sqlx::query(BY_NAME).bind(pool.as_str()).bind(name).fetch_optional(db).await?;
    row.as_ref().map(read).transpose()
}

/// The memberships of a user, in no order.
///
/// # Errors
/// When the database fails.
pub async fn of_user(db: &mut Db, pool: &PoolId, sub: &Sub) -> Result<Vec<Membership>, Error> {
    let rows = sqlx::query(OF_USER).bind(pool.as_str()).bind(sub.as_str()).fetch_all(db).await?;
    rows.iter().filter_map(|row| read_membership(row).transpose()).collect()
}

/// Makes a user a member; nothing happens to one who already is.
///
/// # Errors
/// When the database fails.
pub async fn add_member(db: &mut Db, pool: &PoolId, sub: &Sub, group: &str) -> Result<(), Error> {
    sqlx::query(ADD_MEMBER).bind(pool.as_str()).bind(sub.as_str()).bind(group).execute(db).await?;
    Ok(())
}

fn read(row: &AnyRow) -> Result<Group, Error> {
    Ok(Group {
        pool_id: PoolId::parse(&text(row, "pool_id")?).ok_or_else(|| Error::internal("a malformed pool id"))?,
        name: text(row, "name")?,
        description: optional_text(row, "description")?,
        precedence: optional_number(row, "precedence")?,
        role_arn: optional_text(row, "role_arn")?,
        created_at: moment(row, "created_at")?,
        modified_at: moment(row, "modified_at")?,
    })
}

/// The membership in a row that joins groups to users, under the names `group_…`; `None` where nothing joined.
pub(super) fn read_membership(row: &AnyRow) -> Result<Option<Membership>, Error> {
    let Some(group) = optional_text(row, "group_name")? else { return Ok(None) };
    Ok(Some(Membership {
        group,
        precedence: optional_number(row, "group_precedence")?,
        role_arn: optional_text(row, "group_role_arn")?,
    }))
}
