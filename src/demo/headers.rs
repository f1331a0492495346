//! Owns the header fields that every answer carries to keep browsers from doing anything a page did not ask for.
//! It must not know the pages.

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{Error, web};

use super::Site;

/// Middleware that adds the fields; an answer's own ones win.
///
/// # Errors
/// Those of the handler.
pub async fn add<B: MessageBody>(request: ServiceRequest, next: Next<B>) -> Result<ServiceResponse<B>, Error> {
    let site = request.app_data::<web::Data<Site>>().cloned();
    let mut response = next.call(request).await?;
    if let Some(site) = site {
        fill(response.headers_mut(), &site);
    }
    Ok(response)
}

fn fill(headers: &mut HeaderMap, site: &Site) {
    // Browsers hold a form to `form-action` through all redirects that follow it. Signing out leads to the pool and may
    // lead on to an identity provider, which only the pool knows; so besides the pool any secure address may follow,
    // and on a laptop any local one.
    let local = if site.is_https() { "" } else { " http://localhost:* http://127.0.0.1:*" };
    let policy = format!(
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; form-action 'self' {} https:{local}; \
         base-uri 'none'; frame-ancestors 'none'",
        site.pool_origin()
    );
    let mut fields = vec![
        ("content-security-policy", policy.as_str()),
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        // With `no-referrer` browsers would send `Origin: null` with our own forms.
        ("referrer-policy", "same-origin"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        ("permissions-policy", "camera=(), geolocation=(), microphone=()"),
        ("cache-control", "no-store"),
    ];
    if site.is_https() {
        fields.push(("strict-transport-security", "max-age=31536000"));
    }
    for (name, value) in fields {
        let name = HeaderName::from_static(name);
        if let Ok(value) = HeaderValue::from_str(value)
            && !headers.contains_key(&name)
        {
            headers.insert(name, value);
        }
    }
}
