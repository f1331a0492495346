//! Owns the published form of a signing key (RFC 7517), with its members in the order that Cognito shows.
//! It must not know private keys.

use serde::{Deserialize, Serialize};

/// A public RSA key for RS256 or RS512 signatures. A key for anything else does not deserialise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Jwk {
    /// What signs with it.
    pub alg: Algorithm,
    /// The public exponent, base64url of its big-endian bytes.
    pub e: String,
    /// The name by which a token's header refers to it.
    pub kid: String,
    /// The family of the key.
    pub kty: KeyType,
    /// The modulus, base64url of its big-endian bytes.
    pub n: String,
    /// What it is for.
    #[serde(rename = "use")]
    pub usage: KeyUse,
}

/// `alg` of a [`Jwk`] (RFC 7518 §3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Algorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    #[serde(rename = "RS256")]
    Rs256,
    /// RSASSA-PKCS1-v1_5 with SHA-512.
    #[serde(rename = "RS512")]
    Rs512,
}

/// `kty` of a [`Jwk`] (RFC 7518 §6.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum KeyType {
    /// RSA.
    #[serde(rename = "RSA")]
    Rsa,
}

/// `use` of a [`Jwk`] (RFC 7517 §4.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum KeyUse {
    /// Signatures.
    #[serde(rename = "sig")]
    Signature,
}

/// The document at `/.well-known/jwks.json` (RFC 7517 §5).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct JwkSet {
    /// The keys, the one for ID tokens first.
    pub keys: Vec<Jwk>,
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOCUMENT: &str = r#"{"keys":[{"alg":"RS256","e":"AQAB","kid":"a/b+c=","kty":"RSA","n":"AQ","use":"sig"}]}"#;

    #[test]
    fn members_stand_in_alphabetical_order() {
        let set: JwkSet = serde_json::from_str(DOCUMENT).unwrap();
        assert_eq!(serde_json::to_string(&set).unwrap(), DOCUMENT);
    }

    #[test]
    fn a_key_for_another_algorithm_is_refused() {
        assert!(serde_json::from_str::<JwkSet>(&DOCUMENT.replace("RS256", "HS256")).is_err());
        assert!(serde_json::from_str::<JwkSet>(&DOCUMENT.replace("\"RSA\"", "\"oct\"")).is_err());
        assert!(serde_json::from_str::<JwkSet>(&DOCUMENT.replace("\"sig\"", "\"enc\"")).is_err());
    }
}
