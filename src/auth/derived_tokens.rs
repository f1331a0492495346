//! Owns token exchange (RFC 8693): for a token that somebody holds, another one that is narrower and meant for one
//! service. With an actor the new token says who acts for whom.

use std::sync::Arc;

use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Map, Value, json};

use super::access::{self, TokenClaims};
use super::federated;
use super::tokens::{self, Issue};
use crate::clock::Timestamp;
use crate::cx::{ClientEntry, Cx};
use crate::domain::client::AuthFlow;
use crate::domain::group::GroupClaims;
use crate::domain::provider::{Provider, ProviderType};
use crate::domain::scope::{self, ADMIN};
use crate::domain::token_family::{FamilyDetails, Issued, TokenFamily};
use crate::domain::user::User;
use crate::error::{Error, OAuthFault, Thing};
use crate::federation::presented::{self, Audience, Presented, SamlExpected, Unbelievable};
use crate::store;
use crate::store::identities::{ExternalKey, SUBJECT};
use crate::store::signing_keys::KeyPurpose;

/// A token that somebody brings to be exchanged.
pub struct Held {
    /// The token.
    pub token: SecretString,
    /// What it is.
    pub kind: HeldKind,
    /// The provider of the pool that issued it; none for the pool's own.
    pub provider: Option<String>,
}

/// What can be exchanged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HeldKind {
    /// A JSON web token.
    Token(KeyPurpose),
    /// A SAML 2.0 assertion.
    Assertion,
}

/// Where the new token is to be used.
pub enum Target {
    /// A service by a name of its own.
    Audience(String),
    /// A resource server of the pool.
    Resource(String),
}

/// What is to be exchanged for what.
pub struct Exchange<'a> {
    /// The client that asks; it is proven already.
    pub client: &'a Arc<ClientEntry>,
    /// The token of the person whom it is about.
    pub subject: Held,
    /// The token of whoever acts for that person.
    pub actor: Option<Held>,
    /// The scopes that are wanted; where nothing is said, those of the subject's token that the client may have.
    pub scopes: Option<Vec<String>>,
    /// Where the new token is to be used.
    pub target: Option<Target>,
    /// What is wanted.
    pub wanted: KeyPurpose,
}

/// The new token.
pub struct Derived {
    /// The token.
    pub token: String,
    /// Seconds that it lives.
    pub expires_in: i64,
    /// Its scopes.
    pub scopes: Vec<String>,
}

/// Whom the subject's token is about, and what it allows. An ID token, which no API takes, never allows the user pools
/// API.
struct Subject {
    user: User,
    auth_time: Timestamp,
    expires_at: i64,
    family: Option<String>,
    /// `None` for a provider's token, which knows no scopes of ours.
    scopes: Option<Vec<String>>,
    act: Option<Value>,
}

/// Exchanges a token. The new one lives no longer than the subject's and dies with its sign-in.
///
/// # Errors
/// Cognito's refusals: the flow is not the client's, a token is not good, the resource or the scopes do not fit.
pub async fn exchange(cx: &Cx, exchange: Exchange<'_>) -> Result<Derived, Error> {
    let client = exchange.client;
    if !may_exchange(client, exchange.actor.is_some()) {
        return Err(Error::InvalidParameter("Auth flow not enabled for this client".to_owned()));
    }
    let target = match exchange.target {
        Some(target) => Some(named(cx, client, (target, exchange.wanted)).await?),
        None => None,
    };
    let subject = subject(cx, client, &exchange.subject).await?;
    let act = match &exchange.actor {
        Some(actor) => Some(acting(cx, client, (actor, subject.act.clone())).await?),
        None => subject.act.clone(),
    };
    let scopes = narrowed(client, &subject, exchange.scopes)?;
    let memberships = store::groups::of_user(&mut *cx.store.read().await?, client.pool_id(), &subject.user.sub).await?;
    tracing::info!(pool = %client.pool_id(), sub = %subject.user.sub, client = %client.client.id, "token exchanged");
    let groups = GroupClaims::of(memberships);
    sign(cx, client, (&subject, &groups), Wanted { kind: exchange.wanted, scopes, target, act })
}

/// Whether a client may exchange tokens, with somebody who acts or without. One without a secret is anybody.
#[must_use]
pub fn may_exchange(client: &ClientEntry, has_actor: bool) -> bool {
    let flow = match has_actor {
        true => AuthFlow::AllowTokenExchangeDelegation,
        false => AuthFlow::AllowTokenExchangeImpersonation,
    };
    client.client.is_confidential() && client.client.allows(flow)
}

/// What the new token says beside whom it is about.
struct Wanted {
    kind: KeyPurpose,
    scopes: Vec<String>,
    target: Option<String>,
    act: Option<Value>,
}

fn sign(
    cx: &Cx,
    client: &ClientEntry,
    (subject, groups): (&Subject, &GroupClaims),
    wanted: Wanted,
) -> Result<Derived, Error> {
    let now = cx.now();
    let details = FamilyDetails {
        issued: Issued::OAuth,
        scopes: wanted.scopes.clone(),
        event_id: cx.random().uuid(),
        nonce: None,
        resource: wanted.target.clone(),
        device: None,
        acr: None,
    };
    let family = TokenFamily {
        id: subject.family.clone().unwrap_or_default(),
        pool_id: client.pool_id().clone(),
        client_id: client.client.id.clone(),
        sub: subject.user.sub.clone(),
        auth_time: subject.auth_time,
        expires_at: Timestamp::from_seconds(subject.expires_at),
        details,
    };
    let issue = Issue { client, user: &subject.user, groups, family: &family };
    let validity = &client.client.settings.validity;
    let (mut claims, seconds) = match wanted.kind {
        KeyPurpose::Access => (tokens::access_claims(cx, &issue, now), validity.access_seconds()),
        KeyPurpose::Id => (id_claims(cx, (subject, &issue), now), validity.id_seconds()),
    };
    let expires_in = seconds.min(subject.expires_at - now.seconds());
    claims.insert("exp".to_owned(), json!(now.seconds() + expires_in));
    // A token without a family can be ended by a sign-out everywhere only.
    if subject.family.is_none() {
        claims.remove("origin_jti");
    }
    claims.extend(wanted.target.map(|target| ("aud".to_owned(), json!(target))));
    claims.extend(wanted.act.map(|act| ("act".to_owned(), act)));
    let token = client.pool.keys.signing(wanted.kind, now)?.sign(&claims).map_err(Error::internal)?;
    Ok(Derived { token, expires_in, scopes: wanted.scopes })
}

/// The claims of an ID token: fewer scopes do not let out what the subject's own token kept in.
fn id_claims(cx: &Cx, (subject, issue): (&Subject, &Issue<'_>), now: Timestamp) -> Map<String, Value> {
    let held = subject.scopes.as_deref().unwrap_or_default();
    let mut claims = tokens::id_claims(cx, issue, (now, None));
    claims.retain(|name, _| !subject.user.attributes.contains_key(name) || scope::lets_out(held, name));
    claims
}

/// The name of the service for which the token is wanted. Whoever believes an ID token believes it by its audience, so
/// it is for the client that asks; and no token is for another app client, which would take it for one of its own.
async fn named(cx: &Cx, client: &ClientEntry, (target, wanted): (Target, KeyPurpose)) -> Result<String, Error> {
    let name = match target {
        Target::Audience(name) => name,
        Target::Resource(name) if client.pool.resource_servers.iter().any(|server| server.identifier == name) => name,
        Target::Resource(name) => return Err(Error::NotFound(Thing::ResourceServer(name))),
    };
    let is_own = name == client.client.id.as_str();
    let is_refused = match wanted {
        _ if is_own => false,
        KeyPurpose::Id => true,
        KeyPurpose::Access => is_client(cx, client, &name).await?,
    };
    if is_refused {
        let text = format!("{name} cannot be the audience of this token.");
        return Err(Error::OAuth(OAuthFault::InvalidTarget, text.into()));
    }
    Ok(name)
}

async fn is_client(cx: &Cx, client: &ClientEntry, name: &str) -> Result<bool, Error> {
    match cx.client_of_pool(client.pool_id().as_str(), name).await {
        Ok(_) => Ok(true),
        Err(Error::NotFound(_)) => Ok(false),
        Err(fault) => Err(fault),
    }
}

/// The scopes that were asked for, or else all of the subject's token, as far as that token has them and the client
/// may have them.
fn narrowed(client: &ClientEntry, subject: &Subject, asked: Option<Vec<String>>) -> Result<Vec<String>, Error> {
    let allowed = &client.client.settings.oauth_scopes;
    let Some(asked) = asked.filter(|asked| !asked.is_empty()) else {
        return Ok(subject.scopes.iter().flatten().filter(|name| allowed.contains(name)).cloned().collect());
    };
    let is_held = |name: &String| match &subject.scopes {
        Some(held) => held.contains(name),
        None => name != ADMIN,
    };
    let granted: Vec<String> = asked.into_iter().filter(|name| is_held(name) && allowed.contains(name)).collect();
    if granted.is_empty() {
        return Err(Error::InvalidParameter("None of the requested scopes can be granted.".to_owned()));
    }
    Ok(granted)
}

async fn subject(cx: &Cx, client: &ClientEntry, held: &Held) -> Result<Subject, Error> {
    if let Some(name) = &held.provider {
        return subject_of_provider(cx, client, (held, name)).await;
    }
    let claims = own(cx, client, held).await?;
    if claims.username.is_none() {
        return Err(Error::not_authorized("The subject token is no user's"));
    }
    let user = access::user_of(cx, &client.pool, &claims).await?;
    let is_access = held.kind == HeldKind::Token(KeyPurpose::Access);
    let mut scopes = match &claims.origin_jti {
        _ if is_access => access::scopes(&claims),
        None => Vec::new(),
        Some(family) => {
            let details = store::families::details(&mut *cx.store.read().await?, family).await?;
            details.map(|details| details.scopes).unwrap_or_default()
        }
    };
    if !is_access {
        scopes.retain(|name| name != ADMIN);
    }
    Ok(Subject {
        user,
        auth_time: Timestamp::from_seconds(claims.auth_time),
        expires_at: claims.exp,
        family: claims.origin_jti,
        scopes: Some(scopes),
        act: claims.act,
    })
}

async fn subject_of_provider(cx: &Cx, client: &ClientEntry, (held, name): (&Held, &str)) -> Result<Subject, Error> {
    let claims = foreign(cx, client, (held, name)).await?;
    let number = |name: &str| claims.get(name).and_then(Value::as_i64);
    let key = ExternalKey {
        pool_id: client.pool_id().clone(),
        provider_name: name.to_owned(),
        attribute: SUBJECT.to_owned(),
        value: claims.get("sub").and_then(Value::as_str).unwrap_or_default().to_owned(),
    };
    let mut db = cx.store.read().await?;
    let sub = store::identities::find(&mut db, &key).await?.ok_or(Error::NotFound(Thing::User))?;
    let user = store::users::by_sub(&mut db, client.pool_id(), &sub).await?.ok_or(Error::NotFound(Thing::User))?;
    if !user.is_enabled {
        return Err(Error::Disabled);
    }
    let now = cx.now().seconds();
    Ok(Subject {
        user,
        auth_time: Timestamp::from_seconds(number("auth_time").unwrap_or(now)),
        expires_at: number("exp").unwrap_or(now),
        family: None,
        scopes: None,
        act: None,
    })
}

/// Who acts, and for whom that one acted before.
async fn acting(cx: &Cx, client: &ClientEntry, (actor, before): (&Held, Option<Value>)) -> Result<Value, Error> {
    let mut act = Map::new();
    match &actor.provider {
        Some(name) => {
            let claims = foreign(cx, client, (actor, name)).await?;
            act.extend(claims.into_iter().filter(|(name, _)| name == "sub" || name == "iss"));
        }
        None => {
            let claims = own(cx, client, actor).await?;
            match &claims.username {
                Some(_) => drop(access::user_of(cx, &client.pool, &claims).await?),
                None => drop(cx.client_of_pool(client.pool_id().as_str(), &claims.sub).await?),
            }
            act.insert("sub".to_owned(), json!(claims.sub));
        }
    }
    act.extend(before.map(|before| ("act".to_owned(), before)));
    Ok(act.into())
}

/// The claims of a token of the client's own pool.
async fn own(cx: &Cx, client: &ClientEntry, held: &Held) -> Result<TokenClaims, Error> {
    let HeldKind::Token(kind) = held.kind else {
        return Err(Error::InvalidParameter("A SAML assertion needs the name of its provider.".to_owned()));
    };
    let (pool, claims) = access::verify(cx, held.token.expose_secret(), kind).await?;
    if pool.pool.id != *client.pool_id() {
        return Err(Error::not_authorized("Invalid Access Token"));
    }
    Ok(claims)
}

/// The claims of an ID token or an assertion of a provider of the pool.
async fn foreign(cx: &Cx, client: &ClientEntry, (held, name): (&Held, &str)) -> Result<Map<String, Value>, Error> {
    let provider = client.pool.providers.iter().find(|provider| provider.name == name);
    let provider = provider.ok_or_else(|| Error::NotFound(Thing::IdentityProvider(name.to_owned())))?;
    match (provider.provider_type, held.kind) {
        (ProviderType::Oidc, HeldKind::Token(KeyPurpose::Id)) => {}
        (ProviderType::Saml, HeldKind::Assertion) => return asserted(cx, client, (provider, held)).await,
        _ => {
            return Err(Error::InvalidParameter(
                "Of other providers, only ID tokens of OpenID Connect providers and assertions of SAML providers can be exchanged."
                    .to_owned(),
            ));
        }
    }
    let audience = [provider.detail("client_id").unwrap_or_default().to_owned()];
    let claims =
        presented::id_token(&cx.outside, &cx.upstream, held.token.expose_secret(), wanted(provider, &audience));
    claims.await.map_err(|fault| disbelieved(provider, &fault))
}

/// What a SAML assertion says, as claims. It counts once, be it for a sign-in or for a token.
async fn asserted(
    cx: &Cx,
    client: &ClientEntry,
    (provider, held): (&Provider, &Held),
) -> Result<Map<String, Value>, Error> {
    let expected = SamlExpected {
        provider,
        recipient: &federated::callback(&cx.base_of(&client.pool), provider),
        audience: &federated::entity_id(client.pool_id().as_str()),
        keys: client.pool.saml_keys.as_ref(),
    };
    let said = presented::saml_assertion(&cx.outside, &cx.upstream, held.token.expose_secret(), expected).await;
    let identity = said.map_err(|fault| disbelieved(provider, &fault))?;
    let (id, until) = identity.replay.ok_or_else(|| Error::internal("an assertion without an id"))?;
    let key = federated::replay_key(provider, &id);
    let once = cx.store.write(move |db| {
        Box::pin(async move { store::identities::use_once(db, &key, Timestamp::from_seconds(until)).await })
    });
    if !once.await? {
        return Err(disbelieved(provider, &Unbelievable::Other("it was used before".to_owned())));
    }
    let claims = [("sub", json!(identity.subject)), ("iss", json!(identity.issuer)), ("exp", json!(until))];
    Ok(claims.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

fn disbelieved(provider: &Provider, fault: &Unbelievable) -> Error {
    tracing::info!(pool = %provider.pool_id, provider = %provider.name, ?fault, "a provider's token was not believed");
    Error::not_authorized("Invalid token of the identity provider")
}

fn wanted<'a>(provider: &'a Provider, audience: &'a [String]) -> Presented<'a> {
    Presented {
        issuer: provider.detail("oidc_issuer").unwrap_or_default(),
        may_lack_scheme: false,
        keys: provider.detail("jwks_uri"),
        audience: Audience::OneOf(audience),
    }
}
