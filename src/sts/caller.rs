//! Owns who signed a request: an operator with a configured key, or somebody with temporary credentials. It must not
//! know what the request asks for.

use secrecy::ExposeSecret as _;

use super::credentials::{self, Principal};
use crate::clock::Timestamp;
use crate::crypto::sigv4::{self, CredentialScope, SigV4Fault, SignedRequest};
use crate::cx::{Cx, Mode};
use crate::error::{Error, SignatureFault};

/// Who signed, for what, and until when that works.
#[derive(Debug, Clone)]
pub struct Signer {
    /// Who.
    pub principal: Principal,
    /// The service, the region and the day that the signature is for.
    pub scope: CredentialScope,
    /// When temporary credentials stop working.
    pub expires_at: Option<Timestamp>,
}

/// Finds out who signed `request`. A development server believes any key that is not a temporary one.
///
/// # Errors
/// [`Error::Signature`].
pub fn authenticate(cx: &Cx, request: &SignedRequest<'_>) -> Result<Signer, Error> {
    let authorization = header(request, "authorization").ok_or_else(missing)?;
    let scope = sigv4::parse_credential(authorization).ok_or_else(incomplete)?;
    let Some(token) = header(request, "x-amz-security-token") else {
        return operator(cx, request, scope);
    };
    let opened = credentials::open(cx, &scope.access_key_id, token).ok_or_else(unknown)?;
    let scope = sigv4::verify(request, opened.secret_access_key.expose_secret(), cx.now().seconds()).map_err(fault)?;
    if opened.expires_at <= cx.now() {
        let text = "The security token included in the request is expired";
        return Err(Error::Signature(SignatureFault::ExpiredToken, text.to_owned()));
    }
    if cx.mode == Mode::Production && !opened.is_key_current(cx) {
        return Err(unknown());
    }
    Ok(Signer { principal: opened.principal, scope, expires_at: Some(opened.expires_at) })
}

/// Checks that an administrator signed `request` for `service`.
///
/// # Errors
/// [`Error::Signature`].
pub fn require_operator(cx: &Cx, request: &SignedRequest<'_>, service: &str, action: &str) -> Result<(), Error> {
    let signer = authenticate(cx, request)?;
    if signer.scope.service != service {
        let text = format!("Credential should be scoped to correct service: '{service}'.");
        return Err(Error::Signature(SignatureFault::InvalidSignature, text));
    }
    match signer.principal {
        Principal::Operator { .. } => Ok(()),
        principal @ Principal::Role(_) => {
            let (_, _, arn) = principal.names(&cx.config.account_id);
            let text = format!("User: {arn} is not authorized to perform: {service}:{action}");
            Err(Error::Signature(SignatureFault::AccessDenied, text))
        }
    }
}

fn operator(cx: &Cx, request: &SignedRequest<'_>, scope: CredentialScope) -> Result<Signer, Error> {
    let key = cx.config.admin_keys.iter().find(|key| key.access_key_id == scope.access_key_id);
    let scope = match (key, cx.mode) {
        (_, Mode::Development) => scope,
        (None, Mode::Production) => return Err(unknown()),
        (Some(key), Mode::Production) => {
            sigv4::verify(request, key.secret_access_key.expose_secret(), cx.now().seconds()).map_err(fault)?
        }
    };
    let principal = Principal::Operator { access_key_id: scope.access_key_id.clone() };
    Ok(Signer { principal, scope, expires_at: None })
}

fn header<'a>(request: &SignedRequest<'a>, name: &str) -> Option<&'a str> {
    request.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.trim())
}

fn missing() -> Error {
    let text = "Missing Authentication Token";
    Error::Signature(SignatureFault::MissingAuthenticationToken, text.to_owned())
}

fn incomplete() -> Error {
    let text = "The Authorization header is not a complete AWS4-HMAC-SHA256 signature";
    Error::Signature(SignatureFault::IncompleteSignature, text.to_owned())
}

fn unknown() -> Error {
    let text = "The security token included in the request is invalid.";
    Error::Signature(SignatureFault::UnrecognizedClient, text.to_owned())
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
