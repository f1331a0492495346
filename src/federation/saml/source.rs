//! Owns where a provider's metadata comes from: the text an administrator pasted, or an address, fetched again every
//! few hours with the last good text kept. It must not know what the text says.

use crate::domain::provider::Provider;
use crate::federation::FederationFault;
use crate::federation::caches::{Caches, Source};
use crate::outside::Outside;

/// Seconds after which metadata is fetched again (spec: about every six hours).
const FRESH_FOR: i64 = 6 * 3600;

/// The text of the provider's metadata: `MetadataFile`, else what `MetadataURL` answers.
///
/// # Errors
/// When the address does not answer with a text, or neither is set.
pub async fn metadata_text(outside: &Outside, caches: &Caches, provider: &Provider) -> Result<String, FederationFault> {
    if let Some(text) = provider.detail("MetadataFile") {
        return Ok(text.to_owned());
    }
    let Some(url) = provider.detail("MetadataURL") else {
        return Err(super::own_fault("the provider has no metadata"));
    };
    let read = |body: &[u8]| String::from_utf8(body.to_vec()).map_err(|_| "not UTF-8".to_owned());
    let text = caches.document(outside, Source { url, fresh_for: FRESH_FOR }, read).await;
    text.map_err(|fault| {
        FederationFault::invalid(format!("Error retrieving metadata from {url}"), format!("{fault:?}"))
    })
}
