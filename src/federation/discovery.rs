//! Owns where an OpenID Connect provider's endpoints are: its discovery document (OpenID Connect Discovery 1.0), with
//! the addresses of the provider's details before it. It must not know what is sent there.

use serde::Deserialize;
use url::Url;

use super::caches::{CacheFault, Caches, Source};
use super::exchange::required;
use super::{FederationFault, presets};
use crate::domain::provider::Provider;
use crate::http::Http;
use crate::outside::Outside;

/// For how many seconds a discovery document is taken as unchanged.
const FRESH: i64 = 3600;

/// Where to go, and how to behave there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Endpoints {
    pub authorize: Url,
    pub token: Url,
    pub jwks: Url,
    pub user_info: Option<Url>,
    /// The client secret goes into the Authorization header: the provider takes it nowhere else.
    pub is_basic: bool,
    /// PKCE with S256 is understood.
    pub has_pkce: bool,
}

/// What is read of a discovery document. Everything else in it may be as odd as it likes.
#[derive(Debug, Default, Deserialize)]
struct Metadata {
    issuer: String,
    authorization_endpoint: Option<String>,
    token_endpoint: Option<String>,
    jwks_uri: Option<String>,
    userinfo_endpoint: Option<String>,
    end_session_endpoint: Option<String>,
    #[serde(default)]
    token_endpoint_auth_methods_supported: Vec<String>,
    #[serde(default)]
    code_challenge_methods_supported: Vec<String>,
}

/// The endpoints of `provider`, whose details are complete. A document is fetched only when an address is missing.
///
/// # Errors
/// When an address cannot be found or must not be used.
pub(super) async fn endpoints(
    outside: &Outside,
    caches: &Caches,
    provider: &Provider,
) -> Result<Endpoints, FederationFault> {
    let is_known = ["authorize_url", "token_url", "jwks_uri"].iter().all(|name| provider.detail(name).is_some());
    if is_known {
        let mut endpoints = chosen(provider, Metadata::default(), &outside.http)?;
        endpoints.has_pkce = presets::has_pkce(provider.provider_type);
        return Ok(endpoints);
    }
    chosen(provider, published(outside, caches, provider).await?, &outside.http)
}

/// Where `provider`, whose details are complete, ends its own sessions (RP-Initiated Logout 1.0 §2.1), if it does.
///
/// # Errors
/// When its document cannot be had, or the address must not be used.
pub(super) async fn end_session(
    outside: &Outside,
    caches: &Caches,
    provider: &Provider,
) -> Result<Option<Url>, FederationFault> {
    let metadata = published(outside, caches, provider).await?;
    permitted((provider, "end_session_endpoint"), metadata.end_session_endpoint, &outside.http)
}

async fn published(outside: &Outside, caches: &Caches, provider: &Provider) -> Result<Metadata, FederationFault> {
    let issuer = required(provider, "oidc_issuer")?;
    let url = format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'));
    let source = Source { url: &url, fresh_for: FRESH };
    caches.document(outside, source, |bytes| read(bytes, issuer)).await.map_err(|fault| {
        let description = match &fault {
            CacheFault::Timeout(_) => "Read timed out".to_owned(),
            _ => format!("{} Error - discovery failed", provider.name),
        };
        FederationFault::invalid(description, fault)
    })
}

/// The issuer must be the one asked for, to the letter (OpenID Connect Discovery 1.0 §4.3).
fn read(bytes: &[u8], issuer: &str) -> Result<Metadata, String> {
    let metadata: Metadata = serde_json::from_slice(bytes).map_err(|error| format!("discovery: {error}"))?;
    if metadata.issuer != issuer {
        return Err("discovery names another issuer".to_owned());
    }
    Ok(metadata)
}

/// An address of the details, else the published one.
fn permitted(
    (provider, name): (&Provider, &str),
    published: Option<String>,
    http: &Http,
) -> Result<Option<Url>, FederationFault> {
    let Some(text) = provider.detail(name).map(ToOwned::to_owned).or(published) else { return Ok(None) };
    let description = || format!("{} Error - {name} is not a permitted address", provider.name);
    let url = Url::parse(&text).map_err(|error| FederationFault::invalid(description(), error))?;
    http.permits(&url).map_err(|error| FederationFault::invalid(description(), error))?;
    Ok(Some(url))
}

fn chosen(provider: &Provider, metadata: Metadata, http: &Http) -> Result<Endpoints, FederationFault> {
    let optional = |name: &str, published: Option<String>| permitted((provider, name), published, http);
    let needed = |name: &str, published: Option<String>| {
        let missing = || FederationFault::invalid(format!("{} Error - no {name}", provider.name), "not published");
        optional(name, published)?.ok_or_else(missing)
    };
    let methods = &metadata.token_endpoint_auth_methods_supported;
    let has = |method: &str| methods.iter().any(|known| known == method);
    Ok(Endpoints {
        is_basic: has("client_secret_basic") && !has("client_secret_post"),
        has_pkce: metadata.code_challenge_methods_supported.iter().any(|method| method == "S256"),
        authorize: needed("authorize_url", metadata.authorization_endpoint)?,
        token: needed("token_url", metadata.token_endpoint)?,
        jwks: needed("jwks_uri", metadata.jwks_uri)?,
        user_info: optional("attributes_url", metadata.userinfo_endpoint)?,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::fake_provider::provider;
    use super::*;
    use crate::domain::provider::ProviderType;

    const ISSUER: &str = "https://issuer.example";

    fn document(change: &serde_json::Value) -> Vec<u8> {
        let mut document = json!({
            "issuer": ISSUER, "authorization_endpoint": "https://issuer.example/a",
            "token_endpoint": "https://issuer.example/t", "jwks_uri": "https://issuer.example/k",
        });
        document.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        document.to_string().into_bytes()
    }

    fn found(change: &serde_json::Value) -> Result<Endpoints, FederationFault> {
        let metadata = read(&document(change), ISSUER).unwrap();
        chosen(&provider(ProviderType::Oidc, &[]), metadata, &Http::guarded(false).unwrap())
    }

    #[test]
    fn the_issuer_must_match_to_the_letter() {
        assert!(read(&document(&json!({})), ISSUER).is_ok());
        for issuer in ["https://issuer.example/", "https://ISSUER.example", "https://other.example", ""] {
            assert!(read(&document(&json!({"issuer": issuer})), ISSUER).unwrap_err().contains("another issuer"));
        }
    }

    #[test]
    fn addresses_that_must_not_be_asked_are_refused() {
        for name in ["authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint"] {
            for address in [
                "http://issuer.example/x",
                "https://127.0.0.1/x",
                "https://169.254.169.254/",
                "file:///etc/passwd",
                "/x",
            ] {
                let fault = found(&json!({name: address})).unwrap_err();
                assert!(fault.description.contains("not a permitted address"), "{name} {address}: {fault:?}");
            }
        }
    }

    #[test]
    fn the_secret_goes_into_the_header_only_where_nothing_else_is_taken() {
        for (methods, is_basic) in [
            (json!([]), false),
            (json!(["client_secret_basic"]), true),
            (json!(["client_secret_basic", "client_secret_post"]), false),
            (json!(["client_secret_basic", "private_key_jwt"]), true),
        ] {
            assert_eq!(found(&json!({"token_endpoint_auth_methods_supported": methods})).unwrap().is_basic, is_basic);
        }
    }

    #[test]
    fn pkce_is_used_where_s256_is_advertised() {
        assert!(!found(&json!({})).unwrap().has_pkce);
        assert!(!found(&json!({"code_challenge_methods_supported": ["plain"]})).unwrap().has_pkce);
        assert!(found(&json!({"code_challenge_methods_supported": ["plain", "S256"]})).unwrap().has_pkce);
    }
}
