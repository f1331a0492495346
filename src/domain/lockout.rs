//! Owns the lockout rule: five failures lock for one second, each further one twice as long, up to fifteen minutes;
//! fifteen quiet minutes wipe the slate (spec: Cognito's lockout behaviour).

use crate::clock::Timestamp;

/// Failures that lock for the first time.
pub const FAILURES_BEFORE_LOCK: i64 = 5;
/// The longest lock, in seconds.
pub const LONGEST_LOCK_SECONDS: i64 = 15 * 60;
/// Quiet seconds after which failures are forgotten.
pub const FORGET_AFTER_SECONDS: i64 = 15 * 60;

/// The moment until which an account is locked after its `failures`-th failure at `now`;
/// `now` itself when it is not locked.
#[must_use]
pub fn locked_until(failures: i64, now: Timestamp) -> Timestamp {
    if failures < FAILURES_BEFORE_LOCK {
        return now;
    }
    let doublings = u32::try_from(failures - FAILURES_BEFORE_LOCK).unwrap_or(u32::MAX).min(20);
    now.plus_seconds((1_i64 << doublings).min(LONGEST_LOCK_SECONDS))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lock_doubles_up_to_fifteen_minutes() {
        let now = Timestamp::from_seconds(1000);
        let seconds = |failures| locked_until(failures, now).seconds() - 1000;
        let expected = [(1, 0), (4, 0), (5, 1), (6, 2), (7, 4), (14, 512), (15, 900), (16, 900), (4000, 900)];
        for (failures, lock) in expected {
            assert_eq!(seconds(failures), lock, "{failures} failures");
        }
    }
}
