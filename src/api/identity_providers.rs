//! Owns the operations on identity providers: making, changing, describing, deleting, listing.

use std::collections::BTreeMap;
use std::sync::Arc;

use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};

use super::constraints::{IDP_IDENTIFIER, PROVIDER_NAME, check_range, required, word};
use super::named;
use super::operation::{Access, Caller, Entry, Operation};
use super::page::Page;
use super::provider_rules::{self, MOST_PROVIDERS, Wanted};
use super::saml_settings::{self, GetSigningCertificate};
use super::wire::Empty;
use crate::cx::{Cx, PoolEntry};
use crate::domain::provider::{Provider, ProviderType};
use crate::error::{Error, Taken, Thing};
use crate::store::identity_providers::{self, ProviderRow, ProviderSettings};
use crate::store::{Db, upstream_sessions};

/// The family's table.
pub const OPERATIONS: &[Entry] = &[
    Entry::of::<CreateIdentityProvider>(),
    Entry::of::<UpdateIdentityProvider>(),
    Entry::of::<DescribeIdentityProvider>(),
    Entry::of::<GetIdentityProviderByIdentifier>(),
    Entry::of::<ListIdentityProviders>(),
    Entry::of::<DeleteIdentityProvider>(),
    Entry::of::<GetSigningCertificate>(),
];

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct IdentityProviderType {
    user_pool_id: String,
    provider_name: String,
    provider_type: &'static str,
    provider_details: BTreeMap<String, String>,
    attribute_mapping: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    acr_mapping: BTreeMap<String, String>,
    idp_identifiers: Vec<String>,
    last_modified_date: f64,
    creation_date: f64,
}

impl IdentityProviderType {
    /// The provider as it is described: with its client secret, as Cognito does, never with Apple's private key.
    async fn of(cx: &Cx, provider: &Provider) -> Result<IdentityProviderOutput, Error> {
        let pool = cx.pool(&provider.pool_id).await?;
        let mut details = provider.details.clone();
        details.extend(saml_settings::derived(cx, &pool, provider).await);
        if let Some(secret) =
            provider.secret.as_ref().filter(|_| provider.provider_type != ProviderType::SignInWithApple)
        {
            details.insert("client_secret".to_owned(), secret.expose_secret().to_owned());
        }
        let identity_provider = Self {
            user_pool_id: provider.pool_id.to_string(),
            provider_name: provider.name.clone(),
            provider_type: provider.provider_type.name(),
            provider_details: details,
            attribute_mapping: provider.attribute_mapping.clone(),
            acr_mapping: provider.acr_mapping.clone(),
            idp_identifiers: provider.identifiers.clone(),
            last_modified_date: provider.modified_at.fractional_seconds(),
            creation_date: provider.created_at.fractional_seconds(),
        };
        Ok(IdentityProviderOutput { identity_provider })
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct IdentityProviderOutput {
    identity_provider: IdentityProviderType,
}

/// Makes a provider.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct CreateIdentityProvider {
    user_pool_id: Option<String>,
    provider_name: Option<String>,
    provider_type: Option<String>,
    provider_details: Option<BTreeMap<String, String>>,
    attribute_mapping: Option<BTreeMap<String, String>>,
    idp_identifiers: Option<Vec<String>>,
    acr_mapping: Option<BTreeMap<String, String>>,
}

impl Operation for CreateIdentityProvider {
    const NAME: &'static str = "CreateIdentityProvider";
    const ACCESS: Access = Access::Admin;
    type Output = IdentityProviderOutput;

    async fn run(self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        let name = PROVIDER_NAME.required("providerName", self.provider_name)?;
        let kind = word("providerType", &required("providerType", self.provider_type)?, KINDS)?;
        let details = required("providerDetails", self.provider_details)?;
        let pool = named::pool(cx, self.user_pool_id).await?;
        provider_rules::check_name(kind, &name)?;
        if pool.providers.len() >= MOST_PROVIDERS {
            return Err(Error::LimitExceeded(format!(
                "A user pool can have at most {MOST_PROVIDERS} identity providers."
            )));
        }
        let now = cx.now();
        let mut provider = Provider {
            pool_id: pool.pool.id.clone(),
            name,
            provider_type: kind,
            details: BTreeMap::new(),
            secret: None,
            attribute_mapping: BTreeMap::new(),
            acr_mapping: BTreeMap::new(),
            identifiers: Vec::new(),
            created_at: now,
            modified_at: now,
        };
        let wanted = Wanted {
            details: Some(details),
            mapping: Some(self.attribute_mapping.unwrap_or_default()),
            identifiers: self.idp_identifiers,
            acr_mapping: self.acr_mapping,
        };
        provider_rules::settle(&pool, &mut provider, wanted)?;
        let entity_id = saml_settings::check(cx, &provider).await?;
        if entity_id.is_some() {
            cx.ensure_saml_keys(&pool).await?;
        }
        let row = row(cx, &provider);
        cx.change_settings(move |db| {
            Box::pin(async move {
                if identity_providers::insert(db, &row).await? {
                    return name_entity(db, &row, entity_id).await;
                }
                Err(Error::Exists(Taken::IdentityProvider))
            })
        })
        .await?;
        tracing::info!(pool = %provider.pool_id, provider = %provider.name, "identity provider made");
        IdentityProviderType::of(cx, &provider).await
    }
}

/// Changes a provider.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct UpdateIdentityProvider {
    user_pool_id: Option<String>,
    provider_name: Option<String>,
    provider_details: Option<BTreeMap<String, String>>,
    attribute_mapping: Option<BTreeMap<String, String>>,
    idp_identifiers: Option<Vec<String>>,
    acr_mapping: Option<BTreeMap<String, String>>,
}

impl Operation for UpdateIdentityProvider {
    const NAME: &'static str = "UpdateIdentityProvider";
    const ACCESS: Access = Access::Admin;
    type Output = IdentityProviderOutput;

    async fn run(self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        let (pool, mut provider) = find(cx, self.user_pool_id, self.provider_name).await?;
        provider.modified_at = cx.now();
        let is_changed = self.provider_details.is_some();
        let wanted = Wanted {
            details: self.provider_details,
            mapping: self.attribute_mapping,
            identifiers: self.idp_identifiers,
            acr_mapping: self.acr_mapping,
        };
        provider_rules::settle(&pool, &mut provider, wanted)?;
        let entity_id = if is_changed { saml_settings::check(cx, &provider).await? } else { None };
        let row = row(cx, &provider);
        cx.change_settings(move |db| {
            Box::pin(async move {
                if identity_providers::update(db, &row).await? {
                    return name_entity(db, &row, entity_id).await;
                }
                Err(unknown(&row.name))
            })
        })
        .await?;
        IdentityProviderType::of(cx, &provider).await
    }
}

/// Describes a provider.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct DescribeIdentityProvider {
    user_pool_id: Option<String>,
    provider_name: Option<String>,
}

impl Operation for DescribeIdentityProvider {
    const NAME: &'static str = "DescribeIdentityProvider";
    const ACCESS: Access = Access::Admin;
    type Output = IdentityProviderOutput;

    async fn run(self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        let (_, provider) = find(cx, self.user_pool_id, self.provider_name).await?;
        IdentityProviderType::of(cx, &provider).await
    }
}

/// Finds a provider by another of its names.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct GetIdentityProviderByIdentifier {
    user_pool_id: Option<String>,
    idp_identifier: Option<String>,
}

impl Operation for GetIdentityProviderByIdentifier {
    const NAME: &'static str = "GetIdentityProviderByIdentifier";
    const ACCESS: Access = Access::Admin;
    type Output = IdentityProviderOutput;

    async fn run(self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        let identifier = IDP_IDENTIFIER.required("idpIdentifier", self.idp_identifier)?;
        let pool = named::pool(cx, self.user_pool_id).await?;
        let found = pool.providers.iter().find(|provider| provider.identifiers.contains(&identifier));
        let provider = found.ok_or_else(|| unknown(&identifier))?;
        IdentityProviderType::of(cx, provider).await
    }
}

/// Lists a pool's providers by name.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ListIdentityProviders {
    user_pool_id: Option<String>,
    max_results: Option<i64>,
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ProviderDescription {
    provider_name: String,
    provider_type: &'static str,
    last_modified_date: f64,
    creation_date: f64,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ListOutput {
    providers: Vec<ProviderDescription>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

impl Operation for ListIdentityProviders {
    const NAME: &'static str = "ListIdentityProviders";
    const ACCESS: Access = Access::Admin;
    type Output = ListOutput;

    async fn run(self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        let limit = self.max_results.unwrap_or(60);
        check_range("maxResults", limit, (0, 60))?;
        let page = Page::after(self.next_token, limit.max(1))?;
        let pool = named::pool(cx, self.user_pool_id).await?;
        let later = pool.providers.iter().filter(|provider| page.is_after(&provider.name));
        let (providers, next_token) = page.cut(later.collect(), |provider| provider.name.clone());
        let providers = providers
            .into_iter()
            .map(|provider| ProviderDescription {
                provider_name: provider.name.clone(),
                provider_type: provider.provider_type.name(),
                last_modified_date: provider.modified_at.fractional_seconds(),
                creation_date: provider.created_at.fractional_seconds(),
            })
            .collect();
        Ok(ListOutput { providers, next_token })
    }
}

/// Deletes a provider; its users stay.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct DeleteIdentityProvider {
    user_pool_id: Option<String>,
    provider_name: Option<String>,
}

impl Operation for DeleteIdentityProvider {
    const NAME: &'static str = "DeleteIdentityProvider";
    const ACCESS: Access = Access::Admin;
    type Output = Empty;

    async fn run(self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        let (_, provider) = find(cx, self.user_pool_id, self.provider_name).await?;
        cx.change_settings(move |db| {
            Box::pin(async move {
                if identity_providers::delete(db, &provider.pool_id, &provider.name).await? {
                    return Ok(());
                }
                Err(unknown(&provider.name))
            })
        })
        .await?;
        Ok(Empty {})
    }
}

const KINDS: super::constraints::Words<ProviderType> = &[
    ("SAML", ProviderType::Saml),
    ("Facebook", ProviderType::Facebook),
    ("Google", ProviderType::Google),
    ("LoginWithAmazon", ProviderType::LoginWithAmazon),
    ("SignInWithApple", ProviderType::SignInWithApple),
    ("OIDC", ProviderType::Oidc),
];

async fn find(cx: &Cx, pool: Option<String>, name: Option<String>) -> Result<(Arc<PoolEntry>, Provider), Error> {
    let name = PROVIDER_NAME.required("providerName", name)?;
    let pool = named::pool(cx, pool).await?;
    let found = pool.providers.iter().find(|provider| provider.name == name).cloned();
    let provider = found.ok_or_else(|| unknown(&name))?;
    Ok((pool, provider))
}

fn unknown(name: &str) -> Error {
    Error::NotFound(Thing::IdentityProvider(name.to_owned()))
}

fn row(cx: &Cx, provider: &Provider) -> ProviderRow {
    let seal = |secret| cx.seal_provider_secret(&provider.pool_id, &provider.name, secret);
    ProviderRow {
        pool_id: provider.pool_id.clone(),
        name: provider.name.clone(),
        provider_type: provider.provider_type,
        sealed_secret: provider.secret.as_ref().map(seal),
        created_at: provider.created_at,
        modified_at: provider.modified_at,
        settings: ProviderSettings {
            details: provider.details.clone(),
            attribute_mapping: provider.attribute_mapping.clone(),
            identifiers: provider.identifiers.clone(),
            acr_mapping: provider.acr_mapping.clone(),
        },
    }
}

/// Remembers what a SAML provider's messages call it.
async fn name_entity(db: &mut Db, row: &ProviderRow, entity_id: Option<String>) -> Result<(), Error> {
    let Some(entity_id) = entity_id else { return Ok(()) };
    upstream_sessions::forget_other_entities(db, &entity_id, (&row.pool_id, &row.name)).await?;
    upstream_sessions::name_entity(db, &entity_id, (&row.pool_id, &row.name)).await
}
