//! Owns the tags of a pool on the wire, and the name by which they are asked for.

use std::collections::BTreeMap;

use crate::api::constraints::{TAG_KEY, TAG_VALUE, check_length};
use crate::domain::ids::PoolId;
use crate::error::Error;

/// Tags, where `member` holds them.
///
/// # Errors
/// A broken constraint, too many, or a key that AWS keeps for itself.
pub fn tags_from(member: &str, given: Option<BTreeMap<String, String>>) -> Result<BTreeMap<String, String>, Error> {
    let tags = given.unwrap_or_default();
    check_length(member, tags.len(), (0, 50))?;
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
