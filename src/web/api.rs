//! Owns the HTTP side of the JSON APIs: finding the operation, checking the signature of admin calls, CORS, and the
//! shape of answers. It must not know any operation.

use actix_web::http::header::{ACCESS_CONTROL_REQUEST_HEADERS, AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};

use super::errors::ApiError;
use super::{address, body, origin, site, sts};
use crate::api::operation::{Access, Caller, find_target};
use crate::crypto::digest::{hex, sha256};
use crate::crypto::sigv4::{self, SignedRequest};
use crate::cx::{Cx, Mode};
use crate::error::Error;
use crate::sts::caller::require_operator;

const TARGET: &str = "x-amz-target";
const FORM: &str = "application/x-www-form-urlencoded";
const JSON: &str = "application/x-amz-json-1.1";

/// `POST /`: one operation of a JSON service, or of the token service, which sends forms.
///
/// # Errors
/// The operation's own, or those of the protocol.
pub async fn call(cx: Data<Cx>, request: HttpRequest, payload: Payload) -> Result<HttpResponse, ApiError> {
    let target = header(&request, TARGET);
    if site::hides_api(&cx, &request) {
        return Err(Error::UnknownOperation.into());
    }
    let is_form = header(&request, CONTENT_TYPE.as_str()).is_some_and(|kind| kind.starts_with(FORM));
    if target.is_none() && is_form {
        return Ok(sts::call(&cx, &request, payload).await);
    }
    let (service, entry) = target.and_then(find_target).ok_or(Error::UnknownOperation)?;
    if entry.access == Access::Admin {
        origin::check(&cx, &request)?;
    }
    let has_pictures = matches!(entry.name, "CreateManagedLoginBranding" | "UpdateManagedLoginBranding");
    let body = if has_pictures { body::read_pictures(payload).await } else { body::read(payload).await };
    let body = body.ok_or_else(|| Error::Serialization("The body is too large or was cut off".to_owned()))?;
    if entry.access == Access::Admin && cx.mode == Mode::Production {
        let received = Signable::of(&request, &body);
        require_operator(&cx, &received.signed(&request), service.signing_name, entry.name)?;
    }
    let scope = header(&request, AUTHORIZATION.as_str()).and_then(sigv4::parse_credential);
    let named_region = scope.map(|scope| scope.region).filter(|region| is_region(region));
    let caller = Caller { named_region, address: address::of(&cx, &request) };
    metrics::counter!("cenote_api_calls_total", "operation" => entry.name).increment(1);
    let answer = entry.call(&cx, &caller, &body).await.map_err(|fault| service.named(fault))?;
    Ok(HttpResponse::Ok().insert_header((CONTENT_TYPE, JSON)).body(answer))
}

/// `OPTIONS /`: what a browser asks before it calls from another origin; anybody may (spec: CORS). It does not say which
/// operation is meant, so that [`call`] refuses those that are not for pages.
pub async fn preflight(request: HttpRequest) -> HttpResponse {
    let asked = header(&request, ACCESS_CONTROL_REQUEST_HEADERS.as_str()).unwrap_or("*").to_owned();
    HttpResponse::Ok()
        .insert_header(("Access-Control-Allow-Headers", asked))
        .insert_header(("Access-Control-Allow-Methods", "POST"))
        .insert_header(("Access-Control-Max-Age", "172800"))
        .finish()
}

/// The parts of a request that signatures cover.
pub(super) struct Signable {
    headers: Vec<(String, String)>,
    body_digest: String,
}

impl Signable {
    pub(super) fn of(request: &HttpRequest, body: &[u8]) -> Self {
        let headers = request.headers().iter();
        let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        let headers = headers.map(|(name, value)| (name.as_str().to_owned(), text(value))).collect();
        Self { headers, body_digest: hex(&sha256(body)) }
    }

    pub(super) fn signed<'a>(&'a self, request: &'a HttpRequest) -> SignedRequest<'a> {
        SignedRequest {
            method: request.method().as_str(),
            path: request.uri().path(),
            query: request.uri().query().unwrap_or_default(),
            headers: &self.headers,
            body_digest: &self.body_digest,
        }
    }
}

fn is_region(text: &str) -> bool {
    (5..=32).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

fn header<'a>(request: &'a HttpRequest, name: &str) -> Option<&'a str> {
    request.headers().get(name).and_then(|value| value.to_str().ok())
}
