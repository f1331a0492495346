//! Owns the verification of a provider's ID token (OpenID Connect Core 1.0 §3.1.3.7): signature first, then what it
//! says. The claims stay JSON: providers write `iss` without a scheme and times as text, which typed claims cannot
//! hold. It must not know who presents a token.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Map, Value};

use super::caches::{CacheFault, Caches, Source};
use crate::clock::Timestamp;
use crate::crypto::digest;
use crate::crypto::jwt::MAX_TOKEN_LENGTH;
use crate::outside::Outside;

/// How far the provider's clock may be from ours, in seconds.
const SKEW: i64 = 300;
/// The longest `sub`, in characters (OpenID Connect Core 1.0 §2).
const LONGEST_SUBJECT: usize = 255;

/// Signatures made with a key that only the provider has.
const ASYMMETRIC: [Algorithm; 6] =
    [Algorithm::RS256, Algorithm::RS384, Algorithm::RS512, Algorithm::ES256, Algorithm::ES384, Algorithm::PS256];

/// What an ID token must say to be for us.
pub(super) struct Expected<'a> {
    pub issuer: &'a str,
    /// Whether the issuer may stand without its `https://`, as Google writes it.
    pub may_lack_scheme: bool,
    pub client_id: &'a str,
    /// `None` for a token that an app brings of itself, which answers no request of ours.
    pub nonce: Option<&'a str>,
    pub now: Timestamp,
    /// The only algorithm that is accepted, where the provider was registered with one (`id_token_signed_response_alg`
    /// of OpenID Connect Registration 1.0 §2); HS256 and its like are accepted only so.
    pub algorithm: Option<&'a str>,
    pub secret: Option<&'a SecretString>,
}

/// Why an ID token is not believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Distrust {
    #[error("Bad id_token: not a signed token")]
    Malformed,
    #[error("Bad id_token: it brings its own key")]
    ForeignKey,
    #[error("Bad id_token: unknown critical header")]
    Critical,
    #[error("Bad id_token algorithm")]
    Algorithm,
    #[error("Bad id_token: no kid")]
    NoKey,
    #[error("Bad id_token: unknown kid")]
    UnknownKey,
    #[error("Bad id_token: the kid names several keys")]
    AmbiguousKey,
    #[error("Bad id_token: the key is not for this algorithm")]
    UnfitKey,
    #[error("Bad id_token signature")]
    Signature,
    #[error("Bad id_token claims")]
    Claims,
    #[error("bad id_token issuer {0}")]
    Issuer(String),
    #[error("Bad id_token audience")]
    Audience,
    #[error("Bad id_token authorized party")]
    AuthorizedParty,
    #[error("Bad id_token: expired")]
    Expired,
    #[error("Bad id_token: issued in the future")]
    Future,
    #[error("Bad id_token: a time is missing")]
    NoTime,
    #[error("Bad id_token nonce")]
    Nonce,
    #[error("Bad id_token subject")]
    Subject,
}

/// A header as received; a member named twice does not deserialise.
#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    jwk: Option<IgnoredAny>,
    jku: Option<IgnoredAny>,
    x5u: Option<IgnoredAny>,
    x5c: Option<IgnoredAny>,
    crit: Option<IgnoredAny>,
}

/// The keys of a JWK set (RFC 7517 §5); keys of kinds unknown to us are passed over.
///
/// # Errors
/// When it is not a key set, or none of its keys is of use.
pub(super) fn keys(document: &[u8]) -> Result<Vec<Jwk>, String> {
    #[derive(Deserialize)]
    struct KeySet {
        keys: Vec<Value>,
    }
    let set: KeySet = serde_json::from_slice(document).map_err(|error| format!("not a key set: {error}"))?;
    let is_public =
        |key: &Jwk| matches!(key.algorithm, AlgorithmParameters::RSA(_) | AlgorithmParameters::EllipticCurve(_));
    let keys: Vec<Jwk> =
        set.keys.into_iter().filter_map(|key| serde_json::from_value(key).ok()).filter(is_public).collect();
    if keys.is_empty() { Err("the key set is empty".to_owned()) } else { Ok(keys) }
}

/// The claims of `token` if one of `keys` signed it and it says what is `expected`.
///
/// # Errors
/// With the first thing that is wrong.
pub(super) fn verify(token: &str, keys: &[Jwk], expected: &Expected<'_>) -> Result<Map<String, Value>, Distrust> {
    let header = header(token)?;
    let algorithm: Algorithm = header.alg.parse().map_err(|_| Distrust::Algorithm)?;
    let key = match expected.algorithm {
        Some(only) if header.alg != only => return Err(Distrust::Algorithm),
        Some(_) if is_symmetric(algorithm) => {
            DecodingKey::from_secret(expected.secret.ok_or(Distrust::UnfitKey)?.expose_secret().as_bytes())
        }
        _ if ASYMMETRIC.contains(&algorithm) => public_key(&header, algorithm, keys)?,
        _ => return Err(Distrust::Algorithm),
    };
    let (message, signature) = token.rsplit_once('.').ok_or(Distrust::Malformed)?;
    if !jsonwebtoken::crypto::verify(signature, message.as_bytes(), &key, algorithm).unwrap_or(false) {
        return Err(Distrust::Signature);
    }
    let (_, payload) = message.split_once('.').ok_or(Distrust::Malformed)?;
    let payload = URL_SAFE_NO_PAD.decode(payload).map_err(|_| Distrust::Claims)?;
    let claims: Map<String, Value> = serde_json::from_slice(&payload).map_err(|_| Distrust::Claims)?;
    check(&claims, expected)?;
    Ok(claims)
}

/// As [`verify`], with the keys that the provider publishes at `source`, asked again where the token's is missing.
///
/// # Errors
/// When there are no keys; inside, with the first thing that is wrong.
pub(super) async fn believed(
    outside: &Outside,
    caches: &Caches,
    source: Source<'_>,
    (token, expected): (&str, &Expected<'_>),
) -> Result<Result<Map<String, Value>, Distrust>, CacheFault> {
    let found = caches.document(outside, source, keys).await?;
    let mut outcome = verify(token, &found, expected);
    if outcome == Err(Distrust::UnknownKey) {
        match caches.newer(outside, source, keys).await {
            Ok(newer) => outcome = verify(token, &newer, expected),
            Err(fault) => tracing::debug!(%fault, "no newer keys"),
        }
    }
    Ok(outcome)
}

/// A subject that can be part of a user name.
pub(super) fn subject(claims: &Map<String, Value>, name: &str) -> Option<String> {
    let subject = claims.get(name)?.as_str()?;
    let is_good = !subject.is_empty()
        && subject.chars().nth(LONGEST_SUBJECT).is_none()
        && !subject.chars().any(|letter| letter.is_control() || letter.is_whitespace());
    is_good.then(|| subject.to_owned())
}

/// Whether `issuer` is the expected one.
pub(super) fn is_issuer(issuer: &str, expected: &str, may_lack_scheme: bool) -> bool {
    issuer == expected || may_lack_scheme && expected.strip_prefix("https://") == Some(issuer)
}

fn header(token: &str) -> Result<Header, Distrust> {
    if token.len() > MAX_TOKEN_LENGTH || token.bytes().filter(|byte| *byte == b'.').count() != 2 {
        return Err(Distrust::Malformed);
    }
    let encoded = token.split('.').next().ok_or(Distrust::Malformed)?;
    let bytes = URL_SAFE_NO_PAD.decode(encoded).map_err(|_| Distrust::Malformed)?;
    let header: Header = serde_json::from_slice(&bytes).map_err(|_| Distrust::Malformed)?;
    if header.jwk.is_some() || header.jku.is_some() || header.x5u.is_some() || header.x5c.is_some() {
        return Err(Distrust::ForeignKey);
    }
    if header.crit.is_some() { Err(Distrust::Critical) } else { Ok(header) }
}

fn public_key(header: &Header, algorithm: Algorithm, keys: &[Jwk]) -> Result<DecodingKey, Distrust> {
    let kid = header.kid.as_deref().ok_or(Distrust::NoKey)?;
    let named: Vec<&Jwk> = keys.iter().filter(|key| key.common.key_id.as_deref() == Some(kid)).collect();
    if named.is_empty() {
        return Err(Distrust::UnknownKey);
    }
    let fitting: Vec<&Jwk> = named.into_iter().filter(|key| fits(key, algorithm)).collect();
    match fitting[..] {
        [] => Err(Distrust::UnfitKey),
        [key] => DecodingKey::from_jwk(key).map_err(|_| Distrust::UnfitKey),
        _ => Err(Distrust::AmbiguousKey),
    }
}

/// Whether a key may check signatures of `algorithm`: its kind, its curve, and what it says of itself.
fn fits(key: &Jwk, algorithm: Algorithm) -> bool {
    let is_kind = match (&key.algorithm, algorithm) {
        (AlgorithmParameters::EllipticCurve(curve), Algorithm::ES256) => curve.curve == EllipticCurve::P256,
        (AlgorithmParameters::EllipticCurve(curve), Algorithm::ES384) => curve.curve == EllipticCurve::P384,
        (AlgorithmParameters::RSA(_), other) => !matches!(other, Algorithm::ES256 | Algorithm::ES384),
        _ => false,
    };
    let is_for_signatures = matches!(key.common.public_key_use, None | Some(PublicKeyUse::Signature));
    let is_for_this = key.common.key_algorithm.is_none_or(|own| own.to_string() == format!("{algorithm:?}"));
    is_kind && is_for_signatures && is_for_this
}

const fn is_symmetric(algorithm: Algorithm) -> bool {
    matches!(algorithm, Algorithm::HS256 | Algorithm::HS384 | Algorithm::HS512)
}

fn check(claims: &Map<String, Value>, expected: &Expected<'_>) -> Result<(), Distrust> {
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    let issuer = text("iss").unwrap_or_default();
    if !is_issuer(issuer, expected.issuer, expected.may_lack_scheme) {
        return Err(Distrust::Issuer(super::exchange::quoted(issuer)));
    }
    check_audience(claims, expected.client_id)?;
    check_times(claims, expected.now.seconds())?;
    if let Some(wanted) = expected.nonce {
        let nonce = text("nonce").unwrap_or_default();
        if wanted.is_empty() || !digest::is_equal(nonce.as_bytes(), wanted.as_bytes()) {
            return Err(Distrust::Nonce);
        }
    }
    subject(claims, "sub").map(|_| ()).ok_or(Distrust::Subject)
}

/// A token for several audiences must name the one it was issued to, and whoever is named must be us.
fn check_audience(claims: &Map<String, Value>, client_id: &str) -> Result<(), Distrust> {
    let audiences: Vec<&Value> = match claims.get("aud") {
        Some(Value::Array(audiences)) => audiences.iter().collect(),
        Some(audience) => vec![audience],
        None => Vec::new(),
    };
    if !audiences.iter().all(|audience| audience.is_string()) || !audiences.iter().any(|one| **one == client_id) {
        return Err(Distrust::Audience);
    }
    match claims.get("azp") {
        Some(party) if party != client_id => Err(Distrust::AuthorizedParty),
        None if audiences.len() > 1 => Err(Distrust::AuthorizedParty),
        _ => Ok(()),
    }
}

fn check_times(claims: &Map<String, Value>, now: i64) -> Result<(), Distrust> {
    let expires = seconds(claims, "exp")?.ok_or(Distrust::NoTime)?;
    let issued = seconds(claims, "iat")?.ok_or(Distrust::NoTime)?;
    let not_before = seconds(claims, "nbf")?.unwrap_or(issued);
    if expires.saturating_add(SKEW) <= now {
        return Err(Distrust::Expired);
    }
    if issued.max(not_before) > now.saturating_add(SKEW) { Err(Distrust::Future) } else { Ok(()) }
}

/// A NumericDate (RFC 7519 §2), which may have a fraction.
#[expect(clippy::cast_possible_truncation, reason = "whole seconds are wanted; what is out of range saturates")]
fn seconds(claims: &Map<String, Value>, name: &str) -> Result<Option<i64>, Distrust> {
    claims.get(name).map(|value| value.as_f64().map(|seconds| seconds as i64).ok_or(Distrust::NoTime)).transpose()
}
