//! Owns the browser session behind the cookie `cognito`. It is counted from sign-in and not renewed by use.

use super::refresh;
use super::sign_in::Authenticated;
use super::tracking::{self, Kind, NewTracking};
use crate::crypto::digest;
use crate::cx::{ClientEntry, Cx};
use crate::domain::ids::PoolId;
use crate::domain::pool::{LONGEST_SSO_MINUTES, Pool, STANDARD_SSO_MINUTES};
use crate::domain::user::User;
use crate::error::Error;
use crate::store::sessions::{self, NewSession, Session};
use crate::store::{Db, upstream_sessions, upstream_sessions::UpstreamSession};

/// Seconds that the cookie of a session lives. Where sessions are tracked each client says for how long one is enough
/// (`sso_seconds`), so it lives as long as any could say; else an hour (spec: cookie `cognito`).
#[must_use]
pub fn lifetime_seconds(pool: &Pool) -> i64 {
    60 * if pool.settings.sessions.is_tracked { LONGEST_SSO_MINUTES } else { STANDARD_SSO_MINUTES }
}

/// Seconds after a sign-in for which it is fresh enough to change how one signs in.
const FRESH_SECONDS: i64 = 600;

/// A new session and the cookie value that leads to it.
pub struct StartedSession {
    /// The cookie's value; the database only knows its hash.
    pub token: String,
    row: NewSession,
    upstream: Option<Box<UpstreamSession>>,
    tracking: Option<NewTracking>,
}

impl StartedSession {
    /// The session's public id, where the pool tracks sessions.
    #[must_use]
    pub fn public_id(&self) -> Option<String> {
        self.tracking.as_ref().map(|tracking| tracking.id.clone())
    }

    /// Keeps the session, and where it began.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn keep(&self, db: &mut Db) -> Result<(), Error> {
        sessions::insert(db, &self.row).await?;
        if let Some(tracking) = &self.tracking {
            tracking.keep_browser(db, &self.row.token_hash).await?;
        }
        match &self.upstream {
            Some(upstream) => upstream_sessions::insert(db, (&self.row.token_hash, &self.row.pool_id), upstream).await,
            None => Ok(()),
        }
    }
}

/// A session for somebody who has just signed in to `client`, to be kept by the caller's transaction.
#[must_use]
pub fn start(cx: &Cx, client: &ClientEntry, authenticated: &Authenticated) -> StartedSession {
    let token = cx.random().token();
    let row = NewSession {
        token_hash: digest::sha256_base64url(&token),
        pool_id: authenticated.user.pool_id.clone(),
        sub: authenticated.user.sub.clone(),
        auth_time: authenticated.auth_time,
        expires_at: authenticated.auth_time.plus_seconds(lifetime_seconds(&client.pool.pool)),
        acr: authenticated.acr.clone(),
    };
    let tracking = tracking::begin(cx, client, Kind::Browser);
    StartedSession { token, row, upstream: authenticated.upstream.clone(), tracking }
}

/// Signs somebody in on a browser, through `client`, and nowhere else; the value of the cookie.
///
/// # Errors
/// A refusal when parallel guesses locked the account meanwhile.
pub async fn begin(cx: &Cx, client: &ClientEntry, authenticated: Authenticated) -> Result<String, Error> {
    let started = start(cx, client, &authenticated);
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

/// The session behind a cookie, where it signs in to `client` without asking.
///
/// # Errors
/// When the database fails.
pub async fn find_for(cx: &Cx, client: &ClientEntry, cookie: Option<&str>) -> Result<Option<Session>, Error> {
    let seconds = client.pool.pool.sso_seconds(client.client.id.as_str());
    let session = find(cx, client.pool_id(), cookie).await?;
    Ok(session.filter(|session| session.auth_time.plus_seconds(seconds) > cx.now()))
}

/// Whether the person signed in so lately that they may change how they sign in.
#[must_use]
pub fn is_fresh(cx: &Cx, session: &Session) -> bool {
    session.auth_time.plus_seconds(FRESH_SECONDS) > cx.now()
}

/// The session behind a cookie, for the person's own account: one that signs in to `client`, or a fresh one where that
/// client asks at every sign-in.
///
/// # Errors
/// When the database fails.
pub async fn find_for_account(cx: &Cx, client: &ClientEntry, cookie: Option<&str>) -> Result<Option<Session>, Error> {
    let seconds = client.pool.pool.sso_seconds(client.client.id.as_str()).max(FRESH_SECONDS);
    let session = find(cx, client.pool_id(), cookie).await?;
    Ok(session.filter(|session| session.auth_time.plus_seconds(seconds) > cx.now()))
}

/// Ends the session behind a cookie; an unknown one is ended already.
///
/// # Errors
/// When the database fails.
pub async fn end(cx: &Cx, token: &str) -> Result<(), Error> {
    let hash = digest::sha256_base64url(token);
    cx.store.write(move |db| Box::pin(async move { sessions::delete(db, &hash).await })).await
}

/// Ends every session of somebody: in all browsers, this one included, and in all apps.
///
/// # Errors
/// When the database fails.
pub async fn end_everywhere(cx: &Cx, user: &User) -> Result<(), Error> {
    let (pool, sub, now) = (user.pool_id.clone(), user.sub.clone(), cx.now());
    cx.store
        .write(move |db| {
            Box::pin(async move {
                refresh::end_tokens(db, (&pool, &sub), now).await?;
                sessions::delete_of_user(db, &pool, &sub).await
            })
        })
        .await
}
