//! Owns the workers that do slow cryptography: password hashes, SRP verifiers, new signing keys. As many at once as
//! there are cores, a bounded queue before them; who comes on top is told to slow down. Each hash takes 19 MiB, so
//! an unbounded pool would eat the machine.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::Semaphore;

use crate::crypto::password_hash::{PasswordHasher, decoy};
use crate::crypto::srp::Verifier;
use crate::error::Error;

/// The workers.
#[derive(Clone)]
pub struct PasswordWorkers {
    hasher: Arc<PasswordHasher>,
    free: Arc<Semaphore>,
    waiting: Arc<AtomicUsize>,
    longest_queue: usize,
}

/// What is made of a new password.
pub struct HashedPassword {
    /// Argon2id, as a PHC string.
    pub hash: String,
    /// The SRP salt and verifier.
    pub verifier: Verifier,
}

/// Whose password it is, and the salts to use.
pub struct NewPassword {
    /// The part of the pool id after the underscore.
    pub pool_name: String,
    /// The user name that SRP knows.
    pub srp_user_id: String,
    /// The password.
    pub password: SecretString,
    /// The salts of Argon2 and SRP.
    pub salts: [[u8; 16]; 2],
}

/// Gives the place in the queue back, also when the caller goes away while waiting.
struct Place(Arc<AtomicUsize>);

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl PasswordWorkers {
    /// Workers for every core, before which `longest_queue` callers may wait.
    #[must_use]
    pub fn new(longest_queue: usize) -> Self {
        let cores = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
        Self {
            hasher: Arc::new(PasswordHasher::new()),
            free: Arc::new(Semaphore::new(cores)),
            waiting: Arc::new(AtomicUsize::new(0)),
            longest_queue,
        }
    }

    /// Whether `password` is the one behind `hash`. Without a hash the same work is done for nothing, so that an
    /// unknown user costs what a known one does.
    ///
    /// # Errors
    /// [`Error::TooManyRequests`] when too many wait.
    pub async fn verify(&self, password: SecretString, hash: Option<String>) -> Result<bool, Error> {
        let hasher = Arc::clone(&self.hasher);
        self.run(move || {
            let is_known = hash.is_some();
            let hash = hash.unwrap_or_else(|| decoy().to_owned());
            hasher.verify(password.expose_secret().as_bytes(), &hash) && is_known
        })
        .await
    }

    /// Hashes a new password and computes its SRP verifier.
    ///
    /// # Errors
    /// [`Error::TooManyRequests`] when too many wait.
    pub async fn hash(&self, new: NewPassword) -> Result<HashedPassword, Error> {
        let hasher = Arc::clone(&self.hasher);
        self.run(move || {
            let password = new.password.expose_secret();
            let [hash_salt, srp_salt] = new.salts;
            let hash = hasher.hash(password.as_bytes(), hash_salt).map_err(Error::internal)?;
            let verifier =
                Verifier::new(&new.pool_name, &new.srp_user_id, password, srp_salt).map_err(Error::internal)?;
            Ok(HashedPassword { hash, verifier })
        })
        .await?
    }

    /// Runs other slow cryptography on a worker.
    ///
    /// # Errors
    /// [`Error::TooManyRequests`] when too many wait.
    pub async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Error> {
        if self.waiting.fetch_add(1, Ordering::SeqCst) >= self.longest_queue {
            self.waiting.fetch_sub(1, Ordering::SeqCst);
            return Err(Error::TooManyRequests);
        }
        let place = Place(Arc::clone(&self.waiting));
        let permit = Arc::clone(&self.free).acquire_owned().await.map_err(Error::internal)?;
        drop(place);
        tokio::task::spawn_blocking(move || {
            let done = work();
            drop(permit);
            done
        })
        .await
        .map_err(Error::internal)
    }
}
