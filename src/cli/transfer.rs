//! Owns `cenote export`, `cenote import` and `cenote users`.

use std::fs::{self, File};
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};

use clap::Args;
use zeroize::Zeroizing;

use super::{logs, say};
use crate::app;
use crate::clock::Clock;
use crate::config::{LogFormat, PoolConfig};
use crate::crypto::sealed_stream::FileSecret;
use crate::cx::{Cx, Mode, Outside};
use crate::domain::ids::PoolId;
use crate::http::Http;
use crate::mail::Mail;
use crate::random::Random;
use crate::transfer::{self, Counts, Export};

const SHORTEST_KEY: usize = 32;
const SHORTEST_PASSPHRASE: usize = 12;

/// Which server's database.
#[derive(Debug, Args)]
pub struct Place {
    /// The configuration file of a production server (TOML). Without it, the data folder of `cenote dev`.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The data folder; overrides the file.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
}

/// What seals the file.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub struct Secret {
    /// A file with at least 32 random characters: openssl rand -hex 32
    #[arg(long, value_name = "FILE")]
    key_file: Option<PathBuf>,
    /// A file with a passphrase of at least 12 characters; /dev/stdin to be asked for it.
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
}

/// Flags of `cenote export`.
#[derive(Debug, Args)]
pub struct ExportFlags {
    /// The file to write; it must not be there yet.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// A user pool; may be given more than once. All pools unless given.
    #[arg(long, value_name = "POOL-ID")]
    pool: Vec<String>,
    /// Without the keys that sign tokens: the pools get new ones where they are imported.
    #[arg(long)]
    without_signing_keys: bool,
    #[command(flatten)]
    secret: Secret,
    #[command(flatten)]
    place: Place,
}

/// Flags of `cenote import`.
#[derive(Debug, Args)]
pub struct ImportFlags {
    /// The file that `cenote export` wrote.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    secret: Secret,
    #[command(flatten)]
    place: Place,
}

/// Flags of `cenote users`.
#[derive(Debug, Args)]
pub struct UsersFlags {
    /// Users, a line of JSON each: {"username", "attributes", "password_hash", "groups", "disabled", "sms_mfa"}.
    /// A minus is standard input.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The user pool.
    #[arg(long, value_name = "POOL-ID")]
    pool: String,
    /// Print a line for every user, not only for those that did not come in.
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    place: Place,
}

/// Exports pools.
pub async fn export(flags: ExportFlags) -> anyhow::Result<()> {
    let cx = open(&flags.place).await?;
    let pools = flags.pool.iter().map(|text| pool_id(text)).collect::<anyhow::Result<_>>()?;
    let secret = flags.secret.read()?;
    let wish = Export { pools, has_signing_keys: !flags.without_signing_keys, file: &flags.file, secret: &secret };
    let counts = transfer::export(&cx, wish).await?;
    cx.store.close().await;
    say(&format!("Exported to {}: {}.", flags.file.display(), summary(&counts)));
    Ok(())
}

/// Imports pools.
pub async fn import(flags: ImportFlags) -> anyhow::Result<()> {
    let cx = open(&flags.place).await?;
    let counts = transfer::import(&cx, &flags.file, &flags.secret.read()?).await?;
    cx.store.close().await;
    say(&format!("Imported from {}: {}.", flags.file.display(), summary(&counts)));
    Ok(())
}

/// Brings users along.
pub async fn users(flags: UsersFlags) -> anyhow::Result<()> {
    let cx = open(&flags.place).await?;
    let pool = cx.pool(&pool_id(&flags.pool)?).await?;
    let tell = |line: &str| {
        if flags.all || !line.starts_with("[SUCCEEDED]") {
            say(line);
        }
    };
    let is_input = flags.file == Path::new("-");
    let count = if is_input {
        transfer::users::bring_along(&cx, &pool, (io::stdin().lock(), tell)).await?
    } else {
        let file = File::open(&flags.file).map_err(|cause| anyhow::anyhow!("{}: {cause}", flags.file.display()))?;
        transfer::users::bring_along(&cx, &pool, (BufReader::new(file), tell)).await?
    };
    cx.store.close().await;
    say(&format!("{} users came in, {} were there, {} failed.", count.imported, count.skipped, count.failed));
    Ok(())
}

async fn open(place: &Place) -> anyhow::Result<Cx> {
    logs::start(LogFormat::Text, "warn,cenote=info")?;
    let mut config = PoolConfig::load(place.config.as_deref())?;
    if let Some(data) = &place.data {
        config.data.clone_from(data);
    }
    let mode = if place.config.is_some() { Mode::Production } else { Mode::Development };
    let outside = Outside { clock: Clock::Real, random: Random::Real, http: Http::new()?, mail: Mail::nowhere() };
    Ok(app::open(config, mode, outside).await?)
}

fn pool_id(text: &str) -> anyhow::Result<PoolId> {
    PoolId::parse(text).ok_or_else(|| anyhow::anyhow!("{text} is no user pool id"))
}

fn summary(counts: &Counts) -> String {
    let of = |table: &str| counts.get(table).copied().unwrap_or(0);
    let rows: u64 = counts.values().sum();
    format!("{} pools, {} app clients, {} users, {rows} rows in all", of("pools"), of("clients"), of("users"))
}

impl Secret {
    fn read(&self) -> anyhow::Result<FileSecret> {
        let read = |path: &Path, shortest: usize| {
            let content = fs::read(path).map_err(|cause| anyhow::anyhow!("{}: {cause}", path.display()))?;
            let content = Zeroizing::new(content.trim_ascii().to_vec());
            if content.len() < shortest {
                anyhow::bail!("{}: at least {shortest} characters are needed", path.display());
            }
            Ok(content)
        };
        match (&self.key_file, &self.passphrase_file) {
            (Some(path), _) => Ok(FileSecret::Key(read(path, SHORTEST_KEY)?)),
            (None, Some(path)) => Ok(FileSecret::Passphrase(read(path, SHORTEST_PASSPHRASE)?)),
            (None, None) => anyhow::bail!("--key-file or --passphrase-file is needed"),
        }
    }
}
