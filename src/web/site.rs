//! Owns whose domain a request came to. A pool's own domain answers for that pool and for no other, and the API is
//! not there at all.

use std::sync::Arc;

use actix_web::http::header::{HOST, HeaderMap};
use actix_web::{HttpMessage as _, HttpRequest};

use crate::cx::Cx;
use crate::domain::ids::PoolId;
use crate::domain::pool_domain::PoolDomain;
use crate::error::Error;

/// The domain of a request, kept with it.
#[derive(Clone)]
pub struct Site(Arc<PoolDomain>);

impl Site {
    /// Finds the domain by the request's `Host`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find(cx: &Cx, headers: &HeaderMap) -> Result<Option<Self>, Error> {
        let host = headers.get(HOST).and_then(|value| value.to_str().ok()).unwrap_or_default();
        Ok(cx.domain_at(host).await?.map(Self))
    }
}

/// Whether the API is out of reach here; the server's public name may be a pool's domain as well.
#[must_use]
pub fn hides_api(cx: &Cx, http: &HttpRequest) -> bool {
    of(http).is_some_and(|domain| !cx.is_public_host(&domain.host))
}

/// The pool's domain that a request came to; `None` at the server's own name.
#[must_use]
pub fn of(http: &HttpRequest) -> Option<Arc<PoolDomain>> {
    http.extensions().get::<Site>().map(|site| Arc::clone(&site.0))
}

/// The pool whose domain a request came to.
#[must_use]
pub fn pool(http: &HttpRequest) -> Option<PoolId> {
    of(http).map(|domain| domain.pool_id.clone())
}

/// Whether a request may be answered for `pool`.
#[must_use]
pub fn serves(http: &HttpRequest, pool: &PoolId) -> bool {
    of(http).is_none_or(|domain| domain.pool_id == *pool)
}

/// The address under which the browser sees this server.
#[must_use]
pub fn base(cx: &Cx, http: &HttpRequest) -> String {
    of(http).map_or_else(|| cx.config.base().to_owned(), |domain| cx.base_at(&domain.host))
}
