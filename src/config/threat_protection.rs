//! Owns the settings of threat protection.

use std::path::PathBuf;

use serde::Deserialize;

/// Settings of threat protection.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ThreatProtection {
    /// A file of SHA-1 hashes of passwords that are known from breaches, sorted lines `HASH:COUNT`; a list of the
    /// commonest passwords unless set.
    pub compromised_passwords: Option<PathBuf>,
}
