//! Owns the looks of `/consent`. It must not know what an app asks for.

use askama::Template;

use super::Layout;

/// The question whether an app that registered itself may learn who somebody is.
#[derive(Debug, Template)]
#[template(path = "pages/consent.html")]
pub struct ConsentPage {
    /// The frame.
    pub layout: Layout,
    /// Where the form is posted.
    pub action: String,
    /// Who wants what.
    pub heading: String,
    /// Why the person is asked.
    pub lead: String,
    /// How the person knows the account.
    pub user: String,
    /// Where the browser goes afterwards.
    pub destination: String,
    /// What the app gets.
    pub scopes: Vec<String>,
    /// The sign-in page without the session.
    pub different_user_href: String,
}

#[cfg(test)]
impl ConsentPage {
    pub(super) fn samples() -> Vec<Self> {
        use super::tests::{HOSTILE, hostile_layout, layout};
        let page = |layout, text: &str, href: &str| Self {
            layout,
            action: href.to_owned(),
            heading: text.to_owned(),
            lead: text.to_owned(),
            user: text.to_owned(),
            destination: text.to_owned(),
            scopes: vec![text.to_owned(), text.to_owned()],
            different_user_href: href.to_owned(),
        };
        vec![page(layout(), "app.example", "/consent?client_id=abc"), page(hostile_layout(), HOSTILE, HOSTILE)]
    }
}
