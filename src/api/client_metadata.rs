//! Owns the operations on policies for client ID metadata documents, by which strangers' apps would name themselves by
//! an address. This server knows registered clients only: each operation checks its members as Cognito does, and then
//! says that there is none.

use serde::{Deserialize, Serialize};

use super::constraints::{CLIENT_ID, PAGINATION_KEY, Text, check_length, check_range, required, word};
use super::named;
use super::operation::{Access, Caller, Entry, Operation};
use super::wire::Empty;
use crate::cx::Cx;
use crate::error::{Error, Thing};

/// The family's table.
pub const OPERATIONS: &[Entry] = &[
    Entry::of::<CreateCimdPolicy>(),
    Entry::of::<UpdateCimdPolicy>(),
    Entry::of::<DeleteCimdPolicy>(),
    Entry::of::<DescribeCimdPolicy>(),
    Entry::of::<ListCimdPolicies>(),
    Entry::of::<ListClientMetadataUrls>(),
    Entry::of::<UpdateClientMetadataUrlState>(),
];

/// `CIMDPolicyIdType`.
static POLICY_ID: Text = Text::new(1, 64, "^[a-z0-9]+$");
/// `CIMDPolicyNameType`.
static POLICY_NAME: Text = Text::new(1, 32, r"[\p{L}\p{M}\p{S}\p{N}\p{P}\p{Z}]+");
/// `URLPatternType`.
static URL_PATTERN: Text = Text::new(12, 256, r"^https://[!$-;=@-\[\]_a-z~]+$");
/// `MetadataURLType`.
static METADATA_URL: Text = Text::new(12, 256, r"^https://[^\s]+$");
/// `CacheDurationType`, in seconds.
const CACHE_DURATIONS: (i64, i64) = (86_400, 31_556_952);

/// Would accept apps by the address of their description; apps are registered here.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct CreateCimdPolicy {
    user_pool_id: Option<String>,
    client_id: Option<String>,
    policy_name: Option<String>,
    #[serde(flatten)]
    rules: Rules,
}

/// How long a description is kept, and where it may be.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Rules {
    cache_duration: Option<i64>,
    #[serde(rename = "URLPatterns")]
    url_patterns: Option<Vec<String>>,
}

impl Rules {
    fn check(self) -> Result<(), Error> {
        self.cache_duration.map_or(Ok(()), |seconds| check_range("cacheDuration", seconds, CACHE_DURATIONS))?;
        let patterns = required("uRLPatterns", self.url_patterns)?;
        check_length("uRLPatterns", patterns.as_slice(), (1, 5))?;
        patterns.iter().try_for_each(|pattern| URL_PATTERN.check("uRLPatterns", pattern))
    }
}

impl Operation for CreateCimdPolicy {
    const NAME: &'static str = "CreateCIMDPolicy";
    const ACCESS: Access = Access::Admin;
    type Output = Empty;

    async fn run(self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        POLICY_NAME.required("policyName", self.policy_name)?;
        self.rules.check()?;
        named::client_of_pool(cx, self.user_pool_id, self.client_id).await?;
        Err(Error::OperationNotEnabled(
            "Client ID metadata documents are not available on this server: make an app client instead.",
        ))
    }
}

/// Would change a policy; there is none.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct UpdateCimdPolicy {
    user_pool_id: Option<String>,
    #[serde(rename = "CIMDPolicyId")]
    policy_id: Option<String>,
    client_id: Option<String>,
    policy_name: Option<String>,
    #[serde(flatten)]
    rules: Rules,
}

impl Operation for UpdateCimdPolicy {
    const NAME: &'static str = "UpdateCIMDPolicy";
    const ACCESS: Access = Access::Admin;
    type Output = Empty;

    async fn run(self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        CLIENT_ID.required("clientId", self.client_id)?;
        POLICY_NAME.optional("policyName", self.policy_name)?;
        self.rules.check()?;
        Err(missing(cx, self.user_pool_id, self.policy_id).await?)
    }
}

/// Would delete a policy; there is none.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct DeleteCimdPolicy {
    user_pool_id: Option<String>,
    #[serde(rename = "CIMDPolicyId")]
    policy_id: Option<String>,
}

impl Operation for DeleteCimdPolicy {
    const NAME: &'static str = "DeleteCIMDPolicy";
    const ACCESS: Access = Access::Admin;
    type Output = Empty;

    async fn run(self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        Err(missing(cx, self.user_pool_id, self.policy_id).await?)
    }
}

/// Would describe a policy; there is none.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct DescribeCimdPolicy {
    user_pool_id: Option<String>,
    #[serde(rename = "CIMDPolicyId")]
    policy_id: Option<String>,
}

impl Operation for DescribeCimdPolicy {
    const NAME: &'static str = "DescribeCIMDPolicy";
    const ACCESS: Access = Access::Admin;
    type Output = Empty;

    async fn run(self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        Err(missing(cx, self.user_pool_id, self.policy_id).await?)
    }
}

/// Lists the policies of a pool: none.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ListCimdPolicies {
    user_pool_id: Option<String>,
    next_token: Option<String>,
    max_results: Option<i64>,
}

#[derive(Serialize)]
struct ListCimdPoliciesOutput {
    #[serde(rename = "CIMDPolicies")]
    policies: [(); 0],
}

impl Operation for ListCimdPolicies {
    const NAME: &'static str = "ListCIMDPolicies";
    const ACCESS: Access = Access::Admin;
    type Output = ListCimdPoliciesOutput;

    async fn run(self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        check_page(self.next_token, self.max_results)?;
        named::pool(cx, self.user_pool_id).await?;
        Ok(ListCimdPoliciesOutput { policies: [] })
    }
}

/// Would list the addresses that a policy has let in; there is none.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ListClientMetadataUrls {
    user_pool_id: Option<String>,
    #[serde(rename = "CIMDPolicyId")]
    policy_id: Option<String>,
    next_token: Option<String>,
    max_results: Option<i64>,
}

impl Operation for ListClientMetadataUrls {
    const NAME: &'static str = "ListClientMetadataURLs";
    const ACCESS: Access = Access::Admin;
    type Output = Empty;

    async fn run(self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        check_page(self.next_token, self.max_results)?;
        Err(missing(cx, self.user_pool_id, self.policy_id).await?)
    }
}

/// Would fetch a description anew or forget it; there is none.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct UpdateClientMetadataUrlState {
    user_pool_id: Option<String>,
    #[serde(rename = "CIMDPolicyId")]
    policy_id: Option<String>,
    #[serde(rename = "URL")]
    url: Option<String>,
    action: Option<String>,
}

impl Operation for UpdateClientMetadataUrlState {
    const NAME: &'static str = "UpdateClientMetadataURLState";
    const ACCESS: Access = Access::Admin;
    type Output = Empty;

    async fn run(self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        METADATA_URL.required("uRL", self.url)?;
        word("action", &required("action", self.action)?, &[("REFRESH", ()), ("INVALIDATE", ())])?;
        Err(missing(cx, self.user_pool_id, self.policy_id).await?)
    }
}

fn check_page(next_token: Option<String>, max_results: Option<i64>) -> Result<(), Error> {
    PAGINATION_KEY.optional("nextToken", next_token)?;
    max_results.map_or(Ok(()), |limit| check_range("maxResults", limit, (1, 60)))
}

/// The refusal of a policy that a good request names.
async fn missing(cx: &Cx, pool: Option<String>, policy: Option<String>) -> Result<Error, Error> {
    POLICY_ID.required("cIMDPolicyId", policy)?;
    named::pool(cx, pool).await?;
    Ok(Error::NotFound(Thing::ClientMetadataPolicy))
}
