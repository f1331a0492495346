//! Tests of the attempt cookies. They must not need a server.

use secrecy::SecretString;

use super::*;
use crate::session::kept::kept;

const NOW: Timestamp = Timestamp(1_700_000_000_000);

struct Browser {
    seal: Seal,
    random: Random,
    received: Received,
}

impl Browser {
    fn new() -> Self {
        Self { seal: Seal::new(&SecretString::from("one"), None), random: Random::seeded(1), received: Received::new() }
    }

    fn cookies(&self) -> AttemptCookies<'_> {
        AttemptCookies { rules: CookieRules::new(true, "app-"), seal: &self.seal }
    }

    fn start(&mut self, now: Timestamp) -> Attempt {
        let attempt = Attempt::new(&self.random, now, None);
        self.received = kept(&self.received, &self.cookies().start(&attempt, &self.received));
        attempt
    }

    fn has(&self, attempt: &Attempt, now: Timestamp) -> bool {
        self.cookies().find(&attempt.state, &self.received, now).is_some_and(|found| found == *attempt)
    }
}

#[test]
fn two_tabs_keep_their_own_attempts() {
    let mut browser = Browser::new();
    let (one, two) = (browser.start(NOW), browser.start(NOW));
    assert!(browser.has(&one, NOW) && browser.has(&two, NOW));
    let ended = browser.cookies().end(&one.state);
    browser.received = kept(&browser.received, &[ended]);
    assert!(!browser.has(&one, NOW) && browser.has(&two, NOW));
}

#[test]
fn the_oldest_attempt_goes_when_there_are_more_than_five() {
    let mut browser = Browser::new();
    let attempts: Vec<_> = (0..7).map(|second| browser.start(NOW.plus_seconds(second))).collect();
    assert_eq!(browser.received.len(), 5);
    let is_kept: Vec<_> = attempts.iter().map(|attempt| browser.has(attempt, NOW)).collect();
    assert_eq!(is_kept, [false, false, true, true, true, true, true]);
}

#[test]
fn an_attempt_ends_after_ten_minutes() {
    let mut browser = Browser::new();
    let attempt = browser.start(NOW);
    assert!(browser.has(&attempt, NOW.plus_seconds(599)));
    assert!(!browser.has(&attempt, NOW.plus_seconds(600)));
}

#[test]
fn a_state_of_another_browser_finds_nothing() {
    let (mut own, mut other) = (Browser::new(), Browser::new());
    other.random = Random::seeded(2);
    let (attempt, foreign) = (own.start(NOW), other.start(NOW));
    assert!(own.has(&attempt, NOW));
    assert!(!own.has(&foreign, NOW));
    let planted = own.received.values().next().unwrap().clone();
    own.received.insert(other.received.keys().next().unwrap().clone(), planted);
    assert!(!own.has(&foreign, NOW));
}
