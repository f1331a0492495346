//! Owns the operations on what a pool and its clients say about risks.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::constraints::{ARN, CLIENT_ID, STRING, Text};
use super::named;
use super::operation::{Access, Caller, Entry, Operation};
use super::pools::change_pool;
use super::shape::{Member, Rule, camel, checked};
use crate::auth::threat_protection::check_enabled;
use crate::clock::Timestamp;
use crate::cx::{Cx, PoolEntry};
use crate::domain::risk::{AccountTakeover, CompromisedCredentials, RiskConfiguration, RiskNotice, RiskNotices};
use crate::domain::sign_in_risk::RiskLevel;
use crate::domain::threat_protection::Network;
use crate::error::Error;

/// The family's table.
pub const OPERATIONS: &[Entry] = &[Entry::of::<SetRiskConfiguration>(), Entry::of::<DescribeRiskConfiguration>()];

/// `EmailNotificationSubjectType`.
static NOTICE_SUBJECT: Text = Text::new(1, 140, r"[\p{L}\p{M}\p{S}\p{N}\p{P}\s]+");
/// `EmailNotificationBodyType`.
static NOTICE_BODY: Text = Text::new(6, 20_000, r"[\p{L}\p{M}\p{S}\p{N}\p{P}\s*]+");

const COMPROMISED: &str = "CompromisedCredentialsRiskConfiguration";
const EXCEPTIONS: &str = "RiskExceptionConfiguration";
const TAKEOVER: &str = "AccountTakeoverRiskConfiguration";
/// The parts of a risk configuration.
const PARTS: [(&str, &Rule); 3] =
    [(COMPROMISED, &COMPROMISED_CREDENTIALS), (TAKEOVER, &ACCOUNT_TAKEOVER), (EXCEPTIONS, &RISK_EXCEPTION)];

const RANGES: &Rule = &Rule::List(200, &Rule::Text(&STRING));
static COMPROMISED_CREDENTIALS: Rule = Rule::Structure(&[
    Member::optional("EventFilter", &Rule::List(3, &Rule::Word(&["SIGN_IN", "PASSWORD_CHANGE", "SIGN_UP"]))),
    Member::required(
        "Actions",
        &Rule::Structure(&[Member::required("EventAction", &Rule::Word(&["BLOCK", "NO_ACTION"]))]),
    ),
]);
static ACCOUNT_TAKEOVER: Rule = Rule::Structure(&[
    Member::optional("NotifyConfiguration", &NOTIFY),
    Member::required(
        "Actions",
        &Rule::Structure(&[
            Member::optional("LowAction", &ACTION),
            Member::optional("MediumAction", &ACTION),
            Member::optional("HighAction", &ACTION),
        ]),
    ),
]);
static ACTION: Rule = Rule::Structure(&[
    Member::required("Notify", &Rule::Flag),
    Member::required("EventAction", &Rule::Word(&["BLOCK", "MFA_IF_CONFIGURED", "MFA_REQUIRED", "NO_ACTION"])),
]);
static NOTIFY: Rule = Rule::Structure(&[
    Member::optional("From", &Rule::Text(&STRING)),
    Member::optional("ReplyTo", &Rule::Text(&STRING)),
    Member::required("SourceArn", &Rule::Text(&ARN)),
    Member::optional("BlockEmail", &NOTICE),
    Member::optional("NoActionEmail", &NOTICE),
    Member::optional("MfaEmail", &NOTICE),
]);
static NOTICE: Rule = Rule::Structure(&[
    Member::required("Subject", &Rule::Text(&NOTICE_SUBJECT)),
    Member::optional("HtmlBody", &Rule::Text(&NOTICE_BODY)),
    Member::optional("TextBody", &Rule::Text(&NOTICE_BODY)),
]);
static RISK_EXCEPTION: Rule =
    Rule::Structure(&[Member::optional("BlockedIPRangeList", RANGES), Member::optional("SkippedIPRangeList", RANGES)]);

/// Sets what a pool or a client says about risks; nothing but ids takes it back.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SetRiskConfiguration {
    user_pool_id: Option<String>,
    client_id: Option<String>,
    #[serde(flatten)]
    parts: Map<String, Value>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct RiskConfigurationOutput {
    risk_configuration: RiskConfigurationType,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct RiskConfigurationType {
    user_pool_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_id: Option<String>,
    #[serde(flatten)]
    parts: Map<String, Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_modified_date: Option<f64>,
}

impl Operation for SetRiskConfiguration {
    const NAME: &'static str = "SetRiskConfiguration";
    const ACCESS: Access = Access::Admin;
    type Output = RiskConfigurationOutput;

    async fn run(self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        let configuration = settle(self.parts, cx.now())?;
        let entry = pool_of(cx, self.user_pool_id, self.client_id.clone()).await?;
        check_enabled(&entry.pool)?;
        let key = self.client_id.clone().unwrap_or_default();
        let pool = change_pool(cx, &entry.pool.id, move |pool| {
            match configuration {
                Some(configuration) => _ = pool.settings.risk.insert(key, configuration),
                None => _ = pool.settings.risk.remove(&key),
            }
            Ok(())
        })
        .await?;
        Ok(described(pool.id.to_string(), self.client_id, &pool.settings.risk))
    }
}

/// Tells what a pool or a client says about risks.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct DescribeRiskConfiguration {
    user_pool_id: Option<String>,
    client_id: Option<String>,
}

impl Operation for DescribeRiskConfiguration {
    const NAME: &'static str = "DescribeRiskConfiguration";
    const ACCESS: Access = Access::Admin;
    type Output = RiskConfigurationOutput;

    async fn run(self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        let entry = pool_of(cx, self.user_pool_id, self.client_id.clone()).await?;
        check_enabled(&entry.pool)?;
        Ok(described(entry.pool.id.to_string(), self.client_id, &entry.pool.settings.risk))
    }
}

/// The pool, whose client the other id names, if it is there.
async fn pool_of(cx: &Cx, pool: Option<String>, client: Option<String>) -> Result<std::sync::Arc<PoolEntry>, Error> {
    if client.is_some() {
        CLIENT_ID.optional("clientId", client.clone())?;
        return Ok(std::sync::Arc::clone(&named::client_of_pool(cx, pool, client).await?.pool));
    }
    named::pool(cx, pool).await
}

/// The configuration that was sent; `None` where no part was.
fn settle(mut given: Map<String, Value>, now: Timestamp) -> Result<Option<RiskConfiguration>, Error> {
    let mut parts = Map::new();
    for (name, rule) in PARTS {
        if let Some(value) = given.remove(name).filter(|value| !value.is_null()) {
            parts.insert(name.to_owned(), checked(&camel(name), value, rule)?);
        }
    }
    check_notices(parts.get(TAKEOVER))?;
    let ranges = |list: &str| {
        let texts = parts.get(EXCEPTIONS).and_then(|part| part.get(list)).and_then(Value::as_array);
        texts.into_iter().flatten().filter_map(Value::as_str).map(range).collect::<Result<Vec<_>, _>>()
    };
    let skipped = ranges("SkippedIPRangeList")?;
    let blocked = ranges("BlockedIPRangeList")?;
    if parts.is_empty() {
        return Ok(None);
    }
    let takeover = parts.get(TAKEOVER).map(account_takeover).transpose()?.unwrap_or_default();
    let compromised = parts.get(COMPROMISED).map(compromised_credentials).transpose()?;
    let document = Value::from(parts).to_string();
    Ok(Some(RiskConfiguration { document, blocked, skipped, compromised, takeover, modified_at: now }))
}

/// What a part that was checked says of passwords that are known from breaches.
fn compromised_credentials(part: &Value) -> Result<CompromisedCredentials, Error> {
    let watched = part.get("EventFilter").cloned().map(serde_json::from_value).transpose();
    Ok(CompromisedCredentials {
        watched: watched.map_err(Error::internal)?.unwrap_or_default(),
        is_blocked: part["Actions"]["EventAction"] == "BLOCK",
    })
}

/// What a part that was checked says of unusual sign-ins.
fn account_takeover(part: &Value) -> Result<AccountTakeover, Error> {
    let reaction = |level: &str| {
        let action = part["Actions"][level].get("EventAction").cloned();
        action.map(serde_json::from_value).transpose().map_err(Error::internal)
    };
    let levels = [("LowAction", RiskLevel::Low), ("MediumAction", RiskLevel::Medium), ("HighAction", RiskLevel::High)];
    let notified = levels.into_iter().filter(|(name, _)| part["Actions"][*name]["Notify"] == true);
    Ok(AccountTakeover {
        low: reaction("LowAction")?,
        medium: reaction("MediumAction")?,
        high: reaction("HighAction")?,
        notified: notified.map(|(_, level)| level).collect(),
        notices: notices(&part["NotifyConfiguration"]),
    })
}

/// What users are told. The sender is the server's, whatever `From` and `SourceArn` say.
fn notices(part: &Value) -> RiskNotices {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let notice = |name: &str| {
        let mail = &part[name];
        RiskNotice { subject: text(&mail["Subject"]), html: text(&mail["HtmlBody"]), text: text(&mail["TextBody"]) }
    };
    RiskNotices {
        refused: notice("BlockEmail"),
        asked: notice("MfaEmail"),
        allowed: notice("NoActionEmail"),
        reply_to: text(&part["ReplyTo"]),
    }
}

/// Whoever is to be notified needs a notice.
fn check_notices(takeover: Option<&Value>) -> Result<(), Error> {
    let Some(takeover) = takeover else { return Ok(()) };
    let actions = takeover.get("Actions").and_then(Value::as_object);
    let notifies = actions.is_some_and(|actions| actions.values().any(|action| action["Notify"] == true));
    if notifies && takeover.get("NotifyConfiguration").is_none() {
        return Err(Error::InvalidParameter("NotifyConfiguration is needed where an action notifies.".to_owned()));
    }
    Ok(())
}

fn range(text: &str) -> Result<Network, Error> {
    Network::parse(text).ok_or_else(|| Error::InvalidParameter(format!("Invalid IP range {text}")))
}

fn described(
    user_pool_id: String,
    client_id: Option<String>,
    known: &BTreeMap<String, RiskConfiguration>,
) -> RiskConfigurationOutput {
    let found = known.get(client_id.as_deref().unwrap_or_default());
    let parts = found.and_then(|found| serde_json::from_str(&found.document).ok()).unwrap_or_default();
    let last_modified_date = found.map(|found| found.modified_at.fractional_seconds());
    let risk_configuration = RiskConfigurationType { user_pool_id, client_id, parts, last_modified_date };
    RiskConfigurationOutput { risk_configuration }
}
