//! Owns the looks of the sign-up page, `/signup`.
//! It must not know the pool's schema or password policy: both arrive as lists.

use askama::Template;

use super::{Field, Layout, PasswordRule};

/// The sign-up page.
#[derive(Debug, Template)]
#[template(path = "pages/sign_up.html")]
pub struct SignUpPage {
    /// The frame.
    pub layout: Layout,
    /// Where the form is posted: `/signup` with the authorization request.
    pub action: String,
    /// The `username`, labelled by what the pool signs in with.
    pub username: Option<Field>,
    /// One field for each required attribute, see [`Field::attribute`].
    pub attributes: Vec<Field>,
    /// The new password, see [`Field::new_password`].
    pub password: Field,
    /// What the password must meet.
    pub password_rules: Vec<PasswordRule>,
    /// Why the last attempt failed as a whole.
    pub error: Option<String>,
    /// The terms of use and the privacy policy, where the client has both.
    pub terms: Option<[String; 2]>,
    /// The sign-in page with the same request.
    pub sign_in_href: String,
}

#[cfg(test)]
impl SignUpPage {
    pub(super) fn samples() -> Vec<Self> {
        use super::tests::{HOSTILE, hostile_field, hostile_layout, hostile_rules, layout, password_rules};
        use crate::web::texts::ENGLISH;
        let plain = || Self {
            layout: layout(),
            action: "/signup?client_id=abc".to_owned(),
            username: Some(Field::username(ENGLISH.email, "")),
            attributes: vec![Field::attribute(&ENGLISH, "name", "")],
            password: Field::new_password("password", ENGLISH.password),
            password_rules: password_rules(),
            error: None,
            terms: Some(["https://app.example/terms".to_owned(), "https://app.example/privacy".to_owned()]),
            sign_in_href: "/login?client_id=abc".to_owned(),
        };
        let fault = |text: &str| Some(text.to_owned());
        vec![
            plain(),
            Self {
                username: Some(Field::username(ENGLISH.username, "alice")),
                attributes: vec![
                    Field::attribute(&ENGLISH, "email", "alice@").with_fault(fault("Invalid email address format.")),
                    Field::attribute(&ENGLISH, "phone_number", "+14155550123"),
                    Field::attribute(&ENGLISH, "birthdate", "1990-04-01"),
                ],
                password: plain()
                    .password
                    .with_fault(fault("Password did not conform with policy: Password must have uppercase characters")),
                error: fault("User already exists"),
                ..plain()
            },
            Self {
                layout: hostile_layout(),
                action: HOSTILE.to_owned(),
                username: None,
                attributes: vec![hostile_field(Field::attribute(&ENGLISH, "custom:a", ""))],
                password: plain().password.with_fault(fault(HOSTILE)),
                password_rules: hostile_rules(),
                error: fault(HOSTILE),
                terms: Some([HOSTILE.to_owned(), HOSTILE.to_owned()]),
                sign_in_href: HOSTILE.to_owned(),
            },
        ]
    }
}
