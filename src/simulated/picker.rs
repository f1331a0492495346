//! Owns the page on which somebody picks who to be, and the memory of the last pick in the browser.
//! It must not know protocols.

use actix_web::http::StatusCode;
use actix_web::http::header::{COOKIE, HeaderValue, SET_COOKIE};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use url::Url;

use super::kind::Kind;
use super::pages::{self, Shell};
use super::people::Person;

const NAME: &str = "simulated_person";

/// What the page is made of.
#[derive(Debug, Clone, Copy)]
pub struct Picker<'a> {
    /// Whose page it is.
    pub kind: Kind,
    /// Who asks.
    pub app: &'a str,
    /// Where the answer goes.
    pub target: &'a Url,
    /// Who will probably sign in: an address.
    pub hint: Option<&'a str>,
    /// Whether what was typed before is no address.
    pub is_faulty: bool,
}

#[derive(Template)]
#[template(path = "simulated/picker.html")]
struct View<'a> {
    shell: Shell,
    picker: &'a Picker<'a>,
    action: String,
    host: String,
    people: Vec<Row>,
    typed: &'a str,
}

struct Row {
    person: Person,
    is_suggested: bool,
    picture: String,
}

/// The page that answers `request`; its form is posted to the same address, query included.
pub fn show(picker: &Picker<'_>, request: &HttpRequest) -> HttpResponse {
    let suggested = picker.hint.and_then(Person::of);
    let mut people: Vec<Row> = Person::samples()
        .into_iter()
        .map(|person| Row {
            is_suggested: suggested.as_ref() == Some(&person),
            picture: person.picture().unwrap_or_default(),
            person,
        })
        .collect();
    people.sort_by_key(|row| !row.is_suggested);
    let is_sample = suggested.as_ref().is_some_and(Person::is_sample);
    let view = View {
        shell: Shell::of(picker.kind),
        action: request.uri().path_and_query().map_or_else(String::new, ToString::to_string),
        host: pages::host(picker.target),
        typed: picker.hint.filter(|_| !is_sample).unwrap_or_default(),
        people,
        picker,
    };
    let status = if picker.is_faulty { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    pages::page(status, &view, Some(picker.target))
}

/// Who was picked last in this browser at this provider.
#[must_use]
pub fn remembered(request: &HttpRequest) -> Option<Person> {
    let cookies = request.headers().get_all(COOKIE).filter_map(|value| value.to_str().ok());
    let pairs = cookies.flat_map(|text| text.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let (_, value) = pairs.into_iter().find(|(name, _)| *name == NAME)?;
    let email = URL_SAFE_NO_PAD.decode(value).ok()?;
    Person::of(&String::from_utf8(email).ok()?)
}

/// Makes the browser remember `person` until it closes, or nobody.
pub fn remember(response: &mut HttpResponse, kind: Kind, person: Option<&Person>) {
    let path = kind.slug();
    let cookie = match person.map(|person| URL_SAFE_NO_PAD.encode(&person.email)) {
        Some(value) => format!("{NAME}={value}; Path=/{path}; HttpOnly; SameSite=Lax"),
        None => format!("{NAME}=; Path=/{path}; Max-Age=0; HttpOnly; SameSite=Lax"),
    };
    if let Ok(value) = HeaderValue::from_str(&cookie) {
        response.headers_mut().append(SET_COOKIE, value);
    }
}
