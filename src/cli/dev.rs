//! Owns `cenote dev`: everything on this laptop.

use secrecy::ExposeSecret as _;
use tokio::signal::unix::{SignalKind, signal};
use url::Url;

use super::{DevFlags, logs, say, serve};
use crate::app::{App, Parts};
use crate::clock::Clock;
use crate::config::{DemoConfig, DemoHint, LogFormat, PoolConfig};
use crate::cx::{Cx, Mode, Outside};
use crate::demo::{self, DemoSite};
use crate::dev::{self, DEMO_PASSWORD, DEMO_USER, DevPool};
use crate::http::Http;
use crate::mail::{Inbox, Mail};
use crate::random::Random;

/// Serves the pool and the demo site until stopped.
pub async fn run(flags: DevFlags) -> anyhow::Result<()> {
    let config = pool_config(&flags)?;
    logs::start(LogFormat::Text, "warn,cenote=info")?;
    let http = Http::new()?;
    let outside =
        Outside { clock: Clock::Real, random: Random::Real, http: http.clone(), mail: Mail::Inbox(Inbox::default()) };
    let parts = Parts { config, mode: Mode::Development, outside, metrics: Some(serve::record_metrics()?) };
    let app = App::build(parts).await?;
    let demo_url = format!("http://localhost:{}", flags.demo_port);
    let pool = dev::prepare(&app.cx, &demo_url).await?;
    let site = if flags.no_demo { None } else { Some(bind_demo(&app.cx, &pool, (&demo_url, http))?) };
    announce(&app, &pool, site.as_ref());
    if let Some(site) = site {
        let (pool_handle, demo_handle) = (app.server.handle(), site.server.handle());
        let demo = tokio::spawn(site.server);
        app.server.await?;
        demo_handle.stop(true).await;
        pool_handle.stop(true).await;
        demo.await??;
    } else {
        app.server.await?;
    }
    app.cx.store.close().await;
    Ok(())
}

/// Waits for SIGTERM or SIGINT.
pub async fn stop_signal() {
    let (Ok(mut terminate), Ok(mut interrupt)) = (signal(SignalKind::terminate()), signal(SignalKind::interrupt()))
    else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
}

fn pool_config(flags: &DevFlags) -> anyhow::Result<PoolConfig> {
    let mut config = PoolConfig::load(None)?;
    config.data.clone_from(&flags.data);
    config.limits.attempts_per_second_per_address = 0;
    let (host, _) = config.listen.rsplit_once(':').unwrap_or(("127.0.0.1", ""));
    config.listen = format!("{host}:{}", flags.port);
    if config.public_url.as_str() == "http://localhost:9229/" {
        config.public_url = Url::parse(&format!("http://localhost:{}", flags.port))?;
    }
    Ok(config)
}

fn bind_demo(cx: &Cx, pool: &DevPool, (demo_url, http): (&str, Http)) -> anyhow::Result<DemoSite> {
    let url = Url::parse(demo_url)?;
    let listen = format!("127.0.0.1:{}", url.port().unwrap_or(3000));
    let hint = |label: &str, value: &str, href: Option<String>| DemoHint {
        label: label.to_owned(),
        value: value.to_owned(),
        href,
    };
    let inbox = format!("{}/_cenote/inbox", cx.config.base());
    let config = DemoConfig {
        listen: listen.clone(),
        public_url: url,
        issuer: format!("{}/{}", cx.config.issuer_base(), pool.pool_id),
        hosted_domain: Some(cx.config.public_url.clone()),
        client_id: pool.client_id.clone(),
        client_secret: Some(pool.client_secret.clone().into()),
        scopes: ["openid", "email", "phone", "profile", "aws.cognito.signin.user.admin"].map(str::to_owned).to_vec(),
        providers: Vec::new(),
        cookie_key: cx.secrets.demo_cookie_key(),
        previous_cookie_key: None,
        hints: vec![
            hint("Email", DEMO_USER, None),
            hint("Password", DEMO_PASSWORD, None),
            hint("Inbox for codes", &inbox, Some(inbox.clone())),
        ],
    };
    let outside = demo::Outside { clock: cx.outside.clock.clone(), random: cx.outside.random.clone(), http };
    DemoSite::bind(config, outside).map_err(|cause| {
        anyhow::anyhow!(
            "The demo site cannot listen on {listen}: {cause}. Choose another port with --demo-port, or --no-demo."
        )
    })
}

fn announce(app: &App, pool: &DevPool, site: Option<&DemoSite>) {
    let base = app.cx.config.base();
    let secret: secrecy::SecretString = pool.client_secret.clone().into();
    say("Cenote is running.\n");
    if let Some(site) = site {
        say(&format!("  Demo site       {}", site.public_url.as_str().trim_end_matches('/')));
    }
    say(&format!("  Pool            {base}"));
    say(&format!("  Inbox           {base}/_cenote/inbox"));
    say(&format!("  Demo user       {DEMO_USER}  password  {DEMO_PASSWORD}"));
    say(&format!("  User pool id    {}", pool.pool_id));
    say(&format!("  App client id   {}", pool.client_id));
    say(&format!("  Client secret   {}", secret.expose_secret()));
    say(&format!("  Issuer          {}/{}", app.cx.config.issuer_base(), pool.pool_id));
    say(&format!("  Try the API     aws cognito-idp list-user-pools --max-results 5 --endpoint-url {base}"));
    say("\nFor development only: it listens on this machine alone and accepts any admin key. Stop with Ctrl-C.");
}
