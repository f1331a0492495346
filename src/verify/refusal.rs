//! Owns why a token gets nothing, and how that is said in HTTP (RFC 6750 §3). It must not know tokens.

use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, WWW_AUTHENTICATE};
use actix_web::{HttpResponse, ResponseError};
use serde_json::json;

/// Why a request is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No token came.
    #[error("a bearer token is required")]
    Missing,
    /// The request is not one with one bearer token.
    #[error("the request is malformed: {0}")]
    Malformed(&'static str),
    /// The token is not good.
    #[error("{0}")]
    Invalid(&'static str),
    /// The token is good, but not for this.
    #[error("the token does not allow this")]
    Insufficient {
        /// Scopes of which one is needed.
        scope: Option<String>,
    },
    /// The issuer's keys cannot be had, so that nothing can be said of the token.
    #[error("the issuer's keys cannot be fetched")]
    Unavailable,
}

impl Refusal {
    fn error(&self) -> Option<&'static str> {
        match self {
            Self::Missing | Self::Unavailable => None,
            Self::Malformed(_) => Some("invalid_request"),
            Self::Invalid(_) => Some("invalid_token"),
            Self::Insufficient { .. } => Some("insufficient_scope"),
        }
    }

    /// The `WWW-Authenticate` header; a request without a token gets no error code (RFC 6750 §3.1).
    fn challenge(&self) -> String {
        let mut challenge = "Bearer realm=\"api\"".to_owned();
        if let Some(error) = self.error() {
            challenge.push_str(&format!(", error=\"{error}\", error_description=\"{self}\""));
        }
        if let Self::Insufficient { scope: Some(scope) } = self {
            let shown: String = scope.chars().filter(|letter| letter.is_ascii_graphic() || *letter == ' ').collect();
            challenge.push_str(&format!(", scope=\"{}\"", shown.replace(['"', '\\'], "")));
        }
        challenge
    }
}

impl ResponseError for Refusal {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::Missing | Self::Invalid(_) => StatusCode::UNAUTHORIZED,
            Self::Malformed(_) => StatusCode::BAD_REQUEST,
            Self::Insufficient { .. } => StatusCode::FORBIDDEN,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status_code());
        response.insert_header((CACHE_CONTROL, "no-store"));
        if !matches!(self, Self::Unavailable) {
            response.insert_header((WWW_AUTHENTICATE, self.challenge()));
        }
        response.json(json!({ "error": self.error().unwrap_or("unauthorized"), "message": self.to_string() }))
    }
}
