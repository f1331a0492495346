//! Owns the rules of an identity provider's settings: names, the details that each kind needs, the mapping.

use std::collections::BTreeMap;

use secrecy::SecretString;

use super::constraints::{ACR_LEVEL, ACR_VALUE, ATTRIBUTE_NAME, IDP_IDENTIFIER};
use super::saml_settings::DERIVED;
use crate::cx::PoolEntry;
use crate::domain::provider::{Provider, ProviderType};
use crate::error::Error;
use crate::federation::presets;

/// Other names that one provider can have.
const MOST_IDENTIFIERS: usize = 50;
/// Providers that a pool can have.
pub const MOST_PROVIDERS: usize = 300;

/// Settings as they came, the secret among the details.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// `ProviderDetails`.
    pub details: Option<BTreeMap<String, String>>,
    /// `AttributeMapping`.
    pub mapping: Option<BTreeMap<String, String>>,
    /// `IdpIdentifiers`.
    pub identifiers: Option<Vec<String>>,
    /// `AcrMapping`.
    pub acr_mapping: Option<BTreeMap<String, String>>,
}

/// Checks the name of a new provider: social ones are called by their kind, others freely but never `COGNITO`.
///
/// # Errors
/// Cognito's refusal.
pub fn check_name(kind: ProviderType, name: &str) -> Result<(), Error> {
    if kind.is_social() {
        let is_right = name == kind.name();
        return if is_right {
            Ok(())
        } else {
            refuse(format!("Provider name must be {} for this provider type", kind.name()))
        };
    }
    let is_taken = ProviderType::ALL.iter().any(|(social, known)| social.is_social() && *known == name);
    if is_taken || name.eq_ignore_ascii_case("COGNITO") {
        return refuse(format!("{name} cannot be used as a provider name"));
    }
    Ok(())
}

/// The provider's settings as wanted, over those it had.
///
/// # Errors
/// The first rule that is broken.
pub fn settle(pool: &PoolEntry, provider: &mut Provider, wanted: Wanted) -> Result<(), Error> {
    if let Some(mut details) = wanted.details {
        details.retain(|name, _| !DERIVED.contains(&name.as_str()));
        // Metadata comes from one place: the newer wish counts.
        for (name, other) in [("MetadataURL", "MetadataFile"), ("MetadataFile", "MetadataURL")] {
            if details.contains_key(name) && !details.contains_key(other) {
                provider.details.remove(other);
            }
        }
        if let Some(secret) = secret_of(provider.provider_type, &mut details) {
            provider.secret = Some(secret);
        }
        if details.get("api_version").is_some_and(|version| provider.details.get("api_version") != Some(version)) {
            provider.details = presets::without_filled_in(provider.provider_type, &provider.details);
        }
        provider.details.extend(details);
        provider.details = presets::filled_in(provider.provider_type, &provider.details);
        check_details(provider)?;
    }
    if let Some(mapping) = wanted.mapping {
        check_mapping(pool, &mapping)?;
        provider.attribute_mapping = mapping;
    }
    if provider.provider_type != ProviderType::Saml {
        let claim = presets::username_claim(provider.provider_type);
        provider.attribute_mapping.insert("username".to_owned(), claim.to_owned());
    }
    if let Some(mapping) = wanted.acr_mapping {
        check_acr_mapping(provider.provider_type, &mapping)?;
        provider.acr_mapping = mapping;
    }
    if let Some(identifiers) = wanted.identifiers {
        check_identifiers(pool, &provider.name, &identifiers)?;
        provider.identifiers = identifiers;
    }
    Ok(())
}

/// Takes the secret out of the details.
fn secret_of(kind: ProviderType, details: &mut BTreeMap<String, String>) -> Option<SecretString> {
    let name = if kind == ProviderType::SignInWithApple { "private_key" } else { "client_secret" };
    details.remove(name).filter(|secret| !secret.is_empty()).map(Into::into)
}

fn check_details(provider: &Provider) -> Result<(), Error> {
    let needed: &[&str] = match provider.provider_type {
        ProviderType::Saml if provider.detail("MetadataURL").is_some() => &[],
        ProviderType::Saml => &["MetadataFile"],
        ProviderType::SignInWithApple => &["client_id", "team_id", "key_id", "authorize_scopes"],
        ProviderType::Oidc => &["client_id", "authorize_scopes", "oidc_issuer", "attributes_request_method"],
        _ => &["client_id", "authorize_scopes"],
    };
    if let Some(missing) = needed.iter().find(|name| provider.detail(name).is_none()) {
        return refuse(format!("Provider details must contain {missing}"));
    }
    if provider.secret.is_none() && !matches!(provider.provider_type, ProviderType::Saml | ProviderType::Oidc) {
        return refuse("Provider details must contain the provider's secret".to_owned());
    }
    if provider.provider_type == ProviderType::Oidc {
        check_oidc(provider)?;
    }
    Ok(())
}

fn check_oidc(provider: &Provider) -> Result<(), Error> {
    let scopes = provider.detail("authorize_scopes").unwrap_or_default();
    if !scopes.split(' ').any(|scope| scope == "openid") {
        return refuse("authorize_scopes must contain openid".to_owned());
    }
    if !matches!(provider.detail("attributes_request_method"), Some("GET" | "POST")) {
        return refuse("attributes_request_method must be GET or POST".to_owned());
    }
    let addresses = ["oidc_issuer", "authorize_url", "token_url", "attributes_url", "jwks_uri"];
    for name in addresses {
        let is_good = |text: &str| url::Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "https" | "http"));
        if provider.detail(name).is_some_and(|text| !is_good(text)) {
            return refuse(format!("{name} must be an https address"));
        }
    }
    Ok(())
}

/// Maps only to attributes of the pool.
fn check_mapping(pool: &PoolEntry, mapping: &BTreeMap<String, String>) -> Result<(), Error> {
    for (attribute, claim) in mapping {
        ATTRIBUTE_NAME.check("attributeMapping", attribute)?;
        if attribute != "username" && pool.pool.schema_of(attribute).is_none() {
            return refuse(format!("Attribute {attribute} does not exist in the schema of the user pool."));
        }
        if attribute == "sub" || attribute == "identities" || claim.is_empty() {
            return refuse(format!("Attribute {attribute} cannot be mapped."));
        }
    }
    Ok(())
}

fn check_acr_mapping(kind: ProviderType, mapping: &BTreeMap<String, String>) -> Result<(), Error> {
    for (level, word) in mapping {
        ACR_LEVEL.check("acrMapping", level)?;
        ACR_VALUE.check("acrMapping", word)?;
    }
    if kind != ProviderType::Oidc && !mapping.is_empty() {
        return refuse("AcrMapping is only supported for OIDC identity providers.".to_owned());
    }
    Ok(())
}

fn check_identifiers(pool: &PoolEntry, name: &str, identifiers: &[String]) -> Result<(), Error> {
    if identifiers.len() > MOST_IDENTIFIERS {
        return refuse(format!("A provider can have at most {MOST_IDENTIFIERS} identifiers"));
    }
    for identifier in identifiers {
        IDP_IDENTIFIER.check("idpIdentifiers", identifier)?;
        let others = pool.providers.iter().filter(|other| other.name != name);
        if others.flat_map(|other| &other.identifiers).any(|taken| taken == identifier) {
            return refuse(format!("The identifier {identifier} is already used by another identity provider."));
        }
    }
    Ok(())
}

fn refuse<T>(text: String) -> Result<T, Error> {
    Err(Error::InvalidParameter(text))
}
