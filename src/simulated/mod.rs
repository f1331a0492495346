//! Owns the simulated identity providers of `cenote dev`: look-alikes of Google, Facebook, Login with Amazon and Sign in
//! with Apple, an OpenID Connect provider and a SAML identity provider, on a listener of their own. They speak the real
//! protocols with keys of their own, ask for no password and sign in whoever is picked. They must not know the pool,
//! which has no special case for them either.

mod amazon;
mod apple;
mod assets;
mod authorization;
mod authorize;
mod choice;
mod facebook;
mod index;
mod keys;
mod kind;
mod memory;
mod oidc;
mod pages;
mod parameters;
mod people;
mod picker;
mod saml;
mod settings;
#[cfg(test)]
mod tests;
mod token;

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::{Mutex, MutexGuard, PoisonError};

use actix_web::dev::Server;
use actix_web::{App, HttpServer, web};
use url::Url;

use self::keys::Keys;
use self::kind::Kind;
use self::memory::{Grant, Memory};
use crate::clock::Clock;
use crate::random::Random;

pub use self::settings::{ProviderSettings, provider_settings};

/// The largest body that is read, in bytes; a picker's form is far smaller.
const LARGEST_FORM: usize = 64 * 1024;
/// How long an authorization code is good for, in seconds.
const CODE_LIFETIME: i64 = 300;

/// What the providers take from the world around them.
#[derive(Debug, Clone)]
pub struct Outside {
    /// Where the time comes from.
    pub clock: Clock,
    /// Where randomness comes from.
    pub random: Random,
}

/// The simulated providers, listening.
pub struct Simulated {
    /// Runs until it is stopped; nothing is answered before it is awaited or spawned.
    pub server: Server,
    /// Where it listens.
    pub address: SocketAddr,
    /// Its address as the browser sees it.
    pub public_url: Url,
}

impl Simulated {
    /// Binds `listen` and makes the keys. Where `public_url` has port 0, it takes the port that the system chose.
    ///
    /// # Errors
    /// When the address cannot be bound, or no key be made.
    pub fn bind(listen: &str, mut public_url: Url, outside: Outside) -> io::Result<Self> {
        let listener = TcpListener::bind(listen)?;
        let address = listener.local_addr()?;
        if public_url.port() == Some(0) {
            public_url.set_port(Some(address.port())).map_err(|()| io::ErrorKind::InvalidInput)?;
        }
        let simulation = web::Data::new(Simulation::new(&public_url, outside)?);
        let server = HttpServer::new(move || App::new().configure(configure(simulation.clone())))
            .workers(2)
            .disable_signals()
            .listen(listener)?
            .run();
        Ok(Self { server, address, public_url })
    }
}

/// What all requests share.
struct Simulation {
    /// The public address without a slash at its end.
    base: String,
    outside: Outside,
    keys: Keys,
    settings: Vec<ProviderSettings>,
    memory: Mutex<Memory>,
}

impl Simulation {
    fn new(public_url: &Url, outside: Outside) -> io::Result<Self> {
        Ok(Self {
            base: public_url.as_str().trim_end_matches('/').to_owned(),
            keys: Keys::generate(&outside.random, outside.clock.now())?,
            settings: provider_settings(public_url),
            memory: Mutex::default(),
            outside,
        })
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The present, in seconds since the epoch.
    fn now(&self) -> i64 {
        self.outside.clock.now().seconds()
    }

    /// The address of `kind`, which is also the issuer of its tokens.
    fn address(&self, kind: Kind) -> String {
        format!("{}/{}", self.base, kind.slug())
    }

    /// Whether `secret` may be that of the app `id` at `kind`: an app that is told of on the front page has its own, any
    /// other app may have any.
    fn is_secret_of(&self, kind: Kind, (id, secret): (&str, &str)) -> bool {
        let published = Kind::ALL.into_iter().zip(&self.settings).find(|(other, _)| *other == kind);
        let known = published.map(|(_, settings)| &settings.details);
        let known = known.filter(|details| details.get("client_id").is_some_and(|known| known == id));
        known.and_then(|details| details.get("client_secret")).is_none_or(|known| known == secret)
    }

    /// A new code for `grant`, good once and for five minutes.
    fn issue_code(&self, grant: Grant) -> String {
        let code = self.outside.random.token();
        self.memory().codes.put(&code, self.now() + CODE_LIFETIME, grant);
        code
    }
}

/// The routes of `simulation`.
fn configure(simulation: web::Data<Simulation>) -> impl FnOnce(&mut web::ServiceConfig) {
    move |config| {
        config
            .app_data(simulation)
            .app_data(web::PayloadConfig::new(LARGEST_FORM))
            .configure(assets::configure)
            .configure(index::configure)
            .configure(oidc::configure)
            .configure(facebook::configure)
            .configure(amazon::configure)
            .configure(apple::configure)
            .configure(saml::configure)
            .default_service(web::to(pages::not_found));
    }
}
