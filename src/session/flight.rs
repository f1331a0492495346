//! Owns "ask once, answer all": callers with the same key share one piece of work, which goes on when the caller
//! that started it leaves. It must not know what the work is.

use std::collections::HashMap;
use std::future::Future;
use std::sync::{Mutex, PoisonError};

use aws_lc_rs::digest::{SHA256, digest};
use tokio::sync::watch;

use crate::clock::{Clock, Timestamp};

/// Names a piece of work without keeping the secrets it is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct FlightKey([u8; 32]);

impl FlightKey {
    /// The key made of `parts`, none of which contains a line feed.
    #[must_use]
    pub fn new(parts: &[&str]) -> Self {
        let mut bytes = [0; 32];
        bytes.copy_from_slice(digest(&SHA256, parts.join("\n").as_bytes()).as_ref());
        Self(bytes)
    }
}

/// Work under way, and for a while its results.
pub struct Flights<T> {
    clock: Clock,
    keeping: Keeping<T>,
    flights: Mutex<HashMap<FlightKey, Flight<T>>>,
}

/// Which results are kept for later callers, and how many.
pub struct Keeping<T> {
    /// For how many seconds; 0 keeps nothing.
    pub seconds: i64,
    /// How many at most; the oldest goes first.
    pub limit: usize,
    /// Whether this result is worth keeping.
    pub is_kept: fn(&T) -> bool,
}

struct Flight<T> {
    started_at: Timestamp,
    outcome: watch::Receiver<Option<T>>,
}

impl<T: Clone + Send + Sync + 'static> Flights<T> {
    /// No work yet.
    #[must_use]
    pub fn new(clock: Clock, keeping: Keeping<T>) -> Self {
        Self { clock, keeping, flights: Mutex::default() }
    }

    /// The result of the work named `key`: a kept one, the one under way, or else that of `work`, begun now.
    /// None when the work broke off because its thread ended.
    pub async fn join<F>(&self, key: FlightKey, work: impl FnOnce() -> F) -> Option<T>
    where
        F: Future<Output = T> + Send + 'static,
    {
        let mut outcome = self.outcome(key, work);
        outcome.wait_for(Option::is_some).await.ok()?.clone()
    }

    /// The result of the work named `key` if it is under way, without starting anything.
    pub async fn ongoing(&self, key: FlightKey) -> Option<T> {
        let mut outcome = {
            let flights = self.flights.lock().unwrap_or_else(PoisonError::into_inner);
            flights.get(&key)?.outcome.clone()
        };
        outcome.wait_for(Option::is_some).await.ok()?.clone()
    }

    /// Lets later callers start the work named `key` anew, even while it is under way.
    pub fn forget(&self, key: FlightKey) {
        self.flights.lock().unwrap_or_else(PoisonError::into_inner).remove(&key);
    }

    /// A kept result, without starting anything.
    #[must_use]
    pub fn kept(&self, key: FlightKey) -> Option<T> {
        let flights = self.flights.lock().unwrap_or_else(PoisonError::into_inner);
        let flight = flights.get(&key).filter(|flight| self.is_usable(flight))?;
        flight.outcome.borrow().clone()
    }

    fn outcome<F>(&self, key: FlightKey, work: impl FnOnce() -> F) -> watch::Receiver<Option<T>>
    where
        F: Future<Output = T> + Send + 'static,
    {
        let mut flights = self.flights.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(flight) = flights.get(&key).filter(|flight| self.is_usable(flight)) {
            return flight.outcome.clone();
        }
        self.make_room(&mut flights);
        let (landing, outcome) = watch::channel(None);
        let work = work();
        tokio::spawn(async move { landing.send_replace(Some(work.await)) });
        flights.insert(key, Flight { started_at: self.clock.now(), outcome: outcome.clone() });
        outcome
    }

    fn is_usable(&self, flight: &Flight<T>) -> bool {
        match flight.outcome.borrow().as_ref() {
            None => flight.outcome.has_changed().is_ok(),
            Some(result) => {
                (self.keeping.is_kept)(result)
                    && self.clock.now() < flight.started_at.plus_seconds(self.keeping.seconds)
            }
        }
    }

    fn make_room(&self, flights: &mut HashMap<FlightKey, Flight<T>>) {
        flights.retain(|_, flight| self.is_usable(flight));
        while flights.len() >= self.keeping.limit {
            let Some(oldest) = flights.iter().min_by_key(|(_, flight)| flight.started_at).map(|(key, _)| *key) else {
                return;
            };
            flights.remove(&oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    struct Field {
        flights: Flights<usize>,
        clock: Clock,
        count: Arc<AtomicUsize>,
    }

    impl Field {
        fn new(seconds: i64, limit: usize) -> Self {
            let clock = Clock::fixed(Timestamp(0));
            let keeping = Keeping { seconds, limit, is_kept: |_| true };
            Self { flights: Flights::new(clock.clone(), keeping), clock, count: Arc::default() }
        }

        /// Which start of the work named `name` answered.
        async fn join(&self, name: &str) -> usize {
            let count = Arc::clone(&self.count);
            let work = || async move {
                let number = count.fetch_add(1, Ordering::SeqCst) + 1;
                tokio::task::yield_now().await;
                number
            };
            self.flights.join(FlightKey::new(&[name]), work).await.unwrap()
        }
    }

    #[actix_web::test]
    async fn callers_at_the_same_time_share_one_piece_of_work() {
        let field = Field::new(0, 10);
        assert_eq!(tokio::join!(field.join("a"), field.join("a"), field.join("b")), (1, 1, 2));
    }

    #[actix_web::test]
    async fn a_result_is_kept_for_as_long_as_asked_and_no_longer() {
        let field = Field::new(60, 10);
        assert_eq!((field.join("a").await, field.join("a").await), (1, 1));
        field.clock.advance(60);
        assert_eq!(field.join("a").await, 2);
        let forgetful = Field::new(0, 10);
        assert_eq!((forgetful.join("a").await, forgetful.join("a").await), (1, 2));
    }

    #[actix_web::test]
    async fn work_whose_caller_left_is_finished_and_not_answered_from_memory() {
        let field = Field::new(0, 10);
        assert!(futures_util::FutureExt::now_or_never(field.join("a")).is_none());
        for _ in 0..5 {
            tokio::task::yield_now().await;
        }
        assert_eq!(field.count.load(Ordering::SeqCst), 1);
        assert_eq!(field.join("a").await, 2);
    }

    #[actix_web::test]
    async fn no_more_results_are_kept_than_allowed() {
        let field = Field::new(60, 2);
        for name in ["a", "b", "c"] {
            field.join(name).await;
            field.clock.advance(1);
        }
        assert_eq!(field.join("c").await, 3);
        assert_eq!(field.join("a").await, 4);
    }
}
