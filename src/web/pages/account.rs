//! Owns the looks of `/account`: sections of rows, each with what can be done about it. It must not know what an
//! account holds.

use askama::Template;

use super::moment::Moment;
use super::{Field, Layout, Link, PasswordRule};

/// The account page.
#[derive(Debug, Template)]
#[template(path = "pages/account.html")]
pub struct AccountPage {
    /// The frame.
    pub layout: Layout,
    /// How the person knows the account.
    pub user: String,
    /// The app that the person came from.
    pub back: Option<Link>,
    /// The parts of the page.
    pub sections: Vec<Section>,
    /// Good news from the change before.
    pub notice: Option<String>,
    /// Why the last change failed.
    pub error: Option<String>,
}

/// A part of the page.
#[derive(Debug)]
pub struct Section {
    /// Its id in the page.
    pub id: &'static str,
    /// Its heading.
    pub heading: &'static str,
    /// A sentence under the heading.
    pub lead: Option<&'static str>,
    /// What there is.
    pub rows: Vec<Row>,
    /// What can be done besides.
    pub actions: Vec<Action>,
}

/// One passkey, factor, device …
#[derive(Debug)]
pub struct Row {
    /// What it is called.
    pub title: String,
    /// How it stands.
    pub badge: Option<&'static str>,
    /// More about it.
    pub facts: Vec<Fact>,
    /// What can be done about it.
    pub actions: Vec<Action>,
}

/// More about a row: words, a time, or both.
#[derive(Debug, Default)]
pub struct Fact {
    /// The words.
    pub text: String,
    /// The time after them.
    pub time: Option<Moment>,
}

/// A button; it posts its fields, or leads to a page where it has none.
#[derive(Debug)]
pub struct Action {
    /// Its words.
    pub label: &'static str,
    /// What it is about, for screen readers, where the words do not say it.
    pub about: String,
    /// Where it leads.
    pub target: String,
    /// The hidden fields.
    pub fields: Vec<(&'static str, String)>,
}

/// The page that changes or sets a password.
#[derive(Debug, Template)]
#[template(path = "pages/account_password.html")]
pub struct AccountPasswordPage {
    /// The frame.
    pub layout: Layout,
    /// Where the form is posted.
    pub action: String,
    /// The heading and the button: change or set.
    pub heading: &'static str,
    /// [`Field::hidden`]: whose password it is, for password managers.
    pub username: Field,
    /// The password until now, if there is one.
    pub current_password: Option<Field>,
    /// The new password.
    pub new_password: Field,
    /// The new password again.
    pub confirm_password: Field,
    /// What the password must meet.
    pub password_rules: Vec<PasswordRule>,
    /// The way back without a change.
    pub back: Link,
    /// Why the last attempt failed.
    pub error: Option<String>,
}

impl Fact {
    /// Words alone.
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        Self { text: text.into(), time: None }
    }

    /// A time after words.
    #[must_use]
    pub fn at(text: &str, time: Moment) -> Self {
        Self { text: text.to_owned(), time: Some(time) }
    }
}

#[cfg(test)]
impl AccountPage {
    pub(super) fn samples() -> Vec<Self> {
        use super::tests::{HOSTILE, hostile_layout, hostile_link, layout};
        use crate::clock::Timestamp;
        let page = |layout, text: &str, back, notice: Option<&str>| {
            let time = || Moment::of(Timestamp::from_seconds(1_750_000_000));
            let action = |fields: Vec<(&'static str, String)>| Action {
                label: "Delete",
                about: text.to_owned(),
                target: text.to_owned(),
                fields,
            };
            let row = || Row {
                title: text.to_owned(),
                badge: Some("On"),
                facts: vec![Fact::text(text), Fact::at("Added", time())],
                actions: vec![action(vec![("delete", text.to_owned())]), action(Vec::new())],
            };
            let section =
                |id, heading, lead, rows| Section { id, heading, lead, rows, actions: vec![action(Vec::new())] };
            let sections = vec![
                section("passkeys", "Passkeys", Some("A passkey lets you sign in."), vec![row(), row()]),
                section("password", "Password", None, Vec::new()),
            ];
            Self {
                layout,
                user: text.to_owned(),
                back,
                sections,
                notice: notice.map(str::to_owned),
                error: Some(text.to_owned()),
            }
        };
        vec![
            page(layout(), "/account/passkeys?client_id=abc", None, Some("Saved.")),
            page(hostile_layout(), HOSTILE, Some(hostile_link()), Some(HOSTILE)),
        ]
    }
}

#[cfg(test)]
impl AccountPasswordPage {
    pub(super) fn samples() -> Vec<Self> {
        use super::tests::{
            HOSTILE, hostile_field, hostile_layout, hostile_link, hostile_rules, layout, password_rules,
        };
        use crate::web::texts::ENGLISH;
        let current = || Field::current_password(&ENGLISH);
        let plain = || Self {
            layout: layout(),
            action: "/account/password?client_id=abc".to_owned(),
            heading: ENGLISH.change_password,
            username: Field::hidden("username", "alice"),
            current_password: Some(current()),
            new_password: Field::new_password("new_password", ENGLISH.new_password),
            confirm_password: Field::repeated_password("confirm_password", ENGLISH.confirm_new_password),
            password_rules: password_rules(),
            back: Link { label: ENGLISH.account.back_here.to_owned(), href: "/account?client_id=abc".to_owned() },
            error: None,
        };
        vec![
            plain(),
            Self { current_password: None, error: Some("Too short.".to_owned()), ..plain() },
            Self {
                layout: hostile_layout(),
                action: HOSTILE.to_owned(),
                username: Field::hidden("username", HOSTILE),
                current_password: Some(hostile_field(current())),
                new_password: hostile_field(plain().new_password),
                confirm_password: hostile_field(plain().confirm_password),
                password_rules: hostile_rules(),
                back: hostile_link(),
                error: Some(HOSTILE.to_owned()),
                ..plain()
            },
        ]
    }
}
