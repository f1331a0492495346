//! Owns what Cognito says of a login token that is not believed. It must not know how tokens are verified.

use crate::cx::Cx;
use crate::error::Error;
use crate::federation::presented::Unbelievable;

/// The refusal for `fault`.
pub fn refusal(cx: &Cx, fault: Unbelievable) -> Error {
    let text = match fault {
        Unbelievable::NotAToken => "Not a valid OpenId Connect identity token.".to_owned(),
        Unbelievable::NoAudience => "Missing a required claim: aud".to_owned(),
        Unbelievable::Audience => {
            return Error::not_authorized("Token is not from a supported provider of this identity pool.");
        }
        Unbelievable::Issuer => "Issuer doesn't match providerName".to_owned(),
        Unbelievable::Expired(at) => format!("Token expired: {at} >= {}", cx.now().seconds()),
        Unbelievable::Signature => "Token signature invalid.".to_owned(),
        Unbelievable::Other(cause) => {
            tracing::info!(cause, "a login token is not believed");
            "Not a valid login.".to_owned()
        }
        Unbelievable::Unavailable(cause) => {
            tracing::warn!(cause, "a provider of logins cannot be asked");
            return Error::ExternalService("The identity provider cannot be reached.".to_owned());
        }
    };
    Error::NotAuthorized(format!("Invalid login token. {text}").into())
}
