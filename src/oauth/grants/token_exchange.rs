//! Owns the token exchange grant (RFC 8693): a token for somebody whose token the client was sent. The rules are those
//! of the API's `GetDerivedToken`.

use std::sync::Arc;

use crate::auth::derived_tokens::{self, Exchange, Held, HeldKind, Target};
use crate::cx::{ClientEntry, Cx};
use crate::domain::scope;
use crate::error::{Error, OAuthFault, Thing};
use crate::oauth::parameters::Parameters;
use crate::oauth::token::TokenAnswer;
use crate::store::signing_keys::KeyPurpose;

/// The grant's name.
pub const NAME: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
/// What tokens are called (RFC 8693 §3).
const TYPES: [(&str, KeyPurpose); 2] = [
    ("urn:ietf:params:oauth:token-type:access_token", KeyPurpose::Access),
    ("urn:ietf:params:oauth:token-type:id_token", KeyPurpose::Id),
];

/// Grants a token in exchange for another one.
///
/// # Errors
/// `invalid_request` when a token or its type is missing or not good; `invalid_target`; `invalid_scope`;
/// `unauthorized_client` when the flow is not the client's.
pub async fn grant(cx: &Cx, client: &Arc<ClientEntry>, parameters: &Parameters) -> Result<TokenAnswer, Error> {
    let subject = held(parameters, "subject_token")?
        .ok_or_else(|| Error::oauth(OAuthFault::InvalidRequest, "subject_token is missing"))?;
    let actor = held(parameters, "actor_token")?;
    let invalid_scope = || Error::oauth(OAuthFault::InvalidScope, "The scope is malformed");
    let scopes = parameters.get("scope").map(|text| scope::parse_list(text).ok_or_else(invalid_scope)).transpose()?;
    let target = match (parameters.get("audience"), parameters.get("resource")) {
        (Some(_), Some(_)) => {
            return Err(Error::oauth(OAuthFault::InvalidTarget, "audience and resource cannot be used together"));
        }
        (Some(name), None) => Some(Target::Audience(name.to_owned())),
        (None, name) => name.map(|name| Target::Resource(name.to_owned())),
    };
    let wanted = match parameters.get("requested_token_type") {
        None => KeyPurpose::Access,
        Some(name) => kind(name)?,
    };
    if !derived_tokens::may_exchange(client, actor.is_some()) {
        return Err(Error::oauth(OAuthFault::UnauthorizedClient, "The client may not exchange tokens in this way"));
    }
    let exchange = Exchange { client, subject, actor, scopes, target, wanted };
    let derived = derived_tokens::exchange(cx, exchange).await.map_err(refusal)?;
    let name = TYPES.iter().find(|(_, kind)| *kind == wanted).map(|(name, _)| *name);
    Ok(TokenAnswer {
        id_token: None,
        access_token: derived.token,
        refresh_token: None,
        expires_in: derived.expires_in,
        token_type: if wanted == KeyPurpose::Access { "Bearer" } else { "N_A" },
        issued_token_type: name,
        scope: Some(derived.scopes.join(" ")),
    })
}

/// A token of the request, with its type.
fn held(parameters: &Parameters, name: &str) -> Result<Option<Held>, Error> {
    let Some(token) = parameters.get(name) else { return Ok(None) };
    let missing = || Error::oauth(OAuthFault::InvalidRequest, "The type of a token is missing");
    let kind = kind(parameters.get(&format!("{name}_type")).ok_or_else(missing)?)?;
    Ok(Some(Held { token: token.to_owned().into(), kind: HeldKind::Token(kind), provider: None }))
}

fn kind(name: &str) -> Result<KeyPurpose, Error> {
    let known = TYPES.iter().find(|(known, _)| *known == name).map(|(_, kind)| *kind);
    known.ok_or_else(|| Error::oauth(OAuthFault::InvalidRequest, "The type of a token is not supported"))
}

/// A refusal of the exchange in the words of RFC 8693 §2.2.2.
fn refusal(fault: Error) -> Error {
    let code = match fault {
        Error::Internal(_) | Error::OAuth(..) => return fault,
        Error::NotFound(Thing::ResourceServer(_)) => OAuthFault::InvalidTarget,
        Error::InvalidParameter(_) => OAuthFault::InvalidScope,
        _ => OAuthFault::InvalidRequest,
    };
    Error::OAuth(code, fault.to_string().into())
}
