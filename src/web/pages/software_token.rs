//! Owns the looks of `/mfa/register/software_token`, where an authenticator app is set up, and of the page where a
//! mail address is set up instead. It must not know codes.

use askama::Template;

use super::{Field, Layout, Link};

/// The page with the secret of an authenticator app.
#[derive(Debug, Template)]
#[template(path = "pages/software_token.html")]
pub struct SoftwareTokenPage {
    /// The frame.
    pub layout: Layout,
    /// Where the form is posted.
    pub action: String,
    /// The secret as a picture, a `data:` address.
    pub qr_code: String,
    /// The secret as text, in groups.
    pub secret: Vec<String>,
    /// The `authentication_code`.
    pub code: Field,
    /// How many codes were wrong, in a hidden field, where that matters.
    pub failures: Option<Field>,
    /// Why the last attempt failed.
    pub error: Option<String>,
    /// The page for an address instead.
    pub email_href: Option<String>,
    /// The way out: to a new start, or back to the account page.
    pub back: Link,
}

/// The page that asks for a mail address.
#[derive(Debug, Template)]
#[template(path = "pages/factor_email.html")]
pub struct FactorEmailPage {
    /// The frame.
    pub layout: Layout,
    /// Where the form is posted.
    pub action: String,
    /// The `email`.
    pub email: Field,
    /// Why the last attempt failed.
    pub error: Option<String>,
    /// The sign-in page.
    pub start_again_href: String,
}

#[cfg(test)]
impl SoftwareTokenPage {
    pub(super) fn samples() -> Vec<Self> {
        use super::tests::{HOSTILE, hostile_field, hostile_layout, hostile_link, layout};
        use crate::web::texts::ENGLISH;
        let plain = || Self {
            layout: layout(),
            action: "/mfa/register/software_token?client_id=abc".to_owned(),
            qr_code: "data:image/svg+xml;base64,PHN2Zy8+".to_owned(),
            secret: vec!["ABCD".to_owned(), "EFGH".to_owned()],
            code: Field::code(&ENGLISH, "authentication_code", ""),
            failures: Some(Field::hidden("failures", "1")),
            error: None,
            email_href: None,
            back: Link { label: "Start again".to_owned(), href: "/login?client_id=abc".to_owned() },
        };
        vec![
            plain(),
            Self { error: Some("Code mismatch".to_owned()), email_href: Some("/x".to_owned()), ..plain() },
            Self {
                layout: hostile_layout(),
                action: HOSTILE.to_owned(),
                qr_code: HOSTILE.to_owned(),
                secret: vec![HOSTILE.to_owned()],
                code: hostile_field(plain().code),
                failures: Some(Field::hidden("failures", HOSTILE)),
                error: Some(HOSTILE.to_owned()),
                email_href: Some(HOSTILE.to_owned()),
                back: hostile_link(),
            },
        ]
    }
}

#[cfg(test)]
impl FactorEmailPage {
    pub(super) fn samples() -> Vec<Self> {
        use super::tests::{HOSTILE, hostile_field, hostile_layout, layout};
        use crate::web::texts::ENGLISH;
        let email = || Field::attribute(&ENGLISH, "email", "");
        let page = |layout, email, text: &str, error: Option<&str>| Self {
            layout,
            action: text.to_owned(),
            email,
            error: error.map(str::to_owned),
            start_again_href: text.to_owned(),
        };
        let hostile = page(hostile_layout(), hostile_field(email()), HOSTILE, Some(HOSTILE));
        vec![page(layout(), email(), "/mfa/register/email?client_id=abc", None), hostile]
    }
}
