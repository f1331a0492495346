//! Owns the looks of the page between a provider's cross-site post and us. It must not know what is posted.

use askama::Template;

use super::Layout;

/// A form that posts the same fields to us once more, now from our own site and so with our cookies.
#[derive(Debug, Template)]
#[template(path = "pages/repost.html")]
pub struct RepostPage {
    /// The frame.
    pub layout: Layout,
    /// Where it is posted.
    pub action: String,
    /// Names and values.
    pub fields: Vec<(String, String)>,
}

#[cfg(test)]
impl RepostPage {
    pub(super) fn samples() -> Vec<Self> {
        use super::tests::{HOSTILE, hostile_layout, layout};
        let page = |layout, text: &str| Self {
            layout,
            action: "/oauth2/idpresponse".to_owned(),
            fields: vec![("state".to_owned(), text.to_owned())],
        };
        vec![page(layout(), "abc"), page(hostile_layout(), HOSTILE)]
    }
}
