//! Owns the keys of the simulated providers. They are made at every start and protect nothing: whoever asks is signed in.
//! It must not know what is signed.

use std::io;
use std::thread;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde::Serialize;

use super::kind::Kind;
use super::saml::SamlKey;
use crate::clock::Timestamp;
use crate::crypto::jwt::{KeyFault, SigningKey};
use crate::random::Random;

/// One key for each provider that signs.
#[derive(Debug)]
pub struct Keys {
    google: SigningKey,
    apple: SigningKey,
    oidc: SigningKey,
    /// The key of the SAML identity provider.
    pub saml: SamlKey,
}

impl Keys {
    /// New keys, made side by side since each takes a while.
    ///
    /// # Errors
    /// When the system cannot make a key.
    pub fn generate(random: &Random, now: Timestamp) -> io::Result<Self> {
        let [google, apple, oidc, saml] = thread::scope(|scope| {
            [(); 4]
                .map(|()| scope.spawn(SigningKey::generate_pkcs8))
                .map(|made| made.join().unwrap_or(Err(KeyFault::Generation)))
        });
        let named = |der: Result<Vec<u8>, KeyFault>| {
            der.and_then(|der| SigningKey::from_pkcs8(random.lower_alphanumeric(20), &der)).map_err(io::Error::other)
        };
        Ok(Self {
            google: named(google)?,
            apple: named(apple)?,
            oidc: named(oidc)?,
            saml: SamlKey::new(&saml.map_err(io::Error::other)?, now).map_err(io::Error::other)?,
        })
    }

    /// The key with which `kind` signs ID tokens.
    #[must_use]
    pub const fn of(&self, kind: Kind) -> &SigningKey {
        match kind {
            Kind::Google => &self.google,
            Kind::Apple => &self.apple,
            Kind::Oidc | Kind::Facebook | Kind::Amazon | Kind::Saml => &self.oidc,
        }
    }

    /// `claims` as a token of `kind`; a broken one has a signature that is not its own.
    ///
    /// # Errors
    /// [`KeyFault::Signing`].
    pub fn sign(&self, kind: Kind, claims: &impl Serialize, is_broken: bool) -> Result<String, KeyFault> {
        let token = self.of(kind).sign(claims)?;
        Ok(if is_broken { spoiled(&token) } else { token })
    }
}

/// The body of a new P-256 key in a PKCS#8 file, as Apple hands out; empty if the system cannot make one.
#[must_use]
pub fn new_apple_private_key() -> String {
    EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new())
        .map(|document| STANDARD.encode(document.as_ref()))
        .unwrap_or_default()
}

/// `bytes` with one bit changed.
#[must_use]
pub fn with_changed_bit(mut bytes: Vec<u8>) -> Vec<u8> {
    if let Some(last) = bytes.last_mut() {
        *last ^= 1;
    }
    bytes
}

fn spoiled(token: &str) -> String {
    let (message, signature) = token.rsplit_once('.').unwrap_or((token, ""));
    let signature = with_changed_bit(URL_SAFE_NO_PAD.decode(signature).unwrap_or_default());
    format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
}
