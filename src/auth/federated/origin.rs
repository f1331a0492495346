//! Owns what a browser session remembers of the provider that it began at: sealed, since a provider's ID token is
//! among it. It must not know how it is used.

use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};

use crate::cx::{Cx, Seal};
use crate::domain::ids::PoolId;
use crate::domain::provider::{Provider, ProviderType};
use crate::federation::ExternalIdentity;
use crate::federation::saml::ProviderSession;
use crate::store::upstream_sessions::{Origin, UpstreamSession};

/// What a provider must be told to end its session.
#[derive(Serialize, Deserialize)]
pub(super) struct Told {
    /// The session at a SAML provider.
    pub saml: Option<ProviderSession>,
    id_token: Option<String>,
}

impl Told {
    /// The ID token with which the session began, where the provider's tokens are kept.
    pub fn id_token(&self) -> Option<SecretString> {
        self.id_token.clone().map(Into::into)
    }
}

/// What the session of `identity` remembers; `None` where nothing could ever be told. A SAML provider may end sessions
/// of its own accord, so that those are remembered always.
pub(super) fn remembered(cx: &Cx, provider: &Provider, identity: &ExternalIdentity) -> Option<UpstreamSession> {
    let takes_part = match provider.provider_type {
        ProviderType::Saml => true,
        ProviderType::Oidc | ProviderType::Google => provider.is_set("IDPSignout"),
        ProviderType::Facebook | ProviderType::LoginWithAmazon | ProviderType::SignInWithApple => false,
    };
    if !takes_part {
        return None;
    }
    let id_token = identity.tokens.get("id_token").filter(|_| provider.is_set("store_tokens"));
    let told =
        Told { saml: identity.session.clone(), id_token: id_token.map(|token| token.expose_secret().to_owned()) };
    let json = serde_json::to_vec(&told).ok()?;
    let context = context(&provider.pool_id, &provider.name, &identity.subject);
    Some(UpstreamSession {
        provider_name: provider.name.clone(),
        subject: identity.subject.clone(),
        session_index: identity.session.as_ref().and_then(|session| session.session_index.clone()),
        entity_id: identity.issuer.clone(),
        sealed: cx.secrets.seal(cx.random(), Seal::Provider, (&json, &context)),
    })
}

/// Opens what was remembered.
pub(super) fn open(cx: &Cx, pool: &PoolId, origin: &Origin) -> Option<Told> {
    let context = context(pool, &origin.provider_name, &origin.subject);
    serde_json::from_slice(&cx.secrets.open(Seal::Provider, &origin.sealed, &context)?).ok()
}

fn context(pool: &PoolId, provider: &str, subject: &str) -> String {
    format!("session/{pool}/{provider}/{subject}")
}
