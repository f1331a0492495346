//! Owns the operations on the tags of user pools.

use serde::Deserialize;

use super::constraints::{ARN, required};
use super::operation::{Access, Caller, Entry, Operation};
use super::pools::change_pool;
use super::wire::Empty;
use super::wire::tags::{Tagging, TagsOutput, Untagging, arn_of, tags_from};
use crate::cx::Cx;
use crate::domain::ids::PoolId;
use crate::error::{Error, Thing};

/// The family's table.
pub const OPERATIONS: &[Entry] =
    &[Entry::of::<TagResource>(), Entry::of::<UntagResource>(), Entry::of::<ListTagsForResource>()];

/// Adds tags to a pool, or gives known ones other values.
#[derive(Deserialize)]
#[serde(transparent)]
struct TagResource(Tagging);

impl Operation for TagResource {
    const NAME: &'static str = "TagResource";
    const ACCESS: Access = Access::Admin;
    type Output = Empty;

    async fn run(self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        let given = tags_from("tags", Some(required("tags", self.0.tags)?))?;
        let pool = pool_of(cx, self.0.resource_arn).await?;
        change_pool(cx, &pool, move |pool| {
            let mut tags = pool.settings.tags.clone();
            tags.extend(given);
            pool.settings.tags = tags_from("tags", Some(tags))?;
            Ok(())
        })
        .await?;
        Ok(Empty {})
    }
}

/// Takes tags away from a pool.
#[derive(Deserialize)]
#[serde(transparent)]
struct UntagResource(Untagging);

impl Operation for UntagResource {
    const NAME: &'static str = "UntagResource";
    const ACCESS: Access = Access::Admin;
    type Output = Empty;

    async fn run(mut self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        let keys = self.0.keys()?;
        let pool = pool_of(cx, self.0.resource_arn).await?;
        change_pool(cx, &pool, move |pool| {
            pool.settings.tags.retain(|key, _| !keys.contains(key));
            Ok(())
        })
        .await?;
        Ok(Empty {})
    }
}

/// Lists the tags of a pool.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ListTagsForResource {
    resource_arn: Option<String>,
}

impl Operation for ListTagsForResource {
    const NAME: &'static str = "ListTagsForResource";
    const ACCESS: Access = Access::Admin;
    type Output = TagsOutput;

    async fn run(self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        let pool = pool_of(cx, self.resource_arn).await?;
        Ok(TagsOutput { tags: cx.pool(&pool).await?.pool.settings.tags.clone() })
    }
}

/// The pool that an ARN names.
async fn pool_of(cx: &Cx, arn: Option<String>) -> Result<PoolId, Error> {
    let arn = ARN.required("resourceArn", arn)?;
    let parts: Vec<_> = arn.splitn(6, ':').collect();
    let name = match parts[..] {
        [_, _, "cognito-idp", _, _, resource] => resource.strip_prefix("userpool/"),
        _ => None,
    };
    let name = name.ok_or_else(|| Error::InvalidParameter(format!("Invalid user pool ARN: {arn}")))?;
    let id = cx.pool_named(name).await?.pool.id.clone();
    if arn_of(&id, &cx.config.account_id) == arn { Ok(id) } else { Err(Error::NotFound(Thing::Pool(name.to_owned()))) }
}
