//! Owns the units of measure, taken in the same run as everything else, and the way of comparing two servers:
//! alternating rounds, medians.

use std::thread;

use anyhow::{Result, bail};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use cenote::crypto::password_hash::PasswordHasher;

use crate::cpu;
use crate::load::Sample;

/// Every seeded user's password.
pub const PASSWORD: &[u8] = b"Budget-Pass-1";

const SIGNATURES: u32 = 100;
const HASHES: u32 = 6;

/// What the units are measured with. Every core is busy meanwhile, as it is when a server is driven.
pub struct Units {
    key: RsaKeyPair,
    hasher: PasswordHasher,
    hash: String,
    cores: usize,
}

/// The medians of alternating rounds.
#[derive(Debug, Clone, Copy)]
pub struct Compared {
    /// Processor time of one RSA-2048 signature (S), in microseconds.
    pub signature: f64,
    /// Processor time on the floor (or whatever came first), in microseconds.
    pub floor: f64,
    /// Processor time on Cenote, in microseconds.
    pub cenote: f64,
    /// The second by the first, the median of the rounds' ratios.
    pub ratio: f64,
    /// Pieces a second on Cenote.
    pub rate: f64,
}

impl Compared {
    /// Cenote's processor time in units of S.
    pub fn in_signatures(&self) -> f64 {
        self.cenote / self.signature
    }

    /// The floor's processor time in units of S.
    pub fn floor_in_signatures(&self) -> f64 {
        self.floor / self.signature
    }
}

impl Units {
    /// Makes a key and a hash to measure with.
    ///
    /// # Errors
    /// When the machine cannot make a key.
    pub fn new() -> Result<Self> {
        let Ok(key) = RsaKeyPair::generate(KeySize::Rsa2048) else { bail!("no RSA key") };
        let hasher = PasswordHasher::new();
        let hash = hasher.hash(PASSWORD, [7; 16])?;
        Ok(Self { key, hasher, hash, cores: thread::available_parallelism()?.get() })
    }

    /// Processor time of one RSA-2048 signature, in microseconds.
    ///
    /// # Errors
    /// When the kernel keeps no account of threads.
    pub fn signature(&self) -> Result<f64> {
        self.on_every_core(SIGNATURES, || {
            let mut signature = vec![0; self.key.public_modulus_len()];
            if self.key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), b"message", &mut signature).is_err() {
                bail!("no signature");
            }
            Ok(())
        })
    }

    /// Processor time of one password check, in microseconds.
    ///
    /// # Errors
    /// When the kernel keeps no account of threads.
    pub fn password_check(&self) -> Result<f64> {
        self.on_every_core(HASHES, || {
            if !self.hasher.verify(PASSWORD, &self.hash) {
                bail!("the password check fails");
            }
            Ok(())
        })
    }

    fn on_every_core(&self, times: u32, work: impl Fn() -> Result<()> + Sync) -> Result<f64> {
        let one = || {
            let before = cpu::of_this_thread()?;
            (0..times).try_for_each(|_| work())?;
            Ok((cpu::of_this_thread()? - before).as_secs_f64() * 1e6 / f64::from(times))
        };
        let each: Vec<Result<f64>> = thread::scope(|scope| {
            let threads: Vec<_> = (0..self.cores).map(|_| scope.spawn(one)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap_or_else(|_| bail!("a thread died"))).collect()
        });
        let each = each.into_iter().collect::<Result<Vec<_>>>()?;
        Ok(each.iter().sum::<f64>() / each.len() as f64)
    }

    /// Measures `floor` and `cenote` in turn, after one round that does not count.
    ///
    /// # Errors
    /// The first that a round has.
    pub fn compare(
        &self,
        rounds: usize,
        mut floor: impl FnMut() -> Result<Sample>,
        mut cenote: impl FnMut() -> Result<Sample>,
    ) -> Result<Compared> {
        floor()?;
        cenote()?;
        let mut taken = Vec::with_capacity(rounds);
        for _ in 0..rounds {
            taken.push((self.signature()?, floor()?, cenote()?));
        }
        Ok(Compared {
            signature: median(taken.iter().map(|(signature, _, _)| *signature)),
            floor: median(taken.iter().map(|(_, floor, _)| floor.micros)),
            cenote: median(taken.iter().map(|(_, _, cenote)| cenote.micros)),
            ratio: median(taken.iter().map(|(_, floor, cenote)| cenote.micros / floor.micros)),
            rate: median(taken.iter().map(|(_, _, cenote)| cenote.rate)),
        })
    }
}

/// The middle one of `values`.
pub fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
