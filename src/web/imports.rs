//! Owns the address behind `PreSignedUrl`: the file of an import job is put there, and its report fetched.
//! It must not know what the file says.

use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::CACHE_CONTROL;
use actix_web::web::{Data, Path, Payload};
use futures_util::StreamExt as _;

use super::errors::ApiError;
use crate::auth::imports;
use crate::auth::imports::splitter::{FileFault, Splitter};
use crate::cx::Cx;
use crate::domain::import_job::{ImportJob, JobStatus};
use crate::error::Error;

/// The longest that an upload may take, and that it may be silent.
const PATIENCE: Duration = Duration::from_secs(15 * 60);
const SILENCE: Duration = Duration::from_secs(30);
/// Pieces that are kept by one transaction.
const BATCH: usize = 16;

enum Refusal {
    File(FileFault),
    Slow,
    Fault(Error),
}

impl From<FileFault> for Refusal {
    fn from(fault: FileFault) -> Self {
        Self::File(fault)
    }
}

impl From<Error> for Refusal {
    fn from(fault: Error) -> Self {
        Self::Fault(fault)
    }
}

/// `PUT`: the file.
///
/// # Errors
/// When the database fails.
pub async fn put(cx: Data<Cx>, sealed: Path<String>, payload: Payload) -> Result<HttpResponse, ApiError> {
    let Some(job) = job(&cx, &sealed).await? else { return Ok(expired()) };
    if job.status != JobStatus::Created {
        return Ok(told(StatusCode::CONFLICT, "The job was started already."));
    }
    let upload = cx.random().token();
    let kept = tokio::time::timeout(PATIENCE, keep(&cx, &job, (&upload, payload))).await;
    let (status, text) = match kept.unwrap_or(Err(Refusal::Slow)) {
        Ok(()) if imports::accept_upload(&cx, &job, upload).await? => (StatusCode::OK, ""),
        Ok(()) => (StatusCode::CONFLICT, "The job was started already."),
        Err(Refusal::File(FileFault::TooLarge)) => {
            (StatusCode::PAYLOAD_TOO_LARGE, "At most 100 MB, 500,000 users and 16,000 characters a record.")
        }
        Err(Refusal::File(FileFault::NotText)) => (StatusCode::BAD_REQUEST, "The file must be text in UTF-8."),
        Err(Refusal::File(FileFault::Cut)) => {
            (StatusCode::BAD_REQUEST, "The file is empty, was cut off, or ends inside quotes.")
        }
        Err(Refusal::Slow) => (StatusCode::REQUEST_TIMEOUT, "The upload took too long."),
        Err(Refusal::Fault(fault)) => return Err(fault.into()),
    };
    Ok(told(status, text))
}

/// `GET`: the report, a line for each record.
///
/// # Errors
/// When the database fails.
pub async fn report(cx: Data<Cx>, sealed: Path<String>) -> Result<HttpResponse, ApiError> {
    let Some(job) = job(&cx, &sealed).await? else { return Ok(expired()) };
    let lines = futures_util::stream::try_unfold((cx, job, -1), |(cx, job, after)| async move {
        let found = imports::report(&cx, &job, after).await?;
        Ok::<_, Error>(found.map(|(last, lines)| (actix_web::web::Bytes::from(lines), (cx, job, last))))
    });
    Ok(HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "no-store"))
        .content_type("text/plain; charset=utf-8")
        .streaming(lines.boxed_local()))
}

async fn job(cx: &Cx, sealed: &str) -> Result<Option<ImportJob>, Error> {
    match imports::addressed(cx, sealed).await {
        Err(Error::NotFound(_)) => Ok(None),
        other => other,
    }
}

async fn keep(cx: &Cx, job: &ImportJob, (upload, mut payload): (&str, Payload)) -> Result<(), Refusal> {
    let mut splitter = Splitter::default();
    let mut waiting = Vec::new();
    while let Some(bytes) = tokio::time::timeout(SILENCE, payload.next()).await.map_err(|_| Refusal::Slow)? {
        let bytes = bytes.map_err(|_| FileFault::Cut)?;
        waiting.extend(splitter.push(&bytes)?);
        if waiting.len() >= BATCH {
            imports::keep_pieces(cx, job, (upload, std::mem::take(&mut waiting))).await?;
        }
    }
    waiting.extend(splitter.finish()?);
    Ok(imports::keep_pieces(cx, job, (upload, waiting)).await?)
}

fn expired() -> HttpResponse {
    told(StatusCode::FORBIDDEN, "The address was changed or has expired: describe the job to get a fresh one.")
}

fn told(status: StatusCode, text: &'static str) -> HttpResponse {
    HttpResponse::build(status).insert_header((CACHE_CONTROL, "no-store")).content_type("text/plain").body(text)
}
