//! Owns authenticated encryption of small values (cookies, signing keys, secrets at rest) and the keys for it,
//! all derived from one master key.
//! It must not know where the master key comes from nor what is sealed; callers bring a fresh nonce.

use std::fmt;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use zeroize::Zeroizing;

use super::digest::{DIGEST_LENGTH, hkdf_sha256};

/// The length of a nonce, in bytes.
pub const NONCE_LENGTH: usize = 12;

const VERSION: u8 = 1;
const TAG_LENGTH: usize = 16;
const SALT: &[u8] = b"cenote";

/// A key for one purpose. AES-256-GCM; the key is wiped by the library when dropped.
pub struct SealingKey(LessSafeKey);

impl SealingKey {
    /// The sealing key for `purpose` under `master`. Keys of different purposes are independent.
    #[must_use]
    pub fn derive(master: &[u8], purpose: &str) -> Self {
        let key = Zeroizing::new(hkdf_sha256(SALT, master, &[b"seal:", purpose.as_bytes()]));
        Self(LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key.as_slice()).expect("AES-256 takes 32 bytes")))
    }

    /// Seals `plaintext` in base64url without padding of: version, nonce, ciphertext, tag. It opens only under the
    /// same `context`, which is authenticated and not stored.
    ///
    /// `nonce` must never come twice under one key: pass fresh random bytes, and at most 2^32 times (NIST SP 800-38D §8.3).
    #[must_use]
    pub fn seal(&self, nonce: [u8; NONCE_LENGTH], plaintext: &[u8], context: &str) -> String {
        let mut sealed = Vec::with_capacity(1 + NONCE_LENGTH + plaintext.len() + TAG_LENGTH);
        sealed.push(VERSION);
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(plaintext);
        let tag = self
            .0
            .seal_in_place_separate_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(context),
                &mut sealed[1 + NONCE_LENGTH..],
            )
            .expect("a value in memory is shorter than the 64 GiB that AES-GCM takes");
        sealed.extend_from_slice(tag.as_ref());
        URL_SAFE_NO_PAD.encode(sealed)
    }

    /// What was sealed, or nothing if `sealed` was changed or cut, or belongs to another key or `context`.
    #[must_use]
    pub fn open(&self, sealed: &str, context: &str) -> Option<Vec<u8>> {
        let mut bytes = URL_SAFE_NO_PAD.decode(sealed).ok()?;
        let (version, rest) = bytes.split_first_mut()?;
        let (nonce, ciphertext) = rest.split_at_mut_checked(NONCE_LENGTH)?;
        if *version != VERSION {
            return None;
        }
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        self.0.open_in_place(nonce, Aad::from(context), ciphertext).ok().map(|plaintext| plaintext.to_vec())
    }
}

impl fmt::Debug for SealingKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("SealingKey")
    }
}

/// 32 secret bytes for `purpose` under `master`, such as a key for HMAC. Independent of every sealing key.
#[must_use]
pub fn derive_bytes(master: &[u8], purpose: &str) -> [u8; DIGEST_LENGTH] {
    hkdf_sha256(SALT, master, &[b"bytes:", purpose.as_bytes()])
}

#[cfg(test)]
mod tests {
    use super::*;

    const MASTER: &[u8] = b"a master key of thirty-two bytes";

    fn key() -> SealingKey {
        SealingKey::derive(MASTER, "cookie")
    }

    #[test]
    fn what_was_sealed_opens() {
        for plaintext in [b"".as_slice(), b"s", &[7; 5000]] {
            let sealed = key().seal([1; NONCE_LENGTH], plaintext, "session");
            assert_eq!(key().open(&sealed, "session").as_deref(), Some(plaintext));
        }
    }

    #[test]
    fn a_changed_ciphertext_does_not_open() {
        let sealed = key().seal([1; NONCE_LENGTH], b"value", "session");
        let bytes = URL_SAFE_NO_PAD.decode(&sealed).unwrap();
        for position in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[position] ^= 1;
            assert_eq!(key().open(&URL_SAFE_NO_PAD.encode(changed), "session"), None, "byte {position}");
        }
    }

    #[test]
    fn a_cut_or_foreign_text_does_not_open() {
        let sealed = key().seal([1; NONCE_LENGTH], b"value", "session");
        for length in 0..sealed.len() {
            assert_eq!(key().open(&sealed[..length], "session"), None, "length {length}");
        }
        assert_eq!(key().open("not base64url!", "session"), None);
        assert_eq!(key().open(&format!("{sealed}="), "session"), None);
    }

    #[test]
    fn another_context_purpose_or_master_does_not_open() {
        let sealed = key().seal([1; NONCE_LENGTH], b"value", "session");
        assert_eq!(key().open(&sealed, "sessio"), None);
        assert_eq!(SealingKey::derive(MASTER, "other").open(&sealed, "session"), None);
        assert_eq!(SealingKey::derive(b"another master", "cookie").open(&sealed, "session"), None);
    }

    #[test]
    fn derived_bytes_differ_by_purpose_and_repeat() {
        assert_eq!(derive_bytes(MASTER, "a"), derive_bytes(MASTER, "a"));
        assert_ne!(derive_bytes(MASTER, "a"), derive_bytes(MASTER, "b"));
    }

    #[test]
    fn the_key_prints_nothing_of_itself() {
        assert_eq!(format!("{:?}", key()), "SealingKey");
    }
}
