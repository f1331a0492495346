//! Owns the memory of signatures that were found good, so that a token that comes again and again costs its RSA
//! arithmetic once. It holds prints of whole tokens, and goes with the keys that it speaks of. It must not know claims.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use crate::crypto::digest::{self, DIGEST_LENGTH};

/// Prints in one generation. Two are kept, so this is the least number of tokens that are remembered.
const GENERATION: usize = 4096;

type Print = [u8; DIGEST_LENGTH];

/// Tokens whose signature was good.
#[derive(Default)]
pub struct GoodSignatures(Mutex<Generations>);

#[derive(Default)]
struct Generations {
    young: HashSet<Print>,
    old: HashSet<Print>,
}

impl GoodSignatures {
    /// Whether the signature of `token` is good: it was, or `check` says so now.
    pub fn is_good(&self, token: &str, check: impl FnOnce() -> bool) -> bool {
        let print = digest::sha256(token.as_bytes());
        if self.with(|generations| generations.knows(&print)) {
            return true;
        }
        let is_good = check();
        if is_good {
            self.with(|generations| generations.remember(print));
        }
        is_good
    }

    fn with<T>(&self, work: impl FnOnce(&mut Generations) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Generations {
    /// Whether `print` is known. One of the old generation that is asked for stays for another one.
    fn knows(&mut self, print: &Print) -> bool {
        if self.young.contains(print) {
            return true;
        }
        let is_old = self.old.remove(print);
        if is_old {
            self.remember(*print);
        }
        is_old
    }

    fn remember(&mut self, print: Print) {
        if self.young.len() >= GENERATION {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(print);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_good_signature_is_checked_once_and_a_bad_one_every_time() {
        let known = GoodSignatures::default();
        assert!(!known.is_good("a.b.c", || false));
        assert!(!known.is_good("a.b.c", || false), "a bad one is not remembered as good");
        assert!(known.is_good("a.b.c", || true));
        assert!(known.is_good("a.b.c", || false), "it was remembered");
        assert!(!known.is_good("a.b.d", || false), "another token is not the same");
    }

    #[test]
    fn the_memory_is_bounded_and_keeps_what_is_used() {
        let known = GoodSignatures::default();
        known.is_good("used", || true);
        for number in 0..5 * GENERATION {
            known.is_good(&number.to_string(), || true);
            assert!(known.is_good("used", || false), "forgotten after {number}");
        }
        assert!(!known.is_good("0", || false), "what was long not used is forgotten");
        assert!(known.with(|generations| generations.young.len() + generations.old.len()) <= 2 * GENERATION);
    }
}
