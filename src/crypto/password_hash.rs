//! Owns how passwords are hashed: Argon2id with OWASP's parameters, kept as PHC strings; hashes that came along from
//! other systems are verified too.
//! It must not know password policy, nor on which thread it runs: a hash takes tens of milliseconds, so callers
//! keep it off the threads that serve requests and bound how many run at once.

use std::fmt;
use std::sync::{Mutex, PoisonError};

use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use argon2::{Algorithm, Argon2, Block, Params, Version};

use super::digest::is_equal;
use super::foreign_hash::{ForeignHash, HashFamily};

/// Memory for one hash, in KiB (OWASP Password Storage Cheat Sheet).
const MEMORY_KIBIBYTES: u32 = 19_456;
const ITERATIONS: u32 = 2;
const LANES: u32 = 1;
const OUTPUT_LENGTH: usize = 32;

/// The costliest parameters that [`PasswordHasher::verify`] follows: a stored hash may have been imported, and must
/// not be able to take all memory or run for minutes.
const MAX_MEMORY_KIBIBYTES: u32 = 262_144;
const MAX_ITERATIONS: u32 = 16;
const MAX_LANES: u32 = 16;
/// Memory times iterations.
const MAX_WORK: u64 = 1 << 21;
/// How a hash of ours begins.
const OURS: &str = "$argon2id$v=19$m=19456,t=2,p=1$";

/// Salt and hash are random bytes: no password gives them.
const DECOY: &str = "$argon2id$v=19$m=19456,t=2,p=1$uned9qh6GwT4XQaPP15iYA$XU1vzxzuu1ddA1mxpYiDk02iWqrLBxxJEc/C7831j7s";

/// A password could not be hashed: it is longer than Argon2 takes (4 GiB).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the password could not be hashed")]
pub struct HashFault;

/// Hashes and verifies, and keeps the memory for it, so that a hash does not start by having 19 MiB paged in.
/// It ends up holding as many blocks of memory as hashes ran at the same time.
#[derive(Default)]
pub struct PasswordHasher {
    free: Mutex<Vec<Memory>>,
}

type Memory = Vec<Block>;

impl PasswordHasher {
    /// A hasher that holds no memory yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The PHC string for `password`: `$argon2id$v=19$m=19456,t=2,p=1$salt$hash`. `salt` must be random.
    ///
    /// # Errors
    /// [`HashFault`].
    pub fn hash(&self, password: &[u8], salt: [u8; 16]) -> Result<String, HashFault> {
        let params = Params::new(MEMORY_KIBIBYTES, ITERATIONS, LANES, Some(OUTPUT_LENGTH)).map_err(|_| HashFault)?;
        let phc_params = ParamsString::try_from(&params).map_err(|_| HashFault)?;
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let mut output = [0; OUTPUT_LENGTH];
        self.compute(&argon2, password, &salt, &mut output)?;
        let phc = PasswordHash {
            algorithm: Algorithm::Argon2id.ident(),
            version: Some(Version::V0x13.into()),
            params: phc_params,
            salt: Some(Salt::new(&salt).map_err(|_| HashFault)?),
            hash: Some(Output::new(&output).map_err(|_| HashFault)?),
        };
        Ok(phc.to_string())
    }

    /// Whether `hash` was made of `password`, with the parameters that it names. A string that does not parse, or
    /// that asks for unreasonable cost, is false.
    #[must_use]
    pub fn verify(&self, password: &[u8], hash: &str) -> bool {
        if is_argon2(hash) {
            return self
                .recompute(password, hash)
                .is_some_and(|(expected, actual)| is_equal(expected.as_bytes(), &actual));
        }
        ForeignHash::parse(hash).is_some_and(|foreign| foreign.is_made_of(password))
    }

    fn recompute(&self, password: &[u8], phc: &str) -> Option<(Output, Vec<u8>)> {
        let (argon2, salt, expected) = parse(phc)?;
        let mut actual = vec![0; expected.len()];
        self.compute(&argon2, password, &salt, &mut actual).ok()?;
        Some((expected, actual))
    }

    /// What an earlier hash left in the memory is overwritten before it is read, so it is not wiped.
    fn compute(&self, argon2: &Argon2<'_>, password: &[u8], salt: &[u8], output: &mut [u8]) -> Result<(), HashFault> {
        let block_count = argon2.params().block_count();
        let is_usual = block_count == MEMORY_KIBIBYTES as usize;
        let mut memory = if is_usual { self.take() } else { vec![Block::new(); block_count] };
        let result = argon2.hash_password_into_with_memory(password, salt, output, &mut memory);
        if is_usual {
            self.free.lock().unwrap_or_else(PoisonError::into_inner).push(memory);
        }
        result.map_err(|_| HashFault)
    }

    fn take(&self) -> Memory {
        let kept = self.free.lock().unwrap_or_else(PoisonError::into_inner).pop();
        kept.unwrap_or_else(|| vec![Block::new(); MEMORY_KIBIBYTES as usize])
    }
}

impl fmt::Debug for PasswordHasher {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("PasswordHasher")
    }
}

/// Whether `hash` is what [`PasswordHasher::hash`] makes today.
#[must_use]
pub fn is_ours(hash: &str) -> bool {
    hash.starts_with(OURS)
}

/// The family of a hash that can be verified; `None` for everything else, which no password would ever match.
#[must_use]
pub fn family(hash: &str) -> Option<HashFamily> {
    if is_argon2(hash) {
        return parse(hash).map(|_| HashFamily::Argon2);
    }
    ForeignHash::parse(hash).map(|foreign| foreign.family())
}

fn is_argon2(hash: &str) -> bool {
    hash.starts_with("$argon2")
}

fn parse(phc: &str) -> Option<(Argon2<'static>, Salt, Output)> {
    let parsed = PasswordHash::new(phc).ok()?;
    let (salt, expected) = (parsed.salt?, parsed.hash?);
    let algorithm = Algorithm::try_from(parsed.algorithm.as_str()).ok()?;
    let version = Version::try_from(parsed.version?).ok()?;
    let params = Params::try_from(&parsed).ok()?;
    let is_reasonable = params.m_cost() <= MAX_MEMORY_KIBIBYTES
        && params.t_cost() <= MAX_ITERATIONS
        && params.p_cost() <= MAX_LANES
        && u64::from(params.m_cost()) * u64::from(params.t_cost()) <= MAX_WORK;
    is_reasonable.then(|| (Argon2::new(algorithm, version, params), salt, expected))
}

/// A well-formed hash that no known password gives. Verifying against it makes an unknown user cost as much time as
/// a wrong password.
#[must_use]
pub fn decoy() -> &'static str {
    DECOY
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_verifies_against_its_own_hash_only() {
        let hasher = PasswordHasher::new();
        let phc = hasher.hash(b"Passw0rd!", [7; 16]).unwrap();
        assert!(phc.starts_with("$argon2id$v=19$m=19456,t=2,p=1$BwcHBwcHBwcHBwcHBwcHBw$"), "{phc}");
        assert!(hasher.verify(b"Passw0rd!", &phc));
        assert!(!hasher.verify(b"Passw0rd", &phc));
        assert!(!hasher.verify(b"", &phc));
    }

    #[test]
    fn memory_that_was_used_before_changes_no_hash() {
        let hasher = PasswordHasher::new();
        let first = hasher.hash(b"one", [1; 16]).unwrap();
        let second = hasher.hash(b"two", [2; 16]).unwrap();
        assert_eq!(hasher.hash(b"one", [1; 16]).unwrap(), first);
        assert_eq!(PasswordHasher::new().hash(b"two", [2; 16]).unwrap(), second);
        assert_eq!(hasher.free.lock().unwrap().len(), 1);
    }

    #[test]
    fn a_hash_with_other_parameters_verifies() {
        // Made with the argon2 package of Python: time_cost=3, memory_cost=64, parallelism=2, salt "somesaltsomesalt".
        let phc = "$argon2id$v=19$m=64,t=3,p=2$c29tZXNhbHRzb21lc2FsdA$1CPz4PuyeKkknCNTU5v52qlMt5LtwQsgM5BbeG7cH60";
        let hasher = PasswordHasher::new();
        assert!(hasher.verify(b"password", phc));
        assert!(!hasher.verify(b"Password", phc));
        assert!(hasher.free.lock().unwrap().is_empty());
    }

    #[test]
    fn what_does_not_parse_or_costs_too_much_is_false() {
        let hasher = PasswordHasher::new();
        let hash = "BwcHBwcHBwcHBwcHBwcHBw$veOQ1rX0m8b7oYp2Q5kZ3uGHcWf6tLxJ1aEsDnIyRgA";
        for phc in [
            "",
            "password",
            "$argon2id$v=19$m=19456,t=2,p=1",
            "$argon2id$v=19$m=19456,t=2,p=1$BwcHBwcHBwcHBwcHBwcHBw",
            &format!("$argon2id$v=20$m=19456,t=2,p=1${hash}"),
            &format!("$scrypt$v=19$m=19456,t=2,p=1${hash}"),
            &format!("$argon2id$v=19$m=4294967295,t=2,p=1${hash}"),
            &format!("$argon2id$v=19$m=19456,t=4294967295,p=1${hash}"),
        ] {
            assert!(!hasher.verify(b"password", phc), "{phc}");
        }
    }

    #[test]
    fn the_decoy_costs_a_whole_hash_and_never_verifies() {
        let hasher = PasswordHasher::new();
        assert!(hasher.recompute(b"password", decoy()).is_some());
        assert!(!hasher.verify(b"password", decoy()));
        assert_eq!(hasher.free.lock().unwrap().len(), 1);
    }
}
