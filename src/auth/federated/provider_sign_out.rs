//! Owns the sign-out that a SAML provider starts: its signed request ends our browser sessions of that person at that
//! provider, once, and is answered. A request names no pool, only the provider: it counts in each pool that knows the
//! provider by a key that verifies.

use std::sync::Arc;

use super::sign_out::{own_fault, saml_address};
use super::{Fault, entity_id};
use crate::cx::{Cx, PoolEntry};
use crate::domain::ids::PoolId;
use crate::error::Error;
use crate::federation::saml::{self, Binding, Incoming, LogoutContext, LogoutMessage, LogoutRequest};
use crate::federation::{Departure, FederationFault};
use crate::store::{identities, upstream_sessions};

/// A request that one of our providers made.
struct Verified {
    pool: Arc<PoolEntry>,
    provider: String,
    request: LogoutRequest,
}

/// Where a provider's request came to.
#[derive(Debug, Clone)]
pub struct Asked {
    /// The address at which the browser sees us.
    pub base: String,
    /// The pool whose own domain that is; at the server's own address the request is for any.
    pub only: Option<PoolId>,
}

/// Serves a provider's request: where the browser takes the answer, or `None` where the provider wants none.
///
/// # Errors
/// When no provider of ours made the request, or it was used before. Nothing ends then.
pub async fn serve(
    cx: &Cx,
    at: &Asked,
    message: Incoming,
    relay_state: Option<&str>,
) -> Result<Option<Departure>, Fault> {
    let asked = match &message {
        Incoming::Form(_) => Binding::Post,
        Incoming::Query(_) => Binding::Redirect,
    };
    let verified = verified(cx, at, &message).await?;
    let ended = end_sessions(cx, &verified).await?;
    let ended = ended.ok_or_else(|| own_fault("the request was used before"))?;
    // One of several pools with the same provider is asked: the one that knew the person.
    let place = ended.iter().position(|count| *count > 0).unwrap_or(0);
    let Some(one) = verified.get(place) else { return Ok(None) };
    tracing::info!(pool = %one.pool.pool.id, provider = %one.provider, sessions = ended.iter().sum::<u64>(), "a provider signed somebody out");
    let provider = one.pool.providers.iter().find(|provider| provider.name == one.provider);
    let (Some(provider), Some(keys)) = (provider, &one.pool.saml_keys) else { return Ok(None) };
    let (entity_id, address) = (entity_id(one.pool.pool.id.as_str()), saml_address(&at.base));
    let context = LogoutContext { provider, entity_id: &entity_id, address: &address, relay_state, keys };
    Ok(saml::answer(&cx.outside, &cx.upstream, context, (asked, &one.request)).await?)
}

/// The request as each provider of ours made it whose entity id and key fit; at least one.
async fn verified(cx: &Cx, at: &Asked, message: &Incoming) -> Result<Vec<Verified>, Fault> {
    let issuer = saml::claimed_issuer(message).map_err(FederationFault::from)?;
    let candidates = upstream_sessions::of_entity(&mut *cx.store.read().await?, &issuer).await?;
    let mut refusal = own_fault("the issuer is no provider of ours");
    let mut verified = Vec::new();
    let is_meant = |id: &str| at.only.as_ref().is_none_or(|only| only.as_str() == id);
    for (pool_id, name) in candidates.into_iter().filter(|(id, _)| is_meant(id)) {
        let pool = cx.pool_named(&pool_id).await?;
        let provider = pool.providers.iter().find(|provider| provider.name == name);
        let (Some(provider), Some(keys)) = (provider, &pool.saml_keys) else { continue };
        let (entity_id, address) = (entity_id(&pool_id), saml_address(&at.base));
        let context = LogoutContext { provider, entity_id: &entity_id, address: &address, relay_state: None, keys };
        match saml::receive(&cx.outside, &cx.upstream, (context, None), message.clone()).await {
            Ok(LogoutMessage::Request(request)) => {
                verified.push(Verified { pool: Arc::clone(&pool), provider: name, request });
            }
            Ok(LogoutMessage::Response { .. }) => refusal = own_fault("an answer that nobody waits for"),
            Err(fault) => refusal = fault,
        }
    }
    if verified.is_empty() { Err(refusal.into()) } else { Ok(verified) }
}

/// How many sessions ended, for each; `None` when the request was used before.
async fn end_sessions(cx: &Cx, verified: &[Verified]) -> Result<Option<Vec<u64>>, Error> {
    let all: Vec<(PoolId, String, LogoutRequest)> =
        verified.iter().map(|one| (one.pool.pool.id.clone(), one.provider.clone(), one.request.clone())).collect();
    cx.store
        .write(move |db| {
            Box::pin(async move {
                for (pool, provider, request) in &all {
                    let id = format!("saml-logout/{pool}/{provider}/{}", request.id);
                    if !identities::use_once(db, &id, request.expires_at).await? {
                        return Ok(None);
                    }
                }
                let mut ended = Vec::with_capacity(all.len());
                for (pool, provider, request) in &all {
                    let whose = (request.name_id.value.as_str(), request.session_indexes.as_slice());
                    ended.push(upstream_sessions::end(db, (pool, provider), whose).await?);
                }
                Ok(Some(ended))
            })
        })
        .await
}
