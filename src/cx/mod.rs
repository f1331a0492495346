//! Owns the one context that every use case is given: configuration, database, secrets, the pools in memory,
//! password workers, limits, and the outside world (clock, randomness, HTTP, mail).
//! It must not know what the use cases do.

mod client_secrets;
mod compromised_passwords;
mod directory;
mod domains;
mod issuer_keys;
mod keys;
mod limiter;
mod look;
mod outbox;
pub mod passwords;
mod published;
mod secrets;
mod signatures;
pub mod visitor;

use std::net::IpAddr;

use secrecy::SecretString;

pub use crate::outside::Outside;
pub use compromised_passwords::CompromisedPasswords;
pub use directory::{ClientEntry, Directory, PoolEntry};
pub use issuer_keys::IssuerKeys;
pub use keys::{Keys, new_signing_keys};
pub use limiter::Limiter;
pub use look::{Look, LookBar, Looks, asset_path};
pub use outbox::Outbox;
pub use passwords::PasswordWorkers;
pub use published::Published;
pub use secrets::{Seal, Secrets};

use crate::clock::Timestamp;
use crate::config::PoolConfig;
use crate::error::Error;
use crate::federation::caches::Caches;
use crate::http::Http;
use crate::random::Random;
use crate::store::Store;

/// How much the server trusts its surroundings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// On a laptop: loopback only, any admin key, an inbox page.
    Development,
    /// For real.
    Production,
}

/// The context of every use case.
pub struct Cx {
    /// The settings of the server.
    pub config: PoolConfig,
    /// Development or production.
    pub mode: Mode,
    /// The database.
    pub store: Store,
    /// Seals and MACs under the master key.
    pub secrets: Secrets,
    /// Pools, clients and keys in memory.
    pub directory: Directory,
    /// Workers that hash passwords.
    pub passwords: PasswordWorkers,
    /// The passwords that are known from breaches.
    pub compromised_passwords: CompromisedPasswords,
    /// What was fetched from identity providers.
    pub upstream: Caches,
    /// Messages on their way out.
    pub outbox: Outbox,
    /// The outside world.
    pub outside: Outside,
    /// How the configured token service is asked; the operator chose its address, so it may be a private one.
    pub token_service: Option<Http>,
    limiter: Limiter,
    registrations: Limiter,
}

impl Cx {
    /// Puts a context together.
    #[must_use]
    pub fn new(config: PoolConfig, mode: Mode, store: Store, (master_key, outside): (&SecretString, Outside)) -> Self {
        Self {
            secrets: Secrets::new(master_key),
            directory: Directory::default(),
            passwords: PasswordWorkers::new(config.limits.password_queue),
            compromised_passwords: CompromisedPasswords::common(),
            upstream: Caches::default(),
            outbox: Outbox::start(outside.mail.clone()),
            token_service: config.sts.forward_to.as_ref().and_then(|_| Http::new().ok()),
            limiter: Limiter::new(config.limits.attempts_per_second_per_address),
            registrations: Limiter::hourly(config.limits.registrations_per_hour_per_address),
            config,
            mode,
            store,
            outside,
        }
    }

    /// The present moment.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.outside.clock.now()
    }

    /// The source of randomness.
    #[must_use]
    pub fn random(&self) -> &Random {
        &self.outside.random
    }

    /// Counts an attempt to guess something from `address`.
    ///
    /// # Errors
    /// [`Error::TooManyRequests`] when the address makes too many.
    pub fn count_attempt(&self, address: IpAddr) -> Result<(), Error> {
        self.limiter.count(address)
    }

    /// Counts an app that registers itself from `address` without a token.
    ///
    /// # Errors
    /// [`Error::TooManyRequests`] when too many do.
    pub fn count_registration(&self, address: IpAddr) -> Result<(), Error> {
        self.registrations.count(address)
    }

    /// Forgets addresses that have been quiet.
    pub fn forget_quiet_addresses(&self) {
        self.limiter.forget_quiet();
        self.registrations.forget_quiet();
    }
}
