//! Owns the settings of the demo site, which works against any user pool: Cenote or Amazon Cognito.

use std::path::Path;

use secrecy::SecretString;
use serde::Deserialize;
use url::Url;

use super::{ConfigError, read};

/// Settings of the demo site. Only public facts about the pool: what a developer copies from its console.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DemoConfig {
    /// Where to listen, `address:port`.
    #[serde(default = "default_listen")]
    pub listen: String,
    /// The site's own address as the browser sees it, without a path.
    #[serde(default = "default_public_url")]
    pub public_url: Url,
    /// The pool's issuer: `http://localhost:9229/us-east-1_Example` or
    /// `https://cognito-idp.us-east-1.amazonaws.com/us-east-1_Example`.
    pub issuer: String,
    /// The pool's hosted domain where it differs from what discovery says, for example
    /// `https://example.auth.us-east-1.amazoncognito.com`; it carries `/oauth2/…` and `/logout`.
    #[serde(default)]
    pub hosted_domain: Option<Url>,
    /// The app client's id.
    pub client_id: String,
    /// The app client's secret, if it has one.
    #[serde(default)]
    pub client_secret: Option<SecretString>,
    /// Scopes to ask for.
    #[serde(default = "default_scopes")]
    pub scopes: Vec<String>,
    /// Names of the identity providers that get a button of their own, as the pool knows them.
    #[serde(default)]
    pub providers: Vec<String>,
    /// The pool's account page, where people change their password and more: Cenote's `/account`; Amazon Cognito has none.
    #[serde(default)]
    pub account_page: Option<Url>,
    /// The key of the sealed cookies, at least 32 characters. Every instance of the site needs the same one.
    pub cookie_key: SecretString,
    /// The key before the present one: cookies sealed with it can still be read.
    #[serde(default)]
    pub previous_cookie_key: Option<SecretString>,
    /// The identity pool that gives temporary credentials for the site's tokens, if there is one.
    #[serde(default)]
    pub identity: Option<DemoIdentity>,
    /// Lines that the home page shows to a newcomer, such as the demo user's name; empty outside `cenote dev`.
    #[serde(default)]
    pub hints: Vec<DemoHint>,
}

/// An identity pool.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DemoIdentity {
    /// Its id, `us-east-1:…`.
    pub pool: String,
    /// Where the identity pools API is; AWS's own address for the pool's region unless set.
    #[serde(default)]
    pub identity_endpoint: Option<Url>,
    /// Where the token service is; AWS's own address for the pool's region unless set.
    #[serde(default)]
    pub sts_endpoint: Option<Url>,
}

/// One fact that the home page shows to a newcomer.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DemoHint {
    /// What it is, for example `E-mail address`.
    pub label: String,
    /// Its value.
    pub value: String,
    /// Where it leads, if it is an address.
    #[serde(default)]
    pub href: Option<String>,
}

impl DemoConfig {
    /// Reads the demo site's configuration file and the `CENOTE_DEMO_…` variables.
    ///
    /// # Errors
    /// When a key is unknown, missing or malformed, or the cookie key is too short.
    pub fn load(file: Option<&Path>) -> Result<Self, ConfigError> {
        let config: Self = read(file, "CENOTE_DEMO_")?;
        config.checked()
    }

    fn checked(self) -> Result<Self, ConfigError> {
        use secrecy::ExposeSecret as _;
        let keys = [Some(&self.cookie_key), self.previous_cookie_key.as_ref()];
        if keys.iter().flatten().any(|key| key.expose_secret().len() < 32) {
            return Err(ConfigError::Refused(
                "cookie_key and previous_cookie_key need at least 32 characters; make one with: openssl rand -hex 32"
                    .to_owned(),
            ));
        }
        Ok(self)
    }
}

fn default_listen() -> String {
    "127.0.0.1:3000".to_owned()
}

fn default_public_url() -> Url {
    Url::parse("http://localhost:3000").expect("a literal address parses")
}

fn default_scopes() -> Vec<String> {
    ["openid", "email", "phone", "profile", "aws.cognito.signin.user.admin"].map(str::to_owned).to_vec()
}
