//! Owns RSA key pairs of ours that sign and decrypt for protocols outside JOSE, and their self-signed certificates.
//! It must not know what they are for, nor where they are kept. Key generation is the one thing here whose answer
//! differs from call to call.

use openssl::asn1::Asn1Time;
use openssl::bn::BigNum;
use openssl::encrypt::Decrypter;
use openssl::error::ErrorStack;
use openssl::hash::MessageDigest;
use openssl::pkey::{PKey, Private};
use openssl::rsa::{Padding, Rsa};
use openssl::sign::Signer;
use openssl::x509::{X509, X509NameBuilder};
use zeroize::Zeroizing;

use super::hash::Hash;

const KEY_BITS: u32 = 2048;
const SECONDS_PER_YEAR: i64 = 365 * 86_400;

/// An RSA key pair.
#[derive(Clone)]
pub struct RsaKey(PKey<Private>);

impl RsaKey {
    /// A new key of 2048 bits. Takes tenths of a second.
    ///
    /// # Errors
    /// When the library has no randomness.
    pub fn generate() -> Result<Self, ErrorStack> {
        Ok(Self(PKey::from_rsa(Rsa::generate(KEY_BITS)?)?))
    }

    /// The key in `der` (PKCS#8), if it is an RSA key.
    #[must_use]
    pub fn from_pkcs8(der: &[u8]) -> Option<Self> {
        let key = PKey::private_key_from_pkcs8(der).ok()?;
        key.rsa().is_ok().then_some(Self(key))
    }

    /// The key as PKCS#8, DER.
    ///
    /// # Errors
    /// When the library cannot encode it.
    pub fn to_pkcs8(&self) -> Result<Zeroizing<Vec<u8>>, ErrorStack> {
        self.0.private_key_to_pkcs8().map(Zeroizing::new)
    }

    /// A signature over `message`: PKCS#1 v1.5 with SHA-256.
    ///
    /// # Errors
    /// When the library refuses the key.
    pub fn sign_sha256(&self, message: &[u8]) -> Result<Vec<u8>, ErrorStack> {
        Signer::new(MessageDigest::sha256(), &self.0)?.sign_oneshot_to_vec(message)
    }

    /// What was encrypted to this key with RSA-OAEP, its label hashed with `label` and its mask made with `mask`.
    #[must_use]
    pub fn decrypt_oaep(&self, ciphertext: &[u8], label: Hash, mask: Hash) -> Option<Zeroizing<Vec<u8>>> {
        let mut decrypter = Decrypter::new(&self.0).ok()?;
        decrypter.set_rsa_padding(Padding::PKCS1_OAEP).ok()?;
        decrypter.set_rsa_oaep_md(label.function()).ok()?;
        decrypter.set_rsa_mgf1_md(mask.function()).ok()?;
        let mut plaintext = Zeroizing::new(vec![0; decrypter.decrypt_len(ciphertext).ok()?]);
        let length = decrypter.decrypt(ciphertext, &mut plaintext).ok()?;
        plaintext.truncate(length);
        Some(plaintext)
    }

    /// A certificate of `common_name` signed by itself, DER, valid for `years` from `from` (seconds since the epoch).
    ///
    /// # Errors
    /// When the library refuses the name or the dates.
    pub fn self_signed(
        &self,
        common_name: &str,
        serial: [u8; 16],
        from: i64,
        years: u8,
    ) -> Result<Vec<u8>, ErrorStack> {
        let mut name = X509NameBuilder::new()?;
        name.append_entry_by_text("CN", common_name)?;
        let name = name.build();
        let until = from.saturating_add(i64::from(years) * SECONDS_PER_YEAR);
        let mut builder = X509::builder()?;
        builder.set_version(2)?;
        let serial = BigNum::from_slice(&serial[..15])?.to_asn1_integer()?;
        builder.set_serial_number(&serial)?;
        builder.set_subject_name(&name)?;
        builder.set_issuer_name(&name)?;
        let (not_before, not_after) = (Asn1Time::from_unix(from)?, Asn1Time::from_unix(until)?);
        builder.set_not_before(&not_before)?;
        builder.set_not_after(&not_after)?;
        builder.set_pubkey(&self.0)?;
        builder.sign(&self.0, MessageDigest::sha256())?;
        builder.build().to_der()
    }
}

impl std::fmt::Debug for RsaKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("RsaKey(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::certificate::{Certificate, KeyKind};

    #[test]
    fn a_signature_verifies_under_the_self_signed_certificate() {
        let key = RsaKey::generate().unwrap();
        let der = key.self_signed("urn:test", [7; 16], 1_700_000_000, 10).unwrap();
        let certificate = Certificate::from_der(&der).unwrap();
        assert_eq!(certificate.expires_at, 1_700_000_000 + 10 * SECONDS_PER_YEAR);
        let signature = key.sign_sha256(b"message").unwrap();
        let algorithm = (KeyKind::Rsa, Hash::Sha256);
        assert!(certificate.verifies(algorithm, b"message", &signature));
        assert!(!certificate.verifies(algorithm, b"another", &signature));
        assert!(!certificate.verifies((KeyKind::Rsa, Hash::Sha512), b"message", &signature));
        assert!(!certificate.verifies((KeyKind::Ecdsa, Hash::Sha256), b"message", &signature));
        assert!(!certificate.verifies(algorithm, b"message", b""));
    }

    #[test]
    fn a_key_survives_its_encoding() {
        let key = RsaKey::generate().unwrap();
        let again = RsaKey::from_pkcs8(&key.to_pkcs8().unwrap()).unwrap();
        assert_eq!(key.sign_sha256(b"m").unwrap(), again.sign_sha256(b"m").unwrap());
        assert!(RsaKey::from_pkcs8(b"not a key").is_none());
        assert!(key.decrypt_oaep(&[1; 256], Hash::Sha1, Hash::Sha1).is_none());
    }
}
