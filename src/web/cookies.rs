//! Owns reading and writing cookies of the hosted pages, with Cognito's names, and the names of ours. It must not know
//! what they mean.

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

/// How the names of cookies begin that Cognito does not have.
const OURS: [&str; 2] = ["cenote-", "csrf-state-"];

/// The value of a cookie of the request.
#[must_use]
pub fn value(is_https: bool, request: &HttpRequest, name: &str) -> Option<String> {
    let name = name_on_the_wire(is_https, name);
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
    let name = name_on_the_wire(is_https, name);
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

/// Browsers take a cookie with this prefix from this very host and over https only, so that no other host of the
/// domain can slip its own in. The names that apps may look for stay as Cognito's are.
fn name_on_the_wire(is_https: bool, name: &str) -> String {
    let is_ours = OURS.iter().any(|start| name.starts_with(start));
    if is_https && is_ours { format!("__Host-{name}") } else { name.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn over_https_a_cookie_of_ours_is_bound_to_its_host_and_cognitos_keep_their_names() {
        for name in [STEP, PASSKEYS, "cenote-sign-out", "csrf-state-0a1b2c3d"] {
            assert_eq!(name_on_the_wire(true, name), format!("__Host-{name}"));
            assert_eq!(name_on_the_wire(false, name), name);
        }
        for name in [SESSION, CSRF, FLASH, LANG] {
            assert_eq!(name_on_the_wire(true, name), name);
        }
    }
}
