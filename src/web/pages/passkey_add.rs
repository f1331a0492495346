//! Owns the looks of `/passkeys/add`, which offers a passkey after a sign-in. It must not know how one is made.

use askama::Template;

use super::Layout;

/// The offer of a passkey.
#[derive(Debug, Template)]
#[template(path = "pages/passkey_add.html")]
pub struct PasskeyAddPage {
    /// The frame.
    pub layout: Layout,
    /// Where the form is posted: `/passkeys/add` with the authorization request.
    pub action: String,
    /// Whose passkey it will be.
    pub user: String,
    /// What the browser is asked, as JSON.
    pub options: String,
    /// Why the last attempt failed.
    pub error: Option<String>,
}

#[cfg(test)]
impl PasskeyAddPage {
    pub(super) fn samples() -> Vec<Self> {
        use super::tests::{HOSTILE, hostile_layout, layout};
        let plain = || Self {
            layout: layout(),
            action: "/passkeys/add?client_id=abc".to_owned(),
            user: "alice@example.com".to_owned(),
            options: "{\"challenge\":\"AAEC\"}".to_owned(),
            error: None,
        };
        vec![
            plain(),
            Self { error: Some("The credential is not supported.".to_owned()), ..plain() },
            Self {
                layout: hostile_layout(),
                action: HOSTILE.to_owned(),
                user: HOSTILE.to_owned(),
                options: HOSTILE.to_owned(),
                error: Some(HOSTILE.to_owned()),
            },
        ]
    }
}
