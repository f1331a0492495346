//! Owns the handler's view of who signed in. It must not know how the session is kept.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::header::LOCATION;
use actix_web::http::{Method, StatusCode};
use actix_web::{FromRequest, HttpMessage as _, HttpRequest, HttpResponse, ResponseError};
use serde_json::{Map, Value};

/// Somebody who signed in, as the ID token tells. A handler with this argument sends everybody else to sign in; with
/// `Option<Person>` it answers them, too.
#[derive(Debug, Clone)]
pub struct Person {
    /// The claims of the ID token, which was verified when it came.
    pub claims: Map<String, Value>,
    /// What calls other APIs on the person's behalf.
    pub access_token: String,
    /// What identity pools take for credentials.
    pub id_token: String,
    /// What forms must repeat in the field `_csrf`.
    pub csrf: String,
}

impl Person {
    /// A claim that is text; empty when there is none.
    #[must_use]
    pub fn text(&self, claim: &str) -> &str {
        self.claims.get(claim).and_then(Value::as_str).unwrap_or_default()
    }
}

/// Nobody is signed in.
#[derive(Debug, Clone, thiserror::Error)]
#[error("sign in first")]
pub struct SignInFirst {
    /// Where to come back to; only pages that are read can be.
    return_to: Option<String>,
}

impl ResponseError for SignInFirst {
    fn status_code(&self) -> StatusCode {
        if self.return_to.is_some() { StatusCode::SEE_OTHER } else { StatusCode::UNAUTHORIZED }
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status_code());
        if let Some(path) = &self.return_to {
            let query = url::form_urlencoded::Serializer::new(String::new()).append_pair("return_to", path).finish();
            response.insert_header((LOCATION, format!("/login?{query}")));
        }
        response.finish()
    }
}

impl FromRequest for Person {
    type Error = SignInFirst;
    type Future = Ready<Result<Self, SignInFirst>>;

    fn from_request(request: &HttpRequest, _payload: &mut Payload) -> Self::Future {
        let person = request.extensions().get::<Self>().cloned();
        ready(person.ok_or_else(|| {
            let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
            SignInFirst { return_to: (request.method() == Method::GET).then(|| path.to_owned()) }
        }))
    }
}
