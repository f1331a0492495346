//! Owns the HTTP side of `/oauth2/register`, where applications register themselves. Pages of other origins may not call
//! it: else any page could make its visitors register clients.

use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use actix_web::web::{Data, Path, Payload};
use actix_web::{HttpRequest, HttpResponse};

use super::errors::RegistrationError;
use super::hosted::error;
use super::{address, body, oauth, site};
use crate::cx::Cx;
use crate::error::{Error, OAuthFault};
use crate::oauth::registration;

/// `POST /oauth2/register` on a pool's own domain.
///
/// # Errors
/// RFC 7591 §3.2.2.
pub async fn own(cx: Data<Cx>, request: HttpRequest, payload: Payload) -> Result<HttpResponse, RegistrationError> {
    match site::pool(&request) {
        Some(pool) => register(&cx, (&request, payload), pool.as_str()).await,
        None => Ok(error::not_found().await),
    }
}

/// `POST /{pool}/oauth2/register` at the server's public address.
///
/// # Errors
/// RFC 7591 §3.2.2.
pub async fn named(
    cx: Data<Cx>,
    pool: Path<String>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, RegistrationError> {
    register(&cx, (&request, payload), &pool).await
}

/// A pool where nobody registers has no such address.
async fn register(
    cx: &Cx,
    (request, payload): (&HttpRequest, Payload),
    pool: &str,
) -> Result<HttpResponse, RegistrationError> {
    let found = oauth::served(cx, request, pool).await;
    let Ok(pool) = found else { return Ok(error::not_found().await) };
    let Some(settings) = &pool.pool.settings.registration else { return Ok(error::not_found().await) };
    let address = address::of(cx, request);
    cx.count_attempt(address)?;
    let malformed =
        || Error::oauth(OAuthFault::InvalidClientMetadata, "The body must be a small application/json object");
    let kind = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let is_json = kind.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("application/json");
    let body = body::read_small(payload).await.filter(|_| is_json).ok_or_else(malformed)?;
    let authorization = oauth::authorization(request)?;
    let registered = registration::answer(cx, (&pool, settings), authorization.as_deref(), (&body, address)).await?;
    let json = serde_json::to_string(&registered).map_err(Error::internal)?;
    Ok(HttpResponse::Created()
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header(("Pragma", "no-cache"))
        .content_type("application/json")
        .body(json))
}
