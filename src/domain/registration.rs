//! Owns what a pool allows applications that register themselves (RFC 7591), and where a browser may be sent.
//! It must not know the shapes on the wire.

use serde::{Deserialize, Serialize};
use url::Url;

use crate::domain::client::OAuthFlow;

/// App clients that a pool can have before no more can register themselves (Cognito's quota of app clients).
pub const MOST_CLIENTS: i64 = 1000;

/// How an app client registered itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Registration {
    /// With a token that an administrator's client got for it.
    Authenticated,
    /// Without anything.
    Open,
}

/// What a pool says about registration (API: `DcrConfigurationType`, where it is switched on).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegistrationSettings {
    /// The grants of clients that register with a token.
    pub authenticated_grants: Vec<OAuthFlow>,
    /// The grants of clients that register without one; `None` where nobody can.
    pub open_grants: Option<Vec<OAuthFlow>>,
    /// The scopes that such clients may have beside those of OpenID Connect.
    pub scopes: Vec<String>,
}

impl RegistrationSettings {
    /// The grants of clients that register in that way.
    #[must_use]
    pub fn grants(&self, registration: Registration) -> &[OAuthFlow] {
        match registration {
            Registration::Authenticated => &self.authenticated_grants,
            Registration::Open => self.open_grants.as_deref().unwrap_or_default(),
        }
    }
}

/// Schemes that browsers act on by themselves, where an app's own scheme is expected.
const DANGEROUS_SCHEMES: [&str; 9] =
    ["javascript", "data", "vbscript", "file", "filesystem", "blob", "about", "ftp", "view-source"];

/// Whether the host, where there is one, is made of what the names and numbers of hosts are made of. `Url` lets
/// marks through, such as `;`, `,` and `*`, that mean something in a content security policy.
#[must_use]
pub fn has_plain_host(url: &Url) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b".:[]_-".contains(&byte);
    url.host_str().is_none_or(|host| host.bytes().all(is_plain))
}

/// Checks an address that a browser may be sent to: absolute, no fragment, a plain host, `https`, `http` on this
/// machine, or an app's own scheme.
///
/// # Errors
/// Why it cannot be one.
pub fn check_redirect(text: &str) -> Result<(), &'static str> {
    let url = Url::parse(text).map_err(|_| "it must be absolute")?;
    if text.contains('#') {
        return Err("it must not have a fragment");
    }
    if !has_plain_host(&url) {
        return Err("its host is malformed");
    }
    let has_plain_start = text.get(..url.scheme().len() + 3) == Some(&format!("{}://", url.scheme()));
    let is_local = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
    match url.scheme() {
        "https" if has_plain_start => Ok(()),
        "http" if has_plain_start && is_local => Ok(()),
        "http" => Err("http is for localhost only"),
        "https" => Err("it must start with https://"),
        scheme if DANGEROUS_SCHEMES.contains(&scheme) => Err("its scheme is not allowed"),
        _ => Ok(()),
    }
}

/// What of an address tells people where they are sent: its host, with the port if it has one, or the scheme of an
/// app's own.
#[must_use]
pub fn destination(address: &str) -> String {
    let Ok(url) = Url::parse(address) else { return String::new() };
    match (url.scheme(), url.host_str(), url.port()) {
        ("http" | "https", Some(host), Some(port)) => format!("{host}:{port}"),
        ("http" | "https", Some(host), None) => host.to_owned(),
        (scheme, ..) => format!("{scheme}:"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_are_told_the_host_and_not_what_is_written_before_it() {
        for (address, told) in [
            ("https://app.example/callback", "app.example"),
            ("https://bank.example@evil.example/callback", "evil.example"),
            ("http://127.0.0.1:7777/callback", "127.0.0.1:7777"),
            ("https://bänk.example/", "xn--bnk-qla.example"),
            ("com.example.app:/oauth", "com.example.app:"),
            ("myapp://bank.example/", "myapp:"),
        ] {
            assert_eq!(destination(address), told);
        }
    }

    #[test]
    fn a_pool_names_the_grants_of_each_way() {
        let settings = RegistrationSettings {
            authenticated_grants: vec![OAuthFlow::ClientCredentials],
            open_grants: None,
            scopes: Vec::new(),
        };
        assert_eq!(settings.grants(Registration::Authenticated), [OAuthFlow::ClientCredentials]);
        assert!(settings.grants(Registration::Open).is_empty());
    }
}
