//! Owns the work of import jobs: piece by piece, the users of a piece and the progress in one transaction. So a server
//! that dies goes on where it was, and no user comes twice or not at all.

use std::sync::Arc;

use super::records::{Header, Record};
use crate::auth::newcomers::{self, Checked};
use crate::cx::{Cx, PoolEntry};
use crate::domain::ids::Sub;
use crate::domain::import_job::{Count, Fate, ImportJob, JobStatus};
use crate::domain::pool::Pool;
use crate::error::Error;
use crate::store;
use crate::store::import_jobs::Ending;

/// A job that nobody starts is given up after a day.
const PATIENCE_SECONDS: i64 = 86_400;
const SUCCESS: &str = "Import Job Completed Successfully.";
const TOO_MANY: &str = "Too many users have failed or been skipped during the import.";
const STOPPED: &str = "The Import Job was stopped by the developer.";
const EXPIRED: &str = "The import job has expired.";
const NO_AUTO_VERIFIED: &str =
    "The User Record does not set any of the auto verified attributes to true. (Example: email_verified to true).";

/// Works until no job has anything left to do: a piece of each in turn, so that a long one holds up no other.
///
/// # Errors
/// When the database fails.
pub async fn work(cx: &Cx) -> Result<(), Error> {
    let now = cx.now();
    let late = now.plus_seconds(-PATIENCE_SECONDS);
    for job in in_status(cx, JobStatus::Created, late).await? {
        end(cx, &job, (JobStatus::Expired, EXPIRED)).await?;
    }
    loop {
        let ever = now.plus_seconds(PATIENCE_SECONDS);
        for job in in_status(cx, JobStatus::Stopping, ever).await? {
            end(cx, &job, (JobStatus::Stopped, STOPPED)).await?;
        }
        for job in in_status(cx, JobStatus::Pending, ever).await? {
            begin(cx, job).await?;
        }
        let jobs = in_status(cx, JobStatus::InProgress, ever).await?;
        if jobs.is_empty() {
            return Ok(());
        }
        for job in &jobs {
            step(cx, job).await?;
        }
    }
}

async fn in_status(cx: &Cx, status: JobStatus, before: crate::clock::Timestamp) -> Result<Vec<ImportJob>, Error> {
    store::import_jobs::in_status(&mut *cx.store.read().await?, status, before).await
}

async fn begin(cx: &Cx, job: ImportJob) -> Result<(), Error> {
    cx.store
        .write(move |db| {
            Box::pin(async move {
                let moves = (JobStatus::Pending, JobStatus::InProgress);
                store::import_jobs::advance_status(db, (&job.pool_id, &job.id), moves).await.map(drop)
            })
        })
        .await
}

async fn end(cx: &Cx, job: &ImportJob, (to, message): (JobStatus, &str)) -> Result<(), Error> {
    let (pool_id, job_id, from, at) = (job.pool_id.clone(), job.id.clone(), job.status, cx.now());
    let message = message.to_owned();
    tracing::info!(pool = %job.pool_id, job = %job.id, status = to.name(), message, "import job ended");
    cx.store
        .write(move |db| {
            Box::pin(async move {
                let ending = Ending { from, to, at, message: &message };
                store::import_jobs::end(db, (&pool_id, &job_id), &ending).await.map(drop)
            })
        })
        .await
}

/// Does the job's next piece, or ends it.
async fn step(cx: &Cx, job: &ImportJob) -> Result<(), Error> {
    let pool = cx.pool(&job.pool_id).await?;
    let upload = job.upload.as_deref().unwrap_or_default();
    let key = (&job.pool_id, job.id.as_str());
    let mut db = cx.store.read().await?;
    let first = store::import_jobs::piece(&mut db, key, (upload, 0)).await?;
    let piece = store::import_jobs::piece(&mut db, key, (upload, job.next_piece)).await?;
    drop(db);
    let Some(piece) = piece else { return finish(cx, job).await };
    let header = first.ok_or_else(|| "The CSV file is gone.".to_owned());
    let header = header.and_then(|first| Header::read(&pool.pool, &first.content, job.hash_family.is_some()));
    let header = match header {
        Ok(header) => header,
        Err(fault) => return end(cx, job, (JobStatus::Failed, &fault)).await,
    };
    let place = (piece.first_line, piece.number == 0);
    let records = header.records(&piece.content, place, job.hash_family.as_deref());
    let records = records.into_iter().map(|record| check(cx, &pool.pool, record)).collect();
    bring_in(cx, &pool, (job.clone(), records)).await
}

async fn finish(cx: &Cx, job: &ImportJob) -> Result<(), Error> {
    let is_in_vain = job.count.imported == 0 && job.count.skipped + job.count.failed > 0;
    let outcome = if is_in_vain { (JobStatus::Failed, TOO_MANY) } else { (JobStatus::Succeeded, SUCCESS) };
    end(cx, job, outcome).await
}

type CheckedRecord = (i64, Result<Checked, String>);

fn check(cx: &Cx, pool: &Pool, (line, record): Record) -> CheckedRecord {
    let checked = record.and_then(|new| {
        let auto_verified = &pool.settings.auto_verified_attributes;
        let is_proven =
            |name: &str| new.attributes.get(&format!("{name}_verified")).is_some_and(|value| value == "true");
        if !auto_verified.iter().any(|attribute| is_proven(attribute.name())) {
            return Err(NO_AUTO_VERIFIED.to_owned());
        }
        newcomers::check(pool, new, (Sub(cx.random().uuid()), cx.now()))
    });
    (line, checked)
}

async fn bring_in(
    cx: &Cx,
    pool: &Arc<PoolEntry>,
    (job, records): (ImportJob, Vec<CheckedRecord>),
) -> Result<(), Error> {
    let pool = Arc::clone(pool);
    cx.store
        .write(move |db| {
            Box::pin(async move {
                let (mut count, mut lines) = (Count::default(), String::new());
                for (line, record) in records {
                    let fate = match record {
                        Ok(checked) => newcomers::admit(db, &pool.pool, &checked).await?,
                        Err(reason) => Fate::Failed(reason),
                    };
                    count.add(&fate);
                    lines.push_str(&fate.report(line));
                    if let Fate::Failed(reason) = &fate {
                        tracing::info!(pool = %job.pool_id, job = %job.id, line, reason, "a record was not imported");
                    }
                }
                if store::import_jobs::advance(db, &job, (count, &lines)).await? {
                    return Ok(());
                }
                // Another instance was first, or the job was stopped: what this one did must not stay.
                Err(Error::ConcurrentModification)
            })
        })
        .await
        .or_else(|fault| if matches!(fault, Error::ConcurrentModification) { Ok(()) } else { Err(fault) })
}
