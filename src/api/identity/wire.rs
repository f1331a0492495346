//! Owns the shapes of the identity pools API that several operations share, the constraints on them, and how they are
//! made from and into domain values.

use std::collections::BTreeMap;

use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};

use super::constraints::{
    ARN_STRING, CLIENT_NAME_OF_PROVIDER, DEVELOPER_PROVIDER, IDENTITY_POOL_NAME, PROVIDER_APP, PROVIDER_CLIENT,
    REGIONAL_ID,
};
use crate::api::constraints::{TAG_KEY, TAG_VALUE, check_length, required};
use crate::domain::identity_pool::{IdentityPool, IdentityPoolSettings, RegionalId, UserPoolClient};
use crate::error::{Error, Shown};
use crate::identity::logins::Logins;

/// The most providers in a map (API model, LoginsMap, IdentityProviders and RoleMappingMap).
pub const MOST_PROVIDERS: usize = 10;
/// The most tags of a pool.
const MOST_TAGS: usize = 50;
/// The longest token of a login, in characters.
const LONGEST_TOKEN: usize = 50_000;

/// An app client of a user pool.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CognitoIdentityProvider {
    #[serde(skip_serializing_if = "Option::is_none")]
    provider_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    server_side_token_check: Option<bool>,
}

/// What a pool's maker sets.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct IdentityPoolMembers {
    identity_pool_name: Option<String>,
    allow_unauthenticated_identities: Option<bool>,
    allow_classic_flow: Option<bool>,
    supported_login_providers: Option<BTreeMap<String, String>>,
    developer_provider_name: Option<String>,
    #[serde(rename = "OpenIdConnectProviderARNs")]
    open_id_connect_provider_arns: Option<Vec<String>>,
    cognito_identity_providers: Option<Vec<CognitoIdentityProvider>>,
    #[serde(rename = "SamlProviderARNs")]
    saml_provider_arns: Option<Vec<String>>,
    identity_pool_tags: Option<BTreeMap<String, String>>,
}

/// A pool, described.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct IdentityPoolType {
    identity_pool_id: String,
    identity_pool_name: String,
    allow_unauthenticated_identities: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    allow_classic_flow: Option<bool>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    supported_login_providers: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    developer_provider_name: Option<String>,
    #[serde(rename = "OpenIdConnectProviderARNs", skip_serializing_if = "Vec::is_empty")]
    open_id_connect_provider_arns: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    cognito_identity_providers: Vec<CognitoIdentityProvider>,
    #[serde(rename = "SamlProviderARNs", skip_serializing_if = "Vec::is_empty")]
    saml_provider_arns: Vec<String>,
    identity_pool_tags: BTreeMap<String, String>,
}

/// The checked members of a pool: name, settings, and tags where some were given.
pub type Settled = (String, IdentityPoolSettings, Option<BTreeMap<String, String>>);

impl IdentityPoolMembers {
    /// What was asked for.
    ///
    /// # Errors
    /// The first broken constraint.
    pub fn settle(self) -> Result<Settled, Error> {
        let name = IDENTITY_POOL_NAME.required("identityPoolName", self.identity_pool_name)?;
        let settings = IdentityPoolSettings {
            allows_guests: required("allowUnauthenticatedIdentities", self.allow_unauthenticated_identities)?,
            allows_classic_flow: self.allow_classic_flow,
            login_providers: login_providers(self.supported_login_providers.unwrap_or_default())?,
            developer_provider: DEVELOPER_PROVIDER.optional("developerProviderName", self.developer_provider_name)?,
            oidc_providers: arns("openIdConnectProviderARNs", self.open_id_connect_provider_arns)?,
            user_pools: user_pools(self.cognito_identity_providers.unwrap_or_default())?,
            saml_providers: arns("samlProviderARNs", self.saml_provider_arns)?,
        };
        let tags = self.identity_pool_tags.map(|tags| checked_tags("identityPoolTags", tags)).transpose()?;
        Ok((name, settings, tags))
    }
}

impl IdentityPoolType {
    /// The description of `pool`.
    pub fn of(pool: &IdentityPool, tags: BTreeMap<String, String>) -> Self {
        let settings = pool.settings.clone();
        let client = |client: UserPoolClient| CognitoIdentityProvider {
            provider_name: Some(client.provider_name),
            client_id: Some(client.client_id),
            server_side_token_check: Some(client.is_checked_on_server.unwrap_or(false)),
        };
        Self {
            identity_pool_id: pool.id.to_string(),
            identity_pool_name: pool.name.clone(),
            allow_unauthenticated_identities: settings.allows_guests,
            allow_classic_flow: settings.allows_classic_flow,
            supported_login_providers: settings.login_providers,
            developer_provider_name: settings.developer_provider,
            open_id_connect_provider_arns: settings.oidc_providers,
            cognito_identity_providers: settings.user_pools.into_iter().map(client).collect(),
            saml_provider_arns: settings.saml_providers,
            identity_pool_tags: tags,
        }
    }
}

/// The id in a member that must be there.
///
/// # Errors
/// A broken constraint.
pub fn id(member: &str, given: Option<String>) -> Result<RegionalId, Error> {
    let text = REGIONAL_ID.required(member, given)?;
    RegionalId::parse(&text).ok_or_else(|| {
        let rule = r"satisfy regular expression pattern: [\w-]+:[0-9a-f-]+";
        Error::constraints(member, Shown::Value(&text), &[rule])
    })
}

/// The id in a member that may be absent.
///
/// # Errors
/// A broken constraint.
pub fn optional_id(member: &str, given: Option<String>) -> Result<Option<RegionalId>, Error> {
    given.map(|text| id(member, Some(text))).transpose()
}

/// The logins of a request.
///
/// # Errors
/// A broken constraint.
pub fn logins(given: Option<BTreeMap<String, SecretString>>) -> Result<Logins, Error> {
    let logins = given.unwrap_or_default();
    check_length("logins", &logins.len(), (0, MOST_PROVIDERS))?;
    for (name, token) in &logins {
        provider_name("logins", name)?;
        check_length("logins", &token.expose_secret().chars().count(), (1, LONGEST_TOKEN))?;
        refuse_nul("logins", token.expose_secret())?;
    }
    Ok(logins)
}

/// Checks a provider's name (API model, IdentityProviderName).
///
/// # Errors
/// A broken constraint.
pub fn provider_name(member: &str, name: &str) -> Result<(), Error> {
    check_length(member, name, (1, 128))?;
    refuse_nul(member, name)
}

/// Tags whose names and values are within their limits.
///
/// # Errors
/// A broken constraint.
pub fn checked_tags(member: &str, tags: BTreeMap<String, String>) -> Result<BTreeMap<String, String>, Error> {
    check_length(member, &tags, (0, MOST_TAGS))?;
    for (name, value) in &tags {
        TAG_KEY.check(member, name)?;
        TAG_VALUE.check(member, value)?;
    }
    Ok(tags)
}

fn login_providers(given: BTreeMap<String, String>) -> Result<BTreeMap<String, String>, Error> {
    let member = "supportedLoginProviders";
    check_length(member, &given, (0, MOST_PROVIDERS))?;
    for (name, app) in &given {
        provider_name(member, name)?;
        PROVIDER_APP.check(member, app)?;
    }
    Ok(given)
}

fn user_pools(given: Vec<CognitoIdentityProvider>) -> Result<Vec<UserPoolClient>, Error> {
    let mut clients = Vec::with_capacity(given.len());
    for (index, provider) in given.into_iter().enumerate() {
        let place = format!("cognitoIdentityProviders.{}.member", index + 1);
        let name = CLIENT_NAME_OF_PROVIDER.required(&format!("{place}.providerName"), provider.provider_name)?;
        clients.push(UserPoolClient {
            provider_name: name,
            client_id: PROVIDER_CLIENT.required(&format!("{place}.clientId"), provider.client_id)?,
            is_checked_on_server: provider.server_side_token_check,
        });
    }
    Ok(clients)
}

fn arns(member: &str, given: Option<Vec<String>>) -> Result<Vec<String>, Error> {
    let arns = given.unwrap_or_default();
    for (index, arn) in arns.iter().enumerate() {
        ARN_STRING.check(&format!("{member}.{}.member", index + 1), arn)?;
    }
    Ok(arns)
}

/// No database text holds a NUL on PostgreSQL.
pub fn refuse_nul(member: &str, text: &str) -> Result<(), Error> {
    if text.contains('\0') { Err(Error::constraint(member, "not contain a NUL character")) } else { Ok(()) }
}
