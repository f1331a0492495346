//! Owns `/feedback`, where the link in a mail about an unusual sign-in leads. Mail scanners follow links, so only the
//! button answers.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};

use super::error;
use super::opened;
use super::outcome::{self, bare_layout, error_page};
use super::reply::{self, Jar};
use crate::auth::threat_protection::notify;
use crate::cx::Cx;
use crate::error::Error;
use crate::oauth::parameters::Parameters;
use crate::web::pages::feedback::FeedbackPage;
use crate::web::{body, csrf};

/// What a link says where it was somebody else.
const INVALID: &str = "invalid";

/// `GET /feedback`.
pub async fn show(cx: Data<Cx>, http: HttpRequest) -> HttpResponse {
    match Parameters::parse(http.query_string()) {
        Ok(query) => form(&cx, &http, (&query, None)),
        Err(_) => error_page(error::Kind::BadForm),
    }
}

/// `POST /feedback`.
pub async fn submit(cx: Data<Cx>, http: HttpRequest, payload: Payload) -> HttpResponse {
    let text = body::read_form(&http, payload).await.unwrap_or_default();
    let (Ok(posted), Ok(query)) = (Parameters::parse(&text), Parameters::parse(http.query_string())) else {
        return error_page(error::Kind::BadForm);
    };
    if !csrf::is_own_post(&cx, &http, &posted) {
        return error_page(error::Kind::ForgedPost);
    }
    match answer(&cx, &http, &query).await {
        Ok(()) => {
            let view = error::message(
                bare_layout(),
                if is_own(&query) {
                    |texts| (texts.feedback.thanks, texts.feedback.valid_thanks_lead)
                } else {
                    |texts| (texts.feedback.thanks, texts.feedback.invalid_thanks_lead)
                },
            );
            reply::page(&view, StatusCode::OK, (&[], Jar::default()))
        }
        Err(fault) => match outcome::sentence(&fault) {
            None => outcome::failure(&fault),
            Some(sentence) => form(&cx, &http, (&query, Some(sentence))),
        },
    }
}

async fn answer(cx: &Cx, http: &HttpRequest, query: &Parameters) -> Result<(), Error> {
    let client = opened::client_of_link(cx, http, query).await?;
    let text = |name: &str| query.get(name).unwrap_or_default();
    let event = text("event_id").to_owned();
    notify::answer(cx, &client.pool, (text("user_name"), event, &text("feedback_token").into()), is_own(query)).await
}

/// Whether the link says that the sign-in was the person's own.
fn is_own(query: &Parameters) -> bool {
    query.get("value").is_none_or(|value| value != INVALID)
}

fn form(cx: &Cx, http: &HttpRequest, (query, error): (&Parameters, Option<String>)) -> HttpResponse {
    let mut layout = bare_layout();
    let mut jar = Jar::default();
    layout.csrf = csrf::token(cx, http, &mut jar);
    let texts = layout.texts.feedback;
    let (heading, lead, button) = if is_own(query) {
        (texts.valid_heading, texts.valid_lead, texts.valid_button)
    } else {
        (texts.invalid_heading, texts.invalid_lead, texts.invalid_button)
    };
    let action = format!("/feedback?{}", query.to_query(&[]));
    let view = FeedbackPage { layout, action, heading, lead, button, error };
    reply::page(&view, StatusCode::OK, (&[], jar))
}
