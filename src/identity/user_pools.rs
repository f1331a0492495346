//! Owns logins by ID tokens of user pools: those of this server, and of another one or Amazon Cognito, whose keys are
//! fetched. Names may be Cognito's (`cognito-idp.<region>.amazonaws.com/<pool>`) or an issuer without its scheme. It
//! must not know which identity a login leads to.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::distrust::refusal;
use super::logins::{VerifiedLogin, claims_of};
use crate::crypto::jwt;
use crate::cx::{Cx, Mode, PoolEntry};
use crate::domain::identity_pool::{IdentityPool, LinkedLogin, UserPoolClient};
use crate::domain::ids::{PoolId, Sub};
use crate::error::Error;
use crate::federation::presented::{self, Audience, Presented, Unbelievable};
use crate::store;
use crate::store::signing_keys::KeyPurpose;

/// A user pool, here or elsewhere.
enum UserPool {
    Ours(Arc<PoolEntry>),
    Foreign(String),
}

impl UserPool {
    fn is(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Ours(one), Self::Ours(two)) => one.pool.id == two.pool.id,
            (Self::Foreign(one), Self::Foreign(two)) => one == two,
            _ => false,
        }
    }
}

/// Whether a provider's name is that of a user pool.
pub fn is_name(name: &str) -> bool {
    name.rsplit_once('/').is_some_and(|(_, id)| PoolId::parse(id).is_some())
}

/// Verifies a login by a user pool; `None` when the identity pool knows no such user pool.
///
/// # Errors
/// Cognito's refusal of a token that is not believed.
pub async fn verify(cx: &Cx, pool: &IdentityPool, (name, token): (&str, &str)) -> Result<Option<VerifiedLogin>, Error> {
    let Some(named) = user_pool(cx, name).await? else { return Ok(None) };
    let mut clients = Vec::new();
    for client in &pool.settings.user_pools {
        let known = user_pool(cx, &client.provider_name).await?;
        if known.is_some_and(|known| known.is(&named)) {
            clients.push(client);
        }
    }
    if clients.is_empty() {
        return Ok(None);
    }
    let ids: Vec<String> = clients.iter().map(|client| client.client_id.clone()).collect();
    let claims = match &named {
        UserPool::Ours(entry) => ours(cx, entry, token, &ids),
        UserPool::Foreign(issuer) => foreign(cx, issuer, token, &ids).await,
    };
    let claims = claims.map_err(|fault| refusal(cx, fault))?;
    let audience = claims.get("aud").and_then(Value::as_str).unwrap_or_default();
    let client = clients.into_iter().find(|client| client.client_id == audience);
    let client = client.ok_or_else(|| refusal(cx, Unbelievable::Audience))?;
    if client.is_checked_on_server == Some(true) {
        check_on_server(cx, &named, &claims).await?;
    }
    Ok(Some(login(client, &claims)))
}

fn login(client: &UserPoolClient, claims: &Map<String, Value>) -> VerifiedLogin {
    let subject = claims.get("sub").and_then(Value::as_str).unwrap_or_default().to_owned();
    let provider = client.provider_name.clone();
    VerifiedLogin {
        mapping_key: format!("{provider}:{}", client.client_id),
        method: format!("{provider}:CognitoSignIn:{subject}"),
        claims: claims_of(claims),
        linked: LinkedLogin { provider, subject, is_developers: false },
    }
}

/// What a provider's name stands for; `None` when it is no user pool's.
async fn user_pool(cx: &Cx, name: &str) -> Result<Option<UserPool>, Error> {
    let Some((host, id)) = name.rsplit_once('/') else { return Ok(None) };
    let Some(id) = PoolId::parse(id) else { return Ok(None) };
    let is_amazons = host == format!("cognito-idp.{}.amazonaws.com", id.region());
    let bases = [cx.config.issuer_base(), cx.config.base()];
    let is_ours = bases.iter().any(|base| base.split_once("://").is_some_and(|(_, rest)| rest == host));
    if is_amazons || is_ours {
        match cx.pool(&id).await {
            Ok(entry) => return Ok(Some(UserPool::Ours(entry))),
            Err(Error::NotFound(_)) if is_ours && !is_amazons => return Ok(None),
            Err(Error::NotFound(_)) => {}
            Err(fault) => return Err(fault),
        }
    }
    Ok(Some(UserPool::Foreign(format!("{}://{name}", scheme(cx, host)))))
}

/// Plain HTTP is for development on one machine only.
pub(super) fn scheme(cx: &Cx, host: &str) -> &'static str {
    let name = host.split('/').next().unwrap_or_default();
    let is_local = name.starts_with("localhost") || name.starts_with("127.0.0.1");
    if cx.mode == Mode::Development && is_local { "http" } else { "https" }
}

fn ours(cx: &Cx, entry: &PoolEntry, token: &str, clients: &[String]) -> Result<Map<String, Value>, Unbelievable> {
    let claims: Map<String, Value> = jwt::peek_claims(token).ok_or(Unbelievable::NotAToken)?;
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    if text("iss") != Some(entry.issuer.as_str()) {
        return Err(Unbelievable::Issuer);
    }
    let audience = text("aud").ok_or(Unbelievable::NoAudience)?.to_owned();
    let kid = jwt::peek_kid(token).ok_or(Unbelievable::NotAToken)?;
    if !entry.keys.is_signed(token, (&kid, KeyPurpose::Id)).unwrap_or(false) {
        return Err(Unbelievable::Signature);
    }
    require_id_token(&claims)?;
    let expires = claims.get("exp").and_then(Value::as_i64).unwrap_or_default();
    if expires <= cx.now().seconds() {
        return Err(Unbelievable::Expired(expires));
    }
    if clients.contains(&audience) { Ok(claims) } else { Err(Unbelievable::Audience) }
}

async fn foreign(cx: &Cx, issuer: &str, token: &str, clients: &[String]) -> Result<Map<String, Value>, Unbelievable> {
    let keys = format!("{issuer}/.well-known/jwks.json");
    let audience = Audience::OneOf(clients);
    let wanted = Presented { issuer, may_lack_scheme: false, keys: Some(&keys), audience };
    let claims = presented::id_token(&cx.outside, &cx.upstream, token, wanted).await?;
    require_id_token(&claims)?;
    Ok(claims)
}

fn require_id_token(claims: &Map<String, Value>) -> Result<(), Unbelievable> {
    let is_id = claims.get("token_use").and_then(Value::as_str) == Some("id");
    if is_id { Ok(()) } else { Err(Unbelievable::NotAToken) }
}

/// Whether the user is still signed in: not deleted, not disabled, not signed out everywhere. Only a pool of this
/// server can be asked; another one's users are refused rather than let through unchecked.
async fn check_on_server(cx: &Cx, user_pool: &UserPool, claims: &Map<String, Value>) -> Result<(), Error> {
    let UserPool::Ours(entry) = user_pool else {
        return Err(Error::ExternalService("The user pool cannot be asked about its users.".to_owned()));
    };
    let text = |name: &str| claims.get(name).and_then(Value::as_str).unwrap_or_default();
    let (sub, family) = (Sub(text("sub").to_owned()), text("origin_jti"));
    let found = store::users::bearer(&mut *cx.store.read_mapped().await?, &entry.pool.id, &sub, family).await?;
    let issued = claims.get("iat").and_then(Value::as_i64).unwrap_or_default();
    let is_live = found.is_some_and(|found| {
        let is_signed_in =
            if family.is_empty() { issued > found.user.signed_out_at.seconds() } else { found.has_live_family };
        found.user.is_enabled && is_signed_in
    });
    if is_live {
        return Ok(());
    }
    Err(Error::not_authorized("Invalid login token. The user is signed out, disabled or deleted."))
}
