//! Owns the operations on the delivery of a pool's events.

use serde::{Deserialize, Serialize};

use super::constraints::{ARN, S3_ARN, Words, check_length, required, word, word_for};
use super::named;
use super::operation::{Access, Caller, Entry, Operation};
use super::pools::change_pool;
use crate::cx::Cx;
use crate::domain::log_delivery::{EventSource, LogConfiguration, LogPlace};
use crate::domain::pool::Pool;
use crate::error::Error;

/// The family's table.
pub const OPERATIONS: &[Entry] =
    &[Entry::of::<SetLogDeliveryConfiguration>(), Entry::of::<GetLogDeliveryConfiguration>()];

const SOURCES: Words<EventSource> =
    &[("userNotification", EventSource::UserNotification), ("userAuthEvents", EventSource::UserAuthEvents)];
const LEVELS: Words<&str> = &[("ERROR", "ERROR"), ("INFO", "INFO")];

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct LogConfigurationType {
    log_level: Option<String>,
    event_source: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cloud_watch_logs_configuration: Option<CloudWatchLogsConfigurationType>,
    #[serde(skip_serializing_if = "Option::is_none")]
    s3_configuration: Option<S3ConfigurationType>,
    #[serde(skip_serializing_if = "Option::is_none")]
    firehose_configuration: Option<FirehoseConfigurationType>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct CloudWatchLogsConfigurationType {
    log_group_arn: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct S3ConfigurationType {
    bucket_arn: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct FirehoseConfigurationType {
    stream_arn: Option<String>,
}

/// Replaces what is delivered.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SetLogDeliveryConfiguration {
    user_pool_id: Option<String>,
    log_configurations: Option<Vec<LogConfigurationType>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct LogDeliveryOutput {
    log_delivery_configuration: LogDeliveryConfigurationType,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct LogDeliveryConfigurationType {
    user_pool_id: String,
    log_configurations: Vec<LogConfigurationType>,
}

impl Operation for SetLogDeliveryConfiguration {
    const NAME: &'static str = "SetLogDeliveryConfiguration";
    const ACCESS: Access = Access::Admin;
    type Output = LogDeliveryOutput;

    async fn run(self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        let given = required("logConfigurations", self.log_configurations)?;
        check_length("logConfigurations", &given.len(), (0, 2))?;
        let mut wanted: Vec<LogConfiguration> = Vec::with_capacity(given.len());
        for (index, one) in given.into_iter().enumerate() {
            let one = one.settle(&format!("logConfigurations.{}.member", index + 1))?;
            if wanted.iter().any(|known| known.source == one.source) {
                return Err(Error::InvalidParameter("Each EventSource can be configured only once.".to_owned()));
            }
            wanted.push(one);
        }
        let entry = named::pool(cx, self.user_pool_id).await?;
        let pool = change_pool(cx, &entry.pool.id, move |pool| {
            check_tier(pool, &wanted)?;
            pool.settings.log_delivery = wanted;
            Ok(())
        })
        .await?;
        Ok(LogDeliveryOutput::from(&pool))
    }
}

/// Tells what is delivered.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct GetLogDeliveryConfiguration {
    user_pool_id: Option<String>,
}

impl Operation for GetLogDeliveryConfiguration {
    const NAME: &'static str = "GetLogDeliveryConfiguration";
    const ACCESS: Access = Access::Admin;
    type Output = LogDeliveryOutput;

    async fn run(self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        let entry = named::pool(cx, self.user_pool_id).await?;
        Ok(LogDeliveryOutput::from(&entry.pool))
    }
}

/// What users do is delivered on the PLUS plan only, and so are the destinations beside CloudWatch.
fn check_tier(pool: &Pool, wanted: &[LogConfiguration]) -> Result<(), Error> {
    let needs_plus =
        |one: &LogConfiguration| one.source == EventSource::UserAuthEvents || one.place != LogPlace::CloudWatch;
    if !wanted.iter().any(needs_plus) || pool.tier() == "PLUS" {
        return Ok(());
    }
    let text = format!(
        "The following features are not available in the {} pricing tier configured: User activity log export",
        pool.tier()
    );
    Err(Error::FeatureUnavailableInTier(text.into()))
}

impl LogConfigurationType {
    fn settle(self, place: &str) -> Result<LogConfiguration, Error> {
        let level = required(&format!("{place}.logLevel"), self.log_level)?;
        let level = word(&format!("{place}.logLevel"), &level, LEVELS)?;
        let source = required(&format!("{place}.eventSource"), self.event_source)?;
        let source = word(&format!("{place}.eventSource"), &source, SOURCES)?;
        let mut targets = Vec::new();
        if let Some(target) = self.cloud_watch_logs_configuration {
            let member = format!("{place}.cloudWatchLogsConfiguration.logGroupArn");
            targets.push((LogPlace::CloudWatch, ARN.required(&member, target.log_group_arn)?));
        }
        if let Some(target) = self.s3_configuration {
            let member = format!("{place}.s3Configuration.bucketArn");
            targets.push((LogPlace::S3, S3_ARN.required(&member, target.bucket_arn)?));
        }
        if let Some(target) = self.firehose_configuration {
            let member = format!("{place}.firehoseConfiguration.streamArn");
            targets.push((LogPlace::Firehose, ARN.required(&member, target.stream_arn)?));
        }
        let Ok([(place, arn)]) = <[(LogPlace, String); 1]>::try_from(targets) else {
            return Err(Error::InvalidParameter("Exactly one log destination is needed for each EventSource.".into()));
        };
        if level != level_of(source) {
            let (source, level) = (word_for(source, SOURCES), level_of(source));
            return Err(Error::InvalidParameter(format!("LogLevel for the EventSource {source} must be {level}.")));
        }
        if source == EventSource::UserNotification && place != LogPlace::CloudWatch {
            return Err(Error::InvalidParameter(
                "The EventSource userNotification can be delivered to CloudWatch Logs only.".to_owned(),
            ));
        }
        Ok(LogConfiguration { source, place, arn })
    }
}

const fn level_of(source: EventSource) -> &'static str {
    match source {
        EventSource::UserNotification => "ERROR",
        EventSource::UserAuthEvents => "INFO",
    }
}

impl From<&Pool> for LogDeliveryOutput {
    fn from(pool: &Pool) -> Self {
        let configurations = pool.settings.log_delivery.iter().map(LogConfigurationType::from).collect();
        let log_delivery_configuration =
            LogDeliveryConfigurationType { user_pool_id: pool.id.to_string(), log_configurations: configurations };
        Self { log_delivery_configuration }
    }
}

impl From<&LogConfiguration> for LogConfigurationType {
    fn from(known: &LogConfiguration) -> Self {
        let mut shape = Self {
            log_level: Some(level_of(known.source).to_owned()),
            event_source: Some(word_for(known.source, SOURCES).to_owned()),
            ..Self::default()
        };
        let arn = Some(known.arn.clone());
        match known.place {
            LogPlace::CloudWatch => {
                shape.cloud_watch_logs_configuration = Some(CloudWatchLogsConfigurationType { log_group_arn: arn });
            }
            LogPlace::S3 => shape.s3_configuration = Some(S3ConfigurationType { bucket_arn: arn }),
            LogPlace::Firehose => shape.firehose_configuration = Some(FirehoseConfigurationType { stream_arn: arn }),
        }
        shape
    }
}
