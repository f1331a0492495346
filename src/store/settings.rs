//! Owns the version of pools, clients and keys, by which every instance notices that its copy in memory is old,
//! and the few facts that a server keeps about itself.

use sqlx::Row as _;

use super::Db;
use crate::error::Error;

const VERSION: &str = "SELECT version FROM settings_version WHERE id = 1";
const BUMP: &str = "UPDATE settings_version SET version = version + 1 WHERE id = 1";
const FACT: &str = "SELECT value FROM facts WHERE name = $1";
const FORGET_FACT: &str = "DELETE FROM facts WHERE name = $1";
const SET_FACT: &str =
    "INSERT INTO facts (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value";

/// The present version.
///
/// # Errors
/// When the database fails.
pub async fn version(db: &mut Db) -> Result<i64, Error> {
    Ok(sqlx::query(VERSION).fetch_one(db).await?.try_get(0)?)
}

/// Tells every instance that a pool, client or key changed.
///
/// # Errors
/// When the database fails.
pub async fn bump(db: &mut Db) -> Result<(), Error> {
    sqlx::query(BUMP).execute(db).await?;
    Ok(())
}

/// A fact by name.
///
/// # Errors
/// When the database fails.
pub async fn fact(db: &mut Db, name: &str) -> Result<Option<String>, Error> {
    let row = sqlx::query(FACT).bind(name).fetch_optional(db).await?;
    row.map(|row| super::text(&row, "value")).transpose()
}

/// Forgets a fact.
///
/// # Errors
/// When the database fails.
pub async fn forget_fact(db: &mut Db, name: &str) -> Result<(), Error> {
    sqlx::query(FORGET_FACT).bind(name).execute(db).await?;
    Ok(())
}

/// Keeps a fact.
///
/// # Errors
/// When the database fails.
pub async fn set_fact(db: &mut Db, name: &str, value: &str) -> Result<(), Error> {
    sqlx::query(SET_FACT).bind(name).bind(value).execute(db).await?;
    Ok(())
}
