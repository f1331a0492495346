//! Owns the request that ends a session at an OpenID Connect provider (RP-Initiated Logout 1.0 §2). The provider says
//! nothing in return: it sends the browser back. It must not know sessions of ours.

use secrecy::{ExposeSecret as _, SecretString};

use super::caches::Caches;
use super::exchange::required;
use super::{Departure, FederationFault, discovery, presets, set_parameter};
use crate::domain::provider::{Provider, ProviderType};
use crate::outside::Outside;

/// The way to the provider's sign-out, with the ID token as a hint if there is one; `back` is where the browser
/// returns with `state`. `None` where the provider publishes no such address.
///
/// # Errors
/// When what the provider publishes cannot be had or is not believed.
pub async fn end_session(
    outside: &Outside,
    caches: &Caches,
    (provider, hint): (&Provider, Option<&SecretString>),
    (back, state): (&str, &str),
) -> Result<Option<Departure>, FederationFault> {
    if !matches!(provider.provider_type, ProviderType::Oidc | ProviderType::Google) {
        return Ok(None);
    }
    let provider = presets::complete(provider);
    let Some(mut url) = discovery::end_session(outside, caches, &provider).await? else { return Ok(None) };
    if let Some(hint) = hint {
        set_parameter(&mut url, "id_token_hint", hint.expose_secret());
    }
    set_parameter(&mut url, "client_id", required(&provider, "client_id")?);
    set_parameter(&mut url, "post_logout_redirect_uri", back);
    set_parameter(&mut url, "state", state);
    Ok(Some(Departure::Redirect(url.into())))
}
