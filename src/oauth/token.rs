//! Owns the token endpoint: what all grants share comes first, so that no grant can forget client authentication.

use serde::Serialize;

use super::client_authentication::{self, Presented};
use super::grants::{client_credentials, code, refresh_token, token_exchange};
use super::parameters::{ParameterFault, Parameters};
use crate::auth::tokens::Tokens;
use crate::cx::Cx;
use crate::error::{Error, OAuthFault};

/// The answer (RFC 6749 §5.1), with Cognito's members only: no `scope`, but for a token exchange.
#[derive(Debug, Serialize)]
pub struct TokenAnswer {
    /// Present where `openid` was granted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id_token: Option<String>,
    /// The access token.
    pub access_token: String,
    /// Present for a new sign-in, and with rotation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<String>,
    /// Seconds that the access token lives.
    pub expires_in: i64,
    /// `Bearer`.
    pub token_type: &'static str,
    /// What was issued; present for a token exchange.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issued_token_type: Option<&'static str>,
    /// The scopes; present for a token exchange.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
}

impl From<Tokens> for TokenAnswer {
    fn from(tokens: Tokens) -> Self {
        Self {
            id_token: tokens.id,
            access_token: tokens.access,
            refresh_token: tokens.refresh,
            expires_in: tokens.expires_in,
            token_type: "Bearer",
            issued_token_type: None,
            scope: None,
        }
    }
}

impl From<ParameterFault> for Error {
    fn from(fault: ParameterFault) -> Self {
        Self::OAuth(OAuthFault::InvalidRequest, fault.to_string().into())
    }
}

/// Answers a token request.
///
/// # Errors
/// The errors of RFC 6749 §5.2.
pub async fn answer(cx: &Cx, presented: Presented<'_>, body: &str) -> Result<TokenAnswer, Error> {
    let parameters = Parameters::parse(body)?;
    let missing = || Error::oauth(OAuthFault::InvalidRequest, "grant_type is missing");
    let grant_type = parameters.get("grant_type").ok_or_else(missing)?;
    if !matches!(grant_type, "authorization_code" | "refresh_token" | "client_credentials" | token_exchange::NAME) {
        return Err(Error::oauth(OAuthFault::UnsupportedGrantType, "The grant_type is not supported"));
    }
    let client = client_authentication::authenticate(cx, presented, &parameters).await?;
    if !client.client.settings.is_oauth_enabled && grant_type != "refresh_token" {
        return Err(Error::oauth(OAuthFault::UnauthorizedClient, "OAuth is not enabled for this client"));
    }
    let tokens = match grant_type {
        "authorization_code" => code::grant(cx, &client, &parameters).await?,
        "refresh_token" => refresh_token::grant(cx, &client, &parameters).await?,
        token_exchange::NAME => return token_exchange::grant(cx, &client, &parameters).await,
        _ => client_credentials::grant(cx, &client, &parameters)?,
    };
    Ok(tokens.into())
}
