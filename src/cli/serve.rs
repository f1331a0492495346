//! Owns `cenote serve`: the pool for production.

use std::sync::Arc;
use std::time::Duration;

use lettre::message::Mailbox;
use lettre::transport::smtp::authentication::Credentials;
use lettre::{AsyncSmtpTransport, Tokio1Executor};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use secrecy::ExposeSecret as _;

use super::{ServeFlags, logs, say};
use crate::app::{App, Parts};
use crate::clock::Clock;
use crate::config::{PoolConfig, Smtp, SmtpTls};
use crate::cx::{Mode, Outside};
use crate::http::Http;
use crate::mail::{Carriers, Mail};
use crate::random::Random;
use crate::sms::TextMessages;

/// How often recorded metrics are summed up.
const SUM_UP_METRICS: Duration = Duration::from_secs(5);

/// Serves until stopped, or checks the configuration.
pub async fn run(flags: ServeFlags) -> anyhow::Result<()> {
    let mut config = PoolConfig::load(flags.config.as_deref())?;
    if let Some(data) = flags.data {
        config.data = data;
    }
    if let Some(port) = flags.port {
        let (host, _) = config.listen.rsplit_once(':').unwrap_or((config.listen.as_str(), ""));
        config.listen = format!("{host}:{port}");
    }
    let mail = Mail::Carriers(Arc::new(Carriers {
        smtp: config.smtp.as_ref().map(smtp).transpose()?,
        texts: config.sms.clone().map(|sms| Http::new().map(|http| TextMessages::new(sms, http))).transpose()?,
    }));
    if flags.check {
        check(&config)?;
        say("The configuration is good.");
        return Ok(());
    }
    logs::start(config.log_format, &config.log_filter)?;
    warn_of_gaps(&config);
    let outside = Outside { clock: Clock::Real, random: Random::Real, http: Http::guarded(false)?, mail };
    let app = App::build(Parts { config, mode: Mode::Production, outside, metrics: Some(record_metrics()?) }).await?;
    tracing::info!(address = %app.address, public_url = app.cx.config.base(), "serving");
    app.server.await?;
    app.cx.store.close().await;
    tracing::info!("stopped");
    Ok(())
}

/// Starts recording metrics. What was recorded is summed up every few seconds: kept one by one until somebody asks,
/// the times of requests would fill the memory.
pub fn record_metrics() -> anyhow::Result<PrometheusHandle> {
    let handle = PrometheusBuilder::new().install_recorder()?;
    let recorded = handle.clone();
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(SUM_UP_METRICS).await;
            recorded.run_upkeep();
        }
    });
    Ok(handle)
}

fn check(config: &PoolConfig) -> anyhow::Result<()> {
    if config.master_key.is_none() && config.master_key_file.is_none() {
        return Err(crate::app::StartError::NoMasterKey.into());
    }
    let address: Result<std::net::SocketAddr, _> = config.listen.parse();
    address.map_err(|_| anyhow::anyhow!("listen must be address:port, not {}", config.listen))?;
    Ok(())
}

fn warn_of_gaps(config: &PoolConfig) {
    if config.admin_keys.is_empty() {
        tracing::warn!("no admin_keys are configured: every admin call will be refused");
    }
    if config.smtp.is_none() {
        tracing::warn!("no [smtp] is configured: codes and invitations cannot be sent");
    }
    if config.sms.is_none() {
        tracing::warn!("no [sms] is configured: text messages cannot be sent");
    }
    if !config.is_https() {
        tracing::warn!("public_url is not https: browsers will send cookies and passwords in the clear");
    }
}

fn smtp(smtp: &Smtp) -> anyhow::Result<(AsyncSmtpTransport<Tokio1Executor>, Mailbox)> {
    let mut relay = match smtp.tls {
        SmtpTls::Implicit => AsyncSmtpTransport::<Tokio1Executor>::relay(&smtp.host)?,
        SmtpTls::Starttls => AsyncSmtpTransport::<Tokio1Executor>::starttls_relay(&smtp.host)?,
        SmtpTls::None => AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&smtp.host),
    };
    if let Some(port) = smtp.port {
        relay = relay.port(port);
    }
    if let (Some(username), Some(password)) = (&smtp.username, &smtp.password) {
        relay = relay.credentials(Credentials::new(username.clone(), password.expose_secret().to_owned()));
    }
    let from = smtp.from.parse().map_err(|fault| anyhow::anyhow!("smtp.from: {fault}"))?;
    Ok((relay.build(), from))
}
