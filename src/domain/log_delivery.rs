//! Owns which events of a pool are delivered, and where they were to go.

use serde::{Deserialize, Serialize};

/// Where events come from (API model, EventSourceName).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventSource {
    /// Messages that could not be delivered.
    UserNotification,
    /// Sign-ins, sign-ups and other doings of users.
    UserAuthEvents,
}

/// The kind of place that events go to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogPlace {
    /// A CloudWatch log group.
    CloudWatch,
    /// An S3 bucket.
    S3,
    /// A Data Firehose stream.
    Firehose,
}

/// One source of events and its destination. This server writes the events to its own log, each with the destination
/// as a label, so that whatever collects the log can sort them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogConfiguration {
    /// Where the events come from.
    pub source: EventSource,
    /// The kind of destination.
    pub place: LogPlace,
    /// The destination's Amazon Resource Name.
    pub arn: String,
}
