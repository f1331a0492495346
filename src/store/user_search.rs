//! Owns the table by which lists of users are searched, and the lists. It must not know who asks, or the grammar of
//! a filter. The functions of [`super::users`] that write users keep the table.

use sqlx::Row as _;
use sqlx::any::AnyRow;

use super::{Db, settings, text, users};
use crate::domain::attribute::Attributes;
use crate::domain::ids::PoolId;
use crate::domain::user::{User, UserStatus};
use crate::domain::user_filter::SEARCHED;
use crate::error::Error;

/// Bytes of a value that are searched. A filter is not longer, so what is cut off only ever tells equal starts apart.
const SEARCHED_BYTES: usize = 256;
/// The name in the table under which the user name is searched.
const USERNAME: &str = "username";
/// The fact that users of earlier versions are in the table.
const COMPLETE: &str = "user_search_is_complete";

const INSERT: &str =
    "INSERT INTO user_search (pool_id, attribute, value_key, sub) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";
const DELETE: &str = "DELETE FROM user_search WHERE pool_id = $1 AND attribute = $2 AND value_key = $3 AND sub = $4";
const ALL: &str = "SELECT pool_id, sub, username, status, enabled, attributes, password_hash, sealed_srp_verifier, \
     password_expires_at, created_at, modified_at, signed_out_at FROM users \
     WHERE pool_id = $1 AND sub > $2 ORDER BY sub LIMIT $3";
const BY_SUB: &str = "SELECT pool_id, sub, username, status, enabled, attributes, password_hash, sealed_srp_verifier, \
     password_expires_at, created_at, modified_at, signed_out_at FROM users \
     WHERE pool_id = $1 AND sub >= $4 AND sub < $5 AND sub > $2 ORDER BY sub LIMIT $3";
const BY_STATUS: &str = "SELECT pool_id, sub, username, status, enabled, attributes, password_hash, \
     sealed_srp_verifier, password_expires_at, created_at, modified_at, signed_out_at FROM users \
     WHERE pool_id = $1 AND status = $4 AND sub > $2 ORDER BY sub LIMIT $3";
const BY_ENABLED: &str = "SELECT pool_id, sub, username, status, enabled, attributes, password_hash, \
     sealed_srp_verifier, password_expires_at, created_at, modified_at, signed_out_at FROM users \
     WHERE pool_id = $1 AND enabled = $4 AND sub > $2 ORDER BY sub LIMIT $3";
const BY_VALUE: &str = "SELECT u.pool_id, u.sub, u.username, u.status, u.enabled, u.attributes, u.password_hash, \
     u.sealed_srp_verifier, u.password_expires_at, u.created_at, u.modified_at, u.signed_out_at, s.value_key \
     FROM user_search AS s JOIN users AS u ON u.pool_id = s.pool_id AND u.sub = s.sub \
     WHERE s.pool_id = $1 AND s.attribute = $2 AND s.value_key >= $3 AND s.value_key < $4 \
     AND (s.value_key, s.sub) > ($5, $6) ORDER BY s.value_key, s.sub LIMIT $7";
const EVERYBODY: &str = "SELECT pool_id, sub, username, status, enabled, attributes, password_hash, \
     sealed_srp_verifier, password_expires_at, created_at, modified_at, signed_out_at FROM users \
     WHERE (pool_id, sub) > ($1, $2) ORDER BY pool_id, sub LIMIT $3";

/// A part of a list: what comes after a place in it, and how many.
#[derive(Debug, Clone, Copy)]
pub struct Part<'a> {
    /// The pool.
    pub pool: &'a PoolId,
    /// The place of the last user that was given; empty for the first part.
    pub after: &'a str,
    /// How many to read.
    pub limit: i64,
}

/// A listed user and the place in the list.
pub type Listed = (User, String);

/// All users.
///
/// # Errors
/// When the database fails.
pub async fn all(db: &mut Db, part: Part<'_>) -> Result<Vec<Listed>, Error> {
    let query = sqlx::query(ALL).bind(part.pool.as_str()).bind(part.after).bind(part.limit);
    query.fetch_all(db).await?.iter().map(by_its_sub).collect()
}

/// Users whose `sub` begins with `start`.
///
/// # Errors
/// When the database fails.
pub async fn by_sub(db: &mut Db, part: Part<'_>, start: &str) -> Result<Vec<Listed>, Error> {
    let query = sqlx::query(BY_SUB).bind(part.pool.as_str()).bind(part.after).bind(part.limit);
    let query = query.bind(start).bind(format!("{start}g"));
    query.fetch_all(db).await?.iter().map(by_its_sub).collect()
}

/// Users of a status.
///
/// # Errors
/// When the database fails.
pub async fn by_status(db: &mut Db, part: Part<'_>, status: UserStatus) -> Result<Vec<Listed>, Error> {
    let query = sqlx::query(BY_STATUS).bind(part.pool.as_str()).bind(part.after).bind(part.limit);
    query.bind(status.name()).fetch_all(db).await?.iter().map(by_its_sub).collect()
}

/// Users who are switched on, or off.
///
/// # Errors
/// When the database fails.
pub async fn by_enabled(db: &mut Db, part: Part<'_>, is_enabled: bool) -> Result<Vec<Listed>, Error> {
    let query = sqlx::query(BY_ENABLED).bind(part.pool.as_str()).bind(part.after).bind(part.limit);
    query.bind(i64::from(is_enabled)).fetch_all(db).await?.iter().map(by_its_sub).collect()
}

/// Users whose name is `value` or, as a prefix, begins with it.
///
/// # Errors
/// When the database fails.
pub async fn by_username(db: &mut Db, part: Part<'_>, value: (&str, bool)) -> Result<Vec<Listed>, Error> {
    by_attribute(db, part, (USERNAME, value)).await
}

/// Users whose attribute, one of [`SEARCHED`], is `value` or, as a prefix, begins with it.
///
/// # Errors
/// When the database fails.
pub async fn by_attribute(
    db: &mut Db,
    part: Part<'_>,
    (attribute, (value, is_prefix)): (&str, (&str, bool)),
) -> Result<Vec<Listed>, Error> {
    let first = key(value);
    // Hexadecimal digits end before g; and nothing stands between a key and itself with a digit more.
    let behind_last = format!("{first}{}", if is_prefix { 'g' } else { '0' });
    let (after_key, after_sub) = part.after.split_once(' ').unwrap_or((&first, ""));
    let rows = sqlx::query(BY_VALUE)
        .bind(part.pool.as_str())
        .bind(attribute)
        .bind(&first)
        .bind(&behind_last)
        .bind(after_key)
        .bind(after_sub)
        .bind(part.limit)
        .fetch_all(db)
        .await?;
    let read = |row: &AnyRow| {
        let user = users::read(row)?;
        let place = format!("{} {}", text(row, "value_key")?, user.sub);
        Ok((user, place))
    };
    rows.iter().map(read).collect()
}

/// Puts a new user into the table.
///
/// # Errors
/// When the database fails.
pub(super) async fn insert(db: &mut Db, user: &User) -> Result<(), Error> {
    put(db, user, (USERNAME, &user.username)).await?;
    for (attribute, value) in searched(&user.attributes) {
        put(db, user, (attribute, value)).await?;
    }
    Ok(())
}

/// Follows a change from the user's attributes to `attributes`.
///
/// # Errors
/// When the database fails.
pub(super) async fn change(db: &mut Db, user: &User, attributes: &Attributes) -> Result<(), Error> {
    for (attribute, value) in searched(&user.attributes) {
        if attributes.get(attribute).map(String::as_str) != Some(value) {
            let query = sqlx::query(DELETE).bind(user.pool_id.as_str()).bind(attribute).bind(key(value));
            query.bind(user.sub.as_str()).execute(&mut *db).await?;
        }
    }
    for (attribute, value) in searched(attributes) {
        if user.attribute(attribute) != Some(value) {
            put(db, user, (attribute, value)).await?;
        }
    }
    Ok(())
}

/// Puts users of earlier versions into the table, `limit` of them after `place`; `None` when all are there.
///
/// # Errors
/// When the database fails.
pub async fn complete(db: &mut Db, place: (String, String), limit: i64) -> Result<Option<(String, String)>, Error> {
    if settings::fact(db, COMPLETE).await?.is_some() {
        return Ok(None);
    }
    let rows = sqlx::query(EVERYBODY).bind(place.0).bind(place.1).bind(limit).fetch_all(&mut *db).await?;
    for row in &rows {
        insert(db, &users::read(row)?).await?;
    }
    let Some(last) = rows.last() else {
        settings::set_fact(db, COMPLETE, "1").await?;
        return Ok(None);
    };
    Ok(Some((last.try_get("pool_id")?, last.try_get("sub")?)))
}

async fn put(db: &mut Db, user: &User, (attribute, value): (&str, &str)) -> Result<(), Error> {
    let query = sqlx::query(INSERT).bind(user.pool_id.as_str()).bind(attribute).bind(key(value));
    query.bind(user.sub.as_str()).execute(db).await?;
    Ok(())
}

fn searched(attributes: &Attributes) -> impl Iterator<Item = (&'static str, &str)> {
    SEARCHED.iter().filter_map(|name| {
        let value = attributes.get(*name).filter(|value| !value.is_empty())?;
        Some((*name, value.as_str()))
    })
}

fn key(value: &str) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let bytes = value.as_bytes().iter().take(SEARCHED_BYTES);
    bytes.flat_map(|byte| [byte >> 4, byte & 15]).map(|half| char::from(DIGITS[usize::from(half)])).collect()
}

fn by_its_sub(row: &AnyRow) -> Result<Listed, Error> {
    let user = users::read(row)?;
    let place = user.sub.0.clone();
    Ok((user, place))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_begins_as_its_value_does() {
        assert_eq!(key("Az é"), "417a20c3a9");
        assert!(key("jane@example.com").starts_with(&key("jane")));
        assert_eq!(key(&"x".repeat(2000)).len(), 2 * SEARCHED_BYTES);
    }
}
