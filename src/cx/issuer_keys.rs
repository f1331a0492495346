//! Owns the keys of the identity pools' issuer in memory: made when first needed, replaced with overlap, published as
//! pre-rendered bytes. They sign with SHA-512. All identity pools of a server share them.

use std::sync::Arc;

use super::{Cx, Published, Seal};
use crate::clock::Timestamp;
use crate::crypto::jwk::JwkSet;
use crate::crypto::jwt::{SigningKey, VerifyingKey};
use crate::error::Error;
use crate::store;
use crate::store::issuer_keys::IssuerKeyRow;

/// Seconds between publication and first use.
const OVERLAP: i64 = 86_400;

/// The issuer's keys.
pub struct IssuerKeys {
    keys: Vec<IssuerKey>,
    /// The JWKS document.
    pub jwks: Published,
}

struct IssuerKey {
    active_at: Timestamp,
    signing: SigningKey,
    verifying: VerifyingKey,
}

impl IssuerKeys {
    /// The key that signs at `now`: the newest that is active, or the oldest where another instance made the first one
    /// by a clock that is ahead.
    ///
    /// # Errors
    /// When there is none.
    pub fn signing(&self, now: Timestamp) -> Result<&SigningKey, Error> {
        let active = self.keys.iter().find(|key| key.active_at <= now).or(self.keys.last());
        active.map(|key| &key.signing).ok_or_else(|| Error::internal("the issuer has no active key"))
    }

    /// The published key of that id.
    #[must_use]
    pub fn verifying(&self, kid: &str) -> Option<&VerifyingKey> {
        self.keys.iter().map(|key| &key.verifying).find(|key| key.kid() == kid)
    }

    fn open(cx: &Cx, rows: &[IssuerKeyRow]) -> Result<Self, Error> {
        let mut keys = Vec::with_capacity(rows.len());
        for row in rows {
            let der = cx.secrets.open(Seal::SigningKey, &row.sealed_private_key, &context(&row.kid));
            let der =
                der.ok_or_else(|| Error::internal("an issuer key does not open: is the master key the right one?"))?;
            let signing = SigningKey::from_pkcs8(row.kid.clone(), &der).map_err(Error::internal)?.with_sha512();
            let verifying = VerifyingKey::try_from(&signing).map_err(Error::internal)?;
            keys.push(IssuerKey { active_at: row.active_at, signing, verifying });
        }
        let set = JwkSet { keys: keys.iter().map(|key| key.signing.jwk()).collect() };
        let jwks = Published::new(serde_json::to_string(&set).map_err(Error::internal)?);
        Ok(Self { keys, jwks })
    }
}

impl Cx {
    /// The issuer's keys; the first one is made when there is none.
    ///
    /// # Errors
    /// When key generation or the database fails.
    pub async fn issuer_keys(&self) -> Result<Arc<IssuerKeys>, Error> {
        if let Some(keys) = self.directory.known_issuer_keys() {
            return Ok(keys);
        }
        let mut rows = store::issuer_keys::newest(&mut *self.store.read().await?).await?;
        if rows.is_empty() {
            self.make_issuer_key(1, self.now()).await?;
            rows = store::issuer_keys::newest(&mut *self.store.read().await?).await?;
        }
        let keys = Arc::new(IssuerKeys::open(self, &rows)?);
        self.directory.keep_issuer_keys(&keys);
        Ok(keys)
    }

    /// Publishes a new key where the newest one is older than the configuration allows; it takes over a day later.
    ///
    /// # Errors
    /// When key generation or the database fails.
    pub async fn keep_issuer_keys_fresh(&self) -> Result<(), Error> {
        let rows = store::issuer_keys::newest(&mut *self.store.read().await?).await?;
        let (max_age, now) = (i64::from(self.config.signing_key_days) * 86_400, self.now());
        match rows.first() {
            Some(newest) if max_age > 0 && newest.active_at.plus_seconds(max_age) <= now => {
                self.make_issuer_key(newest.generation + 1, now.plus_seconds(OVERLAP)).await
            }
            _ => Ok(()),
        }
    }

    /// Makes the key of that generation, unless another instance was first.
    async fn make_issuer_key(&self, generation: i64, active_at: Timestamp) -> Result<(), Error> {
        let der = self.passwords.run(SigningKey::generate_pkcs8).await?.map_err(Error::internal)?;
        let kid = self.random().token();
        let sealed_private_key = self.secrets.seal(self.random(), Seal::SigningKey, (&der, &context(&kid)));
        let row = IssuerKeyRow { generation, kid, sealed_private_key, active_at };
        self.store
            .write(move |db| {
                Box::pin(async move {
                    if store::issuer_keys::insert(db, &row).await? {
                        store::settings::bump(db).await?;
                    }
                    Ok(())
                })
            })
            .await?;
        self.directory.forget();
        Ok(())
    }
}

fn context(kid: &str) -> String {
    format!("identity-issuer/{kid}")
}
