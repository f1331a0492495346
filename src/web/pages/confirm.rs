//! Owns the looks of the confirmation page, `/confirm`, where a new user enters the code that was sent.
//! It must not know codes.

use askama::Template;

use super::{Field, Layout};

/// The confirmation page; also where a link in a message leads, with the code filled in.
#[derive(Debug, Template)]
#[template(path = "pages/confirm.html")]
pub struct ConfirmPage {
    /// The frame.
    pub layout: Layout,
    /// Where the form is posted: `/confirm` with the authorization request.
    pub action: String,
    /// [`Field::hidden`] when the user is known, otherwise a visible `username`.
    pub username: Field,
    /// The `verification_code`, see [`Field::code`].
    pub code: Field,
    /// Where the code went, from [`crate::web::texts::Texts::code_sent`], or `code_enter`.
    pub lead: String,
    /// Why the last attempt failed.
    pub error: Option<String>,
    /// Such as that a new code was sent.
    pub notice: Option<String>,
    /// Where the small form posts to, `/resendcode` with the same request; it needs a known user.
    pub resend_action: Option<String>,
}

#[cfg(test)]
impl ConfirmPage {
    pub(super) fn samples() -> Vec<Self> {
        use super::tests::{HOSTILE, hostile_field, hostile_layout, layout};
        use crate::web::texts::ENGLISH;
        let plain = || Self {
            layout: layout(),
            action: "/confirm?client_id=abc".to_owned(),
            username: Field::hidden("username", "alice"),
            code: Field::code(&ENGLISH, "verification_code", ""),
            lead: ENGLISH.code_sent(ENGLISH.by_email, "a***@e***"),
            error: None,
            notice: None,
            resend_action: Some("/resendcode?client_id=abc".to_owned()),
        };
        let wrong = "Invalid verification code provided, please try again.".to_owned();
        vec![
            plain(),
            Self { error: Some(wrong), notice: Some(ENGLISH.code_resent.to_owned()), ..plain() },
            Self {
                username: Field::username(ENGLISH.email, ""),
                code: Field::code(&ENGLISH, "verification_code", "123456"),
                lead: ENGLISH.code_enter.to_owned(),
                resend_action: None,
                ..plain()
            },
            Self {
                layout: hostile_layout(),
                action: HOSTILE.to_owned(),
                username: Field::hidden("username", HOSTILE),
                code: hostile_field(plain().code),
                lead: HOSTILE.to_owned(),
                error: Some(HOSTILE.to_owned()),
                notice: Some(HOSTILE.to_owned()),
                resend_action: Some(HOSTILE.to_owned()),
            },
        ]
    }
}
