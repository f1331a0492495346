//! Owns the style sheet, the script and the icon, compiled in, under addresses that change with their content.
//! It must not know which pages use them.

use std::sync::OnceLock;

use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use actix_web::{HttpResponse, web};
use aws_lc_rs::digest::{SHA256, digest};

const STYLE: &str = include_str!("../../static/demo.css");
const SCRIPT: &str = include_str!("../../static/demo.js");
const ICON: &str = include_str!("../../static/demo.svg");

/// Changes whenever an asset does; it makes browsers fetch the new ones.
#[must_use]
pub fn version() -> &'static str {
    static VERSION: OnceLock<String> = OnceLock::new();
    VERSION.get_or_init(|| {
        let hash = digest(&SHA256, [STYLE, SCRIPT, ICON].concat().as_bytes());
        hash.as_ref().iter().take(6).map(|byte| format!("{byte:02x}")).collect()
    })
}

/// The routes of the assets.
pub fn configure(config: &mut web::ServiceConfig) {
    let assets = [
        ("/assets/demo.css", "text/css; charset=utf-8", STYLE),
        ("/assets/demo.js", "text/javascript; charset=utf-8", SCRIPT),
        ("/assets/demo.svg", "image/svg+xml", ICON),
        ("/favicon.ico", "image/svg+xml", ICON),
    ];
    for (path, kind, content) in assets {
        let serve = move || async move { respond(kind, content) };
        config.service(web::resource(path).route(web::get().to(serve)).route(web::head().to(serve)));
    }
}

fn respond(kind: &'static str, content: &'static str) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, kind))
        .insert_header((CACHE_CONTROL, "public, max-age=86400"))
        .body(content)
}
