//! Owns `/forgotPassword` and `/confirmforgotPassword`: a code to the proven address, then a new password.

use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};

use super::opened::{self, Opened};
use super::step::{Awaited, Flash, Step};
use super::{outcome, password_rules, username_field, username_label};
use crate::auth::recovery;
use crate::cx::Cx;
use crate::error::Error;
use crate::oauth::parameters::Parameters;
use crate::web::pages::Field;
use crate::web::pages::forgot_password::ForgotPasswordPage;
use crate::web::pages::reset_password::ResetPasswordPage;

/// `GET /forgotPassword`.
pub async fn show_start(cx: Data<Cx>, http: HttpRequest) -> HttpResponse {
    match opened::open_own(cx, http).await {
        Err(answer) => answer,
        Ok(mut opened) => {
            let notice = opened.take_flash().map(str::to_owned);
            let known = awaited(&opened).map(|awaited| awaited.username);
            let view = ForgotPasswordPage { notice, ..start_form(&opened, (&known.unwrap_or_default(), None)) };
            opened.show(&view)
        }
    }
}

/// `POST /forgotPassword`.
pub async fn start(cx: Data<Cx>, http: HttpRequest, payload: Payload) -> HttpResponse {
    let (mut opened, posted) = match opened::open_own_post(cx, http, payload).await {
        Err(answer) => return answer,
        Ok(opened) => opened,
    };
    let username = posted.get("username").unwrap_or_default().trim().to_owned();
    if username.is_empty() {
        let view = start_form(&opened, ("", Some(opened.texts.required.to_owned())));
        return opened.show(&view);
    }
    match recovery::start(&opened.cx, opened.client(), &username).await {
        Ok(delivery) => {
            opened.leave(&Step::Code(Awaited::new(&username, Some(&delivery))));
            let location = opened.href("/confirmforgotPassword");
            opened.go(&location)
        }
        Err(fault) => match outcome::sentence(&fault) {
            None => opened.fail(&fault),
            Some(sentence) => {
                let view = start_form(&opened, (&username, Some(sentence)));
                opened.show(&view)
            }
        },
    }
}

/// `GET /confirmforgotPassword`.
pub async fn show_finish(cx: Data<Cx>, http: HttpRequest) -> HttpResponse {
    match opened::open_own(cx, http).await {
        Err(answer) => answer,
        Ok(opened) => {
            let view = finish_form(&opened, &Parameters::default());
            opened.show(&view)
        }
    }
}

/// `POST /confirmforgotPassword`.
pub async fn finish(cx: Data<Cx>, http: HttpRequest, payload: Payload) -> HttpResponse {
    let (mut opened, posted) = match opened::open_own_post(cx, http, payload).await {
        Err(answer) => return answer,
        Ok(opened) => opened,
    };
    let password = posted.raw("password").unwrap_or_default();
    if posted.raw("confirmPassword").is_some_and(|repeated| repeated != password) {
        let mut view = finish_form(&opened, &posted);
        view.confirm_password = view.confirm_password.with_fault(Some(opened.texts.passwords_differ.to_owned()));
        return opened.show(&view);
    }
    let username = posted.get("username").unwrap_or_default().trim().to_owned();
    let code = posted.get("confirmation_code").or_else(|| posted.get("code")).unwrap_or_default();
    match recovery::finish(&opened.cx, opened.client(), (&username, code), &password.into()).await {
        Ok(()) => {
            opened.forget_step();
            opened.flash(Flash::PasswordChanged);
            let location = opened.href_with("/login", ("login_hint", &username));
            opened.go(&location)
        }
        Err(fault) => refuse(opened, (&posted, &fault)),
    }
}

fn refuse(opened: Opened, (posted, fault): (&Parameters, &Error)) -> HttpResponse {
    let Some(sentence) = outcome::sentence(fault) else { return opened.fail(fault) };
    let mut view = finish_form(&opened, posted);
    if matches!(fault, Error::WeakPassword(_)) {
        view.password = view.password.with_fault(Some(sentence));
    } else {
        view.error = Some(sentence);
    }
    opened.show(&view)
}

fn awaited(opened: &Opened) -> Option<Awaited> {
    match opened.step()? {
        Step::Code(awaited) => Some(awaited),
        Step::Challenge { .. } | Step::PasskeyOffer { .. } | Step::Consent { .. } => None,
    }
}

fn start_form(opened: &Opened, (username, error): (&str, Option<String>)) -> ForgotPasswordPage {
    ForgotPasswordPage {
        layout: opened.layout(),
        action: opened.href("/forgotPassword"),
        username: username_field(opened.pool(), opened.texts, username),
        error,
        notice: None,
        sign_in_href: opened.href("/login"),
    }
}

fn finish_form(opened: &Opened, posted: &Parameters) -> ResetPasswordPage {
    let texts = opened.texts;
    let awaited = awaited(opened);
    let destination = awaited.as_ref().and_then(|one| Some((one.medium(texts), one.destination.as_deref()?)));
    let lead =
        destination.map_or_else(|| texts.reset_code_enter.to_owned(), |(medium, to)| texts.reset_code_sent(medium, to));
    let typed = posted.get("username").unwrap_or_default();
    let username = match &awaited {
        Some(awaited) => Field::hidden("username", &awaited.username),
        None => Field {
            label: username_label(opened.pool(), texts).to_owned(),
            ..username_field(opened.pool(), texts, typed)
        },
    };
    ResetPasswordPage {
        layout: opened.layout(),
        action: opened.href("/confirmforgotPassword"),
        username,
        code: Field::code(texts, "confirmation_code", posted.get("confirmation_code").unwrap_or_default()),
        password: Field::new_password("password", texts.new_password),
        confirm_password: Field::repeated_password("confirmPassword", texts.confirm_new_password),
        password_rules: password_rules(&opened.pool().settings.password_policy, texts),
        lead,
        error: None,
        sign_in_href: opened.href("/login"),
    }
}
