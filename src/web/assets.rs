//! Owns the files that the hosted pages link to: they are part of the program, so it needs no folder beside it.
//! It must not know which page links to which file.

use std::sync::LazyLock;

use aws_lc_rs::digest;

/// One embedded file.
#[derive(Debug)]
pub struct Asset {
    /// Where it is served, `/assets/<name>`.
    pub path: &'static str,
    /// Its content.
    pub bytes: &'static [u8],
    /// Its media type.
    pub content_type: &'static str,
    /// A strong entity tag with its quotes (RFC 9110 §8.8.3), from the content.
    pub etag: String,
}

/// The file served at `path`, if there is one.
#[must_use]
pub fn find(path: &str) -> Option<&'static Asset> {
    ASSETS.iter().find(|asset| asset.path == path)
}

static ASSETS: LazyLock<Vec<Asset>> = LazyLock::new(|| {
    const CSS: &str = "text/css; charset=utf-8";
    const SCRIPT: &str = "text/javascript; charset=utf-8";
    vec![
        asset("/assets/site.css", include_bytes!("../../static/site.css"), CSS),
        asset("/assets/password.js", include_bytes!("../../static/password.js"), SCRIPT),
        asset("/assets/passkey.js", include_bytes!("../../static/passkey.js"), SCRIPT),
        asset("/assets/inbox.js", include_bytes!("../../static/inbox.js"), SCRIPT),
        asset("/assets/times.js", include_bytes!("../../static/times.js"), SCRIPT),
        asset("/assets/repost.js", include_bytes!("../../static/repost.js"), SCRIPT),
        asset("/assets/favicon.svg", include_bytes!("../../static/favicon.svg"), "image/svg+xml"),
    ]
});

fn asset(path: &'static str, bytes: &'static [u8], content_type: &'static str) -> Asset {
    let hash = digest::digest(&digest::SHA256, bytes);
    let etag = hash.as_ref().iter().take(12).fold(String::from("\""), |tag, byte| format!("{tag}{byte:02x}")) + "\"";
    Asset { path, bytes, content_type, etag }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_known_path_is_found_and_no_other() {
        let stylesheet = find("/assets/site.css").unwrap();
        assert_eq!(stylesheet.content_type, "text/css; charset=utf-8");
        assert!(!stylesheet.bytes.is_empty());
        for path in ["", "/assets/", "/assets/../site.css", "site.css", "/assets/site.css/"] {
            assert!(find(path).is_none(), "{path}");
        }
    }

    #[test]
    fn tags_are_quoted_and_differ_by_content() {
        let tags: std::collections::HashSet<_> = ASSETS.iter().map(|asset| asset.etag.as_str()).collect();
        assert_eq!(tags.len(), ASSETS.len());
        assert!(tags.iter().all(|tag| tag.len() == 26 && tag.starts_with('"') && tag.ends_with('"')));
    }
}
