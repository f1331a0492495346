//! Owns where a provider's metadata comes from: the text an administrator pasted, or an address.
//! It must not know how long a text is kept.

use reqwest::Method;

use crate::domain::provider::Provider;
use crate::federation::FederationFault;
use crate::http::Http;

/// The text of the provider's metadata: `MetadataFile`, else what `MetadataURL` answers now.
///
/// # Errors
/// When the address does not answer with a text, or neither is set.
pub async fn metadata_text(http: &Http, provider: &Provider) -> Result<String, FederationFault> {
    if let Some(text) = provider.detail("MetadataFile") {
        return Ok(text.to_owned());
    }
    let Some(url) = provider.detail("MetadataURL") else {
        return Err(super::own_fault("the provider has no metadata"));
    };
    let failed = |cause: &str| FederationFault::invalid(format!("Error retrieving metadata from {url}"), cause);
    let answer = http.send(http.request(Method::GET, url)).await;
    let answer = answer.map_err(|error| failed(&error.to_string()))?;
    if answer.status != 200 {
        return Err(failed(&format!("status {}", answer.status)));
    }
    String::from_utf8(answer.body).map_err(|_| failed("not UTF-8"))
}
