//! Owns the looks of the first step of a reset, `/forgotPassword`.
//! It must not know whether an account exists.

use askama::Template;

use super::{Field, Layout};

/// The page that asks whose password is to be reset.
#[derive(Debug, Template)]
#[template(path = "pages/forgot_password.html")]
pub struct ForgotPasswordPage {
    /// The frame.
    pub layout: Layout,
    /// Where the form is posted: `/forgotPassword` with the authorization request.
    pub action: String,
    /// The `username`, labelled by what the pool signs in with.
    pub username: Field,
    /// Why the last attempt failed.
    pub error: Option<String>,
    /// What happened on the page before.
    pub notice: Option<String>,
    /// The sign-in page with the same request.
    pub sign_in_href: String,
}

#[cfg(test)]
impl ForgotPasswordPage {
    pub(super) fn samples() -> Vec<Self> {
        use super::tests::{HOSTILE, hostile_field, hostile_layout, layout};
        use crate::web::texts::ENGLISH;
        let plain = || Self {
            layout: layout(),
            action: "/forgotPassword?client_id=abc".to_owned(),
            username: Field::username(ENGLISH.email_or_phone_number, ""),
            error: None,
            notice: None,
            sign_in_href: "/login?client_id=abc".to_owned(),
        };
        vec![
            plain(),
            Self { error: Some("Attempt limit exceeded, please try after some time.".to_owned()), ..plain() },
            Self {
                layout: hostile_layout(),
                action: HOSTILE.to_owned(),
                username: hostile_field(plain().username),
                error: Some(HOSTILE.to_owned()),
                notice: Some(HOSTILE.to_owned()),
                sign_in_href: HOSTILE.to_owned(),
            },
        ]
    }
}
