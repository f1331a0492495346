//! Owns the token service's actions: which there are, who may call each, and what they answer. It must not know how
//! an answer is written.

use super::caller::{Signer, authenticate};
use super::credentials::{Credentials, Principal, RoleSession, mint};
use super::forward;
use super::parameters::{Parameters, is_of_a_name, is_of_an_arn};
use super::web_identity::{self, Assumed, Request};
use crate::crypto::sigv4::SignedRequest;
use crate::cx::Cx;
use crate::domain::role_arn::RoleArn;
use crate::error::{Error, SignatureFault, TokenServiceFault};

/// The version of the API.
pub const VERSION: &str = "2011-06-15";

/// What an action answers.
pub enum Answer {
    /// AssumeRoleWithWebIdentity.
    WebIdentity(Assumed),
    /// AssumeRole.
    Role(Assumed),
    /// GetSessionToken.
    Session(Credentials),
    /// GetCallerIdentity: account, user id, ARN.
    Caller(String, String, String),
    /// GetAccessKeyInfo: the account.
    KeyInfo(String),
    /// What another token service answered: status and body.
    Relayed(u16, Vec<u8>),
}

/// Runs the action that `parameters` name.
///
/// # Errors
/// The action's own, or that there is no such action.
pub async fn act(cx: &Cx, parameters: &Parameters, request: &SignedRequest<'_>) -> Result<Answer, Error> {
    let action = parameters.get("Action").unwrap_or_default();
    match action {
        "AssumeRoleWithWebIdentity" => {
            let wanted = Request::read(parameters)?;
            match &cx.config.sts.forward_to {
                Some(url) => {
                    forward::relay(cx, url, parameters).await.map(|(status, body)| Answer::Relayed(status, body))
                }
                None => web_identity::assume(cx, wanted).await.map(Answer::WebIdentity),
            }
        }
        "GetCallerIdentity" => {
            let signer = signed(cx, request)?.principal;
            let (account, user_id, arn) = signer.names(&cx.config.account_id);
            Ok(Answer::Caller(account, user_id, arn))
        }
        "AssumeRole" => assume_role(cx, parameters, &signed(cx, request)?.principal).map(Answer::Role),
        "GetSessionToken" => {
            let principal = require_key(signed(cx, request)?)?;
            let seconds = parameters.duration(43_200, (900, 129_600))?;
            mint(cx, principal, seconds).map(Answer::Session)
        }
        "GetAccessKeyInfo" => {
            signed(cx, request)?;
            parameters.required("AccessKeyId", (16, 128), |letter| letter.is_ascii_alphanumeric() || letter == '_')?;
            Ok(Answer::KeyInfo(cx.config.account_id.clone()))
        }
        _ => {
            let version = parameters.get("Version").unwrap_or(VERSION);
            let text = format!("Could not find operation {} for version {}", printable(action), printable(version));
            Err(Error::TokenService(TokenServiceFault::InvalidAction, text))
        }
    }
}

/// An operator assumes any role; whoever has a role already may not take another: there is no IAM to allow it.
fn assume_role(cx: &Cx, parameters: &Parameters, signer: &Principal) -> Result<Assumed, Error> {
    let role = parameters.required("RoleArn", (20, 2048), is_of_an_arn)?;
    let name = parameters.required("RoleSessionName", (2, 64), is_of_a_name)?;
    let seconds = parameters.duration(3600, (900, 43_200))?;
    let policy = parameters.policy()?;
    let (_, _, arn) = signer.names(&cx.config.account_id);
    let is_operator = matches!(signer, Principal::Operator { .. });
    if !is_operator || RoleArn::parse(role).is_none() {
        let text = format!("User: {arn} is not authorized to perform: sts:AssumeRole on resource: {}", printable(role));
        return Err(Error::TokenService(TokenServiceFault::AccessDenied, text));
    }
    let session = RoleSession { policy, ..RoleSession::new(role, name) };
    let credentials = mint(cx, Principal::Role(session.clone()), seconds)?;
    tracing::info!(role, by = arn, "role assumed");
    Ok(Assumed { session, credentials })
}

/// Whoever signed with a key of their own: temporary credentials, which would live for ever by it, get no others.
fn require_key(signer: Signer) -> Result<Principal, Error> {
    if signer.expires_at.is_some() {
        let text = "Cannot call GetSessionToken with session credentials";
        return Err(Error::TokenService(TokenServiceFault::AccessDenied, text.to_owned()));
    }
    Ok(signer.principal)
}

fn signed(cx: &Cx, request: &SignedRequest<'_>) -> Result<Signer, Error> {
    let signer = authenticate(cx, request)?;
    if signer.scope.service != "sts" {
        let text = "Credential should be scoped to correct service: 'sts'.";
        return Err(Error::Signature(SignatureFault::InvalidSignature, text.to_owned()));
    }
    Ok(signer)
}

/// Foreign text as far as it is shown.
fn printable(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_control()).take(200).collect()
}
