//! Owns what a session needs to know of the pool, of the app and of the world. It must not know what is done with it.

use secrecy::SecretString;
use url::Url;

use crate::clock::Clock;
use crate::http::Http;
use crate::random::Random;

/// What a session needs to know of the pool and of the app.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The app's own address as the browser sees it, without a path. `/callback` of it must be registered at the pool,
    /// and `/` of it for signing out.
    pub public_url: Url,
    /// The pool's issuer.
    pub issuer: String,
    /// The pool's hosted domain where it differs from what discovery says.
    pub hosted_domain: Option<Url>,
    /// The app client's id.
    pub client_id: String,
    /// The app client's secret, if it has one.
    pub client_secret: Option<SecretString>,
    /// Scopes to ask for.
    pub scopes: Vec<String>,
    /// What seals the cookies, at least 32 characters; the same for every instance of the app.
    pub cookie_key: SecretString,
    /// The key before the present one: cookies sealed with it can still be read.
    pub previous_cookie_key: Option<SecretString>,
    /// What the names of cookies begin with; ports do not separate cookies, so every app of a host needs its own.
    pub cookie_prefix: &'static str,
    /// Where the pool sends the browser after signing out.
    pub signed_out_path: &'static str,
}

impl Settings {
    /// The settings of an app at `public_url` whose cookies are sealed with `cookie_key`; the pool is to be named.
    #[must_use]
    pub fn new(public_url: Url, cookie_key: &str) -> Self {
        Self {
            public_url,
            issuer: String::new(),
            hosted_domain: None,
            client_id: String::new(),
            client_secret: None,
            scopes: ["openid", "email", "profile"].map(str::to_owned).to_vec(),
            cookie_key: cookie_key.into(),
            previous_cookie_key: None,
            cookie_prefix: "app-",
            signed_out_path: "/",
        }
    }
}

/// What a session takes from the world around it.
#[derive(Debug, Clone)]
pub struct Outside {
    /// Where the time comes from.
    pub clock: Clock,
    /// Where randomness comes from.
    pub random: Random,
    /// How the pool is asked.
    pub http: Http,
}
