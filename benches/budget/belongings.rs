//! Owns what seeded users have besides a password, as users of long standing do: a device, browser sessions, groups. It
//! must not know what is measured.

use anyhow::Result;
use cenote::clock::Timestamp;
use cenote::crypto::digest;
use cenote::domain::device::{Device, DeviceDetails};
use cenote::domain::group::Group;
use cenote::domain::ids::PoolId;
use cenote::domain::user::User;
use cenote::error::Error;
use cenote::store::sessions::NewSession;
use cenote::store::{self, Db};

/// Groups of the pool. Everybody is in one of them, and every tenth user in the first one as well.
const GROUPS: [&str; 5] = ["staff", "red", "green", "blue", "white"];
/// Browser sessions of each user.
const SESSIONS: usize = 2;
/// How long a sealed verifier of a device is, in characters.
const SEALED: usize = 1200;
const HOUR: i64 = 3600;

/// Makes the pool's groups.
///
/// # Errors
/// When the database fails.
pub async fn keep_groups(db: &mut Db, pool_id: &PoolId, now: Timestamp) -> Result<(), Error> {
    for (precedence, name) in (1..).zip(GROUPS) {
        let group = Group {
            pool_id: pool_id.clone(),
            name: name.to_owned(),
            description: None,
            precedence: Some(precedence),
            role_arn: None,
            created_at: now,
            modified_at: now,
        };
        store::groups::insert(db, &group).await?;
    }
    Ok(())
}

/// Gives a user at `place` a device, sessions and groups.
///
/// # Errors
/// When the database fails.
pub async fn keep(db: &mut Db, user: &User, place: usize) -> Result<(), Error> {
    let (pool, sub, now) = (&user.pool_id, &user.sub, user.created_at);
    store::groups::add_member(db, pool, sub, GROUPS[1 + place % (GROUPS.len() - 1)]).await?;
    if place.is_multiple_of(10) {
        store::groups::add_member(db, pool, sub, GROUPS[0]).await?;
    }
    store::devices::insert(db, &device(user, now)).await?;
    for number in 0..SESSIONS {
        let session = NewSession {
            token_hash: digest::sha256_base64url(&format!("session {number} of {sub}")),
            pool_id: pool.clone(),
            sub: sub.clone(),
            auth_time: now,
            expires_at: now.plus_seconds(HOUR),
            acr: None,
        };
        store::sessions::insert(db, &session).await?;
    }
    Ok(())
}

fn device(user: &User, now: Timestamp) -> Device {
    Device {
        pool_id: user.pool_id.clone(),
        sub: user.sub.clone(),
        key: format!("us-east-1_{}", user.sub),
        sealed_verifier: "x".repeat(SEALED),
        is_remembered: true,
        created_at: now,
        modified_at: now,
        authenticated_at: now,
        details: DeviceDetails {
            group_key: "-abcdefgh".to_owned(),
            name: Some("A telephone".to_owned()),
            last_address: "192.0.2.1".to_owned(),
        },
    }
}
