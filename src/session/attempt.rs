//! Owns a sign-in attempt between `/login` and `/callback`: state, nonce and PKCE verifier in one sealed cookie
//! per attempt, so that two tabs at once work. It must not know what the pool answers.

use aws_lc_rs::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};

use super::cookies::{CookieRules, Received};
use super::return_to::ReturnTo;
use super::seal::Seal;
use crate::clock::Timestamp;
use crate::random::Random;

/// How long a person may take to sign in, in seconds.
const MAX_AGE: i64 = 600;
/// How many attempts a browser keeps; the oldest goes first.
const MOST: usize = 5;
/// 62^43 possibilities are 256 bits. Only letters and digits, because pools differ in how they escape a state.
const STATE_LENGTH: usize = 43;

/// What ties the pool's answer to the browser and the moment it was asked for (RFC 9700 §2.1.1, §4.7.1).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// Comes back in the callback's address.
    pub state: String,
    /// Comes back in the ID token.
    pub nonce: String,
    /// The PKCE code verifier (RFC 7636 §4.1).
    pub verifier: String,
    /// Where to go afterwards.
    pub return_to: Option<ReturnTo>,
    started_at: Timestamp,
}

/// Reads and writes attempts as sealed cookies.
pub struct AttemptCookies<'a> {
    /// How cookies are written.
    pub rules: CookieRules,
    /// The keys.
    pub seal: &'a Seal,
}

impl Attempt {
    /// A new attempt.
    #[must_use]
    pub fn new(random: &Random, now: Timestamp, return_to: Option<ReturnTo>) -> Self {
        let state = random.alphanumeric(STATE_LENGTH);
        Self { state, nonce: random.token(), verifier: random.token(), return_to, started_at: now }
    }
}

impl AttemptCookies<'_> {
    /// `Set-Cookie` values that keep `attempt` beside at most four others; older and unreadable ones go.
    #[must_use]
    pub fn start(&self, attempt: &Attempt, received: &Received) -> Vec<String> {
        let prefix = self.rules.name("attempt-");
        let mut dropped = Vec::new();
        let mut others = Vec::new();
        for (name, sealed) in received.iter().filter(|(name, _)| name.starts_with(&prefix)) {
            match self.open(name, sealed) {
                Some(other) if !other.is_over(attempt.started_at) => others.push((other.started_at, name)),
                _ => dropped.push(name),
            }
        }
        others.sort();
        let surplus = (others.len() + 1).saturating_sub(MOST);
        dropped.extend(others.drain(..surplus).map(|(_, name)| name));
        let name = self.name(&attempt.state);
        let text = serde_json::to_string(attempt).unwrap_or_default();
        let mut cookies = vec![self.rules.set(&name, &self.seal.seal(&name, text), Some(MAX_AGE))];
        cookies.extend(dropped.into_iter().map(|name| self.rules.expire(name)));
        cookies
    }

    /// The attempt that `state` belongs to, unless this browser never made it or it took too long.
    #[must_use]
    pub fn find(&self, state: &str, received: &Received, now: Timestamp) -> Option<Attempt> {
        let name = self.name(state);
        let attempt = self.open(&name, received.get(&name)?)?;
        (attempt.state == state && !attempt.is_over(now)).then_some(attempt)
    }

    /// The `Set-Cookie` value that ends the attempt of `state`.
    #[must_use]
    pub fn end(&self, state: &str) -> String {
        self.rules.expire(&self.name(state))
    }

    fn open(&self, name: &str, sealed: &str) -> Option<Attempt> {
        serde_json::from_str(&self.seal.open(name, sealed)?).ok()
    }

    fn name(&self, state: &str) -> String {
        let hash = digest(&SHA256, state.as_bytes());
        let short: String = hash.as_ref().iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        self.rules.name(&format!("attempt-{short}"))
    }
}

impl Attempt {
    fn is_over(&self, now: Timestamp) -> bool {
        now >= self.started_at.plus_seconds(MAX_AGE)
    }
}

#[cfg(test)]
mod tests;
