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
