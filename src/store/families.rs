//! Owns the tables of token families and refresh tokens. Refresh tokens come here hashed. The first of a family stands in
//! the family's row, those that rotation gives out in rows of their own.

use sqlx::any::AnyRow;

use super::{Bound, Db, Statement, document, groups, moment, optional_number, text, to_document, users};
use crate::clock::Timestamp;
use crate::domain::group::Membership;
use crate::domain::ids::{ClientId, PoolId, Sub};
use crate::domain::token_family::{FamilyDetails, TokenFamily};
use crate::domain::user::User;
use crate::error::Error;

const INSERT: &str = "INSERT INTO families (id, pool_id, client_id, sub, auth_time, expires_at, revoked_at, doc, \
     first_token_hash) VALUES ($1, $2, $3, $4, $5, $6, NULL, $7, $8)";
const INSERT_EARNED: &str = "INSERT INTO families (id, pool_id, client_id, sub, auth_time, expires_at, revoked_at, doc, \
     first_token_hash) SELECT $1, $2, $3, $4, $5, $6, NULL, $7, $8 \
     WHERE NOT EXISTS (SELECT 1 FROM used_messages WHERE message_id = $9) \
     AND NOT EXISTS (SELECT 1 FROM attempts WHERE subject = $10 AND locked_until > $11) ON CONFLICT DO NOTHING";
const BY_TOKEN: &str = "SELECT u.pool_id, u.sub, u.username, u.status, u.enabled, u.attributes, u.password_hash, \
     u.sealed_srp_verifier, u.password_expires_at, u.created_at, u.modified_at, u.signed_out_at, \
     f.id AS family_id, f.client_id, f.auth_time, f.expires_at, f.revoked_at, f.doc, t.superseded_at, \
     g.name AS group_name, g.precedence AS group_precedence, g.role_arn AS group_role_arn \
     FROM (SELECT id AS family_id, first_superseded_at AS superseded_at FROM families WHERE first_token_hash = $1 \
     UNION ALL SELECT family_id, superseded_at FROM refresh_tokens WHERE token_hash = $1) AS t \
     JOIN families AS f ON f.id = t.family_id \
     JOIN users AS u ON u.pool_id = f.pool_id AND u.sub = f.sub \
     LEFT JOIN group_members AS m ON m.pool_id = u.pool_id AND m.sub = u.sub \
     LEFT JOIN user_groups AS g ON g.pool_id = m.pool_id AND g.name = m.group_name";
const ROTATE: &str = "INSERT INTO refresh_tokens (token_hash, family_id, superseded_at) \
     SELECT $1, id, NULL FROM families WHERE id = $2 AND revoked_at IS NULL";
const SUPERSEDE_FIRST: &str = "UPDATE families SET first_superseded_at = $3 \
     WHERE id = $1 AND first_token_hash = $2 AND first_superseded_at IS NULL";
const SUPERSEDE: &str = "UPDATE refresh_tokens SET superseded_at = $2 WHERE token_hash = $1 AND superseded_at IS NULL";
const DETAILS: &str = "SELECT doc FROM families WHERE id = $1";
const SET_DETAILS: &str = "UPDATE families SET doc = $2 WHERE id = $1 AND doc = $3";
const REVOKE: &str = "UPDATE families SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL";
const REVOKE_OF_USER: &str =
    "UPDATE families SET revoked_at = $3 WHERE pool_id = $1 AND sub = $2 AND revoked_at IS NULL";

/// A refresh token with its family and user.
#[derive(Debug, Clone)]
pub struct Refresh {
    /// The family.
    pub family: TokenFamily,
    /// The user, as now.
    pub user: User,
    /// The user's groups, in no order.
    pub memberships: Vec<Membership>,
    /// Whether the family is revoked.
    pub is_revoked: bool,
    /// When rotation replaced this token.
    pub superseded_at: Option<Timestamp>,
}

/// Keeps a new family and its first refresh token.
///
/// # Errors
/// When the database fails.
pub async fn insert(db: &mut Db, family: &TokenFamily, token_hash: &str) -> Result<(), Error> {
    bind(sqlx::query(INSERT), family, token_hash)?.execute(db).await?;
    Ok(())
}

/// What a family must have been earned by: a message that was not used, of somebody who is not locked.
#[derive(Debug, Clone, Copy)]
pub struct Earned<'a> {
    /// The message.
    pub message_id: &'a str,
    /// Whose failures lock.
    pub subject: &'a str,
    /// When.
    pub now: Timestamp,
}

/// Keeps a new family and its first refresh token if it was `earned`. It changes no row when it was not, or when there is
/// a family of that id: one that has the id of what it was earned by is earned once.
///
/// # Errors
/// When the details cannot be written.
pub fn insert_earned(family: &TokenFamily, token_hash: &str, earned: Earned<'_>) -> Result<Statement, Error> {
    let query = bind(sqlx::query(INSERT_EARNED), family, token_hash)?;
    Ok(Statement(query.bind(earned.message_id.to_owned()).bind(earned.subject.to_owned()).bind(earned.now.0)))
}

/// Gives `query` the values of a new family, the first eight.
fn bind(query: Bound, family: &TokenFamily, token_hash: &str) -> Result<Bound, Error> {
    Ok(query
        .bind(family.id.clone())
        .bind(family.pool_id.to_string())
        .bind(family.client_id.to_string())
        .bind(family.sub.to_string())
        .bind(family.auth_time.0)
        .bind(family.expires_at.0)
        .bind(to_document(&family.details)?)
        .bind(token_hash.to_owned()))
}

/// A refresh token by its hash, with its family, user and groups, in one read.
///
/// # Errors
/// When the database fails.
pub async fn by_token(db: &mut Db, token_hash: &str) -> Result<Option<Refresh>, Error> {
    let rows = sqlx::query(BY_TOKEN).bind(token_hash).fetch_all(db).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    read(row, groups::read_memberships(&rows)?).map(Some)
}

/// Replaces a refresh token of a family: the first replacement's moment stays, and `false` says that this was not it.
/// `None` when the family is revoked.
///
/// # Errors
/// When the database fails.
pub async fn rotate(
    db: &mut Db,
    family: &str,
    (old_hash, new_hash): (&str, &str),
    at: Timestamp,
) -> Result<Option<bool>, Error> {
    let done = sqlx::query(ROTATE).bind(new_hash).bind(family).execute(&mut *db).await?;
    if done.rows_affected() == 0 {
        return Ok(None);
    }
    let done = sqlx::query(SUPERSEDE).bind(old_hash).bind(at.0).execute(&mut *db).await?;
    if done.rows_affected() == 1 {
        return Ok(Some(true));
    }
    let done = sqlx::query(SUPERSEDE_FIRST).bind(family).bind(old_hash).bind(at.0).execute(db).await?;
    Ok(Some(done.rows_affected() == 1))
}

/// What the tokens of a family carry.
///
/// # Errors
/// When the database fails.
pub async fn details(db: &mut Db, family: &str) -> Result<Option<FamilyDetails>, Error> {
    let row = sqlx::query(DETAILS).bind(family).fetch_optional(db).await?;
    row.map(|row| document(&row, "doc")).transpose()
}

/// Notes that the device of a family was confirmed; nothing happens where the family has another one, or is gone.
///
/// # Errors
/// When the database fails.
pub async fn confirm_device(db: &mut Db, family: &str, key: &str) -> Result<(), Error> {
    let Some(row) = sqlx::query(DETAILS).bind(family).fetch_optional(&mut *db).await? else { return Ok(()) };
    let mut details: FamilyDetails = document(&row, "doc")?;
    let Some(device) = details.device.as_mut().filter(|device| device.key == key) else { return Ok(()) };
    device.is_confirmed = true;
    sqlx::query(SET_DETAILS).bind(family).bind(to_document(&details)?).bind(text(&row, "doc")?).execute(db).await?;
    Ok(())
}

/// Kills a family: none of its tokens works any more.
///
/// # Errors
/// When the database fails.
pub async fn revoke(db: &mut Db, family: &str, at: Timestamp) -> Result<(), Error> {
    sqlx::query(REVOKE).bind(family).bind(at.0).execute(db).await?;
    Ok(())
}

/// Kills every family of a user.
///
/// # Errors
/// When the database fails.
pub async fn revoke_of_user(db: &mut Db, pool: &PoolId, sub: &Sub, at: Timestamp) -> Result<(), Error> {
    sqlx::query(REVOKE_OF_USER).bind(pool.as_str()).bind(sub.as_str()).bind(at.0).execute(db).await?;
    Ok(())
}

fn read(row: &AnyRow, memberships: Vec<Membership>) -> Result<Refresh, Error> {
    let user = users::read(row)?;
    let client_id = ClientId::parse(&text(row, "client_id")?);
    Ok(Refresh {
        family: TokenFamily {
            id: text(row, "family_id")?,
            pool_id: user.pool_id.clone(),
            client_id: client_id.ok_or_else(|| Error::internal("a malformed client id in the database"))?,
            sub: user.sub.clone(),
            auth_time: moment(row, "auth_time")?,
            expires_at: moment(row, "expires_at")?,
            details: document(row, "doc")?,
        },
        user,
        memberships,
        is_revoked: optional_number(row, "revoked_at")?.is_some(),
        superseded_at: optional_number(row, "superseded_at")?.map(Timestamp),
    })
}
