//! Owns the client credentials grant: a token for the client itself, with custom scopes (RFC 6749 §4.4).

use crate::auth::tokens::{self, Tokens};
use crate::cx::{ClientEntry, Cx};
use crate::domain::client::OAuthFlow;
use crate::domain::scope;
use crate::error::{Error, OAuthFault};
use crate::oauth::parameters::Parameters;

/// Grants an access token to the client.
///
/// # Errors
/// `unauthorized_client` when the client may not; `invalid_scope` when a scope is not the client's.
pub fn grant(cx: &Cx, client: &ClientEntry, parameters: &Parameters) -> Result<Tokens, Error> {
    let settings = &client.client.settings;
    if !settings.oauth_flows.contains(&OAuthFlow::ClientCredentials) || !client.client.is_confidential() {
        return Err(Error::oauth(OAuthFault::UnauthorizedClient, "The client may not use client_credentials"));
    }
    let invalid = || Error::oauth(OAuthFault::InvalidScope, "The client may not ask for one of these scopes");
    let asked = parameters.get("scope").map(|text| scope::parse_list(text).ok_or_else(invalid)).transpose()?;
    let scopes = client.client.own_scopes(asked).ok_or_else(invalid)?;
    tokens::sign_for_client(cx, client, &scopes)
}
