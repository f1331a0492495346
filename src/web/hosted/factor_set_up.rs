//! Owns `/mfa/register/software_token` and `/mfa/register/email`: setting up a second factor where everybody needs one.

use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use qrcode::render::svg;
use qrcode::{EcLevel, QrCode};

use super::opened::{self, Opened};
use super::step::Step;
use super::{challenge, outcome};
use crate::auth::sign_in::{self, Answer, Asked, Challenge};
use crate::auth::software_token::WaitingToken;
use crate::cx::Cx;
use crate::domain::factor::SecondFactor;
use crate::error::Error;
use crate::web::pages::software_token::{FactorEmailPage, SoftwareTokenPage};
use crate::web::pages::{Field, Link};

/// Wrong codes after which a fresh secret is shown.
const MOST_FAILURES: u32 = 3;

/// `GET /mfa/register/software_token`.
pub async fn show(cx: Data<Cx>, http: HttpRequest) -> HttpResponse {
    let opened = match opened::open(cx, http).await {
        Err(answer) => return answer,
        Ok(opened) => opened,
    };
    match resume(&opened).await {
        Some((asked, factors)) => show_secret(opened, (&asked.session, &factors), (0, None)).await,
        None => challenge::start_again(opened),
    }
}

/// `POST /mfa/register/software_token`.
pub async fn submit(cx: Data<Cx>, http: HttpRequest, payload: Payload) -> HttpResponse {
    let (opened, posted) = match opened::open_post(cx, http, payload).await {
        Err(answer) => return answer,
        Ok(opened) => opened,
    };
    let Some((asked, factors)) = resume(&opened).await else { return challenge::start_again(opened) };
    let code = posted.get("authentication_code").unwrap_or_default().trim().to_owned();
    let failures: u32 = posted.get("failures").and_then(|text| text.parse().ok()).unwrap_or(0);
    let outcome = finish(&opened, (&asked.session, &code)).await;
    match outcome {
        Ok(outcome) => challenge::go_on(opened, outcome).await,
        Err(fault @ Error::EnableSoftwareToken) if failures + 1 < MOST_FAILURES => {
            let error = outcome::sentence(&fault);
            show_secret(opened, (&asked.session, &factors), (failures + 1, error)).await
        }
        Err(Error::EnableSoftwareToken) => match renewed(&opened, &asked.session).await {
            Ok(session) => {
                let error = Some(opened.texts.factors.fresh_secret.to_owned());
                show_secret(opened, (&session, &factors), (0, error)).await
            }
            Err(_) => challenge::start_again(opened),
        },
        Err(fault) => match outcome::sentence(&fault) {
            Some(error) => show_secret(opened, (&asked.session, &factors), (failures, Some(error))).await,
            None => opened.fail(&fault),
        },
    }
}

/// `GET /mfa/register/email`.
pub async fn show_email(cx: Data<Cx>, http: HttpRequest) -> HttpResponse {
    let opened = match opened::open(cx, http).await {
        Err(answer) => return answer,
        Ok(opened) => opened,
    };
    match resume(&opened).await {
        Some((_, factors)) if factors.contains(&SecondFactor::EmailOtp) => email_form(opened, ("", None)),
        _ => challenge::start_again(opened),
    }
}

/// `POST /mfa/register/email`.
pub async fn submit_email(cx: Data<Cx>, http: HttpRequest, payload: Payload) -> HttpResponse {
    let (opened, posted) = match opened::open_post(cx, http, payload).await {
        Err(answer) => return answer,
        Ok(opened) => opened,
    };
    let Some((asked, _)) = resume(&opened).await else { return challenge::start_again(opened) };
    let address = posted.get("requiredAttributes[email]").unwrap_or_default().trim().to_owned();
    let answer = Answer::SetUp(Some(address.clone()));
    match challenge::answer(&opened, &asked.session, answer).await {
        Ok(outcome) => challenge::go_on(opened, outcome).await,
        Err(fault) => match outcome::sentence(&fault) {
            Some(error) => email_form(opened, (&address, Some(error))),
            None => opened.fail(&fault),
        },
    }
}

/// The challenge that the page before left, if it is to set up a factor.
async fn resume(opened: &Opened) -> Option<(Asked, Vec<SecondFactor>)> {
    let asked = challenge::resume(opened).await?;
    let Challenge::MfaSetup { factors } = &asked.challenge else { return None };
    let factors = factors.clone();
    Some((asked, factors))
}

/// Proves the secret by its first code, and goes on.
async fn finish(opened: &Opened, (session, code): (&str, &str)) -> Result<sign_in::Outcome, Error> {
    let session = sign_in::verify(&opened.cx, opened.client(), (session, code), None).await?;
    challenge::answer(opened, &session, Answer::SetUp(None)).await
}

async fn renewed(opened: &Opened, session: &str) -> Result<String, Error> {
    sign_in::associate(&opened.cx, opened.client(), session).await.map(|(_, session)| session)
}

/// The page with the secret; the first time, one is made and the session that knows it replaces the one before.
async fn show_secret(
    mut opened: Opened,
    (session, factors): (&str, &[SecondFactor]),
    (failures, error): (u32, Option<String>),
) -> HttpResponse {
    if !factors.contains(&SecondFactor::SoftwareTokenMfa) {
        return challenge::start_again(opened);
    }
    let waiting = match sign_in::waiting_token(&opened.cx, opened.client(), session).await {
        Ok(Some(waiting)) => Ok((waiting, session.to_owned())),
        Ok(None) => match renewed(&opened, session).await {
            Ok(session) => {
                let made = sign_in::waiting_token(&opened.cx, opened.client(), &session).await;
                made.map(|made| (made.unwrap_or_default(), session))
            }
            Err(fault) => Err(fault),
        },
        Err(fault) => Err(fault),
    };
    let Ok((waiting, session)) = waiting else { return challenge::start_again(opened) };
    opened.leave(&Step::Challenge { session });
    let has_email = factors.contains(&SecondFactor::EmailOtp);
    let view = SoftwareTokenPage {
        layout: opened.layout(),
        action: opened.href("/mfa/register/software_token"),
        qr_code: picture(&waiting),
        secret: groups(&waiting.secret),
        code: Field { autofocus: false, ..Field::code(opened.texts, "authentication_code", "") },
        failures: Some(Field::hidden("failures", &failures.to_string())),
        error,
        email_href: has_email.then(|| opened.href("/mfa/register/email")),
        back: Link { label: opened.texts.factors.start_again.to_owned(), href: opened.href("/login") },
    };
    opened.show(&view)
}

fn email_form(opened: Opened, (address, error): (&str, Option<String>)) -> HttpResponse {
    let view = FactorEmailPage {
        layout: opened.layout(),
        action: opened.href("/mfa/register/email"),
        email: Field::attribute(opened.texts, "email", address),
        error,
        start_again_href: opened.href("/login"),
    };
    opened.show(&view)
}

/// The address of the secret as a picture; the content security policy allows pictures in the page itself.
pub(super) fn picture(waiting: &WaitingToken) -> String {
    let code = QrCode::with_error_correction_level(waiting.url.as_bytes(), EcLevel::L);
    let svg = code.map(|code| code.render::<svg::Color<'_>>().module_dimensions(1, 1).build()).unwrap_or_default();
    format!("data:image/svg+xml;base64,{}", STANDARD.encode(svg))
}

pub(super) fn groups(secret: &str) -> Vec<String> {
    let letters: Vec<char> = secret.chars().collect();
    letters.chunks(4).map(|group| group.iter().collect()).collect()
}
