//! Owns the tables of import jobs, of the pieces of their files and of their reports. Every step of a job is one
//! guarded statement: of two instances at the same piece only one commits.

use sqlx::any::AnyRow;

use super::{Db, moment, number, optional_number, optional_text, text};
use crate::clock::Timestamp;
use crate::domain::ids::PoolId;
use crate::domain::import_job::{Count, ImportJob, JobStatus};
use crate::error::Error;

const INSERT: &str = "INSERT INTO import_jobs (pool_id, id, name, role_arn, hash_family, status, created_at, imported, \
     skipped, failed, next_piece) VALUES ($1, $2, $3, $4, $5, $6, $7, 0, 0, 0, 0)";
const FIND: &str = "SELECT pool_id, id, name, role_arn, hash_family, status, created_at, started_at, completed_at, \
     completion_message, imported, skipped, failed, upload, next_piece FROM import_jobs WHERE pool_id = $1 AND id = $2";
const LIST: &str = "SELECT pool_id, id, name, role_arn, hash_family, status, created_at, started_at, completed_at, \
     completion_message, imported, skipped, failed, upload, next_piece FROM import_jobs \
     WHERE pool_id = $1 AND id > $2 ORDER BY id LIMIT $3";
const IN_STATUS: &str = "SELECT pool_id, id, name, role_arn, hash_family, status, created_at, started_at, completed_at, \
     completion_message, imported, skipped, failed, upload, next_piece FROM import_jobs \
     WHERE status = $1 AND created_at < $2 ORDER BY created_at LIMIT $3";
const COUNT: &str = "SELECT COUNT(*) AS jobs FROM import_jobs WHERE pool_id = $1";
const IS_BUSY: &str =
    "SELECT id FROM import_jobs WHERE pool_id = $1 AND status IN ('Pending', 'InProgress', 'Stopping') LIMIT 1";
const ADD_PIECE: &str = "INSERT INTO import_pieces (pool_id, job_id, upload, number, first_line, content) \
     VALUES ($1, $2, $3, $4, $5, $6)";
const SET_UPLOAD: &str = "UPDATE import_jobs SET upload = $3 WHERE pool_id = $1 AND id = $2 AND status = 'Created'";
const DROP_OTHER_PIECES: &str = "DELETE FROM import_pieces WHERE pool_id = $1 AND job_id = $2 AND upload <> $3";
const DROP_PIECES: &str = "DELETE FROM import_pieces WHERE pool_id = $1 AND job_id = $2";
const MOVE: &str = "UPDATE import_jobs SET status = $3 WHERE pool_id = $1 AND id = $2 AND status = $4";
const START: &str = "UPDATE import_jobs SET status = 'Pending', started_at = $3 WHERE pool_id = $1 AND id = $2 \
     AND status = 'Created' AND upload IS NOT NULL AND NOT EXISTS (SELECT 1 FROM import_jobs AS other \
     WHERE other.pool_id = $1 AND other.status IN ('Pending', 'InProgress', 'Stopping'))";
const END: &str = "UPDATE import_jobs SET status = $3, completed_at = $4, completion_message = $5 \
     WHERE pool_id = $1 AND id = $2 AND status = $6";
const PIECE: &str = "SELECT first_line, content FROM import_pieces \
     WHERE pool_id = $1 AND job_id = $2 AND upload = $3 AND number = $4";
const DROP_PIECE: &str = "DELETE FROM import_pieces WHERE pool_id = $1 AND job_id = $2 AND upload = $3 AND number = $4";
const ADVANCE: &str = "UPDATE import_jobs SET next_piece = next_piece + 1, imported = imported + $4, \
     skipped = skipped + $5, failed = failed + $6 \
     WHERE pool_id = $1 AND id = $2 AND next_piece = $3 AND status = 'InProgress'";
const ADD_REPORT: &str = "INSERT INTO import_reports (pool_id, job_id, number, lines) VALUES ($1, $2, $3, $4)";
const REPORTS: &str = "SELECT number, lines FROM import_reports WHERE pool_id = $1 AND job_id = $2 AND number > $3 \
     ORDER BY number LIMIT $4";

/// A job by its pool and id.
pub type JobKey<'a> = (&'a PoolId, &'a str);

/// A piece of a file: whole records, and the number of the first one's line.
pub struct Piece {
    /// Its place in the file.
    pub number: i64,
    /// The line on which it begins, from 1.
    pub first_line: i64,
    /// The records.
    pub content: String,
}

/// Keeps a new job.
///
/// # Errors
/// When the database fails.
pub async fn insert(db: &mut Db, job: &ImportJob) -> Result<(), Error> {
    sqlx::query(INSERT)
        .bind(job.pool_id.as_str())
        .bind(&job.id)
        .bind(&job.name)
        .bind(&job.role_arn)
        .bind(job.hash_family.clone())
        .bind(job.status.name())
        .bind(job.created_at.0)
        .execute(db)
        .await?;
    Ok(())
}

/// The job of that id.
///
/// # Errors
/// When the database fails.
pub async fn find(db: &mut Db, (pool, id): JobKey<'_>) -> Result<Option<ImportJob>, Error> {
    let row = sqlx::query(FIND).bind(pool.as_str()).bind(id).fetch_optional(db).await?;
    row.as_ref().map(read).transpose()
}

/// Jobs of a pool in the order of their ids, after `after`.
///
/// # Errors
/// When the database fails.
pub async fn list(db: &mut Db, (pool, after): JobKey<'_>, limit: i64) -> Result<Vec<ImportJob>, Error> {
    let rows = sqlx::query(LIST).bind(pool.as_str()).bind(after).bind(limit).fetch_all(db).await?;
    rows.iter().map(read).collect()
}

/// Jobs of any pool in that status that were made before `before`, oldest first.
///
/// # Errors
/// When the database fails.
pub async fn in_status(db: &mut Db, status: JobStatus, before: Timestamp) -> Result<Vec<ImportJob>, Error> {
    let rows = sqlx::query(IN_STATUS).bind(status.name()).bind(before.0).bind(100_i64).fetch_all(db).await?;
    rows.iter().map(read).collect()
}

/// How many jobs a pool has.
///
/// # Errors
/// When the database fails.
pub async fn count(db: &mut Db, pool: &PoolId) -> Result<i64, Error> {
    number(&sqlx::query(COUNT).bind(pool.as_str()).fetch_one(db).await?, "jobs")
}

/// Whether a job of the pool is at work.
///
/// # Errors
/// When the database fails.
pub async fn is_busy(db: &mut Db, pool: &PoolId) -> Result<bool, Error> {
    Ok(sqlx::query(IS_BUSY).bind(pool.as_str()).fetch_optional(db).await?.is_some())
}

/// Keeps a piece of an upload under way.
///
/// # Errors
/// When the database fails.
pub async fn add_piece(db: &mut Db, (pool, job): JobKey<'_>, (upload, piece): (&str, &Piece)) -> Result<(), Error> {
    sqlx::query(ADD_PIECE)
        .bind(pool.as_str())
        .bind(job)
        .bind(upload)
        .bind(piece.number)
        .bind(piece.first_line)
        .bind(&piece.content)
        .execute(db)
        .await?;
    Ok(())
}

/// Makes a whole upload the job's file, in place of an earlier one; `false` when the job was started meanwhile.
///
/// # Errors
/// When the database fails.
pub async fn set_upload(db: &mut Db, (pool, job): JobKey<'_>, upload: &str) -> Result<bool, Error> {
    let done = sqlx::query(SET_UPLOAD).bind(pool.as_str()).bind(job).bind(upload).execute(&mut *db).await?;
    if done.rows_affected() == 0 {
        return Ok(false);
    }
    sqlx::query(DROP_OTHER_PIECES).bind(pool.as_str()).bind(job).bind(upload).execute(db).await?;
    Ok(true)
}

/// Moves a job from one status to another; `false` when it is no longer in the first.
///
/// # Errors
/// When the database fails.
pub async fn advance_status(
    db: &mut Db,
    (pool, job): JobKey<'_>,
    (from, to): (JobStatus, JobStatus),
) -> Result<bool, Error> {
    let done = sqlx::query(MOVE).bind(pool.as_str()).bind(job).bind(to.name()).bind(from.name()).execute(db).await?;
    Ok(done.rows_affected() == 1)
}

/// Starts a job that has its file, where no other job of the pool is at work; `false` otherwise.
///
/// # Errors
/// When the database fails.
pub async fn start(db: &mut Db, (pool, job): JobKey<'_>, at: Timestamp) -> Result<bool, Error> {
    let done = sqlx::query(START).bind(pool.as_str()).bind(job).bind(at.0).execute(db).await?;
    Ok(done.rows_affected() == 1)
}

/// How a job ends.
pub struct Ending<'a> {
    /// The status before.
    pub from: JobStatus,
    /// The last status.
    pub to: JobStatus,
    /// When.
    pub at: Timestamp,
    /// In words.
    pub message: &'a str,
}

/// Ends a job and drops what is left of its file; `false` when it is no longer in the status before.
///
/// # Errors
/// When the database fails.
pub async fn end(db: &mut Db, (pool, job): JobKey<'_>, ending: &Ending<'_>) -> Result<bool, Error> {
    let done = sqlx::query(END)
        .bind(pool.as_str())
        .bind(job)
        .bind(ending.to.name())
        .bind(ending.at.0)
        .bind(ending.message)
        .bind(ending.from.name())
        .execute(&mut *db)
        .await?;
    if done.rows_affected() == 0 {
        return Ok(false);
    }
    sqlx::query(DROP_PIECES).bind(pool.as_str()).bind(job).execute(db).await?;
    Ok(true)
}

/// A piece of a job's file.
///
/// # Errors
/// When the database fails.
pub async fn piece(db: &mut Db, (pool, job): JobKey<'_>, (upload, place): (&str, i64)) -> Result<Option<Piece>, Error> {
    let row = sqlx::query(PIECE).bind(pool.as_str()).bind(job).bind(upload).bind(place).fetch_optional(db).await?;
    row.map(|row| Ok(Piece { number: place, first_line: number(&row, "first_line")?, content: text(&row, "content")? }))
        .transpose()
}

/// Writes down that the job's next piece is done; `false` when somebody else did it, or stopped the job.
///
/// # Errors
/// When the database fails.
pub async fn advance(db: &mut Db, job: &ImportJob, (count, lines): (Count, &str)) -> Result<bool, Error> {
    let (pool, id) = (job.pool_id.as_str(), job.id.as_str());
    let done = sqlx::query(ADVANCE)
        .bind(pool)
        .bind(id)
        .bind(job.next_piece)
        .bind(count.imported)
        .bind(count.skipped)
        .bind(count.failed)
        .execute(&mut *db)
        .await?;
    if done.rows_affected() == 0 {
        return Ok(false);
    }
    let upload = job.upload.as_deref().unwrap_or_default();
    sqlx::query(ADD_REPORT).bind(pool).bind(id).bind(job.next_piece).bind(lines).execute(&mut *db).await?;
    // The first piece has the header, which every later one is read with.
    if job.next_piece > 0 {
        sqlx::query(DROP_PIECE).bind(pool).bind(id).bind(upload).bind(job.next_piece).execute(db).await?;
    }
    Ok(true)
}

/// Report lines after those of piece `after`, some pieces at a time, with the last piece's number.
///
/// # Errors
/// When the database fails.
pub async fn reports(db: &mut Db, (pool, job): JobKey<'_>, after: i64) -> Result<Option<(i64, String)>, Error> {
    let rows = sqlx::query(REPORTS).bind(pool.as_str()).bind(job).bind(after).bind(64_i64).fetch_all(db).await?;
    let Some(last) = rows.last() else { return Ok(None) };
    let lines: Result<String, Error> = rows.iter().map(|row| text(row, "lines")).collect();
    Ok(Some((number(last, "number")?, lines?)))
}

fn read(row: &AnyRow) -> Result<ImportJob, Error> {
    let malformed = || Error::internal("a malformed pool id in the database");
    Ok(ImportJob {
        pool_id: PoolId::parse(&text(row, "pool_id")?).ok_or_else(malformed)?,
        id: text(row, "id")?,
        name: text(row, "name")?,
        role_arn: text(row, "role_arn")?,
        hash_family: optional_text(row, "hash_family")?,
        status: JobStatus::parse(&text(row, "status")?),
        created_at: moment(row, "created_at")?,
        started_at: optional_number(row, "started_at")?.map(Timestamp),
        completed_at: optional_number(row, "completed_at")?.map(Timestamp),
        completion_message: optional_text(row, "completion_message")?,
        count: Count {
            imported: number(row, "imported")?,
            skipped: number(row, "skipped")?,
            failed: number(row, "failed")?,
        },
        upload: optional_text(row, "upload")?,
        next_piece: number(row, "next_piece")?,
    })
}
