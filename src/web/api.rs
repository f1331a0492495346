//! Owns the HTTP side of the JSON API: finding the operation, checking the signature of admin calls, CORS, and the
//! shape of answers. It must not know any operation.

use actix_web::http::header::{ACCESS_CONTROL_REQUEST_HEADERS, AUTHORIZATION, CONTENT_TYPE};
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use secrecy::ExposeSecret as _;

use super::errors::ApiError;
use super::{address, body, site};
use crate::api::operation::{Access, Caller, find};
use crate::crypto::sigv4::{self, SigV4Fault, SignedRequest};
use crate::cx::{Cx, Mode};
use crate::error::{Error, SignatureFault};

const TARGET: &str = "x-amz-target";
const SERVICE: &str = "AWSCognitoIdentityProviderService.";
const JSON: &str = "application/x-amz-json-1.1";

/// `POST /`: one operation.
///
/// # Errors
/// The operation's own, or those of the protocol.
pub async fn call(cx: Data<Cx>, request: HttpRequest, payload: Payload) -> Result<HttpResponse, ApiError> {
    let target = header(&request, TARGET).and_then(|target| target.strip_prefix(SERVICE));
    let entry = target.and_then(find).ok_or(Error::UnknownOperation)?;
    if site::hides_api(&cx, &request) {
        return Err(Error::UnknownOperation.into());
    }
    let has_pictures = matches!(entry.name, "CreateManagedLoginBranding" | "UpdateManagedLoginBranding");
    let body = if has_pictures { body::read_pictures(payload).await } else { body::read(payload).await };
    let body = body.ok_or_else(|| Error::Serialization("The body is too large or was cut off".to_owned()))?;
    if entry.access == Access::Admin && cx.mode == Mode::Production {
        verify_signature(&cx, &request, &body)?;
    }
    let scope = header(&request, AUTHORIZATION.as_str()).and_then(sigv4::parse_credential);
    let region = scope.map(|scope| scope.region).filter(|region| is_region(region));
    let caller =
        Caller { region: region.unwrap_or_else(|| "us-east-1".to_owned()), address: address::of(&cx, &request) };
    metrics::counter!("cenote_api_calls_total", "operation" => entry.name).increment(1);
    let answer = entry.call(&cx, &caller, &body).await?;
    Ok(HttpResponse::Ok().insert_header((CONTENT_TYPE, JSON)).body(answer))
}

/// `OPTIONS /`: what a browser asks before it calls from another origin; anybody may (spec: CORS).
pub async fn preflight(request: HttpRequest) -> HttpResponse {
    let asked = header(&request, ACCESS_CONTROL_REQUEST_HEADERS.as_str()).unwrap_or("*").to_owned();
    HttpResponse::Ok()
        .insert_header(("Access-Control-Allow-Headers", asked))
        .insert_header(("Access-Control-Allow-Methods", "POST"))
        .insert_header(("Access-Control-Max-Age", "172800"))
        .finish()
}

fn verify_signature(cx: &Cx, request: &HttpRequest, body: &[u8]) -> Result<(), Error> {
    let refuse = |fault: SignatureFault, text: &str| Error::Signature(fault, text.to_owned());
    let missing = || refuse(SignatureFault::MissingAuthenticationToken, "Missing Authentication Token");
    let authorization = header(request, AUTHORIZATION.as_str()).ok_or_else(missing)?;
    let incomplete = || {
        refuse(
            SignatureFault::IncompleteSignature,
            "The Authorization header is not a complete AWS4-HMAC-SHA256 signature",
        )
    };
    let scope = sigv4::parse_credential(authorization).ok_or_else(incomplete)?;
    let unknown =
        || refuse(SignatureFault::UnrecognizedClient, "The security token included in the request is invalid.");
    let key = cx.config.admin_keys.iter().find(|key| key.access_key_id == scope.access_key_id).ok_or_else(unknown)?;
    let headers: Vec<(String, String)> = request
        .headers()
        .iter()
        .map(|(name, value)| (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
        .collect();
    let uri = request.uri();
    let signed = SignedRequest {
        method: request.method().as_str(),
        path: uri.path(),
        query: uri.query().unwrap_or_default(),
        headers: &headers,
        body,
    };
    let scope = sigv4::verify(&signed, key.secret_access_key.expose_secret(), cx.now().seconds()).map_err(fault)?;
    if scope.service != "cognito-idp" {
        return Err(refuse(
            SignatureFault::InvalidSignature,
            "Credential should be scoped to correct service: 'cognito-idp'.",
        ));
    }
    Ok(())
}

fn fault(fault: SigV4Fault) -> Error {
    let kind = match fault {
        SigV4Fault::Missing => SignatureFault::MissingAuthenticationToken,
        SigV4Fault::Incomplete(_) => SignatureFault::IncompleteSignature,
        _ => SignatureFault::InvalidSignature,
    };
    let text = match fault {
        SigV4Fault::Mismatch => "The request signature we calculated does not match the signature you provided. \
             Check your AWS Secret Access Key and signing method."
            .to_owned(),
        other => other.to_string(),
    };
    Error::Signature(kind, text)
}

fn is_region(text: &str) -> bool {
    (5..=32).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

fn header<'a>(request: &'a HttpRequest, name: &str) -> Option<&'a str> {
    request.headers().get(name).and_then(|value| value.to_str().ok())
}
