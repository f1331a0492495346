//! Owns the tables of identity providers and of our SAML keys. Secrets pass through sealed.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sqlx::any::AnyRow;

use super::{Db, document, moment, optional_text, text, to_document};
use crate::clock::Timestamp;
use crate::domain::ids::PoolId;
use crate::domain::provider::ProviderType;
use crate::error::Error;

const INSERT: &str = "INSERT INTO identity_providers (pool_id, name, provider_type, sealed_secret, created_at, modified_at, doc) \
     VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING";
const UPDATE: &str = "UPDATE identity_providers SET sealed_secret = $3, modified_at = $4, doc = $5 \
     WHERE pool_id = $1 AND name = $2";
const DELETE: &str = "DELETE FROM identity_providers WHERE pool_id = $1 AND name = $2";
const OF_POOL: &str = "SELECT pool_id, name, provider_type, sealed_secret, created_at, modified_at, doc \
     FROM identity_providers WHERE pool_id = $1 ORDER BY name";
const INSERT_SAML_KEYS: &str = "INSERT INTO saml_keys (pool_id, sealed_private_key, certificate) VALUES ($1, $2, $3) \
     ON CONFLICT DO NOTHING";
const SAML_KEYS: &str = "SELECT sealed_private_key, certificate FROM saml_keys WHERE pool_id = $1";

/// A provider as the database keeps it.
#[derive(Debug, Clone)]
pub struct ProviderRow {
    /// The pool.
    pub pool_id: PoolId,
    /// Its name.
    pub name: String,
    /// Its kind.
    pub provider_type: ProviderType,
    /// The sealed client secret or private key.
    pub sealed_secret: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub modified_at: Timestamp,
    /// Everything else.
    pub settings: ProviderSettings,
}

/// What a provider's maker can set, but for secrets.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct ProviderSettings {
    /// Cognito's `ProviderDetails`.
    pub details: BTreeMap<String, String>,
    /// From pool attribute to claim.
    pub attribute_mapping: BTreeMap<String, String>,
    /// Other names that lead here.
    pub identifiers: Vec<String>,
    /// From level of assurance to the provider's word.
    #[serde(default)]
    pub acr_mapping: BTreeMap<String, String>,
}

/// Keeps a new provider; `false` when the name is taken.
///
/// # Errors
/// When the database fails.
pub async fn insert(db: &mut Db, provider: &ProviderRow) -> Result<bool, Error> {
    let done = sqlx::query(INSERT)
        .bind(provider.pool_id.as_str())
        .bind(&provider.name)
        .bind(provider.provider_type.name())
        .bind(provider.sealed_secret.clone())
        .bind(provider.created_at.0)
        .bind(provider.modified_at.0)
        .bind(to_document(&provider.settings)?)
        .execute(db)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// Replaces a provider's settings; `false` when there is none of that name.
///
/// # Errors
/// When the database fails.
pub async fn update(db: &mut Db, provider: &ProviderRow) -> Result<bool, Error> {
    let done = sqlx::query(UPDATE)
        .bind(provider.pool_id.as_str())
        .bind(&provider.name)
        .bind(provider.sealed_secret.clone())
        .bind(provider.modified_at.0)
        .bind(to_document(&provider.settings)?)
        .execute(db)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// Deletes a provider; `false` when there is none of that name. Its users stay.
///
/// # Errors
/// When the database fails.
pub async fn delete(db: &mut Db, pool: &PoolId, name: &str) -> Result<bool, Error> {
    let done = sqlx::query(DELETE).bind(pool.as_str()).bind(name).execute(db).await?;
    Ok(done.rows_affected() == 1)
}

/// All providers of a pool by name: at most 300 (Cognito's limit).
///
/// # Errors
/// When the database fails.
pub async fn of_pool(db: &mut Db, pool: &PoolId) -> Result<Vec<ProviderRow>, Error> {
    let rows = sqlx::query(OF_POOL).bind(pool.as_str()).fetch_all(db).await?;
    rows.iter().map(|row| read(row, pool)).collect()
}

/// Keeps a pool's SAML keys; the first ones stay.
///
/// # Errors
/// When the database fails.
pub async fn insert_saml_keys(db: &mut Db, pool: &PoolId, (sealed, certificate): (&str, &str)) -> Result<(), Error> {
    sqlx::query(INSERT_SAML_KEYS).bind(pool.as_str()).bind(sealed).bind(certificate).execute(db).await?;
    Ok(())
}

/// A pool's SAML keys: the sealed private key and the certificate.
///
/// # Errors
/// When the database fails.
pub async fn saml_keys(db: &mut Db, pool: &PoolId) -> Result<Option<(String, String)>, Error> {
    let row = sqlx::query(SAML_KEYS).bind(pool.as_str()).fetch_optional(db).await?;
    row.map(|row| Ok((text(&row, "sealed_private_key")?, text(&row, "certificate")?))).transpose()
}

fn read(row: &AnyRow, pool: &PoolId) -> Result<ProviderRow, Error> {
    let kind = ProviderType::parse(&text(row, "provider_type")?);
    Ok(ProviderRow {
        pool_id: pool.clone(),
        name: text(row, "name")?,
        provider_type: kind.ok_or_else(|| Error::internal("a malformed provider in the database"))?,
        sealed_secret: optional_text(row, "sealed_secret")?,
        created_at: moment(row, "created_at")?,
        modified_at: moment(row, "modified_at")?,
        settings: document(row, "doc")?,
    })
}
