//! Owns the operations on what users did, and on what is said of an event later.

use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use super::constraints::{TOKEN, Text, USERNAME, Words, required, word};
use super::named;
use super::operation::{Access, Caller, Entry, Operation};
use super::page::{Page, page_size};
use super::wire::Empty;
use crate::auth::threat_protection::{give_feedback, list, notify};
use crate::clock::Timestamp;
use crate::cx::Cx;
use crate::domain::sign_in_risk::RiskLevel;
use crate::domain::threat_protection::{AuthEvent, Feedback};
use crate::error::Error;

/// The family's table.
pub const OPERATIONS: &[Entry] = &[
    Entry::of::<AdminListUserAuthEvents>(),
    Entry::of::<AdminUpdateAuthEventFeedback>(),
    Entry::of::<UpdateAuthEventFeedback>(),
];

/// `EventIdType`.
static EVENT_ID: Text = Text::new(1, 50, r"[\w+-]+");
/// `FeedbackValueType`: whether it was the user.
const FEEDBACK_VALUES: Words<bool> = &[("Valid", true), ("Invalid", false)];

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
    #[serde(skip_serializing_if = "Option::is_none")]
    risk_level: Option<&'static str>,
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
                risk_decision: match event.risk_level {
                    _ if event.is_blocked => "Block",
                    Some(_) => "AccountTakeover",
                    None => "NoRisk",
                },
                risk_level: event.risk_level.map(RiskLevel::name),
                compromised_credentials_detected: event.is_compromised,
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

/// A user says so, by a link of a mail.
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
        let event = EVENT_ID.required("eventId", self.event_id)?;
        let username = USERNAME.required("username", self.username)?;
        let token = TOKEN.secret("feedbackToken", self.feedback_token)?;
        let is_valid = word("feedbackValue", &required("feedbackValue", self.feedback_value)?, FEEDBACK_VALUES)?;
        let entry = named::pool(cx, self.user_pool_id).await?;
        notify::answer(cx, &entry, (&username, event, &token), is_valid).await?;
        Ok(Empty {})
    }
}
