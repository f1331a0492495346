//! Owns the outside world as use cases see it: time, randomness, outbound HTTP, mail. Tests replace it.

use crate::clock::Clock;
use crate::http::Http;
use crate::mail::Mail;
use crate::random::Random;

/// The outside world; tests replace it.
#[derive(Debug, Clone)]
pub struct Outside {
    /// The time.
    pub clock: Clock,
    /// Randomness.
    pub random: Random,
    /// Outbound HTTP.
    pub http: Http,
    /// Mail and text messages.
    pub mail: Mail,
}

#[cfg(test)]
impl Outside {
    /// A world for unit tests: the clock stands at `moment`, randomness repeats, and no mail leaves.
    #[must_use]
    pub fn still(moment: crate::clock::Timestamp, http: Http) -> Self {
        Self { clock: Clock::fixed(moment), random: Random::seeded(7), http, mail: Mail::nowhere() }
    }
}
