//! Owns the way of a token from a request into a handler's argument. It must not know how a token is checked.

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::header::AUTHORIZATION;
use actix_web::{FromRequest, HttpRequest};

use super::{Claims, Refusal, Requirement, Verifier};

impl FromRequest for Claims {
    type Error = Refusal;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Refusal>>>>;

    fn from_request(request: &HttpRequest, _payload: &mut Payload) -> Self::Future {
        let token = bearer(request).map(ToOwned::to_owned);
        let verifier = request.app_data::<Verifier>().cloned();
        let requirement = request.app_data::<Requirement>().cloned().unwrap_or_default();
        Box::pin(async move {
            let token = token?;
            // Without a verifier nobody can say that a token is good.
            let Some(verifier) = verifier else { return Err(Refusal::Unavailable) };
            verifier.verify(&token, &requirement).await
        })
    }
}

/// The only bearer token of a request (RFC 6750 §2.1).
fn bearer(request: &HttpRequest) -> Result<&str, Refusal> {
    let mut headers = request.headers().get_all(AUTHORIZATION);
    let header = headers.next().ok_or(Refusal::Missing)?;
    if headers.next().is_some() {
        return Err(Refusal::Malformed("several Authorization headers"));
    }
    let text = header.to_str().map_err(|_| Refusal::Malformed("the Authorization header is not text"))?;
    let (scheme, token) = text.split_once(' ').unwrap_or((text, ""));
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(Refusal::Missing);
    }
    let token = token.trim();
    let is_token =
        !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte));
    is_token.then_some(token).ok_or(Refusal::Malformed("the bearer token is no token"))
}
