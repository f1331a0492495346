//! Owns the tables of identity pools, their tags and their maps of principal tags.

use std::collections::BTreeMap;

use sqlx::any::AnyRow;

use super::{Db, document, moment, text, to_document};
use crate::domain::identity_pool::{IdentityPool, PrincipalTagMap, RegionalId, RoleSettings};
use crate::error::Error;

const INSERT: &str = "INSERT INTO identity_pools (id, region, name, created_at, modified_at, settings, roles) \
     VALUES ($1, $2, $3, $4, $5, $6, $7)";
const BY_ID: &str = "SELECT id, name, created_at, modified_at, settings, roles FROM identity_pools WHERE id = $1";
const LIST: &str = "SELECT id, name, created_at, modified_at, settings, roles FROM identity_pools \
     WHERE region = $1 AND id > $2 ORDER BY id LIMIT $3";
const UPDATE: &str = "UPDATE identity_pools SET name = $2, modified_at = $3, settings = $4 WHERE id = $1";
const SET_ROLES: &str = "UPDATE identity_pools SET roles = $2 WHERE id = $1";
const DELETE: &str = "DELETE FROM identity_pools WHERE id = $1";
const TAGS: &str = "SELECT name, value FROM identity_pool_tags WHERE pool_id = $1 ORDER BY name";
const SET_TAG: &str = "INSERT INTO identity_pool_tags (pool_id, name, value) VALUES ($1, $2, $3) \
     ON CONFLICT (pool_id, name) DO UPDATE SET value = excluded.value";
const DELETE_TAG: &str = "DELETE FROM identity_pool_tags WHERE pool_id = $1 AND name = $2";
const DELETE_TAGS: &str = "DELETE FROM identity_pool_tags WHERE pool_id = $1";
const PRINCIPAL_TAGS: &str = "SELECT doc FROM identity_pool_principal_tags WHERE pool_id = $1 AND provider = $2";
const SET_PRINCIPAL_TAGS: &str = "INSERT INTO identity_pool_principal_tags (pool_id, provider, doc) \
     VALUES ($1, $2, $3) ON CONFLICT (pool_id, provider) DO UPDATE SET doc = excluded.doc";

/// Keeps a new pool.
///
/// # Errors
/// When the database fails.
pub async fn insert(db: &mut Db, pool: &IdentityPool) -> Result<(), Error> {
    sqlx::query(INSERT)
        .bind(pool.id.as_str())
        .bind(pool.id.region())
        .bind(&pool.name)
        .bind(pool.created_at.0)
        .bind(pool.modified_at.0)
        .bind(to_document(&pool.settings)?)
        .bind(to_document(&pool.roles)?)
        .execute(db)
        .await?;
    Ok(())
}

/// The pool of that id.
///
/// # Errors
/// When the database fails.
pub async fn by_id(db: &mut Db, id: &RegionalId) -> Result<Option<IdentityPool>, Error> {
    let row = sqlx::query(BY_ID).bind(id.as_str()).fetch_optional(db).await?;
    row.as_ref().map(read).transpose()
}

/// Pools of a region after the id `after`, by id.
///
/// # Errors
/// When the database fails.
pub async fn list(db: &mut Db, region: &str, after: &str, limit: i64) -> Result<Vec<IdentityPool>, Error> {
    let rows = sqlx::query(LIST).bind(region).bind(after).bind(limit).fetch_all(db).await?;
    rows.iter().map(read).collect()
}

/// Replaces name and settings of a pool, not its roles; `false` when there is none of that id.
///
/// # Errors
/// When the database fails.
pub async fn update(db: &mut Db, pool: &IdentityPool) -> Result<bool, Error> {
    let done = sqlx::query(UPDATE)
        .bind(pool.id.as_str())
        .bind(&pool.name)
        .bind(pool.modified_at.0)
        .bind(to_document(&pool.settings)?)
        .execute(db)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// Replaces the roles of a pool; `false` when there is none of that id.
///
/// # Errors
/// When the database fails.
pub async fn set_roles(db: &mut Db, id: &RegionalId, roles: &RoleSettings) -> Result<bool, Error> {
    let done = sqlx::query(SET_ROLES).bind(id.as_str()).bind(to_document(roles)?).execute(db).await?;
    Ok(done.rows_affected() == 1)
}

/// Deletes a pool with its identities; `false` when there is none of that id.
///
/// # Errors
/// When the database fails.
pub async fn delete(db: &mut Db, id: &RegionalId) -> Result<bool, Error> {
    Ok(sqlx::query(DELETE).bind(id.as_str()).execute(db).await?.rows_affected() == 1)
}

/// The tags of a pool.
///
/// # Errors
/// When the database fails.
pub async fn tags(db: &mut Db, id: &RegionalId) -> Result<BTreeMap<String, String>, Error> {
    let rows = sqlx::query(TAGS).bind(id.as_str()).fetch_all(db).await?;
    rows.iter().map(|row| Ok((text(row, "name")?, text(row, "value")?))).collect()
}

/// Adds tags to a pool; one of the same name is replaced.
///
/// # Errors
/// When the database fails.
pub async fn set_tags(db: &mut Db, id: &RegionalId, tags: &BTreeMap<String, String>) -> Result<(), Error> {
    for (name, value) in tags {
        sqlx::query(SET_TAG).bind(id.as_str()).bind(name).bind(value).execute(&mut *db).await?;
    }
    Ok(())
}

/// Takes tags away from a pool.
///
/// # Errors
/// When the database fails.
pub async fn delete_tags(db: &mut Db, id: &RegionalId, names: &[String]) -> Result<(), Error> {
    for name in names {
        sqlx::query(DELETE_TAG).bind(id.as_str()).bind(name).execute(&mut *db).await?;
    }
    Ok(())
}

/// Takes all tags away from a pool.
///
/// # Errors
/// When the database fails.
pub async fn clear_tags(db: &mut Db, id: &RegionalId) -> Result<(), Error> {
    sqlx::query(DELETE_TAGS).bind(id.as_str()).execute(db).await?;
    Ok(())
}

/// A pool's map of principal tags for a provider.
///
/// # Errors
/// When the database fails.
pub async fn principal_tags(db: &mut Db, id: &RegionalId, provider: &str) -> Result<Option<PrincipalTagMap>, Error> {
    let row = sqlx::query(PRINCIPAL_TAGS).bind(id.as_str()).bind(provider).fetch_optional(db).await?;
    row.as_ref().map(|row| document(row, "doc")).transpose()
}

/// Replaces a pool's map of principal tags for a provider.
///
/// # Errors
/// When the database fails.
pub async fn set_principal_tags(
    db: &mut Db,
    id: &RegionalId,
    provider: &str,
    map: &PrincipalTagMap,
) -> Result<(), Error> {
    sqlx::query(SET_PRINCIPAL_TAGS).bind(id.as_str()).bind(provider).bind(to_document(map)?).execute(db).await?;
    Ok(())
}

fn read(row: &AnyRow) -> Result<IdentityPool, Error> {
    let id = RegionalId::parse(&text(row, "id")?);
    Ok(IdentityPool {
        id: id.ok_or_else(|| Error::internal("a malformed identity pool id in the database"))?,
        name: text(row, "name")?,
        created_at: moment(row, "created_at")?,
        modified_at: moment(row, "modified_at")?,
        settings: document(row, "settings")?,
        roles: document(row, "roles")?,
    })
}
