//! Owns the table of terms documents.

use sqlx::any::AnyRow;

use super::{Db, document, moment, text, to_document};
use crate::domain::ids::{ClientId, PoolId};
use crate::domain::terms::Terms;
use crate::error::Error;

const INSERT: &str = "INSERT INTO terms (id, pool_id, client_id, name, links, created_at, modified_at) \
     VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING";
const UPDATE: &str = "UPDATE terms SET name = $2, links = $3, modified_at = $4 WHERE id = $1 \
     AND NOT EXISTS (SELECT 1 FROM terms AS other WHERE other.client_id = $5 AND other.name = $2 AND other.id <> $1)";
const DELETE: &str = "DELETE FROM terms WHERE id = $1 AND pool_id = $2";
const BY_ID: &str = "SELECT id, pool_id, client_id, name, links, created_at, modified_at FROM terms WHERE id = $1";
const OF_CLIENT: &str = "SELECT id, pool_id, client_id, name, links, created_at, modified_at FROM terms \
     WHERE client_id = $1 ORDER BY name";
const OF_POOL: &str = "SELECT id, pool_id, client_id, name, links, created_at, modified_at FROM terms \
     WHERE pool_id = $1 AND id > $2 ORDER BY id LIMIT $3";

/// Keeps a new document; `false` when the client has one of that name.
///
/// # Errors
/// When the database fails.
pub async fn insert(db: &mut Db, terms: &Terms) -> Result<bool, Error> {
    let done = sqlx::query(INSERT)
        .bind(&terms.id)
        .bind(terms.pool_id.as_str())
        .bind(terms.client_id.as_str())
        .bind(&terms.name)
        .bind(to_document(&terms.links)?)
        .bind(terms.created_at.0)
        .bind(terms.modified_at.0)
        .execute(db)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// Replaces a document; `false` when it is gone, or the client has another one of that name.
///
/// # Errors
/// When the database fails.
pub async fn update(db: &mut Db, terms: &Terms) -> Result<bool, Error> {
    let done = sqlx::query(UPDATE)
        .bind(&terms.id)
        .bind(&terms.name)
        .bind(to_document(&terms.links)?)
        .bind(terms.modified_at.0)
        .bind(terms.client_id.as_str())
        .execute(db)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// Deletes a document; `false` when the pool has none of that id.
///
/// # Errors
/// When the database fails.
pub async fn delete(db: &mut Db, id: &str, pool: &PoolId) -> Result<bool, Error> {
    let done = sqlx::query(DELETE).bind(id).bind(pool.as_str()).execute(db).await?;
    Ok(done.rows_affected() == 1)
}

/// The document of that id.
///
/// # Errors
/// When the database fails.
pub async fn by_id(db: &mut Db, id: &str) -> Result<Option<Terms>, Error> {
    let row = sqlx::query(BY_ID).bind(id).fetch_optional(db).await?;
    row.as_ref().map(read).transpose()
}

/// The documents of a client: two at most.
///
/// # Errors
/// When the database fails.
pub async fn of_client(db: &mut Db, client: &ClientId) -> Result<Vec<Terms>, Error> {
    let rows = sqlx::query(OF_CLIENT).bind(client.as_str()).fetch_all(db).await?;
    rows.iter().map(read).collect()
}

/// Documents of a pool in the order of their ids, after `after`.
///
/// # Errors
/// When the database fails.
pub async fn of_pool(db: &mut Db, pool: &PoolId, after: &str, limit: i64) -> Result<Vec<Terms>, Error> {
    let rows = sqlx::query(OF_POOL).bind(pool.as_str()).bind(after).bind(limit).fetch_all(db).await?;
    rows.iter().map(read).collect()
}

fn read(row: &AnyRow) -> Result<Terms, Error> {
    let malformed = || Error::internal("malformed terms in the database");
    Ok(Terms {
        id: text(row, "id")?,
        pool_id: PoolId::parse(&text(row, "pool_id")?).ok_or_else(malformed)?,
        client_id: ClientId::parse(&text(row, "client_id")?).ok_or_else(malformed)?,
        name: text(row, "name")?,
        links: document(row, "links")?,
        created_at: moment(row, "created_at")?,
        modified_at: moment(row, "modified_at")?,
    })
}
