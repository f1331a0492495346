//! Owns the table of app clients. Their secrets pass through sealed.

use sqlx::Any;
use sqlx::any::{AnyArguments, AnyRow};
use sqlx::query::Query;

use super::{Db, document, moment, text, to_document};
use crate::clock::Timestamp;
use crate::domain::client::ClientSettings;
use crate::domain::ids::{ClientId, PoolId};
use crate::domain::registration::Registration;
use crate::error::Error;

type AnyQuery<'q> = Query<'q, Any, AnyArguments>;

const INSERT: &str = "INSERT INTO clients (id, pool_id, name, sealed_secrets, created_at, modified_at, doc) \
     VALUES ($1, $2, $3, $4, $5, $6, $7)";
const INSERT_UP_TO: &str = "INSERT INTO clients (id, pool_id, name, sealed_secrets, created_at, modified_at, doc, registration) \
     SELECT $1, $2, $3, $4, $5, $6, $7, $10 WHERE \
     (SELECT id FROM clients WHERE pool_id = $2 ORDER BY id LIMIT 1 OFFSET $8) IS NULL AND \
     (SELECT id FROM clients WHERE pool_id = $2 AND registration = $10 ORDER BY id LIMIT 1 OFFSET $9) IS NULL";
const UPDATE: &str = "UPDATE clients SET name = $2, modified_at = $3, doc = $4 WHERE id = $1";
const REPLACE_SECRETS: &str =
    "UPDATE clients SET sealed_secrets = $3, modified_at = $4 WHERE id = $1 AND sealed_secrets = $2";
const BY_ID: &str = "SELECT id, pool_id, name, sealed_secrets, created_at, modified_at, doc FROM clients WHERE id = $1";
const OF_POOL: &str = "SELECT id, pool_id, name, sealed_secrets, created_at, modified_at, doc FROM clients \
     WHERE pool_id = $1 AND id > $2 ORDER BY id LIMIT $3";
const DELETE: &str = "DELETE FROM clients WHERE id = $1";

/// A client as the database keeps it.
#[derive(Debug, Clone)]
pub struct ClientRow {
    /// Its id.
    pub id: ClientId,
    /// Its pool.
    pub pool_id: PoolId,
    /// Its name.
    pub name: String,
    /// A sealed JSON list of its secrets.
    pub sealed_secrets: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub modified_at: Timestamp,
    /// Everything else.
    pub settings: ClientSettings,
}

/// Keeps a new client.
///
/// # Errors
/// When the database fails.
pub async fn insert(db: &mut Db, client: &ClientRow) -> Result<(), Error> {
    bind(sqlx::query(INSERT), client)?.execute(db).await?;
    Ok(())
}

/// As [`insert`], unless the pool has `most` clients or more, or `most_alike` that registered the same way; `false`
/// when it has.
///
/// # Errors
/// When the database fails.
pub async fn insert_up_to(db: &mut Db, client: &ClientRow, (most, most_alike): (i64, i64)) -> Result<bool, Error> {
    let done = bind(sqlx::query(INSERT_UP_TO), client)?
        .bind(most - 1)
        .bind(most_alike - 1)
        .bind(client.settings.registration.map(Registration::name))
        .execute(db)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// Binds the columns of a new client, the first parameters of a statement.
fn bind<'q>(query: AnyQuery<'q>, client: &'q ClientRow) -> Result<AnyQuery<'q>, Error> {
    let query = query.bind(client.id.as_str()).bind(client.pool_id.as_str()).bind(&client.name);
    let query = query.bind(&client.sealed_secrets).bind(client.created_at.0).bind(client.modified_at.0);
    Ok(query.bind(to_document(&client.settings)?))
}

/// Replaces a client's name and settings; `false` when there is none of that id.
///
/// # Errors
/// When the database fails.
pub async fn update(db: &mut Db, client: &ClientRow) -> Result<bool, Error> {
    let done = sqlx::query(UPDATE)
        .bind(client.id.as_str())
        .bind(&client.name)
        .bind(client.modified_at.0)
        .bind(to_document(&client.settings)?)
        .execute(db)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// Replaces a client's sealed secrets, which must still be `known`; `false` when somebody else changed them.
///
/// # Errors
/// When the database fails.
pub async fn replace_secrets(
    db: &mut Db,
    id: &ClientId,
    (known, sealed): (&str, &str),
    at: Timestamp,
) -> Result<bool, Error> {
    let query = sqlx::query(REPLACE_SECRETS).bind(id.as_str()).bind(known).bind(sealed).bind(at.0);
    Ok(query.execute(db).await?.rows_affected() == 1)
}

/// The client of that id.
///
/// # Errors
/// When the database fails.
pub async fn by_id(db: &mut Db, id: &ClientId) -> Result<Option<ClientRow>, Error> {
    let row = sqlx::query(BY_ID).bind(id.as_str()).fetch_optional(db).await?;
    row.as_ref().map(read).transpose()
}

/// Clients of a pool in the order of their ids, after `after`.
///
/// # Errors
/// When the database fails.
pub async fn of_pool(db: &mut Db, pool: &PoolId, after: &str, limit: i64) -> Result<Vec<ClientRow>, Error> {
    let rows = sqlx::query(OF_POOL).bind(pool.as_str()).bind(after).bind(limit).fetch_all(db).await?;
    rows.iter().map(read).collect()
}

/// Deletes a client with the tokens that it got.
///
/// # Errors
/// When the database fails.
pub async fn delete(db: &mut Db, id: &ClientId) -> Result<(), Error> {
    sqlx::query(DELETE).bind(id.as_str()).execute(db).await?;
    Ok(())
}

fn read(row: &AnyRow) -> Result<ClientRow, Error> {
    let malformed = || Error::internal("a malformed client in the database");
    Ok(ClientRow {
        id: ClientId::parse(&text(row, "id")?).ok_or_else(malformed)?,
        pool_id: PoolId::parse(&text(row, "pool_id")?).ok_or_else(malformed)?,
        name: text(row, "name")?,
        sealed_secrets: text(row, "sealed_secrets")?,
        created_at: moment(row, "created_at")?,
        modified_at: moment(row, "modified_at")?,
        settings: document(row, "doc")?,
    })
}
