//! Owns randomness and the shapes made of it: identifiers, codes, tokens.
//! It must not know what they are for.

use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};

const ALPHANUMERIC: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const LOWER_ALPHANUMERIC: &[u8] = b"abcdefghijklmnopqrstuvwxyz0123456789";

/// Where randomness comes from.
#[derive(Debug, Clone)]
pub enum Random {
    /// The operating system's generator.
    Real,
    /// A reproducible sequence, for tests.
    Seeded(Arc<Mutex<StdRng>>),
}

impl Random {
    /// A reproducible sequence that starts from `seed`.
    #[must_use]
    pub fn seeded(seed: u64) -> Self {
        Self::Seeded(Arc::new(Mutex::new(StdRng::seed_from_u64(seed))))
    }

    /// Fills `buffer` with random bytes.
    pub fn fill(&self, buffer: &mut [u8]) {
        match self {
            Self::Real => real_fill(buffer),
            Self::Seeded(source) => source.lock().unwrap_or_else(PoisonError::into_inner).fill_bytes(buffer),
        }
    }

    /// `N` random bytes.
    #[must_use]
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut buffer = [0; N];
        self.fill(&mut buffer);
        buffer
    }

    /// A random UUID (version 4, lower case), the shape of codes, `jti` and request ids.
    #[must_use]
    pub fn uuid(&self) -> String {
        uuid::Builder::from_random_bytes(self.bytes::<16>()).into_uuid().to_string()
    }

    /// A 256-bit secret in base64url without padding (43 characters).
    #[must_use]
    pub fn token(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.bytes::<32>())
    }

    /// Six decimal digits, each value equally likely.
    #[must_use]
    pub fn six_digits(&self) -> String {
        format!("{:06}", self.below(1_000_000))
    }

    /// `length` characters of `[A-Za-z0-9]`.
    #[must_use]
    pub fn alphanumeric(&self, length: usize) -> String {
        self.pick(ALPHANUMERIC, length)
    }

    /// `length` characters of `[a-z0-9]`.
    #[must_use]
    pub fn lower_alphanumeric(&self, length: usize) -> String {
        self.pick(LOWER_ALPHANUMERIC, length)
    }

    /// A number in `0..limit` without modulo bias (rejection sampling).
    #[must_use]
    pub fn below(&self, limit: u32) -> u32 {
        let zone = u32::MAX - u32::MAX % limit;
        loop {
            let value = u32::from_be_bytes(self.bytes::<4>());
            if value < zone {
                return value % limit;
            }
        }
    }

    fn pick(&self, alphabet: &[u8], length: usize) -> String {
        let size = u32::try_from(alphabet.len()).unwrap_or(u32::MAX);
        (0..length).map(|_| char::from(alphabet[self.below(size) as usize])).collect()
    }
}

#[expect(clippy::disallowed_methods, reason = "the one place that asks for real randomness")]
fn real_fill(buffer: &mut [u8]) {
    rand::rng().fill_bytes(buffer);
}
