//! Owns the configuration: one TOML file overridden by `CENOTE_…` environment variables, parsed once into
//! values that need no further checks. The only place that reads the environment; it must not know what
//! the settings do.

mod demo;
mod identity;
mod pool;
mod sms;
mod threat_protection;

use std::path::{Path, PathBuf};
use std::str::FromStr;

use figment::error::Kind;
use figment::providers::{Env, Format as _, Toml};
use figment::{Figment, Source};
use serde::Deserialize;
use serde::de::DeserializeOwned;

pub use demo::{DemoConfig, DemoHint, DemoIdentity};
pub use identity::{IdentityPools, LoginProvider, OidcProvider, SamlProvider, TokenService};
pub use pool::{AdminKey, Limits, LogFormat, PoolConfig, Smtp, SmtpTls, Tls};
pub use sms::{Sms, SmsFormat, SmsMethod, Sns};
pub use threat_protection::ThreatProtection;

/// Why the configuration cannot be used, in one sentence that says what to change.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A file, a key or a value is wrong; the text names it, but never a value, which may be a secret.
    #[error("configuration: {0}")]
    Invalid(String),
    /// A value parses but makes no sense; the text says which and why.
    #[error("configuration: {0}")]
    Refused(String),
    /// A file could not be read or written.
    #[error("{path}: {source}")]
    File {
        /// Which file.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
}

/// Reads `file` (if given) and the environment's variables that start with `prefix`
/// (`__` separates a table from its key: `CENOTE_SMTP__HOST`). A variable is text, whatever it looks like: account
/// ids keep their leading zeros; only lists and tables are written as in TOML (`["10.0.0.1"]`).
fn read<T: DeserializeOwned>(file: Option<&Path>, prefix: &str) -> Result<T, ConfigError> {
    let mut figment = Figment::new();
    if let Some(file) = file {
        if !file.is_file() {
            let source = std::io::Error::from(std::io::ErrorKind::NotFound);
            return Err(ConfigError::File { path: file.to_owned(), source });
        }
        figment = figment.merge(Toml::file(file));
    }
    // The demo site's variables carry the same prefix; they are none of the pool's business.
    for (name, value) in Env::prefixed(prefix).filter(|name| !name.starts_with("demo_")).split("__").iter() {
        let is_structure = value.starts_with('[') || value.starts_with('{');
        let value = if is_structure { value } else { serde_json::Value::String(value).to_string() };
        let line = format!("{} = {value}", name.as_str().to_lowercase());
        figment = figment.merge(Toml::string(&line));
    }
    figment.extract().map_err(|fault| ConfigError::Invalid(sentence(&fault)))
}

/// What is wrong and where, without the values and lines that figment would quote.
fn sentence(fault: &figment::Error) -> String {
    let key = fault.path.join(".");
    let problem = match &fault.kind {
        Kind::UnknownField(_, known) => format!("there is no setting `{key}`; there are {}", known.join(", ")),
        Kind::MissingField(name) if key.is_empty() => format!("the setting `{name}` is missing"),
        Kind::MissingField(name) => format!("the setting `{key}.{name}` is missing"),
        Kind::UnknownVariant(_, known) => format!("`{key}` must be one of {}", known.join(", ")),
        Kind::InvalidType(_, wanted) | Kind::InvalidValue(_, wanted) => format!("`{key}` must be {wanted}"),
        Kind::Message(text) if key.is_empty() => without_quotations(text),
        Kind::Message(text) => format!("`{key}`: {}", without_quotations(text)),
        _ => format!("`{key}` is not understood"),
    };
    let source = fault.metadata.as_ref().and_then(|metadata| metadata.source.as_ref());
    match (source, &fault.kind) {
        (Some(Source::File(file)), _) => format!("{problem} (in {})", file.display()),
        (_, Kind::MissingField(_)) => problem,
        _ => format!("{problem} (in an environment variable)"),
    }
}

/// A parser's message without the line of the file that it shows, one sentence.
fn without_quotations(text: &str) -> String {
    let is_quotation = |line: &&str| line.trim_start_matches(|c: char| c.is_ascii_digit() || c == ' ').starts_with('|');
    text.lines().filter(|line| !is_quotation(line)).collect::<Vec<_>>().join(": ")
}

/// Reads a number or a yes/no that may come as text, as environment variables do.
fn from_text<'de, D, T>(source: D) -> Result<T, D::Error>
where
    D: serde::Deserializer<'de>,
    T: Deserialize<'de> + FromStr<Err: std::fmt::Display>,
{
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Given<T> {
        Value(T),
        Text(String),
    }
    match Given::deserialize(source)? {
        Given::Value(value) => Ok(value),
        Given::Text(text) => text.parse().map_err(serde::de::Error::custom),
    }
}
