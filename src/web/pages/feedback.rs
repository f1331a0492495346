//! Owns the looks of `/feedback`, where the link in a mail about an unusual sign-in leads.
//! It must not know events.

use askama::Template;

use super::Layout;

/// The question whether a sign-in was the person's own, with one answer as a button.
#[derive(Debug, Template)]
#[template(path = "pages/feedback.html")]
pub struct FeedbackPage {
    /// The frame.
    pub layout: Layout,
    /// Where the button posts to: `/feedback` with the query of the link.
    pub action: String,
    /// The question.
    pub heading: &'static str,
    /// What the answer does.
    pub lead: &'static str,
    /// The button.
    pub button: &'static str,
    /// Why the last attempt failed.
    pub error: Option<String>,
}

#[cfg(test)]
impl FeedbackPage {
    pub(super) fn samples() -> Vec<Self> {
        use super::tests::{HOSTILE, hostile_layout, layout};
        use crate::web::texts::ENGLISH;
        let texts = ENGLISH.feedback;
        let plain = || Self {
            layout: layout(),
            action: "/feedback?client_id=abc".to_owned(),
            heading: texts.valid_heading,
            lead: texts.valid_lead,
            button: texts.valid_button,
            error: None,
        };
        vec![
            plain(),
            Self { error: Some("Invalid feedback token".to_owned()), ..plain() },
            Self { layout: hostile_layout(), action: HOSTILE.to_owned(), error: Some(HOSTILE.to_owned()), ..plain() },
        ]
    }
}
