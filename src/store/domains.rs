//! Owns the table of pool domains.

use sqlx::any::AnyRow;

use super::{Db, document, moment, number, text, to_document};
use crate::domain::ids::PoolId;
use crate::domain::pool_domain::PoolDomain;
use crate::error::Error;

const INSERT: &str = "INSERT INTO domains (host, pool_id, is_custom, modified_at, doc) VALUES ($1, $2, $3, $4, $5) \
     ON CONFLICT DO NOTHING";
const UPDATE: &str = "UPDATE domains SET modified_at = $3, doc = $4 WHERE host = $1 AND pool_id = $2";
const DELETE: &str = "DELETE FROM domains WHERE host = $1 AND pool_id = $2";
const BY_HOST: &str = "SELECT host, pool_id, is_custom, modified_at, doc FROM domains WHERE host = $1";
const OF_POOL: &str =
    "SELECT host, pool_id, is_custom, modified_at, doc FROM domains WHERE pool_id = $1 ORDER BY is_custom";
const LIST: &str =
    "SELECT host, pool_id, is_custom, modified_at, doc FROM domains WHERE host > $1 ORDER BY host LIMIT $2";

/// Keeps a new domain; `false` when its host is taken, or the pool has one of its kind.
///
/// # Errors
/// When the database fails.
pub async fn insert(db: &mut Db, domain: &PoolDomain) -> Result<bool, Error> {
    let done = sqlx::query(INSERT)
        .bind(&domain.host)
        .bind(domain.pool_id.as_str())
        .bind(i64::from(domain.is_custom))
        .bind(domain.modified_at.0)
        .bind(to_document(&domain.settings)?)
        .execute(db)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// Replaces a domain's settings; `false` when the pool has none of that host.
///
/// # Errors
/// When the database fails.
pub async fn update(db: &mut Db, domain: &PoolDomain) -> Result<bool, Error> {
    let done = sqlx::query(UPDATE)
        .bind(&domain.host)
        .bind(domain.pool_id.as_str())
        .bind(domain.modified_at.0)
        .bind(to_document(&domain.settings)?)
        .execute(db)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// Deletes a domain; `false` when the pool has none of that host.
///
/// # Errors
/// When the database fails.
pub async fn delete(db: &mut Db, host: &str, pool: &PoolId) -> Result<bool, Error> {
    let done = sqlx::query(DELETE).bind(host).bind(pool.as_str()).execute(db).await?;
    Ok(done.rows_affected() == 1)
}

/// The domain of that host.
///
/// # Errors
/// When the database fails.
pub async fn by_host(db: &mut Db, host: &str) -> Result<Option<PoolDomain>, Error> {
    let row = sqlx::query(BY_HOST).bind(host).fetch_optional(db).await?;
    row.as_ref().map(read).transpose()
}

/// The domains of a pool: two at most, the prefix domain first.
///
/// # Errors
/// When the database fails.
pub async fn of_pool(db: &mut Db, pool: &PoolId) -> Result<Vec<PoolDomain>, Error> {
    let rows = sqlx::query(OF_POOL).bind(pool.as_str()).fetch_all(db).await?;
    rows.iter().map(read).collect()
}

/// Domains of all pools in the order of their hosts, after `after`.
///
/// # Errors
/// When the database fails.
pub async fn list(db: &mut Db, after: &str, limit: i64) -> Result<Vec<PoolDomain>, Error> {
    let rows = sqlx::query(LIST).bind(after).bind(limit).fetch_all(db).await?;
    rows.iter().map(read).collect()
}

fn read(row: &AnyRow) -> Result<PoolDomain, Error> {
    let pool_id = PoolId::parse(&text(row, "pool_id")?);
    Ok(PoolDomain {
        host: text(row, "host")?,
        pool_id: pool_id.ok_or_else(|| Error::internal("a malformed pool id in the database"))?,
        is_custom: number(row, "is_custom")? == 1,
        modified_at: moment(row, "modified_at")?,
        settings: document(row, "doc")?,
    })
}
