//! Owns the table of classic customisations: a stylesheet and a logo for one client, or for all of a pool.

use sqlx::any::AnyRow;

use super::{Db, moment, optional_text, text};
use crate::clock::Timestamp;
use crate::domain::ids::{ClientId, PoolId};
use crate::error::Error;

const PUT: &str = "INSERT INTO ui_customizations \
     (pool_id, target, client_id, css, image_type, image, created_at, modified_at) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $7) ON CONFLICT (pool_id, target) DO UPDATE SET css = excluded.css, \
     image_type = excluded.image_type, image = excluded.image, modified_at = excluded.modified_at";
const DELETE: &str = "DELETE FROM ui_customizations WHERE pool_id = $1 AND target = $2";
const BY_TARGET: &str = "SELECT target, css, image_type, created_at, modified_at FROM ui_customizations \
     WHERE pool_id = $1 AND target = $2";
const IMAGE: &str = "SELECT image_type, image FROM ui_customizations WHERE pool_id = $1 AND target = $2";

/// A customisation without its picture.
#[derive(Debug, Clone)]
pub struct UiCustomization {
    /// The client's id, or `ALL`.
    pub target: String,
    /// The stylesheet, as it was given.
    pub css: Option<String>,
    /// The media type of the logo, if there is one.
    pub image_type: Option<String>,
    /// When it was first made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub modified_at: Timestamp,
}

/// A picture: its media type and its content in base64.
pub type Picture = (String, String);

/// Keeps a customisation in place of an earlier one.
///
/// # Errors
/// When the database fails.
pub async fn put(
    db: &mut Db,
    (pool, client): (&PoolId, Option<&ClientId>),
    (css, image): (Option<&str>, Option<&Picture>),
    at: Timestamp,
) -> Result<(), Error> {
    sqlx::query(PUT)
        .bind(pool.as_str())
        .bind(client.map_or("ALL", ClientId::as_str))
        .bind(client.map(ClientId::as_str))
        .bind(css)
        .bind(image.map(|(kind, _)| kind.as_str()))
        .bind(image.map(|(_, bytes)| bytes.as_str()))
        .bind(at.0)
        .execute(db)
        .await?;
    Ok(())
}

/// Takes a customisation away.
///
/// # Errors
/// When the database fails.
pub async fn delete(db: &mut Db, pool: &PoolId, target: &str) -> Result<(), Error> {
    sqlx::query(DELETE).bind(pool.as_str()).bind(target).execute(db).await?;
    Ok(())
}

/// The customisation of a client, or of `ALL`.
///
/// # Errors
/// When the database fails.
pub async fn by_target(db: &mut Db, pool: &PoolId, target: &str) -> Result<Option<UiCustomization>, Error> {
    let row = sqlx::query(BY_TARGET).bind(pool.as_str()).bind(target).fetch_optional(db).await?;
    row.as_ref().map(read).transpose()
}

/// The logo of a customisation.
///
/// # Errors
/// When the database fails.
pub async fn image(db: &mut Db, pool: &PoolId, target: &str) -> Result<Option<Picture>, Error> {
    let row = sqlx::query(IMAGE).bind(pool.as_str()).bind(target).fetch_optional(db).await?;
    let Some(row) = row else { return Ok(None) };
    Ok(optional_text(&row, "image_type")?.zip(optional_text(&row, "image")?))
}

fn read(row: &AnyRow) -> Result<UiCustomization, Error> {
    Ok(UiCustomization {
        target: text(row, "target")?,
        css: optional_text(row, "css")?,
        image_type: optional_text(row, "image_type")?,
        created_at: moment(row, "created_at")?,
        modified_at: moment(row, "modified_at")?,
    })
}
