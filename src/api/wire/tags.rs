//! Owns the tags of a pool on the wire, and the name by which they are asked for.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::api::constraints::{TAG_KEY, TAG_VALUE, check_length, required};
use crate::domain::ids::PoolId;
use crate::error::Error;

/// Tags to add to what an ARN names.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Tagging {
    /// What is tagged.
    pub resource_arn: Option<String>,
    /// The tags.
    pub tags: Option<BTreeMap<String, String>>,
}

/// Tags to take away from what an ARN names.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Untagging {
    /// What is tagged.
    pub resource_arn: Option<String>,
    tag_keys: Option<Vec<String>>,
}

impl Untagging {
    /// The keys of the tags.
    ///
    /// # Errors
    /// A broken constraint.
    pub fn keys(&mut self) -> Result<Vec<String>, Error> {
        let keys = required("tagKeys", self.tag_keys.take())?;
        keys.iter().try_for_each(|key| TAG_KEY.check("tagKeys", key))?;
        Ok(keys)
    }
}

/// The tags of what an ARN names.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct TagsOutput {
    /// The tags.
    pub tags: BTreeMap<String, String>,
}

/// Tags, where `member` holds them.
///
/// # Errors
/// A broken constraint, too many, or a key that AWS keeps for itself.
pub fn tags_from(member: &str, given: Option<BTreeMap<String, String>>) -> Result<BTreeMap<String, String>, Error> {
    let tags = given.unwrap_or_default();
    check_length(member, &tags, (0, 50))?;
    for (key, value) in &tags {
        TAG_KEY.check(member, key)?;
        TAG_VALUE.check(member, value)?;
        if key.to_ascii_lowercase().starts_with("aws:") {
            return Err(Error::InvalidParameter(format!("Tag keys must not start with aws: {key}")));
        }
    }
    Ok(tags)
}

/// The pool's Amazon Resource Name.
#[must_use]
pub fn arn_of(id: &PoolId, account_id: &str) -> String {
    format!("arn:aws:cognito-idp:{}:{account_id}:userpool/{id}", id.region())
}
