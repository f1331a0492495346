//! Owns where a provider's metadata comes from: the text an administrator pasted, or an address, fetched again every
//! few hours with the last good document kept. Only what describes a provider that can be used is kept at all.

use super::fault::SamlFault;
use super::metadata::{self, IdentityProvider};
use crate::clock::Timestamp;
use crate::domain::provider::Provider;
use crate::federation::FederationFault;
use crate::federation::caches::{CacheFault, Caches, Source};
use crate::outside::Outside;

/// Seconds after which metadata is fetched again (spec: about every six hours). Metadata that ends sooner is fetched
/// again then.
const FRESH_FOR: i64 = 6 * 3600;

/// The provider as its metadata describes it: `MetadataFile`, else what `MetadataURL` answers.
///
/// # Errors
/// When there is no metadata, or none that can be used now.
pub async fn described(
    outside: &Outside,
    caches: &Caches,
    provider: &Provider,
) -> Result<IdentityProvider, FederationFault> {
    let now = outside.clock.now();
    if let Some(text) = provider.detail("MetadataFile") {
        return Ok(metadata::parse(text, now)?);
    }
    let source = source(provider).ok_or_else(|| super::own_fault("the provider has no metadata"))?;
    let found = caches.document(outside, source, |body| read(body, now)).await;
    found.map_err(|fault| refusal(source.url, &fault))
}

/// A newer description, where `fault` may come from a key that the provider has changed since and there is a newer
/// one to be had. Asked for at most once a minute.
pub async fn newer(
    outside: &Outside,
    caches: &Caches,
    provider: &Provider,
    fault: &SamlFault,
) -> Option<IdentityProvider> {
    // What cannot be decrypted may as well bear a signature inside that does not verify: the two look alike on purpose.
    let is_of_a_key = matches!(fault, SamlFault::SignatureInvalid | SamlFault::Decryption);
    if !is_of_a_key || provider.detail("MetadataFile").is_some() {
        return None;
    }
    let now = outside.clock.now();
    let found = caches.newer(outside, source(provider)?, |body| read(body, now)).await;
    found.inspect_err(|fault| tracing::debug!(%fault, "no newer metadata")).ok()
}

fn source(provider: &Provider) -> Option<Source<'_>> {
    provider.detail("MetadataURL").map(|url| Source { url, fresh_for: FRESH_FOR })
}

fn read(body: &[u8], now: Timestamp) -> Result<IdentityProvider, String> {
    let text = std::str::from_utf8(body).map_err(|_| "not UTF-8".to_owned())?;
    metadata::parse(text, now).map_err(|fault| fault.to_string())
}

fn refusal(url: &str, fault: &CacheFault) -> FederationFault {
    FederationFault::invalid(format!("Error retrieving metadata from {url}"), fault)
}
