//! Owns the operations on the classic pages' look: a stylesheet and a logo, for one client or all of a pool.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use super::constraints::{CLIENT_ID, check_length};
use super::named;
use super::operation::{Access, Caller, Entry, Operation};
use crate::cx::{Cx, PoolEntry};
use crate::domain::ids::ClientId;
use crate::domain::stylesheet::rewrite;
use crate::error::Error;
use crate::store;
use crate::store::ui_customizations::{Picture, UiCustomization};

/// The family's table.
pub const OPERATIONS: &[Entry] = &[Entry::of::<SetUICustomization>(), Entry::of::<GetUICustomization>()];

/// The longest stylesheet, in characters, and the largest picture, in bytes (API model).
const LARGEST: usize = 131_072;
/// What stands for every client of a pool.
const ALL: &str = "ALL";

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct CustomizationOutput {
    #[serde(rename = "UICustomization")]
    ui_customization: UiCustomizationType,
}

#[derive(Default, Serialize)]
#[serde(rename_all = "PascalCase")]
struct UiCustomizationType {
    #[serde(skip_serializing_if = "Option::is_none")]
    user_pool_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    image_url: Option<String>,
    #[serde(rename = "CSS", skip_serializing_if = "Option::is_none")]
    css: Option<String>,
    #[serde(rename = "CSSVersion", skip_serializing_if = "Option::is_none")]
    css_version: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_modified_date: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    creation_date: Option<f64>,
}

/// Replaces the look; without a stylesheet and a picture, takes it away.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SetUICustomization {
    user_pool_id: Option<String>,
    client_id: Option<String>,
    #[serde(rename = "CSS")]
    css: Option<String>,
    image_file: Option<String>,
}

impl Operation for SetUICustomization {
    const NAME: &'static str = "SetUICustomization";
    const ACCESS: Access = Access::Admin;
    type Output = CustomizationOutput;

    async fn run(self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        let css = self.css.filter(|css| !css.trim().is_empty());
        if let Some(css) = &css {
            check_length("css", css.as_str(), (0, LARGEST))?;
            rewrite(css).map_err(Error::InvalidParameter)?;
        }
        let image = self.image_file.filter(|file| !file.is_empty()).map(picture).transpose()?;
        let pool = named::pool(cx, self.user_pool_id).await?;
        let client = target(cx, &pool, self.client_id).await?;
        if pool.domains.is_empty() {
            return Err(Error::InvalidParameter(
                "There has to be an existing domain associated with this user pool".to_owned(),
            ));
        }
        let (id, now) = (pool.pool.id.clone(), cx.now());
        let kept = cx
            .change_settings(move |db| {
                Box::pin(async move {
                    let name = client.as_ref().map_or(ALL, ClientId::as_str);
                    if css.is_none() && image.is_none() {
                        store::ui_customizations::delete(db, &id, name).await?;
                    } else {
                        let content = (css.as_deref(), image.as_ref());
                        store::ui_customizations::put(db, (&id, client.as_ref()), content, now).await?;
                    }
                    store::ui_customizations::by_target(db, &id, name).await
                })
            })
            .await?;
        Ok(output(cx, &pool, kept))
    }
}

/// Tells the look of a client, else that of the whole pool, else nothing.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct GetUICustomization {
    user_pool_id: Option<String>,
    client_id: Option<String>,
}

impl Operation for GetUICustomization {
    const NAME: &'static str = "GetUICustomization";
    const ACCESS: Access = Access::Admin;
    type Output = CustomizationOutput;

    async fn run(self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        let pool = named::pool(cx, self.user_pool_id).await?;
        let client = target(cx, &pool, self.client_id).await?;
        let mut db = cx.store.read().await?;
        let own = match &client {
            Some(client) => store::ui_customizations::by_target(&mut db, &pool.pool.id, client.as_str()).await?,
            None => None,
        };
        let found = match own {
            Some(own) => Some(own),
            None => store::ui_customizations::by_target(&mut db, &pool.pool.id, ALL).await?,
        };
        Ok(output(cx, &pool, found))
    }
}

/// The client that is meant; `None` for all.
async fn target(cx: &Cx, pool: &PoolEntry, client: Option<String>) -> Result<Option<ClientId>, Error> {
    let Some(name) = CLIENT_ID.optional("clientId", client)?.filter(|name| name != ALL) else { return Ok(None) };
    let entry = cx.client_of_pool(pool.pool.id.as_str(), &name).await?;
    Ok(Some(entry.client.id.clone()))
}

/// A PNG or JPEG picture.
fn picture(file: String) -> Result<Picture, Error> {
    let bytes = STANDARD.decode(&file).map_err(|_| Error::Serialization("ImageFile is not base64".to_owned()))?;
    check_length("imageFile", &bytes.len(), (0, LARGEST))?;
    let kind = match bytes.as_slice() {
        [0x89, b'P', b'N', b'G', 0x0D, 0x0A, 0x1A, 0x0A, ..] => "image/png",
        [0xFF, 0xD8, 0xFF, ..] => "image/jpeg",
        _ => return Err(Error::InvalidParameter("The image must be a PNG, JPG or JPEG file.".to_owned())),
    };
    Ok((kind.to_owned(), file))
}

fn output(cx: &Cx, pool: &PoolEntry, known: Option<UiCustomization>) -> CustomizationOutput {
    let Some(known) = known else { return CustomizationOutput { ui_customization: UiCustomizationType::default() } };
    let (id, at) = (&pool.pool.id, known.modified_at);
    let address = || format!("{}/looks/{id}/{}/c{}/logo", cx.base_of(pool), known.target, at.0);
    let shape = UiCustomizationType {
        user_pool_id: Some(id.to_string()),
        image_url: known.image_type.as_ref().map(|_| address()),
        client_id: Some(known.target.clone()),
        css_version: known.css.as_ref().map(|_| at.digits()),
        css: known.css,
        last_modified_date: Some(at.fractional_seconds()),
        creation_date: Some(known.created_at.fractional_seconds()),
    };
    CustomizationOutput { ui_customization: shape }
}
