//! Owns the HTTP side of the token service: forms in, XML out, and how its faults look. Also the small endpoint where
//! another server asks who signed a request, and the documents of the identity pools' issuer. It must not know how
//! credentials are made.

use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use serde::Deserialize;
use serde_json::json;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::errors::{ApiError, log};
use super::{api, body, origin};
use crate::clock::Timestamp;
use crate::crypto::sigv4::SignedRequest;
use crate::cx::Cx;
use crate::error::{Error, SignatureFault};
use crate::sts::actions::{Answer, act};
use crate::sts::caller::authenticate;
use crate::sts::credentials::{Credentials, Principal, RoleSession};
use crate::sts::issuer;
use crate::sts::parameters::Parameters;

const XML: &str = "text/xml";

#[derive(Template)]
#[template(path = "sts/assumed.xml")]
struct AssumedView<'a> {
    action: &'static str,
    subject: Option<&'a str>,
    audience: Option<&'a str>,
    provider: Option<&'a str>,
    assumed: Option<(String, String)>,
    access_key_id: &'a str,
    secret_access_key: &'a str,
    session_token: &'a str,
    expiration: String,
    request_id: &'a str,
}

#[derive(Template)]
#[template(path = "sts/caller.xml")]
struct CallerView<'a> {
    account: &'a str,
    user_id: &'a str,
    arn: &'a str,
    request_id: &'a str,
}

#[derive(Template)]
#[template(path = "sts/key.xml")]
struct KeyView<'a> {
    account: &'a str,
    request_id: &'a str,
}

#[derive(Template)]
#[template(path = "sts/error.xml")]
struct ErrorView<'a> {
    kind: &'static str,
    code: &'a str,
    message: &'a str,
    request_id: &'a str,
}

/// An action of the token service.
pub async fn call(cx: &Cx, request: &HttpRequest, payload: Payload) -> HttpResponse {
    let request_id = cx.random().uuid();
    match answer(cx, request, payload).await {
        Ok(Answer::Relayed(status, body)) => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY);
            HttpResponse::build(status).insert_header((CONTENT_TYPE, XML)).body(body)
        }
        Ok(answer) => xml(StatusCode::OK, written(cx, &answer, &request_id), &request_id),
        Err(fault) => refused(&fault, &request_id),
    }
}

async fn answer(cx: &Cx, request: &HttpRequest, payload: Payload) -> Result<Answer, Error> {
    let body = body::read(payload).await;
    let body = body.ok_or_else(|| Error::InvalidParameter("The body is too large or was cut off".to_owned()))?;
    let parameters = Parameters::parse(&body)?;
    if parameters.get("Action") != Some("AssumeRoleWithWebIdentity") {
        origin::check(cx, request)?;
    }
    metrics::counter!("cenote_sts_calls_total").increment(1);
    let received = api::Signable::of(request, &body);
    act(cx, &parameters, &received.signed(request)).await
}

fn written(cx: &Cx, answer: &Answer, request_id: &str) -> String {
    let account = cx.config.account_id.as_str();
    let text = match answer {
        Answer::WebIdentity(assumed) => {
            let view = AssumedView {
                subject: assumed.session.subject.as_deref(),
                audience: assumed.session.audience.as_deref(),
                provider: assumed.session.provider.as_deref(),
                assumed: Some(names(&assumed.session, account)),
                ..credentials("AssumeRoleWithWebIdentity", &assumed.credentials, request_id)
            };
            view.render()
        }
        Answer::Role(assumed) => {
            let user = Some(names(&assumed.session, account));
            AssumedView { assumed: user, ..credentials("AssumeRole", &assumed.credentials, request_id) }.render()
        }
        Answer::Session(given) => credentials("GetSessionToken", given, request_id).render(),
        Answer::Caller(account, user_id, arn) => CallerView { account, user_id, arn, request_id }.render(),
        Answer::KeyInfo(account) => KeyView { account, request_id }.render(),
        Answer::Relayed(..) => Ok(String::new()),
    };
    text.unwrap_or_default()
}

fn credentials<'a>(action: &'static str, given: &'a Credentials, request_id: &'a str) -> AssumedView<'a> {
    AssumedView {
        action,
        subject: None,
        audience: None,
        provider: None,
        assumed: None,
        access_key_id: &given.access_key_id,
        secret_access_key: given.secret(),
        session_token: given.token(),
        expiration: moment(given.expires_at),
        request_id,
    }
}

fn names(session: &RoleSession, account: &str) -> (String, String) {
    let (_, id, arn) = Principal::Role(session.clone()).names(account);
    (arn, id)
}

fn moment(at: Timestamp) -> String {
    let date = OffsetDateTime::from_unix_timestamp(at.seconds()).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    date.format(&Rfc3339).unwrap_or_default()
}

fn refused(fault: &Error, request_id: &str) -> HttpResponse {
    log(fault);
    let (code, status) = face(fault);
    let (kind, message) = (if status < 500 { "Sender" } else { "Receiver" }, fault.to_string());
    let text = ErrorView { kind, code, message: &message, request_id }.render().unwrap_or_default();
    xml(StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR), text, request_id)
}

/// The query protocol's names of faults that the JSON services call otherwise.
fn face(fault: &Error) -> (&'static str, u16) {
    match fault {
        Error::Signature(SignatureFault::MissingAuthenticationToken, _) => ("MissingAuthenticationToken", 403),
        Error::Signature(SignatureFault::IncompleteSignature, _) => ("IncompleteSignature", 400),
        Error::Signature(SignatureFault::UnrecognizedClient, _) => ("InvalidClientTokenId", 403),
        Error::Signature(SignatureFault::InvalidSignature, _) => ("SignatureDoesNotMatch", 403),
        Error::Signature(SignatureFault::ExpiredToken, _) => ("ExpiredToken", 403),
        Error::Signature(SignatureFault::AccessDenied, _) => ("AccessDenied", 403),
        Error::TooManyRequests => ("Throttling", 400),
        Error::InvalidParameter(_) | Error::Constraint(_) => ("ValidationError", 400),
        Error::Internal(_) => ("InternalFailure", 500),
        other => (other.face().cognito, other.face().status),
    }
}

fn xml(status: StatusCode, text: String, request_id: &str) -> HttpResponse {
    HttpResponse::build(status)
        .insert_header((CONTENT_TYPE, XML))
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header(("x-amzn-RequestId", request_id))
        .body(text)
}

/// A request that another server got, without its body.
#[derive(Deserialize)]
struct Received {
    method: String,
    path: String,
    #[serde(default)]
    query: String,
    headers: Vec<(String, String)>,
    body_sha256: String,
}

/// `POST /_cenote/verify-signature`: who signed a request that another server got. Only temporary credentials are
/// told of: they prove nothing about an operator's own key to anybody else.
///
/// # Errors
/// As for a call of our own.
pub async fn verify_signature(cx: Data<Cx>, payload: Payload) -> Result<HttpResponse, ApiError> {
    let body = body::read(payload).await.unwrap_or_default();
    let received: Received = serde_json::from_slice(&body).map_err(|fault| Error::Serialization(fault.to_string()))?;
    let headers: Vec<(String, String)> =
        received.headers.into_iter().map(|(name, value)| (name.to_ascii_lowercase(), value)).collect();
    let signed = SignedRequest {
        method: &received.method,
        path: &received.path,
        query: &received.query,
        headers: &headers,
        body_digest: &received.body_sha256,
    };
    let signer = authenticate(&cx, &signed)?;
    let (account, user_id, arn) = signer.principal.names(&cx.config.account_id);
    let (Principal::Role(session), Some(expires_at)) = (&signer.principal, signer.expires_at) else {
        let text = "The security token included in the request is invalid.".to_owned();
        return Err(Error::Signature(SignatureFault::UnrecognizedClient, text).into());
    };
    let answer = json!({
        "Account": account, "Arn": arn, "UserId": user_id, "Role": session.role, "SessionName": session.name,
        "Subject": session.subject, "Audience": session.audience, "Provider": session.provider,
        "Tags": session.tags, "Policy": session.policy, "Expiration": expires_at.seconds(),
        "Region": signer.scope.region, "Service": signer.scope.service,
    });
    Ok(HttpResponse::Ok().insert_header((CACHE_CONTROL, "no-store")).json(answer))
}

/// The discovery document of the identity pools' issuer.
pub async fn discovery(cx: Data<Cx>) -> HttpResponse {
    document(issuer::discovery(&cx))
}

/// The keys of the identity pools' issuer.
///
/// # Errors
/// When they cannot be had.
pub async fn keys(cx: Data<Cx>) -> Result<HttpResponse, ApiError> {
    Ok(document(cx.issuer_keys().await?.jwks.json.clone()))
}

fn document(json: String) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "application/json"))
        .insert_header((CACHE_CONTROL, "public, max-age=300"))
        .insert_header(("Access-Control-Allow-Origin", "*"))
        .body(json)
}
