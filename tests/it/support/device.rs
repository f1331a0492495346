//! Owns a device as the SDKs have one: the verifier of its secret, and the proof that it knows it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use openssl::bn::{BigNum, BigNumContext, BigNumRef};
use openssl::sha::sha256;
use serde_json::{Value, json};

use super::srp::SrpClient;

/// Whose secret is proven: the pool's name or the device's group, the user's id or the device's key.
#[derive(Clone, Copy)]
pub struct Identity<'a> {
    /// The first part.
    pub group: &'a str,
    /// The second part.
    pub name: &'a str,
    /// The secret.
    pub password: &'a str,
}

/// The responses that prove the secret: block, signature and time.
pub fn prove(srp: &SrpClient, identity: Identity<'_>, (parameters, timestamp): (&Value, &str)) -> Value {
    let mut claim = srp.claim(parameters, (identity.group, identity.name), (identity.password, timestamp));
    claim.as_object_mut().unwrap().remove("USERNAME");
    claim
}

/// `DeviceSecretVerifierConfig` of a device: numbers as signed big-endian bytes, a leading zero included.
pub fn verifier(identity: Identity<'_>) -> Value {
    // A set top bit, so that the padding matters.
    let salt = BigNum::from_slice(&[0xf7; 16]).unwrap();
    let inner = sha256(format!("{}{}:{}", identity.group, identity.name, identity.password).as_bytes());
    let exponent = BigNum::from_slice(&sha256(&[padded(&salt).as_slice(), &inner].concat())).unwrap();
    let (mut verifier, two) = (BigNum::new().unwrap(), BigNum::from_u32(2).unwrap());
    let prime = BigNum::get_rfc3526_prime_3072().unwrap();
    verifier.mod_exp(&two, &exponent, &prime, &mut BigNumContext::new().unwrap()).unwrap();
    json!({ "Salt": STANDARD.encode(padded(&salt)), "PasswordVerifier": STANDARD.encode(padded(&verifier)) })
}

fn padded(number: &BigNumRef) -> Vec<u8> {
    let bytes = number.to_vec();
    if bytes[0] & 0x80 == 0 { bytes } else { [&[0], bytes.as_slice()].concat() }
}
