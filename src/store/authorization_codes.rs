//! Owns the table of OAuth authorization codes. Codes come here hashed; a used one stays until it expires, so that
//! a second use can be told from an unknown code and undo what the first one gave out (RFC 6749 §4.1.2).

use serde::{Deserialize, Serialize};

use super::{Db, document, optional_text, text, to_document};
use crate::clock::Timestamp;
use crate::domain::ids::{ClientId, PoolId, Sub};
use crate::error::Error;

const INSERT: &str = "INSERT INTO authorization_codes (code_hash, pool_id, client_id, sub, expires_at, family_id, doc) \
     VALUES ($1, $2, $3, $4, $5, NULL, $6)";
const TAKE: &str = "UPDATE authorization_codes SET family_id = $3 \
     WHERE code_hash = $1 AND client_id = $2 AND family_id IS NULL AND expires_at > $4 RETURNING sub, doc";
const SPENT_ON: &str = "SELECT family_id FROM authorization_codes WHERE code_hash = $1 AND client_id = $2";

/// A new authorization code.
#[derive(Debug, Clone)]
pub struct NewCode {
    /// SHA-256 of the code.
    pub code_hash: String,
    /// The pool.
    pub pool_id: PoolId,
    /// The client that may exchange it.
    pub client_id: ClientId,
    /// The user who signed in.
    pub sub: Sub,
    /// When it stops working.
    pub expires_at: Timestamp,
    /// What it is bound to.
    pub grant: Grant,
}

/// What an authorization code is bound to and gives out.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Grant {
    /// The redirect target of the authorization request.
    pub redirect_uri: String,
    /// The PKCE challenge (S256), if the request had one.
    pub code_challenge: Option<String>,
    /// The granted scopes.
    pub scopes: Vec<String>,
    /// The request's nonce.
    pub nonce: Option<String>,
    /// The request's resource indicator.
    pub resource: Option<String>,
    /// When the user authenticated, milliseconds since the epoch.
    pub auth_time: Timestamp,
    /// The level of assurance that a provider vouched for.
    #[serde(default)]
    pub acr: Option<String>,
    /// The tracked browser session that the code comes from.
    #[serde(default)]
    pub origin_session: Option<String>,
}

/// Keeps a code.
///
/// # Errors
/// When the database fails.
pub async fn insert(db: &mut Db, code: &NewCode) -> Result<(), Error> {
    sqlx::query(INSERT)
        .bind(&code.code_hash)
        .bind(code.pool_id.as_str())
        .bind(code.client_id.as_str())
        .bind(code.sub.as_str())
        .bind(code.expires_at.0)
        .bind(to_document(&code.grant)?)
        .execute(db)
        .await?;
    Ok(())
}

/// Takes a live code of that client, once, for a family to be made; `None` when it is unknown, used or expired.
///
/// # Errors
/// When the database fails.
pub async fn take(
    db: &mut Db,
    code_hash: &str,
    client: &ClientId,
    family: &str,
    now: Timestamp,
) -> Result<Option<(Sub, Grant)>, Error> {
    let row =
        sqlx::query(TAKE).bind(code_hash).bind(client.as_str()).bind(family).bind(now.0).fetch_optional(db).await?;
    row.map(|row| Ok((Sub(text(&row, "sub")?), document(&row, "doc")?))).transpose()
}

/// The family that a used code was spent on.
///
/// # Errors
/// When the database fails.
pub async fn spent_on(db: &mut Db, code_hash: &str, client: &ClientId) -> Result<Option<String>, Error> {
    let row = sqlx::query(SPENT_ON).bind(code_hash).bind(client.as_str()).fetch_optional(db).await?;
    row.map_or(Ok(None), |row| optional_text(&row, "family_id"))
}
