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
    /// What the person should know.
    pub lead: String,
    /// A way on, where one is known.
    pub back: Option<Link>,
}

#[cfg(test)]
impl SignedOutPage {
    pub(super) fn samples() -> Vec<Self> {
        use super::tests::{HOSTILE, hostile_layout, hostile_link, layout};
        use crate::web::texts::ENGLISH;
        let back = Link { label: "Back to sign in".to_owned(), href: "/login?client_id=abc".to_owned() };
        vec![
            Self { layout: layout(), lead: ENGLISH.signed_out_lead.to_owned(), back: Some(back) },
            Self { layout: layout(), lead: ENGLISH.signed_out_here_only("Example Corp"), back: None },
            Self { layout: hostile_layout(), lead: HOSTILE.to_owned(), back: Some(hostile_link()) },
        ]
    }
}
