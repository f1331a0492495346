//! Owns signing in through identity providers: the departure with its state, the arrival, and whom it signs in.
//! What a provider sends is verified in [`crate::federation`]; here it becomes a user.

mod addresses;
mod arrive;
mod link;
mod origin;
mod profile;
mod provider_sign_out;
mod sign_out;
mod state;

use std::sync::Arc;

pub use addresses::sign_in_addresses;
pub use arrive::{Arriving, arrive};
pub use link::{ExternalUser, can_unlink, disable, identities_of, link, unlink};
pub use provider_sign_out::{Asked, serve as serve_sign_out};
pub use sign_out::{OIDC_PATH, SAML_PATH, SignOut, SignOutState, SigningOut, confirm, sign_out};
pub use state::{State, Waiting, open_state, open_waiting};

use crate::cx::{ClientEntry, Cx, PoolEntry};
use crate::domain::provider::{Provider, ProviderType};
use crate::error::Error;
pub use crate::federation::saml::Incoming;
use crate::federation::saml::ServiceProvider;
use crate::federation::{self, Departure, FederationFault, Start};

/// Seconds that a sign-in may take at the provider (spec: five minutes from authorize to the callback).
pub const LIFETIME_SECONDS: i64 = 300;

/// What can go wrong: the provider or what it sent, or us.
#[derive(Debug)]
pub enum Fault {
    /// The app is told by a redirect.
    Federation(FederationFault),
    /// Our own.
    Internal(Error),
}

impl From<Error> for Fault {
    fn from(fault: Error) -> Self {
        Self::Internal(fault)
    }
}

impl From<FederationFault> for Fault {
    fn from(fault: FederationFault) -> Self {
        Self::Federation(fault)
    }
}

/// A sign-in that leaves for a provider.
pub struct Leaving<'a> {
    /// The address at which the browser sees us, and to which it comes back.
    pub base: &'a str,
    /// The client.
    pub client: &'a Arc<ClientEntry>,
    /// The provider.
    pub provider: &'a Provider,
    /// The whole authorization request, to go on with afterwards.
    pub query: String,
    /// `prompt` to hand on.
    pub prompt: Option<&'a str>,
    /// `login_hint` to hand on.
    pub login_hint: Option<&'a str>,
    /// The app's nonce.
    pub nonce: Option<&'a str>,
    /// `acr_values`: the levels of assurance that the app asks for, best first.
    pub acr_values: Option<&'a str>,
}

/// A sign-in on its way.
pub struct Departed {
    /// Where the browser goes.
    pub departure: Departure,
    /// The cookie that binds the journey to this browser: name and sealed value.
    pub cookie: (String, String),
}

/// Leaves for a provider.
///
/// # Errors
/// When the provider cannot be reached or its settings make no sense.
pub async fn leave(cx: &Cx, leaving: Leaving<'_>) -> Result<Departed, Fault> {
    let state = State::new(cx, &leaving)?;
    let sealed = state.seal(cx)?;
    let pool = &leaving.client.pool;
    let levels = leaving.acr_values.map(|asked| pool.pool.usual_levels(asked));
    let start = Start {
        provider: leaving.provider,
        callback: &callback(leaving.base, leaving.provider),
        entity_id: &entity_id(pool.pool.id.as_str()),
        state: &sealed,
        prompt: leaving.prompt,
        login_hint: leaving.login_hint,
        nonce: leaving.nonce,
        acr_values: levels.as_deref(),
        signer: pool.saml_keys.as_ref(),
    };
    let (departure, pending) = federation::begin(&cx.outside, &cx.upstream, start).await?;
    Ok(Departed { departure, cookie: state.waiting_cookie(cx, pending)? })
}

/// Our address that a provider sends the browser back to.
#[must_use]
pub fn callback(base: &str, provider: &Provider) -> String {
    let path = if provider.provider_type == ProviderType::Saml { "/saml2/idpresponse" } else { "/oauth2/idpresponse" };
    format!("{base}{path}")
}

/// Under which name an assertion of a provider is remembered, so that it counts once.
#[must_use]
pub fn replay_key(provider: &Provider, id: &str) -> String {
    format!("saml/{}/{}/{id}", provider.pool_id, provider.name)
}

/// Our name as a SAML service provider.
#[must_use]
pub fn entity_id(pool_id: &str) -> String {
    format!("urn:amazon:cognito:sp:{pool_id}")
}

/// Our metadata as a SAML service provider of that pool, to be given to SAML providers; `None` before the pool has
/// a key pair, which the first SAML provider brings.
#[must_use]
pub fn service_provider_metadata(cx: &Cx, pool: &PoolEntry) -> Option<String> {
    let keys = pool.saml_keys.as_ref()?;
    let (entity_id, base) = (entity_id(pool.pool.id.as_str()), cx.base_of(pool));
    let mut saml = pool.providers.iter().filter(|provider| provider.provider_type == ProviderType::Saml);
    Some(federation::saml::sp_metadata(&ServiceProvider {
        entity_id: &entity_id,
        acs_url: &format!("{base}/saml2/idpresponse"),
        slo_url: &format!("{base}{SAML_PATH}"),
        certificate: &keys.certificate,
        signs_requests: saml.all(|provider| provider.detail("RequestSigningAlgorithm").is_some()),
    }))
}
