//! Owns a pool's key pair as a SAML service provider: making it, and reading it back.
//! It must not know where it is kept nor how it is sealed.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret as _, SecretString};

use crate::clock::Timestamp;
use crate::crypto::rsa::RsaKey;
use crate::federation::{FederationFault, SamlKeys};
use crate::random::Random;

/// How long Cognito's certificates are valid.
const YEARS: u8 = 10;

/// A new key pair with a certificate of `common_name`, valid from `now` on. Takes tenths of a second of CPU.
///
/// # Errors
/// When the library has no randomness or refuses the name.
pub fn generate(random: &Random, now: Timestamp, common_name: &str) -> Result<SamlKeys, FederationFault> {
    let key = RsaKey::generate().map_err(super::own_fault)?;
    let private_key = key.to_pkcs8().map_err(super::own_fault)?;
    let certificate = key.self_signed(common_name, random.bytes(), now.seconds(), YEARS).map_err(super::own_fault)?;
    Ok(SamlKeys {
        private_key: SecretString::from(STANDARD.encode(private_key.as_slice())),
        certificate: STANDARD.encode(certificate),
    })
}

/// The key in a [`SamlKeys`].
///
/// # Errors
/// When it is not a key.
pub fn private_key(encoded: &SecretString) -> Result<RsaKey, FederationFault> {
    let der = STANDARD.decode(encoded.expose_secret()).ok().map(zeroize::Zeroizing::new);
    der.and_then(|der| RsaKey::from_pkcs8(&der)).ok_or_else(|| super::own_fault("the SAML key is not PKCS#8"))
}
