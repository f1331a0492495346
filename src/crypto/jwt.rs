//! Owns signed tokens: making them, and checking the signature of what comes back. RS256 and nothing else.
//! It must not know what the claims mean: times, audience and issuer are for the caller, who has the clock.

use std::collections::HashSet;
use std::fmt;

use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{DecodingKey, Validation};
use openssl::rsa::Rsa;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde::{Deserialize, Deserializer, Serialize};

use super::jwk::{Algorithm, Jwk, KeyType, KeyUse};

/// The longest token that is looked at, in bytes.
pub const MAX_TOKEN_LENGTH: usize = 16 * 1024;

const MIN_MODULUS_LENGTH: usize = 256;

/// Why a key cannot be made or used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyFault {
    /// The system could not make a key pair.
    #[error("an RSA key could not be generated")]
    Generation,
    /// The bytes are not an RSA key that may sign: PKCS#8, 2048 to 8192 bits.
    #[error("the bytes are not an RSA key for RS256")]
    Malformed,
    /// The claims are not JSON, or the key refused to sign.
    #[error("the claims could not be signed")]
    Signing,
}

/// Why a token is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum JwtFault {
    /// Not three parts, too long, or a header that is not plain RS256.
    #[error("the token is not a plain RS256 token")]
    Malformed,
    /// The signature is not made with this key.
    #[error("the token's signature does not match")]
    Signature,
    /// The claims, or an optional member of the header, are not of the expected shape.
    #[error("the token's claims have an unexpected shape")]
    Claims,
}

/// A private key that signs tokens.
pub struct SigningKey {
    kid: String,
    key_pair: RsaKeyPair,
    jwk: Jwk,
}

impl SigningKey {
    /// A new RSA-2048 key as unencrypted PKCS#8 DER, with randomness of the system: the library takes no other.
    ///
    /// # Errors
    /// [`KeyFault::Generation`].
    pub fn generate_pkcs8() -> Result<Vec<u8>, KeyFault> {
        let key_pair = RsaKeyPair::generate(KeySize::Rsa2048).map_err(|_| KeyFault::Generation)?;
        let der: Pkcs8V1Der<'_> = key_pair.as_der().map_err(|_| KeyFault::Generation)?;
        Ok(der.as_ref().to_vec())
    }

    /// The key in `der` (unencrypted PKCS#8), named `kid`.
    ///
    /// # Errors
    /// [`KeyFault::Malformed`].
    pub fn from_pkcs8(kid: String, der: &[u8]) -> Result<Self, KeyFault> {
        let key_pair = RsaKeyPair::from_pkcs8(der).map_err(|_| KeyFault::Malformed)?;
        let public = Rsa::public_key_from_der_pkcs1(key_pair.public_key().as_ref()).map_err(|_| KeyFault::Malformed)?;
        let jwk = Jwk {
            alg: Algorithm::Rs256,
            e: URL_SAFE_NO_PAD.encode(public.e().to_vec()),
            kid: kid.clone(),
            kty: KeyType::Rsa,
            n: URL_SAFE_NO_PAD.encode(public.n().to_vec()),
            usage: KeyUse::Signature,
        };
        Ok(Self { kid, key_pair, jwk })
    }

    /// The name of the key, as tokens carry it.
    #[must_use]
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// The public half, as published.
    #[must_use]
    pub fn jwk(&self) -> Jwk {
        self.jwk.clone()
    }

    /// `claims` as a token in compact form (RFC 7515 §7.1), its header exactly `{"kid":"…","alg":"RS256"}`.
    ///
    /// # Errors
    /// [`KeyFault::Signing`].
    pub fn sign(&self, claims: &impl Serialize) -> Result<String, KeyFault> {
        let header = SignedHeader { kid: &self.kid, alg: Algorithm::Rs256 };
        let mut token = String::with_capacity(2048);
        URL_SAFE_NO_PAD.encode_string(serde_json::to_vec(&header).map_err(|_| KeyFault::Signing)?, &mut token);
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(serde_json::to_vec(claims).map_err(|_| KeyFault::Signing)?, &mut token);
        let mut signature = vec![0; self.key_pair.public_modulus_len()];
        self.key_pair
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), token.as_bytes(), &mut signature)
            .map_err(|_| KeyFault::Signing)?;
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(signature, &mut token);
        Ok(token)
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("SigningKey").field("kid", &self.kid).finish_non_exhaustive()
    }
}

/// A public key that checks tokens, with the rules for checking them. Make it once and keep it.
#[derive(Debug, Clone)]
pub struct VerifyingKey {
    kid: String,
    key: DecodingKey,
    rules: Validation,
}

impl VerifyingKey {
    /// The name of the key.
    #[must_use]
    pub fn kid(&self) -> &str {
        &self.kid
    }
}

impl TryFrom<&Jwk> for VerifyingKey {
    type Error = KeyFault;

    fn try_from(jwk: &Jwk) -> Result<Self, KeyFault> {
        let modulus = URL_SAFE_NO_PAD.decode(&jwk.n).map_err(|_| KeyFault::Malformed)?;
        let exponent = URL_SAFE_NO_PAD.decode(&jwk.e).map_err(|_| KeyFault::Malformed)?;
        if modulus.len() < MIN_MODULUS_LENGTH {
            return Err(KeyFault::Malformed);
        }
        let key = DecodingKey::from_rsa_raw_components(&modulus, &exponent);
        let mut rules = Validation::new(jsonwebtoken::Algorithm::RS256);
        rules.required_spec_claims = HashSet::new();
        rules.validate_exp = false;
        rules.validate_nbf = false;
        rules.validate_aud = false;
        Ok(Self { kid: jwk.kid.clone(), key, rules })
    }
}

impl TryFrom<&SigningKey> for VerifyingKey {
    type Error = KeyFault;

    fn try_from(key: &SigningKey) -> Result<Self, KeyFault> {
        Self::try_from(&key.jwk)
    }
}

/// The `kid` of a token whose header is plain RS256: three parts, at most 16 kB, no `crit`, and no key of its own
/// (`jwk`, `jku`, `x5u`, `x5c`). Nothing is verified; the answer only says which key to verify with.
#[must_use]
pub fn peek_kid(token: &str) -> Option<String> {
    plain_header(token)?.kid
}

/// The claims of `token` if `key` signed it. Neither times nor audience nor issuer are checked: the caller must.
///
/// # Errors
/// [`JwtFault`].
pub fn verify<T: DeserializeOwned>(token: &str, key: &VerifyingKey) -> Result<T, JwtFault> {
    plain_header(token).ok_or(JwtFault::Malformed)?;
    let decoded = jsonwebtoken::decode::<T>(token, &key.key, &key.rules).map_err(|error| match error.kind() {
        jsonwebtoken::errors::ErrorKind::Json(_) => JwtFault::Claims,
        _ => JwtFault::Signature,
    })?;
    Ok(decoded.claims)
}

#[derive(Serialize)]
struct SignedHeader<'a> {
    kid: &'a str,
    alg: Algorithm,
}

/// A header as received. A member named twice, or an `alg` that is not RS256, fails to deserialise.
#[derive(Deserialize)]
struct ReceivedHeader {
    kid: Option<String>,
    #[serde(rename = "alg")]
    _alg: Algorithm,
    #[serde(default, deserialize_with = "is_present")]
    jwk: bool,
    #[serde(default, deserialize_with = "is_present")]
    jku: bool,
    #[serde(default, deserialize_with = "is_present")]
    x5u: bool,
    #[serde(default, deserialize_with = "is_present")]
    x5c: bool,
    #[serde(default, deserialize_with = "is_present")]
    crit: bool,
}

fn plain_header(token: &str) -> Option<ReceivedHeader> {
    if token.len() > MAX_TOKEN_LENGTH || token.bytes().filter(|&byte| byte == b'.').count() != 2 {
        return None;
    }
    let (encoded, _) = token.split_once('.')?;
    let header: ReceivedHeader = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(encoded).ok()?).ok()?;
    let is_foreign = header.jwk || header.jku || header.x5u || header.x5c || header.crit;
    (!is_foreign).then_some(header)
}

/// Called only for a member that is there, whatever its value: even `null` counts.
fn is_present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    IgnoredAny::deserialize(deserializer).map(|_| true)
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use serde_json::{Value, json};

    use super::*;

    static KEY: LazyLock<SigningKey> = LazyLock::new(|| new_key("kid/+="));

    fn new_key(kid: &str) -> SigningKey {
        SigningKey::from_pkcs8(kid.to_owned(), &SigningKey::generate_pkcs8().unwrap()).unwrap()
    }

    fn verifying() -> VerifyingKey {
        VerifyingKey::try_from(&*KEY).unwrap()
    }

    fn with_header(token: &str, header: &str) -> String {
        let (_, rest) = token.split_once('.').unwrap();
        format!("{}.{rest}", URL_SAFE_NO_PAD.encode(header))
    }

    #[test]
    fn the_header_is_kid_then_algorithm_and_nothing_else() {
        let token = KEY.sign(&json!({"sub": "alice"})).unwrap();
        let header = URL_SAFE_NO_PAD.decode(token.split('.').next().unwrap()).unwrap();
        assert_eq!(header, br#"{"kid":"kid/+=","alg":"RS256"}"#);
        assert_eq!(peek_kid(&token).as_deref(), Some("kid/+="));
    }

    #[test]
    fn a_signed_token_verifies_whatever_its_times_and_audience() {
        let claims = json!({"sub": "alice", "exp": 1, "nbf": 9_999_999_999_u64, "aud": "client", "iss": "x"});
        let token = KEY.sign(&claims).unwrap();
        assert_eq!(verify::<Value>(&token, &verifying()), Ok(claims));
        let odd = json!({"exp": "soon", "aud": 7});
        assert_eq!(verify::<Value>(&KEY.sign(&odd).unwrap(), &verifying()), Ok(odd));
    }

    #[test]
    fn the_published_key_verifies_after_a_round_trip() {
        let published = serde_json::to_string(&KEY.jwk()).unwrap();
        let jwk: Jwk = serde_json::from_str(&published).unwrap();
        assert_eq!((jwk.e.as_str(), jwk.n.len()), ("AQAB", 342));
        let token = KEY.sign(&json!({"a": 1})).unwrap();
        assert!(verify::<Value>(&token, &VerifyingKey::try_from(&jwk).unwrap()).is_ok());
    }

    #[test]
    fn another_key_does_not_verify() {
        let token = new_key("kid/+=").sign(&json!({"sub": "alice"})).unwrap();
        assert_eq!(verify::<Value>(&token, &verifying()), Err(JwtFault::Signature));
    }

    #[test]
    fn changed_claims_or_signature_do_not_verify() {
        let token = KEY.sign(&json!({"sub": "alice"})).unwrap();
        let parts: Vec<&str> = token.split('.').collect();
        let claims = URL_SAFE_NO_PAD.encode(r#"{"sub":"root"}"#);
        for changed in [
            format!("{}.{claims}.{}", parts[0], parts[2]),
            format!("{}.{}.", parts[0], parts[1]),
            format!("{}.{}.{}", parts[0], parts[1], URL_SAFE_NO_PAD.encode([0; 256])),
        ] {
            assert_eq!(verify::<Value>(&changed, &verifying()), Err(JwtFault::Signature));
        }
    }

    #[test]
    fn a_header_that_is_not_plain_rs256_is_refused() {
        let token = KEY.sign(&json!({"sub": "alice"})).unwrap();
        for header in [
            r#"{"kid":"k","alg":"none"}"#,
            r#"{"kid":"k","alg":"HS256"}"#,
            r#"{"kid":"k","alg":"rs256"}"#,
            r#"{"kid":"k"}"#,
            r#"{"kid":"k","alg":"none","alg":"RS256"}"#,
            r#"{"kid":"k","alg":"RS256","jwk":{}}"#,
            r#"{"kid":"k","alg":"RS256","jku":"https://example.com"}"#,
            r#"{"kid":"k","alg":"RS256","x5u":"https://example.com"}"#,
            r#"{"kid":"k","alg":"RS256","x5c":[]}"#,
            r#"{"kid":"k","alg":"RS256","crit":["exp"]}"#,
            r#"{"kid":"k","alg":"RS256","crit":null}"#,
            "[]",
            "",
        ] {
            let changed = with_header(&token, header);
            assert_eq!(peek_kid(&changed), None, "{header}");
            assert_eq!(verify::<Value>(&changed, &verifying()), Err(JwtFault::Malformed), "{header}");
        }
        assert_eq!(peek_kid(&with_header(&token, r#"{"alg":"RS256"}"#)), None);
    }

    #[test]
    fn a_secret_made_of_the_public_key_does_not_verify() {
        let header = URL_SAFE_NO_PAD.encode(r#"{"kid":"kid/+=","alg":"HS256"}"#);
        let message = format!("{header}.{}", URL_SAFE_NO_PAD.encode(r#"{"sub":"root"}"#));
        let signature = super::super::digest::hmac_sha256(KEY.jwk().n.as_bytes(), message.as_bytes());
        let token = format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature));
        assert_eq!(verify::<Value>(&token, &verifying()), Err(JwtFault::Malformed));
    }

    #[test]
    fn a_token_of_another_size_or_number_of_parts_is_refused() {
        let token = KEY.sign(&json!({"sub": "alice"})).unwrap();
        let (two, _) = token.rsplit_once('.').unwrap();
        for other in ["", ".", "..", two, &format!("{token}.x"), &format!("{token}..")] {
            assert_eq!(peek_kid(other), None);
        }
        let long = KEY.sign(&json!({"sub": "a".repeat(MAX_TOKEN_LENGTH)})).unwrap();
        assert_eq!(verify::<Value>(&long, &verifying()), Err(JwtFault::Malformed));
    }

    #[test]
    fn claims_of_another_shape_are_told_apart_from_a_bad_signature() {
        #[derive(Debug, PartialEq, Deserialize)]
        struct Claims {
            sub: String,
        }
        let token = KEY.sign(&json!({"sub": 7})).unwrap();
        assert_eq!(verify::<Claims>(&token, &verifying()), Err(JwtFault::Claims));
    }

    #[test]
    fn a_short_or_garbled_key_is_refused() {
        assert_eq!(SigningKey::from_pkcs8("k".into(), b"not a key").unwrap_err(), KeyFault::Malformed);
        let short = Jwk { n: URL_SAFE_NO_PAD.encode([0xff; 128]), ..KEY.jwk() };
        assert_eq!(VerifyingKey::try_from(&short).unwrap_err(), KeyFault::Malformed);
    }

    #[test]
    fn the_signing_key_prints_only_its_name() {
        assert_eq!(format!("{:?}", *KEY), r#"SigningKey { kid: "kid/+=", .. }"#);
    }
}
