//! Owns the table of external identities, and the memory of messages that may be used once.

use super::{Db, text};
use crate::clock::Timestamp;
use crate::domain::ids::{PoolId, Sub};
use crate::error::Error;

/// The attribute that stands for the provider's own id of a person (API model, AdminLinkProviderForUser).
pub const SUBJECT: &str = "Cognito_Subject";

const FIND: &str =
    "SELECT sub FROM identities WHERE pool_id = $1 AND provider_name = $2 AND attribute = $3 AND value = $4";
const LINKED_ATTRIBUTES: &str = "SELECT DISTINCT attribute FROM identities WHERE pool_id = $1 AND provider_name = $2 \
     AND attribute > $3 UNION SELECT DISTINCT attribute FROM identities WHERE pool_id = $1 AND provider_name = $2 \
     AND attribute < $3";
const INSERT: &str = "INSERT INTO identities (pool_id, provider_name, attribute, value, sub, sealed_tokens) \
     VALUES ($1, $2, $3, $4, $5, NULL) ON CONFLICT DO NOTHING";
const DELETE: &str =
    "DELETE FROM identities WHERE pool_id = $1 AND provider_name = $2 AND attribute = $3 AND value = $4";
const KEEP_TOKENS: &str = "UPDATE identities SET sealed_tokens = $5 \
     WHERE pool_id = $1 AND provider_name = $2 AND attribute = $3 AND value = $4";
const USE_UNLESS_LOCKED: &str = "INSERT INTO used_messages (message_id, expires_at) SELECT $1, $2 \
     WHERE NOT EXISTS (SELECT 1 FROM attempts WHERE subject = $3 AND locked_until > $4) \
     AND NOT EXISTS (SELECT 1 FROM families WHERE id = $5) ON CONFLICT DO NOTHING";
const USE_ONCE: &str = "INSERT INTO used_messages (message_id, expires_at) VALUES ($1, $2) ON CONFLICT DO NOTHING";

/// Who somebody is at a provider: by the provider's own id, or by a claim that an administrator linked by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExternalKey {
    /// The pool.
    pub pool_id: PoolId,
    /// The provider.
    pub provider_name: String,
    /// [`SUBJECT`] or a claim's name.
    pub attribute: String,
    /// Its value.
    pub value: String,
}

/// The user of an external identity.
///
/// # Errors
/// When the database fails.
pub async fn find(db: &mut Db, key: &ExternalKey) -> Result<Option<Sub>, Error> {
    let row = sqlx::query(FIND)
        .bind(key.pool_id.as_str())
        .bind(&key.provider_name)
        .bind(&key.attribute)
        .bind(&key.value)
        .fetch_optional(db)
        .await?;
    row.map(|row| text(&row, "sub").map(Sub)).transpose()
}

/// The claims, besides the subject, by which people of a provider are linked: at most five (Cognito's limit).
///
/// # Errors
/// When the database fails.
pub async fn linked_attributes(db: &mut Db, pool: &PoolId, provider: &str) -> Result<Vec<String>, Error> {
    let rows = sqlx::query(LINKED_ATTRIBUTES).bind(pool.as_str()).bind(provider).bind(SUBJECT).fetch_all(db).await?;
    rows.iter().map(|row| text(row, "attribute")).collect()
}

/// Ties an external identity to a user; `false` when it is tied to somebody already.
///
/// # Errors
/// When the database fails.
pub async fn insert(db: &mut Db, key: &ExternalKey, sub: &Sub) -> Result<bool, Error> {
    let done = sqlx::query(INSERT)
        .bind(key.pool_id.as_str())
        .bind(&key.provider_name)
        .bind(&key.attribute)
        .bind(&key.value)
        .bind(sub.as_str())
        .execute(db)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// Unties an external identity; `false` when it was not tied.
///
/// # Errors
/// When the database fails.
pub async fn delete(db: &mut Db, key: &ExternalKey) -> Result<bool, Error> {
    let done = sqlx::query(DELETE)
        .bind(key.pool_id.as_str())
        .bind(&key.provider_name)
        .bind(&key.attribute)
        .bind(&key.value)
        .execute(db)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// Keeps the provider's tokens of an identity, sealed.
///
/// # Errors
/// When the database fails.
pub async fn keep_tokens(db: &mut Db, key: &ExternalKey, sealed: &str) -> Result<(), Error> {
    sqlx::query(KEEP_TOKENS)
        .bind(key.pool_id.as_str())
        .bind(&key.provider_name)
        .bind(&key.attribute)
        .bind(&key.value)
        .bind(sealed)
        .execute(db)
        .await?;
    Ok(())
}

/// Uses a message up; `false` when it was used before.
///
/// # Errors
/// When the database fails.
pub async fn use_once(db: &mut Db, message_id: &str, expires_at: Timestamp) -> Result<bool, Error> {
    let done = sqlx::query(USE_ONCE).bind(message_id).bind(expires_at.0).execute(db).await?;
    Ok(done.rows_affected() == 1)
}

/// Uses a message up unless `subject` is locked at `now` or it earned `family`; `false` when that is so, or when the
/// message was used before.
///
/// # Errors
/// When the database fails.
pub async fn use_unless_locked(
    db: &mut Db,
    (message_id, family, expires_at): (&str, &str, Timestamp),
    (subject, now): (&str, Timestamp),
) -> Result<bool, Error> {
    let query = sqlx::query(USE_UNLESS_LOCKED).bind(message_id).bind(expires_at.0).bind(subject).bind(now.0);
    Ok(query.bind(family).execute(db).await?.rows_affected() == 1)
}
