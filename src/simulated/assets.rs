//! Owns the style sheet and the script of the simulated providers, compiled in. It must not know which pages use them.

use std::sync::OnceLock;

use actix_web::{HttpResponse, web};

use crate::crypto::digest;

const STYLE: &str = include_str!("../../static/simulated.css");
const SCRIPT: &str = include_str!("../../static/simulated.js");

/// Changes whenever an asset does; it makes browsers fetch the new ones.
#[must_use]
pub fn version() -> &'static str {
    static VERSION: OnceLock<String> = OnceLock::new();
    VERSION.get_or_init(|| digest::hex(&digest::sha256([STYLE, SCRIPT].concat().as_bytes())[..6]))
}

/// The routes of the assets.
pub fn configure(config: &mut web::ServiceConfig) {
    let assets = [
        ("/assets/simulated.css", "text/css; charset=utf-8", STYLE),
        ("/assets/simulated.js", "text/javascript; charset=utf-8", SCRIPT),
    ];
    for (path, kind, content) in assets {
        let serve = move || async move {
            HttpResponse::Ok()
                .insert_header(("content-type", kind))
                .insert_header(("cache-control", "public, max-age=86400"))
                .insert_header(("x-content-type-options", "nosniff"))
                .body(content)
        };
        config.route(path, web::get().to(serve));
    }
}
