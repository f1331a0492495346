//! Owns the looks of the error page: what the person can do, and what a developer must change.
//! It must not know errors; it shows the words it is given.

use askama::Template;

use super::{Layout, Link};

/// The page for a request that cannot be answered by a redirect.
#[derive(Debug, Template)]
#[template(path = "pages/error.html")]
pub struct ErrorPage {
    /// The frame.
    pub layout: Layout,
    /// For the person, such as [`crate::web::texts::Texts::error_heading`].
    pub heading: String,
    /// For the person: what happened and what to do now.
    pub lead: String,
    /// The way back to a known application.
    pub back: Option<Link>,
    /// A fresh start of the same sign-in.
    pub start_again: Option<Link>,
    /// For whoever built the link.
    pub developer: Option<DeveloperNote>,
}

/// What whoever built the link has to change.
#[derive(Debug)]
pub struct DeveloperNote {
    /// The faulty parameter's name.
    pub parameter: Option<String>,
    /// What is wrong with it.
    pub problem: String,
    /// What to change, and where.
    pub remedy: String,
}

#[cfg(test)]
impl ErrorPage {
    pub(super) fn samples() -> Vec<Self> {
        use super::tests::{HOSTILE, hostile_layout, hostile_link, layout};
        use crate::web::texts::ENGLISH;
        let link = |label: &str, href: &str| Some(Link { label: label.to_owned(), href: href.to_owned() });
        let plain = || Self {
            layout: layout(),
            heading: ENGLISH.error_heading.to_owned(),
            lead: ENGLISH.error_lead.to_owned(),
            back: None,
            start_again: None,
            developer: Some(DeveloperNote {
                parameter: Some("redirect_uri".to_owned()),
                problem: "https://app.example.com/callback/ is not a callback URL of this app client.".to_owned(),
                remedy: "Add exactly this URL to the client's CallbackURLs, or send one that is there.".to_owned(),
            }),
        };
        vec![
            plain(),
            Self {
                heading: "Your sign-in took too long".to_owned(),
                lead: "For your safety we forget an unfinished sign-in after a while.".to_owned(),
                back: link(ENGLISH.error_back, "https://app.example.com/"),
                start_again: link(ENGLISH.error_start_again, "/login?client_id=abc"),
                developer: None,
                ..plain()
            },
            Self {
                layout: hostile_layout(),
                heading: HOSTILE.to_owned(),
                lead: HOSTILE.to_owned(),
                back: Some(hostile_link()),
                start_again: Some(hostile_link()),
                developer: Some(DeveloperNote {
                    parameter: Some(HOSTILE.to_owned()),
                    problem: HOSTILE.to_owned(),
                    remedy: HOSTILE.to_owned(),
                }),
            },
        ]
    }
}
