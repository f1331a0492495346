//! Owns `/account/password`: the current password proves the person; whoever has none must have just signed in.

use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};

use super::{back_here, done, fresh, signed_in};
use crate::auth::change_password as engine;
use crate::cx::Cx;
use crate::error::Error;
use crate::store::sessions::Session;
use crate::web::hosted::opened::{self, Opened};
use crate::web::hosted::step::Flash;
use crate::web::hosted::{outcome, password_rules};
use crate::web::pages::Field;
use crate::web::pages::account::AccountPasswordPage;

/// `GET /account/password`.
pub async fn show_password(cx: Data<Cx>, http: HttpRequest) -> HttpResponse {
    let opened = match opened::open(cx, http).await {
        Err(answer) => return answer,
        Ok(opened) => opened,
    };
    match proven(opened).await {
        Ok((opened, session)) => {
            let view = form(&opened, &session);
            opened.show(&view)
        }
        Err(answer) => answer,
    }
}

/// `POST /account/password`.
pub async fn change_password(cx: Data<Cx>, http: HttpRequest, payload: Payload) -> HttpResponse {
    let (opened, posted) = match opened::open_post(cx, http, payload).await {
        Err(answer) => return answer,
        Ok(opened) => opened,
    };
    let (opened, session) = match proven(opened).await {
        Err(answer) => return answer,
        Ok(proven) => proven,
    };
    let password = posted.raw("new_password").unwrap_or_default();
    if posted.raw("confirm_password") != Some(password) {
        let mut view = form(&opened, &session);
        view.confirm_password = view.confirm_password.with_fault(Some(opened.texts.passwords_differ.to_owned()));
        return opened.show(&view);
    }
    let current = session.user.password().and_then(|_| posted.raw("current_password")).map(Into::into);
    match engine::change(&opened.cx, opened.client(), &session.user, (current, password.into())).await {
        Ok(()) => done(opened, Flash::OwnPasswordChanged),
        Err(fault) => refuse(opened, &session, &fault),
    }
}

async fn proven(opened: Opened) -> Result<(Opened, Session), HttpResponse> {
    let (opened, session) = signed_in(opened).await?;
    if session.user.password().is_some() { Ok((opened, session)) } else { fresh(opened).await }
}

fn refuse(opened: Opened, session: &Session, fault: &Error) -> HttpResponse {
    let Some(sentence) = outcome::sentence(fault) else { return opened.fail(fault) };
    let mut view = form(&opened, session);
    match fault {
        Error::WeakPassword(_) => view.new_password = view.new_password.with_fault(Some(sentence)),
        Error::BadCredentials => {
            let wrong = opened.texts.account.wrong_password.to_owned();
            view.current_password = view.current_password.map(|field| field.with_fault(Some(wrong)));
        }
        _ => view.error = Some(sentence),
    }
    opened.show(&view)
}

fn form(opened: &Opened, session: &Session) -> AccountPasswordPage {
    let (texts, user) = (opened.texts, &session.user);
    let has_password = user.password().is_some();
    AccountPasswordPage {
        layout: opened.layout(),
        action: opened.href("/account/password"),
        heading: if has_password { texts.change_password } else { texts.account.set_password },
        username: Field::hidden("username", user.display_name()),
        current_password: has_password.then(|| Field::current_password(texts)),
        new_password: Field::new_password("new_password", texts.new_password),
        confirm_password: Field::repeated_password("confirm_password", texts.confirm_new_password),
        password_rules: password_rules(&opened.pool().settings.password_policy, texts),
        back: back_here(opened),
        error: None,
    }
}
