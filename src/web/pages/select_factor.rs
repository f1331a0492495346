//! Owns the looks of `/selectMFA`, where one of several second factors is chosen. It must not know factors.

use askama::Template;

use super::Layout;

/// The choice of a second factor.
#[derive(Debug, Template)]
#[template(path = "pages/select_factor.html")]
pub struct SelectFactorPage {
    /// The frame.
    pub layout: Layout,
    /// Where the form is posted: `/selectMFA` with the authorization request.
    pub action: String,
    /// The choice.
    pub options: Vec<FactorOption>,
    /// Why the last attempt failed.
    pub error: Option<String>,
    /// The sign-in page.
    pub start_again_href: String,
}

/// One of the choice.
#[derive(Debug)]
pub struct FactorOption {
    /// What the form sends, and the id of its button.
    pub value: &'static str,
    /// What it is called.
    pub label: &'static str,
    /// Where the code goes, or on which device the app is.
    pub hint: Option<String>,
    /// Whether it is chosen to begin with.
    pub is_first: bool,
}

#[cfg(test)]
impl SelectFactorPage {
    pub(super) fn samples() -> Vec<Self> {
        use super::tests::{HOSTILE, hostile_layout, layout};
        let option = |value, hint: Option<&str>, is_first| FactorOption {
            value,
            label: "Text message",
            hint: hint.map(str::to_owned),
            is_first,
        };
        let page = |layout, text: &str, error: Option<&str>| Self {
            layout,
            action: text.to_owned(),
            options: vec![option("SMS_MFA", Some(text), true), option("SOFTWARE_TOKEN_MFA", None, false)],
            error: error.map(str::to_owned),
            start_again_href: text.to_owned(),
        };
        vec![page(layout(), "/selectMFA?client_id=abc", None), page(hostile_layout(), HOSTILE, Some(HOSTILE))]
    }
}
