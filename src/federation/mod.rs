//! Owns signing in at other people's providers. Three value types are the whole interface: a [`Departure`] out, an
//! [`Arrival`] in, an [`ExternalIdentity`] as the result. Whatever a provider sends is verified before anything of it
//! is believed. It must not know the store, cookies or HTML: it returns values.

mod acr;
mod apple;
pub mod caches;
mod discovery;
mod exchange;
#[cfg(test)]
mod fake_provider;
#[cfg(test)]
mod happy_paths;
#[cfg(test)]
mod hostile_answers;
#[cfg(test)]
mod hostile_tokens;
mod id_token;
pub mod mapping;
mod oauth2;
mod oidc;
mod oidc_logout;
pub mod presets;
pub mod saml;

use std::collections::BTreeMap;

use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use url::Url;

pub use caches::Caches;
pub use oidc_logout::end_session;

use crate::domain::provider::{Provider, ProviderType};
use crate::outside::Outside;

/// A sign-in that is about to leave for a provider.
#[derive(Debug, Clone, Copy)]
pub struct Start<'a> {
    /// The provider.
    pub provider: &'a Provider,
    /// Our address that the provider sends the browser back to: `…/oauth2/idpresponse`, or `…/saml2/idpresponse`.
    pub callback: &'a str,
    /// Our name as a SAML service provider: `urn:amazon:cognito:sp:<pool id>`.
    pub entity_id: &'a str,
    /// The opaque value that comes back unchanged (`state`, `RelayState`).
    pub state: &'a str,
    /// `prompt` to hand on, unless `none`.
    pub prompt: Option<&'a str>,
    /// `login_hint` to hand on.
    pub login_hint: Option<&'a str>,
    /// The `nonce` that the app gave.
    pub nonce: Option<&'a str>,
    /// The levels of assurance that the app asks for (`acr_values`), to be put in the provider's words.
    pub acr_values: Option<&'a str>,
    /// The key that signs SAML requests, where the provider wants them signed.
    pub signer: Option<&'a SamlKeys>,
}

/// Where the browser goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Departure {
    /// A redirect to this address.
    Redirect(String),
    /// A form that is posted there; the page that holds it sends it by itself where scripts run.
    Post {
        /// The address.
        action: String,
        /// Names and values.
        fields: Vec<(String, String)>,
    },
}

/// What must be remembered until the browser comes back; it travels sealed and bound to the browser.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pending {
    /// The nonce that the ID token must carry.
    pub nonce: String,
    /// The PKCE verifier, where the provider supports PKCE.
    pub code_verifier: Option<String>,
    /// The id of the SAML request.
    pub request_id: Option<String>,
}

/// What the browser brought back: the parameters of the query and of the form.
#[derive(Debug, Clone, Default)]
pub struct Arrival {
    /// Names and values.
    pub parameters: BTreeMap<String, String>,
}

impl Arrival {
    /// A parameter, unless absent or empty.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.parameters.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }
}

/// A sign-in that came back.
#[derive(Debug, Clone, Copy)]
pub struct Finish<'a> {
    /// The provider that was asked.
    pub provider: &'a Provider,
    /// As in [`Start`].
    pub callback: &'a str,
    /// As in [`Start`].
    pub entity_id: &'a str,
    /// What was remembered; `None` for a SAML sign-in that the provider started.
    pub pending: Option<&'a Pending>,
    /// What the browser brought.
    pub arrival: &'a Arrival,
    /// The keys that open encrypted SAML assertions.
    pub keys: Option<&'a SamlKeys>,
}

/// Our key pair as a SAML service provider.
pub struct SamlKeys {
    /// PKCS#8, base64 of the DER.
    pub private_key: SecretString,
    /// The self-signed certificate, base64 DER.
    pub certificate: String,
}

impl std::fmt::Debug for SamlKeys {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("SamlKeys(…)")
    }
}

/// Somebody whom a provider vouches for. Everything here was verified.
#[derive(Debug, Clone)]
pub struct ExternalIdentity {
    /// The provider's id of the person: `sub`, `id`, `user_id`, `NameID`.
    pub subject: String,
    /// The provider's claims, flattened to text; several values as `[a, b]`.
    pub claims: BTreeMap<String, String>,
    /// SAML's entity id.
    pub issuer: Option<String>,
    /// The provider's own tokens by claim name (`id_token`, `access_token`, `refresh_token`).
    pub tokens: BTreeMap<String, SecretString>,
    /// What must be remembered so that the message cannot be used again: its id and until when (seconds).
    pub replay: Option<(String, i64)>,
    /// The session at a SAML provider, for single logout.
    pub session: Option<saml::ProviderSession>,
}

/// Why a sign-in at a provider failed: what the app is told, and what only the log is told.
#[derive(Debug, thiserror::Error)]
#[error("{description}")]
pub struct FederationFault {
    /// `invalid_request`, `access_denied` or `server_error`.
    pub code: &'static str,
    /// Cognito's description.
    pub description: String,
    /// The cause, for the log.
    pub cause: String,
}

impl FederationFault {
    /// A fault of the request or of what the provider sent.
    pub fn invalid(description: impl Into<String>, cause: impl std::fmt::Display) -> Self {
        Self { code: "invalid_request", description: description.into(), cause: cause.to_string() }
    }
}

/// Sends a sign-in on its way: where the browser goes, and what must be remembered until it comes back.
///
/// # Errors
/// When the provider's details are incomplete, or what it publishes cannot be had or is not believed.
pub async fn begin(
    outside: &Outside,
    caches: &Caches,
    start: Start<'_>,
) -> Result<(Departure, Pending), FederationFault> {
    let provider = presets::complete(start.provider);
    let start = Start { provider: &provider, ..start };
    match provider.provider_type {
        ProviderType::Oidc | ProviderType::Google | ProviderType::SignInWithApple => {
            oidc::begin(outside, caches, start).await
        }
        ProviderType::Facebook | ProviderType::LoginWithAmazon => oauth2::begin(outside, start),
        ProviderType::Saml => saml::begin(outside, caches, start).await,
    }
}

/// Ends a sign-in that came back: verifies everything, and says who it was. That `state` was ours, fresh and this
/// browser's is for the caller to have checked.
///
/// # Errors
/// With Cognito's texts, when the provider refuses, is out of order, or says something that is not believed.
pub async fn finish(
    outside: &Outside,
    caches: &Caches,
    finish: Finish<'_>,
) -> Result<ExternalIdentity, FederationFault> {
    let provider = presets::complete(finish.provider);
    let finish = Finish { provider: &provider, ..finish };
    match provider.provider_type {
        ProviderType::Oidc | ProviderType::Google | ProviderType::SignInWithApple => {
            oidc::finish(outside, caches, finish).await
        }
        ProviderType::Facebook | ProviderType::LoginWithAmazon => oauth2::finish(outside, finish).await,
        ProviderType::Saml => saml::finish(outside, caches, finish).await,
    }
}

/// Where `provider` takes sign-ins of people of a company: SAML and OpenID Connect only.
///
/// # Errors
/// When what the provider publishes cannot be had or is not believed.
pub async fn sign_in_address(
    outside: &Outside,
    caches: &Caches,
    provider: &Provider,
) -> Result<String, FederationFault> {
    if provider.provider_type == ProviderType::Saml {
        return saml::sign_in_address(outside, caches, provider).await;
    }
    Ok(discovery::endpoints(outside, caches, &presets::complete(provider)).await?.authorize.into())
}

/// The app's nonce, or a fresh one.
fn nonce(outside: &Outside, start: &Start<'_>) -> String {
    start.nonce.filter(|nonce| !nonce.is_empty()).map_or_else(|| outside.random.token(), ToOwned::to_owned)
}

/// The claims that `provider` maps, each once, without the provider's tokens and what is `known` anyway.
fn mapped_claims<'a>(provider: &'a Provider, known: &[&str]) -> Vec<&'a str> {
    let is_wanted = |claim: &&str| !exchange::TOKEN_CLAIMS.contains(claim) && !known.contains(claim);
    let mut claims: Vec<&str> = provider.attribute_mapping.values().map(String::as_str).filter(is_wanted).collect();
    claims.sort_unstable();
    claims.dedup();
    claims
}

/// Puts a parameter into the query of `url`, in place of any of the same name.
fn set_parameter(url: &mut Url, name: &str, value: &str) {
    let others: Vec<(String, String)> =
        url.query_pairs().filter(|(other, _)| other != name).map(|(a, b)| (a.into_owned(), b.into_owned())).collect();
    url.query_pairs_mut().clear().extend_pairs(others).append_pair(name, value);
}
