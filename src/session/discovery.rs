//! Owns what the pool publishes about itself: its endpoints and its signing keys, cached.
//! It must not know about people or sessions.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use jsonwebtoken::jwk::Jwk;
use openidconnect::core::CoreJsonWebKeySet;
use reqwest::Method;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use url::Url;

use super::flight::{FlightKey, Flights, Keeping};
use super::pool::PoolFault;
use super::settings::Settings;
use crate::clock::{Clock, Timestamp};
use crate::http::Http;

/// For how many seconds the published facts are taken as unchanged.
const FRESH: i64 = 600;
/// An unknown key makes us look again at most once in so many seconds.
const LOOK_AGAIN: i64 = 60;

/// The addresses of the pool.
#[derive(Debug, Clone)]
pub struct Endpoints {
    /// Where a browser starts to sign in.
    pub authorization: Url,
    /// Where codes and refresh tokens become tokens.
    pub token: Url,
    /// Says whether an access token is still good.
    pub user_info: Url,
    /// Ends a refresh token and what came of it (RFC 7009).
    pub revocation: Url,
    /// Where a browser ends its session at the pool.
    pub logout: Url,
}

/// What the pool published.
#[derive(Debug, Clone)]
pub struct Facts {
    /// Its addresses.
    pub endpoints: Endpoints,
    /// Its keys, for ID tokens.
    pub id_keys: CoreJsonWebKeySet,
    /// The same keys, for access tokens.
    pub access_keys: Vec<Jwk>,
    fetched_at: Timestamp,
}

/// Fetches and caches the facts.
pub struct Discovery {
    source: Source,
    clock: Clock,
    cached: Mutex<Option<Arc<Facts>>>,
    looked_again_at: AtomicI64,
    fetches: Flights<Result<Arc<Facts>, PoolFault>>,
}

#[derive(Clone)]
struct Source {
    http: Http,
    issuer: String,
    hosted_domain: Option<Url>,
}

#[derive(Deserialize)]
struct Metadata {
    issuer: String,
    authorization_endpoint: Option<Url>,
    token_endpoint: Option<Url>,
    userinfo_endpoint: Option<Url>,
    revocation_endpoint: Option<Url>,
    end_session_endpoint: Option<Url>,
    jwks_uri: Url,
}

#[derive(Deserialize)]
struct RawKeys {
    keys: Vec<serde_json::Value>,
}

impl Discovery {
    /// Nothing fetched yet.
    #[must_use]
    pub fn new(config: &Settings, http: Http, clock: Clock) -> Self {
        let issuer = config.issuer.clone();
        let keeping = Keeping { seconds: 0, limit: 1, is_kept: |_| false };
        Self {
            source: Source { http, issuer, hosted_domain: config.hosted_domain.clone() },
            fetches: Flights::new(clock.clone(), keeping),
            clock,
            cached: Mutex::default(),
            looked_again_at: AtomicI64::new(i64::MIN),
        }
    }

    /// The facts, at most ten minutes old unless the pool cannot be asked right now.
    ///
    /// # Errors
    /// When the pool was never reached, or publishes nonsense.
    pub async fn facts(&self) -> Result<Arc<Facts>, PoolFault> {
        let cached = self.cached();
        if let Some(facts) = cached.as_ref().filter(|facts| self.clock.now() < facts.fetched_at.plus_seconds(FRESH)) {
            return Ok(Arc::clone(facts));
        }
        match (self.fetch().await, cached) {
            (Ok(facts), _) => Ok(facts),
            (Err(fault), Some(facts)) => {
                tracing::warn!(%fault, "discovery failed; what was published before is used");
                Ok(facts)
            }
            (Err(fault), None) => Err(fault),
        }
    }

    /// Newer facts than `seen`, because a key is missing there; none if we looked less than a minute ago.
    pub async fn look_again(&self, seen: &Arc<Facts>) -> Option<Arc<Facts>> {
        if let Some(newer) = self.cached().filter(|cached| !Arc::ptr_eq(cached, seen)) {
            return Some(newer);
        }
        let now = self.clock.now();
        let last = self.looked_again_at.load(Ordering::SeqCst);
        let is_allowed = now >= Timestamp(last).plus_seconds(LOOK_AGAIN)
            && self.looked_again_at.compare_exchange(last, now.0, Ordering::SeqCst, Ordering::SeqCst).is_ok();
        if is_allowed {
            return self.fetch().await.ok();
        }
        self.fetches.ongoing(FlightKey::new(&[])).await?.ok()
    }

    /// The facts as last seen, however old.
    #[must_use]
    pub fn cached(&self) -> Option<Arc<Facts>> {
        self.cached.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn fetch(&self) -> Result<Arc<Facts>, PoolFault> {
        let (source, now) = (self.source.clone(), self.clock.now());
        let fetched = self.fetches.join(FlightKey::new(&[]), || async move { source.fetch(now).await.map(Arc::new) });
        let facts = fetched.await.unwrap_or_else(|| Err(PoolFault::Unavailable("the work broke off".to_owned())))?;
        *self.cached.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&facts));
        Ok(facts)
    }
}

impl Source {
    async fn fetch(&self, now: Timestamp) -> Result<Facts, PoolFault> {
        let url = format!("{}/.well-known/openid-configuration", self.issuer.trim_end_matches('/'));
        let metadata: Metadata = self.json(&url).await?;
        if metadata.issuer != self.issuer {
            return Err(PoolFault::Untrusted("discovery names another issuer".to_owned()));
        }
        let keys: serde_json::Value = self.json(metadata.jwks_uri.as_str()).await?;
        let raw: RawKeys = parsed(keys.clone())?;
        Ok(Facts {
            endpoints: metadata.endpoints(self.hosted_domain.as_ref())?,
            id_keys: parsed(keys)?,
            access_keys: raw.keys.into_iter().filter_map(|key| serde_json::from_value(key).ok()).collect(),
            fetched_at: now,
        })
    }

    async fn json<T: DeserializeOwned>(&self, url: &str) -> Result<T, PoolFault> {
        let answer = self.http.send(self.http.request(Method::GET, url)).await?;
        if answer.status != 200 {
            return Err(PoolFault::Unavailable(format!("{url} answered {}", answer.status)));
        }
        serde_json::from_slice(&answer.body).map_err(|error| PoolFault::Unavailable(format!("{url}: {error}")))
    }
}

impl Metadata {
    fn endpoints(self, hosted_domain: Option<&Url>) -> Result<Endpoints, PoolFault> {
        let no_domain =
            || PoolFault::Untrusted("discovery names no authorization endpoint; set hosted_domain".to_owned());
        let domain = hosted_domain.or(self.authorization_endpoint.as_ref()).ok_or_else(no_domain)?.clone();
        let has_other_domain = hosted_domain.is_some();
        let endpoint = |published: Option<Url>, path: &str| match published {
            Some(url) if !has_other_domain => Ok(url),
            _ => domain.join(path).map_err(|error| PoolFault::Untrusted(error.to_string())),
        };
        Ok(Endpoints {
            authorization: endpoint(self.authorization_endpoint, "/oauth2/authorize")?,
            token: endpoint(self.token_endpoint, "/oauth2/token")?,
            user_info: endpoint(self.userinfo_endpoint, "/oauth2/userInfo")?,
            revocation: endpoint(self.revocation_endpoint, "/oauth2/revoke")?,
            logout: endpoint(self.end_session_endpoint, "/logout")?,
        })
    }
}

fn parsed<T: DeserializeOwned>(value: serde_json::Value) -> Result<T, PoolFault> {
    serde_json::from_value(value).map_err(|error| PoolFault::Untrusted(format!("the key set: {error}")))
}
