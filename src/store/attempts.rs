//! Owns the table of failures that lock. The count and the lock change together, in one transaction,
//! so that guesses in parallel, on one instance or several, are all counted.

use super::{Db, moment, number};
use crate::clock::Timestamp;
use crate::domain::lockout::{FORGET_AFTER_SECONDS, locked_until};
use crate::error::Error;

const COUNT: &str = "INSERT INTO attempts (subject, failures, last_failure_at, locked_until) VALUES ($1, 1, $2, $2) \
     ON CONFLICT (subject) DO UPDATE SET \
     failures = CASE WHEN attempts.last_failure_at < $3 THEN 1 ELSE attempts.failures + 1 END, last_failure_at = $2 \
     WHERE attempts.locked_until <= $2 RETURNING failures";
const LOCK: &str = "UPDATE attempts SET locked_until = $2 WHERE subject = $1";
const LOCKED_UNTIL: &str = "SELECT locked_until FROM attempts WHERE subject = $1";
const FORGET: &str = "DELETE FROM attempts WHERE subject = $1";

/// What became of a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// It was counted.
    Counted,
    /// The subject was locked already, so nothing was counted and nothing may be told.
    Locked,
}

/// Counts a failure of `subject` unless it is locked.
///
/// # Errors
/// When the database fails.
pub async fn fail(db: &mut Db, subject: &str, now: Timestamp) -> Result<Failure, Error> {
    let row = sqlx::query(COUNT)
        .bind(subject)
        .bind(now.0)
        .bind(now.plus_seconds(-FORGET_AFTER_SECONDS).0)
        .fetch_optional(&mut *db)
        .await?;
    let Some(row) = row else { return Ok(Failure::Locked) };
    let until = locked_until(number(&row, "failures")?, now);
    if until > now {
        sqlx::query(LOCK).bind(subject).bind(until.0).execute(db).await?;
    }
    Ok(Failure::Counted)
}

/// Until when `subject` is locked: in the past when it is not, `None` without failures.
///
/// # Errors
/// When the database fails.
pub async fn end_of_lock(db: &mut Db, subject: &str) -> Result<Option<Timestamp>, Error> {
    let row = sqlx::query(LOCKED_UNTIL).bind(subject).fetch_optional(db).await?;
    row.map(|row| moment(&row, "locked_until")).transpose()
}

/// Whether `subject` is locked at `now`.
///
/// # Errors
/// When the database fails.
pub async fn is_locked(db: &mut Db, subject: &str, now: Timestamp) -> Result<bool, Error> {
    Ok(end_of_lock(db, subject).await?.is_some_and(|until| until > now))
}

/// Forgets the failures of `subject`, locked or not.
///
/// # Errors
/// When the database fails.
pub async fn forget(db: &mut Db, subject: &str) -> Result<(), Error> {
    sqlx::query(FORGET).bind(subject).execute(db).await?;
    Ok(())
}

/// Accepts a success: forgets the failures of `subject`, unless it was locked in the meantime by guesses made in
/// parallel, in which case the success must not be told either (`false`).
///
/// # Errors
/// When the database fails.
pub async fn succeed(db: &mut Db, subject: &str, now: Timestamp) -> Result<bool, Error> {
    let Some(until) = end_of_lock(db, subject).await? else { return Ok(true) };
    if until > now {
        return Ok(false);
    }
    forget(db, subject).await?;
    Ok(true)
}
