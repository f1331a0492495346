//! Owns the looks of the second step of a reset, `/confirmforgotPassword`: the code and the new password.
//! It must not know codes or the password policy.

use askama::Template;

use super::{Field, Layout, PasswordRule};

/// The page that sets a password with a code.
#[derive(Debug, Template)]
#[template(path = "pages/reset_password.html")]
pub struct ResetPasswordPage {
    /// The frame.
    pub layout: Layout,
    /// Where the form is posted: `/confirmforgotPassword` with the authorization request.
    pub action: String,
    /// [`Field::hidden`] when the user is known, otherwise a visible `username`.
    pub username: Field,
    /// The `confirmation_code`, see [`Field::code`].
    pub code: Field,
    /// The `password`, see [`Field::new_password`].
    pub password: Field,
    /// `confirmPassword`, see [`Field::repeated_password`].
    pub confirm_password: Field,
    /// What the password must meet.
    pub password_rules: Vec<PasswordRule>,
    /// Where the code went, from [`crate::web::texts::Texts::reset_code_sent`], or `reset_code_enter`.
    pub lead: String,
    /// Why the last attempt failed.
    pub error: Option<String>,
    /// The sign-in page with the same request.
    pub sign_in_href: String,
}

#[cfg(test)]
impl ResetPasswordPage {
    pub(super) fn samples() -> Vec<Self> {
        use super::tests::{HOSTILE, hostile_field, hostile_layout, hostile_rules, layout, password_rules};
        use crate::web::texts::ENGLISH;
        let plain = || Self {
            layout: layout(),
            action: "/confirmforgotPassword?client_id=abc".to_owned(),
            username: Field::hidden("username", "alice"),
            code: Field::code(&ENGLISH, "confirmation_code", ""),
            password: Field::new_password("password", ENGLISH.new_password),
            confirm_password: Field::repeated_password("confirmPassword", ENGLISH.confirm_new_password),
            password_rules: password_rules(),
            lead: ENGLISH.reset_code_sent(ENGLISH.by_email, "a***@e***"),
            error: None,
            sign_in_href: "/login?client_id=abc".to_owned(),
        };
        let differ = Some(ENGLISH.passwords_differ.to_owned());
        vec![
            plain(),
            Self {
                username: Field::username(ENGLISH.username, "alice"),
                confirm_password: plain().confirm_password.with_fault(differ),
                lead: ENGLISH.reset_code_enter.to_owned(),
                ..plain()
            },
            Self {
                layout: hostile_layout(),
                action: HOSTILE.to_owned(),
                username: Field::hidden("username", HOSTILE),
                code: hostile_field(plain().code),
                password: hostile_field(plain().password),
                confirm_password: hostile_field(plain().confirm_password),
                password_rules: hostile_rules(),
                lead: HOSTILE.to_owned(),
                error: Some(HOSTILE.to_owned()),
                sign_in_href: HOSTILE.to_owned(),
            },
        ]
    }
}
