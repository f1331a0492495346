//! Owns how a page of the simulated providers goes out: its frame, its header fields, the form that posts itself, the
//! page of a refused request. It must not know protocols.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use url::Url;

use super::assets;
use super::kind::Kind;

/// What every page needs.
pub struct Shell {
    /// The class that brings the provider's colour.
    pub class: &'static str,
    /// Whom the page plays; `None` on the index.
    pub plays: Option<&'static str>,
    /// Changes with the assets.
    pub assets: &'static str,
}

impl Shell {
    /// The shell of a page of `kind`.
    #[must_use]
    pub fn of(kind: Kind) -> Self {
        Self { class: kind.slug(), plays: Some(kind.label()), assets: assets::version() }
    }

    /// The shell of a page that plays nobody.
    #[must_use]
    pub fn neutral() -> Self {
        Self { class: "neutral", plays: None, assets: assets::version() }
    }
}

#[derive(Template)]
#[template(path = "simulated/post.html")]
struct Post<'a> {
    shell: Shell,
    action: &'a str,
    host: String,
    fields: &'a [(&'a str, String)],
}

#[derive(Template)]
#[template(path = "simulated/message.html")]
struct Message<'a> {
    shell: Shell,
    heading: &'a str,
    text: &'a str,
}

/// A page whose forms lead to our own origin and, by the redirects that follow, to `target` and beyond.
pub fn page(status: StatusCode, page: &impl Template, target: Option<&Url>) -> HttpResponse {
    let Ok(html) = page.render() else {
        return HttpResponse::InternalServerError().body("The page could not be drawn.");
    };
    HttpResponse::build(status)
        .content_type("text/html; charset=utf-8")
        .insert_header(("content-security-policy", policy(target)))
        .insert_header(("x-content-type-options", "nosniff"))
        .insert_header(("x-frame-options", "DENY"))
        .insert_header(("referrer-policy", "no-referrer"))
        .insert_header(("cache-control", "no-store"))
        .body(html)
}

/// A form that posts `fields` to `target` by itself, or by its button where scripts are off.
pub fn post(kind: Kind, target: &Url, fields: &[(&str, String)]) -> HttpResponse {
    let view = Post { shell: Shell::of(kind), action: target.as_str(), host: host(target), fields };
    page(StatusCode::OK, &view, Some(target))
}

/// The host of `url` and its port, if it is not the usual one.
#[must_use]
pub fn host(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

/// Says why a request cannot be served.
pub fn refused(kind: Kind, text: &str) -> HttpResponse {
    message(kind, ("This request cannot be served", text), StatusCode::BAD_REQUEST)
}

/// Says something.
pub fn message(kind: Kind, (heading, text): (&str, &str), status: StatusCode) -> HttpResponse {
    page(status, &Message { shell: Shell::of(kind), heading, text }, None)
}

/// Something of ours failed.
pub fn failed(cause: &impl std::fmt::Display) -> HttpResponse {
    tracing::error!(%cause, "a simulated provider failed");
    HttpResponse::InternalServerError().body("The simulated provider failed; its log says why.")
}

/// The answer to an address that is none.
pub async fn not_found() -> HttpResponse {
    let text = "The simulated providers have no page at this address.";
    page(StatusCode::NOT_FOUND, &Message { shell: Shell::neutral(), heading: "Not found", text }, None)
}

/// Browsers hold a form to `form-action` through all the redirects that follow its submission, and the address that
/// takes our answer redirects to an app that we do not know. So besides `target` any secure or local address may
/// follow; nothing secret is ever typed here.
fn policy(target: Option<&Url>) -> String {
    let targets = target.map_or_else(String::new, |url| {
        format!(" {} https: http://localhost:* http://127.0.0.1:*", url.origin().ascii_serialization())
    });
    format!(
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; form-action 'self'{targets}; \
         base-uri 'none'; frame-ancestors 'none'"
    )
}
