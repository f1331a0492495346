//! Owns the reading of time. Everything else is told the time by [`crate::cx::Cx`];
//! it must not know who asks or why.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::macros::format_description;

/// A moment, in milliseconds since the Unix epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Default)]
#[serde(transparent)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// The moment `seconds` after the epoch.
    #[must_use]
    pub const fn from_seconds(seconds: i64) -> Self {
        Self(seconds * 1000)
    }

    /// Whole seconds since the epoch, as JWT claims carry them (RFC 7519 §2, NumericDate).
    #[must_use]
    pub const fn seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// Seconds with a fraction, as Cognito's API writes dates (`1716239022.123`).
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "milliseconds fit a double until the year 287396")]
    pub fn fractional_seconds(self) -> f64 {
        self.0 as f64 / 1000.0
    }

    /// The moment in UTC as fourteen digits, `20240102030405`, as Cognito names versions.
    #[must_use]
    pub fn digits(self) -> String {
        let digits = format_description!("[year][month][day][hour][minute][second]");
        let moment = OffsetDateTime::from_unix_timestamp(self.seconds()).ok();
        moment.and_then(|moment| moment.format(digits).ok()).unwrap_or_default()
    }

    /// The moment in UTC in words, `2 Jan 2024, 03:04:05 UTC`.
    #[must_use]
    pub fn in_words(self) -> String {
        let words = format_description!("[day padding:none] [month repr:short] [year], [hour]:[minute]:[second] UTC");
        let moment = OffsetDateTime::from_unix_timestamp(self.seconds()).ok();
        moment.and_then(|moment| moment.format(words).ok()).unwrap_or_default()
    }

    /// This moment moved by `seconds`, which may be negative.
    #[must_use]
    pub const fn plus_seconds(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds.saturating_mul(1000)))
    }
}

/// Where the time comes from.
#[derive(Debug, Clone)]
pub enum Clock {
    /// The machine's clock.
    Real,
    /// A clock that stands still until a test moves it (milliseconds since the epoch).
    Fixed(Arc<AtomicI64>),
}

impl Clock {
    /// A clock that stands at `moment`.
    #[must_use]
    pub fn fixed(moment: Timestamp) -> Self {
        Self::Fixed(Arc::new(AtomicI64::new(moment.0)))
    }

    /// The present moment.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        match self {
            Self::Real => Timestamp(real_milliseconds()),
            Self::Fixed(moment) => Timestamp(moment.load(Ordering::SeqCst)),
        }
    }

    /// Moves a fixed clock forward; a real one takes no orders.
    pub fn advance(&self, seconds: i64) {
        if let Self::Fixed(moment) = self {
            moment.fetch_add(seconds * 1000, Ordering::SeqCst);
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the one place that reads the machine's clock")]
fn real_milliseconds() -> i64 {
    std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .map_or(0, |elapsed| i64::try_from(elapsed.as_millis()).unwrap_or(i64::MAX))
}
