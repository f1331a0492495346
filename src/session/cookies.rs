//! Owns the names and attributes of every cookie of the site and the parsing of the `Cookie` header.
//! It must not know what the cookies carry.

use std::collections::BTreeMap;

use actix_web::HttpRequest;
use actix_web::http::header::COOKIE;
use cookie::time::Duration;
use cookie::{Cookie, SameSite};

/// The cookies that a request carries, by name. Of a name sent twice the first counts (RFC 6265 §5.4: the most specific).
pub type Received = BTreeMap<String, String>;

/// How this site writes cookies.
#[derive(Debug, Clone, Copy)]
pub struct CookieRules {
    is_secure: bool,
    prefix: &'static str,
}

impl CookieRules {
    /// Rules for a site that is reached over https (`is_secure`) or over plain http during development, whose cookies'
    /// names begin with `prefix`.
    #[must_use]
    pub const fn new(is_secure: bool, prefix: &'static str) -> Self {
        Self { is_secure, prefix }
    }

    /// The whole name of the cookie `rest`. Ports do not separate cookies, so that the name itself must not
    /// collide with a pool's on the same host; `__Host-` keeps sibling domains from planting one.
    #[must_use]
    pub fn name(self, rest: &str) -> String {
        let host = if self.is_secure { "__Host-" } else { "" };
        format!("{host}{}{rest}", self.prefix)
    }

    /// A `Set-Cookie` value; without `max_age` (seconds) it lasts as long as the browser's session.
    #[must_use]
    pub fn set(self, name: &str, value: &str, max_age: Option<i64>) -> String {
        let mut cookie = Cookie::build((name, value)).path("/").http_only(true).same_site(SameSite::Lax);
        if self.is_secure {
            cookie = cookie.secure(true);
        }
        if let Some(seconds) = max_age {
            cookie = cookie.max_age(Duration::seconds(seconds));
        }
        cookie.build().to_string()
    }

    /// A `Set-Cookie` value that makes the browser forget `name`.
    #[must_use]
    pub fn expire(self, name: &str) -> String {
        self.set(name, "", Some(0))
    }
}

/// The cookies of `request`; what cannot be parsed is skipped.
#[must_use]
pub fn received(request: &HttpRequest) -> Received {
    let mut received = Received::new();
    for header in request.headers().get_all(COOKIE).filter_map(|value| value.to_str().ok()) {
        for cookie in Cookie::split_parse(header).flatten() {
            received.entry(cookie.name().to_owned()).or_insert_with(|| cookie.value().to_owned());
        }
    }
    received
}
