//! Owns the command line: what may be typed, and what each command starts. It must not know requests.

mod demo;
mod dev;
mod logs;
mod look_alikes;
mod serve;
mod transfer;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use url::Url;

/// A user pool that you run yourself: Amazon Cognito's hosted pages, tokens and APIs.
#[derive(Debug, Parser)]
#[command(
    name = "cenote",
    version,
    about,
    after_help = "Examples:\n  \
        cenote                                 everything on this laptop; then open http://localhost:3000\n  \
        cenote dev --no-demo --no-providers --data DIR --port 9999\n  \
                                               the pool alone, for tests; it is ready when /readyz answers 200\n  \
        cenote dev --tls                       the same over https, for clients that insist on it (Amplify)\n  \
        cenote serve --config cenote.toml      the pool for production\n  \
        cenote serve --check                   is the configuration good?\n  \
        cenote export pools.sealed --key-file key --config cenote.toml\n  \
                                               every pool with its users and secrets; cenote import brings it back\n  \
        cenote users --pool POOL-ID users.jsonl\n  \
                                               users with password hashes from elsewhere\n  \
        cenote demo --config demo.toml         the demo site against any pool, Cenote or Amazon Cognito\n\n\
        In development any access key signs admin calls, every region has its own pools, the account is 123456789012,\n\
        and mail and text messages are at http://localhost:9229/_cenote/inbox (and inbox.json).\n\
        Every setting of cenote.toml can also be an environment variable: CENOTE_PUBLIC_URL, CENOTE_SMTP__HOST."
)]
pub struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    dev: DevFlags,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Everything on this laptop: pool, demo site, mail in an inbox page. Loopback only; any admin key is accepted.
    Dev(DevFlags),
    /// The pool for production: admin calls must be signed with a configured key, mail goes through SMTP.
    Serve(ServeFlags),
    /// The demo site alone, against any user pool: Cenote or Amazon Cognito itself.
    Demo(DemoFlags),
    /// Whole user pools, with passwords and all secrets, into one sealed file.
    Export(transfer::ExportFlags),
    /// The pools of such a file into this server's database.
    Import(transfer::ImportFlags),
    /// Users with the password hashes of another system into a pool.
    Users(transfer::UsersFlags),
}

/// Flags of `cenote dev`, which is also what `cenote` alone runs.
#[derive(Debug, Clone, Args)]
struct DevFlags {
    /// The data folder: database and master key. Made on the first run.
    #[arg(long, value_name = "DIR", default_value = "./cenote-data")]
    data: PathBuf,
    /// The pool's port.
    #[arg(long, default_value_t = 9229)]
    port: u16,
    /// The demo site's port.
    #[arg(long, default_value_t = 3000)]
    demo_port: u16,
    /// The port of the simulated identity providers.
    #[arg(long, default_value_t = 9230)]
    providers_port: u16,
    /// Without the demo site. Without providers too, the account begins empty: no pool, no demo user.
    #[arg(long)]
    no_demo: bool,
    /// Without simulated identity providers.
    #[arg(long)]
    no_providers: bool,
    /// Speak https, with a certificate for localhost that is made in the data folder.
    #[arg(long)]
    tls: bool,
    /// Speak https with this certificate (PEM) instead.
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_certificate: Option<PathBuf>,
    /// The key of that certificate (PEM).
    #[arg(long, value_name = "FILE", requires = "tls_certificate")]
    tls_key: Option<PathBuf>,
    /// What tokens name as their issuer, before the pool id; the pool's own address unless given. With
    /// https://cognito-idp.us-east-1.amazonaws.com tokens look like Amazon's.
    #[arg(long, value_name = "URL")]
    issuer_base: Option<Url>,
}

/// Flags of `cenote serve`.
#[derive(Debug, Args)]
struct ServeFlags {
    /// The configuration file (TOML).
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The data folder; overrides the file.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// The port; overrides the file.
    #[arg(long)]
    port: Option<u16>,
    /// Only say whether the configuration is good.
    #[arg(long)]
    check: bool,
}

/// Flags of `cenote demo`.
#[derive(Debug, Args)]
struct DemoFlags {
    /// The configuration file (TOML): issuer, client_id, client_secret, public_url, cookie_key.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The port; overrides the file.
    #[arg(long)]
    demo_port: Option<u16>,
}

/// Runs what was typed until it is stopped.
///
/// # Errors
/// One sentence that says what to change.
pub async fn run(cli: Cli) -> anyhow::Result<()> {
    match cli.command {
        None => dev::run(cli.dev).await,
        Some(Command::Dev(flags)) => dev::run(flags).await,
        Some(Command::Serve(flags)) => serve::run(flags).await,
        Some(Command::Demo(flags)) => demo::run(flags).await,
        Some(Command::Export(flags)) => transfer::export(flags).await,
        Some(Command::Import(flags)) => transfer::import(flags).await,
        Some(Command::Users(flags)) => transfer::users(flags).await,
    }
}

/// A line on standard output, where a person or a script waits for it. Other lines are logs.
#[expect(clippy::print_stdout, reason = "what the command line prints is printed here")]
fn say(line: &str) {
    println!("{line}");
}
