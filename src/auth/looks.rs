//! Owns the files of a client's look as browsers fetch them: the stylesheet, the logo, the pictures.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::cx::{Cx, asset_path};
use crate::domain::branding::BrandingSettings;
use crate::domain::branding_css::stylesheet;
use crate::domain::ids::{ClientId, PoolId};
use crate::domain::stylesheet::rewrite;
use crate::error::Error;
use crate::store;

/// A file: its media type and content.
pub type File = (String, Vec<u8>);

const CSS: &str = "text/css; charset=utf-8";

/// The file of that name of the classic customisation for `target`.
///
/// # Errors
/// When the database fails.
pub async fn classic(cx: &Cx, pool: &PoolId, (target, file): (&str, &str)) -> Result<Option<File>, Error> {
    let mut db = cx.store.read().await?;
    if file == "style.css" {
        let found = store::ui_customizations::by_target(&mut db, pool, target).await?;
        // What was kept was checked; whatever a newer version does not understand is left out as a whole.
        let css = found.and_then(|one| one.css).map(|css| rewrite(&css).unwrap_or_default());
        return Ok(css.map(|css| (CSS.to_owned(), css.into_bytes())));
    }
    let image = store::ui_customizations::image(&mut db, pool, target).await?.filter(|_| file == "logo");
    Ok(image.and_then(|(kind, bytes)| Some((kind, STANDARD.decode(bytes).ok()?))))
}

/// The file of that name of a client's managed login style.
///
/// # Errors
/// When the database fails.
pub async fn managed(cx: &Cx, pool: &PoolId, (client, file): (&str, &str)) -> Result<Option<File>, Error> {
    let Some(client) = ClientId::parse(client) else { return Ok(None) };
    let mut db = cx.store.read().await?;
    let branding = store::brandings::by_client(&mut db, &client).await?.filter(|one| one.pool_id == *pool);
    let Some(branding) = branding else { return Ok(None) };
    if file == "style.css" {
        let settings = BrandingSettings::provided().merged(&branding.settings);
        let assets = store::brandings::asset_keys(&mut db, &branding.id).await?;
        let css = stylesheet(&settings, &assets, |key| asset_path(&branding, key));
        return Ok(Some((CSS.to_owned(), css.into_bytes())));
    }
    let mut parts = file.splitn(3, '.');
    let (Some(category), Some(mode), Some(resource)) = (parts.next(), parts.next(), parts.next()) else {
        return Ok(None);
    };
    let asset = store::brandings::asset(&mut db, &branding.id, [category, mode, resource]).await?;
    Ok(asset.and_then(|asset| Some((media_type(&asset.key.extension).to_owned(), STANDARD.decode(asset.bytes).ok()?))))
}

fn media_type(extension: &str) -> &'static str {
    match extension {
        "ICO" => "image/x-icon",
        "JPEG" => "image/jpeg",
        "SVG" => "image/svg+xml",
        "WEBP" => "image/webp",
        _ => "image/png",
    }
}
