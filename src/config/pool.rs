//! Owns the settings of the pool's server.

use std::net::IpAddr;
use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use url::Url;

use super::{ConfigError, IdentityPools, Sms, ThreatProtection, TokenService, from_text, read};

/// Settings of the pool's server.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PoolConfig {
    /// The data folder; it holds the SQLite database and, in development, the master key.
    #[serde(default = "default_data")]
    pub data: PathBuf,
    /// A `postgres://` address; absent means SQLite in the data folder.
    #[serde(default)]
    pub database: Option<SecretString>,
    /// Where to listen, `address:port`.
    #[serde(default = "default_listen")]
    pub listen: String,
    /// The server's address as clients see it, without a path.
    #[serde(default = "default_public_url")]
    pub public_url: Url,
    /// The base of the token issuer (`iss` is this, a slash, and the pool id); the public URL unless set.
    #[serde(default)]
    pub issuer_base: Option<Url>,
    /// The account id in ARNs.
    #[serde(default = "default_account_id")]
    pub account_id: String,
    /// The master key: at least 32 characters. It seals signing keys and other secrets.
    #[serde(default)]
    pub master_key: Option<SecretString>,
    /// A file that holds the master key.
    #[serde(default)]
    pub master_key_file: Option<PathBuf>,
    /// The keys with which admin calls are signed (SigV4).
    #[serde(default)]
    pub admin_keys: Vec<AdminKey>,
    /// Addresses whose `X-Forwarded-For` is believed.
    #[serde(default)]
    pub trusted_proxies: Vec<IpAddr>,
    /// Whether `/metrics` answers callers from other machines too.
    #[serde(default, deserialize_with = "from_text")]
    pub metrics_for_everybody: bool,
    /// The certificate, where the server speaks TLS itself.
    #[serde(default)]
    pub tls: Option<Tls>,
    /// The mail relay.
    #[serde(default)]
    pub smtp: Option<Smtp>,
    /// The road of text messages.
    #[serde(default)]
    pub sms: Option<Sms>,
    /// Limits that protect the server.
    #[serde(default)]
    pub limits: Limits,
    /// What protects users from others who know their passwords.
    #[serde(default)]
    pub threat_protection: ThreatProtection,
    /// Days after which signing keys are replaced, with overlap; 0 keeps them for good.
    #[serde(default = "default_signing_key_days", deserialize_with = "from_text")]
    pub signing_key_days: u32,
    /// What identity pools are told about other people's providers.
    #[serde(default)]
    pub identity_pools: IdentityPools,
    /// Who makes temporary credentials.
    #[serde(default)]
    pub sts: TokenService,
    /// How log lines look.
    #[serde(default)]
    pub log_format: LogFormat,
    /// Which log lines are written, in `tracing`'s filter syntax.
    #[serde(default = "default_log_filter")]
    pub log_filter: String,
}

/// A key pair that may sign admin calls.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AdminKey {
    /// The public half, as in `AWS_ACCESS_KEY_ID`.
    pub access_key_id: String,
    /// The secret half, as in `AWS_SECRET_ACCESS_KEY`.
    pub secret_access_key: SecretString,
}

/// Where the server's certificate is.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tls {
    /// A PEM file: the server's certificate, then those that lead to the root.
    pub certificate: PathBuf,
    /// A PEM file: the certificate's private key.
    pub key: PathBuf,
}

/// A mail relay.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Smtp {
    /// Its host name.
    pub host: String,
    /// Its port; the usual one for `tls` unless set.
    #[serde(default)]
    #[serde(deserialize_with = "port")]
    pub port: Option<u16>,
    /// How the connection is protected.
    #[serde(default)]
    pub tls: SmtpTls,
    /// The user name, if the relay wants one.
    #[serde(default)]
    pub username: Option<String>,
    /// The password, if the relay wants one.
    #[serde(default)]
    pub password: Option<SecretString>,
    /// The sender, `Example <no-reply@example.com>`.
    pub from: String,
}

fn port<'de, D: serde::Deserializer<'de>>(source: D) -> Result<Option<u16>, D::Error> {
    from_text(source).map(Some)
}

/// How a connection to the mail relay is protected.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SmtpTls {
    /// TLS from the first byte (port 465).
    Implicit,
    /// Plain first, then TLS, which is required (port 587).
    #[default]
    Starttls,
    /// No protection, for a relay on the same machine (port 25).
    None,
}

/// Limits that protect the server.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Sign-in, sign-up and code attempts per second from one address; 0 means no limit.
    #[serde(deserialize_with = "from_text")]
    pub attempts_per_second_per_address: u32,
    /// Apps that may register themselves without a token in an hour from one address; 0 means no limit.
    #[serde(deserialize_with = "from_text")]
    pub registrations_per_hour_per_address: u32,
    /// Password hashes that may wait for a worker before callers are told to slow down.
    #[serde(deserialize_with = "from_text")]
    pub password_queue: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { attempts_per_second_per_address: 20, registrations_per_hour_per_address: 20, password_queue: 256 }
    }
}

/// How log lines look.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// One JSON object a line.
    #[default]
    Json,
    /// For people.
    Text,
}

impl PoolConfig {
    /// Reads the configuration file and the `CENOTE_…` variables, and checks what they say.
    ///
    /// # Errors
    /// When a key is unknown, missing or malformed; the text names it.
    pub fn load(file: Option<&Path>) -> Result<Self, ConfigError> {
        let config: Self = read(file, "CENOTE_")?;
        config.checked()
    }

    /// The issuer base without a trailing slash.
    #[must_use]
    pub fn issuer_base(&self) -> &str {
        self.issuer_base.as_ref().unwrap_or(&self.public_url).as_str().trim_end_matches('/')
    }

    /// The public address without a trailing slash.
    #[must_use]
    pub fn base(&self) -> &str {
        self.public_url.as_str().trim_end_matches('/')
    }

    /// The issuer of the identity pools' own tokens.
    #[must_use]
    pub fn identity_issuer(&self) -> String {
        let set = self.identity_pools.issuer.as_ref().map(|url| url.as_str().trim_end_matches('/').to_owned());
        set.unwrap_or_else(|| format!("{}/cognito-identity", self.base()))
    }

    /// Whether browsers reach the server by https.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.public_url.scheme() == "https"
    }

    fn checked(self) -> Result<Self, ConfigError> {
        let refuse = |text: &str| Err(ConfigError::Refused(text.to_owned()));
        if self.account_id.len() != 12 || !self.account_id.bytes().all(|byte| byte.is_ascii_digit()) {
            return refuse("account_id must be 12 digits");
        }
        if self.master_key.is_some() && self.master_key_file.is_some() {
            return refuse("set master_key or master_key_file, not both");
        }
        if self.master_key.as_ref().is_some_and(|key| key.expose_secret().len() < 32) {
            return refuse("master_key needs at least 32 characters; make one with: openssl rand -hex 32");
        }
        if !matches!(self.public_url.scheme(), "http" | "https") || self.public_url.path() != "/" {
            return refuse("public_url must be http:// or https:// with no path");
        }
        if self.database.as_ref().is_some_and(|address| !address.expose_secret().starts_with("postgres")) {
            return refuse("database must start with postgres://; leave it out for SQLite in the data folder");
        }
        if let Some(fault) = self.sms.as_ref().and_then(Sms::fault) {
            return refuse(fault);
        }
        Ok(self)
    }
}

fn default_data() -> PathBuf {
    PathBuf::from("./cenote-data")
}

fn default_listen() -> String {
    "127.0.0.1:9229".to_owned()
}

fn default_public_url() -> Url {
    Url::parse("http://localhost:9229").expect("a literal address parses")
}

fn default_account_id() -> String {
    "123456789012".to_owned()
}

const fn default_signing_key_days() -> u32 {
    90
}

fn default_log_filter() -> String {
    "info".to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(clippy::result_large_err, reason = "figment's own type")]
    fn variables_are_text_that_becomes_what_the_setting_needs() {
        figment::Jail::expect_with(|jail| {
            jail.set_env("CENOTE_ACCOUNT_ID", "012345678901");
            jail.set_env("CENOTE_SIGNING_KEY_DAYS", "7");
            jail.set_env("CENOTE_METRICS_FOR_EVERYBODY", "true");
            jail.set_env("CENOTE_TRUSTED_PROXIES", "[\"10.0.0.1\"]");
            jail.set_env("CENOTE_LIMITS__PASSWORD_QUEUE", "9");
            jail.set_env("CENOTE_DEMO_ISSUER", "of no interest");
            let config = PoolConfig::load(None).unwrap();
            assert_eq!((config.account_id.as_str(), config.signing_key_days), ("012345678901", 7));
            assert!(config.metrics_for_everybody);
            assert_eq!((config.trusted_proxies.len(), config.limits.password_queue), (1, 9));
            jail.set_env("CENOTE_FOO", "1");
            assert!(PoolConfig::load(None).unwrap_err().to_string().contains("foo"));
            Ok(())
        });
    }
}
