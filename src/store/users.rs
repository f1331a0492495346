//! Owns the table of users and the names that lead to them.

use sqlx::any::AnyRow;

use super::{
    Db, codes, document, earlier_passwords, groups, moment, number, optional_number, optional_text, text, to_document,
    user_search,
};
use crate::clock::Timestamp;
use crate::domain::attribute::Attributes;
use crate::domain::code::CodePurpose;
use crate::domain::group::Membership;
use crate::domain::ids::{PoolId, Sub};
use crate::domain::user::{Credential, User, UserStatus};
use crate::error::Error;

const INSERT: &str = "INSERT INTO users (pool_id, sub, username, username_key, status, enabled, attributes, password_hash, \
     sealed_srp_verifier, password_expires_at, created_at, modified_at, signed_out_at) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) ON CONFLICT DO NOTHING";
const BY_SUB: &str = "SELECT pool_id, sub, username, status, enabled, attributes, password_hash, sealed_srp_verifier, \
     password_expires_at, created_at, modified_at, signed_out_at FROM users WHERE pool_id = $1 AND sub = $2";
const BY_LOGIN: &str = "SELECT pool_id, sub, username, status, enabled, attributes, password_hash, sealed_srp_verifier, \
     password_expires_at, created_at, modified_at, signed_out_at FROM users WHERE pool_id = $1 AND username_key = $2 \
     UNION ALL SELECT u.pool_id, u.sub, u.username, u.status, u.enabled, u.attributes, u.password_hash, \
     u.sealed_srp_verifier, u.password_expires_at, u.created_at, u.modified_at, u.signed_out_at \
     FROM logins AS l JOIN users AS u ON u.pool_id = l.pool_id AND u.sub = l.sub \
     WHERE l.pool_id = $1 AND l.value_key = $2 \
     UNION ALL SELECT pool_id, sub, username, status, enabled, attributes, password_hash, sealed_srp_verifier, \
     password_expires_at, created_at, modified_at, signed_out_at FROM users WHERE pool_id = $1 AND sub = $2";
const BEARER: &str = "SELECT u.pool_id, u.sub, u.username, u.status, u.enabled, u.attributes, u.password_hash, \
     u.sealed_srp_verifier, u.password_expires_at, u.created_at, u.modified_at, u.signed_out_at, \
     (SELECT id FROM families WHERE id = $3) AS family_id, \
     (SELECT id FROM families WHERE id || '' = $3 AND revoked_at IS NOT NULL) AS revoked_family \
     FROM users AS u WHERE u.pool_id = $1 AND u.sub = $2";
const OF_SESSION: &str = "SELECT u.pool_id, u.sub, u.username, u.status, u.enabled, u.attributes, u.password_hash, \
     u.sealed_srp_verifier, u.password_expires_at, u.created_at, u.modified_at, u.signed_out_at, \
     COALESCE(s.message_id, f.id) AS used_by, a.locked_until, \
     g.name AS group_name, g.precedence AS group_precedence, g.role_arn AS group_role_arn \
     FROM (SELECT 1 AS one) AS always \
     LEFT JOIN users AS u ON u.pool_id = $1 AND u.sub = $2 LEFT JOIN used_messages AS s ON s.message_id = $3 \
     LEFT JOIN attempts AS a ON a.subject = $4 LEFT JOIN families AS f ON f.id = $5 \
     LEFT JOIN group_members AS m ON m.pool_id = u.pool_id AND m.sub = u.sub \
     LEFT JOIN user_groups AS g ON g.pool_id = m.pool_id AND g.name = m.group_name";
const WITH_GROUPS: &str = "SELECT u.pool_id, u.sub, u.username, u.status, u.enabled, u.attributes, u.password_hash, \
     u.sealed_srp_verifier, u.password_expires_at, u.created_at, u.modified_at, u.signed_out_at, \
     g.name AS group_name, g.precedence AS group_precedence, g.role_arn AS group_role_arn FROM users AS u \
     LEFT JOIN group_members AS m ON m.pool_id = u.pool_id AND m.sub = u.sub \
     LEFT JOIN user_groups AS g ON g.pool_id = m.pool_id AND g.name = m.group_name \
     WHERE u.pool_id = $1 AND u.sub = $2";
const LOGIN_OWNER: &str = "SELECT sub FROM logins WHERE pool_id = $1 AND value_key = $2";
const ADD_LOGIN: &str =
    "INSERT INTO logins (pool_id, value_key, attribute, sub) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";
const REMOVE_LOGIN: &str = "DELETE FROM logins WHERE pool_id = $1 AND sub = $2 AND attribute = $3";
const SET_PASSWORD: &str = "UPDATE users SET password_hash = $3, sealed_srp_verifier = $4, password_expires_at = $5, \
     status = $6, modified_at = $7 WHERE pool_id = $1 AND sub = $2 AND status = $8";
const REPLACE_HASH: &str = "UPDATE users SET password_hash = $3, sealed_srp_verifier = $4 \
     WHERE pool_id = $1 AND sub = $2 AND password_hash = $5";
const TAKE_PASSWORD: &str = "UPDATE users SET password_hash = $3, sealed_srp_verifier = NULL, password_expires_at = NULL, \
     modified_at = $4 WHERE pool_id = $1 AND sub = $2";
const SET_STATUS: &str =
    "UPDATE users SET status = $3, modified_at = $4 WHERE pool_id = $1 AND sub = $2 AND status = $5";
const SET_ENABLED: &str = "UPDATE users SET enabled = $3, modified_at = $4 WHERE pool_id = $1 AND sub = $2";
const SET_ATTRIBUTES: &str = "UPDATE users SET attributes = $3, modified_at = $4 \
     WHERE pool_id = $1 AND sub = $2 AND attributes = $5";
const SIGN_OUT: &str = "UPDATE users SET signed_out_at = $3 WHERE pool_id = $1 AND sub = $2";
const DELETE: &str = "DELETE FROM users WHERE pool_id = $1 AND sub = $2";

/// A user behind an access token, and what became of the token's family.
#[derive(Debug, Clone)]
pub struct Bearer {
    /// The user.
    pub user: User,
    /// Whether the family exists and is not revoked.
    pub has_live_family: bool,
}

/// What is known of a sign-in that somebody brings back.
#[derive(Debug, Clone)]
pub struct OfSession {
    /// The user, if there is one.
    pub user: Option<User>,
    /// The user's groups, in no order.
    pub memberships: Vec<Membership>,
    /// Whether the session was used up.
    pub is_used: bool,
    /// Until when the user is locked out: in the past when not, `None` without failures.
    pub locked_until: Option<Timestamp>,
}

/// Keeps a new user; `false` when the name is taken. `name_key` is the name in the form in which names are compared.
///
/// # Errors
/// When the database fails.
pub async fn insert(db: &mut Db, user: &User, name_key: &str) -> Result<bool, Error> {
    let credential = user.credential.as_ref();
    let done = sqlx::query(INSERT)
        .bind(user.pool_id.as_str())
        .bind(user.sub.as_str())
        .bind(&user.username)
        .bind(name_key)
        .bind(user.status.name())
        .bind(i64::from(user.is_enabled))
        .bind(to_document(&user.attributes)?)
        .bind(credential.map(|credential| credential.password_hash.clone()))
        .bind(credential.and_then(|credential| credential.sealed_srp_verifier.clone()))
        .bind(credential.and_then(|credential| credential.expires_at).map(|moment| moment.0))
        .bind(user.created_at.0)
        .bind(user.modified_at.0)
        .bind(user.signed_out_at.0)
        .execute(&mut *db)
        .await?;
    if done.rows_affected() == 0 {
        return Ok(false);
    }
    user_search::insert(db, user).await?;
    Ok(true)
}

/// The user of that `sub`.
///
/// # Errors
/// When the database fails.
pub async fn by_sub(db: &mut Db, pool: &PoolId, sub: &Sub) -> Result<Option<User>, Error> {
    let row = sqlx::query(BY_SUB).bind(pool.as_str()).bind(sub.as_str()).fetch_optional(db).await?;
    row.as_ref().map(read).transpose()
}

/// The user of a sign-in and their groups, with the state of its session and of the lock `subject`, in one read. The
/// session is used up when its message is, or when it earned a family.
///
/// # Errors
/// When the database fails.
pub async fn of_session(
    db: &mut Db,
    (pool, sub): (&PoolId, &Sub),
    (message_id, family, subject): (&str, &str, &str),
) -> Result<OfSession, Error> {
    let query = sqlx::query(OF_SESSION).bind(pool.as_str()).bind(sub.as_str());
    let rows = query.bind(message_id).bind(subject).bind(family).fetch_all(db).await?;
    let row = rows.first().ok_or_else(|| Error::internal("a read that always has a row had none"))?;
    let has_user = optional_text(row, "sub")?.is_some();
    Ok(OfSession {
        user: has_user.then(|| read(row)).transpose()?,
        memberships: groups::read_memberships(&rows)?,
        is_used: optional_text(row, "used_by")?.is_some(),
        locked_until: optional_number(row, "locked_until")?.map(Timestamp),
    })
}

/// The user of that `sub` with the groups, in no order, in one read.
///
/// # Errors
/// When the database fails.
pub async fn with_groups(db: &mut Db, pool: &PoolId, sub: &Sub) -> Result<Option<(User, Vec<Membership>)>, Error> {
    let rows = sqlx::query(WITH_GROUPS).bind(pool.as_str()).bind(sub.as_str()).fetch_all(db).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    Ok(Some((read(row)?, groups::read_memberships(&rows)?)))
}

/// The user to whom a name leads: a user name first, then an address or alias, then a `sub`.
///
/// # Errors
/// When the database fails.
pub async fn by_login(db: &mut Db, pool: &PoolId, name_key: &str) -> Result<Option<User>, Error> {
    // PostgreSQL's text holds no NUL: it would call the question malformed.
    if name_key.contains('\0') {
        return Ok(None);
    }
    let row = sqlx::query(BY_LOGIN).bind(pool.as_str()).bind(name_key).fetch_optional(db).await?;
    row.as_ref().map(read).transpose()
}

/// The user of an access token with the state of the token's family, in one read.
///
/// # Errors
/// When the database fails.
pub async fn bearer(db: &mut Db, pool: &PoolId, sub: &Sub, family: &str) -> Result<Option<Bearer>, Error> {
    let row = sqlx::query(BEARER).bind(pool.as_str()).bind(sub.as_str()).bind(family).fetch_optional(db).await?;
    row.map(|row| {
        let is_known = optional_text(&row, "family_id")?.is_some();
        let is_revoked = optional_text(&row, "revoked_family")?.is_some();
        Ok(Bearer { user: read(&row)?, has_live_family: is_known && !is_revoked })
    })
    .transpose()
}

/// Who owns an address or alias.
///
/// # Errors
/// When the database fails.
pub async fn login_owner(db: &mut Db, pool: &PoolId, value_key: &str) -> Result<Option<Sub>, Error> {
    let row = sqlx::query(LOGIN_OWNER).bind(pool.as_str()).bind(value_key).fetch_optional(db).await?;
    row.map(|row| text(&row, "sub").map(Sub)).transpose()
}

/// Lets `value_key` lead to a user; `false` when it leads to somebody else.
///
/// # Errors
/// When the database fails.
pub async fn add_login(db: &mut Db, user: &User, attribute: &str, value_key: &str) -> Result<bool, Error> {
    let done = sqlx::query(ADD_LOGIN)
        .bind(user.pool_id.as_str())
        .bind(value_key)
        .bind(attribute)
        .bind(user.sub.as_str())
        .execute(&mut *db)
        .await?;
    Ok(done.rows_affected() == 1 || login_owner(db, &user.pool_id, value_key).await?.as_ref() == Some(&user.sub))
}

/// Takes the names away that come from one attribute.
///
/// # Errors
/// When the database fails.
pub async fn remove_login(db: &mut Db, pool: &PoolId, sub: &Sub, attribute: &str) -> Result<(), Error> {
    sqlx::query(REMOVE_LOGIN).bind(pool.as_str()).bind(sub.as_str()).bind(attribute).execute(db).await?;
    Ok(())
}

/// A change of password: the new one, the status after it, and the status that the user must still have.
#[derive(Debug, Clone)]
pub struct PasswordChange {
    /// What to keep of the new password.
    pub credential: Credential,
    /// The status before; the change is refused when it is no longer this one.
    pub from: UserStatus,
    /// The status after.
    pub to: UserStatus,
    /// When.
    pub at: Timestamp,
    /// How many of the passwords that were replaced are remembered, this one included.
    pub remembered: i64,
}

/// Sets a password; `false` when the user's status is no longer the expected one.
///
/// # Errors
/// When the database fails.
pub async fn set_password(db: &mut Db, pool: &PoolId, sub: &Sub, change: &PasswordChange) -> Result<bool, Error> {
    earlier_passwords::remember(db, (pool, sub), change.remembered, change.at).await?;
    let done = sqlx::query(SET_PASSWORD)
        .bind(pool.as_str())
        .bind(sub.as_str())
        .bind(&change.credential.password_hash)
        .bind(&change.credential.sealed_srp_verifier)
        .bind(change.credential.expires_at.map(|moment| moment.0))
        .bind(change.to.name())
        .bind(change.at.0)
        .bind(change.from.name())
        .execute(db)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// Keeps another hash and verifier of the same password; `false` when the password is no longer the one behind `old`.
///
/// # Errors
/// When the database fails.
pub async fn replace_hash(db: &mut Db, user: &User, new: &Credential, old: &str) -> Result<bool, Error> {
    let done = sqlx::query(REPLACE_HASH)
        .bind(user.pool_id.as_str())
        .bind(user.sub.as_str())
        .bind(&new.password_hash)
        .bind(&new.sealed_srp_verifier)
        .bind(old)
        .execute(db)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// Takes a user's password away, and with it the code that would set another one.
///
/// # Errors
/// When the database fails.
pub async fn take_password(db: &mut Db, (pool, sub): (&PoolId, &Sub), at: Timestamp) -> Result<(), Error> {
    sqlx::query(TAKE_PASSWORD)
        .bind(pool.as_str())
        .bind(sub.as_str())
        .bind(Credential::taken_away().password_hash)
        .bind(at.0)
        .execute(&mut *db)
        .await?;
    let purpose = CodePurpose::ResetPassword;
    if let Some(code) = codes::find(db, pool, sub, purpose).await? {
        codes::take(db, pool, sub, purpose, &code.code_mac).await?;
    }
    Ok(())
}

/// Moves a user from one status to another; `false` when the status is no longer the expected one.
///
/// # Errors
/// When the database fails.
pub async fn move_status(db: &mut Db, user: &User, to: UserStatus, at: Timestamp) -> Result<bool, Error> {
    let done = sqlx::query(SET_STATUS)
        .bind(user.pool_id.as_str())
        .bind(user.sub.as_str())
        .bind(to.name())
        .bind(at.0)
        .bind(user.status.name())
        .execute(db)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// Switches a user on or off; `false` when there is none.
///
/// # Errors
/// When the database fails.
pub async fn set_enabled(db: &mut Db, user: &User, is_enabled: bool, at: Timestamp) -> Result<bool, Error> {
    let done = sqlx::query(SET_ENABLED)
        .bind(user.pool_id.as_str())
        .bind(user.sub.as_str())
        .bind(i64::from(is_enabled))
        .bind(at.0)
        .execute(db)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// Replaces a user's attributes; `false` when somebody changed them since `user` was read.
///
/// # Errors
/// When the database fails.
pub async fn set_attributes(db: &mut Db, user: &User, attributes: &Attributes, at: Timestamp) -> Result<bool, Error> {
    let done = sqlx::query(SET_ATTRIBUTES)
        .bind(user.pool_id.as_str())
        .bind(user.sub.as_str())
        .bind(to_document(attributes)?)
        .bind(at.0)
        .bind(to_document(&user.attributes)?)
        .execute(&mut *db)
        .await?;
    if done.rows_affected() == 0 {
        return Ok(false);
    }
    user_search::change(db, user, attributes).await?;
    Ok(true)
}

/// Declares every token issued up to `at` dead.
///
/// # Errors
/// When the database fails.
pub async fn sign_out(db: &mut Db, pool: &PoolId, sub: &Sub, at: Timestamp) -> Result<(), Error> {
    sqlx::query(SIGN_OUT).bind(pool.as_str()).bind(sub.as_str()).bind(at.0).execute(db).await?;
    Ok(())
}

/// Deletes a user with everything that leads to or comes from them.
///
/// # Errors
/// When the database fails.
pub async fn delete(db: &mut Db, pool: &PoolId, sub: &Sub) -> Result<(), Error> {
    sqlx::query(DELETE).bind(pool.as_str()).bind(sub.as_str()).execute(db).await?;
    Ok(())
}

/// Reads a user from a row that has all columns of the table.
pub(super) fn read(row: &AnyRow) -> Result<User, Error> {
    let credential = match optional_text(row, "password_hash")? {
        Some(password_hash) => Some(Credential {
            password_hash,
            sealed_srp_verifier: optional_text(row, "sealed_srp_verifier")?,
            expires_at: optional_number(row, "password_expires_at")?.map(Timestamp),
        }),
        None => None,
    };
    Ok(User {
        pool_id: PoolId::parse(&text(row, "pool_id")?).ok_or_else(|| Error::internal("a malformed pool id"))?,
        sub: Sub(text(row, "sub")?),
        username: text(row, "username")?,
        status: UserStatus::parse(&text(row, "status")?),
        is_enabled: number(row, "enabled")? == 1,
        attributes: document(row, "attributes")?,
        credential,
        created_at: moment(row, "created_at")?,
        modified_at: moment(row, "modified_at")?,
        signed_out_at: moment(row, "signed_out_at")?,
    })
}
