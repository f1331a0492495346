//! Owns the table of user pools.

use sqlx::any::AnyRow;

use super::{Db, document, moment, text, to_document};
use crate::clock::Timestamp;
use crate::domain::ids::PoolId;
use crate::domain::pool::Pool;
use crate::error::{Error, Thing};

const INSERT: &str =
    "INSERT INTO pools (id, region, name, created_at, modified_at, doc) VALUES ($1, $2, $3, $4, $5, $6)";
const UPDATE: &str = "UPDATE pools SET name = $2, modified_at = $3, doc = $4 WHERE id = $1";
const REPLACE: &str = "UPDATE pools SET name = $2, modified_at = $3, doc = $4 WHERE id = $1 AND doc = $5";
const DELETE: &str = "DELETE FROM pools WHERE id = $1";
const BY_ID: &str = "SELECT id, name, created_at, modified_at, doc FROM pools WHERE id = $1";
const LIST: &str =
    "SELECT id, name, created_at, modified_at, doc FROM pools WHERE region = $1 AND id > $2 ORDER BY id LIMIT $3";
const ALL_IDS: &str = "SELECT id FROM pools WHERE id > $1 ORDER BY id LIMIT $2";
const COUNT_USERS: &str =
    "SELECT COUNT(*) AS users FROM (SELECT 1 AS one FROM users WHERE pool_id = $1 LIMIT 10000) AS some_users";

/// Keeps a new pool.
///
/// # Errors
/// When the database fails.
pub async fn insert(db: &mut Db, pool: &Pool) -> Result<(), Error> {
    sqlx::query(INSERT)
        .bind(pool.id.as_str())
        .bind(pool.id.region())
        .bind(&pool.name)
        .bind(pool.created_at.0)
        .bind(pool.modified_at.0)
        .bind(to_document(&pool.settings)?)
        .execute(db)
        .await?;
    Ok(())
}

/// Replaces a pool's name and settings; `false` when there is none of that id.
///
/// # Errors
/// When the database fails.
pub async fn update(db: &mut Db, pool: &Pool) -> Result<bool, Error> {
    let done = sqlx::query(UPDATE)
        .bind(pool.id.as_str())
        .bind(&pool.name)
        .bind(pool.modified_at.0)
        .bind(to_document(&pool.settings)?)
        .execute(db)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// Changes a pool as it is now; whoever changed it between the reading and the writing wins.
///
/// # Errors
/// The fault of `change`, no such pool, or [`Error::ConcurrentModification`].
pub async fn change(
    db: &mut Db,
    id: &PoolId,
    at: Timestamp,
    change: impl FnOnce(&mut Pool) -> Result<(), Error> + Send,
) -> Result<Pool, Error> {
    let row = sqlx::query(BY_ID).bind(id.as_str()).fetch_optional(&mut *db).await?;
    let row = row.ok_or_else(|| Error::NotFound(Thing::Pool(id.to_string())))?;
    let mut pool = read(&row)?;
    change(&mut pool)?;
    pool.modified_at = at;
    let done = sqlx::query(REPLACE)
        .bind(id.as_str())
        .bind(&pool.name)
        .bind(at.0)
        .bind(to_document(&pool.settings)?)
        .bind(text(&row, "doc")?)
        .execute(db)
        .await?;
    if done.rows_affected() == 1 { Ok(pool) } else { Err(Error::ConcurrentModification) }
}

/// Deletes a pool and everything in it.
///
/// # Errors
/// When the database fails.
pub async fn delete(db: &mut Db, id: &PoolId) -> Result<(), Error> {
    sqlx::query(DELETE).bind(id.as_str()).execute(db).await?;
    Ok(())
}

/// The pool of that id.
///
/// # Errors
/// When the database fails.
pub async fn by_id(db: &mut Db, id: &PoolId) -> Result<Option<Pool>, Error> {
    let row = sqlx::query(BY_ID).bind(id.as_str()).fetch_optional(db).await?;
    row.as_ref().map(read).transpose()
}

/// Pools of a region in the order of their ids, after `after`.
///
/// # Errors
/// When the database fails.
pub async fn list(db: &mut Db, region: &str, after: &str, limit: i64) -> Result<Vec<Pool>, Error> {
    let rows = sqlx::query(LIST).bind(region).bind(after).bind(limit).fetch_all(db).await?;
    rows.iter().map(read).collect()
}

/// Ids of all pools, page by page.
///
/// # Errors
/// When the database fails.
pub async fn ids(db: &mut Db, after: &str, limit: i64) -> Result<Vec<PoolId>, Error> {
    let rows = sqlx::query(ALL_IDS).bind(after).bind(limit).fetch_all(db).await?;
    rows.iter().map(pool_id).collect()
}

/// How many users a pool has, counted up to ten thousand: Cognito calls its own figure estimated.
///
/// # Errors
/// When the database fails.
pub async fn estimated_users(db: &mut Db, id: &PoolId) -> Result<i64, Error> {
    let row = sqlx::query(COUNT_USERS).bind(id.as_str()).fetch_one(db).await?;
    super::number(&row, "users")
}

fn read(row: &AnyRow) -> Result<Pool, Error> {
    Ok(Pool {
        id: pool_id(row)?,
        name: text(row, "name")?,
        created_at: moment(row, "created_at")?,
        modified_at: moment(row, "modified_at")?,
        settings: document(row, "doc")?,
    })
}

fn pool_id(row: &AnyRow) -> Result<PoolId, Error> {
    PoolId::parse(&text(row, "id")?).ok_or_else(|| Error::internal("a malformed pool id in the database"))
}
