//! Owns the table of resource servers.

use sqlx::any::AnyRow;

use super::{Db, document, text, to_document};
use crate::domain::ids::PoolId;
use crate::domain::resource_server::ResourceServer;
use crate::error::Error;

const INSERT: &str =
    "INSERT INTO resource_servers (pool_id, identifier, name, scopes) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";
const BY_IDENTIFIER: &str =
    "SELECT identifier, name, scopes FROM resource_servers WHERE pool_id = $1 AND identifier = $2";
const UPDATE: &str = "UPDATE resource_servers SET name = $3, scopes = $4 WHERE pool_id = $1 AND identifier = $2";
const DELETE: &str = "DELETE FROM resource_servers WHERE pool_id = $1 AND identifier = $2";
const OF_POOL: &str = "SELECT identifier, name, scopes FROM resource_servers WHERE pool_id = $1 ORDER BY identifier";

/// Keeps a new resource server; `false` when the pool already has one of that identifier.
///
/// # Errors
/// When the database fails.
pub async fn insert(db: &mut Db, server: &ResourceServer) -> Result<bool, Error> {
    let done = sqlx::query(INSERT)
        .bind(server.pool_id.as_str())
        .bind(&server.identifier)
        .bind(&server.name)
        .bind(to_document(&server.scopes)?)
        .execute(db)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// Replaces a resource server's name and scopes; `false` when there is none of that identifier.
///
/// # Errors
/// When the database fails.
pub async fn update(db: &mut Db, server: &ResourceServer) -> Result<bool, Error> {
    let done = sqlx::query(UPDATE)
        .bind(server.pool_id.as_str())
        .bind(&server.identifier)
        .bind(&server.name)
        .bind(to_document(&server.scopes)?)
        .execute(db)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// Deletes a resource server; `false` when there is none of that identifier.
///
/// # Errors
/// When the database fails.
pub async fn delete(db: &mut Db, pool: &PoolId, identifier: &str) -> Result<bool, Error> {
    let done = sqlx::query(DELETE).bind(pool.as_str()).bind(identifier).execute(db).await?;
    Ok(done.rows_affected() == 1)
}

/// The resource server of that identifier.
///
/// # Errors
/// When the database fails.
pub async fn by_identifier(db: &mut Db, pool: &PoolId, identifier: &str) -> Result<Option<ResourceServer>, Error> {
    let row = sqlx::query(BY_IDENTIFIER).bind(pool.as_str()).bind(identifier).fetch_optional(db).await?;
    row.as_ref().map(|row| read(row, pool)).transpose()
}

/// All resource servers of a pool: at most 25 (Cognito's limit).
///
/// # Errors
/// When the database fails.
pub async fn of_pool(db: &mut Db, pool: &PoolId) -> Result<Vec<ResourceServer>, Error> {
    let rows = sqlx::query(OF_POOL).bind(pool.as_str()).fetch_all(db).await?;
    rows.iter().map(|row| read(row, pool)).collect()
}

fn read(row: &AnyRow, pool: &PoolId) -> Result<ResourceServer, Error> {
    Ok(ResourceServer {
        pool_id: pool.clone(),
        identifier: text(row, "identifier")?,
        name: text(row, "name")?,
        scopes: document(row, "scopes")?,
    })
}
