//! Owns the demo site: a web app that signs people in at a user pool and keeps their tokens in sealed cookies.
//! It knows the pool only by its public endpoints, so that it could be copied into another repository; of this crate
//! it uses nothing but `clock`, `random`, `http`, `config`, the public `verify`, and the signing of `crypto`.

mod api;
mod assets;
mod aws;
mod errors;
mod headers;
#[cfg(test)]
mod journey;
mod pages;
mod routes;
mod session_page;
mod visit;

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use actix_web::dev::Server;
use actix_web::{App, HttpServer, web};
use url::Url;

use self::api::Notes;
use crate::config::DemoConfig;
use crate::session::core::Core;
use crate::session::{Settings, attempt, cookies, csrf, jwt, pool, refresh, return_to, stored};
use crate::verify::Verifier;

pub use self::routes::configure;
pub use crate::session::Outside;

/// The site's settings and everything that its requests share.
pub struct Site {
    config: Arc<DemoConfig>,
    outside: Outside,
    core: Core,
    verifier: Verifier,
    notes: Notes,
}

/// A site that listens.
pub struct DemoSite {
    /// Runs until it is stopped; nothing is answered before it is awaited or spawned.
    pub server: Server,
    /// Where it listens.
    pub address: SocketAddr,
    /// Its address as the browser sees it.
    pub public_url: Url,
}

impl DemoSite {
    /// Binds the configured address. Where `listen` and `public_url` have port 0, the public address takes the port
    /// that the system chose.
    ///
    /// # Errors
    /// When the address cannot be bound.
    pub fn bind(mut config: DemoConfig, outside: Outside) -> io::Result<Self> {
        let listener = TcpListener::bind(&config.listen)?;
        let address = listener.local_addr()?;
        if config.public_url.port() == Some(0) {
            config.public_url.set_port(Some(address.port())).map_err(|()| io::ErrorKind::InvalidInput)?;
        }
        let public_url = config.public_url.clone();
        let site = web::Data::new(Site::new(config, outside));
        let server = HttpServer::new(move || App::new().configure(configure(site.clone())))
            .workers(2)
            .disable_signals()
            .listen(listener)?
            .run();
        Ok(Self { server, address, public_url })
    }
}

impl Site {
    /// The site of `config`. Nothing is fetched yet, so that the pool may start later.
    #[must_use]
    pub fn new(config: DemoConfig, outside: Outside) -> Self {
        let audience = (config.issuer.as_str(), [config.client_id.clone()]);
        let verifier = Verifier::with(audience, outside.http.clone(), outside.clock.clone());
        let core = Core::new(settings(&config), outside.clone());
        Self { core, verifier, notes: Notes::default(), outside, config: Arc::new(config) }
    }

    fn is_https(&self) -> bool {
        self.config.public_url.scheme() == "https"
    }

    /// The origin that signing out leads to, or the likeliest one as long as the pool was not reached.
    fn pool_origin(&self) -> String {
        let published = self.core.pool.discovery.cached().map(|facts| facts.endpoints.logout.clone());
        let url =
            published.or_else(|| self.config.hosted_domain.clone()).or_else(|| Url::parse(&self.config.issuer).ok());
        url.map_or_else(String::new, |url| url.origin().ascii_serialization())
    }
}

fn settings(config: &DemoConfig) -> Settings {
    Settings {
        public_url: config.public_url.clone(),
        issuer: config.issuer.clone(),
        hosted_domain: config.hosted_domain.clone(),
        client_id: config.client_id.clone(),
        client_secret: config.client_secret.clone(),
        scopes: config.scopes.clone(),
        cookie_key: config.cookie_key.clone(),
        previous_cookie_key: config.previous_cookie_key.clone(),
        cookie_prefix: "cenote-demo-",
        signed_out_path: "/signed-out",
    }
}
