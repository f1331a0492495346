//! Owns the defence against forged posts: the browser's own word on where a post comes from (`Origin`,
//! `Sec-Fetch-Site`), and a token that cookie and form both carry.

use actix_web::HttpRequest;
use actix_web::http::header::{HOST, ORIGIN};

use super::cookies;
use super::hosted::reply::Jar;
use crate::crypto::digest;
use crate::cx::Cx;
use crate::oauth::parameters::Parameters;

/// The browser's token; a new one is set where it has none.
pub fn token(cx: &Cx, request: &HttpRequest, jar: &mut Jar) -> String {
    let known =
        cookies::value(cx.config.is_https(), request, cookies::CSRF).filter(|token| (16..=64).contains(&token.len()));
    known.unwrap_or_else(|| {
        let token = cx.random().uuid();
        jar.add(cookies::set(cx.config.is_https(), (cookies::CSRF, &token), None));
        token
    })
}

/// Whether a post of a page comes from a page of ours.
#[must_use]
pub fn is_own_post(cx: &Cx, request: &HttpRequest, form: &Parameters) -> bool {
    comes_from_here(cx, request) && has_matching_token(cx, request, form)
}

/// Many a proxy puts its own name for us into `Host`, so that the public address counts as well.
fn comes_from_here(cx: &Cx, request: &HttpRequest) -> bool {
    let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
    if header("sec-fetch-site").is_some_and(|site| !matches!(site, "same-origin" | "none")) {
        return false;
    }
    let Some(origin) = header(ORIGIN.as_str()) else { return true };
    if origin == cx.config.public_url.origin().ascii_serialization() {
        return true;
    }
    let host = header(HOST.as_str()).unwrap_or_default();
    origin.split_once("://").is_some_and(|(_, authority)| authority.eq_ignore_ascii_case(host))
}

fn has_matching_token(cx: &Cx, request: &HttpRequest, form: &Parameters) -> bool {
    let (cookie, field) = (cookies::value(cx.config.is_https(), request, cookies::CSRF), form.get("_csrf"));
    let (Some(cookie), Some(field)) = (cookie, field) else { return false };
    cookie.len() >= 16 && digest::is_equal(cookie.as_bytes(), field.as_bytes())
}
