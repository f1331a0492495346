//! Owns the proof that a POST comes from one of our own pages: where the browser says it comes from, and a field
//! that repeats a cookie. It must not know what is posted.

use actix_web::HttpRequest;
use actix_web::http::header::ORIGIN;
use aws_lc_rs::constant_time::verify_slices_are_equal;
use url::Url;

use super::cookies::{CookieRules, Received};
use crate::random::Random;

/// The name of the form field.
pub const FIELD: &str = "_csrf";

/// The token that forms repeat.
pub struct Csrf {
    /// The field's value.
    pub token: String,
    /// The `Set-Cookie` value that goes with it, if the browser has none yet.
    pub cookie: Option<String>,
}

/// The browser's token, or a new one.
#[must_use]
pub fn token(received: &Received, rules: CookieRules, random: &Random) -> Csrf {
    match received.get(&rules.name("csrf")) {
        Some(token) if is_token(token) => Csrf { token: token.clone(), cookie: None },
        _ => {
            let token = random.token();
            let cookie = rules.set(&rules.name("csrf"), &token, None);
            Csrf { token, cookie: Some(cookie) }
        }
    }
}

/// Whether a POST with the form `body` was sent by a page of the site at `public_url`. What the browser says about
/// its origin must not contradict, and the field must equal the cookie.
#[must_use]
pub fn is_own(
    request: &HttpRequest,
    received: &Received,
    rules: CookieRules,
    (public_url, body): (&Url, &[u8]),
) -> bool {
    let header = |name: &str| request.headers().get(name).map(|value| value.to_str().unwrap_or_default());
    let is_own_origin =
        header(ORIGIN.as_str()).is_none_or(|origin| origin == public_url.origin().ascii_serialization());
    let is_own_site = header("sec-fetch-site").is_none_or(|site| site == "same-origin");
    let mut fields = url::form_urlencoded::parse(body).filter(|(name, _)| name == FIELD);
    let (field, second) = (fields.next(), fields.next());
    let is_repeated = match (received.get(&rules.name("csrf")), field, second) {
        (Some(cookie), Some((_, field)), None) if is_token(cookie) => {
            verify_slices_are_equal(cookie.as_bytes(), field.as_bytes()).is_ok()
        }
        _ => false,
    };
    is_own_origin && is_own_site && is_repeated
}

fn is_token(text: &str) -> bool {
    text.len() == 43 && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn is_accepted(headers: &[(&str, &str)], body: &str) -> bool {
        let rules = CookieRules::new(false, "test-");
        let received = Received::from([(rules.name("csrf"), "t".repeat(43))]);
        let mut request = TestRequest::post();
        for header in headers {
            request = request.insert_header(*header);
        }
        let public_url = Url::parse("http://localhost:3000/").unwrap();
        is_own(&request.to_http_request(), &received, rules, (&public_url, body.as_bytes()))
    }

    #[test]
    fn a_post_of_our_own_page_is_accepted() {
        let body = format!("_csrf={}", "t".repeat(43));
        assert!(is_accepted(&[("origin", "http://localhost:3000"), ("sec-fetch-site", "same-origin")], &body));
        assert!(is_accepted(&[], &body));
    }

    #[test]
    fn a_post_of_another_site_is_refused_even_with_the_field() {
        let body = format!("_csrf={}", "t".repeat(43));
        assert!(!is_accepted(&[("origin", "http://localhost:9229")], &body));
        assert!(!is_accepted(&[("origin", "null")], &body));
        assert!(!is_accepted(&[("sec-fetch-site", "same-site")], &body));
        assert!(!is_accepted(&[("sec-fetch-site", "cross-site"), ("origin", "http://localhost:3000")], &body));
    }

    #[test]
    fn the_field_must_be_there_once_and_equal_the_cookie() {
        let own = [("origin", "http://localhost:3000")];
        let token = "t".repeat(43);
        assert!(!is_accepted(&own, ""));
        assert!(!is_accepted(&own, &format!("_csrf={}", "u".repeat(43))));
        assert!(!is_accepted(&own, &format!("_csrf={token}&_csrf={token}")));
    }
}
