//! Owns the looks of the page after a sign-out that leads nowhere else.
//! It must not know sessions.

use askama::Template;

use super::{Layout, Link};

/// The page after sign-out.
#[derive(Debug, Template)]
#[template(path = "pages/signed_out.html")]
pub struct SignedOutPage {
    /// The frame.
    pub layout: Layout,
    /// A way on, where one is known.
    pub back: Option<Link>,
}

#[cfg(test)]
impl SignedOutPage {
    pub(super) fn samples() -> Vec<Self> {
        use super::tests::{hostile_layout, hostile_link, layout};
        let back = Link { label: "Back to sign in".to_owned(), href: "/login?client_id=abc".to_owned() };
        vec![
            Self { layout: layout(), back: Some(back) },
            Self { layout: layout(), back: None },
            Self { layout: hostile_layout(), back: Some(hostile_link()) },
        ]
    }
}
