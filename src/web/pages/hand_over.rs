//! Owns the looks of the page on the way to a provider that wants a form. It must not know what is posted.

use askama::Template;

use super::Layout;

/// A form that goes to another site. Nothing of ours is in it but its fields.
#[derive(Debug, Template)]
#[template(path = "pages/hand_over.html")]
pub struct HandOverPage {
    /// The frame.
    pub layout: Layout,
    /// Where it is posted.
    pub action: String,
    /// Names and values.
    pub fields: Vec<(String, String)>,
}

#[cfg(test)]
impl HandOverPage {
    pub(super) fn samples() -> Vec<Self> {
        use super::tests::{HOSTILE, hostile_layout, layout};
        let page = |layout, text: &str| Self {
            layout,
            action: "https://idp.example.com/slo".to_owned(),
            fields: vec![("RelayState".to_owned(), text.to_owned())],
        };
        vec![page(layout(), "abc"), page(hostile_layout(), HOSTILE)]
    }
}
