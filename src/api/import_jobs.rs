//! Owns the operations on import jobs.

use serde::{Deserialize, Serialize};

use super::constraints::{ARN, IMPORT_JOB_ID, IMPORT_JOB_NAME, Words, check_range, required, word};
use super::named;
use super::operation::{Access, Caller, Entry, Operation};
use super::page::Page;
use crate::auth::imports::{self, NewJob, records};
use crate::clock::Timestamp;
use crate::cx::Cx;
use crate::domain::import_job::ImportJob;
use crate::error::Error;
use crate::store;

/// The family's table.
pub const OPERATIONS: &[Entry] = &[
    Entry::of::<GetCsvHeader>(),
    Entry::of::<CreateUserImportJob>(),
    Entry::of::<DescribeUserImportJob>(),
    Entry::of::<ListUserImportJobs>(),
    Entry::of::<StartUserImportJob>(),
    Entry::of::<StopUserImportJob>(),
];

/// `PasswordHashingAlgorithmType`.
const ALGORITHMS: Words<()> = &[("BCRYPT", ()), ("SCRYPT", ()), ("ARGON2ID", ()), ("PBKDF2_SHA256", ())];

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct UserImportJobType {
    job_name: String,
    job_id: String,
    user_pool_id: String,
    pre_signed_url: String,
    creation_date: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    start_date: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    completion_date: Option<f64>,
    status: &'static str,
    cloud_watch_logs_role_arn: String,
    imported_users: i64,
    skipped_users: i64,
    failed_users: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    completion_message: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    password_hashing_algorithm: Option<String>,
}

impl UserImportJobType {
    fn of(cx: &Cx, job: ImportJob) -> Result<Self, Error> {
        Ok(Self {
            pre_signed_url: imports::address(cx, &job)?,
            job_name: job.name,
            job_id: job.id,
            user_pool_id: job.pool_id.to_string(),
            creation_date: job.created_at.fractional_seconds(),
            start_date: job.started_at.map(Timestamp::fractional_seconds),
            completion_date: job.completed_at.map(Timestamp::fractional_seconds),
            status: job.status.name(),
            cloud_watch_logs_role_arn: job.role_arn,
            imported_users: job.count.imported,
            skipped_users: job.count.skipped,
            failed_users: job.count.failed,
            completion_message: job.completion_message,
            password_hashing_algorithm: job.hash_family,
        })
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct UserImportJobOutput {
    user_import_job: UserImportJobType,
}

impl UserImportJobOutput {
    fn of(cx: &Cx, job: ImportJob) -> Result<Self, Error> {
        Ok(Self { user_import_job: UserImportJobType::of(cx, job)? })
    }
}

/// The header of a pool's import files.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct GetCsvHeader {
    user_pool_id: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct GetCsvHeaderOutput {
    user_pool_id: String,
    #[serde(rename = "CSVHeader")]
    csv_header: Vec<String>,
}

impl Operation for GetCsvHeader {
    const NAME: &'static str = "GetCSVHeader";
    const ACCESS: Access = Access::Admin;
    type Output = GetCsvHeaderOutput;

    async fn run(self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        let pool = named::pool(cx, self.user_pool_id).await?;
        let csv_header = records::header_of(&pool.pool);
        Ok(GetCsvHeaderOutput { user_pool_id: pool.pool.id.to_string(), csv_header })
    }
}

/// Makes a job.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct CreateUserImportJob {
    job_name: Option<String>,
    user_pool_id: Option<String>,
    cloud_watch_logs_role_arn: Option<String>,
    password_hashing_algorithm: Option<String>,
}

impl Operation for CreateUserImportJob {
    const NAME: &'static str = "CreateUserImportJob";
    const ACCESS: Access = Access::Admin;
    type Output = UserImportJobOutput;

    async fn run(self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        let name = IMPORT_JOB_NAME.required("jobName", self.job_name)?;
        let role_arn = ARN.required("cloudWatchLogsRoleArn", self.cloud_watch_logs_role_arn)?;
        let hash_family = self.password_hashing_algorithm;
        hash_family.as_deref().map(|text| word("passwordHashingAlgorithm", text, ALGORITHMS)).transpose()?;
        let pool = named::pool(cx, self.user_pool_id).await?;
        UserImportJobOutput::of(cx, imports::create(cx, &pool, NewJob { name, role_arn, hash_family }).await?)
    }
}

/// Describes a job.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct DescribeUserImportJob {
    user_pool_id: Option<String>,
    job_id: Option<String>,
}

impl Operation for DescribeUserImportJob {
    const NAME: &'static str = "DescribeUserImportJob";
    const ACCESS: Access = Access::Admin;
    type Output = UserImportJobOutput;

    async fn run(self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        let id = IMPORT_JOB_ID.required("jobId", self.job_id)?;
        let pool = named::pool(cx, self.user_pool_id).await?;
        UserImportJobOutput::of(cx, imports::find(cx, &pool.pool.id, &id).await?)
    }
}

/// Lists the jobs of a pool.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ListUserImportJobs {
    user_pool_id: Option<String>,
    max_results: Option<i64>,
    pagination_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ListUserImportJobsOutput {
    user_import_jobs: Vec<UserImportJobType>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pagination_token: Option<String>,
}

impl Operation for ListUserImportJobs {
    const NAME: &'static str = "ListUserImportJobs";
    const ACCESS: Access = Access::Admin;
    type Output = ListUserImportJobsOutput;

    async fn run(self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        let limit = required("maxResults", self.max_results)?;
        check_range("maxResults", limit, (1, 60))?;
        let page = Page::after(self.pagination_token, limit)?;
        let pool = named::pool(cx, self.user_pool_id).await?;
        let key = (&pool.pool.id, page.after.as_str());
        let jobs = store::import_jobs::list(&mut *cx.store.read().await?, key, page.wanted()).await?;
        let (jobs, pagination_token) = page.cut(jobs, |job| job.id.clone());
        let user_import_jobs = jobs.into_iter().map(|job| UserImportJobType::of(cx, job)).collect::<Result<_, _>>()?;
        Ok(ListUserImportJobsOutput { user_import_jobs, pagination_token })
    }
}

/// Starts a job.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct StartUserImportJob {
    user_pool_id: Option<String>,
    job_id: Option<String>,
}

impl Operation for StartUserImportJob {
    const NAME: &'static str = "StartUserImportJob";
    const ACCESS: Access = Access::Admin;
    type Output = UserImportJobOutput;

    async fn run(self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        let id = IMPORT_JOB_ID.required("jobId", self.job_id)?;
        let pool = named::pool(cx, self.user_pool_id).await?;
        UserImportJobOutput::of(cx, imports::start(cx, &pool, &id).await?)
    }
}

/// Stops a job.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct StopUserImportJob {
    user_pool_id: Option<String>,
    job_id: Option<String>,
}

impl Operation for StopUserImportJob {
    const NAME: &'static str = "StopUserImportJob";
    const ACCESS: Access = Access::Admin;
    type Output = UserImportJobOutput;

    async fn run(self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        let id = IMPORT_JOB_ID.required("jobId", self.job_id)?;
        let pool = named::pool(cx, self.user_pool_id).await?;
        UserImportJobOutput::of(cx, imports::stop(cx, &pool, &id).await?)
    }
}
