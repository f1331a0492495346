//! Owns a pool's domains: their names, the hosts at which they answer, the version of the pages there.

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::domain::ids::PoolId;

/// Words that the prefix of a domain must not contain.
const RESERVED: [&str; 3] = ["aws", "amazon", "cognito"];
/// The end of every prefix domain.
const SUFFIX: &str = "amazoncognito.com";

/// A host at which a pool's pages and endpoints answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PoolDomain {
    /// The host, in lower case, without a port.
    pub host: String,
    /// The pool.
    pub pool_id: PoolId,
    /// Whether the name is the operator's own.
    pub is_custom: bool,
    /// When it was made or last changed.
    pub modified_at: Timestamp,
    /// What else its maker can set.
    pub settings: DomainSettings,
}

/// What a domain's maker can set.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct DomainSettings {
    /// 1 for the classic pages, 2 for managed login.
    pub managed_login_version: i64,
    /// The certificate that was named for a custom domain; whoever does TLS before this server has the real one.
    pub certificate_arn: Option<String>,
    /// The TLS policy that was named for it.
    pub security_policy: Option<String>,
}

impl PoolDomain {
    /// The name under which the API knows it: the prefix, or the whole custom name.
    #[must_use]
    pub fn name(&self) -> &str {
        if self.is_custom { &self.host } else { self.host.split('.').next().unwrap_or_default() }
    }

    /// Whether managed login's pages are shown.
    #[must_use]
    pub const fn has_managed_login(&self) -> bool {
        self.settings.managed_login_version == 2
    }
}

/// The host of a prefix domain in `region`.
#[must_use]
pub fn prefix_host(prefix: &str, region: &str) -> String {
    format!("{prefix}.auth.{region}.{SUFFIX}")
}

/// The reserved word that a prefix contains, if it does.
#[must_use]
pub fn reserved_word(prefix: &str) -> Option<&'static str> {
    RESERVED.into_iter().find(|word| prefix.contains(word))
}

/// Whether `name` can be a domain of an operator's own: at least two labels of lower-case letters, digits and hyphens
/// (RFC 1035 §2.3.1), none of the service's names.
#[must_use]
pub fn is_custom_name(name: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
    };
    let is_number = name.rsplit('.').next().is_some_and(|last| last.bytes().all(|byte| byte.is_ascii_digit()));
    let is_ours = name == SUFFIX || name.ends_with(&format!(".{SUFFIX}"));
    name.contains('.') && name.split('.').all(is_label) && !is_number && !is_ours
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn custom_names_are_names_of_hosts() {
        for good in ["auth.example.com", "a.b", "auth-1.example.localhost"] {
            assert!(is_custom_name(good), "{good}");
        }
        for bad in [
            "",
            "auth",
            "auth.",
            ".com",
            "Auth.example.com",
            "-a.b",
            "a_b.c",
            "127.0.0.1",
            "x.amazoncognito.com",
            "a b.c",
        ] {
            assert!(!is_custom_name(bad), "{bad}");
        }
    }

    #[test]
    fn a_prefix_domain_is_named_by_its_prefix() {
        let domain = PoolDomain {
            host: prefix_host("meadow", "eu-west-1"),
            pool_id: PoolId::parse("eu-west-1_AbCdEf123").unwrap(),
            is_custom: false,
            modified_at: Timestamp(0),
            settings: DomainSettings::default(),
        };
        assert_eq!((domain.host.as_str(), domain.name()), ("meadow.auth.eu-west-1.amazoncognito.com", "meadow"));
        assert_eq!(reserved_word("my-cognito"), Some("cognito"));
    }
}
