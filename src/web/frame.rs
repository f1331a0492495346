//! Owns what surrounds every answer: the request id, security headers, CORS, the log line, metrics.

use std::net::Ipv4Addr;
use std::time::Instant;

use actix_web::HttpMessage as _;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue, USER_AGENT};
use actix_web::middleware::Next;
use actix_web::web::Data;
use tracing::Instrument as _;

use super::address;
use super::errors::OAuthError;
use super::site::Site;
use crate::cx::visitor::Visitor;
use crate::cx::{Cx, Mode};

/// Paths that browsers of other origins may call, as with Cognito; never with credentials.
const OPEN_PATHS: [&str; 4] = ["/", "/oauth2/token", "/oauth2/userInfo", "/oauth2/revoke"];

/// Wraps one request.
///
/// # Errors
/// The handler's own.
pub async fn surround(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    let started = Instant::now();
    let cx = request.app_data::<Data<Cx>>().cloned();
    let id = cx.as_ref().map(|cx| cx.random().uuid()).unwrap_or_default();
    // Browsers would apply it to every port of `localhost`, the demo site's included.
    let is_strict = cx.as_ref().is_some_and(|cx| cx.config.is_https() && cx.mode == Mode::Production);
    let span = tracing::info_span!("request", request_id = %id);
    if let Some(cx) = &cx
        && let Some(site) = Site::find(cx, request.headers()).await.map_err(OAuthError)?
    {
        request.extensions_mut().insert(site);
    }
    let visitor = visitor(cx.as_ref().map(|cx| cx.as_ref()), &request);
    let mut response = visitor.during(next.call(request).instrument(span)).await?;
    // The address of an import job's file is a secret.
    let path = match response.request().path() {
        path if path.starts_with("/_cenote/imports/") => "/_cenote/imports/…".to_owned(),
        path => path.to_owned(),
    };
    put_headers(response.headers_mut(), (&path, &id), is_strict);
    let status = response.status().as_u16();
    let method = response.request().method().as_str();
    let route = response.request().match_pattern().unwrap_or_else(|| "none".to_owned());
    metrics::histogram!("cenote_request_seconds", "route" => route).record(started.elapsed().as_secs_f64());
    metrics::counter!("cenote_requests_total", "status" => status_class(status)).increment(1);
    let milliseconds = started.elapsed().as_millis();
    match status {
        500.. => tracing::error!(request_id = %id, method, %path, status, milliseconds, "request"),
        400..500 => tracing::info!(request_id = %id, method, %path, status, milliseconds, "request"),
        _ => tracing::debug!(request_id = %id, method, %path, status, milliseconds, "request"),
    }
    Ok(response)
}

fn visitor(cx: Option<&Cx>, request: &ServiceRequest) -> Visitor {
    let device = request.headers().get(USER_AGENT).and_then(|value| value.to_str().ok());
    let address = cx.map_or_else(|| Ipv4Addr::UNSPECIFIED.into(), |cx| address::of(cx, request.request()));
    Visitor::new(address, device)
}

fn put_headers(headers: &mut HeaderMap, (path, id): (&str, &str), is_strict: bool) {
    let mut put = |name: &'static str, value: HeaderValue| headers.insert(HeaderName::from_static(name), value);
    put("x-content-type-options", HeaderValue::from_static("nosniff"));
    // Not `no-referrer`: with that, browsers say `Origin: null` in our own posts, and forged ones look alike.
    put("referrer-policy", HeaderValue::from_static("same-origin"));
    put("x-frame-options", HeaderValue::from_static("DENY"));
    if is_strict {
        put("strict-transport-security", HeaderValue::from_static("max-age=31536000; includeSubDomains"));
    }
    if let Ok(id) = HeaderValue::from_str(id) {
        let name = if path == "/" { "x-amzn-requestid" } else { "x-amz-cognito-request-id" };
        put(name, id);
    }
    if OPEN_PATHS.contains(&path) || path.contains("/.well-known/") {
        put("access-control-allow-origin", HeaderValue::from_static("*"));
        put(
            "access-control-expose-headers",
            HeaderValue::from_static("x-amzn-RequestId,x-amzn-ErrorType,x-amzn-ErrorMessage,Date"),
        );
    }
}

const fn status_class(status: u16) -> &'static str {
    match status {
        500.. => "5xx",
        400.. => "4xx",
        300.. => "3xx",
        _ => "2xx",
    }
}
