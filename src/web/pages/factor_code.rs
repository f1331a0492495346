//! Owns the looks of `/mfa`, where the code of a second factor is entered. It must not know codes.

use askama::Template;

use super::{Field, Layout};

/// The page for the code of a second factor.
#[derive(Debug, Template)]
#[template(path = "pages/factor_code.html")]
pub struct FactorCodePage {
    /// The frame.
    pub layout: Layout,
    /// Where the form is posted: `/mfa` with the authorization request.
    pub action: String,
    /// Where the code went or comes from.
    pub lead: String,
    /// The `authentication_code`.
    pub code: Field,
    /// Why the last attempt failed.
    pub error: Option<String>,
    /// Whether a code was sent that may not have arrived.
    pub was_sent: bool,
    /// The sign-in page.
    pub start_again_href: String,
}

#[cfg(test)]
impl FactorCodePage {
    pub(super) fn samples() -> Vec<Self> {
        use super::tests::{HOSTILE, hostile_field, hostile_layout, layout};
        use crate::web::texts::ENGLISH;
        let plain = || Self {
            layout: layout(),
            action: "/mfa?client_id=abc".to_owned(),
            lead: ENGLISH.factors.code_sent(ENGLISH.by_sms, "+*******1234"),
            code: Field::code(&ENGLISH, "authentication_code", ""),
            error: None,
            was_sent: true,
            start_again_href: "/login?client_id=abc".to_owned(),
        };
        vec![
            plain(),
            Self { error: Some("Invalid code received for user".to_owned()), was_sent: false, ..plain() },
            Self {
                layout: hostile_layout(),
                action: HOSTILE.to_owned(),
                lead: HOSTILE.to_owned(),
                code: hostile_field(plain().code),
                error: Some(HOSTILE.to_owned()),
                was_sent: true,
                start_again_href: HOSTILE.to_owned(),
            },
        ]
    }
}
