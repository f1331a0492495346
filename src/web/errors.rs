//! Owns how faults look on the wire: four newtypes, one per surface. A handler's return type says which face it
//! shows, and `?` does the rest. The cause of an internal fault goes to the log, never to the wire.

use actix_web::body::BoxBody;
use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue, WWW_AUTHENTICATE};
use actix_web::{HttpResponse, ResponseError};
use serde_json::json;

use crate::error::{Error, OAuthFault};

/// A fault on the JSON API.
#[derive(Debug)]
pub struct ApiError(pub Error);

/// A fault on an OAuth endpoint.
#[derive(Debug)]
pub struct OAuthError(pub Error);

/// A fault at user info, which also speaks through `WWW-Authenticate` (RFC 6750 §3).
#[derive(Debug)]
pub struct BearerError(pub Error);

/// A fault of a registration, which speaks of the initial access token through `WWW-Authenticate` (RFC 6750 §3).
#[derive(Debug)]
pub struct RegistrationError(pub Error);

impl std::fmt::Display for RegistrationError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(formatter)
    }
}

impl From<Error> for RegistrationError {
    fn from(fault: Error) -> Self {
        Self(fault)
    }
}

impl ResponseError for RegistrationError {
    fn error_response(&self) -> HttpResponse<BoxBody> {
        log(&self.0);
        let face = self.0.face();
        let mut response = HttpResponse::build(status(face.status));
        response.insert_header((CACHE_CONTROL, "no-store")).content_type("application/json");
        if matches!(face.status, 401 | 403) {
            let challenge = format!("Bearer error=\"{}\", error_description=\"{}\"", face.oauth, self.0);
            response.insert_header((WWW_AUTHENTICATE, header_text(&challenge)));
        }
        response.body(oauth_body(&self.0).to_string())
    }
}

impl std::fmt::Display for ApiError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(formatter)
    }
}

impl std::fmt::Display for OAuthError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(formatter)
    }
}

impl std::fmt::Display for BearerError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(formatter)
    }
}

impl From<Error> for ApiError {
    fn from(fault: Error) -> Self {
        Self(fault)
    }
}

impl From<Error> for OAuthError {
    fn from(fault: Error) -> Self {
        Self(fault)
    }
}

impl From<Error> for BearerError {
    fn from(fault: Error) -> Self {
        Self(fault)
    }
}

impl ResponseError for ApiError {
    fn error_response(&self) -> HttpResponse<BoxBody> {
        log(&self.0);
        let name = self.0.face().cognito;
        let status =
            if name == "InternalErrorException" { StatusCode::INTERNAL_SERVER_ERROR } else { StatusCode::BAD_REQUEST };
        let message = self.0.to_string();
        HttpResponse::build(status)
            .insert_header((CONTENT_TYPE, "application/x-amz-json-1.1"))
            .insert_header(("x-amzn-ErrorType", format!("{name}:")))
            .insert_header(("x-amzn-ErrorMessage", header_text(&message)))
            .body(json!({ "__type": name, "message": message }).to_string())
    }
}

impl ResponseError for OAuthError {
    fn error_response(&self) -> HttpResponse<BoxBody> {
        log(&self.0);
        let face = self.0.face();
        let mut response = HttpResponse::build(status(face.status));
        response.insert_header((CACHE_CONTROL, "no-store")).content_type("application/json;charset=UTF-8");
        if face.status == 401 {
            response.insert_header((WWW_AUTHENTICATE, "Basic realm=\"UserPool\""));
        }
        response.body(oauth_body(&self.0).to_string())
    }
}

impl ResponseError for BearerError {
    fn error_response(&self) -> HttpResponse<BoxBody> {
        log(&self.0);
        let challenge = format!("error=\"{}\", error_description=\"{}\"", self.0.face().oauth, self.0);
        HttpResponse::build(status(self.0.face().status))
            .insert_header((CACHE_CONTROL, "no-store"))
            .insert_header((WWW_AUTHENTICATE, header_text(&challenge)))
            .content_type("application/json;charset=UTF-8")
            .body(oauth_body(&self.0).to_string())
    }
}

/// `error` with a description where it says more than the code itself.
fn oauth_body(fault: &Error) -> serde_json::Value {
    let code = fault.face().oauth;
    let description = fault.to_string();
    let is_plain = description == code || code == OAuthFault::InvalidGrant.code();
    if is_plain { json!({ "error": code }) } else { json!({ "error": code, "error_description": description }) }
}

/// Writes the cause of an internal fault to the log.
pub fn log(fault: &Error) {
    if let Error::Internal(cause) = fault {
        tracing::error!(%cause, "internal fault");
    }
}

fn status(code: u16) -> StatusCode {
    StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

/// The longest text in a header, in bytes: proxies refuse answers whose headers are too large.
const LONGEST_HEADER: usize = 1024;

/// `text` as a header value: one line of visible ASCII, which may end before the text does.
fn header_text(text: &str) -> HeaderValue {
    let letters = text.chars().take(LONGEST_HEADER);
    let line: String = letters.map(|letter| if matches!(letter, ' '..='~') { letter } else { ' ' }).collect();
    HeaderValue::from_str(&line).unwrap_or_else(|_| HeaderValue::from_static(""))
}
