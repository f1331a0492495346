//! Owns the refresh token grant (RFC 6749 §6).

use std::sync::Arc;

use crate::auth::refresh;
use crate::auth::tokens::Tokens;
use crate::cx::{ClientEntry, Cx};
use crate::error::{Error, OAuthFault};
use crate::oauth::parameters::Parameters;

/// Grants new tokens for a refresh token.
///
/// # Errors
/// `invalid_grant` when the token is unknown, foreign, expired, revoked or reused.
pub async fn grant(cx: &Cx, client: &Arc<ClientEntry>, parameters: &Parameters) -> Result<Tokens, Error> {
    let missing = || Error::oauth(OAuthFault::InvalidRequest, "refresh_token is missing");
    let token = parameters.get("refresh_token").ok_or_else(missing)?;
    refresh::refresh(cx, client, (token, None)).await
}
