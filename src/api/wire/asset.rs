//! Owns the wire shape of a style's pictures, and what counts as a picture.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use crate::api::constraints::{RESOURCE_ID, Words, check_length, required, word};
use crate::domain::branding::{Asset, AssetKey};
use crate::error::Error;

/// Pictures that one call may bring.
const MOST: usize = 40;
/// Bytes of a picture.
const LARGEST: usize = 1_000_000;
const MODES: Words<&str> = &[("LIGHT", "LIGHT"), ("DARK", "DARK"), ("DYNAMIC", "DYNAMIC")];
const EXTENSIONS: Words<&str> = &[("ICO", "ICO"), ("JPEG", "JPEG"), ("PNG", "PNG"), ("SVG", "SVG"), ("WEBP", "WEBP")];
const CATEGORIES: Words<()> = &[
    ("FAVICON_ICO", ()),
    ("FAVICON_SVG", ()),
    ("EMAIL_GRAPHIC", ()),
    ("SMS_GRAPHIC", ()),
    ("AUTH_APP_GRAPHIC", ()),
    ("PASSWORD_GRAPHIC", ()),
    ("PASSKEY_GRAPHIC", ()),
    ("PAGE_HEADER_LOGO", ()),
    ("PAGE_HEADER_BACKGROUND", ()),
    ("PAGE_FOOTER_LOGO", ()),
    ("PAGE_FOOTER_BACKGROUND", ()),
    ("PAGE_BACKGROUND", ()),
    ("FORM_BACKGROUND", ()),
    ("FORM_LOGO", ()),
    ("IDP_BUTTON_ICON", ()),
];

/// A picture.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct AssetType {
    category: Option<String>,
    color_mode: Option<String>,
    extension: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bytes: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    resource_id: Option<String>,
}

/// The pictures of a request.
///
/// # Errors
/// A broken constraint, or content of another format than was said.
pub fn assets_from(given: Option<Vec<AssetType>>) -> Result<Vec<Asset>, Error> {
    let given = given.unwrap_or_default();
    check_length("assets", &given.len(), (0, MOST))?;
    let asset = |(index, one): (usize, AssetType)| settle(one, &format!("assets.{}.member", index + 1));
    given.into_iter().enumerate().map(asset).collect()
}

fn settle(given: AssetType, place: &str) -> Result<Asset, Error> {
    let category = required(&format!("{place}.category"), given.category)?;
    word(&format!("{place}.category"), &category, CATEGORIES)?;
    let mode = required(&format!("{place}.colorMode"), given.color_mode)?;
    word(&format!("{place}.colorMode"), &mode, MODES)?;
    let extension = required(&format!("{place}.extension"), given.extension)?;
    word(&format!("{place}.extension"), &extension, EXTENSIONS)?;
    let resource = RESOURCE_ID.optional(&format!("{place}.resourceId"), given.resource_id)?;
    let text = given.bytes.unwrap_or_default();
    let bytes = STANDARD.decode(&text).map_err(|_| Error::Serialization("Bytes is not base64".to_owned()))?;
    check_length(&format!("{place}.bytes"), &bytes.len(), (0, LARGEST))?;
    if !is_of_format(&bytes, &extension) {
        return Err(Error::InvalidParameter(format!("The asset {category} is not a {extension} file.")));
    }
    let key = AssetKey { category, color_mode: mode, resource_id: resource.unwrap_or_default(), extension };
    Ok(Asset { key, bytes: text })
}

fn is_of_format(bytes: &[u8], extension: &str) -> bool {
    match extension {
        "ICO" => bytes.starts_with(&[0, 0, 1, 0]),
        "JPEG" => bytes.starts_with(&[0xFF, 0xD8, 0xFF]),
        "WEBP" => bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP"),
        "SVG" => std::str::from_utf8(bytes).is_ok_and(|text| text.contains("<svg") && !text.contains('\0')),
        _ => bytes.starts_with(&[0x89, b'P', b'N', b'G', 0x0D, 0x0A, 0x1A, 0x0A]),
    }
}

impl From<Asset> for AssetType {
    fn from(asset: Asset) -> Self {
        let AssetKey { category, color_mode, resource_id, extension } = asset.key;
        Self {
            category: Some(category),
            color_mode: Some(color_mode),
            extension: Some(extension),
            bytes: Some(asset.bytes),
            resource_id: Some(resource_id).filter(|id| !id.is_empty()),
        }
    }
}
