//! Owns the log: structured lines on standard error, filtered by the configuration.

use std::io;

use tracing_subscriber::EnvFilter;

use crate::config::LogFormat;

/// Starts logging. A filter that does not parse is an error that names it.
///
/// # Errors
/// When `filter` is malformed.
pub fn start(format: LogFormat, filter: &str) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(filter).map_err(|fault| anyhow::anyhow!("log_filter: {fault}"))?;
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr);
    // A second start in the same process keeps the first log.
    drop(match format {
        LogFormat::Json => log.json().try_init(),
        LogFormat::Text => log.with_target(false).try_init(),
    });
    Ok(())
}
