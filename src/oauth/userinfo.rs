//! Owns user info (OpenID Connect Core §5.3), with Cognito's shape: a flat object of strings.

use serde_json::{Map, Value, json};

use super::client_authentication::Presented;
use crate::auth::access;
use crate::cx::Cx;
use crate::domain::scope::{self, OPENID};
use crate::error::{Error, OAuthFault};

const BAD_TOKEN: &str = "Access token is expired, disabled, or deleted, or the user has globally signed out.";

/// The claims that an access token opens.
///
/// # Errors
/// `invalid_request` without a token, `invalid_token` for a bad one.
pub async fn answer(cx: &Cx, presented: Presented<'_>) -> Result<Map<String, Value>, Error> {
    let malformed = || Error::oauth(OAuthFault::InvalidRequest, "Bad OAuth2 request at UserInfo Endpoint");
    let (scheme, token) = presented.authorization.and_then(|header| header.split_once(' ')).ok_or_else(malformed)?;
    if !scheme.eq_ignore_ascii_case("bearer") || token.trim().is_empty() {
        return Err(malformed());
    }
    let bearer = access::authenticate(cx, token.trim(), OPENID).await.map_err(|fault| match fault {
        Error::Internal(_) => fault,
        _ => Error::oauth(OAuthFault::InvalidToken, BAD_TOKEN),
    })?;
    if presented.site.is_some_and(|site| *site != bearer.pool.pool.id) {
        return Err(Error::oauth(OAuthFault::InvalidToken, BAD_TOKEN));
    }
    let client = cx.client(&bearer.claims.client_id).await.map_err(|fault| match fault {
        Error::NotFound(_) => Error::oauth(OAuthFault::InvalidToken, BAD_TOKEN),
        other => other,
    })?;
    let scopes = access::scopes(&bearer.claims);
    let mut claims = Map::new();
    claims.insert("sub".to_owned(), json!(bearer.user.sub));
    for (name, value) in &bearer.user.attributes {
        if !value.is_empty() && scope::lets_out(&scopes, name) && client.client.can_read(name) {
            claims.insert(name.clone(), json!(value));
        }
    }
    claims.insert("username".to_owned(), json!(bearer.user.username));
    Ok(claims)
}
