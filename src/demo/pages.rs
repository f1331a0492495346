//! Owns what the site's pages show, except the session page. Everything that comes from outside is escaped by the
//! templates. It must not know about requests or cookies.

use askama::Template;
use serde_json::{Map, Value, json};

use super::errors::Face;
use super::jwt;
use super::stored::Session;
use super::visit::Visit;
use super::{assets, session_page};
use crate::config::DemoHint;

pub use session_page::session;

/// What every page needs.
pub struct Shell {
    /// The value of the forms' hidden field.
    pub csrf: String,
    /// Changes with the assets.
    pub assets: &'static str,
    /// Whether the header offers to sign out.
    pub is_signed_in: bool,
}

/// Who signed in, as the ID token tells.
pub struct Person {
    /// The pool's lasting identifier.
    pub sub: String,
    /// The name in the pool.
    pub username: String,
    /// An e-mail address.
    pub email: Option<String>,
    /// Whether the pool has verified it.
    pub is_email_verified: bool,
    /// A name to call the person by.
    pub name: Option<String>,
    /// Groups, most important first.
    pub groups: Vec<String>,
    /// When the access token expires, in seconds since the epoch.
    pub expires: i64,
}

/// A button that starts with one identity provider.
struct ProviderButton {
    label: String,
    href: String,
}

#[derive(Template)]
#[template(path = "demo/home.html")]
struct Home<'a> {
    shell: Shell,
    has_ended: bool,
    providers: Vec<ProviderButton>,
    hints: &'a [DemoHint],
}

#[derive(Template)]
#[template(path = "demo/welcome.html")]
struct Welcome<'a> {
    shell: Shell,
    person: &'a Person,
    display_name: &'a str,
    initial: String,
}

#[derive(Template)]
#[template(path = "demo/message.html")]
struct Message<'a> {
    shell: Shell,
    heading: &'a str,
    text: &'a str,
    action: (&'a str, &'a str),
}

impl Shell {
    /// The shell of a page of `visit`.
    #[must_use]
    pub fn new(visit: &Visit<'_>, is_signed_in: bool) -> Self {
        Self { csrf: visit.csrf_token.clone(), assets: assets::version(), is_signed_in }
    }
}

impl Person {
    /// The person of `session`, whose tokens were verified when they came.
    #[must_use]
    pub fn of(session: &Session) -> Self {
        let claims = jwt::payload(&session.id_token).unwrap_or_default();
        let access = jwt::payload(&session.access_token).unwrap_or_default();
        let groups = claims.get("cognito:groups").and_then(Value::as_array);
        let sub = text(&claims, "sub").unwrap_or_default();
        Self {
            username: text(&claims, "cognito:username").unwrap_or_else(|| sub.clone()),
            email: text(&claims, "email"),
            is_email_verified: claims.get("email_verified").is_some_and(|claim| claim == true || claim == "true"),
            name: text(&claims, "name").or_else(|| full_name(&claims)),
            groups: groups.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect(),
            expires: access.get("exp").and_then(Value::as_i64).unwrap_or_default(),
            sub,
        }
    }

    /// The answer of `/me`.
    #[must_use]
    pub fn to_json(&self) -> Value {
        json!({
            "sub": self.sub,
            "username": self.username,
            "email": self.email,
            "email_verified": self.is_email_verified,
            "name": self.name,
            "groups": self.groups,
            "expires": self.expires,
        })
    }

    fn display_name(&self) -> &str {
        self.name.as_deref().or(self.email.as_deref()).unwrap_or(&self.username)
    }
}

/// The start page for somebody who is not signed in.
#[must_use]
pub fn home(visit: &Visit<'_>, has_ended: bool) -> String {
    let config = &visit.site.config;
    let providers = config.providers.iter().map(|name| ProviderButton {
        label: provider_label(name).to_owned(),
        href: format!("/login?{}", query("provider", name)),
    });
    let providers = providers.collect();
    render(&Home { shell: Shell::new(visit, false), has_ended, providers, hints: &config.hints })
}

/// The start page for `person`.
#[must_use]
pub fn welcome(visit: &Visit<'_>, person: &Person) -> String {
    let display_name = person.display_name();
    let initial = display_name.chars().next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
    render(&Welcome { shell: Shell::new(visit, true), person, display_name, initial })
}

/// The page of something that did not work.
#[must_use]
pub fn message(visit: &Visit<'_>, face: &Face) -> String {
    let (label, href) = &face.action;
    let action = (*label, href.as_str());
    render(&Message { shell: Shell::new(visit, false), heading: face.heading, text: &face.text, action })
}

/// The session page for somebody who is not signed in.
#[must_use]
pub fn sign_in_first(visit: &Visit<'_>, has_ended: bool) -> String {
    let (heading, text) = if has_ended {
        ("Your session has ended", "Sign in again to go on. Nothing on this site was lost.")
    } else {
        ("Sign in to see your session", "This page shows your tokens and how long they last, so it needs to know you.")
    };
    let action = ("Sign in", "/login?return_to=/session");
    render(&Message { shell: Shell::new(visit, false), heading, text, action })
}

/// The page after signing out.
#[must_use]
pub fn signed_out(visit: &Visit<'_>) -> String {
    let heading = "You are signed out";
    let text = "Your session here and at the pool has ended. Copies of its cookies are worth nothing now.";
    let action = ("Sign in again", "/login");
    render(&Message { shell: Shell::new(visit, false), heading, text, action })
}

/// The text of `template`.
#[must_use]
pub fn render(template: &impl Template) -> String {
    template.render().unwrap_or_else(|error| {
        tracing::error!(%error, "a page could not be drawn");
        String::new()
    })
}

fn text(claims: &Map<String, Value>, name: &str) -> Option<String> {
    claims.get(name)?.as_str().filter(|text| !text.is_empty()).map(str::to_owned)
}

fn full_name(claims: &Map<String, Value>) -> Option<String> {
    let parts: Vec<_> = ["given_name", "family_name"].iter().filter_map(|name| text(claims, name)).collect();
    (!parts.is_empty()).then(|| parts.join(" "))
}

/// The names that Cognito fixes for two of its providers are not what people call them.
fn provider_label(name: &str) -> &str {
    match name {
        "LoginWithAmazon" => "Amazon",
        "SignInWithApple" => "Apple",
        other => other,
    }
}

fn query(name: &str, value: &str) -> String {
    url::form_urlencoded::Serializer::new(String::new()).append_pair(name, value).finish()
}
