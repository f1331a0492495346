//! Owns `cenote dev`: everything on this laptop.

use actix_web::dev::ServerHandle;
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use tokio::signal::unix::{SignalKind, signal};
use url::Url;

use super::{DevFlags, logs, look_alikes, say, serve};
use crate::app::{App, Parts, tls};
use crate::clock::Clock;
use crate::config::{DemoConfig, DemoHint, DemoIdentity, LogFormat, PoolConfig, Tls};
use crate::cx::{Cx, Mode, Outside};
use crate::demo::{self, DemoSite};
use crate::dev::{self, DEMO_PASSWORD, DEMO_USER, DevPool};
use crate::http::Http;
use crate::mail::{Inbox, Mail};
use crate::random::Random;
use crate::simulated::{self, Simulated};

/// Serves the pool and the demo site until stopped.
pub async fn run(flags: DevFlags) -> anyhow::Result<()> {
    let mut config = pool_config(&flags)?;
    logs::start(LogFormat::Text, "warn,cenote=info")?;
    let http = demo_http(&config)?;
    let upstream = Http::guarded(true)?;
    let outside =
        Outside { clock: Clock::Real, random: Random::Real, http: upstream, mail: Mail::Inbox(Inbox::default()) };
    let simulated = if flags.no_providers { None } else { Some(bind_providers(&outside, flags.providers_port)?) };
    let logins = simulated.as_ref().map(|(bound, _)| look_alikes::tell(&mut config, &bound.public_url));
    let parts = Parts { config, mode: Mode::Development, outside, metrics: Some(serve::record_metrics()?) };
    let app = App::build(parts).await?;
    let demo_url = format!("http://localhost:{}", flags.demo_port);
    let providers = simulated.as_ref().map_or_else(Vec::new, |(_, settings)| settings.clone());
    let (stop_providers, names) = run_providers(simulated);
    // With neither the account is empty, as a new one at Amazon: suites from outside count what they made.
    let is_prepared = !flags.no_demo || !flags.no_providers;
    let pool = if is_prepared { Some(dev::prepare(&app.cx, &demo_url, (providers, logins)).await?) } else { None };
    let site = match &pool {
        Some(pool) if !flags.no_demo => Some(bind_demo(&app.cx, pool, (&demo_url, http, names))?),
        _ => None,
    };
    announce(&app, pool.as_ref(), site.as_ref());
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
    if let Some(providers) = stop_providers {
        providers.stop(true).await;
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
    config.limits.registrations_per_hour_per_address = 0;
    let (host, _) = config.listen.rsplit_once(':').unwrap_or(("127.0.0.1", ""));
    config.listen = format!("{host}:{}", flags.port);
    if let (Some(certificate), Some(key)) = (&flags.tls_certificate, &flags.tls_key) {
        config.tls = Some(Tls { certificate: certificate.clone(), key: key.clone() });
    } else if flags.tls {
        config.tls = Some(tls::own_certificate(&flags.data, Clock::Real.now())?);
    }
    if config.public_url.as_str() == "http://localhost:9229/" {
        let scheme = if config.tls.is_some() { "https" } else { "http" };
        config.public_url = Url::parse(&format!("{scheme}://localhost:{}", flags.port))?;
    }
    if let Some(base) = &flags.issuer_base {
        config.issuer_base = Some(base.clone());
    }
    Ok(config)
}

/// The demo site's way to the pool, whose certificate nobody but us has signed.
fn demo_http(config: &PoolConfig) -> anyhow::Result<Http> {
    let Some(tls) = &config.tls else { return Ok(Http::new()?) };
    Ok(Http::trusting(&std::fs::read(&tls.certificate)?)?)
}

/// The simulated providers, and what `CreateIdentityProvider` is told about each.
fn bind_providers(outside: &Outside, port: u16) -> anyhow::Result<(Simulated, Vec<Value>)> {
    let listen = format!("127.0.0.1:{port}");
    let url = Url::parse(&format!("http://localhost:{port}"))?;
    let outside = simulated::Outside { clock: outside.clock.clone(), random: outside.random.clone() };
    let bound = Simulated::bind(&listen, url, outside).map_err(|cause| {
        anyhow::anyhow!("The simulated providers cannot listen on {listen}: {cause}. Choose another port with --providers-port, or --no-providers.")
    })?;
    let settings = simulated::provider_settings(&bound.public_url);
    let told = settings.into_iter().map(|one| {
        json!({
            "ProviderName": one.name, "ProviderType": one.provider_type,
            "ProviderDetails": one.details, "AttributeMapping": one.attribute_mapping,
        })
    });
    let told = told.collect();
    Ok((bound, told))
}

/// Lets the simulated providers answer; returns how to stop them, and their names.
fn run_providers(simulated: Option<(Simulated, Vec<Value>)>) -> (Option<ServerHandle>, Vec<String>) {
    let Some((bound, told)) = simulated else { return (None, Vec::new()) };
    let handle = bound.server.handle();
    tokio::spawn(bound.server);
    let names = told.iter().filter_map(|one| one["ProviderName"].as_str()).map(str::to_owned);
    (Some(handle), names.collect())
}

fn bind_demo(
    cx: &Cx,
    pool: &DevPool,
    (demo_url, http, providers): (&str, Http, Vec<String>),
) -> anyhow::Result<DemoSite> {
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
        providers,
        account_page: Some(cx.config.public_url.join("/account")?),
        cookie_key: cx.secrets.demo_cookie_key(),
        previous_cookie_key: None,
        identity: Some(DemoIdentity {
            pool: pool.identity_pool_id.clone(),
            identity_endpoint: Some(cx.config.public_url.clone()),
            sts_endpoint: Some(cx.config.public_url.clone()),
        }),
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

fn announce(app: &App, pool: Option<&DevPool>, site: Option<&DemoSite>) {
    let base = app.cx.config.base();
    say("Cenote is running.\n");
    if let Some(site) = site {
        say(&format!("  Demo site       {}", site.public_url.as_str().trim_end_matches('/')));
    }
    say(&format!("  Pool            {base}"));
    say(&format!("  Inbox           {base}/_cenote/inbox"));
    if let Some(pool) = pool {
        let secret: secrecy::SecretString = pool.client_secret.clone().into();
        say(&format!("  Demo user       {DEMO_USER}  password  {DEMO_PASSWORD}"));
        say(&format!("  User pool id    {}", pool.pool_id));
        say(&format!("  App client id   {}", pool.client_id));
        say(&format!("  Client secret   {}", secret.expose_secret()));
        say(&format!("  Identity pool   {}", pool.identity_pool_id));
    }
    let id = pool.map_or("POOL-ID", |pool| pool.pool_id.as_str());
    say(&format!("  Issuer          {}/{id}", app.cx.config.issuer_base()));
    if let Some(tls) = &app.cx.config.tls {
        say(&format!(
            "  Certificate     {}  to be trusted: AWS_CA_BUNDLE, NODE_EXTRA_CA_CERTS",
            tls.certificate.display()
        ));
    }
    say(&format!("  Try the API     aws cognito-idp list-user-pools --max-results 5 --endpoint-url {base}"));
    say("\nFor development only: it listens on this machine alone and accepts any admin key. Stop with Ctrl-C.");
}
