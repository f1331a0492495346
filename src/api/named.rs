//! Owns finding what a request names: a pool, a client, a user, the bearer of a token; checked, then looked up.

use std::sync::Arc;

use secrecy::{ExposeSecret as _, SecretString};

use super::constraints::{CLIENT_ID, POOL_ID, TOKEN, USERNAME};
use crate::auth::access::{self, Bearer};
use crate::auth::administration;
use crate::cx::{ClientEntry, Cx, PoolEntry};
use crate::domain::scope::ADMIN;
use crate::domain::user::User;
use crate::error::Error;

/// The pool of `UserPoolId`.
///
/// # Errors
/// A broken constraint, or no such pool.
pub async fn pool(cx: &Cx, user_pool_id: Option<String>) -> Result<Arc<PoolEntry>, Error> {
    cx.pool_named(&POOL_ID.required("userPoolId", user_pool_id)?).await
}

/// The client of `ClientId`.
///
/// # Errors
/// A broken constraint, or no such client.
pub async fn client(cx: &Cx, client_id: Option<String>) -> Result<Arc<ClientEntry>, Error> {
    cx.client(&CLIENT_ID.required("clientId", client_id)?).await
}

/// The client of `ClientId`, which must belong to the pool of `UserPoolId`.
///
/// # Errors
/// A broken constraint, or no such pool or client.
pub async fn client_of_pool(
    cx: &Cx,
    user_pool_id: Option<String>,
    client_id: Option<String>,
) -> Result<Arc<ClientEntry>, Error> {
    let pool = POOL_ID.required("userPoolId", user_pool_id)?;
    cx.client_of_pool(&pool, &CLIENT_ID.required("clientId", client_id)?).await
}

/// The pool of `UserPoolId` and its user of `Username`: a name, an alias or a `sub`.
///
/// # Errors
/// A broken constraint, or no such pool or user.
pub async fn user(
    cx: &Cx,
    user_pool_id: Option<String>,
    username: Option<String>,
) -> Result<(Arc<PoolEntry>, User), Error> {
    let username = USERNAME.required("username", username)?;
    let pool = pool(cx, user_pool_id).await?;
    let user = administration::find(cx, &pool, &username).await?;
    Ok((pool, user))
}

/// Who brought `AccessToken`, which must be good for this API.
///
/// # Errors
/// A broken constraint, or Cognito's refusals of the token.
pub async fn bearer(cx: &Cx, access_token: Option<SecretString>) -> Result<Bearer, Error> {
    let token = TOKEN.secret("accessToken", access_token)?;
    access::authenticate(cx, token.expose_secret(), ADMIN).await
}
