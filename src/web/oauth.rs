//! Owns the HTTP side of the OAuth endpoints that apps call: token, user info, revocation, discovery, JWKS.

use std::sync::Arc;

use actix_web::http::header::{AUTHORIZATION, CACHE_CONTROL, ETag, EntityTag, Header as _, IfNoneMatch};
use actix_web::web::{Data, Path, Payload};
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;

use super::errors::{BearerError, OAuthError};
use super::hosted::error;
use super::{body, site};
use crate::cx::{Cx, PoolEntry, Published};
use crate::error::{Error, OAuthFault, Thing};
use crate::oauth::client_authentication::Presented;
use crate::oauth::{discovery, revoke, token, userinfo};

/// For how long discovery and JWKS may be cached; key rotation overlaps by as much.
const PUBLIC: &str = "public, max-age=86400";

/// `POST /oauth2/token`.
///
/// # Errors
/// RFC 6749 §5.2.
pub async fn token(cx: Data<Cx>, request: HttpRequest, payload: Payload) -> Result<HttpResponse, OAuthError> {
    let form = form(&request, payload).await?;
    let (header, site) = (authorization(&request)?, site::pool(&request));
    let presented = Presented { authorization: header.as_deref(), site: site.as_ref() };
    let answer = token::answer(&cx, presented, &form).await?;
    Ok(secret_json(&answer))
}

/// `GET` or `POST /oauth2/userInfo`.
///
/// # Errors
/// RFC 6750 §3.1.
pub async fn user_info(cx: Data<Cx>, request: HttpRequest) -> Result<HttpResponse, BearerError> {
    let (header, site) = (authorization(&request)?, site::pool(&request));
    let presented = Presented { authorization: header.as_deref(), site: site.as_ref() };
    let claims = userinfo::answer(&cx, presented).await?;
    Ok(secret_json(&claims))
}

/// `POST /oauth2/revoke`: an empty answer.
///
/// # Errors
/// RFC 7009 §2.2.1.
pub async fn revoke(cx: Data<Cx>, request: HttpRequest, payload: Payload) -> Result<HttpResponse, OAuthError> {
    let form = form(&request, payload).await?;
    let (header, site) = (authorization(&request)?, site::pool(&request));
    let presented = Presented { authorization: header.as_deref(), site: site.as_ref() };
    let outcome = revoke::answer(&cx, presented, &form).await;
    outcome.map_err(unauthorized_when_client_fails)?;
    Ok(HttpResponse::Ok().insert_header((CACHE_CONTROL, "no-store")).finish())
}

/// `GET /{pool}/.well-known/openid-configuration`.
///
/// # Errors
/// An unknown pool.
pub async fn discovery(cx: Data<Cx>, pool: Path<String>, request: HttpRequest) -> Result<HttpResponse, OAuthError> {
    let pool = served(&cx, &request, &pool).await?;
    Ok(discovery_of(&cx, &request, &pool))
}

/// `GET /.well-known/openid-configuration` on a pool's own domain.
///
/// # Errors
/// The address is no pool's own.
pub async fn own_discovery(cx: Data<Cx>, request: HttpRequest) -> Result<HttpResponse, OAuthError> {
    match site::pool(&request) {
        Some(pool) => Ok(discovery_of(&cx, &request, &*cx.pool(&pool).await?)),
        None => Ok(error::not_found().await),
    }
}

/// `GET /{pool}/.well-known/jwks.json`.
///
/// # Errors
/// An unknown pool.
pub async fn jwks(cx: Data<Cx>, pool: Path<String>, request: HttpRequest) -> Result<HttpResponse, OAuthError> {
    let pool = served(&cx, &request, &pool).await?;
    Ok(public_json(&request, &pool.keys.jwks))
}

/// `GET /.well-known/jwks.json` on a pool's own domain.
///
/// # Errors
/// The address is no pool's own.
pub async fn own_jwks(cx: Data<Cx>, request: HttpRequest) -> Result<HttpResponse, OAuthError> {
    match site::pool(&request) {
        Some(pool) => Ok(public_json(&request, &cx.pool(&pool).await?.keys.jwks)),
        None => Ok(error::not_found().await),
    }
}

/// The pool of that id, unless the request came to another pool's own domain.
pub(super) async fn served(cx: &Cx, request: &HttpRequest, name: &str) -> Result<Arc<PoolEntry>, Error> {
    let pool = cx.pool_named(name).await?;
    if site::serves(request, &pool.pool.id) { Ok(pool) } else { Err(Error::NotFound(Thing::Pool(name.to_owned()))) }
}

fn discovery_of(cx: &Cx, request: &HttpRequest, pool: &PoolEntry) -> HttpResponse {
    let document = pool.discovery.get_or_init(|| Published::new(discovery::document(cx, pool).to_string()));
    public_json(request, document)
}

/// The `Authorization` header, given at most once.
pub(super) fn authorization(request: &HttpRequest) -> Result<Option<String>, Error> {
    let mut headers = request.headers().get_all(AUTHORIZATION);
    let malformed = || Error::oauth(OAuthFault::InvalidRequest, "The Authorization header is malformed");
    let Some(header) = headers.next() else { return Ok(None) };
    if headers.next().is_some() {
        return Err(malformed());
    }
    Ok(Some(header.to_str().map_err(|_| malformed())?.to_owned()))
}

async fn form(request: &HttpRequest, payload: Payload) -> Result<String, Error> {
    let form = body::read_form(request, payload).await;
    form.ok_or_else(|| Error::oauth(OAuthFault::InvalidRequest, "The body must be application/x-www-form-urlencoded"))
}

/// Revocation answers 401 for a client that fails (spec: revoke).
fn unauthorized_when_client_fails(fault: Error) -> Error {
    match fault {
        Error::OAuth(OAuthFault::InvalidClient, _) => Error::Unauthorized("invalid_client"),
        other => other,
    }
}

fn secret_json(value: &impl Serialize) -> HttpResponse {
    match serde_json::to_string(value) {
        Ok(json) => HttpResponse::Ok()
            .insert_header((CACHE_CONTROL, "no-store"))
            .insert_header(("Pragma", "no-cache"))
            .content_type("application/json;charset=UTF-8")
            .body(json),
        Err(_) => HttpResponse::InternalServerError().finish(),
    }
}

fn public_json(request: &HttpRequest, document: &Published) -> HttpResponse {
    let tag = EntityTag::new_strong(document.etag.clone());
    let is_known = is_known(request, &tag);
    let mut response = if is_known { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    response.insert_header((CACHE_CONTROL, PUBLIC));
    response.insert_header(ETag(tag));
    if is_known { response.finish() } else { response.content_type("application/json").body(document.json.clone()) }
}

/// Whether the client already has this version (RFC 9110 §13.1.2: any of a list, compared weakly, since proxies that
/// compress weaken tags).
fn is_known(request: &HttpRequest, tag: &EntityTag) -> bool {
    match IfNoneMatch::parse(request) {
        Ok(IfNoneMatch::Any) => true,
        Ok(IfNoneMatch::Items(known)) => known.iter().any(|known| known.weak_eq(tag)),
        Err(_) => false,
    }
}
