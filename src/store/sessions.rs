//! Owns the table of browser sessions, behind the cookie `cognito`. Tokens come here hashed.

use super::{Db, moment, optional_text, users};
use crate::clock::Timestamp;
use crate::domain::ids::{PoolId, Sub};
use crate::domain::user::User;
use crate::error::Error;

const INSERT: &str =
    "INSERT INTO sessions (token_hash, pool_id, sub, auth_time, expires_at, acr) VALUES ($1, $2, $3, $4, $5, $6)";
const FIND: &str = "SELECT u.pool_id, u.sub, u.username, u.status, u.enabled, u.attributes, u.password_hash, \
     u.sealed_srp_verifier, u.password_expires_at, u.created_at, u.modified_at, u.signed_out_at, s.auth_time AS auth_time, \
     s.session_id AS session_id, s.acr AS acr \
     FROM sessions AS s JOIN users AS u ON u.pool_id = s.pool_id AND u.sub = s.sub \
     WHERE s.token_hash = $1 AND s.pool_id = $2 AND s.expires_at > $3";
const DELETE: &str = "DELETE FROM sessions WHERE token_hash = $1";
const DELETE_OF_USER: &str = "DELETE FROM sessions WHERE pool_id = $1 AND sub = $2";

/// A browser session and whose it is.
#[derive(Debug, Clone)]
pub struct Session {
    /// The signed-in user.
    pub user: User,
    /// When the user authenticated.
    pub auth_time: Timestamp,
    /// Its public id, where the pool tracks sessions.
    pub session_id: Option<String>,
    /// The level of assurance that a provider vouched for.
    pub acr: Option<String>,
}

/// A session to keep.
#[derive(Debug, Clone)]
pub struct NewSession {
    /// SHA-256 of the cookie's value.
    pub token_hash: String,
    /// The pool.
    pub pool_id: PoolId,
    /// The user.
    pub sub: Sub,
    /// When the user authenticated.
    pub auth_time: Timestamp,
    /// When the session ends.
    pub expires_at: Timestamp,
    /// The level of assurance that a provider vouched for.
    pub acr: Option<String>,
}

/// Keeps a session.
///
/// # Errors
/// When the database fails.
pub async fn insert(db: &mut Db, session: &NewSession) -> Result<(), Error> {
    sqlx::query(INSERT)
        .bind(&session.token_hash)
        .bind(session.pool_id.as_str())
        .bind(session.sub.as_str())
        .bind(session.auth_time.0)
        .bind(session.expires_at.0)
        .bind(session.acr.clone())
        .execute(db)
        .await?;
    Ok(())
}

/// The live session behind a cookie, of that pool only.
///
/// # Errors
/// When the database fails.
pub async fn find(db: &mut Db, token_hash: &str, pool: &PoolId, now: Timestamp) -> Result<Option<Session>, Error> {
    let row = sqlx::query(FIND).bind(token_hash).bind(pool.as_str()).bind(now.0).fetch_optional(db).await?;
    row.map(|row| {
        Ok(Session {
            user: users::read(&row)?,
            auth_time: moment(&row, "auth_time")?,
            session_id: optional_text(&row, "session_id")?,
            acr: optional_text(&row, "acr")?,
        })
    })
    .transpose()
}

/// Ends a session.
///
/// # Errors
/// When the database fails.
pub async fn delete(db: &mut Db, token_hash: &str) -> Result<(), Error> {
    sqlx::query(DELETE).bind(token_hash).execute(db).await?;
    Ok(())
}

/// Ends every session of a user.
///
/// # Errors
/// When the database fails.
pub async fn delete_of_user(db: &mut Db, pool: &PoolId, sub: &Sub) -> Result<(), Error> {
    sqlx::query(DELETE_OF_USER).bind(pool.as_str()).bind(sub.as_str()).execute(db).await?;
    Ok(())
}
