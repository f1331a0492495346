//! Owns the hash functions that other people's protocols let the sender choose.
//! It must not know which of them a protocol may accept; callers keep their own lists.

use openssl::hash::MessageDigest;

/// A hash function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hash {
    /// SHA-1. Fit for the mask of RSA-OAEP, never for signatures.
    Sha1,
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

impl Hash {
    /// The digest of `message`; empty only where the library cannot hash at all.
    #[must_use]
    pub fn digest(self, message: &[u8]) -> Vec<u8> {
        openssl::hash::hash(self.function(), message).map(|digest| digest.to_vec()).unwrap_or_default()
    }

    pub(super) fn function(self) -> MessageDigest {
        match self {
            Self::Sha1 => MessageDigest::sha1(),
            Self::Sha256 => MessageDigest::sha256(),
            Self::Sha384 => MessageDigest::sha384(),
            Self::Sha512 => MessageDigest::sha512(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::digest::hex;

    #[test]
    fn digests_are_the_standards() {
        assert_eq!(hex(&Hash::Sha1.digest(b"abc")), "a9993e364706816aba3e25717850c26c9cd0d89d");
        assert_eq!(
            hex(&Hash::Sha256.digest(b"abc")),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
        assert!(hex(&Hash::Sha384.digest(b"abc")).starts_with("cb00753f45a35e8bb5a03d699ac65007"));
        assert!(hex(&Hash::Sha512.digest(b"abc")).starts_with("ddaf35a193617abacc417349ae204131"));
    }
}
