//! Owns the table of what users did, for pools with threat protection. It must not know which pools those are.

use sqlx::any::AnyRow;

use super::{Db, document, moment, number, optional_number, optional_text, text, to_document};
use crate::clock::Timestamp;
use crate::domain::ids::{PoolId, Sub};
use crate::domain::threat_protection::{AuthEvent, Feedback};
use crate::error::Error;

const INSERT: &str = "INSERT INTO auth_events (pool_id, sub, created_at, id, kind, response, blocked, challenges, \
     address, device, compromised, feedback, feedback_provider, feedback_at) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, NULL, NULL, NULL)";
const LIST: &str = "SELECT created_at, id, kind, response, blocked, challenges, address, device, compromised, \
     feedback, feedback_provider, feedback_at FROM auth_events WHERE pool_id = $1 AND sub = $2 AND (created_at, id) < ($3, $4) \
     ORDER BY created_at DESC, id DESC LIMIT $5";
const GIVE_FEEDBACK: &str = "UPDATE auth_events SET feedback = $4, feedback_provider = $5, feedback_at = $6 \
     WHERE pool_id = $1 AND sub = $2 AND id = $3";

/// Keeps an event of a user.
///
/// # Errors
/// When the database fails.
pub async fn insert(db: &mut Db, (pool, sub): (&PoolId, &Sub), event: &AuthEvent) -> Result<(), Error> {
    sqlx::query(INSERT)
        .bind(pool.as_str())
        .bind(sub.as_str())
        .bind(event.created_at.0)
        .bind(&event.id)
        .bind(&event.kind)
        .bind(&event.response)
        .bind(i64::from(event.is_blocked))
        .bind(to_document(&event.challenges)?)
        .bind(event.address.clone())
        .bind(&event.device)
        .bind(i64::from(event.is_compromised))
        .execute(db)
        .await?;
    Ok(())
}

/// The events of a user before a moment and an id, newest first.
///
/// # Errors
/// When the database fails.
pub async fn list(
    db: &mut Db,
    (pool, sub): (&PoolId, &Sub),
    (at, id): (Timestamp, &str),
    limit: i64,
) -> Result<Vec<AuthEvent>, Error> {
    let query = sqlx::query(LIST).bind(pool.as_str()).bind(sub.as_str()).bind(at.0).bind(id).bind(limit);
    query.fetch_all(db).await?.iter().map(read).collect()
}

/// Notes what is said of an event; `false` when there is none of that id.
///
/// # Errors
/// When the database fails.
pub async fn give_feedback(
    db: &mut Db,
    (pool, sub): (&PoolId, &Sub),
    id: &str,
    feedback: &Feedback,
) -> Result<bool, Error> {
    let query = sqlx::query(GIVE_FEEDBACK).bind(pool.as_str()).bind(sub.as_str()).bind(id);
    let query = query.bind(i64::from(feedback.is_valid)).bind(&feedback.provider).bind(feedback.given_at.0);
    Ok(query.execute(db).await?.rows_affected() == 1)
}

fn read(row: &AnyRow) -> Result<AuthEvent, Error> {
    let feedback = match optional_number(row, "feedback")? {
        None => None,
        Some(is_valid) => Some(Feedback {
            is_valid: is_valid == 1,
            provider: optional_text(row, "feedback_provider")?.unwrap_or_default(),
            given_at: moment(row, "feedback_at")?,
        }),
    };
    Ok(AuthEvent {
        id: text(row, "id")?,
        created_at: moment(row, "created_at")?,
        kind: text(row, "kind")?,
        response: text(row, "response")?,
        is_blocked: number(row, "blocked")? == 1,
        is_compromised: number(row, "compromised")? == 1,
        challenges: document(row, "challenges")?,
        address: optional_text(row, "address")?,
        device: text(row, "device")?,
        feedback,
    })
}
