//! Owns what operators and developers look at: health, readiness, metrics, the development inbox, static files.

use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, ETAG, IF_NONE_MATCH};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use metrics_exporter_prometheus::PrometheusHandle;
use serde_json::json;

use super::hosted::error;
use super::hosted::outcome::bare_layout;
use super::hosted::reply::{self, Jar};
use super::pages::inbox::InboxPage;
use super::{address, assets, origin};
use crate::cx::{Cx, Outbox};
use crate::mail::Message;

/// `GET /healthz`: the process answers.
pub async fn health() -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain").body("ok\n")
}

/// `GET /readyz`: the database answers too.
pub async fn ready(cx: Data<Cx>) -> HttpResponse {
    if cx.store.is_ready().await {
        return HttpResponse::Ok().content_type("text/plain").body("ready\n");
    }
    HttpResponse::ServiceUnavailable().content_type("text/plain").body("the database does not answer\n")
}

/// `GET /metrics`, in Prometheus' text format; for callers on this machine only, unless configured otherwise.
pub async fn metrics(cx: Data<Cx>, handle: Data<Option<PrometheusHandle>>, http: HttpRequest) -> HttpResponse {
    if !cx.config.metrics_for_everybody && !address::of(&cx, &http).is_loopback() {
        return error::not_found().await;
    }
    match handle.as_ref() {
        Some(handle) => HttpResponse::Ok().content_type("text/plain; version=0.0.4").body(handle.render()),
        None => error::not_found().await,
    }
}

/// `GET /_cenote/inbox`: what was "sent", newest first; development only.
pub async fn inbox(cx: Data<Cx>, http: HttpRequest) -> HttpResponse {
    let Some(messages) = messages(&cx) else { return error::not_found().await };
    if origin::is_of_another_site(&cx, &http) {
        return not_for_other_sites();
    }
    let mut layout = bare_layout();
    layout.brand.pool_name = "Cenote inbox".to_owned();
    reply::page(&InboxPage::new(layout, &messages), StatusCode::OK, (&[], Jar::default()))
}

/// `GET /_cenote/inbox.json`: the same, oldest first.
pub async fn inbox_json(cx: Data<Cx>, http: HttpRequest) -> HttpResponse {
    let Some(messages) = messages(&cx) else { return error::not_found().await };
    if origin::is_of_another_site(&cx, &http) {
        return not_for_other_sites();
    }
    let list: Vec<_> = messages
        .iter()
        .map(|message| {
            json!({
                "channel": message.channel.name(),
                "to": message.to,
                "subject": message.subject,
                "text": message.text,
                "html": message.html,
                "sent_at": message.sent_at.fractional_seconds(),
            })
        })
        .collect();
    HttpResponse::Ok().insert_header((CACHE_CONTROL, "no-store")).json(list)
}

/// `GET /assets/…`.
pub async fn asset(http: HttpRequest) -> HttpResponse {
    let Some(asset) = assets::find(http.path()) else { return error::not_found().await };
    let is_known = http.headers().get(IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == asset.etag.as_bytes());
    let mut response = if is_known { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    response.insert_header((CACHE_CONTROL, "no-cache")).insert_header((ETAG, asset.etag.as_str()));
    if is_known { response.finish() } else { response.content_type(asset.content_type).body(asset.bytes) }
}

fn not_for_other_sites() -> HttpResponse {
    HttpResponse::Forbidden().content_type("text/plain").body("web pages of other sites may not read the inbox\n")
}

fn messages(cx: &Cx) -> Option<Vec<Message>> {
    match (&cx.outbox, cx.mode) {
        (Outbox::Now(inbox), crate::cx::Mode::Development) => Some(inbox.messages()),
        _ => None,
    }
}
