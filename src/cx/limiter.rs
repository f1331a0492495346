//! Owns the limit of attempts by address. IPv6 addresses count by their /64, which is what one customer gets.

use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;

use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use crate::error::Error;

/// Attempts that may come at once, as a multiple of what is allowed per second.
const BURST: u32 = 10;

/// Counts attempts by address.
pub struct Limiter(Option<DefaultKeyedRateLimiter<IpAddr>>);

impl Limiter {
    /// A limiter that allows `per_second` attempts; 0 allows everything.
    #[must_use]
    pub fn new(per_second: u32) -> Self {
        let quota = NonZeroU32::new(per_second).map(|rate| {
            Quota::per_second(rate).allow_burst(rate.saturating_mul(NonZeroU32::new(BURST).unwrap_or(NonZeroU32::MIN)))
        });
        Self(quota.map(RateLimiter::keyed))
    }

    /// A limiter that allows `per_hour` attempts, all at once if need be; 0 allows everything.
    #[must_use]
    pub fn hourly(per_hour: u32) -> Self {
        Self(NonZeroU32::new(per_hour).map(|rate| RateLimiter::keyed(Quota::per_hour(rate))))
    }

    /// Counts an attempt.
    ///
    /// # Errors
    /// [`Error::TooManyRequests`] when there were too many.
    pub fn count(&self, address: IpAddr) -> Result<(), Error> {
        let Some(limiter) = &self.0 else { return Ok(()) };
        limiter.check_key(&neighbourhood(address)).map_err(|_| Error::TooManyRequests)
    }

    /// Forgets addresses that have been quiet.
    pub fn forget_quiet(&self) {
        if let Some(limiter) = &self.0 {
            limiter.retain_recent();
        }
    }
}

fn neighbourhood(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(address) => {
            let [first, second, third, fourth, ..] = address.segments();
            IpAddr::V6(Ipv6Addr::new(first, second, third, fourth, 0, 0, 0, 0))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_refused_after_its_burst() {
        let limiter = Limiter::new(1);
        let address = IpAddr::from([192, 0, 2, 1]);
        assert!((0..BURST).all(|_| limiter.count(address).is_ok()));
        assert!(limiter.count(address).is_err());
        assert!(limiter.count(IpAddr::from([192, 0, 2, 2])).is_ok());
        assert!(Limiter::new(0).count(address).is_ok());
        let hourly = Limiter::hourly(2);
        assert_eq!([(); 3].map(|()| hourly.count(address).is_ok()), [true, true, false]);
    }
}
