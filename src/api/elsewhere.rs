//! Owns the operations that mean nothing on a server of one's own: copies of a pool in other regions, and limits that
//! are bought. Each checks its members as Cognito does and then says so.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::constraints::{PAGINATION_KEY, check_length, required, word};
use super::named;
use super::operation::{Access, Caller, Entry, Operation};
use super::wire::Empty;
use super::wire::tags::{arn_of, tags_from};
use crate::cx::Cx;
use crate::error::{Error, Thing};

/// The family's table.
pub const OPERATIONS: &[Entry] = &[
    Entry::of::<CreateUserPoolReplica>(),
    Entry::of::<UpdateUserPoolReplica>(),
    Entry::of::<DeleteUserPoolReplica>(),
    Entry::of::<ListUserPoolReplicas>(),
    Entry::of::<GetProvisionedLimit>(),
    Entry::of::<UpdateProvisionedLimit>(),
];

/// Would copy a pool to another region; a server has one database, and its own copies are the database's business.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct CreateUserPoolReplica {
    user_pool_id: Option<String>,
    region_name: Option<String>,
    user_pool_tags: Option<BTreeMap<String, String>>,
}

impl Operation for CreateUserPoolReplica {
    const NAME: &'static str = "CreateUserPoolReplica";
    const ACCESS: Access = Access::Admin;
    type Output = Empty;

    async fn run(self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        region_from(self.region_name)?;
        tags_from("userPoolTags", self.user_pool_tags)?;
        named::pool(cx, self.user_pool_id).await?;
        Err(Error::OperationNotEnabled(
            "Replicas are not available on this server: run several instances on one PostgreSQL database instead.",
        ))
    }
}

/// Would switch a copy on or off; there is none.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct UpdateUserPoolReplica {
    user_pool_id: Option<String>,
    region_name: Option<String>,
    status: Option<String>,
}

impl Operation for UpdateUserPoolReplica {
    const NAME: &'static str = "UpdateUserPoolReplica";
    const ACCESS: Access = Access::Admin;
    type Output = Empty;

    async fn run(self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        let region = region_from(self.region_name)?;
        word("status", &required("status", self.status)?, &[("ACTIVE", true), ("INACTIVE", false)])?;
        named::pool(cx, self.user_pool_id).await?;
        Err(Error::NotFound(Thing::Replica(region)))
    }
}

/// Would delete a copy; there is none.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct DeleteUserPoolReplica {
    user_pool_id: Option<String>,
    region_name: Option<String>,
}

impl Operation for DeleteUserPoolReplica {
    const NAME: &'static str = "DeleteUserPoolReplica";
    const ACCESS: Access = Access::Admin;
    type Output = Empty;

    async fn run(self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        let region = region_from(self.region_name)?;
        named::pool(cx, self.user_pool_id).await?;
        Err(Error::NotFound(Thing::Replica(region)))
    }
}

/// Lists the copies of a pool: the pool itself.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ListUserPoolReplicas {
    user_pool_id: Option<String>,
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ListUserPoolReplicasOutput {
    user_pool_replicas: Vec<UserPoolReplicaType>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct UserPoolReplicaType {
    region_name: String,
    status: &'static str,
    role: &'static str,
    user_pool_arn: String,
}

impl Operation for ListUserPoolReplicas {
    const NAME: &'static str = "ListUserPoolReplicas";
    const ACCESS: Access = Access::Admin;
    type Output = ListUserPoolReplicasOutput;

    async fn run(self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        PAGINATION_KEY.optional("nextToken", self.next_token)?;
        let entry = named::pool(cx, self.user_pool_id).await?;
        let primary = UserPoolReplicaType {
            region_name: entry.pool.id.region().to_owned(),
            status: "ACTIVE",
            role: "PRIMARY",
            user_pool_arn: arn_of(&entry.pool.id, &cx.config.account_id),
        };
        Ok(ListUserPoolReplicasOutput { user_pool_replicas: vec![primary] })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct LimitDefinitionType {
    limit_class: Option<String>,
    attributes: Option<BTreeMap<String, String>>,
}

/// Would tell a limit that is bought; the limits here are settings of the server.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct GetProvisionedLimit {
    limit_definition: Option<LimitDefinitionType>,
}

impl Operation for GetProvisionedLimit {
    const NAME: &'static str = "GetProvisionedLimit";
    const ACCESS: Access = Access::Admin;
    type Output = Empty;

    async fn run(self, _cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        check_definition(self.limit_definition)?;
        Err(Error::NotFound(Thing::ProvisionedLimit))
    }
}

/// Would buy a limit.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct UpdateProvisionedLimit {
    limit_definition: Option<LimitDefinitionType>,
    requested_limit_value: Option<i64>,
}

impl Operation for UpdateProvisionedLimit {
    const NAME: &'static str = "UpdateProvisionedLimit";
    const ACCESS: Access = Access::Admin;
    type Output = Empty;

    async fn run(self, _cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        check_definition(self.limit_definition)?;
        required("requestedLimitValue", self.requested_limit_value)?;
        Err(Error::NotFound(Thing::ProvisionedLimit))
    }
}

fn check_definition(given: Option<LimitDefinitionType>) -> Result<(), Error> {
    let given = required("limitDefinition", given)?;
    let class = required("limitDefinition.limitClass", given.limit_class)?;
    word("limitDefinition.limitClass", &class, &[("API_CATEGORY", ())])?;
    required("limitDefinition.attributes", given.attributes).map(drop)
}

fn region_from(given: Option<String>) -> Result<String, Error> {
    let region = required("regionName", given)?;
    check_length("regionName", region.as_str(), (5, 32))?;
    Ok(region)
}
