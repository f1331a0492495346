//! Owns reading and writing cookies of the hosted pages, with Cognito's names. It must not know what they mean.

use actix_web::HttpRequest;
use actix_web::http::header::{COOKIE, HeaderValue};
use cookie::time::Duration;
use cookie::{Cookie, SameSite};

/// The browser session.
pub const SESSION: &str = "cognito";
/// The double-submit token.
pub const CSRF: &str = "XSRF-TOKEN";
/// Short messages for the next page.
pub const FLASH: &str = "cognito-fl";
/// Sealed state between two steps.
pub const STEP: &str = "cenote-step";
/// Whether the browser can make passkeys, and whether the person wants to be asked.
pub const PASSKEYS: &str = "cenote-passkeys";
/// The chosen language.
pub const LANG: &str = "lang";

/// The value of a cookie of the request.
#[must_use]
pub fn value(request: &HttpRequest, name: &str) -> Option<String> {
    let headers = request.headers().get_all(COOKIE).filter_map(|header| header.to_str().ok());
    headers
        .flat_map(|header| Cookie::split_parse(header.to_owned()))
        .flatten()
        .find(|cookie| cookie.name() == name)
        .map(|cookie| cookie.value_trimmed().to_owned())
}

/// A `Set-Cookie` for `name`: for every path, out of reach of scripts, not sent along by other sites' forms;
/// `seconds` is its life, `None` the browser's.
#[must_use]
pub fn set(is_https: bool, (name, value): (&str, &str), seconds: Option<i64>) -> Option<HeaderValue> {
    let mut cookie = Cookie::build((name, value)).path("/").http_only(true).secure(is_https).same_site(SameSite::Lax);
    if let Some(seconds) = seconds {
        cookie = cookie.max_age(Duration::seconds(seconds));
    }
    HeaderValue::from_str(&cookie.build().to_string()).ok()
}

/// A `Set-Cookie` that takes `name` away.
#[must_use]
pub fn remove(is_https: bool, name: &str) -> Option<HeaderValue> {
    set(is_https, (name, ""), Some(0))
}
