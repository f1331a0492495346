//! Owns the address inside this site that a person returns to after signing in.
//! It must not know about sign-in; its one duty is that nobody is led to another site.

use serde::{Deserialize, Serialize};
use url::{Position, Url};

const LONGEST: usize = 1_000;

/// A path of this site with query and fragment, percent-encoded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ReturnTo(String);

impl ReturnTo {
    /// Accepts `/path` of the site at `public_url` and nothing that a browser could read as another host.
    #[must_use]
    pub fn parse(text: &str, public_url: &Url) -> Option<Self> {
        let is_plain = text.len() <= LONGEST && !text.chars().any(|c| c == '\\' || c.is_control());
        if !is_plain || !text.starts_with('/') || text.starts_with("//") {
            return None;
        }
        let url = public_url.join(text).ok()?;
        // Resolving dots can uncover a second slash: `/.//host`.
        let path = &url[Position::BeforePath..];
        (url.origin() == public_url.origin() && !path.starts_with("//")).then(|| Self(path.to_owned()))
    }

    /// The path, fit for a `Location` header.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Option<String> {
        let site = Url::parse("http://localhost:3000").unwrap();
        ReturnTo::parse(text, &site).map(|path| path.0)
    }

    #[test]
    fn paths_of_this_site_are_accepted() {
        assert_eq!(parse("/session").as_deref(), Some("/session"));
        assert_eq!(parse("/a?b=c&d=//x#e").as_deref(), Some("/a?b=c&d=//x#e"));
        assert_eq!(parse("/grüße").as_deref(), Some("/gr%C3%BC%C3%9Fe"));
    }

    #[test]
    fn everything_else_is_ignored() {
        for text in [
            "",
            "session",
            "//evil.example",
            "/\\evil.example",
            "\\/evil.example",
            "https://evil.example",
            "/.//evil.example",
            "/a/..//evil.example",
            "/\t/evil.example",
            "/a\r\nSet-Cookie: x=y",
            "/\u{85}/x",
            "javascript:alert(1)",
        ] {
            assert_eq!(parse(text), None, "{text:?}");
        }
        assert_eq!(parse(&format!("/{}", "a".repeat(1_000))), None);
    }
}
