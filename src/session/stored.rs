//! Owns the session: the three tokens, sealed and split over cookies that browsers accept, whole or not at all.
//! It must not know how tokens are got or verified.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::cookies::{CookieRules, Received};
use super::jwt;
use super::seal::Seal;
use crate::clock::Timestamp;

/// Bytes of the session in one cookie. Sealed (28 bytes more) and in base64 they make 3,776; name and
/// attributes fit below the 4,000 that every browser takes.
const CHUNK_BYTES: usize = 2_800;
/// More cookies than this are refused: a server in front of us would refuse the request header.
const MOST_CHUNKS: usize = 12;
/// The life of the cookies in seconds; the refresh token inside decides how long the session really lasts.
const MAX_AGE: i64 = 30 * 24 * 3_600;

/// The tokens of one person, with what is needed to keep them.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// Random; tells the chunks of this session from those of another writing of it.
    pub generation: String,
    /// When the person signed in.
    pub signed_in_at: Timestamp,
    /// The ID token, a JWS.
    pub id_token: String,
    /// The access token, a JWS.
    pub access_token: String,
    /// The refresh token, opaque; absent when the pool gave none.
    pub refresh_token: Option<String>,
}

/// The session does not fit the cookies that a browser sends along.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the tokens are too large for cookies")]
pub struct TooLarge;

/// Reads and writes sessions as sealed cookies.
pub struct SessionCookies<'a> {
    /// How cookies are written.
    pub rules: CookieRules,
    /// The keys.
    pub seal: &'a Seal,
}

impl Session {
    /// Seconds until the first of the ID and the access token expires; negative once one has.
    #[must_use]
    pub fn remaining(&self, now: Timestamp) -> i64 {
        let expiry = |token: &str| jwt::payload(token).and_then(|claims| claims.get("exp")?.as_i64()).unwrap_or(0);
        expiry(&self.id_token).min(expiry(&self.access_token)) - now.seconds()
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Session").field("generation", &self.generation).finish_non_exhaustive()
    }
}

impl SessionCookies<'_> {
    /// The session in `received`, or none: a chunk that is missing, changed, swapped or of another generation
    /// means signed out.
    #[must_use]
    pub fn read(&self, received: &Received) -> Option<Session> {
        let first = self.open(received, 0)?;
        let mut text = String::new();
        for index in 0..first.count {
            let chunk = self.open(received, index)?;
            if chunk.generation != first.generation || chunk.count != first.count {
                return None;
            }
            text.push_str(&chunk.text);
        }
        serde_json::from_str::<Session>(&text).ok().filter(|session| session.generation == first.generation)
    }

    /// `Set-Cookie` values that replace whatever session `received` holds by `session`.
    ///
    /// # Errors
    /// When the tokens need more cookies than are bearable.
    pub fn write(&self, session: &Session, received: &Received) -> Result<Vec<String>, TooLarge> {
        let text = serde_json::to_string(session).map_err(|_| TooLarge)?;
        let parts = split(&text);
        if parts.len() > MOST_CHUNKS {
            return Err(TooLarge);
        }
        let mut cookies = Vec::new();
        for (index, part) in parts.iter().enumerate() {
            let name = self.name(index);
            let sealed = self.seal.seal(&name, format!("{}.{index}.{}.{part}", session.generation, parts.len()));
            cookies.push(self.rules.set(&name, &sealed, Some(MAX_AGE)));
        }
        let written: Vec<_> = (0..parts.len()).map(|index| self.name(index)).collect();
        cookies.extend(
            self.names_in(received).filter(|name| !written.contains(name)).map(|name| self.rules.expire(&name)),
        );
        Ok(cookies)
    }

    /// `Set-Cookie` values that remove every session cookie in `received`.
    #[must_use]
    pub fn clear(&self, received: &Received) -> Vec<String> {
        self.names_in(received).map(|name| self.rules.expire(&name)).collect()
    }

    fn open(&self, received: &Received, index: usize) -> Option<Chunk> {
        let name = self.name(index);
        Chunk::parse(&self.seal.open(&name, received.get(&name)?)?, index)
    }

    fn name(&self, index: usize) -> String {
        self.rules.name(&format!("session-{index}"))
    }

    fn names_in(&self, received: &Received) -> impl Iterator<Item = String> {
        let prefix = self.rules.name("session-");
        received.keys().filter(move |name| name.starts_with(&prefix)).cloned()
    }
}

struct Chunk {
    generation: String,
    count: usize,
    text: String,
}

impl Chunk {
    fn parse(opened: &str, expected_index: usize) -> Option<Self> {
        let mut fields = opened.splitn(4, '.');
        let generation = fields.next()?.to_owned();
        let index: usize = fields.next()?.parse().ok()?;
        let count = fields.next()?.parse().ok().filter(|count| (1..=MOST_CHUNKS).contains(count))?;
        let text = fields.next()?.to_owned();
        (index == expected_index).then_some(Self { generation, count, text })
    }
}

fn split(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let (part, remainder) = rest.split_at(rest.floor_char_boundary(CHUNK_BYTES));
        parts.push(part);
        rest = remainder;
    }
    parts
}

#[cfg(test)]
mod tests;
