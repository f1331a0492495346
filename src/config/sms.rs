//! Owns the settings of text messages: an HTTP gateway of any make, or Amazon SNS and what speaks like it.

use std::collections::BTreeMap;

use secrecy::SecretString;
use serde::Deserialize;
use url::{Host, Url};

/// How text messages leave: through the gateway at `url`, or through `sns`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sms {
    /// The gateway's address; `{to}`, `{text}` and `{secret}` are filled in.
    #[serde(default)]
    pub url: Option<String>,
    /// The method of the request.
    #[serde(default)]
    pub method: SmsMethod,
    /// How the body is written, and so how values in it are escaped.
    #[serde(default)]
    pub format: SmsFormat,
    /// The body with `{to}`, `{text}` and `{secret}`.
    #[serde(default)]
    pub body: Option<String>,
    /// Header fields by name; `{secret}` is filled in.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// A user name for Basic authentication; `secret` is its password.
    #[serde(default)]
    pub username: Option<String>,
    /// What the gateway knows us by.
    #[serde(default)]
    pub secret: Option<SecretString>,
    /// Amazon SNS.
    #[serde(default)]
    pub sns: Option<Sns>,
}

/// Amazon SNS, or something that answers its `Publish`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sns {
    /// The region.
    pub region: String,
    /// The address; Amazon's of that region unless set.
    #[serde(default)]
    pub endpoint: Option<Url>,
    /// The public half of the key.
    pub access_key_id: String,
    /// The secret half of the key.
    pub secret_access_key: SecretString,
    /// The name that phones show as the sender, where the network allows it.
    #[serde(default)]
    pub sender_id: Option<String>,
}

/// The method of a gateway's request.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
#[expect(missing_docs, reason = "each is HTTP's own word")]
pub enum SmsMethod {
    #[default]
    Post,
    Put,
    Get,
}

/// How a gateway's request is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SmsFormat {
    /// `application/json`.
    #[default]
    Json,
    /// `application/x-www-form-urlencoded`.
    Form,
}

impl SmsFormat {
    /// The body where none is set.
    #[must_use]
    pub const fn standard_body(self) -> &'static str {
        match self {
            Self::Json => r#"{"to":"{to}","text":"{text}"}"#,
            Self::Form => "to={to}&text={text}",
        }
    }
}

impl Sms {
    /// What is wrong with the settings, if anything.
    #[must_use]
    pub fn fault(&self) -> Option<&'static str> {
        let address = match (&self.url, &self.sns) {
            (Some(url), None) => Url::parse(url).ok(),
            (None, Some(sns)) => Some(sns.address()?),
            _ => return Some("sms needs either url, the address of a gateway, or a table sns"),
        };
        let Some(address) = address else { return Some("sms.url must be an address") };
        if !is_protected(&address) {
            return Some("sms: the address must be https; http only on this machine");
        }
        let body = self.body.as_deref().unwrap_or(self.format.standard_body());
        let is_json = serde_json::from_str::<serde_json::Value>(body).is_ok();
        let has_body = self.url.is_some() && self.method != SmsMethod::Get;
        if has_body && self.format == SmsFormat::Json && !is_json {
            return Some("sms.body must be JSON, with {to} and {text} inside strings");
        }
        let is_filled =
            |place: &str| body.contains(place) || self.url.as_deref().is_some_and(|url| url.contains(place));
        let is_whole = self.sns.is_some() || (is_filled("{to}") && is_filled("{text}"));
        (!is_whole).then_some("sms: {to} and {text} must both stand in body or url")
    }
}

impl Sns {
    /// Where requests go.
    #[must_use]
    pub fn address(&self) -> Option<Url> {
        let standard = || Url::parse(&format!("https://sns.{}.amazonaws.com/", self.region)).ok();
        self.endpoint.clone().or_else(standard)
    }
}

fn is_protected(address: &Url) -> bool {
    let is_here = match address.host() {
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    };
    address.scheme() == "https" || (address.scheme() == "http" && is_here)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(settings: &str) -> Option<&'static str> {
        use figment::Figment;
        use figment::providers::{Format as _, Toml};
        Figment::from(Toml::string(settings)).extract::<Sms>().unwrap().fault()
    }

    #[test]
    fn settings_that_cannot_work_are_refused() {
        let sns = "region = \"eu-central-1\"\naccess_key_id = \"a\"\nsecret_access_key = \"b\"";
        assert_eq!(fault("url = \"https://sms.example/send\""), None);
        assert_eq!(fault("url = \"http://127.0.0.1:9999/send\""), None);
        assert_eq!(fault("url = \"https://sms.example/send?to={to}&text={text}\"\nmethod = \"GET\""), None);
        assert_eq!(fault("url = \"https://sms.example\"\nformat = \"form\"\nbody = \"To={to}&Body={text}\""), None);
        assert_eq!(fault(&format!("[sns]\n{sns}")), None);
        for bad in [
            "",
            "url = \"sms.example\"",
            "url = \"http://sms.example/send\"",
            "url = \"file:///etc/passwd\"",
            "url = \"https://sms.example\"\nbody = \"to={to}&text={text}\"",
            "url = \"https://sms.example\"\nbody = '{\"to\": \"{to}\"}'",
            &format!("url = \"https://sms.example\"\n[sns]\n{sns}"),
            &format!("[sns]\n{sns}\nendpoint = \"http://sns.example\""),
        ] {
            assert!(fault(bad).is_some(), "{bad}");
        }
    }
}
