//! Owns the reading of request bodies: at most one mebibyte, within half a minute.

use std::time::Duration;

use actix_web::HttpRequest;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::web::{Bytes, Payload};

/// The largest body, in bytes.
const LARGEST: usize = 1024 * 1024;
/// The longest that a client may take to send it.
const PATIENCE: Duration = Duration::from_secs(30);

/// Reads a whole body; `None` when it is too large, too slow, or cut off.
pub async fn read(payload: Payload) -> Option<Bytes> {
    read_up_to(payload, LARGEST).await
}

/// As [`read`], with pictures in it: twice as large, as Cognito allows (API model, CreateManagedLoginBranding).
pub async fn read_pictures(payload: Payload) -> Option<Bytes> {
    read_up_to(payload, 2 * LARGEST).await
}

/// As [`read`], where a small one is all that anybody needs.
pub async fn read_small(payload: Payload) -> Option<Bytes> {
    read_up_to(payload, LARGEST / 16).await
}

async fn read_up_to(payload: Payload, largest: usize) -> Option<Bytes> {
    tokio::time::timeout(PATIENCE, payload.to_bytes_limited(largest)).await.ok()?.ok()?.ok()
}

/// Reads a form as text; `None` also when it is not `application/x-www-form-urlencoded`.
pub async fn read_form(request: &HttpRequest, payload: Payload) -> Option<String> {
    let content_type = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let media_type = content_type.split(';').next().unwrap_or_default().trim();
    if !media_type.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        return None;
    }
    String::from_utf8(read(payload).await?.to_vec()).ok()
}
