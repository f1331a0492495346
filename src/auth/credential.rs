//! Owns the making of what is kept of a password, and of what another system kept.

use secrecy::{ExposeSecret as _, SecretString};

use crate::clock::Timestamp;
use crate::crypto::password_hash;
use crate::cx::passwords::NewPassword;
use crate::cx::{Cx, Seal};
use crate::domain::ids::Sub;
use crate::domain::pool::Pool;
use crate::domain::user::{Credential, User};
use crate::error::Error;
use crate::store;

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

/// Checks the password against the pool's policy and the user's earlier ones, and hashes it. For somebody who has
/// proven who they are: the refusal of an earlier password tells that it was one.
///
/// # Errors
/// [`Error::WeakPassword`] names the broken rule; [`Error::PasswordUsedBefore`]; [`Error::TooManyRequests`] when the workers are overloaded.
pub async fn make(cx: &Cx, set: &PasswordToSet<'_>) -> Result<Credential, Error> {
    let credential = make_for_anybody(cx, set).await?;
    refuse_used_before(cx, set).await?;
    Ok(credential)
}

/// As [`make`], whatever passwords the user had before, so that it tells nothing about the user.
///
/// # Errors
/// [`Error::WeakPassword`] names the broken rule; [`Error::TooManyRequests`] when the workers are overloaded.
pub async fn make_for_anybody(cx: &Cx, set: &PasswordToSet<'_>) -> Result<Credential, Error> {
    set.pool.settings.password_policy.check(set.password.expose_secret())?;
    hash(cx, set).await
}

/// Brings a password that was just proven up to date, where another system made the hash or no SRP verifier is kept:
/// the user comes back with a hash and a verifier of ours. What fails here fails nobody's sign-in; the next one tries
/// again.
pub async fn bring_up_to_date(cx: &Cx, pool: &Pool, user: User, password: &SecretString) -> User {
    let Some(old) = &user.credential else { return user };
    if password_hash::is_ours(&old.password_hash) && old.sealed_srp_verifier.is_some() {
        return user;
    }
    let set = PasswordToSet { pool, sub: &user.sub, username: &user.username, password, expires_at: old.expires_at };
    let old = old.password_hash.clone();
    let Ok(new) = hash(cx, &set).await else { return user };
    let (before, credential) = (user.clone(), new.clone());
    let replaced = cx
        .store
        .write(move |db| Box::pin(async move { store::users::replace_hash(db, &before, &credential, &old).await }))
        .await;
    match replaced {
        Ok(true) => {
            tracing::info!(pool = %user.pool_id, sub = %user.sub, "the password's hash was brought up to date");
            User { credential: Some(new), ..user }
        }
        Ok(false) => user,
        Err(cause) => {
            tracing::warn!(%cause, "a password's hash could not be brought up to date");
            user
        }
    }
}

async fn hash(cx: &Cx, set: &PasswordToSet<'_>) -> Result<Credential, Error> {
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
        sealed_srp_verifier: Some(cx.secrets.seal(random, Seal::SrpVerifier, (&verifier, &context))),
        expires_at: set.expires_at,
    })
}

/// Refuses a password that the user had before, as far back as the pool's policy looks. A temporary password is not
/// one of the user's own, so it neither counts nor is looked at. Only for somebody who has proven who they are.
///
/// # Errors
/// [`Error::PasswordUsedBefore`]; [`Error::TooManyRequests`] when the workers are overloaded.
pub async fn refuse_used_before(cx: &Cx, set: &PasswordToSet<'_>) -> Result<(), Error> {
    let policy = &set.pool.settings.password_policy;
    if policy.history_size == 0 || set.expires_at.is_some() {
        return Ok(());
    }
    let mut db = cx.store.read().await?;
    let user = store::users::by_sub(&mut db, &set.pool.id, set.sub).await?;
    let present = user.and_then(|user| user.credential).filter(|credential| credential.expires_at.is_none());
    let mut hashes: Vec<String> = present.map(|credential| credential.password_hash).into_iter().collect();
    hashes.extend(store::earlier_passwords::newest(&mut db, (&set.pool.id, set.sub), policy.remembered()).await?);
    drop(db);
    hashes.truncate(policy.history_size as usize);
    for hash in hashes {
        if cx.passwords.verify(set.password.clone(), Some(hash)).await? {
            return Err(Error::PasswordUsedBefore);
        }
    }
    Ok(())
}
