//! Owns what providers publish, kept for a while: discovery documents, key sets, SAML metadata. One document per
//! address, bounded in number and size; the last good one serves while its provider is in trouble. It must not know
//! what a document means: whoever asks hands in the reader, and only what the reader accepts is kept.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use reqwest::Method;

use crate::clock::Timestamp;
use crate::http::HttpError;
use crate::outside::Outside;

/// The most documents that are kept.
const MOST_DOCUMENTS: usize = 1000;
/// The most bytes that are kept, all documents together.
const MOST_BYTES: usize = 64 * 1024 * 1024;
/// For how many seconds a document serves when no newer one can be had.
const LAST_GOOD: i64 = 24 * 3600;
/// The least number of seconds between two attempts to replace a document that is at hand.
const PAUSE: i64 = 60;

/// Where a document is, and for how many seconds it is taken as unchanged.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    /// The address.
    pub url: &'a str,
    /// Seconds.
    pub fresh_for: i64,
}

/// Why a document is not to be had.
#[derive(Debug, thiserror::Error)]
pub enum CacheFault {
    /// The provider is too slow.
    #[error("{0}: no answer in time")]
    Timeout(String),
    /// The provider cannot be reached, may not be reached, or does not give it.
    #[error("{0}: {1}")]
    Unavailable(String, String),
    /// The reader does not accept it; the text is the reader's.
    #[error("{0}: {1}")]
    Unreadable(String, String),
    /// It was fetched less than a minute ago.
    #[error("{0}: fetched less than a minute ago")]
    TooSoon(String),
}

#[derive(Clone)]
struct Kept {
    document: Arc<[u8]>,
    fetched_at: Timestamp,
    tried_at: Timestamp,
}

/// The documents at hand.
#[derive(Default)]
pub struct Caches {
    kept: Mutex<HashMap<String, Kept>>,
}

impl std::fmt::Debug for Caches {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Caches(…)")
    }
}

impl Caches {
    /// The document of `source` as `read` reads it: the kept one while it is fresh, else a new one, else the last
    /// good one.
    ///
    /// # Errors
    /// When there is no good document.
    pub async fn document<T>(
        &self,
        outside: &Outside,
        source: Source<'_>,
        read: impl Fn(&[u8]) -> Result<T, String>,
    ) -> Result<T, CacheFault> {
        let now = outside.clock.now();
        let kept = self.at(source.url).filter(|kept| now < kept.fetched_at.plus_seconds(LAST_GOOD));
        let last_good = kept.as_ref().and_then(|kept| read(&kept.document).ok());
        let is_enough = |kept: &Kept| {
            now < kept.fetched_at.plus_seconds(source.fresh_for) || now < kept.tried_at.plus_seconds(PAUSE)
        };
        let (Some(last_good), Some(kept)) = (last_good, kept) else {
            return self.fetch(outside, source.url, read).await;
        };
        if is_enough(&kept) {
            return Ok(last_good);
        }
        self.mark_tried(source.url, now);
        self.fetch(outside, source.url, read).await.or_else(|fault| {
            tracing::warn!(%fault, "the last good document is used");
            Ok(last_good)
        })
    }

    /// A newer document than the kept one, which lacks something. Asks at most once a minute.
    ///
    /// # Errors
    /// When it is too soon, or there is no good document.
    pub async fn newer<T>(
        &self,
        outside: &Outside,
        source: Source<'_>,
        read: impl Fn(&[u8]) -> Result<T, String>,
    ) -> Result<T, CacheFault> {
        if !self.mark_tried(source.url, outside.clock.now()) {
            return Err(CacheFault::TooSoon(source.url.to_owned()));
        }
        self.fetch(outside, source.url, read).await
    }

    fn at(&self, url: &str) -> Option<Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).get(url).cloned()
    }

    /// Notes an attempt to replace the document at `url`; false if the last one was too recent.
    fn mark_tried(&self, url: &str, now: Timestamp) -> bool {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(kept) = kept.get_mut(url) else { return true };
        let is_allowed = now >= kept.tried_at.plus_seconds(PAUSE);
        if is_allowed {
            kept.tried_at = now;
        }
        is_allowed
    }

    async fn fetch<T>(
        &self,
        outside: &Outside,
        url: &str,
        read: impl Fn(&[u8]) -> Result<T, String>,
    ) -> Result<T, CacheFault> {
        let answer = outside.http.send(outside.http.request(Method::GET, url)).await.map_err(|error| match error {
            error if error.is_timeout() => CacheFault::Timeout(url.to_owned()),
            error => CacheFault::Unavailable(url.to_owned(), with_causes(&error)),
        })?;
        if answer.status != 200 {
            return Err(CacheFault::Unavailable(url.to_owned(), format!("answered {}", answer.status)));
        }
        let document = read(&answer.body).map_err(|fault| CacheFault::Unreadable(url.to_owned(), fault))?;
        self.keep(url, answer.body.into(), outside.clock.now());
        Ok(document)
    }

    fn keep(&self, url: &str, document: Arc<[u8]>, now: Timestamp) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.insert(url.to_owned(), Kept { document, fetched_at: now, tried_at: now });
        let mut bytes: usize = kept.values().map(|kept| kept.document.len()).sum();
        while kept.len() > MOST_DOCUMENTS || bytes > MOST_BYTES {
            let others = kept.iter().filter(|(other, _)| *other != url);
            let Some(oldest) = others.min_by_key(|(_, kept)| kept.fetched_at).map(|(other, _)| other.clone()) else {
                return;
            };
            bytes -= kept.remove(&oldest).map_or(0, |removed| removed.document.len());
        }
    }
}

/// An error with what caused it.
pub(super) fn with_causes(error: &HttpError) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::fake_provider::{FakeProvider, Reply, outside};
    use super::*;

    fn text(bytes: &[u8]) -> Result<String, String> {
        String::from_utf8(bytes.to_vec()).map_err(|error| error.to_string())
    }

    fn source(url: &str) -> Source<'_> {
        Source { url, fresh_for: 600 }
    }

    #[tokio::test]
    async fn a_document_is_fetched_once_while_it_is_fresh() {
        let (fake, outside, caches) = (FakeProvider::start(), outside(), Caches::default());
        let url = fake.serve("/document", Reply::json(&json!(1)));
        assert_eq!(caches.document(&outside, source(&url), text).await.unwrap(), "1");
        fake.serve("/document", Reply::json(&json!(2)));
        outside.clock.advance(599);
        assert_eq!(caches.document(&outside, source(&url), text).await.unwrap(), "1");
        outside.clock.advance(1);
        assert_eq!(caches.document(&outside, source(&url), text).await.unwrap(), "2");
    }

    #[tokio::test]
    async fn the_last_good_document_serves_for_a_day() {
        let (fake, outside, caches) = (FakeProvider::start(), outside(), Caches::default());
        let url = fake.serve("/document", Reply::json(&json!(1)));
        caches.document(&outside, source(&url), text).await.unwrap();
        fake.serve("/document", Reply::status(500));
        outside.clock.advance(LAST_GOOD - 1);
        for _ in 0..3 {
            assert_eq!(caches.document(&outside, source(&url), text).await.unwrap(), "1");
        }
        assert_eq!(fake.requests("/document").len(), 2, "a provider in trouble is asked once a minute");
        outside.clock.advance(1);
        assert!(caches.document(&outside, source(&url), text).await.is_err());
    }

    #[tokio::test]
    async fn a_newer_document_is_asked_for_once_a_minute() {
        let (fake, outside, caches) = (FakeProvider::start(), outside(), Caches::default());
        let url = fake.serve("/document", Reply::json(&json!(1)));
        caches.document(&outside, source(&url), text).await.unwrap();
        outside.clock.advance(60);
        fake.serve("/document", Reply::json(&json!(2)));
        assert_eq!(caches.newer(&outside, source(&url), text).await.unwrap(), "2");
        let fault = caches.newer(&outside, source(&url), text).await.unwrap_err();
        assert!(matches!(fault, CacheFault::TooSoon(_)), "{fault}");
    }

    #[tokio::test]
    async fn what_the_reader_refuses_is_not_kept() {
        let (fake, outside, caches) = (FakeProvider::start(), outside(), Caches::default());
        let url = fake.serve("/document", Reply::json(&json!(1)));
        let refused = caches.document(&outside, source(&url), |_| Err::<(), _>("no".to_owned())).await;
        assert!(matches!(refused, Err(CacheFault::Unreadable(..))));
        assert!(caches.at(&url).is_none());
    }

    #[test]
    fn the_oldest_documents_leave_when_there_are_too_many_or_too_large() {
        let caches = Caches::default();
        for number in 0..=i64::try_from(MOST_DOCUMENTS).unwrap() {
            caches.keep(&number.to_string(), Arc::from([0]), Timestamp(number));
        }
        assert!(caches.at("0").is_none() && caches.at("1").is_some() && caches.at("1000").is_some());
        caches.keep("large", vec![0; MOST_BYTES].into(), Timestamp(0));
        assert!(caches.at("large").is_some() && caches.at("1000").is_none());
    }
}
