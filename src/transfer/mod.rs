//! Owns taking pools away and bringing them back, whole, as one sealed file; and bringing users along from elsewhere.
//!
//! A file holds lines of JSON: first what it is, then a row a line, at last how many there were. Secrets that the
//! database keeps sealed under the server's master key travel under the file's own key. It must not know the command
//! line.

mod export;
mod import;
mod secrets;
pub mod users;

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::domain::ids::PoolId;
use crate::error::Error;
use crate::store::transfer::Row;

pub use export::{Export, export};
pub use import::import;
pub use secrets::covers;

/// The version of the lines.
const VERSION: u32 = 1;

/// Why a pool cannot be taken away or brought back, in one sentence.
#[derive(Debug, thiserror::Error)]
pub enum TransferError {
    /// A file cannot be read or written.
    #[error("{0}: {1}")]
    File(PathBuf, io::Error),
    /// A file does not hold what it should.
    #[error("{0}: {1}. Nothing was changed.")]
    Content(PathBuf, String),
    /// What is asked does not fit what is there.
    #[error("{0}")]
    Refused(String),
    /// The database.
    #[error("The database: {0}")]
    Database(String),
}

impl From<Error> for TransferError {
    fn from(fault: Error) -> Self {
        match fault {
            Error::Internal(cause) => Self::Database(cause.to_string()),
            other => Self::Database(other.to_string()),
        }
    }
}

/// How many rows of each table.
pub type Counts = BTreeMap<String, u64>;

#[derive(Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Line {
    Manifest { version: u32, made_at: Timestamp, pools: Vec<PoolId>, has_signing_keys: bool },
    Row { table: String, row: Row },
    End { counts: Counts },
}
