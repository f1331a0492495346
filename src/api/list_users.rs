//! Owns the list of a pool's users: filter, chosen attributes, pages.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use super::constraints::{ATTRIBUTE_NAME, PAGINATION_KEY, USER_FILTER};
use super::named;
use super::operation::{Access, Caller, Entry, Operation};
use super::page::{Page, page_size};
use super::wire::UserType;
use crate::auth::user_list;
use crate::crypto::digest::sha256_base64url;
use crate::cx::{Cx, PoolEntry};
use crate::domain::user_filter::UserFilter;
use crate::error::Error;

/// The family's table.
pub const OPERATIONS: &[Entry] = &[Entry::of::<ListUsers>()];

/// Lists the users of a pool.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ListUsers {
    user_pool_id: Option<String>,
    attributes_to_get: Option<Vec<String>>,
    limit: Option<i64>,
    pagination_token: Option<String>,
    filter: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ListUsersOutput {
    users: Vec<UserType>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pagination_token: Option<String>,
}

impl Operation for ListUsers {
    const NAME: &'static str = "ListUsers";
    const ACCESS: Access = Access::Admin;
    type Output = ListUsersOutput;

    async fn run(self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        let limit = page_size("limit", self.limit)?;
        let text = USER_FILTER.optional("filter", self.filter)?.unwrap_or_default();
        let filter = UserFilter::parse(&text).map_err(Error::InvalidParameter)?;
        let token = PAGINATION_KEY.optional("paginationToken", self.pagination_token)?;
        let token = token.map(|token| place_of(&token, &text)).transpose()?;
        let wanted = self.attributes_to_get.filter(|names| !names.is_empty());
        for (index, name) in wanted.iter().flatten().enumerate() {
            ATTRIBUTE_NAME.check(&format!("attributesToGet.{}.member", index + 1), name)?;
        }
        let pool = named::pool(cx, self.user_pool_id).await?;
        check_known(&pool, wanted.as_deref().unwrap_or_default())?;
        let page = Page::of(token.unwrap_or_default(), limit);
        let listed = user_list::read(cx, &pool.pool.id, (filter.as_ref(), &page.after), page.wanted()).await?;
        let (listed, place) = page.cut(listed, |(_, place)| place.clone());
        let shown = |(user, _)| match &wanted {
            None => UserType::from(&user),
            Some(names) => UserType::with(&user, names),
        };
        Ok(ListUsersOutput {
            users: listed.into_iter().map(shown).collect(),
            pagination_token: place.map(|place| token_of(&place, &text)),
        })
    }
}

/// Refuses attributes that nobody in the pool can have.
fn check_known(pool: &PoolEntry, names: &[String]) -> Result<(), Error> {
    let is_known = |name: &String| name == "identities" || pool.pool.schema_of(name).is_some();
    if names.iter().all(is_known) {
        return Ok(());
    }
    Err(Error::InvalidParameter("One or more requested attributes do not exist.".to_owned()))
}

/// The token of the page after `place` in the list under `filter`.
fn token_of(place: &str, filter: &str) -> String {
    URL_SAFE_NO_PAD.encode(format!("{} {place}", print_of(filter)))
}

/// The place that a token names, which must come from a list under the same filter.
fn place_of(token: &str, filter: &str) -> Result<String, Error> {
    let text = URL_SAFE_NO_PAD.decode(token).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let place = text.as_deref().and_then(|text| text.strip_prefix(&print_of(filter))?.strip_prefix(' '));
    let is_whole = |place: &&str| !place.contains('\0');
    let place = place.filter(is_whole).map(str::to_owned);
    place.ok_or_else(|| Error::InvalidParameter("Paging Marker is Invalid for Request".to_owned()))
}

fn print_of(filter: &str) -> String {
    sha256_base64url(filter).chars().take(8).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_leads_on_only_in_the_list_that_gave_it() {
        let token = token_of("6a b", r#"email ^= "j""#);
        assert_eq!(place_of(&token, r#"email ^= "j""#).unwrap(), "6a b");
        assert!(place_of(&token, "").is_err());
        assert!(place_of("x", "").is_err());
        assert!(place_of(&URL_SAFE_NO_PAD.encode(format!("{} a\0", print_of(""))), "").is_err());
    }
}
