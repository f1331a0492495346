//! Owns time-based one-time passwords (RFC 6238) in the one variant that Cognito speaks: SHA-1, six digits, thirty
//! seconds, one step of tolerance each way. It must not know whose secret it is, nor which steps were used before.

use totp_rs::{Builder, Secret};
use zeroize::{Zeroize, ZeroizeOnDrop};

/// Bytes of a secret, which make 52 letters of base32.
pub const SECRET_LENGTH: usize = 32;

/// The secret that an authenticator app shares.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct TotpSecret([u8; SECRET_LENGTH]);

impl TotpSecret {
    /// A secret of random bytes.
    #[must_use]
    pub const fn new(random: [u8; SECRET_LENGTH]) -> Self {
        Self(random)
    }

    /// The secret in raw bytes, for sealing.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The secret from raw bytes.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// The secret as people and apps copy it.
    #[must_use]
    pub fn to_base32(&self) -> String {
        Secret::from(self.0).to_base32()
    }

    /// The address that a QR code holds; colons, which would end a name, are left out of names.
    #[must_use]
    pub fn to_url(&self, issuer: &str, account: &str) -> String {
        let plain = |text: &str| text.replace(':', " ");
        let account = if account.is_empty() { "account".to_owned() } else { plain(account) };
        let totp = Builder::new()
            .with_secret(Secret::from(self.0))
            .with_issuer(Some(plain(issuer)))
            .with_account_name(account)
            .build_noncompliant();
        totp.to_url().unwrap_or_default()
    }

    /// The time step whose code `typed` is, of the one at `seconds` since the epoch and its neighbours.
    #[must_use]
    pub fn matching_step(&self, typed: &str, seconds: i64) -> Option<i64> {
        let is_code = typed.len() == 6 && typed.bytes().all(|letter| letter.is_ascii_digit());
        let seconds = u64::try_from(seconds).ok().filter(|_| is_code)?;
        let totp = Builder::new().with_secret(Secret::from(self.0)).build_noncompliant();
        totp.check(typed, seconds).and_then(|step| i64::try_from(step).ok())
    }
}

impl std::fmt::Debug for TotpSecret {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("TotpSecret")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret() -> TotpSecret {
        TotpSecret::from_bytes(b"12345678901234567890123456789012").unwrap()
    }

    #[test]
    fn codes_of_one_step_each_way_match_and_say_which() {
        // The code of step 1 (second 59) for this secret, computed with Python's hmac module.
        for (seconds, expected) in [(59, Some(1)), (29, Some(1)), (89, Some(1)), (90, None), (0, Some(1))] {
            assert_eq!(secret().matching_step(CODE_OF_STEP_1, seconds), expected, "{seconds}");
        }
        for typed in ["", "12345", "1234567", "12a456", "١٢٣٤٥٦"] {
            assert_eq!(secret().matching_step(typed, 59), None);
        }
    }

    const CODE_OF_STEP_1: &str = "599872";

    #[test]
    fn the_secret_is_fifty_two_letters_and_prints_nothing_of_itself() {
        assert_eq!(secret().to_base32().len(), 52);
        assert_eq!(format!("{:?}", secret()), "TotpSecret");
        assert!(TotpSecret::from_bytes(b"short").is_none());
    }

    #[test]
    fn the_address_names_issuer_and_account() {
        let url = secret().to_url("Meadow: the pool", "jane@example.com");
        assert!(url.starts_with("otpauth://totp/Meadow%20%20the%20pool:jane%40example.com?secret="), "{url}");
        assert!(url.contains("&issuer=Meadow"), "{url}");
    }
}
