//! Owns the looks of `/changePassword`, where a temporary password is replaced before the first sign-in ends.
//! It must not know challenges or the password policy.

use askama::Template;

use super::{Field, Layout, PasswordRule};

/// The page for a password that must be replaced, with the attributes that are still missing.
#[derive(Debug, Template)]
#[template(path = "pages/change_password.html")]
pub struct ChangePasswordPage {
    /// The frame.
    pub layout: Layout,
    /// Where the form is posted: `/changePassword` with the authorization request.
    pub action: String,
    /// [`Field::hidden`]: whose password it is, for password managers.
    pub username: Field,
    /// The `new_password`, see [`Field::new_password`].
    pub new_password: Field,
    /// `confirm_password`, see [`Field::repeated_password`].
    pub confirm_password: Field,
    /// What the password must meet.
    pub password_rules: Vec<PasswordRule>,
    /// One field for each required attribute without a value, see [`Field::attribute`].
    pub attributes: Vec<Field>,
    /// Why the last attempt failed.
    pub error: Option<String>,
}

#[cfg(test)]
impl ChangePasswordPage {
    pub(super) fn samples() -> Vec<Self> {
        use super::tests::{HOSTILE, hostile_field, hostile_layout, hostile_rules, layout, password_rules};
        use crate::web::texts::ENGLISH;
        let plain = || Self {
            layout: layout(),
            action: "/changePassword?client_id=abc".to_owned(),
            username: Field::hidden("username", "alice"),
            new_password: Field::new_password("new_password", ENGLISH.new_password),
            confirm_password: Field::repeated_password("confirm_password", ENGLISH.confirm_new_password),
            password_rules: password_rules(),
            attributes: Vec::new(),
            error: None,
        };
        vec![
            plain(),
            Self {
                attributes: vec![Field::attribute(&ENGLISH, "given_name", ""), Field::attribute(&ENGLISH, "email", "")],
                error: Some("Password did not conform with policy: Password not long enough".to_owned()),
                ..plain()
            },
            Self {
                layout: hostile_layout(),
                action: HOSTILE.to_owned(),
                username: Field::hidden("username", HOSTILE),
                new_password: hostile_field(plain().new_password),
                confirm_password: hostile_field(plain().confirm_password),
                password_rules: hostile_rules(),
                attributes: vec![hostile_field(Field::attribute(&ENGLISH, "name", ""))],
                error: Some(HOSTILE.to_owned()),
            },
        ]
    }
}
