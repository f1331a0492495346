//! Owns SHA-256 and what is made of it: keyed digests, key derivation, Cognito's secret hash, constant-time equality.
//! It must not know which value is a secret: whoever calls it does.

use aws_lc_rs::{constant_time, digest, hkdf, hmac};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

/// The length of every digest made here, in bytes.
pub const DIGEST_LENGTH: usize = 32;

/// SHA-256 of `message`.
#[must_use]
pub fn sha256(message: &[u8]) -> [u8; DIGEST_LENGTH] {
    array(digest::digest(&digest::SHA256, message).as_ref())
}

/// SHA-256 of `text` in base64url without padding: the `S256` challenge of RFC 7636 §4.2, and the form in which
/// tokens are stored.
#[must_use]
pub fn sha256_base64url(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(sha256(text.as_bytes()))
}

/// The left half of SHA-256 of `text` in base64url without padding: `at_hash` of OpenID Connect Core 1.0 §3.1.3.6
/// for a token signed with RS256.
#[must_use]
pub fn left_half_base64url(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(&sha256(text.as_bytes())[..DIGEST_LENGTH / 2])
}

/// HMAC-SHA256 of `message` under `key` (RFC 2104).
#[must_use]
pub fn hmac_sha256(key: &[u8], message: &[u8]) -> [u8; DIGEST_LENGTH] {
    array(hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), message).as_ref())
}

/// The first 32 bytes of HKDF-SHA256 (RFC 5869); the parts of `info` are joined.
#[must_use]
pub fn hkdf_sha256(salt: &[u8], secret: &[u8], info: &[&[u8]]) -> [u8; DIGEST_LENGTH] {
    let key = hkdf::Salt::new(hkdf::HKDF_SHA256, salt).extract(secret);
    let mut output = [0; DIGEST_LENGTH];
    key.expand(info, hkdf::HKDF_SHA256)
        .and_then(|material| material.fill(&mut output))
        .expect("32 bytes are within the 8160 that HKDF-SHA256 can give");
    output
}

/// Whether `a` and `b` are the same bytes. The time taken tells their lengths, never their contents.
#[must_use]
pub fn is_equal(a: &[u8], b: &[u8]) -> bool {
    constant_time::verify_slices_are_equal(a, b).is_ok()
}

/// Cognito's `SECRET_HASH`: base64 of HMAC-SHA256 of the username and the client id under the client secret.
/// `username` is the value sent in the same request.
#[must_use]
pub fn secret_hash(username: &str, client_id: &str, client_secret: &str) -> String {
    STANDARD.encode(hmac_sha256(client_secret.as_bytes(), format!("{username}{client_id}").as_bytes()))
}

/// `bytes` in lower-case hexadecimal digits.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    hex::encode(bytes)
}

fn array(output: &[u8]) -> [u8; DIGEST_LENGTH] {
    output.try_into().expect("SHA-256 gives 32 bytes")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_is_that_of_the_standard() {
        assert_eq!(hex(&sha256(b"abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }

    #[test]
    fn the_pkce_challenge_is_that_of_rfc_7636() {
        let challenge = sha256_base64url("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
        assert_eq!(challenge, "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    }

    #[test]
    fn the_access_token_hash_is_that_of_the_openid_connect_example() {
        assert_eq!(left_half_base64url("jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y"), "77QmUPtjPfzWtF2AnpK9RQ");
    }

    #[test]
    fn the_keyed_digest_is_that_of_rfc_4231() {
        let digest = hmac_sha256(b"Jefe", b"what do ya want for nothing?");
        assert_eq!(hex(&digest), "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    }

    #[test]
    fn derivation_is_that_of_rfc_5869() {
        let output = hkdf_sha256(
            &(0..=12).collect::<Vec<u8>>(),
            &[0x0b; 22],
            &[&[0xf0, 0xf1, 0xf2, 0xf3], &[0xf4, 0xf5, 0xf6, 0xf7, 0xf8, 0xf9]],
        );
        assert_eq!(hex(&output), "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf");
    }

    #[test]
    fn equality_needs_the_same_bytes_and_the_same_length() {
        assert!(is_equal(b"secret", b"secret"));
        assert!(is_equal(b"", b""));
        assert!(!is_equal(b"secret", b"secres"));
        assert!(!is_equal(b"secret", b"secre"));
        assert!(!is_equal(b"", b"s"));
    }

    #[test]
    fn the_secret_hash_is_keyed_with_the_secret_over_username_then_client() {
        // Computed with Python's hmac module.
        assert_eq!(
            secret_hash("alice", "4d7f3k2example", "s3cr3tvalue"),
            "bXH0+Rk5Fb1g/Y9K3bQhnxtjcxaocRaVrYNRSmUT8NM="
        );
        assert_ne!(secret_hash("alice", "client", "one"), secret_hash("alice", "client", "two"));
    }
}
