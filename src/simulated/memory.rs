//! Owns what the simulated providers remember while they run: codes, tokens, first consents, service providers.
//! Everything is bounded; what is oldest goes first. It must not know protocols or HTTP.

use std::collections::VecDeque;

use super::choice::Decision;
use super::kind::Kind;
use super::saml::Session;

/// The most entries of one kind.
const CAPACITY: usize = 1000;

/// A list of entries that expire.
#[derive(Debug)]
pub struct Shelf<T>(VecDeque<Entry<T>>);

#[derive(Debug)]
struct Entry<T> {
    key: String,
    expires_at: i64,
    value: T,
}

/// What somebody granted an app.
#[derive(Debug, Clone)]
pub struct Grant {
    /// The provider that was asked.
    pub kind: Kind,
    /// The app.
    pub client_id: String,
    /// Where the code was sent.
    pub redirect_uri: String,
    /// What was asked for.
    pub scope: Vec<String>,
    /// OpenID Connect's `nonce`.
    pub nonce: Option<String>,
    /// PKCE's challenge.
    pub challenge: Option<Challenge>,
    /// When the person signed in, in seconds since the epoch.
    pub authenticated_at: i64,
    /// Who.
    pub decision: Decision,
}

impl Grant {
    /// Whether `scope` was asked for.
    #[must_use]
    pub fn has_scope(&self, scope: &str) -> bool {
        self.scope.iter().any(|asked| asked == scope)
    }
}

/// PKCE's challenge (RFC 7636 §4.3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Challenge {
    /// The verifier itself.
    Plain(String),
    /// The verifier's SHA-256.
    S256(String),
}

/// What an access token stands for.
#[derive(Debug, Clone)]
pub struct Access {
    /// The grant.
    pub grant: Grant,
    /// The secret that the app showed, with which Facebook's `appsecret_proof` is made.
    pub client_secret: String,
    /// When it was issued, in seconds since the epoch.
    pub issued_at: i64,
    /// When it ends, in seconds since the epoch.
    pub expires_at: i64,
}

/// All that is remembered.
#[derive(Debug, Default)]
pub struct Memory {
    /// Authorization codes.
    pub codes: Shelf<Grant>,
    /// Access tokens.
    pub access: Shelf<Access>,
    /// Refresh tokens.
    pub refresh: Shelf<Grant>,
    /// Who has been at which app before, as Apple counts.
    pub consents: Shelf<()>,
    /// Assertion consumer services by entity id.
    pub service_providers: Shelf<String>,
    /// Sessions at SAML service providers by their index.
    pub saml_sessions: Shelf<Session>,
}

impl<T> Default for Shelf<T> {
    fn default() -> Self {
        Self(VecDeque::new())
    }
}

impl<T> Shelf<T> {
    /// Keeps `value` until `expires_at` (seconds), in place of what `key` had.
    pub fn put(&mut self, key: &str, expires_at: i64, value: T) {
        self.0.retain(|entry| entry.key != key);
        if self.0.len() == CAPACITY {
            self.0.pop_front();
        }
        self.0.push_back(Entry { key: key.to_owned(), expires_at, value });
    }

    /// Removes and gives what `key` has, unless it expired.
    pub fn take(&mut self, key: &str, now: i64) -> Option<T> {
        let position = self.0.iter().position(|entry| entry.key == key)?;
        self.0.remove(position).filter(|entry| entry.expires_at > now).map(|entry| entry.value)
    }

    /// What `key` has, unless it expired.
    #[must_use]
    pub fn get(&self, key: &str, now: i64) -> Option<&T> {
        self.0.iter().find(|entry| entry.key == key && entry.expires_at > now).map(|entry| &entry.value)
    }

    /// Keys and values, newest first.
    pub fn newest(&self) -> impl Iterator<Item = (&str, &T)> {
        self.0.iter().rev().map(|entry| (entry.key.as_str(), &entry.value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_taken_once_and_expire() {
        let mut shelf = Shelf::default();
        shelf.put("a", 10, 1);
        shelf.put("b", 10, 2);
        assert_eq!(shelf.get("a", 9), Some(&1));
        assert_eq!((shelf.take("a", 9), shelf.take("a", 9)), (Some(1), None));
        assert_eq!(shelf.get("b", 10), None);
        assert_eq!(shelf.take("b", 10), None);
    }

    #[test]
    fn the_oldest_goes_when_it_is_full() {
        let mut shelf = Shelf::default();
        (0..=CAPACITY).for_each(|number| shelf.put(&number.to_string(), 10, number));
        assert_eq!((shelf.get("0", 0), shelf.get("1", 0)), (None, Some(&1)));
        assert_eq!(shelf.newest().next(), Some((CAPACITY.to_string().as_str(), &CAPACITY)));
    }
}
