//! Owns a pool's signing keys in memory: parsed once, chosen by time, published as pre-rendered bytes.

use std::collections::HashMap;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::de::IgnoredAny;

use super::signatures::GoodSignatures;
use super::{Cx, Published, Seal};
use crate::clock::Timestamp;
use crate::crypto::jwk::JwkSet;
use crate::crypto::jwt::{self, SigningKey, VerifyingKey};
use crate::domain::ids::PoolId;
use crate::error::Error;
use crate::store::signing_keys::{KeyPurpose, KeyRow};

/// The signing keys of a pool.
pub struct Keys {
    signing: Vec<PoolKey>,
    verifying: HashMap<String, (KeyPurpose, VerifyingKey)>,
    good: GoodSignatures,
    /// The JWKS document.
    pub jwks: Published,
}

struct PoolKey {
    purpose: KeyPurpose,
    active_at: Timestamp,
    key: Arc<SigningKey>,
}

impl Keys {
    /// Opens and parses the keys of a pool.
    ///
    /// # Errors
    /// When a key does not open under the master key.
    pub fn open(cx: &Cx, pool: &PoolId, rows: &[KeyRow]) -> Result<Self, Error> {
        let mut signing = Vec::with_capacity(rows.len());
        let mut verifying = HashMap::with_capacity(rows.len());
        for row in rows {
            let der = cx.secrets.open(Seal::SigningKey, &row.sealed_private_key, &context(pool, &row.kid));
            let der =
                der.ok_or_else(|| Error::internal("a signing key does not open: is the master key the right one?"))?;
            let key = SigningKey::from_pkcs8(row.kid.clone(), &der).map_err(Error::internal)?;
            let public = VerifyingKey::try_from(&key).map_err(Error::internal)?;
            verifying.insert(row.kid.clone(), (row.purpose, public));
            signing.push(PoolKey { purpose: row.purpose, active_at: row.active_at, key: Arc::new(key) });
        }
        let mut keys: Vec<_> = signing.iter().collect();
        keys.sort_by_key(|key| (key.purpose != KeyPurpose::Id, std::cmp::Reverse(key.active_at)));
        let set = JwkSet { keys: keys.iter().map(|key| key.key.jwk()).collect() };
        let jwks = Published::new(serde_json::to_string(&set).map_err(Error::internal)?);
        Ok(Self { signing, verifying, good: GoodSignatures::default(), jwks })
    }

    /// The key that signs at `now`: the newest that is active.
    ///
    /// # Errors
    /// When the pool has no active key, which migrations and rotation never leave.
    pub fn signing(&self, purpose: KeyPurpose, now: Timestamp) -> Result<&Arc<SigningKey>, Error> {
        let mine = self.signing.iter().filter(|key| key.purpose == purpose && key.active_at <= now);
        let newest = mine.max_by_key(|key| key.active_at);
        newest.map(|key| &key.key).ok_or_else(|| Error::internal("the pool has no active signing key"))
    }

    /// The published key of that id, if it is for `purpose`.
    #[must_use]
    pub fn verifying(&self, kid: &str, purpose: KeyPurpose) -> Option<&VerifyingKey> {
        self.verifying.get(kid).filter(|(known, _)| *known == purpose).map(|(_, key)| key)
    }

    /// Whether the published key `kid`, if it is for `purpose`, signed `token`; `None` when there is no such key.
    #[must_use]
    pub fn is_signed(&self, token: &str, (kid, purpose): (&str, KeyPurpose)) -> Option<bool> {
        let key = self.verifying(kid, purpose)?;
        Some(self.good.is_good(token, || jwt::verify::<IgnoredAny>(token, key).is_ok()))
    }

    /// Whether a key of that id exists, whatever it signs.
    #[must_use]
    pub fn knows(&self, kid: &str) -> bool {
        self.verifying.contains_key(kid)
    }

    /// When the newest key becomes or became active.
    #[must_use]
    pub fn newest_active_at(&self) -> Option<Timestamp> {
        self.signing.iter().map(|key| key.active_at).max()
    }
}

/// Makes a pair of keys for a pool, active from `active_at`: one for ID tokens, one for access tokens.
///
/// # Errors
/// When the workers are overloaded or key generation fails.
pub async fn new_signing_keys(cx: &Cx, pool: &PoolId, active_at: Timestamp) -> Result<Vec<KeyRow>, Error> {
    let mut rows = Vec::with_capacity(2);
    for purpose in [KeyPurpose::Id, KeyPurpose::Access] {
        let der = cx.passwords.run(SigningKey::generate_pkcs8).await?.map_err(Error::internal)?;
        let kid = STANDARD.encode(cx.random().bytes::<32>());
        let sealed_private_key = cx.secrets.seal(cx.random(), Seal::SigningKey, (&der, &context(pool, &kid)));
        rows.push(KeyRow { kid, purpose, sealed_private_key, active_at, retired_at: None });
    }
    Ok(rows)
}

fn context(pool: &PoolId, kid: &str) -> String {
    format!("{pool}/{kid}")
}
