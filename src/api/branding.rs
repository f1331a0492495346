//! Owns the operations on the styles of managed login pages.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::constraints::{BRANDING_ID, CLIENT_ID};
use super::named;
use super::operation::{Access, Caller, Entry, Operation};
use super::wire::Empty;
use super::wire::asset::{AssetType, assets_from};
use crate::cx::{ClientEntry, Cx};
use crate::domain::branding::{Asset, Branding, BrandingSettings};
use crate::error::{Error, Taken, Thing};
use crate::store;

/// The family's table.
pub const OPERATIONS: &[Entry] = &[
    Entry::of::<CreateManagedLoginBranding>(),
    Entry::of::<UpdateManagedLoginBranding>(),
    Entry::of::<DeleteManagedLoginBranding>(),
    Entry::of::<DescribeManagedLoginBranding>(),
    Entry::of::<DescribeManagedLoginBrandingByClient>(),
];

/// Styles that a pool may have.
const MOST: i64 = 20;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct BrandingOutput {
    managed_login_branding: ManagedLoginBrandingType,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ManagedLoginBrandingType {
    managed_login_branding_id: String,
    user_pool_id: String,
    use_cognito_provided_values: bool,
    #[serde(skip_serializing_if = "BrandingSettings::is_empty")]
    settings: BrandingSettings,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    assets: Vec<AssetType>,
    creation_date: f64,
    last_modified_date: f64,
}

/// Gives a client a style.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct CreateManagedLoginBranding {
    user_pool_id: Option<String>,
    client_id: Option<String>,
    use_cognito_provided_values: Option<bool>,
    settings: Option<BrandingSettings>,
    assets: Option<Vec<AssetType>>,
}

impl Operation for CreateManagedLoginBranding {
    const NAME: &'static str = "CreateManagedLoginBranding";
    const ACCESS: Access = Access::Admin;
    type Output = BrandingOutput;

    async fn run(self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        let settings = settings_from(self.use_cognito_provided_values, self.settings)?.unwrap_or_default();
        let assets = assets_from(self.assets)?;
        let entry = named::client_of_pool(cx, self.user_pool_id, self.client_id).await?;
        let now = cx.now();
        let branding = Branding {
            id: cx.random().uuid(),
            pool_id: entry.pool_id().clone(),
            client_id: entry.client.id.clone(),
            uses_provided_values: self.use_cognito_provided_values == Some(true),
            settings,
            created_at: now,
            modified_at: now,
        };
        let (branding, assets) = cx
            .change_settings(move |db| {
                Box::pin(async move {
                    if store::brandings::count(db, &branding.pool_id).await? >= MOST {
                        return Err(Error::LimitExceeded(format!("A user pool can have at most {MOST} styles.")));
                    }
                    if !store::brandings::insert(db, &branding).await? {
                        return Err(Error::Exists(Taken::ManagedLoginBranding));
                    }
                    for asset in &assets {
                        store::brandings::put_asset(db, &branding.id, asset).await?;
                    }
                    Ok((branding, assets))
                })
            })
            .await?;
        Ok(output(branding, assets))
    }
}

/// Changes a style; what is not given stays.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct UpdateManagedLoginBranding {
    user_pool_id: Option<String>,
    managed_login_branding_id: Option<String>,
    use_cognito_provided_values: Option<bool>,
    settings: Option<BrandingSettings>,
    assets: Option<Vec<AssetType>>,
}

impl Operation for UpdateManagedLoginBranding {
    const NAME: &'static str = "UpdateManagedLoginBranding";
    const ACCESS: Access = Access::Admin;
    type Output = BrandingOutput;

    async fn run(self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        let newer = settings_from(self.use_cognito_provided_values, self.settings)?;
        let assets = assets_from(self.assets)?;
        let starts_afresh = self.use_cognito_provided_values == Some(true);
        let (mut branding, _) = found(cx, self.user_pool_id, self.managed_login_branding_id).await?;
        if starts_afresh {
            branding.settings = BrandingSettings::default();
            branding.uses_provided_values = true;
        } else if let Some(newer) = newer {
            branding.settings = branding.settings.merged(&newer);
            branding.uses_provided_values = false;
        } else if self.use_cognito_provided_values == Some(false) {
            branding.uses_provided_values = false;
        }
        branding.modified_at = cx.now();
        let (branding, assets) = cx
            .change_settings(move |db| {
                Box::pin(async move {
                    if !store::brandings::update(db, &branding).await? {
                        return Err(Error::NotFound(Thing::ManagedLoginBranding));
                    }
                    if starts_afresh {
                        store::brandings::delete_assets(db, &branding.id).await?;
                    }
                    for asset in &assets {
                        store::brandings::put_asset(db, &branding.id, asset).await?;
                    }
                    let assets = store::brandings::assets(db, &branding.id).await?;
                    Ok((branding, assets))
                })
            })
            .await?;
        Ok(output(branding, assets))
    }
}

/// Takes a style away.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct DeleteManagedLoginBranding {
    managed_login_branding_id: Option<String>,
    user_pool_id: Option<String>,
}

impl Operation for DeleteManagedLoginBranding {
    const NAME: &'static str = "DeleteManagedLoginBranding";
    const ACCESS: Access = Access::Admin;
    type Output = Empty;

    async fn run(self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        let id = BRANDING_ID.required("managedLoginBrandingId", self.managed_login_branding_id)?;
        let pool = named::pool(cx, self.user_pool_id).await?.pool.id.clone();
        cx.change_settings(move |db| {
            Box::pin(async move {
                if !store::brandings::delete(db, &id, &pool).await? {
                    return Err(Error::NotFound(Thing::ManagedLoginBranding));
                }
                Ok(())
            })
        })
        .await?;
        Ok(Empty {})
    }
}

/// Describes a style by its id.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct DescribeManagedLoginBranding {
    user_pool_id: Option<String>,
    managed_login_branding_id: Option<String>,
    return_merged_resources: Option<bool>,
}

impl Operation for DescribeManagedLoginBranding {
    const NAME: &'static str = "DescribeManagedLoginBranding";
    const ACCESS: Access = Access::Admin;
    type Output = BrandingOutput;

    async fn run(self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        let (branding, assets) = found(cx, self.user_pool_id, self.managed_login_branding_id).await?;
        Ok(output(shown(branding, self.return_merged_resources), assets))
    }
}

/// Describes the style of a client.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct DescribeManagedLoginBrandingByClient {
    user_pool_id: Option<String>,
    client_id: Option<String>,
    return_merged_resources: Option<bool>,
}

impl Operation for DescribeManagedLoginBrandingByClient {
    const NAME: &'static str = "DescribeManagedLoginBrandingByClient";
    const ACCESS: Access = Access::Admin;
    type Output = BrandingOutput;

    async fn run(self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        let client = CLIENT_ID.required("clientId", self.client_id)?;
        let entry: Arc<ClientEntry> = named::client_of_pool(cx, self.user_pool_id, Some(client)).await?;
        let mut db = cx.store.read().await?;
        let branding = store::brandings::by_client(&mut db, &entry.client.id).await?;
        let branding = branding.ok_or(Error::NotFound(Thing::ManagedLoginBranding))?;
        let assets = store::brandings::assets(&mut db, &branding.id).await?;
        Ok(output(shown(branding, self.return_merged_resources), assets))
    }
}

async fn found(cx: &Cx, pool: Option<String>, id: Option<String>) -> Result<(Branding, Vec<Asset>), Error> {
    let id = BRANDING_ID.required("managedLoginBrandingId", id)?;
    let pool = named::pool(cx, pool).await?;
    let mut db = cx.store.read().await?;
    let branding = store::brandings::by_id(&mut db, &id).await?.filter(|known| known.pool_id == pool.pool.id);
    let branding = branding.ok_or(Error::NotFound(Thing::ManagedLoginBranding))?;
    let assets = store::brandings::assets(&mut db, &branding.id).await?;
    Ok((branding, assets))
}

/// Settings that may be kept; Cognito's own values leave no room for others.
fn settings_from(provided: Option<bool>, given: Option<BrandingSettings>) -> Result<Option<BrandingSettings>, Error> {
    let given = given.filter(|settings| !settings.is_empty());
    if provided == Some(true) && given.is_some() {
        return Err(Error::InvalidParameter(
            "Settings cannot be given when UseCognitoProvidedValues is true.".to_owned(),
        ));
    }
    given.map(|settings| settings.check().map(|()| settings).map_err(Error::InvalidParameter)).transpose()
}

fn shown(mut branding: Branding, merged: Option<bool>) -> Branding {
    if merged == Some(true) {
        branding.settings = BrandingSettings::provided().merged(&branding.settings);
    }
    branding
}

fn output(branding: Branding, assets: Vec<Asset>) -> BrandingOutput {
    let shape = ManagedLoginBrandingType {
        managed_login_branding_id: branding.id,
        user_pool_id: branding.pool_id.to_string(),
        use_cognito_provided_values: branding.uses_provided_values,
        settings: branding.settings,
        assets: assets.into_iter().map(AssetType::from).collect(),
        creation_date: branding.created_at.fractional_seconds(),
        last_modified_date: branding.modified_at.fractional_seconds(),
    };
    BrandingOutput { managed_login_branding: shape }
}
