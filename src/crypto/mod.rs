//! Owns cryptography: digests, sealed values, signed tokens, password verifiers and request signatures.
//! It stands below every other layer and imports none of them. Random bytes and the time are handed in, so every
//! function here gives the same answer to the same arguments; key generation is the one exception.
//! It must not know what a user, a client or a pool is, nor where keys are stored.

pub mod aes;
pub mod certificate;
pub mod digest;
pub mod foreign_hash;
pub mod hash;
pub mod jwk;
pub mod jwt;
pub mod password_hash;
pub mod rsa;
pub mod seal;
pub mod sealed_stream;
pub mod sigv4;
pub mod srp;
pub mod tls_certificate;
pub mod totp;
pub mod webauthn;
