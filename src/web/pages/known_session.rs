//! Owns the looks of `/login` for a person whom this browser's session already knows.
//! It must not know sessions.

use askama::Template;

use super::Layout;

/// The offer to go on as the signed-in user.
#[derive(Debug, Template)]
#[template(path = "pages/known_session.html")]
pub struct KnownSessionPage {
    /// The frame.
    pub layout: Layout,
    /// Where the button posts to.
    pub action: String,
    /// How the person knows the account, usually its email address.
    pub user: String,
    /// The sign-in page without the session.
    pub different_user_href: String,
}

#[cfg(test)]
impl KnownSessionPage {
    pub(super) fn samples() -> Vec<Self> {
        use super::tests::{HOSTILE, hostile_layout, layout};
        let page = |layout, user: &str, href: &str| Self {
            layout,
            action: href.to_owned(),
            user: user.to_owned(),
            different_user_href: href.to_owned(),
        };
        vec![page(layout(), "alice@example.com", "/login?client_id=abc"), page(hostile_layout(), HOSTILE, HOSTILE)]
    }
}
