//! Owns the issuer's published keys: fetched when needed, kept for an hour, asked again at an unknown key id at most
//! once a minute, so that invented ids cost the issuer nothing. Kept keys serve while the issuer is out of reach. It
//! must not know what a token says.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use reqwest::Method;
use serde::Deserialize;
use serde_json::Value;
use tokio::sync::Mutex;

use super::Refusal;
use crate::clock::{Clock, Timestamp};
use crate::crypto::jwk::Jwk;
use crate::crypto::jwt::VerifyingKey;
use crate::http::Http;

/// For how many seconds keys are taken as unchanged.
const FRESH: i64 = 3600;
/// The least number of seconds between two attempts to get newer keys.
const PAUSE: i64 = 60;
/// The same while there are none at all.
const IMPATIENT: i64 = 2;

type KeySet = HashMap<String, Arc<VerifyingKey>>;

/// The keys at one address.
pub struct PublishedKeys {
    url: String,
    http: Http,
    clock: Clock,
    kept: RwLock<Option<(Timestamp, Arc<KeySet>)>>,
    /// When the last attempt was; whoever holds it is the one who asks.
    tried_at: Mutex<Option<Timestamp>>,
}

impl PublishedKeys {
    pub fn at(url: String, http: Http, clock: Clock) -> Self {
        Self { url, http, clock, kept: RwLock::default(), tried_at: Mutex::default() }
    }

    /// The same address, nothing fetched.
    pub fn again(&self) -> Self {
        Self::at(self.url.clone(), self.http.clone(), self.clock.clone())
    }

    /// The key of that id.
    ///
    /// # Errors
    /// When the issuer publishes no such key, or cannot be asked.
    pub async fn key(&self, kid: &str) -> Result<Arc<VerifyingKey>, Refusal> {
        let unknown = || Refusal::Invalid("The token is signed with an unknown key");
        let now = self.clock.now();
        if let Some((fetched_at, keys)) = self.kept()
            && let Some(key) = keys.get(kid)
            && now < fetched_at.plus_seconds(FRESH)
        {
            return Ok(Arc::clone(key));
        }
        let mut tried_at = self.tried_at.lock().await;
        // Somebody else may have asked meanwhile.
        let kept = self.kept();
        let known = kept.as_ref().and_then(|(_, keys)| keys.get(kid).cloned());
        let is_fresh = kept.as_ref().is_some_and(|(fetched_at, _)| now < fetched_at.plus_seconds(FRESH));
        let pause = if kept.is_some() { PAUSE } else { IMPATIENT };
        let is_too_soon = tried_at.is_some_and(|last| now < last.plus_seconds(pause));
        if is_too_soon || (is_fresh && known.is_some()) {
            return known.ok_or_else(|| if kept.is_some() { unknown() } else { Refusal::Unavailable });
        }
        *tried_at = Some(now);
        match self.fetch().await {
            Ok(keys) => {
                let keys = Arc::new(keys);
                *self.kept.write().unwrap_or_else(PoisonError::into_inner) = Some((now, Arc::clone(&keys)));
                keys.get(kid).cloned().ok_or_else(unknown)
            }
            Err(cause) => {
                tracing::warn!(url = self.url, cause, "keys could not be fetched");
                known.ok_or(Refusal::Unavailable)
            }
        }
    }

    fn kept(&self) -> Option<(Timestamp, Arc<KeySet>)> {
        self.kept.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn fetch(&self) -> Result<KeySet, String> {
        #[derive(Deserialize)]
        struct Document {
            keys: Vec<Value>,
        }
        let answer = self.http.send(self.http.request(Method::GET, &self.url)).await;
        let answer = answer.map_err(|error| error.to_string())?;
        if answer.status != 200 {
            return Err(format!("answered {}", answer.status));
        }
        let document: Document = serde_json::from_slice(&answer.body).map_err(|error| error.to_string())?;
        let parsed = document.keys.into_iter().filter_map(|key| serde_json::from_value::<Jwk>(key).ok());
        let keys = parsed.filter_map(|key| VerifyingKey::try_from(&key).ok());
        let keys: KeySet = keys.map(|key| (key.kid().to_owned(), Arc::new(key))).collect();
        if keys.is_empty() { Err("no usable keys".to_owned()) } else { Ok(keys) }
    }
}
