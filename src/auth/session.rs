//! Owns the browser session behind the cookie `cognito`: one hour from sign-in, not renewed by use.

use super::sign_in::Authenticated;
use crate::crypto::digest;
use crate::cx::Cx;
use crate::domain::ids::PoolId;
use crate::error::Error;
use crate::store::sessions::{self, NewSession, Session};
use crate::store::{Db, upstream_sessions, upstream_sessions::UpstreamSession};

/// Seconds that a session lives (spec: cookie `cognito`).
pub const LIFETIME_SECONDS: i64 = 3600;

/// A new session and the cookie value that leads to it.
pub struct StartedSession {
    /// The cookie's value; the database only knows its hash.
    pub token: String,
    row: NewSession,
    upstream: Option<Box<UpstreamSession>>,
}

impl StartedSession {
    /// Keeps the session, and where it began.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn keep(&self, db: &mut Db) -> Result<(), Error> {
        sessions::insert(db, &self.row).await?;
        match &self.upstream {
            Some(upstream) => upstream_sessions::insert(db, (&self.row.token_hash, &self.row.pool_id), upstream).await,
            None => Ok(()),
        }
    }
}

/// A session for somebody who has just signed in, to be kept by the caller's transaction.
#[must_use]
pub fn start(cx: &Cx, authenticated: &Authenticated) -> StartedSession {
    let token = cx.random().token();
    let row = NewSession {
        token_hash: digest::sha256_base64url(&token),
        pool_id: authenticated.user.pool_id.clone(),
        sub: authenticated.user.sub.clone(),
        auth_time: authenticated.auth_time,
        expires_at: authenticated.auth_time.plus_seconds(LIFETIME_SECONDS),
    };
    StartedSession { token, row, upstream: authenticated.upstream.clone() }
}

/// Signs somebody in on a browser and nowhere else; the value of the cookie.
///
/// # Errors
/// A refusal when parallel guesses locked the account meanwhile.
pub async fn begin(cx: &Cx, authenticated: Authenticated) -> Result<String, Error> {
    let started = start(cx, &authenticated);
    let token = started.token.clone();
    cx.store
        .write(move |db| {
            Box::pin(async move {
                authenticated.accept(db).await?;
                started.keep(db).await
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
