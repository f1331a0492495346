//! Owns documents that everybody may read: rendered once, with the tag by which browsers and proxies know them.

use crate::crypto::digest;

/// A public JSON document.
#[derive(Debug, Clone)]
pub struct Published {
    /// The document.
    pub json: String,
    /// The opaque part of its entity tag (RFC 9110 §8.8.3).
    pub etag: String,
}

impl Published {
    /// A document and the tag of its contents.
    #[must_use]
    pub fn new(json: String) -> Self {
        let etag = digest::sha256_base64url(&json)[..22].to_owned();
        Self { json, etag }
    }
}
