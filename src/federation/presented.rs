//! Owns tokens of providers that an app presents of itself, without a browser that we sent out: ID tokens, access
//! tokens of Facebook and Amazon, SAML responses. They are verified as those of a sign-in are. It must not know what
//! the identity is wanted for.

use std::collections::BTreeMap;

use reqwest::Method;
use serde::Deserialize;
use serde_json::{Map, Value};
use url::Url;

use super::caches::{Caches, Source};
use super::id_token::{self, Distrust, Expected};
use super::{Arrival, Finish, SamlKeys, finish, saml};
use crate::crypto::jwt;
use crate::domain::provider::{Provider, ProviderType};
use crate::outside::Outside;

/// For how many seconds discovery documents and key sets are taken as unchanged.
const FRESH: i64 = 600;

/// What an ID token must say.
#[derive(Debug, Clone, Copy)]
pub struct Presented<'a> {
    /// The issuer that the login names.
    pub issuer: &'a str,
    /// Whether the issuer may stand without its `https://`, as Google writes it.
    pub may_lack_scheme: bool,
    /// Where its keys are; found by discovery otherwise.
    pub keys: Option<&'a str>,
    /// Whom the token may be for.
    pub audience: Audience<'a>,
}

/// Whom a token may be for.
#[derive(Debug, Clone, Copy)]
pub enum Audience<'a> {
    /// One of these.
    OneOf(&'a [String]),
    /// Anybody: for development only.
    Anybody,
}

/// Why a presented token is not believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unbelievable {
    /// It is not a signed token.
    NotAToken,
    /// It names no audience, as access tokens do.
    NoAudience,
    /// It is for somebody else.
    Audience,
    /// It is another issuer's.
    Issuer,
    /// It was good until then.
    Expired(i64),
    /// It is not signed by the provider.
    Signature,
    /// Something else is wrong with it.
    Other(String),
    /// The provider cannot be asked.
    Unavailable(String),
}

/// What an unverified token says of itself; only used to choose what it is verified against.
#[derive(Deserialize)]
struct Claimed {
    #[serde(default)]
    iss: String,
    #[serde(default)]
    aud: Value,
    #[serde(default)]
    exp: Value,
}

/// The claims of an ID token, verified.
///
/// # Errors
/// With the first thing that is wrong.
pub async fn id_token(
    outside: &Outside,
    caches: &Caches,
    token: &str,
    wanted: Presented<'_>,
) -> Result<Map<String, Value>, Unbelievable> {
    let claimed: Claimed = jwt::peek_claims(token).ok_or(Unbelievable::NotAToken)?;
    if !id_token::is_issuer(&claimed.iss, wanted.issuer, wanted.may_lack_scheme) {
        return Err(Unbelievable::Issuer);
    }
    let client_id = audience(&claimed.aud, wanted.audience)?;
    let keys = match wanted.keys {
        Some(keys) => keys.to_owned(),
        None => discovered_keys(outside, caches, wanted.issuer).await?,
    };
    let now = outside.clock.now();
    let expected = Expected {
        issuer: wanted.issuer,
        may_lack_scheme: wanted.may_lack_scheme,
        client_id: &client_id,
        nonce: None,
        now,
        algorithm: None,
        secret: None,
    };
    let source = Source { url: &keys, fresh_for: FRESH };
    permit(outside, &keys)?;
    let believed = id_token::believed(outside, caches, source, (token, &expected)).await;
    let believed = believed.map_err(|fault| Unbelievable::Unavailable(fault.to_string()))?;
    let expires = claimed.exp.as_i64().unwrap_or_default();
    match believed {
        Ok(_) if expires <= now.seconds() => Err(Unbelievable::Expired(expires)),
        Ok(claims) => Ok(claims),
        Err(Distrust::Expired) => Err(Unbelievable::Expired(expires)),
        Err(Distrust::Audience | Distrust::AuthorizedParty) => Err(Unbelievable::Audience),
        Err(Distrust::Signature | Distrust::UnknownKey | Distrust::UnfitKey | Distrust::ForeignKey) => {
            Err(Unbelievable::Signature)
        }
        Err(Distrust::Malformed) => Err(Unbelievable::NotAToken),
        Err(other) => Err(Unbelievable::Other(other.to_string())),
    }
}

/// The issuer that a token claims to come from; nothing is verified.
#[must_use]
pub fn claimed_issuer(token: &str) -> Option<String> {
    jwt::peek_claims::<Claimed>(token).map(|claimed| claimed.iss).filter(|issuer| !issuer.is_empty())
}

/// Whose an access token is, and that it was given to the app `application`: another app's token would let it sign
/// in as its own visitors. `member` is what the profile calls the person.
///
/// # Errors
/// When the provider does not know the token, or gave it to another app.
pub async fn access_token(
    outside: &Outside,
    token: &str,
    (profile_url, application_url): (&str, &str),
    (application, member): (&str, &str),
) -> Result<Map<String, Value>, Unbelievable> {
    let app = answer(outside, application_url, token).await?;
    let is_ours =
        ["id", "aud", "app_id"].iter().any(|name| app.get(*name).and_then(Value::as_str) == Some(application));
    if !is_ours {
        return Err(Unbelievable::Audience);
    }
    let profile = answer(outside, profile_url, token).await?;
    if id_token::subject(&profile, member).is_none() {
        return Err(Unbelievable::Other("the profile names nobody".to_owned()));
    }
    Ok(profile)
}

/// How a SAML provider's responses are verified.
#[derive(Debug, Clone)]
pub struct SamlTrust<'a> {
    /// `MetadataURL` or `MetadataFile`, and its value.
    pub metadata: (&'a str, String),
    /// The audience of its assertions.
    pub audience: &'a str,
    /// The recipient of its assertions.
    pub recipient: &'a str,
}

/// What a SAML response says, verified: the subject, the claims, and the id of the message with the second until
/// which it must be remembered.
///
/// # Errors
/// With the reason.
pub async fn saml_response(
    outside: &Outside,
    caches: &Caches,
    response: &str,
    trust: SamlTrust<'_>,
) -> Result<super::ExternalIdentity, Unbelievable> {
    let (name, value) = trust.metadata;
    let details = [(name.to_owned(), value), began_itself()].into();
    let now = outside.clock.now();
    let provider = Provider {
        pool_id: crate::domain::ids::PoolId::parse("saml_0").ok_or(Unbelievable::NotAToken)?,
        name: "SAML".to_owned(),
        provider_type: ProviderType::Saml,
        details,
        secret: None,
        attribute_mapping: BTreeMap::new(),
        acr_mapping: Default::default(),
        identifiers: Vec::new(),
        created_at: now,
        modified_at: now,
    };
    let arrival = Arrival { parameters: [("SAMLResponse".to_owned(), response.to_owned())].into() };
    let finished = Finish {
        provider: &provider,
        callback: trust.recipient,
        entity_id: trust.audience,
        pending: None,
        arrival: &arrival,
        keys: None,
    };
    finish(outside, caches, finished).await.map_err(|fault| Unbelievable::Other(fault.description))
}

/// What a pool expects of a SAML provider's assertions.
#[derive(Clone, Copy)]
pub struct SamlExpected<'a> {
    /// The provider.
    pub provider: &'a Provider,
    /// The address that assertions are for.
    pub recipient: &'a str,
    /// The pool's entity id.
    pub audience: &'a str,
    /// The keys that open encrypted assertions.
    pub keys: Option<&'a SamlKeys>,
}

/// What a SAML assertion says that somebody holds, alone or in its response, in either alphabet of base64: verified as
/// one of a sign-in is that the provider began.
///
/// # Errors
/// With the reason.
pub async fn saml_assertion(
    outside: &Outside,
    caches: &Caches,
    assertion: &str,
    expected: SamlExpected<'_>,
) -> Result<super::ExternalIdentity, Unbelievable> {
    let mut provider = expected.provider.clone();
    provider.details.extend([began_itself()]);
    let mut standard = assertion.trim_end_matches('=').replace('-', "+").replace('_', "/");
    standard.extend(std::iter::repeat_n('=', (4 - standard.len() % 4) % 4));
    let arrival = Arrival { parameters: [("SAMLResponse".to_owned(), standard)].into() };
    let finished = Finish {
        provider: &provider,
        callback: expected.recipient,
        entity_id: expected.audience,
        pending: None,
        arrival: &arrival,
        keys: expected.keys,
    };
    saml::held(outside, caches, finished).await.map_err(|fault| Unbelievable::Other(fault.cause))
}

/// The setting of a provider that may start sign-ins.
fn began_itself() -> (String, String) {
    ("IDPInit".to_owned(), "true".to_owned())
}

/// The audience that the token is verified for: the one that it claims and that is wanted.
fn audience(claimed: &Value, wanted: Audience<'_>) -> Result<String, Unbelievable> {
    let named: Vec<&str> = match claimed {
        Value::String(one) => vec![one],
        Value::Array(several) => several.iter().filter_map(Value::as_str).collect(),
        _ => return Err(Unbelievable::NoAudience),
    };
    let found = match wanted {
        Audience::OneOf(known) => named.iter().find(|name| known.iter().any(|one| one == *name)),
        Audience::Anybody => named.first(),
    };
    found.map(|name| (*name).to_owned()).ok_or(Unbelievable::Audience)
}

async fn discovered_keys(outside: &Outside, caches: &Caches, issuer: &str) -> Result<String, Unbelievable> {
    #[derive(Deserialize)]
    struct Metadata {
        issuer: String,
        jwks_uri: String,
    }
    let url = format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'));
    permit(outside, &url)?;
    let read = |bytes: &[u8]| -> Result<String, String> {
        let metadata: Metadata = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
        if metadata.issuer == issuer { Ok(metadata.jwks_uri) } else { Err("it names another issuer".to_owned()) }
    };
    let source = Source { url: &url, fresh_for: FRESH };
    caches.document(outside, source, read).await.map_err(|fault| Unbelievable::Unavailable(fault.to_string()))
}

fn permit(outside: &Outside, url: &str) -> Result<(), Unbelievable> {
    let refuse = |cause: String| Unbelievable::Unavailable(cause);
    let url = Url::parse(url).map_err(|error| refuse(error.to_string()))?;
    outside.http.permits(&url).map_err(|error| refuse(error.to_string()))
}

async fn answer(outside: &Outside, url: &str, token: &str) -> Result<Map<String, Value>, Unbelievable> {
    let mut url = Url::parse(url).map_err(|error| Unbelievable::Unavailable(error.to_string()))?;
    super::set_parameter(&mut url, "access_token", token);
    let request =
        outside.http.request(Method::GET, url.as_str()).header("Accept", "application/json").bearer_auth(token);
    let answer = outside.http.send(request).await.map_err(|error| Unbelievable::Unavailable(error.to_string()))?;
    match answer.status {
        200 => serde_json::from_slice(&answer.body).map_err(|_| Unbelievable::Unavailable("not JSON".to_owned())),
        400..=499 => Err(Unbelievable::Signature),
        status => Err(Unbelievable::Unavailable(format!("it answered {status}"))),
    }
}
