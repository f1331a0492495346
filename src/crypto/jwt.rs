//! Owns signed tokens: making them, and checking the signature of what comes back. RS256, and RS512 for
//! keys that say so; nothing else.
//! It must not know what the claims mean: times, audience and issuer are for the caller, who has the clock.

use std::collections::HashSet;
use std::fmt;

use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256, RSA_PKCS1_SHA512, RsaKeyPair};
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

    /// The same key signing with SHA-512, its tokens marked as `JWS`.
    #[must_use]
    pub fn with_sha512(mut self) -> Self {
        self.jwk.alg = Algorithm::Rs512;
        self
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

    /// `claims` as a token in compact form (RFC 7515 §7.1), its header exactly `{"kid":"…","alg":"RS256"}` or
    /// `{"kid":"…","typ":"JWS","alg":"RS512"}`.
    ///
    /// # Errors
    /// [`KeyFault::Signing`].
    pub fn sign(&self, claims: &impl Serialize) -> Result<String, KeyFault> {
        let alg = self.jwk.alg;
        let (typ, padding) = match alg {
            Algorithm::Rs256 => (None, &RSA_PKCS1_SHA256),
            Algorithm::Rs512 => (Some("JWS"), &RSA_PKCS1_SHA512),
        };
        let header = SignedHeader { kid: &self.kid, typ, alg };
        let mut token = String::with_capacity(2048);
        URL_SAFE_NO_PAD.encode_string(serde_json::to_vec(&header).map_err(|_| KeyFault::Signing)?, &mut token);
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(serde_json::to_vec(claims).map_err(|_| KeyFault::Signing)?, &mut token);
        let mut signature = vec![0; self.key_pair.public_modulus_len()];
        self.key_pair
            .sign(padding, &SystemRandom::new(), token.as_bytes(), &mut signature)
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
    algorithm: Algorithm,
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
        let mut rules = Validation::new(match jwk.alg {
            Algorithm::Rs256 => jsonwebtoken::Algorithm::RS256,
            Algorithm::Rs512 => jsonwebtoken::Algorithm::RS512,
        });
        rules.required_spec_claims = HashSet::new();
        rules.validate_exp = false;
        rules.validate_nbf = false;
        rules.validate_aud = false;
        Ok(Self { kid: jwk.kid.clone(), algorithm: jwk.alg, key, rules })
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
    plain_header(token).filter(|header| header.alg == Algorithm::Rs256)?.kid
}

/// As [`peek_kid`], for a token signed with RS512.
#[must_use]
pub fn peek_kid_rs512(token: &str) -> Option<String> {
    plain_header(token).filter(|header| header.alg == Algorithm::Rs512)?.kid
}

/// The claims that a token holds, whoever made it: nothing is verified, and nothing may be believed before it is.
#[must_use]
pub fn peek_claims<T: DeserializeOwned>(token: &str) -> Option<T> {
    let payload = URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?;
    serde_json::from_slice(&payload).ok()
}

/// The claims of `token` if `key` signed it. Neither times nor audience nor issuer are checked: the caller must.
///
/// # Errors
/// [`JwtFault`].
pub fn verify<T: DeserializeOwned>(token: &str, key: &VerifyingKey) -> Result<T, JwtFault> {
    plain_header(token).filter(|header| header.alg == key.algorithm).ok_or(JwtFault::Malformed)?;
    let decoded = jsonwebtoken::decode::<T>(token, &key.key, &key.rules).map_err(|error| match error.kind() {
        jsonwebtoken::errors::ErrorKind::Json(_) => JwtFault::Claims,
        _ => JwtFault::Signature,
    })?;
    Ok(decoded.claims)
}

#[derive(Serialize)]
struct SignedHeader<'a> {
    kid: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    typ: Option<&'a str>,
    alg: Algorithm,
}

/// A header as received. A member named twice, or an `alg` that is neither RS256 nor RS512, fails to deserialise.
#[derive(Deserialize)]
struct ReceivedHeader {
    kid: Option<String>,
    alg: Algorithm,
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
mod tests;
