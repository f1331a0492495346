//! Owns `cenote demo`: the demo site alone.

use super::{DemoFlags, logs, say};
use crate::clock::Clock;
use crate::config::{DemoConfig, LogFormat};
use crate::demo::{DemoSite, Outside};
use crate::http::Http;
use crate::random::Random;

/// Serves the demo site until stopped.
pub async fn run(flags: DemoFlags) -> anyhow::Result<()> {
    let mut config = DemoConfig::load(flags.config.as_deref())?;
    if let Some(port) = flags.demo_port {
        let (host, _) = config.listen.rsplit_once(':').unwrap_or((config.listen.as_str(), ""));
        config.listen = format!("{host}:{port}");
    }
    logs::start(LogFormat::Text, "info")?;
    let listen = config.listen.clone();
    let outside = Outside { clock: Clock::Real, random: Random::Real, http: Http::new()? };
    let site =
        DemoSite::bind(config, outside).map_err(|cause| anyhow::anyhow!("Cannot listen on {listen}: {cause}."))?;
    say(&format!("The demo site is at {}", site.public_url));
    let handle = site.server.handle();
    tokio::spawn(async move {
        super::dev::stop_signal().await;
        handle.stop(true).await;
    });
    site.server.await?;
    Ok(())
}
