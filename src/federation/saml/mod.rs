//! Owns SAML 2.0 as a service provider speaks it: requests out, responses in, logout both ways, metadata of both
//! sides. A message is verified in one order, behind [`verify`]: length, base64, UTF-8; a filter of bytes; one parse
//! without entities; where things stand; algorithms; signatures under the provider's keys; and then the assertion,
//! read from nothing but the bytes that were verified. It must not know the store: whoever signs somebody in
//! remembers assertion ids.

mod assertion;
mod binding;
mod decrypt;
mod enveloped;
mod fault;
mod filter;
mod keys;
mod logout;
mod metadata;
mod name_id;
mod profile;
mod request;
mod signature;
mod single_logout;
mod source;
mod structure;
mod verify;
mod xml;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use url::form_urlencoded::byte_serialize;

pub use binding::{Binding, Incoming};
pub use fault::SamlFault;
pub use keys::generate as generate_keys;
pub use logout::{LogoutMessage, LogoutRequest, ProviderSession, claimed_issuer};
pub use metadata::{IdentityProvider, ServiceProvider, parse as parse_metadata, sp_metadata};
pub use name_id::NameId;
pub use single_logout::{LogoutContext, answer, ask, receive};
pub use source::described;
pub use verify::{Expectations, VerifiedAssertion, verify, verify_held};

use crate::clock::Timestamp;
use crate::domain::provider::Provider;
use crate::federation::caches::Caches;
use crate::federation::{Departure, ExternalIdentity, FederationFault, Finish, Pending, Start};
use crate::outside::Outside;
use crate::random::Random;
use binding::Outgoing;
use request::{Heading, SIGNING_ALGORITHM};

/// Sends the browser to a SAML provider with an AuthnRequest.
///
/// # Errors
/// When the provider's metadata cannot be had or used, or our key does not sign.
pub async fn begin(
    outside: &Outside,
    caches: &Caches,
    start: Start<'_>,
) -> Result<(Departure, Pending), FederationFault> {
    let described = described(outside, caches, start.provider).await?;
    depart(&described, start, (&outside.random, outside.clock.now()))
}

/// Verifies what a SAML provider sent back, under a new key where the provider changed it meanwhile. The caller
/// remembers `replay` before it believes the identity.
///
/// # Errors
/// With Cognito's text for the app, and the reason for the log.
pub async fn finish(
    outside: &Outside,
    caches: &Caches,
    finish: Finish<'_>,
) -> Result<ExternalIdentity, FederationFault> {
    verified(outside, caches, (finish, verify)).await
}

/// Verifies what somebody holds of a sign-in that the provider began: an assertion or the response that carried it, in
/// the place of the response. Otherwise as [`finish()`].
///
/// # Errors
/// As [`finish()`].
pub async fn held(outside: &Outside, caches: &Caches, finish: Finish<'_>) -> Result<ExternalIdentity, FederationFault> {
    verified(outside, caches, (finish, verify_held)).await
}

type Verifier = fn(&str, &Expectations, Timestamp) -> Result<VerifiedAssertion, SamlFault>;

async fn verified(
    outside: &Outside,
    caches: &Caches,
    (finish, verifier): (Finish<'_>, Verifier),
) -> Result<ExternalIdentity, FederationFault> {
    let now = outside.clock.now();
    let known = described(outside, caches, finish.provider).await?;
    let fault = match arrive(known, finish, (verifier, now)).await? {
        Ok(verified) => return Ok(identity(verified)),
        Err(fault) => fault,
    };
    match source::newer(outside, caches, finish.provider, &fault).await {
        Some(newer) => Ok(identity(arrive(newer, finish, (verifier, now)).await??)),
        None => Err(fault.into()),
    }
}

/// Where a provider takes sign-ins.
///
/// # Errors
/// When the provider's metadata cannot be had or used.
pub async fn sign_in_address(
    outside: &Outside,
    caches: &Caches,
    provider: &Provider,
) -> Result<String, FederationFault> {
    let described = described(outside, caches, provider).await?;
    let route = described.sso().map(|(_, address)| address.to_owned());
    route.ok_or_else(|| SamlFault::Metadata("no SingleSignOnService by redirect or form").into())
}

fn depart(
    provider: &IdentityProvider,
    start: Start<'_>,
    (random, now): (&Random, Timestamp),
) -> Result<(Departure, Pending), FederationFault> {
    let route = provider.sso().ok_or(SamlFault::Metadata("no SingleSignOnService by redirect or form"))?;
    let is_signed = start.provider.detail("RequestSigningAlgorithm") == Some(SIGNING_ALGORITHM);
    if is_signed && start.signer.is_none() {
        return Err(own_fault("the provider wants signed requests and there is no key"));
    }
    let id = request::new_id(random);
    let heading = Heading { id: &id, now, destination: route.1, entity_id: start.entity_id };
    let message = request::authn_request(heading, start.callback).map_err(own_fault)?;
    let outgoing = Outgoing { route, parameter: "SAMLRequest", message: &message, relay_state: Some(start.state) };
    let departure = binding::send(outgoing, start.signer.filter(|_| is_signed))?;
    Ok((departure, Pending { nonce: random.token(), code_verifier: None, request_id: Some(id) }))
}

/// Verification is a few milliseconds of CPU, so it does not run on the thread that serves requests.
async fn arrive(
    provider: IdentityProvider,
    finish: Finish<'_>,
    (verifier, now): (Verifier, Timestamp),
) -> Result<Result<VerifiedAssertion, SamlFault>, FederationFault> {
    let Some(response) = finish.arrival.get("SAMLResponse").map(str::to_owned) else {
        return Err(FederationFault::invalid("Required String parameter 'SAMLResponse' is not present", "no response"));
    };
    let request_id = match finish.pending {
        Some(pending) => Some(pending.request_id.clone().ok_or(SamlFault::InResponseTo)?),
        None => None,
    };
    let expectations = Expectations {
        provider,
        audience: finish.entity_id.to_owned(),
        address: finish.callback.to_owned(),
        request_id,
        is_unsolicited_allowed: finish.provider.is_set("IDPInit"),
        is_encryption_required: finish.provider.is_set("EncryptedResponses"),
        decryption_key: finish.keys.map(|keys| keys::private_key(&keys.private_key)).transpose()?,
    };
    tokio::task::spawn_blocking(move || verifier(&response, &expectations, now)).await.map_err(own_fault)
}

fn identity(verified: VerifiedAssertion) -> ExternalIdentity {
    let claims = verified.attributes.into_iter().filter(|(_, values)| !values.is_empty());
    let claims = claims.map(|(name, values)| (name, flattened(values)));
    ExternalIdentity {
        subject: verified.name_id.value.clone(),
        claims: claims.collect(),
        replay: Some((format!("{}#{}", verified.issuer, verified.id), verified.expires_at.seconds())),
        issuer: Some(verified.issuer),
        tokens: BTreeMap::new(),
        session: Some(ProviderSession { name_id: verified.name_id, session_index: verified.session_index }),
    }
}

/// One value as it stands; several as `[a, b]`, each form-encoded so that a comma inside stays one value.
fn flattened(mut values: Vec<String>) -> String {
    if values.len() == 1 {
        return values.swap_remove(0);
    }
    let encoded: Vec<String> = values.iter().map(|value| byte_serialize(value.as_bytes()).collect()).collect();
    format!("[{}]", encoded.join(", "))
}

/// A fault on our side, of which the app learns nothing.
fn own_fault(cause: impl std::fmt::Display) -> FederationFault {
    FederationFault {
        code: "server_error",
        description: "Error in SAML response processing".to_owned(),
        cause: cause.to_string(),
    }
}
