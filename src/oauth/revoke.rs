//! Owns token revocation (RFC 7009): the family of a refresh token.

use super::client_authentication::{self, Presented};
use super::parameters::Parameters;
use crate::auth::refresh;
use crate::cx::Cx;
use crate::error::{Error, OAuthFault};

/// Revokes the family of the refresh token in `body`.
///
/// # Errors
/// `invalid_client`, `invalid_request`, `unsupported_token_type`.
pub async fn answer(cx: &Cx, presented: Presented<'_>, body: &str) -> Result<(), Error> {
    let parameters = Parameters::parse(body)?;
    let token = parameters.get("token").ok_or_else(|| Error::oauth(OAuthFault::InvalidRequest, "token is missing"))?;
    let client = client_authentication::authenticate(cx, presented, &parameters).await?;
    refresh::revoke(cx, &client, (token, false)).await
}
