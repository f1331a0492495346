//! Owns the demo site: a web app that signs people in at a user pool and keeps their tokens in sealed cookies.
//! It knows the pool only by its public endpoints, so that it could be copied into another repository; of this crate
//! it uses nothing but `clock`, `random`, `http`, `config`, the public `verify`, and the signing of `crypto`.

mod api;
mod assets;
mod attempt;
mod aws;
mod cookies;
mod csrf;
mod discovery;
mod errors;
mod flight;
mod headers;
#[cfg(test)]
mod journey;
mod jwt;
mod pages;
mod pool;
mod refresh;
mod return_to;
mod routes;
mod seal;
mod session;
mod session_page;
mod verify;
mod visit;

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use actix_web::dev::Server;
use actix_web::{App, HttpServer, web};
use url::Url;

use self::api::Notes;
use self::cookies::CookieRules;
use self::pool::Pool;
use self::refresh::Refresher;
use self::seal::Seal;
use crate::clock::Clock;
use crate::config::DemoConfig;
use crate::http::Http;
use crate::random::Random;
use crate::verify::Verifier;

pub use self::routes::configure;

/// What the site takes from the world around it.
#[derive(Debug, Clone)]
pub struct Outside {
    /// Where the time comes from.
    pub clock: Clock,
    /// Where randomness comes from.
    pub random: Random,
    /// How the pool is asked.
    pub http: Http,
}

/// The site's settings and everything that its requests share.
pub struct Site {
    config: Arc<DemoConfig>,
    outside: Outside,
    rules: CookieRules,
    seal: Seal,
    pool: Arc<Pool>,
    refresher: Refresher,
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
        let config = Arc::new(config);
        let audience = (config.issuer.as_str(), [config.client_id.clone()]);
        let verifier = Verifier::with(audience, outside.http.clone(), outside.clock.clone());
        let pool = Arc::new(Pool::new(Arc::clone(&config), outside.http.clone(), outside.clock.clone()));
        Self {
            rules: CookieRules::new(config.public_url.scheme() == "https"),
            seal: Seal::new(&config.cookie_key, config.previous_cookie_key.as_ref()),
            refresher: Refresher::new(Arc::clone(&pool), outside.clock.clone(), outside.random.clone()),
            pool,
            verifier,
            notes: Notes::default(),
            outside,
            config,
        }
    }

    fn is_https(&self) -> bool {
        self.config.public_url.scheme() == "https"
    }

    /// The origin that signing out leads to, or the likeliest one as long as the pool was not reached.
    fn pool_origin(&self) -> String {
        let published = self.pool.discovery.cached().map(|facts| facts.endpoints.logout.clone());
        let url =
            published.or_else(|| self.config.hosted_domain.clone()).or_else(|| Url::parse(&self.config.issuer).ok());
        url.map_or_else(String::new, |url| url.origin().ascii_serialization())
    }

    /// Where the browser ends its session at the pool and comes back from; our own page if the pool is out of reach.
    async fn logout_url(&self) -> String {
        const SIGNED_OUT: &str = "/signed-out";
        let Ok(facts) = self.pool.discovery.facts().await else {
            return SIGNED_OUT.to_owned();
        };
        let Ok(back) = self.config.public_url.join(SIGNED_OUT) else {
            return SIGNED_OUT.to_owned();
        };
        let mut url = facts.endpoints.logout.clone();
        url.query_pairs_mut().append_pair("client_id", &self.config.client_id).append_pair("logout_uri", back.as_str());
        url.into()
    }
}
