//! Owns `/confirm`, `/confirmUser` and `/resendcode`: the code that proves a new user's address.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};

use super::opened::{self, Opened};
use super::outcome::{self, bare_layout, error_page};
use super::reply::Jar;
use super::step::{Awaited, Flash, Step};
use super::{error, username_field};
use crate::auth::sign_up;
use crate::cx::Cx;
use crate::error::Error;
use crate::oauth::parameters::Parameters;
use crate::web::pages::Field;
use crate::web::pages::confirm::ConfirmPage;
use crate::web::{body, csrf};

/// `GET /confirm`.
pub async fn show(cx: Data<Cx>, http: HttpRequest) -> HttpResponse {
    match opened::open(cx, http).await {
        Err(answer) => answer,
        Ok(mut opened) => {
            let notice = opened.take_flash().map(str::to_owned);
            let awaited = awaited(&opened);
            let view = ConfirmPage { notice, ..form(&opened, (awaited.as_ref(), None)) };
            opened.show(&view)
        }
    }
}

/// `POST /confirm`.
pub async fn submit(cx: Data<Cx>, http: HttpRequest, payload: Payload) -> HttpResponse {
    let (mut opened, posted) = match opened::open_post(cx, http, payload).await {
        Err(answer) => return answer,
        Ok(opened) => opened,
    };
    let username = posted.get("username").unwrap_or_default().trim().to_owned();
    let code = posted.get("verification_code").unwrap_or_default().to_owned();
    let outcome = sign_up::confirm(&opened.cx, opened.client(), (&username, &code), false).await;
    match outcome {
        Ok(()) => {
            opened.forget_step();
            opened.flash(Flash::RegistrationConfirmed);
            let location = opened.href_with("/login", ("login_hint", &username));
            opened.go(&location)
        }
        Err(fault) => refuse(opened, (&username, &fault)),
    }
}

/// `POST /resendcode`.
pub async fn resend(cx: Data<Cx>, http: HttpRequest, payload: Payload) -> HttpResponse {
    let (mut opened, posted) = match opened::open_post(cx, http, payload).await {
        Err(answer) => return answer,
        Ok(opened) => opened,
    };
    let username = posted.get("username").unwrap_or_default().trim().to_owned();
    match sign_up::resend(&opened.cx, opened.client(), &username).await {
        Ok(delivery) => {
            opened.leave(&Step::Code(Awaited::new(&username, Some(&delivery))));
            opened.flash(Flash::CodeResent);
            let location = opened.href("/confirm");
            opened.go(&location)
        }
        Err(fault) => refuse(opened, (&username, &fault)),
    }
}

fn refuse(opened: Opened, (username, fault): (&str, &Error)) -> HttpResponse {
    let Some(sentence) = outcome::sentence(fault) else { return opened.fail(fault) };
    let awaited = awaited(&opened).filter(|awaited| awaited.username == username);
    let view = ConfirmPage { error: Some(sentence), ..form(&opened, (awaited.as_ref(), Some(username))) };
    opened.show(&view)
}

fn awaited(opened: &Opened) -> Option<Awaited> {
    match opened.step()? {
        Step::Code(awaited) => Some(awaited),
        Step::Challenge { .. } | Step::PasskeyOffer { .. } | Step::Consent { .. } => None,
    }
}

fn form(opened: &Opened, (awaited, typed): (Option<&Awaited>, Option<&str>)) -> ConfirmPage {
    let texts = opened.texts;
    let destination = awaited.and_then(|awaited| Some((awaited.medium(texts), awaited.destination.as_deref()?)));
    let lead = destination.map_or_else(|| texts.code_enter.to_owned(), |(medium, to)| texts.code_sent(medium, to));
    let username = match awaited {
        Some(awaited) => Field::hidden("username", &awaited.username),
        None => username_field(opened.pool(), texts, typed.unwrap_or_default()),
    };
    ConfirmPage {
        layout: opened.layout(),
        action: opened.href("/confirm"),
        username,
        code: Field::code(texts, "verification_code", ""),
        lead,
        error: None,
        notice: None,
        resend_action: awaited.is_some().then(|| opened.href("/resendcode")),
    }
}

/// `GET /confirmUser`, where a link in a mail leads. Mail scanners follow links, so only the button confirms.
pub async fn show_link(cx: Data<Cx>, http: HttpRequest) -> HttpResponse {
    match Parameters::parse(http.query_string()) {
        Ok(query) => link_form(&cx, &http, (&query, None)),
        Err(_) => error_page(error::Kind::BadForm),
    }
}

/// `POST /confirmUser`.
pub async fn submit_link(cx: Data<Cx>, http: HttpRequest, payload: Payload) -> HttpResponse {
    let text = body::read_form(&http, payload).await.unwrap_or_default();
    let (Ok(form), Ok(query)) = (Parameters::parse(&text), Parameters::parse(http.query_string())) else {
        return error_page(error::Kind::BadForm);
    };
    if !csrf::is_own_post(&cx, &http, &form) {
        return error_page(error::Kind::ForgedPost);
    }
    match confirm_by_link(&cx, &http, (&query, &form)).await {
        Ok(()) => {
            let view = error::message(bare_layout(), |texts| {
                (texts.registration_confirmed, texts.registration_confirmed_lead)
            });
            super::reply::page(&view, StatusCode::OK, (&[], Jar::default()))
        }
        Err(fault) => match outcome::sentence(&fault) {
            None => outcome::failure(&fault),
            Some(sentence) => link_form(&cx, &http, (&query, Some(sentence))),
        },
    }
}

async fn confirm_by_link(cx: &Cx, http: &HttpRequest, (query, form): (&Parameters, &Parameters)) -> Result<(), Error> {
    let client = opened::client_of_link(cx, http, query).await?;
    let username = form.get("username").unwrap_or_default();
    let code = form.get("verification_code").unwrap_or_default();
    sign_up::confirm(cx, &client, (username, code), false).await
}

fn link_form(cx: &Cx, http: &HttpRequest, (query, error): (&Parameters, Option<String>)) -> HttpResponse {
    let mut layout = bare_layout();
    let mut jar = Jar::default();
    layout.csrf = csrf::token(cx, http, &mut jar);
    let texts = layout.texts;
    let view = ConfirmPage {
        layout,
        action: format!("/confirmUser?{}", query.to_query(&[])),
        username: Field::hidden("username", query.get("user_name").unwrap_or_default()),
        code: Field::code(texts, "verification_code", query.get("confirmation_code").unwrap_or_default()),
        lead: texts.code_enter.to_owned(),
        error,
        notice: None,
        resend_action: None,
    };
    super::reply::page(&view, StatusCode::OK, (&[], jar))
}
