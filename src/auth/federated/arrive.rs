//! Owns the arrival: the provider's answer is verified over the network first, then one transaction uses the journey
//! up and finds, updates or makes the user.

use std::sync::Arc;

use super::profile::{Person, sign_in};
use super::{Fault, callback, entity_id, origin};
use crate::auth::sign_in::Authenticated;
use crate::clock::Timestamp;
use crate::cx::{ClientEntry, Cx, Seal};
use crate::domain::attribute;
use crate::domain::provider::Provider;
use crate::federation::{self, Arrival, FederationFault, Finish, Pending, mapping};

/// A journey that came back.
pub struct Arriving<'a> {
    /// The address at which the browser sees us.
    pub base: &'a str,
    /// The client.
    pub client: &'a Arc<ClientEntry>,
    /// The provider that was asked.
    pub provider: &'a Provider,
    /// The journey's id and end; `None` for a SAML sign-in that the provider started.
    pub journey: Option<(String, Timestamp)>,
    /// What was remembered.
    pub pending: Option<&'a Pending>,
    /// What the browser brought.
    pub arrival: &'a Arrival,
}

/// Verifies the provider's answer and signs the person in.
///
/// # Errors
/// What the app is told, or our own fault. Nothing is made or changed then.
pub async fn arrive(cx: &Cx, arriving: Arriving<'_>) -> Result<Authenticated, Fault> {
    let (client, provider) = (arriving.client, arriving.provider);
    let finish = Finish {
        provider,
        callback: &callback(arriving.base, provider),
        entity_id: &entity_id(client.pool_id().as_str()),
        pending: arriving.pending,
        arrival: arriving.arrival,
        keys: client.pool.saml_keys.as_ref(),
    };
    let identity = federation::finish(&cx.outside, &cx.upstream, finish).await?;
    let mut attributes = mapping::attributes(provider, &identity)?;
    attribute::normalise(&client.pool.pool.settings.schema, &mut attributes);
    let origin = origin::remembered(cx, provider, &identity);
    // Without a mapping, the provider's word means nothing in this pool.
    let acr = identity.claims.get("acr").filter(|_| !provider.acr_mapping.is_empty()).cloned();
    let sealed_tokens = provider.is_set("store_tokens").then(|| seal_tokens(cx, provider, &identity)).flatten();
    let now = cx.now();
    let person = Person {
        client: Arc::clone(client),
        provider: provider.clone(),
        identity,
        attributes,
        sealed_tokens,
        journey: arriving.journey,
        new_sub: cx.random().uuid(),
        now,
    };
    let outcome = cx.store.write(move |db| Box::pin(async move { sign_in(db, person).await })).await?;
    let user = outcome.map_err(Fault::Federation)?;
    tracing::info!(pool = %user.pool_id, sub = %user.sub, provider = %provider.name, "signed in at a provider");
    Ok(Authenticated::by_provider(user, now, (origin, acr)))
}

/// A refusal that says why in Cognito's words.
pub(super) fn refuse(description: impl Into<String>) -> FederationFault {
    let description = description.into();
    FederationFault { code: "invalid_request", cause: description.clone(), description }
}

fn seal_tokens(cx: &Cx, provider: &Provider, identity: &federation::ExternalIdentity) -> Option<String> {
    use secrecy::ExposeSecret as _;
    let tokens: std::collections::BTreeMap<&str, &str> =
        identity.tokens.iter().map(|(name, token)| (name.as_str(), token.expose_secret())).collect();
    let json = serde_json::to_vec(&tokens).ok()?;
    let context = format!("tokens/{}/{}/{}", provider.pool_id, provider.name, identity.subject);
    Some(cx.secrets.seal(cx.random(), Seal::Provider, (&json, &context)))
}
