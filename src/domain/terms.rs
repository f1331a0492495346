//! Owns terms documents: links that the sign-up page shows, by language.

use std::collections::BTreeMap;

use crate::clock::Timestamp;
use crate::domain::ids::{ClientId, PoolId};

/// The two documents, both of which a client needs before any is shown.
pub const KINDS: [&str; 2] = ["terms-of-use", "privacy-policy"];

/// Languages of the pages, each with its word in the links.
const LANGUAGES: [(&str, &str); 12] = [
    ("en", "english"),
    ("nl", "dutch"),
    ("fr", "french"),
    ("es", "spanish"),
    ("de", "german"),
    ("id", "bahasa-indonesia"),
    ("it", "italian"),
    ("ja", "japanese"),
    ("ko", "korean"),
    ("pt-BR", "portuguese-brazil"),
    ("zh-CN", "chinese-simplified"),
    ("zh-TW", "chinese-traditional"),
];

/// A terms document of a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terms {
    /// Its id.
    pub id: String,
    /// The pool.
    pub pool_id: PoolId,
    /// The client.
    pub client_id: ClientId,
    /// One of [`KINDS`].
    pub name: String,
    /// Addresses by language: `cognito:default`, `cognito:english`, …
    pub links: BTreeMap<String, String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub modified_at: Timestamp,
}

impl Terms {
    /// The address for a page in language `lang` (a BCP 47 tag).
    #[must_use]
    pub fn link(&self, lang: &str) -> Option<&str> {
        let word = LANGUAGES.iter().find(|(tag, _)| tag.eq_ignore_ascii_case(lang)).map(|(_, word)| *word);
        let own = word.and_then(|word| self.links.get(&format!("cognito:{word}")));
        own.or_else(|| self.links.get("cognito:default")).map(String::as_str)
    }
}

/// The addresses of both documents, terms of use first; `None` unless both exist in that language or by default.
#[must_use]
pub fn links<'a>(documents: &'a [Terms], lang: &str) -> Option<[&'a str; 2]> {
    let link = |kind: &str| documents.iter().find(|document| document.name == kind)?.link(lang);
    Some([link(KINDS[0])?, link(KINDS[1])?])
}
