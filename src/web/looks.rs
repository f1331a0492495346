//! Owns the addresses of looks: `/looks/{pool}/{target}/{version}/{file}`. A version never changes, so it is cached
//! for good. A picture may be an SVG that somebody opens by itself: a sandbox keeps its scripts from running here.

use actix_web::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY};
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};

use super::hosted::error;
use super::{errors, site};
use crate::auth::looks;
use crate::cx::Cx;
use crate::domain::ids::PoolId;

/// `GET /looks/…`.
pub async fn look(cx: Data<Cx>, path: Path<(String, String, String, String)>, http: HttpRequest) -> HttpResponse {
    let (pool, target, version, file) = path.into_inner();
    let Some(pool) = PoolId::parse(&pool).filter(|pool| site::serves(&http, pool)) else {
        return error::not_found().await;
    };
    let found = match version.as_bytes().first() {
        Some(b'c') => looks::classic(&cx, &pool, (&target, &file)).await,
        Some(b'm') => looks::managed(&cx, &pool, (&target, &file)).await,
        _ => Ok(None),
    };
    match found {
        Ok(Some((kind, bytes))) => HttpResponse::Ok()
            .content_type(kind)
            .insert_header((CACHE_CONTROL, "public, max-age=31536000, immutable"))
            .insert_header((CONTENT_SECURITY_POLICY, "default-src 'none'; style-src 'unsafe-inline'; sandbox"))
            .body(bytes),
        Ok(None) => error::not_found().await,
        Err(fault) => {
            errors::log(&fault);
            HttpResponse::InternalServerError().finish()
        }
    }
}
