//! Owns which query serves which filter of a list of users.

use crate::cx::Cx;
use crate::domain::ids::PoolId;
use crate::domain::user::UserStatus;
use crate::domain::user_filter::{Field, UserFilter};
use crate::error::Error;
use crate::store::Db;
use crate::store::user_search::{self, Listed, Part};

/// Between the group of users and the place in it, where a list is several groups one after the other.
const BETWEEN: char = '/';

/// At most `limit` users who meet the filter, after a place in their list.
///
/// # Errors
/// When the database fails.
pub async fn read(
    cx: &Cx,
    pool: &PoolId,
    (filter, after): (Option<&UserFilter>, &str),
    limit: i64,
) -> Result<Vec<Listed>, Error> {
    let mut db = cx.store.read().await?;
    let part = Part { pool, after, limit };
    let Some(filter) = filter else { return user_search::all(&mut db, part).await };
    // No text of a user holds a NUL, and PostgreSQL would call the question malformed.
    if filter.value.contains('\0') {
        return Ok(Vec::new());
    }
    let value = (filter.value.as_str(), filter.is_prefix);
    let mut listed = match filter.field {
        Field::Username => user_search::by_username(&mut db, part, value).await?,
        Field::Attribute(name) => user_search::by_attribute(&mut db, part, (name, value)).await?,
        Field::Sub => user_search::by_sub(&mut db, part, &filter.value).await?,
        Field::Status | Field::Enabled => return in_groups(&mut db, part, filter).await,
    };
    listed.retain(|(user, _)| match filter.field {
        Field::Username => filter.is_met_by(&user.username),
        Field::Attribute(name) => user.attribute(name).is_some_and(|value| filter.is_met_by(value)),
        _ => filter.is_met_by(user.sub.as_str()),
    });
    Ok(listed)
}

/// A state that users share.
#[derive(Clone, Copy)]
enum Shared {
    Status(UserStatus),
    Enabled(bool),
}

/// Users of every state that meets the filter, one state after the other.
async fn in_groups(db: &mut Db, part: Part<'_>, filter: &UserFilter) -> Result<Vec<Listed>, Error> {
    let groups = groups(filter);
    let (first, mut after) = match part.after.split_once(BETWEEN) {
        Some((index, after)) => (index.parse().unwrap_or(groups.len()), after),
        None => (0, ""),
    };
    let mut listed: Vec<Listed> = Vec::new();
    for (index, group) in groups.into_iter().enumerate().skip(first) {
        let left = part.limit - i64::try_from(listed.len()).unwrap_or(part.limit);
        if left <= 0 {
            break;
        }
        let here = Part { after, limit: left, ..part };
        let found = match group {
            Shared::Status(status) => user_search::by_status(db, here, status).await?,
            Shared::Enabled(is_enabled) => user_search::by_enabled(db, here, is_enabled).await?,
        };
        listed.extend(found.into_iter().map(|(user, place)| (user, format!("{index}{BETWEEN}{place}"))));
        after = "";
    }
    Ok(listed)
}

fn groups(filter: &UserFilter) -> Vec<Shared> {
    if filter.field == Field::Enabled {
        let states = [("Enabled", true), ("Disabled", false)];
        let met = states.into_iter().filter(|(name, _)| filter.is_met_by(name));
        return met.map(|(_, is_enabled)| Shared::Enabled(is_enabled)).collect();
    }
    let any_case = UserFilter { value: filter.value.to_uppercase(), ..filter.clone() };
    UserStatus::all().filter(|status| any_case.is_met_by(status.name())).map(Shared::Status).collect()
}
