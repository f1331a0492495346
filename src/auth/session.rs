//! Owns the browser session behind the cookie `cognito`: one hour from sign-in, not renewed by use.

use super::sign_in::Authenticated;
use crate::clock::Timestamp;
use crate::crypto::digest;
use crate::cx::Cx;
use crate::domain::ids::{PoolId, Sub};
use crate::error::Error;
use crate::store::sessions::{self, NewSession, Session};

/// Seconds that a session lives (spec: cookie `cognito`).
pub const LIFETIME_SECONDS: i64 = 3600;

/// A new session and the cookie value that leads to it.
pub struct StartedSession {
    /// The cookie's value; the database only knows its hash.
    pub token: String,
    /// What the database keeps.
    pub row: NewSession,
}

/// A session for somebody who signed in at `auth_time`, to be kept by the caller's transaction.
#[must_use]
pub fn start(cx: &Cx, pool_id: PoolId, sub: Sub, auth_time: Timestamp) -> StartedSession {
    let token = cx.random().token();
    let expires_at = auth_time.plus_seconds(LIFETIME_SECONDS);
    let row = NewSession { token_hash: digest::sha256_base64url(&token), pool_id, sub, auth_time, expires_at };
    StartedSession { token, row }
}

/// Signs somebody in on a browser and nowhere else; the value of the cookie.
///
/// # Errors
/// A refusal when parallel guesses locked the account meanwhile.
pub async fn begin(cx: &Cx, authenticated: Authenticated) -> Result<String, Error> {
    let user = &authenticated.user;
    let started = start(cx, user.pool_id.clone(), user.sub.clone(), authenticated.auth_time);
    let token = started.token;
    cx.store
        .write(move |db| {
            Box::pin(async move {
                authenticated.accept(db).await?;
                sessions::insert(db, &started.row).await
            })
        })
        .await?;
    Ok(token)
}

/// The live session behind a cookie, of an enabled user of that pool.
///
/// # Errors
/// When the database fails.
pub async fn find(cx: &Cx, pool: &PoolId, cookie: Option<&str>) -> Result<Option<Session>, Error> {
    let Some(token) = cookie else { return Ok(None) };
    let hash = digest::sha256_base64url(token);
    let session = sessions::find(&mut *cx.store.read().await?, &hash, pool, cx.now()).await?;
    Ok(session.filter(|session| session.user.is_enabled))
}

/// Ends the session behind a cookie; an unknown one is ended already.
///
/// # Errors
/// When the database fails.
pub async fn end(cx: &Cx, token: &str) -> Result<(), Error> {
    let hash = digest::sha256_base64url(token);
    cx.store.write(move |db| Box::pin(async move { sessions::delete(db, &hash).await })).await
}
