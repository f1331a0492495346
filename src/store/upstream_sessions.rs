//! Owns the table of browser sessions that began at an identity provider, and the entity ids of SAML providers.
//! What the provider must be told to end its own session passes through sealed.

use super::{Db, text};
use crate::domain::ids::PoolId;
use crate::error::Error;

const INSERT: &str = "INSERT INTO upstream_sessions (token_hash, pool_id, provider_name, subject, session_index, sealed) \
     VALUES ($1, $2, $3, $4, $5, $6)";
const FIND: &str =
    "SELECT provider_name, subject, sealed FROM upstream_sessions WHERE token_hash = $1 AND pool_id = $2";
const END_ALL: &str = "DELETE FROM sessions WHERE token_hash IN (SELECT token_hash FROM upstream_sessions \
     WHERE pool_id = $1 AND provider_name = $2 AND subject = $3)";
const END: &str = "DELETE FROM sessions WHERE token_hash IN (SELECT token_hash FROM upstream_sessions \
     WHERE pool_id = $1 AND provider_name = $2 AND subject = $3 AND (session_index IS NULL OR session_index = $4))";
const NAME_ENTITY: &str = "INSERT INTO saml_entities (entity_id, pool_id, provider_name) \
     SELECT $1, pool_id, name FROM identity_providers WHERE pool_id = $2 AND name = $3 ON CONFLICT DO NOTHING";
const FORGET_ENTITIES: &str = "DELETE FROM saml_entities WHERE pool_id = $1 AND provider_name = $2 AND entity_id <> $3";
const OF_ENTITY: &str =
    "SELECT pool_id, provider_name FROM saml_entities WHERE entity_id = $1 ORDER BY pool_id, provider_name LIMIT 50";

/// Where a browser session began.
#[derive(Debug, Clone)]
pub struct UpstreamSession {
    /// The provider.
    pub provider_name: String,
    /// Who the person is there.
    pub subject: String,
    /// The session there (`SessionIndex`).
    pub session_index: Option<String>,
    /// The provider's entity id, where it speaks SAML.
    pub entity_id: Option<String>,
    /// What the provider must be told to end its session, sealed.
    pub sealed: String,
}

/// What signing out needs to know.
#[derive(Debug, Clone)]
pub struct Origin {
    /// The provider.
    pub provider_name: String,
    /// Who the person is there.
    pub subject: String,
    /// As in [`UpstreamSession`].
    pub sealed: String,
}

/// Keeps where the session behind `token_hash`, which exists, began.
///
/// # Errors
/// When the database fails.
pub async fn insert(db: &mut Db, (token_hash, pool): (&str, &PoolId), one: &UpstreamSession) -> Result<(), Error> {
    sqlx::query(INSERT)
        .bind(token_hash)
        .bind(pool.as_str())
        .bind(&one.provider_name)
        .bind(&one.subject)
        .bind(one.session_index.clone())
        .bind(&one.sealed)
        .execute(&mut *db)
        .await?;
    match &one.entity_id {
        Some(entity_id) => name_entity(db, entity_id, (pool, &one.provider_name)).await,
        None => Ok(()),
    }
}

/// Where a session of that pool began; `None` for one that began here.
///
/// # Errors
/// When the database fails.
pub async fn find(db: &mut Db, token_hash: &str, pool: &PoolId) -> Result<Option<Origin>, Error> {
    let row = sqlx::query(FIND).bind(token_hash).bind(pool.as_str()).fetch_optional(db).await?;
    row.map(|row| {
        Ok(Origin {
            provider_name: text(&row, "provider_name")?,
            subject: text(&row, "subject")?,
            sealed: text(&row, "sealed")?,
        })
    })
    .transpose()
}

/// Ends the browser sessions of `subject` that began at a provider: those that the provider calls one of `indexes`,
/// all where there are none. Returns how many ended.
///
/// # Errors
/// When the database fails.
pub async fn end(
    db: &mut Db,
    (pool, provider): (&PoolId, &str),
    (subject, indexes): (&str, &[String]),
) -> Result<u64, Error> {
    if indexes.is_empty() {
        let all = sqlx::query(END_ALL).bind(pool.as_str()).bind(provider).bind(subject).execute(db).await?;
        return Ok(all.rows_affected());
    }
    let mut ended = 0;
    for index in indexes {
        let one = sqlx::query(END).bind(pool.as_str()).bind(provider).bind(subject).bind(index);
        ended += one.execute(&mut *db).await?.rows_affected();
    }
    Ok(ended)
}

/// Remembers that a provider, where it exists, is `entity_id`.
///
/// # Errors
/// When the database fails.
pub async fn name_entity(db: &mut Db, entity_id: &str, (pool, provider): (&PoolId, &str)) -> Result<(), Error> {
    sqlx::query(NAME_ENTITY).bind(entity_id).bind(pool.as_str()).bind(provider).execute(db).await?;
    Ok(())
}

/// Forgets every other entity id of a provider.
///
/// # Errors
/// When the database fails.
pub async fn forget_other_entities(
    db: &mut Db,
    entity_id: &str,
    (pool, provider): (&PoolId, &str),
) -> Result<(), Error> {
    sqlx::query(FORGET_ENTITIES).bind(pool.as_str()).bind(provider).bind(entity_id).execute(db).await?;
    Ok(())
}

/// The providers that are `entity_id`, as pool and name: one in each pool that knows it, as a rule.
///
/// # Errors
/// When the database fails.
pub async fn of_entity(db: &mut Db, entity_id: &str) -> Result<Vec<(String, String)>, Error> {
    let rows = sqlx::query(OF_ENTITY).bind(entity_id).fetch_all(db).await?;
    rows.iter().map(|row| Ok((text(row, "pool_id")?, text(row, "provider_name")?))).collect()
}
