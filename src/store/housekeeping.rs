//! Owns the removal of rows whose time has passed, in small bites so that nobody waits.

use super::Db;
use crate::clock::Timestamp;
use crate::domain::allowance::WINDOW_SECONDS;
use crate::error::Error;

/// Rows removed from one table in one bite.
const BITE: i64 = 500;
/// How long it is kept what users did: two years, as at Cognito.
const EVENTS_KEPT_SECONDS: i64 = 2 * 365 * 86_400;

const ATTEMPTS: &str = "DELETE FROM attempts WHERE subject IN \
     (SELECT subject FROM attempts WHERE last_failure_at < $1 ORDER BY last_failure_at LIMIT $2)";
const ALLOWANCES: &str = "DELETE FROM allowances WHERE subject IN \
     (SELECT subject FROM allowances WHERE since < $1 ORDER BY since LIMIT $2)";
const CODES: &str = "DELETE FROM codes WHERE (pool_id, sub, purpose) IN \
     (SELECT pool_id, sub, purpose FROM codes WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)";
const SESSIONS: &str = "DELETE FROM sessions WHERE token_hash IN \
     (SELECT token_hash FROM sessions WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)";
const AUTHORIZATION_CODES: &str = "DELETE FROM authorization_codes WHERE code_hash IN \
     (SELECT code_hash FROM authorization_codes WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)";
const USED_MESSAGES: &str = "DELETE FROM used_messages WHERE message_id IN \
     (SELECT message_id FROM used_messages WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)";
const PASSKEY_REGISTRATIONS: &str = "DELETE FROM passkey_registrations WHERE (pool_id, sub) IN \
     (SELECT pool_id, sub FROM passkey_registrations WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)";
const AUTH_EVENTS: &str = "DELETE FROM auth_events WHERE (pool_id, sub, created_at, id) IN \
     (SELECT pool_id, sub, created_at, id FROM auth_events WHERE created_at < $1 ORDER BY created_at LIMIT $2)";
const FAMILIES: &str = "DELETE FROM families WHERE id IN \
     (SELECT id FROM families WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)";

/// Removes a bite of expired rows from every table; returns how many went.
/// Typed codes stay a day longer than they work, so that a late one is called expired instead of wrong; families as
/// long, which is how long an access token can outlive the refresh token that earned it; that a family was there also shows
/// that a sign-in's session was used, for much less long.
///
/// # Errors
/// When the database fails.
pub async fn remove_expired(db: &mut Db, now: Timestamp) -> Result<u64, Error> {
    let bites = [
        (ATTEMPTS, now.plus_seconds(-3600)),
        (ALLOWANCES, now.plus_seconds(-WINDOW_SECONDS)),
        (CODES, now.plus_seconds(-86_400)),
        (SESSIONS, now),
        (AUTHORIZATION_CODES, now),
        (USED_MESSAGES, now),
        (PASSKEY_REGISTRATIONS, now),
        (FAMILIES, now.plus_seconds(-86_400)),
        (AUTH_EVENTS, now.plus_seconds(-EVENTS_KEPT_SECONDS)),
    ];
    let mut removed = 0;
    for (statement, before) in bites {
        removed += sqlx::query(statement).bind(before.0).bind(BITE).execute(&mut *db).await?.rows_affected();
    }
    Ok(removed)
}
