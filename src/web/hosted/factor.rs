//! Owns `/mfa` and `/selectMFA`: the code of a second factor, and the choice of one.

use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};

use super::opened::{self, Opened};
use super::{challenge, outcome};
use crate::auth::codes::Delivery;
use crate::auth::sign_in::{Answer, Asked, Challenge};
use crate::cx::Cx;
use crate::domain::factor::SecondFactor;
use crate::error::Error;
use crate::mail::Channel;
use crate::web::pages::Field;
use crate::web::pages::factor_code::FactorCodePage;
use crate::web::pages::select_factor::{FactorOption, SelectFactorPage};

/// `GET /mfa`.
pub async fn show(cx: Data<Cx>, http: HttpRequest) -> HttpResponse {
    let opened = match opened::open(cx, http).await {
        Err(answer) => return answer,
        Ok(opened) => opened,
    };
    match resume(&opened).await {
        Some(asked) => show_code(opened, &asked, None),
        None => challenge::start_again(opened),
    }
}

/// `POST /mfa`.
pub async fn submit(cx: Data<Cx>, http: HttpRequest, payload: Payload) -> HttpResponse {
    let (opened, posted) = match opened::open_post(cx, http, payload).await {
        Err(answer) => return answer,
        Ok(opened) => opened,
    };
    let Some(asked) = resume(&opened).await else { return challenge::start_again(opened) };
    let code = posted.get("authentication_code").unwrap_or_default().trim().to_owned();
    let answer = match asked.challenge {
        Challenge::SmsMfa(_) => Answer::SmsMfa(code),
        Challenge::EmailOtp(_) => Answer::EmailOtp(code),
        Challenge::SmsOtp(_) => Answer::SmsOtp(code),
        _ => Answer::SoftwareToken(code),
    };
    match challenge::answer(&opened, &asked.session, answer).await {
        Ok(outcome) => challenge::go_on(opened, outcome).await,
        Err(fault) => show_code(opened, &asked, Some(&fault)),
    }
}

/// `GET /selectMFA`.
pub async fn show_choice(cx: Data<Cx>, http: HttpRequest) -> HttpResponse {
    let opened = match opened::open(cx, http).await {
        Err(answer) => return answer,
        Ok(opened) => opened,
    };
    match challenge::resume(&opened).await {
        Some(asked) => choice(opened, asked, None),
        None => challenge::start_again(opened),
    }
}

/// `POST /selectMFA`.
pub async fn choose(cx: Data<Cx>, http: HttpRequest, payload: Payload) -> HttpResponse {
    let (opened, posted) = match opened::open_post(cx, http, payload).await {
        Err(answer) => return answer,
        Ok(opened) => opened,
    };
    let Some(asked) = challenge::resume(&opened).await else { return challenge::start_again(opened) };
    let answer = Answer::SelectFactor(posted.get("mfa_type").unwrap_or_default().to_owned());
    match challenge::answer(&opened, &asked.session, answer).await {
        Ok(outcome) => challenge::go_on(opened, outcome).await,
        Err(fault) => choice(opened, asked, Some(&fault)),
    }
}

/// The challenge that the page before left, if it asks for a code.
async fn resume(opened: &Opened) -> Option<Asked> {
    let asked = challenge::resume(opened).await?;
    let is_code = challenge::page_of(&asked.challenge) == Some("/mfa");
    is_code.then_some(asked)
}

fn show_code(opened: Opened, asked: &Asked, fault: Option<&Error>) -> HttpResponse {
    let texts = opened.texts;
    let error = match fault.map(outcome::sentence) {
        Some(None) => return fault.map_or_else(|| HttpResponse::BadRequest().finish(), |fault| opened.fail(fault)),
        Some(sentence) => sentence,
        None => None,
    };
    let sent = |to: &Delivery| {
        let medium = if to.channel == Channel::Sms { texts.by_sms } else { texts.by_email };
        texts.factors.code_sent(medium, &to.destination)
    };
    let (lead, was_sent) = match &asked.challenge {
        Challenge::SmsMfa(to) | Challenge::SmsOtp(to) | Challenge::EmailOtp(to) => (sent(to), true),
        Challenge::SoftwareTokenMfa { device_name } => (texts.factors.app_lead(device_name.as_deref()), false),
        _ => (String::new(), false),
    };
    let view = FactorCodePage {
        layout: opened.layout(),
        action: opened.href("/mfa"),
        lead,
        code: Field::code(texts, "authentication_code", ""),
        error,
        was_sent,
        start_again_href: opened.href("/login"),
    };
    opened.show(&view)
}

fn choice(opened: Opened, asked: Asked, fault: Option<&Error>) -> HttpResponse {
    let Challenge::SelectMfaType { factors, deliveries, device_name } = asked.challenge else {
        return challenge::start_again(opened);
    };
    let texts = &opened.texts.factors;
    let to = |attribute: &str| deliveries.iter().find(|to| to.attribute == attribute).map(|to| to.destination.clone());
    let option = |(index, factor): (usize, &SecondFactor)| {
        let (label, hint) = match factor {
            SecondFactor::SmsMfa => (texts.by_sms, to("phone_number")),
            SecondFactor::EmailOtp => (texts.by_email, to("email")),
            SecondFactor::SoftwareTokenMfa => (texts.by_app, device_name.clone()),
        };
        FactorOption { value: factor.name(), label, hint, is_first: index == 0 }
    };
    let view = SelectFactorPage {
        layout: opened.layout(),
        action: opened.href("/selectMFA"),
        options: factors.iter().enumerate().map(option).collect(),
        error: fault.and_then(outcome::sentence),
        start_again_href: opened.href("/login"),
    };
    opened.show(&view)
}
