//! Owns import jobs: making, uploading, starting, stopping. The work itself is in [`work`].
//!
//! The address for the upload is sealed: it is for one job, for a quarter of an hour, and needs no signature.

pub mod records;
pub mod splitter;
pub mod work;

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::cx::{Cx, PoolEntry, Seal};
use crate::domain::ids::PoolId;
use crate::domain::import_job::{Count, ImportJob, JobStatus};
use crate::error::{Error, Thing};
use crate::store;
use crate::store::import_jobs::Piece;

/// How long an upload address works.
const ADDRESS_SECONDS: i64 = 15 * 60;
/// Jobs of a pool, old ones included.
const MOST_JOBS: i64 = 1000;
const CONTEXT: &str = "import";

/// A job to make.
pub struct NewJob {
    /// Its name.
    pub name: String,
    /// The role.
    pub role_arn: String,
    /// Which hashes the file brings along.
    pub hash_family: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct Address {
    pool_id: PoolId,
    job_id: String,
    expires_at: Timestamp,
}

/// Makes a job that waits for its file.
///
/// # Errors
/// [`Error::LimitExceeded`] when the pool has too many.
pub async fn create(cx: &Cx, pool: &PoolEntry, new: NewJob) -> Result<ImportJob, Error> {
    if store::import_jobs::count(&mut *cx.store.read().await?, &pool.pool.id).await? >= MOST_JOBS {
        return Err(Error::LimitExceeded("Maximum number of import jobs has been reached.".to_owned()));
    }
    let job = ImportJob {
        pool_id: pool.pool.id.clone(),
        id: format!("import-{}", cx.random().alphanumeric(10)),
        name: new.name,
        role_arn: new.role_arn,
        hash_family: new.hash_family,
        status: JobStatus::Created,
        created_at: cx.now(),
        started_at: None,
        completed_at: None,
        completion_message: None,
        count: Count::default(),
        upload: None,
        next_piece: 0,
    };
    cx.store
        .write(move |db| {
            Box::pin(async move {
                store::import_jobs::insert(db, &job).await?;
                tracing::info!(pool = %job.pool_id, job = %job.id, "import job made");
                Ok(job)
            })
        })
        .await
}

/// A job of the pool.
///
/// # Errors
/// [`Thing::ImportJob`] when there is none.
pub async fn find(cx: &Cx, pool: &PoolId, id: &str) -> Result<ImportJob, Error> {
    let found = store::import_jobs::find(&mut *cx.store.read().await?, (pool, id)).await?;
    found.ok_or(Error::NotFound(Thing::ImportJob))
}

/// Starts a job.
///
/// # Errors
/// [`Error::PreconditionNotMet`] says what is missing.
pub async fn start(cx: &Cx, pool: &PoolEntry, id: &str) -> Result<ImportJob, Error> {
    let job = find(cx, &pool.pool.id, id).await?;
    let refuse = |text: &str| Err(Error::PreconditionNotMet(text.to_owned()));
    if job.status != JobStatus::Created {
        return refuse("The import job is not in the Created state.");
    }
    if pool.pool.settings.auto_verified_attributes.is_empty() {
        return refuse("The user pool must have at least one auto-verified attribute.");
    }
    if job.upload.is_none() {
        return refuse("The CSV file has not been uploaded.");
    }
    let now = cx.now();
    let (pool_id, job_id) = (job.pool_id.clone(), job.id.clone());
    let is_started = cx
        .store
        .write(move |db| Box::pin(async move { store::import_jobs::start(db, (&pool_id, &job_id), now).await }));
    if !is_started.await? {
        return refuse("Another import job is in progress in this user pool.");
    }
    tracing::info!(pool = %job.pool_id, job = %job.id, "import job started");
    find(cx, &job.pool_id, id).await
}

/// Tells a job to stop; users who are in stay.
///
/// # Errors
/// [`Error::PreconditionNotMet`] when it is not at work.
pub async fn stop(cx: &Cx, pool: &PoolEntry, id: &str) -> Result<ImportJob, Error> {
    let job = find(cx, &pool.pool.id, id).await?;
    let (pool_id, job_id) = (job.pool_id.clone(), job.id.clone());
    let stopping = cx.store.write(move |db| {
        Box::pin(async move {
            for from in [JobStatus::Pending, JobStatus::InProgress] {
                if store::import_jobs::advance_status(db, (&pool_id, &job_id), (from, JobStatus::Stopping)).await? {
                    return Ok(true);
                }
            }
            Ok(false)
        })
    });
    if !stopping.await? {
        return Err(Error::PreconditionNotMet("The import job is not in progress.".to_owned()));
    }
    tracing::info!(pool = %job.pool_id, job = %job.id, "import job told to stop");
    find(cx, &job.pool_id, id).await
}

/// Refuses changes of a pool into which a job brings users.
///
/// # Errors
/// [`Error::UserImportInProgress`].
pub async fn refuse_while_busy(cx: &Cx, pool: &PoolId) -> Result<(), Error> {
    if store::import_jobs::is_busy(&mut *cx.store.read().await?, pool).await? {
        return Err(Error::UserImportInProgress);
    }
    Ok(())
}

/// Where the job's file is put, and its report fetched.
///
/// # Errors
/// When it cannot be written.
pub fn address(cx: &Cx, job: &ImportJob) -> Result<String, Error> {
    let expires_at = cx.now().plus_seconds(ADDRESS_SECONDS);
    let address = Address { pool_id: job.pool_id.clone(), job_id: job.id.clone(), expires_at };
    let json = serde_json::to_vec(&address).map_err(Error::internal)?;
    let sealed = cx.secrets.seal(cx.random(), Seal::Step, (&json, CONTEXT));
    Ok(format!("{}/_cenote/imports/{sealed}", cx.config.base()))
}

/// The job whose address that is; `None` when it was changed or has expired.
///
/// # Errors
/// When the database fails, or the job is gone.
pub async fn addressed(cx: &Cx, sealed: &str) -> Result<Option<ImportJob>, Error> {
    let opened = cx.secrets.open(Seal::Step, sealed, CONTEXT);
    let Some(address) = opened.and_then(|json| serde_json::from_slice::<Address>(&json).ok()) else { return Ok(None) };
    if address.expires_at <= cx.now() {
        return Ok(None);
    }
    find(cx, &address.pool_id, &address.job_id).await.map(Some)
}

/// Keeps pieces of an upload under way.
///
/// # Errors
/// When the database fails.
pub async fn keep_pieces(cx: &Cx, job: &ImportJob, (upload, pieces): (&str, Vec<Piece>)) -> Result<(), Error> {
    let (pool_id, job_id, upload) = (job.pool_id.clone(), job.id.clone(), upload.to_owned());
    cx.store
        .write(move |db| {
            Box::pin(async move {
                for piece in &pieces {
                    store::import_jobs::add_piece(db, (&pool_id, &job_id), (&upload, piece)).await?;
                }
                Ok(())
            })
        })
        .await
}

/// Makes a whole upload the job's file; `false` when the job was started meanwhile.
///
/// # Errors
/// When the database fails.
pub async fn accept_upload(cx: &Cx, job: &ImportJob, upload: String) -> Result<bool, Error> {
    let (pool_id, job_id) = (job.pool_id.clone(), job.id.clone());
    cx.store
        .write(move |db| {
            Box::pin(async move { store::import_jobs::set_upload(db, (&pool_id, &job_id), &upload).await })
        })
        .await
}

/// Some lines of a job's report, after those of piece `after`.
///
/// # Errors
/// When the database fails.
pub async fn report(cx: &Cx, job: &ImportJob, after: i64) -> Result<Option<(i64, String)>, Error> {
    store::import_jobs::reports(&mut *cx.store.read().await?, (&job.pool_id, &job.id), after).await
}
