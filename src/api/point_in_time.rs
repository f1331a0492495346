//! Owns the operations that would take a pool back to an earlier moment. A server has one database, whose backups are
//! its own business: each operation checks its members as Cognito does, and then says so.

use serde::{Deserialize, Serialize};

use super::constraints::{PAGINATION_KEY, Text, check_range, required};
use super::named;
use super::operation::{Access, Caller, Entry, Operation};
use super::wire::Empty;
use crate::cx::Cx;
use crate::error::{Error, Thing};

/// The family's table.
pub const OPERATIONS: &[Entry] = &[
    Entry::of::<InitiatePointInTimeRecovery>(),
    Entry::of::<StartPointInTimeRecovery>(),
    Entry::of::<CancelPointInTimeRecovery>(),
    Entry::of::<DescribePointInTimeRecovery>(),
    Entry::of::<ListPointInTimeRecoveries>(),
];

/// `RestoreIdType`.
static RESTORE_ID: Text = Text::new(36, 36, r"^[0-9a-f]{8}\b-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-\b[0-9a-f]{12}$");

/// Would prepare a recovery; earlier states are in the backups of the database.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct InitiatePointInTimeRecovery {
    user_pool_id: Option<String>,
    restore_timestamp: Option<f64>,
}

impl Operation for InitiatePointInTimeRecovery {
    const NAME: &'static str = "InitiatePointInTimeRecovery";
    const ACCESS: Access = Access::Admin;
    type Output = Empty;

    async fn run(self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        required("restoreTimestamp", self.restore_timestamp)?;
        named::pool(cx, self.user_pool_id).await?;
        Err(Error::OperationNotEnabled(
            "Point-in-time recovery is not available on this server: restore a backup of the database instead.",
        ))
    }
}

/// Would apply a recovery; there is none.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct StartPointInTimeRecovery {
    user_pool_id: Option<String>,
    restore_id: Option<String>,
}

impl Operation for StartPointInTimeRecovery {
    const NAME: &'static str = "StartPointInTimeRecovery";
    const ACCESS: Access = Access::Admin;
    type Output = Empty;

    async fn run(self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        Err(missing(cx, self.user_pool_id, self.restore_id).await?)
    }
}

/// Would discard a recovery; there is none.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct CancelPointInTimeRecovery {
    user_pool_id: Option<String>,
    restore_id: Option<String>,
}

impl Operation for CancelPointInTimeRecovery {
    const NAME: &'static str = "CancelPointInTimeRecovery";
    const ACCESS: Access = Access::Admin;
    type Output = Empty;

    async fn run(self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        Err(missing(cx, self.user_pool_id, self.restore_id).await?)
    }
}

/// Would describe a recovery; there is none.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct DescribePointInTimeRecovery {
    user_pool_id: Option<String>,
    restore_id: Option<String>,
}

impl Operation for DescribePointInTimeRecovery {
    const NAME: &'static str = "DescribePointInTimeRecovery";
    const ACCESS: Access = Access::Admin;
    type Output = Empty;

    async fn run(self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        Err(missing(cx, self.user_pool_id, self.restore_id).await?)
    }
}

/// Lists the recoveries of a pool: none.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ListPointInTimeRecoveries {
    user_pool_id: Option<String>,
    next_token: Option<String>,
    max_results: Option<i64>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ListPointInTimeRecoveriesOutput {
    restorations: [(); 0],
}

impl Operation for ListPointInTimeRecoveries {
    const NAME: &'static str = "ListPointInTimeRecoveries";
    const ACCESS: Access = Access::Admin;
    type Output = ListPointInTimeRecoveriesOutput;

    async fn run(self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        PAGINATION_KEY.optional("nextToken", self.next_token)?;
        self.max_results.map_or(Ok(()), |limit| check_range("maxResults", limit, (1, 60)))?;
        named::pool(cx, self.user_pool_id).await?;
        Ok(ListPointInTimeRecoveriesOutput { restorations: [] })
    }
}

/// The refusal of a recovery that a good request names.
async fn missing(cx: &Cx, pool: Option<String>, recovery: Option<String>) -> Result<Error, Error> {
    RESTORE_ID.required("restoreId", recovery)?;
    named::pool(cx, pool).await?;
    Ok(Error::NotFound(Thing::PointInTimeRecovery))
}
