//! Owns the operations on the tags of identity pools.

use serde::Deserialize;

use super::constraints::ARN_STRING;
use super::wire::checked_tags;
use crate::api::constraints::required;
use crate::api::operation::{Access, Caller, Entry, Operation};
use crate::api::wire::Empty;
use crate::api::wire::tags::{Tagging, TagsOutput, Untagging};
use crate::cx::Cx;
use crate::domain::identity_pool::RegionalId;
use crate::error::{Error, Thing};
use crate::{identity, store};

/// The family's table.
pub const OPERATIONS: &[Entry] =
    &[Entry::of::<TagResource>(), Entry::of::<UntagResource>(), Entry::of::<ListTagsForResource>()];

/// The pool that an ARN names, which must exist.
async fn pool(cx: &Cx, arn: Option<String>) -> Result<RegionalId, Error> {
    let arn = ARN_STRING.required("resourceArn", arn)?;
    let parts: Vec<_> = arn.splitn(6, ':').collect();
    let named = match parts[..] {
        [_, _, "cognito-identity", region, account, resource] => {
            let id = resource.strip_prefix("identitypool/").and_then(RegionalId::parse);
            id.map(|id| (region == id.region() && account == cx.config.account_id, id))
        }
        _ => None,
    };
    let (is_ours, id) = named.ok_or_else(|| Error::InvalidParameter(format!("Invalid resource ARN {arn}")))?;
    identity::pool(&mut *cx.store.read().await?, &id).await?;
    if is_ours { Ok(id) } else { Err(gone(&id)) }
}

/// A foreign key that fails says that the pool went meanwhile.
fn gone(id: &RegionalId) -> Error {
    Error::NotFound(Thing::IdentityPool(id.to_string()))
}

/// Adds tags.
#[derive(Deserialize)]
#[serde(transparent)]
struct TagResource(Tagging);

impl Operation for TagResource {
    const NAME: &'static str = "TagResource";
    const ACCESS: Access = Access::Admin;
    type Output = Empty;

    async fn run(self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        let tags = checked_tags("tags", required("tags", self.0.tags)?)?;
        let id = pool(cx, self.0.resource_arn).await?;
        cx.store
            .write(move |db| {
                Box::pin(async move {
                    if store::identity_pools::by_id(db, &id).await?.is_none() {
                        return Err(gone(&id));
                    }
                    store::identity_pools::set_tags(db, &id, &tags).await
                })
            })
            .await?;
        Ok(Empty {})
    }
}

/// Takes tags away.
#[derive(Deserialize)]
#[serde(transparent)]
struct UntagResource(Untagging);

impl Operation for UntagResource {
    const NAME: &'static str = "UntagResource";
    const ACCESS: Access = Access::Admin;
    type Output = Empty;

    async fn run(mut self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        let names = self.0.keys()?;
        let id = pool(cx, self.0.resource_arn).await?;
        cx.store
            .write(move |db| Box::pin(async move { store::identity_pools::delete_tags(db, &id, &names).await }))
            .await?;
        Ok(Empty {})
    }
}

/// Lists tags.
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
        let id = pool(cx, self.resource_arn).await?;
        let tags = store::identity_pools::tags(&mut *cx.store.read().await?, &id).await?;
        Ok(TagsOutput { tags })
    }
}
