//! Owns the identifiers: parsed once at the edge, trusted afterwards.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A user pool's id, `us-east-1_AbCdEf123`: pattern `[\w-]+_[0-9a-zA-Z]+`, 1–55 characters (API model, UserPoolIdType).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PoolId(String);

impl PoolId {
    /// Reads a pool id; `None` when it does not fit the pattern.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (region, name) = text.rsplit_once('_')?;
        let is_region =
            !region.is_empty() && region.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
        let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric());
        (is_region && is_name && text.len() <= 55).then(|| Self(text.to_owned()))
    }

    /// The part before the first underscore, an AWS region's name.
    #[must_use]
    pub fn region(&self) -> &str {
        self.0.split_once('_').map_or("", |(region, _)| region)
    }

    /// The part after the first underscore, the pool name of SRP.
    #[must_use]
    pub fn name(&self) -> &str {
        self.0.split_once('_').map_or("", |(_, name)| name)
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PoolId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// An app client's id: pattern `[\w+]+`, 1–128 characters; ours are 26 of `[a-z0-9]`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ClientId(String);

impl ClientId {
    /// Reads a client id; `None` when it does not fit the pattern.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let fits = (1..=128).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_+".contains(&byte));
        fits.then(|| Self(text.to_owned()))
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ClientId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// A user's `sub`: the immutable id, shaped like a UUID.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Sub(pub String);

impl Sub {
    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Sub {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pool_id_has_a_region_and_a_name() {
        let id = PoolId::parse("us-east-1_AbCdEf123").unwrap();
        assert_eq!((id.region(), id.name()), ("us-east-1", "AbCdEf123"));
    }

    #[test]
    fn malformed_ids_are_refused() {
        for text in ["", "_", "us-east-1", "us-east-1_", "us-east-1_a-b", "us east_1", "a_é"] {
            assert!(PoolId::parse(text).is_none(), "{text}");
        }
        for text in ["", "a-b", "a b", "é"] {
            assert!(ClientId::parse(text).is_none(), "{text}");
        }
    }
}
