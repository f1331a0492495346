//! Owns the operations of threat protection: what a pool says about risks, what its users did, and what is said of an
//! event later.

use std::collections::BTreeMap;

use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::constraints::{ARN, CLIENT_ID, STRING, TOKEN, Text, USERNAME, Words, required, word};
use super::named;
use super::operation::{Access, Caller, Entry, Operation};
use super::page::{Page, page_size};
use super::pools::change_pool;
use super::shape::{Member, Rule, camel, checked};
use super::wire::Empty;
use crate::auth::threat_protection::{check_enabled, give_feedback, list};
use crate::clock::Timestamp;
use crate::cx::{Cx, PoolEntry};
use crate::domain::threat_protection::{AuthEvent, Feedback, Network, RiskConfiguration};
use crate::error::Error;

/// The family's table.
pub const OPERATIONS: &[Entry] = &[
    Entry::of::<SetRiskConfiguration>(),
    Entry::of::<DescribeRiskConfiguration>(),
    Entry::of::<AdminListUserAuthEvents>(),
    Entry::of::<AdminUpdateAuthEventFeedback>(),
    Entry::of::<UpdateAuthEventFeedback>(),
];

/// `EventIdType`.
static EVENT_ID: Text = Text::new(1, 50, r"[\w+-]+");
/// `EmailNotificationSubjectType`.
static NOTICE_SUBJECT: Text = Text::new(1, 140, r"[\p{L}\p{M}\p{S}\p{N}\p{P}\s]+");
/// `EmailNotificationBodyType`.
static NOTICE_BODY: Text = Text::new(6, 20_000, r"[\p{L}\p{M}\p{S}\p{N}\p{P}\s*]+");
/// `FeedbackValueType`: whether it was the user.
const FEEDBACK_VALUES: Words<bool> = &[("Valid", true), ("Invalid", false)];

const EXCEPTIONS: &str = "RiskExceptionConfiguration";
const TAKEOVER: &str = "AccountTakeoverRiskConfiguration";
/// The parts of a risk configuration.
const PARTS: [(&str, &Rule); 3] = [
    ("CompromisedCredentialsRiskConfiguration", &COMPROMISED_CREDENTIALS),
    (TAKEOVER, &ACCOUNT_TAKEOVER),
    (EXCEPTIONS, &RISK_EXCEPTION),
];

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
    ranges("SkippedIPRangeList")?;
    let blocked = ranges("BlockedIPRangeList")?;
    if parts.is_empty() {
        return Ok(None);
    }
    Ok(Some(RiskConfiguration { document: Value::from(parts).to_string(), blocked, modified_at: now }))
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

/// Lists what a user did, newest first.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AdminListUserAuthEvents {
    user_pool_id: Option<String>,
    username: Option<String>,
    max_results: Option<i64>,
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct AdminListUserAuthEventsOutput {
    auth_events: Vec<AuthEventType>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

impl Operation for AdminListUserAuthEvents {
    const NAME: &'static str = "AdminListUserAuthEvents";
    const ACCESS: Access = Access::Admin;
    type Output = AdminListUserAuthEventsOutput;

    async fn run(self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        let page = Page::after(self.next_token, page_size("maxResults", self.max_results)?)?;
        let (pool, user) = named::user(cx, self.user_pool_id, self.username).await?;
        let place = page.after.split_once('.').and_then(|(at, id)| Some((Timestamp(at.parse().ok()?), id)));
        let before = match place {
            Some(place) => place,
            None if page.after.is_empty() => (Timestamp(i64::MAX), ""),
            None => return Err(Error::InvalidParameter("Invalid pagination token".to_owned())),
        };
        let found = list(cx, (&pool, &user), before, page.wanted()).await?;
        let (events, next_token) = page.cut(found, |event| format!("{}.{}", event.created_at.0, event.id));
        Ok(AdminListUserAuthEventsOutput {
            auth_events: events.into_iter().map(AuthEventType::from).collect(),
            next_token,
        })
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct AuthEventType {
    event_id: String,
    event_type: String,
    creation_date: f64,
    event_response: String,
    event_risk: EventRiskType,
    challenge_responses: Vec<ChallengeResponseType>,
    event_context_data: EventContextDataType,
    #[serde(skip_serializing_if = "Option::is_none")]
    event_feedback: Option<EventFeedbackType>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct EventRiskType {
    risk_decision: &'static str,
    compromised_credentials_detected: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ChallengeResponseType {
    challenge_name: String,
    challenge_response: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct EventContextDataType {
    #[serde(skip_serializing_if = "Option::is_none")]
    ip_address: Option<String>,
    device_name: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct EventFeedbackType {
    feedback_value: &'static str,
    provider: String,
    feedback_date: f64,
}

impl From<AuthEvent> for AuthEventType {
    fn from(event: AuthEvent) -> Self {
        let challenge = |(name, is_right): (String, bool)| ChallengeResponseType {
            challenge_name: name,
            challenge_response: if is_right { "Success" } else { "Failure" },
        };
        Self {
            event_id: event.id,
            event_type: event.kind,
            creation_date: event.created_at.fractional_seconds(),
            event_response: event.response,
            event_risk: EventRiskType {
                risk_decision: if event.is_blocked { "Block" } else { "NoRisk" },
                compromised_credentials_detected: false,
            },
            challenge_responses: event.challenges.into_iter().map(challenge).collect(),
            event_context_data: EventContextDataType { ip_address: event.address, device_name: event.device },
            event_feedback: event.feedback.map(EventFeedbackType::from),
        }
    }
}

impl From<Feedback> for EventFeedbackType {
    fn from(feedback: Feedback) -> Self {
        Self {
            feedback_value: if feedback.is_valid { "Valid" } else { "Invalid" },
            provider: feedback.provider,
            feedback_date: feedback.given_at.fractional_seconds(),
        }
    }
}

/// An administrator says whether an event was the user.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AdminUpdateAuthEventFeedback {
    user_pool_id: Option<String>,
    username: Option<String>,
    event_id: Option<String>,
    feedback_value: Option<String>,
}

impl Operation for AdminUpdateAuthEventFeedback {
    const NAME: &'static str = "AdminUpdateAuthEventFeedback";
    const ACCESS: Access = Access::Admin;
    type Output = Empty;

    async fn run(self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        let event = EVENT_ID.required("eventId", self.event_id)?;
        let is_valid = word("feedbackValue", &required("feedbackValue", self.feedback_value)?, FEEDBACK_VALUES)?;
        let (pool, user) = named::user(cx, self.user_pool_id, self.username).await?;
        give_feedback(cx, (&pool, &user), (event, is_valid)).await?;
        Ok(Empty {})
    }
}

/// A user says so, by a link of a mail. No risk is found here, so no such mail is ever sent, and no token is good.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct UpdateAuthEventFeedback {
    user_pool_id: Option<String>,
    username: Option<String>,
    event_id: Option<String>,
    feedback_token: Option<SecretString>,
    feedback_value: Option<String>,
}

impl Operation for UpdateAuthEventFeedback {
    const NAME: &'static str = "UpdateAuthEventFeedback";
    const ACCESS: Access = Access::Public;
    type Output = Empty;

    async fn run(self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        EVENT_ID.required("eventId", self.event_id)?;
        USERNAME.required("username", self.username)?;
        TOKEN.secret("feedbackToken", self.feedback_token)?;
        word("feedbackValue", &required("feedbackValue", self.feedback_value)?, FEEDBACK_VALUES)?;
        let entry = named::pool(cx, self.user_pool_id).await?;
        check_enabled(&entry.pool)?;
        Err(Error::not_authorized("Invalid feedback token"))
    }
}
