//! Owns the way of single logout from a configured provider: its metadata is had and read, and then [`super::logout`]
//! speaks. It must not know sessions of ours.

use super::binding::{Binding, Incoming};
use super::fault::SamlFault;
use super::logout::{self, Logout, LogoutMessage, LogoutRequest, ProviderSession};
use super::metadata::IdentityProvider;
use super::source::{self, described};
use super::verify::Expectations;
use crate::clock::Timestamp;
use crate::domain::provider::Provider;
use crate::federation::caches::Caches;
use crate::federation::{Departure, FederationFault, SamlKeys};
use crate::outside::Outside;

/// Between whom a session ends.
#[derive(Debug, Clone, Copy)]
pub struct LogoutContext<'a> {
    /// The provider.
    pub provider: &'a Provider,
    /// Our entity id.
    pub entity_id: &'a str,
    /// Our address that logout messages come to.
    pub address: &'a str,
    /// `RelayState` of what leaves.
    pub relay_state: Option<&'a str>,
    /// Our keys.
    pub keys: &'a SamlKeys,
}

/// Asks the provider to end `session`: where the browser goes, and the id of the request. `None` when the provider
/// takes no such request.
///
/// # Errors
/// When the provider's metadata cannot be had or used, or our key does not sign.
pub async fn ask(
    outside: &Outside,
    caches: &Caches,
    (context, session): (LogoutContext<'_>, &ProviderSession),
) -> Result<Option<(Departure, String)>, FederationFault> {
    let provider = described(outside, caches, context.provider).await?;
    logout::begin_logout(&outside.random, outside.clock.now(), (outgoing(&provider, context), session))
}

/// Reads what the provider sent; a response must answer `request_id`. Verification is CPU, so it does not run on the
/// thread that serves requests.
///
/// # Errors
/// When the message is refused, or the provider's metadata cannot be had or used.
pub async fn receive(
    outside: &Outside,
    caches: &Caches,
    (context, request_id): (LogoutContext<'_>, Option<String>),
    message: Incoming,
) -> Result<LogoutMessage, FederationFault> {
    let now = outside.clock.now();
    let known = described(outside, caches, context.provider).await?;
    let fault = match read(known, (context, request_id.clone()), message.clone(), now).await? {
        Ok(read) => return Ok(read),
        Err(fault) => fault,
    };
    match source::newer(outside, caches, context.provider, &fault).await {
        Some(newer) => Ok(read(newer, (context, request_id), message, now).await??),
        None => Err(fault.into()),
    }
}

async fn read(
    provider: IdentityProvider,
    (context, request_id): (LogoutContext<'_>, Option<String>),
    message: Incoming,
    now: Timestamp,
) -> Result<Result<LogoutMessage, SamlFault>, FederationFault> {
    let expectations = Expectations {
        provider,
        audience: context.entity_id.to_owned(),
        address: context.address.to_owned(),
        request_id,
        is_unsolicited_allowed: false,
        is_encryption_required: false,
        decryption_key: None,
    };
    let read = tokio::task::spawn_blocking(move || logout::read_logout(&message, &expectations, now)).await;
    read.map_err(super::own_fault)
}

/// Tells the provider that its `request`, which came by `asked`, was done. `None` when it takes no answer.
///
/// # Errors
/// When the provider's metadata cannot be had or used, or our key does not sign.
pub async fn answer(
    outside: &Outside,
    caches: &Caches,
    context: LogoutContext<'_>,
    (asked, request): (Binding, &LogoutRequest),
) -> Result<Option<Departure>, FederationFault> {
    let provider = described(outside, caches, context.provider).await?;
    logout::answer_logout(&outside.random, outside.clock.now(), (outgoing(&provider, context), asked, &request.id))
}

fn outgoing<'a>(provider: &'a IdentityProvider, context: LogoutContext<'a>) -> Logout<'a> {
    Logout { provider, entity_id: context.entity_id, relay_state: context.relay_state, keys: context.keys }
}
