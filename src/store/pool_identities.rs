//! Owns the tables of the identities in identity pools and of the logins that they hold.

use sqlx::any::AnyRow;

use super::{Db, moment, number, optional_text, text};
use crate::clock::Timestamp;
use crate::domain::identity_pool::{LinkedLogin, PoolIdentity, RegionalId};
use crate::error::Error;

const INSERT: &str = "INSERT INTO pool_identities (id, pool_id, created_at, modified_at, guest, merged_into) \
     VALUES ($1, $2, $3, $4, $5, NULL)";
const BY_ID: &str =
    "SELECT id, pool_id, created_at, modified_at, guest, merged_into FROM pool_identities WHERE id = $1";
const LIST: &str = "SELECT id, pool_id, created_at, modified_at, guest, merged_into FROM pool_identities \
     WHERE pool_id = $1 AND id > $2 ORDER BY id LIMIT $3";
const LIST_ENABLED: &str = "SELECT id, pool_id, created_at, modified_at, guest, merged_into FROM pool_identities \
     WHERE pool_id = $1 AND id > $2 AND merged_into IS NULL ORDER BY id LIMIT $3";
const MODIFY: &str = "UPDATE pool_identities SET modified_at = $2 WHERE id = $1 AND merged_into IS NULL";
const CLAIM: &str = "UPDATE pool_identities SET guest = 0 WHERE id = $1 AND guest = 1 AND merged_into IS NULL";
const MERGE: &str = "UPDATE pool_identities SET merged_into = $2, modified_at = $3 \
     WHERE id = $1 AND guest = $4 AND merged_into IS NULL";
const DELETE: &str = "DELETE FROM pool_identities WHERE id = $1";
const OWNER: &str = "SELECT identity_id FROM identity_logins WHERE pool_id = $1 AND provider = $2 AND subject = $3";
const LOGINS: &str = "SELECT provider, subject, slot FROM identity_logins WHERE identity_id = $1 ORDER BY slot";
const LINK: &str = "INSERT INTO identity_logins (pool_id, provider, subject, identity_id, slot, linked_at) \
     VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING";
const MOVE: &str = "UPDATE identity_logins SET identity_id = $2, linked_at = $3 WHERE identity_id = $1";
const UNLINK: &str = "DELETE FROM identity_logins \
     WHERE pool_id = $1 AND provider = $2 AND subject = $3 AND identity_id = $4";

/// Keeps a new identity.
///
/// # Errors
/// When the database fails.
pub async fn insert(db: &mut Db, identity: &PoolIdentity) -> Result<(), Error> {
    sqlx::query(INSERT)
        .bind(identity.id.as_str())
        .bind(identity.pool_id.as_str())
        .bind(identity.created_at.0)
        .bind(identity.modified_at.0)
        .bind(i64::from(identity.is_guest))
        .execute(db)
        .await?;
    Ok(())
}

/// The identity of that id.
///
/// # Errors
/// When the database fails.
pub async fn by_id(db: &mut Db, id: &RegionalId) -> Result<Option<PoolIdentity>, Error> {
    let row = sqlx::query(BY_ID).bind(id.as_str()).fetch_optional(db).await?;
    row.as_ref().map(read).transpose()
}

/// Identities of a pool after the id `after`, by id; those that were merged into others too, unless `is_enabled`.
///
/// # Errors
/// When the database fails.
pub async fn list(
    db: &mut Db,
    pool: &RegionalId,
    (after, limit): (&str, i64),
    is_enabled: bool,
) -> Result<Vec<PoolIdentity>, Error> {
    let query = if is_enabled { sqlx::query(LIST_ENABLED) } else { sqlx::query(LIST) };
    let rows = query.bind(pool.as_str()).bind(after).bind(limit).fetch_all(db).await?;
    rows.iter().map(read).collect()
}

/// Notes that an identity's logins changed; `false` when it is gone or was merged into another one.
///
/// # Errors
/// When the database fails.
pub async fn modify(db: &mut Db, id: &RegionalId, at: Timestamp) -> Result<bool, Error> {
    Ok(sqlx::query(MODIFY).bind(id.as_str()).bind(at.0).execute(db).await?.rows_affected() == 1)
}

/// Makes a guest's identity somebody's; `false` when it is no guest's any more.
///
/// # Errors
/// When the database fails.
pub async fn claim(db: &mut Db, id: &RegionalId) -> Result<bool, Error> {
    Ok(sqlx::query(CLAIM).bind(id.as_str()).execute(db).await?.rows_affected() == 1)
}

/// Disables an identity in favour of `parent` and hands its logins over; `false` when it was claimed, merged or
/// deleted meanwhile.
///
/// # Errors
/// When the database fails, or `parent` holds a login of the same provider.
pub async fn merge(db: &mut Db, from: &PoolIdentity, parent: &RegionalId, at: Timestamp) -> Result<bool, Error> {
    let id = &from.id;
    let query = sqlx::query(MERGE).bind(id.as_str()).bind(parent.as_str()).bind(at.0).bind(i64::from(from.is_guest));
    let done = query.execute(&mut *db).await?;
    if done.rows_affected() != 1 {
        return Ok(false);
    }
    let moved = sqlx::query(MOVE).bind(id.as_str()).bind(parent.as_str()).bind(at.0).execute(db).await;
    match moved {
        Err(sqlx::Error::Database(fault)) if fault.is_unique_violation() => {
            Err(Error::ResourceConflict("Logins of the same provider cannot be merged."))
        }
        outcome => Ok(outcome.map(|_| true)?),
    }
}

/// Deletes an identity with its logins; `false` when there is none of that id.
///
/// # Errors
/// When the database fails.
pub async fn delete(db: &mut Db, id: &RegionalId) -> Result<bool, Error> {
    Ok(sqlx::query(DELETE).bind(id.as_str()).execute(db).await?.rows_affected() == 1)
}

/// The identity that holds a login.
///
/// # Errors
/// When the database fails.
pub async fn owner(db: &mut Db, pool: &RegionalId, login: &LinkedLogin) -> Result<Option<RegionalId>, Error> {
    let query = sqlx::query(OWNER).bind(pool.as_str()).bind(&login.provider).bind(&login.subject);
    let row = query.fetch_optional(db).await?;
    row.map(|row| id(&row, "identity_id")).transpose()
}

/// The logins that an identity holds.
///
/// # Errors
/// When the database fails.
pub async fn logins(db: &mut Db, identity: &RegionalId) -> Result<Vec<LinkedLogin>, Error> {
    let rows = sqlx::query(LOGINS).bind(identity.as_str()).fetch_all(db).await?;
    rows.iter()
        .map(|row| {
            let (provider, slot) = (text(row, "provider")?, text(row, "slot")?);
            Ok(LinkedLogin { is_developers: slot != provider, provider, subject: text(row, "subject")? })
        })
        .collect()
}

/// Gives an identity a login; `false` when somebody holds it, or the identity has another one of its provider.
///
/// # Errors
/// When the database fails.
pub async fn link(db: &mut Db, identity: &PoolIdentity, login: &LinkedLogin, at: Timestamp) -> Result<bool, Error> {
    let done = sqlx::query(LINK)
        .bind(identity.pool_id.as_str())
        .bind(&login.provider)
        .bind(&login.subject)
        .bind(identity.id.as_str())
        .bind(login.slot())
        .bind(at.0)
        .execute(db)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// Takes a login away from an identity; `false` when it does not hold it.
///
/// # Errors
/// When the database fails.
pub async fn unlink(db: &mut Db, identity: &PoolIdentity, login: &LinkedLogin) -> Result<bool, Error> {
    let done = sqlx::query(UNLINK)
        .bind(identity.pool_id.as_str())
        .bind(&login.provider)
        .bind(&login.subject)
        .bind(identity.id.as_str())
        .execute(db)
        .await?;
    Ok(done.rows_affected() == 1)
}

fn read(row: &AnyRow) -> Result<PoolIdentity, Error> {
    let merged = optional_text(row, "merged_into")?;
    Ok(PoolIdentity {
        id: id(row, "id")?,
        pool_id: id(row, "pool_id")?,
        created_at: moment(row, "created_at")?,
        modified_at: moment(row, "modified_at")?,
        is_guest: number(row, "guest")? == 1,
        merged_into: merged.as_deref().and_then(RegionalId::parse),
    })
}

fn id(row: &AnyRow, column: &str) -> Result<RegionalId, Error> {
    RegionalId::parse(&text(row, column)?).ok_or_else(|| Error::internal("a malformed identity id in the database"))
}
