//! Owns signing out at the provider that a session began at, both ways: on our own sign-out the browser passes by the
//! provider, and a SAML provider may end our sessions. Ours end first and whatever the provider says.

use serde::{Deserialize, Serialize};

use super::{LIFETIME_SECONDS, entity_id, origin};
use crate::auth::session;
use crate::clock::Timestamp;
use crate::crypto::digest;
use crate::cx::{Cx, PoolEntry, Seal};
use crate::domain::provider::{Provider, ProviderType};
use crate::error::Error;
use crate::federation::saml::{self, Incoming, LogoutContext, LogoutMessage};
use crate::federation::{self, Departure, FederationFault};
use crate::store::identities;
use crate::store::upstream_sessions::{self, Origin};

/// Our address that SAML logout messages come to.
pub const SAML_PATH: &str = "/saml2/logout";
/// Our address that OpenID Connect providers send the browser back to after a sign-out.
pub const OIDC_PATH: &str = "/oauth2/logoutresponse";

const CONTEXT: &str = "sign-out";

/// How a sign-out goes on.
pub enum SignOut {
    /// Nobody else takes part.
    Here,
    /// The browser passes by the provider and comes back.
    Onwards {
        /// Where it goes.
        departure: Departure,
        /// The sealed cookie that binds the way back to this browser.
        cookie: String,
    },
    /// The provider should have been asked and could not be.
    Unconfirmed {
        /// Its name.
        provider: String,
    },
}

/// A sign-out that is at the provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignOutState {
    id: String,
    pool_id: String,
    /// The provider that was asked.
    pub provider: String,
    request_id: Option<String>,
    /// Where the browser goes afterwards: a registered address.
    pub location: String,
    expires_at: Timestamp,
}

impl SignOutState {
    /// Opens what [`sign_out`] sealed, from the cookie or from what came back.
    #[must_use]
    pub fn open(cx: &Cx, sealed: &str) -> Option<Self> {
        serde_json::from_slice(&cx.secrets.open(Seal::Step, sealed, CONTEXT)?).ok()
    }

    /// Whether both are of one sign-out.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        self.id == other.id
    }

    fn seal(&self, cx: &Cx) -> Result<String, Error> {
        let json = serde_json::to_vec(self).map_err(Error::internal)?;
        Ok(cx.secrets.seal(cx.random(), Seal::Step, (&json, CONTEXT)))
    }
}

/// Who signs out, and where they go.
#[derive(Debug, Clone, Copy)]
pub struct SigningOut<'a> {
    /// The address at which the browser sees us, and to which the provider sends it back.
    pub base: &'a str,
    /// The value of the session cookie.
    pub token: &'a str,
    /// Where the browser ends: a registered address.
    pub location: &'a str,
}

/// Ends the browser session of `leaving`, and finds the way to where it goes: past the provider that the session of
/// this pool began at, where its settings want that (`IDPSignout`).
///
/// # Errors
/// When the database fails.
pub async fn sign_out(cx: &Cx, pool: &PoolEntry, leaving: SigningOut<'_>) -> Result<SignOut, Error> {
    let hash = digest::sha256_base64url(leaving.token);
    let origin = upstream_sessions::find(&mut *cx.store.read().await?, &hash, &pool.pool.id).await?;
    session::end(cx, leaving.token).await?;
    let Some(origin) = origin else { return Ok(SignOut::Here) };
    let provider = pool.providers.iter().find(|provider| provider.name == origin.provider_name);
    let Some(provider) = provider.filter(|provider| provider.is_set("IDPSignout")) else { return Ok(SignOut::Here) };
    match leave(cx, (pool, provider), (&origin, leaving)).await {
        Ok(Some((departure, state))) => Ok(SignOut::Onwards { departure, cookie: state.seal(cx)? }),
        Ok(None) => Ok(SignOut::Here),
        Err(FederationFault { cause, .. }) => {
            tracing::warn!(pool = %pool.pool.id, provider = %provider.name, %cause, "a provider could not be asked to sign out");
            Ok(SignOut::Unconfirmed { provider: provider.name.clone() })
        }
    }
}

/// `None` where the provider has no address for it.
async fn leave(
    cx: &Cx,
    (pool, provider): (&PoolEntry, &Provider),
    (origin, leaving): (&Origin, SigningOut<'_>),
) -> Result<Option<(Departure, SignOutState)>, FederationFault> {
    let told =
        origin::open(cx, &pool.pool.id, origin).ok_or_else(|| own_fault("the session's origin does not open"))?;
    let mut state = SignOutState {
        id: cx.random().lower_alphanumeric(26),
        pool_id: pool.pool.id.to_string(),
        provider: provider.name.clone(),
        request_id: None,
        location: leaving.location.to_owned(),
        expires_at: cx.now().plus_seconds(LIFETIME_SECONDS),
    };
    let sealed = state.seal(cx).map_err(own_fault)?;
    if provider.provider_type != ProviderType::Saml {
        let (hint, back) = (told.id_token(), format!("{}{OIDC_PATH}", leaving.base));
        let asked = federation::end_session(&cx.outside, &cx.upstream, (provider, hint.as_ref()), (&back, &sealed));
        return Ok(asked.await?.map(|departure| (departure, state)));
    }
    let (Some(session), Some(keys)) = (&told.saml, &pool.saml_keys) else { return Ok(None) };
    let (entity_id, address) = (entity_id(pool.pool.id.as_str()), saml_address(leaving.base));
    let context =
        LogoutContext { provider, entity_id: &entity_id, address: &address, relay_state: Some(&sealed), keys };
    let asked = saml::ask(&cx.outside, &cx.upstream, (context, session)).await?;
    Ok(asked.map(|(departure, request_id)| {
        state.request_id = Some(request_id);
        (departure, state)
    }))
}

/// Our address for SAML logout messages, for a browser that sees us at `base`.
pub(super) fn saml_address(base: &str) -> String {
    format!("{base}{SAML_PATH}")
}

/// Whether a provider's answer, which came to `base`, confirms the sign-out of `state`, which is this browser's. Each
/// answer counts once.
///
/// # Errors
/// When the database fails.
pub async fn confirm(cx: &Cx, base: &str, state: &SignOutState, message: Option<Incoming>) -> Result<bool, Error> {
    match confirmed(cx, base, state, message).await {
        Ok(()) => use_up(cx, state).await,
        Err(FederationFault { cause, .. }) => {
            tracing::warn!(pool = %state.pool_id, provider = %state.provider, %cause, "a provider's sign-out is not confirmed");
            Ok(false)
        }
    }
}

async fn use_up(cx: &Cx, state: &SignOutState) -> Result<bool, Error> {
    let (id, until) = (format!("sign-out/{}", state.id), state.expires_at);
    cx.store.write(move |db| Box::pin(async move { identities::use_once(db, &id, until).await })).await
}

async fn confirmed(
    cx: &Cx,
    base: &str,
    state: &SignOutState,
    message: Option<Incoming>,
) -> Result<(), FederationFault> {
    if state.expires_at <= cx.now() {
        return Err(own_fault("the answer came too late"));
    }
    // An OpenID Connect provider sends the browser back and says nothing (RP-Initiated Logout 1.0 §3).
    let (request_id, message) = match (&state.request_id, message) {
        (None, None) => return Ok(()),
        (Some(request_id), Some(message)) => (request_id.clone(), message),
        _ => return Err(own_fault("an answer of another protocol")),
    };
    let pool = cx.pool_named(&state.pool_id).await.map_err(own_fault)?;
    let provider = pool.providers.iter().find(|provider| provider.name == state.provider);
    let (Some(provider), Some(keys)) = (provider, &pool.saml_keys) else {
        return Err(own_fault("the provider is gone"));
    };
    let (entity_id, address) = (entity_id(&state.pool_id), saml_address(base));
    let context = LogoutContext { provider, entity_id: &entity_id, address: &address, relay_state: None, keys };
    match saml::receive(&cx.outside, &cx.upstream, (context, Some(request_id)), message).await? {
        LogoutMessage::Response { is_success: true } => Ok(()),
        LogoutMessage::Response { is_success: false } => Err(own_fault("the provider says that it failed")),
        LogoutMessage::Request(_) => Err(own_fault("a request where an answer was due")),
    }
}

pub(super) fn own_fault(cause: impl std::fmt::Display) -> FederationFault {
    FederationFault::invalid("The sign-out at the provider is not confirmed", cause)
}
