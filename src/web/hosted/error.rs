//! Owns `/error` and every other page that says what went wrong: words for the person, a note for the developer that
//! names the faulty parameter, a way on. Texts from the URL are looked up, never shown.

use actix_web::HttpRequest;
use actix_web::HttpResponse;
use actix_web::http::StatusCode;

use super::outcome::{bare_layout, error_page};
use super::reply::{self, Jar};
use crate::domain::registration::destination;
use crate::oauth::checks::PageFault;
use crate::oauth::parameters::Parameters;
use crate::web::pages::error::{DeveloperNote, ErrorPage};
use crate::web::pages::{Layout, Link};
use crate::web::texts::Texts;

/// What went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Something of ours.
    Failure,
    /// Too many attempts from one address.
    TooManyRequests,
    /// A form that cannot be read.
    BadForm,
    /// A form that did not come from our page, or whose cookie is gone.
    ForgedPost,
    /// The address leads nowhere.
    NotFound,
    /// A return from a provider that took too long, or came in another browser.
    LateJourney,
    /// A return from a provider that nobody left for.
    UnknownJourney,
    /// A message about sign-out that no provider of ours made, or that was used before.
    UnknownSignOut,
}

impl Kind {
    /// The HTTP status.
    #[must_use]
    pub const fn status(self) -> StatusCode {
        match self {
            Self::Failure => StatusCode::INTERNAL_SERVER_ERROR,
            Self::TooManyRequests => StatusCode::TOO_MANY_REQUESTS,
            Self::BadForm | Self::LateJourney | Self::UnknownJourney | Self::UnknownSignOut => StatusCode::BAD_REQUEST,
            Self::ForgedPost => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
        }
    }

    const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Failure => ("Something went wrong on our side", "Nothing was lost. Please try again in a moment."),
            Self::TooManyRequests => (
                "That was a little too quick",
                "Too many attempts came from your network. Wait a moment, then try again.",
            ),
            Self::BadForm => ("That form could not be read", "Please go back and send it again."),
            Self::ForgedPost => (
                "This page has expired",
                "For your safety we only accept forms from our own pages, with cookies allowed. Start again and it will work.",
            ),
            Self::LateJourney => (
                "Your sign-in took too long",
                "For your safety we forget an unfinished sign-in after five minutes, and one that was begun in another browser. Start again and it will work.",
            ),
            Self::UnknownJourney => (
                "We can't tell where you came from",
                "This return from another sign-in service does not belong to a sign-in that began here. Go back to the app and sign in from there.",
            ),
            Self::UnknownSignOut => (
                "That sign-out could not be served",
                "The message from the other sign-in service was not one that we can trust, so nothing changed here. To sign out, go back to the app and sign out from there.",
            ),
            Self::NotFound => ("There is nothing here", "The address may be mistyped, or the page has moved."),
        }
    }
}

/// What a developer is told about each of Cognito's error texts: the problem and the remedy.
const NOTES: [(&str, &str, &str); 6] = [
    (
        "Client does not exist",
        "No app client has this id.",
        "Send the client_id that CreateUserPoolClient returned, and check that the request goes to the right server.",
    ),
    (
        "Required parameters missing",
        "A required parameter is missing or empty.",
        "Send client_id, response_type and redirect_uri with every authorization request.",
    ),
    (
        "redirect_mismatch",
        "The address is missing, or is not registered for this app client. Addresses are compared character by character.",
        "Add exactly this address to the client's CallbackURLs (LogoutURLs for sign-out), or send one that is there.",
    ),
    (
        "Login pages unavailable. Please contact an administrator.",
        "OAuth is not enabled for this app client, or it has no identity provider.",
        "Set AllowedOAuthFlowsUserPoolClient, AllowedOAuthFlows, CallbackURLs and SupportedIdentityProviders on the client.",
    ),
    (
        "invalid_request",
        "The parameter is given more than once, is too long, or holds control characters.",
        "Send each parameter once, URL-encoded.",
    ),
    (
        "Required String parameter 'redirect_uri' is not present",
        "Sign-out needs to know where to go.",
        "Send logout_uri with one of the client's LogoutURLs, or redirect_uri and response_type to sign in again.",
    ),
];

/// The parameters that a note may name.
const PARAMETERS: [&str; 7] =
    ["client_id", "redirect_uri", "logout_uri", "post_logout_redirect_uri", "id_token_hint", "response_type", "state"];

/// The address of the page for a fault, in Cognito's form: `/error?error=…&client_id=…`.
#[must_use]
pub fn address(fault: &PageFault) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.append_pair("error", fault.error);
    if let Some(client) = &fault.client_id {
        query.append_pair("client_id", client);
    }
    if let Some(parameter) = fault.parameter.as_deref().filter(|name| PARAMETERS.contains(name)) {
        query.append_pair("parameter", parameter);
    }
    format!("/error?{}", query.finish())
}

/// A page for `kind`, with a way to start again where one is known.
#[must_use]
pub fn view(kind: Kind, layout: Layout, start_again: Option<String>) -> ErrorPage {
    let (heading, lead) = kind.words();
    let label = layout.texts.error_start_again.to_owned();
    ErrorPage {
        layout,
        heading: heading.to_owned(),
        lead: lead.to_owned(),
        back: None,
        start_again: start_again.map(|href| Link { label, href }),
        developer: None,
    }
}

/// The page in place of an error redirect to an app that nobody vouches for.
pub fn offer(location: &str) -> HttpResponse {
    let layout = bare_layout();
    let (heading, lead) = (layout.texts.error_heading.to_owned(), layout.texts.consent.unchecked.to_owned());
    let back = Some(link_to(layout.texts, location));
    let page = ErrorPage { layout, heading, lead, back, start_again: None, developer: None };
    reply::page(&page, StatusCode::BAD_REQUEST, (&[], Jar::default()))
}

/// A link that names where it leads.
#[must_use]
pub fn link_to(texts: &Texts, location: &str) -> Link {
    Link { label: texts.consent.go_on_to(&destination(location)), href: location.to_owned() }
}

/// A page that only says something, in the words of `choose`.
#[must_use]
pub fn message(layout: Layout, choose: fn(&Texts) -> (&'static str, &'static str)) -> ErrorPage {
    let (heading, lead) = choose(layout.texts);
    let (heading, lead) = (heading.to_owned(), lead.to_owned());
    ErrorPage { layout, heading, lead, back: None, start_again: None, developer: None }
}

/// `GET /error`.
pub async fn show(http: HttpRequest) -> HttpResponse {
    let parameters = Parameters::parse(http.query_string()).unwrap_or_default();
    let error = parameters.get("error").unwrap_or_default();
    let note = NOTES.iter().find(|(known, ..)| *known == error);
    let parameter = parameters.get("parameter").filter(|name| PARAMETERS.contains(name)).map(str::to_owned);
    let layout = bare_layout();
    let (heading, lead) = (layout.texts.error_heading.to_owned(), layout.texts.error_lead.to_owned());
    let developer = note.map(|(_, problem, remedy)| DeveloperNote {
        parameter,
        problem: (*problem).to_owned(),
        remedy: (*remedy).to_owned(),
    });
    let page = ErrorPage { layout, heading, lead, back: None, start_again: None, developer };
    reply::page(&page, StatusCode::BAD_REQUEST, (&[], Jar::default()))
}

/// The page of a client that has no style, at a domain with managed login (spec: 403).
#[must_use]
pub fn unavailable() -> HttpResponse {
    let view = message(bare_layout(), |texts| (texts.pages_unavailable, texts.pages_unavailable_lead));
    reply::page(&view, StatusCode::FORBIDDEN, (&[], Jar::default()))
}

/// Any address that leads nowhere.
pub async fn not_found() -> HttpResponse {
    error_page(Kind::NotFound)
}
