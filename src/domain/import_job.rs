//! Owns import jobs: how far one is, and what became of each record of its file.

use crate::clock::Timestamp;
use crate::domain::ids::PoolId;

/// How far a job is (API model, UserImportJobStatusType).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobStatus {
    /// Waits for its file and for the start.
    Created,
    /// Started, no user imported yet.
    Pending,
    /// At work.
    InProgress,
    /// Told to stop.
    Stopping,
    /// Not started in time.
    Expired,
    /// Stopped.
    Stopped,
    /// Ended with an error.
    Failed,
    /// Done.
    Succeeded,
}

impl JobStatus {
    const ALL: [(Self, &'static str); 8] = [
        (Self::Created, "Created"),
        (Self::Pending, "Pending"),
        (Self::InProgress, "InProgress"),
        (Self::Stopping, "Stopping"),
        (Self::Expired, "Expired"),
        (Self::Stopped, "Stopped"),
        (Self::Failed, "Failed"),
        (Self::Succeeded, "Succeeded"),
    ];

    /// The API's word, which the database keeps too.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(status, _)| *status == self).map_or("Failed", |(_, name)| name)
    }

    /// The status of that name.
    #[must_use]
    pub fn parse(name: &str) -> Self {
        Self::ALL.iter().find(|(_, known)| *known == name).map_or(Self::Failed, |(status, _)| *status)
    }
}

/// An import job.
#[derive(Debug, Clone)]
pub struct ImportJob {
    /// The pool.
    pub pool_id: PoolId,
    /// Its id, `import-…`.
    pub id: String,
    /// Its name for people.
    pub name: String,
    /// The role that would write Cognito's log; kept and shown.
    pub role_arn: String,
    /// Which hashes the file brings along, in the API's word.
    pub hash_family: Option<String>,
    /// How far it is.
    pub status: JobStatus,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was started.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub completed_at: Option<Timestamp>,
    /// How it ended.
    pub completion_message: Option<String>,
    /// What became of the records so far.
    pub count: Count,
    /// The uploaded file, once there is one.
    pub upload: Option<String>,
    /// The piece of the file that comes next.
    pub next_piece: i64,
}

/// What became of records.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Count {
    /// New users.
    pub imported: i64,
    /// Users that were there already.
    pub skipped: i64,
    /// Mistakes.
    pub failed: i64,
}

/// What became of one record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// A new user.
    Imported,
    /// The user was there already.
    Skipped,
    /// A mistake, in words that repeat nothing of the record.
    Failed(String),
}

impl Count {
    /// Counts a record.
    pub fn add(&mut self, fate: &Fate) {
        match fate {
            Fate::Imported => self.imported += 1,
            Fate::Skipped => self.skipped += 1,
            Fate::Failed(_) => self.failed += 1,
        }
    }
}

impl Fate {
    /// The line of the report, in Cognito's words.
    #[must_use]
    pub fn report(&self, line: i64) -> String {
        match self {
            Self::Imported => format!("[SUCCEEDED] Line Number {line} - The import succeeded.\n"),
            Self::Skipped => format!("[SKIPPED] Line Number {line} - The user already exists.\n"),
            Self::Failed(reason) => format!("[FAILED] Line Number {line} - {reason}\n"),
        }
    }
}
