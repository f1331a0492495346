//! Owns the tables of managed login styles and their pictures.

use sqlx::any::AnyRow;

use super::{Db, document, moment, number, text, to_document};
use crate::domain::branding::{Asset, AssetKey, Branding};
use crate::domain::ids::{ClientId, PoolId};
use crate::error::Error;

const INSERT: &str = "INSERT INTO brandings \
     (id, pool_id, client_id, uses_provided_values, settings, created_at, modified_at) \
     VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING";
const UPDATE: &str = "UPDATE brandings SET uses_provided_values = $2, settings = $3, modified_at = $4 WHERE id = $1";
const DELETE: &str = "DELETE FROM brandings WHERE id = $1 AND pool_id = $2";
const BY_ID: &str = "SELECT id, pool_id, client_id, uses_provided_values, settings, created_at, modified_at \
     FROM brandings WHERE id = $1";
const BY_CLIENT: &str = "SELECT id, pool_id, client_id, uses_provided_values, settings, created_at, modified_at \
     FROM brandings WHERE client_id = $1";
const COUNT: &str = "SELECT COUNT(*) AS styles FROM brandings WHERE pool_id = $1";
const PUT_ASSET: &str = "INSERT INTO branding_assets \
     (pool_id, branding_id, category, color_mode, resource_id, extension, bytes) \
     SELECT pool_id, id, $2, $3, $4, $5, $6 FROM brandings WHERE id = $1 \
     ON CONFLICT (branding_id, category, color_mode, resource_id) \
     DO UPDATE SET extension = excluded.extension, bytes = excluded.bytes";
const DELETE_ASSETS: &str = "DELETE FROM branding_assets WHERE branding_id = $1";
const ASSETS: &str = "SELECT category, color_mode, resource_id, extension, bytes FROM branding_assets \
     WHERE branding_id = $1 ORDER BY category, color_mode, resource_id";
const KEYS: &str = "SELECT category, color_mode, resource_id, extension FROM branding_assets \
     WHERE branding_id = $1 ORDER BY category, color_mode, resource_id";
const ASSET: &str = "SELECT category, color_mode, resource_id, extension, bytes FROM branding_assets \
     WHERE branding_id = $1 AND category = $2 AND color_mode = $3 AND resource_id = $4";

/// Keeps a new style; `false` when the client has one.
///
/// # Errors
/// When the database fails.
pub async fn insert(db: &mut Db, branding: &Branding) -> Result<bool, Error> {
    let done = sqlx::query(INSERT)
        .bind(&branding.id)
        .bind(branding.pool_id.as_str())
        .bind(branding.client_id.as_str())
        .bind(i64::from(branding.uses_provided_values))
        .bind(to_document(&branding.settings)?)
        .bind(branding.created_at.0)
        .bind(branding.modified_at.0)
        .execute(db)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// Replaces a style's settings; `false` when there is none of that id.
///
/// # Errors
/// When the database fails.
pub async fn update(db: &mut Db, branding: &Branding) -> Result<bool, Error> {
    let done = sqlx::query(UPDATE)
        .bind(&branding.id)
        .bind(i64::from(branding.uses_provided_values))
        .bind(to_document(&branding.settings)?)
        .bind(branding.modified_at.0)
        .execute(db)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// Deletes a style with its pictures; `false` when the pool has none of that id.
///
/// # Errors
/// When the database fails.
pub async fn delete(db: &mut Db, id: &str, pool: &PoolId) -> Result<bool, Error> {
    let done = sqlx::query(DELETE).bind(id).bind(pool.as_str()).execute(db).await?;
    Ok(done.rows_affected() == 1)
}

/// The style of that id.
///
/// # Errors
/// When the database fails.
pub async fn by_id(db: &mut Db, id: &str) -> Result<Option<Branding>, Error> {
    let row = sqlx::query(BY_ID).bind(id).fetch_optional(db).await?;
    row.as_ref().map(read).transpose()
}

/// The style of a client.
///
/// # Errors
/// When the database fails.
pub async fn by_client(db: &mut Db, client: &ClientId) -> Result<Option<Branding>, Error> {
    let row = sqlx::query(BY_CLIENT).bind(client.as_str()).fetch_optional(db).await?;
    row.as_ref().map(read).transpose()
}

/// How many styles a pool has.
///
/// # Errors
/// When the database fails.
pub async fn count(db: &mut Db, pool: &PoolId) -> Result<i64, Error> {
    number(&sqlx::query(COUNT).bind(pool.as_str()).fetch_one(db).await?, "styles")
}

/// Keeps a picture in place of an earlier one for the same purpose.
///
/// # Errors
/// When the database fails.
pub async fn put_asset(db: &mut Db, branding: &str, asset: &Asset) -> Result<(), Error> {
    sqlx::query(PUT_ASSET)
        .bind(branding)
        .bind(&asset.key.category)
        .bind(&asset.key.color_mode)
        .bind(&asset.key.resource_id)
        .bind(&asset.key.extension)
        .bind(&asset.bytes)
        .execute(db)
        .await?;
    Ok(())
}

/// Takes all pictures of a style away.
///
/// # Errors
/// When the database fails.
pub async fn delete_assets(db: &mut Db, branding: &str) -> Result<(), Error> {
    sqlx::query(DELETE_ASSETS).bind(branding).execute(db).await?;
    Ok(())
}

/// All pictures of a style: at most forty.
///
/// # Errors
/// When the database fails.
pub async fn assets(db: &mut Db, branding: &str) -> Result<Vec<Asset>, Error> {
    let rows = sqlx::query(ASSETS).bind(branding).fetch_all(db).await?;
    rows.iter().map(read_asset).collect()
}

/// Which pictures a style has.
///
/// # Errors
/// When the database fails.
pub async fn asset_keys(db: &mut Db, branding: &str) -> Result<Vec<AssetKey>, Error> {
    let rows = sqlx::query(KEYS).bind(branding).fetch_all(db).await?;
    rows.iter().map(read_key).collect()
}

/// One picture of a style.
///
/// # Errors
/// When the database fails.
pub async fn asset(db: &mut Db, branding: &str, key: [&str; 3]) -> Result<Option<Asset>, Error> {
    let [category, color_mode, resource] = key;
    let query = sqlx::query(ASSET).bind(branding).bind(category).bind(color_mode).bind(resource);
    query.fetch_optional(db).await?.as_ref().map(read_asset).transpose()
}

fn read(row: &AnyRow) -> Result<Branding, Error> {
    let malformed = || Error::internal("a malformed branding style in the database");
    Ok(Branding {
        id: text(row, "id")?,
        pool_id: PoolId::parse(&text(row, "pool_id")?).ok_or_else(malformed)?,
        client_id: ClientId::parse(&text(row, "client_id")?).ok_or_else(malformed)?,
        uses_provided_values: number(row, "uses_provided_values")? == 1,
        settings: document(row, "settings")?,
        created_at: moment(row, "created_at")?,
        modified_at: moment(row, "modified_at")?,
    })
}

fn read_asset(row: &AnyRow) -> Result<Asset, Error> {
    Ok(Asset { key: read_key(row)?, bytes: text(row, "bytes")? })
}

fn read_key(row: &AnyRow) -> Result<AssetKey, Error> {
    Ok(AssetKey {
        category: text(row, "category")?,
        color_mode: text(row, "color_mode")?,
        resource_id: text(row, "resource_id")?,
        extension: text(row, "extension")?,
    })
}
