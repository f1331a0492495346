//! Tests of the whole site against a small pool. They must know it only through HTTP.

pub mod browser;
pub mod fake_pool;
mod renewal;
mod sign_in;
mod sign_out;

use std::net::SocketAddr;

use secrecy::SecretString;

use self::browser::{Browser, Page};
use self::fake_pool::{CLIENT, FakePool};
use super::{DemoSite, Outside};
use crate::clock::{Clock, Timestamp};
use crate::config::DemoConfig;
use crate::http::Http;
use crate::random::Random;

const KEY: &str = "0123456789abcdef0123456789abcdef";

/// A pool, one instance of the site, and a browser.
struct Journey {
    clock: Clock,
    pool: FakePool,
    browser: Browser,
}

impl Journey {
    fn start() -> Self {
        let clock = Clock::fixed(Timestamp::from_seconds(1_700_000_000));
        let pool = FakePool::start(clock.clone());
        let browser = Browser::new(&site(&pool, &clock, |_| ()));
        Self { clock, pool, browser }
    }

    async fn signed_in() -> Self {
        let mut journey = Self::start();
        let page = journey.sign_in("/login").await;
        assert_eq!((page.status, page.location.as_str()), (303, "/"), "{}", page.text);
        journey
    }

    /// Starts at `path`, passes the pool and comes back; the answer to the callback.
    async fn sign_in(&mut self, path: &str) -> Page {
        let callback = self.callback(path).await;
        self.browser.get(&callback).await
    }

    async fn callback(&mut self, path: &str) -> String {
        let to_pool = self.browser.get(path).await;
        assert_eq!(to_pool.status, 302, "{}", to_pool.text);
        Browser::new(&self.pool.base).get(&to_pool.location).await.location
    }

    async fn me(&mut self) -> u16 {
        self.browser.get("/me").await.status
    }
}

/// Starts an instance of the site; its address as the browser sees it.
fn site(pool: &FakePool, clock: &Clock, change: impl FnOnce(&mut DemoConfig)) -> String {
    instance(pool, clock, change).0
}

/// Starts an instance of the site; its address as the browser sees it, and as the machine does.
fn instance(pool: &FakePool, clock: &Clock, change: impl FnOnce(&mut DemoConfig)) -> (String, SocketAddr) {
    let mut config = DemoConfig {
        listen: "127.0.0.1:0".to_owned(),
        public_url: "http://127.0.0.1:0".parse().unwrap(),
        issuer: pool.issuer(),
        hosted_domain: None,
        client_id: CLIENT.to_owned(),
        client_secret: Some(SecretString::from(FakePool::secret())),
        scopes: vec!["openid".to_owned(), "email".to_owned()],
        providers: vec!["Google".to_owned()],
        account_page: None,
        cookie_key: SecretString::from(KEY),
        previous_cookie_key: None,
        identity: None,
        hints: Vec::new(),
    };
    change(&mut config);
    let outside = Outside { clock: clock.clone(), random: Random::Real, http: Http::new().unwrap() };
    let site = DemoSite::bind(config, outside).unwrap();
    actix_web::rt::spawn(site.server);
    (site.public_url.into(), site.address)
}
