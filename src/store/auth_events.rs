//! Owns the table of what users did, for pools with threat protection. It must not know which pools those are.

use sqlx::any::AnyRow;

use super::{Db, document, moment, number, optional_number, optional_text, text, to_document};
use crate::clock::Timestamp;
use crate::domain::ids::{PoolId, Sub};
use crate::domain::sign_in_risk::{Origin, RiskLevel};
use crate::domain::threat_protection::{AuthEvent, Feedback};
use crate::error::Error;

const INSERT: &str = "INSERT INTO auth_events (pool_id, sub, created_at, id, kind, response, blocked, challenges, \
     address, device, compromised, risk_level, trusted, feedback, feedback_provider, feedback_at) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, NULL, NULL, NULL) \
     ON CONFLICT (pool_id, sub, created_at, id) DO UPDATE SET response = excluded.response, \
     blocked = excluded.blocked, challenges = excluded.challenges, \
     trusted = CASE WHEN auth_events.feedback = 0 THEN 0 ELSE excluded.trusted END \
     WHERE auth_events.response = 'InProgress'";
const LIST: &str = "SELECT created_at, id, kind, response, blocked, challenges, address, device, compromised, \
     risk_level, feedback, feedback_provider, feedback_at FROM auth_events WHERE pool_id = $1 AND sub = $2 AND (created_at, id) < ($3, $4) \
     ORDER BY created_at DESC, id DESC LIMIT $5";
const TRUSTED_ORIGINS: &str = "SELECT address, device FROM auth_events WHERE pool_id = $1 AND sub = $2 AND trusted = 1 \
     ORDER BY created_at DESC LIMIT $3";
const FAILURES: &str = "SELECT id FROM auth_events WHERE pool_id = $1 AND sub = $2 AND created_at >= $3 \
     AND kind = 'SignIn' AND response = 'Fail' AND blocked = 0 LIMIT $4";
const GIVE_FEEDBACK: &str = "UPDATE auth_events SET feedback = $4, feedback_provider = $5, feedback_at = $6, \
     trusted = CASE WHEN kind = 'SignIn' THEN $4 ELSE 0 END \
     WHERE pool_id = $1 AND sub = $2 AND id = $3";

/// Keeps an event of a user, or how one ended that was in progress.
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
        .bind(event.risk_level.map(RiskLevel::name))
        .bind(i64::from(event.is_trusted()))
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

/// From where and with what a user signed in, by the newest so many events that tell it.
///
/// # Errors
/// When the database fails.
pub async fn trusted_origins(db: &mut Db, (pool, sub): (&PoolId, &Sub), limit: i64) -> Result<Vec<Origin>, Error> {
    let query = sqlx::query(TRUSTED_ORIGINS).bind(pool.as_str()).bind(sub.as_str()).bind(limit);
    let origin = |row: &AnyRow| {
        let address = optional_text(row, "address")?.and_then(|address| address.parse().ok());
        Ok(Origin { address, device: text(row, "device")? })
    };
    query.fetch_all(db).await?.iter().map(origin).collect()
}

/// How many sign-ins of a user failed since a moment, up to `most`; those that were refused as a risk do not count.
///
/// # Errors
/// When the database fails.
pub async fn failures(
    db: &mut Db,
    (pool, sub): (&PoolId, &Sub),
    (since, most): (Timestamp, i64),
) -> Result<i64, Error> {
    let query = sqlx::query(FAILURES).bind(pool.as_str()).bind(sub.as_str()).bind(since.0).bind(most);
    Ok(query.fetch_all(db).await?.len() as i64)
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
        risk_level: optional_text(row, "risk_level")?.and_then(|name| RiskLevel::parse(&name)),
        challenges: document(row, "challenges")?,
        address: optional_text(row, "address")?,
        device: text(row, "device")?,
        feedback,
    })
}
