//! Owns the tables of groups and their members.

use sqlx::any::AnyRow;

use super::{Db, moment, number, optional_number, optional_text, text, users};
use crate::clock::Timestamp;
use crate::domain::group::{Group, Membership};
use crate::domain::ids::{PoolId, Sub};
use crate::domain::user::User;
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
const REMOVE_MEMBER: &str = "DELETE FROM group_members WHERE pool_id = $1 AND sub = $2 AND group_name = $3";
const UPDATE: &str = "UPDATE user_groups SET description = COALESCE($3, description), \
     role_arn = COALESCE($4, role_arn), precedence = COALESCE($5, precedence), modified_at = $6 \
     WHERE pool_id = $1 AND name = $2";
const DELETE: &str = "DELETE FROM user_groups WHERE pool_id = $1 AND name = $2";
const LIST: &str = "SELECT pool_id, name, description, precedence, role_arn, created_at, modified_at \
     FROM user_groups WHERE pool_id = $1 AND name > $2 ORDER BY name LIMIT $3";
const LIST_OF_USER: &str = "SELECT g.pool_id, g.name, g.description, g.precedence, g.role_arn, g.created_at, g.modified_at \
     FROM group_members AS m JOIN user_groups AS g ON g.pool_id = m.pool_id AND g.name = m.group_name \
     WHERE m.pool_id = $1 AND m.sub = $2 AND m.group_name > $3 ORDER BY m.group_name LIMIT $4";
const MEMBERS: &str = "SELECT u.pool_id, u.sub, u.username, u.status, u.enabled, u.attributes, u.password_hash, \
     u.sealed_srp_verifier, u.password_expires_at, u.created_at, u.modified_at, u.signed_out_at \
     FROM group_members AS m JOIN users AS u ON u.pool_id = m.pool_id AND u.sub = m.sub \
     WHERE m.pool_id = $1 AND m.group_name = $2 AND m.sub > $3 ORDER BY m.sub LIMIT $4";
const COUNT: &str = "SELECT COUNT(*) AS found FROM user_groups WHERE pool_id = $1";
const COUNT_OF_USER: &str = "SELECT COUNT(*) AS found FROM group_members WHERE pool_id = $1 AND sub = $2";

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
    read_memberships(&rows)
}

/// Makes a user a member; nothing happens to one who already is.
///
/// # Errors
/// When the database fails.
pub async fn add_member(db: &mut Db, pool: &PoolId, sub: &Sub, group: &str) -> Result<(), Error> {
    sqlx::query(ADD_MEMBER).bind(pool.as_str()).bind(sub.as_str()).bind(group).execute(db).await?;
    Ok(())
}

/// Takes a user out of a group; nothing happens to one who is not in it.
///
/// # Errors
/// When the database fails.
pub async fn remove_member(db: &mut Db, pool: &PoolId, sub: &Sub, group: &str) -> Result<(), Error> {
    sqlx::query(REMOVE_MEMBER).bind(pool.as_str()).bind(sub.as_str()).bind(group).execute(db).await?;
    Ok(())
}

/// What changes of a group; `None` leaves the old value.
#[derive(Debug, Clone, Default)]
pub struct GroupChange {
    /// Free text.
    pub description: Option<String>,
    /// The IAM role that its members may take.
    pub role_arn: Option<String>,
    /// Lower numbers win.
    pub precedence: Option<i64>,
    /// When.
    pub at: Timestamp,
}

/// Changes a group; `false` when there is none of that name.
///
/// # Errors
/// When the database fails.
pub async fn update(db: &mut Db, pool: &PoolId, name: &str, change: &GroupChange) -> Result<bool, Error> {
    let done = sqlx::query(UPDATE)
        .bind(pool.as_str())
        .bind(name)
        .bind(change.description.clone())
        .bind(change.role_arn.clone())
        .bind(change.precedence)
        .bind(change.at.0)
        .execute(db)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// Deletes a group; its members stay. `false` when there is none of that name.
///
/// # Errors
/// When the database fails.
pub async fn delete(db: &mut Db, pool: &PoolId, name: &str) -> Result<bool, Error> {
    let done = sqlx::query(DELETE).bind(pool.as_str()).bind(name).execute(db).await?;
    Ok(done.rows_affected() == 1)
}

/// The groups of a pool by name, after `after`.
///
/// # Errors
/// When the database fails.
pub async fn list(db: &mut Db, pool: &PoolId, after: &str, limit: i64) -> Result<Vec<Group>, Error> {
    let rows = sqlx::query(LIST).bind(pool.as_str()).bind(after).bind(limit).fetch_all(db).await?;
    rows.iter().map(read).collect()
}

/// The groups of a user by name, after `after`.
///
/// # Errors
/// When the database fails.
pub async fn list_of_user(
    db: &mut Db,
    (pool, sub): (&PoolId, &Sub),
    after: &str,
    limit: i64,
) -> Result<Vec<Group>, Error> {
    let query = sqlx::query(LIST_OF_USER).bind(pool.as_str()).bind(sub.as_str()).bind(after).bind(limit);
    query.fetch_all(db).await?.iter().map(read).collect()
}

/// The members of a group by `sub`, after `after`.
///
/// # Errors
/// When the database fails.
pub async fn members(db: &mut Db, (pool, group): (&PoolId, &str), after: &str, limit: i64) -> Result<Vec<User>, Error> {
    let query = sqlx::query(MEMBERS).bind(pool.as_str()).bind(group).bind(after).bind(limit);
    query.fetch_all(db).await?.iter().map(users::read).collect()
}

/// How many groups a pool has.
///
/// # Errors
/// When the database fails.
pub async fn count(db: &mut Db, pool: &PoolId) -> Result<i64, Error> {
    number(&sqlx::query(COUNT).bind(pool.as_str()).fetch_one(db).await?, "found")
}

/// How many groups a user is in.
///
/// # Errors
/// When the database fails.
pub async fn count_of_user(db: &mut Db, pool: &PoolId, sub: &Sub) -> Result<i64, Error> {
    number(&sqlx::query(COUNT_OF_USER).bind(pool.as_str()).bind(sub.as_str()).fetch_one(db).await?, "found")
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

/// The memberships in rows that join groups to a user, under the names `group_…`.
pub(super) fn read_memberships(rows: &[AnyRow]) -> Result<Vec<Membership>, Error> {
    rows.iter().filter_map(|row| read_membership(row).transpose()).collect()
}

/// The membership in such a row; `None` where nothing joined.
fn read_membership(row: &AnyRow) -> Result<Option<Membership>, Error> {
    let Some(group) = optional_text(row, "group_name")? else { return Ok(None) };
    Ok(Some(Membership {
        group,
        precedence: optional_number(row, "group_precedence")?,
        role_arn: optional_text(row, "group_role_arn")?,
    }))
}
