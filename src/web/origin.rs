//! Owns which web pages may do what a development server lets everybody do: administrate it and read its inbox. Pages
//! of this machine may. Pages of other sites may not, nor those whose site's name leads to this machine by a trick of its
//! owner (DNS rebinding). Programs that are no browsers have no site and may.

use actix_web::HttpRequest;
use actix_web::http::header::{HOST, HeaderName, ORIGIN, USER_AGENT};
use url::{Host, Url};

use super::site;
use crate::cx::{Cx, Mode};
use crate::error::{Error, SignatureFault};

/// Ends of names that nobody can register, and so no attacker's site can have.
const LOCAL_ENDS: [&str; 4] = [".localhost", ".local", ".internal", ".test"];

/// Refuses what comes from a page of another site.
///
/// # Errors
/// [`SignatureFault::AccessDenied`].
pub fn check(cx: &Cx, request: &HttpRequest) -> Result<(), Error> {
    if !is_of_another_site(cx, request) {
        return Ok(());
    }
    let text = "Web pages of other sites may not administrate a development server.";
    Err(Error::Signature(SignatureFault::AccessDenied, text.to_owned()))
}

/// Whether a page of another site asks a development server. In production signatures decide.
#[must_use]
pub fn is_of_another_site(cx: &Cx, request: &HttpRequest) -> bool {
    if cx.mode == Mode::Production {
        return false;
    }
    match header(request, &ORIGIN) {
        Some(origin) => !Url::parse(origin).is_ok_and(|origin| origin.host().is_some_and(|host| is_loopback(&host))),
        None => is_browser(request) && !has_name_of_ours(cx, request),
    }
}

/// Browsers send `Sec-Fetch-Site` over https and to `localhost` only. Not `Sec-Fetch-Mode`: Node's `fetch` sends it too.
fn is_browser(request: &HttpRequest) -> bool {
    let is_mozilla = header(request, &USER_AGENT).is_some_and(|agent| agent.starts_with("Mozilla/"));
    is_mozilla || request.headers().contains_key("sec-fetch-site")
}

/// Whether the name by which the request came is one that no other site can have.
fn has_name_of_ours(cx: &Cx, request: &HttpRequest) -> bool {
    let Some(host) = header(request, &HOST) else { return true };
    let Ok(url) = Url::parse(&format!("http://{host}")) else { return false };
    let Some(Host::Domain(name)) = url.host() else { return true };
    let name = name.trim_end_matches('.');
    let is_local = !name.contains('.') || LOCAL_ENDS.iter().any(|end| name.ends_with(end));
    let mut configured = [Some(&cx.config.public_url), cx.config.issuer_base.as_ref()].into_iter().flatten();
    is_local || configured.any(|url| url.host_str() == Some(name)) || site::of(request).is_some()
}

fn is_loopback(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => {
            let name = name.trim_end_matches('.');
            name == "localhost" || name.ends_with(".localhost")
        }
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    }
}

/// A header; one that is no text counts as empty.
fn header<'a>(request: &'a HttpRequest, name: &HeaderName) -> Option<&'a str> {
    request.headers().get(name).map(|value| value.to_str().unwrap_or_default())
}
