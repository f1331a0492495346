//! Owns the making of what is kept of a password.

use secrecy::{ExposeSecret as _, SecretString};

use crate::clock::Timestamp;
use crate::cx::passwords::NewPassword;
use crate::cx::{Cx, Seal};
use crate::domain::ids::Sub;
use crate::domain::pool::Pool;
use crate::domain::user::Credential;
use crate::error::Error;

/// A password to set, and for whom.
pub struct PasswordToSet<'a> {
    /// The pool, whose policy it must meet.
    pub pool: &'a Pool,
    /// The user.
    pub sub: &'a Sub,
    /// The user's name, which SRP mixes in.
    pub username: &'a str,
    /// The password.
    pub password: &'a SecretString,
    /// When it stops working, if it is temporary.
    pub expires_at: Option<Timestamp>,
}

/// Checks the password against the pool's policy and hashes it.
///
/// # Errors
/// [`Error::WeakPassword`] names the broken rule; [`Error::TooManyRequests`] when the workers are overloaded.
pub async fn make(cx: &Cx, set: &PasswordToSet<'_>) -> Result<Credential, Error> {
    set.pool.settings.password_policy.check(set.password.expose_secret())?;
    let random = cx.random();
    let hashed = cx
        .passwords
        .hash(NewPassword {
            pool_name: set.pool.id.name().to_owned(),
            srp_user_id: set.username.to_owned(),
            password: set.password.clone(),
            salts: [random.bytes(), random.bytes()],
        })
        .await?;
    let verifier = serde_json::to_vec(&hashed.verifier).map_err(Error::internal)?;
    let context = format!("{}/{}", set.pool.id, set.sub);
    Ok(Credential {
        password_hash: hashed.hash,
        sealed_srp_verifier: cx.secrets.seal(random, Seal::SrpVerifier, (&verifier, &context)),
        expires_at: set.expires_at,
    })
}
