//! Owns `/changePassword`: a temporary password is replaced, missing attributes are filled in, the sign-in goes on.

use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};

use super::opened::{self, Opened};
use super::step::Step;
use super::{authorize, outcome, password_rules, sign_up};
use crate::auth::challenge::{self, NewPassword, NewPasswordRequired};
use crate::cx::Cx;
use crate::error::Error;
use crate::oauth::authorize::Who;
use crate::oauth::parameters::Parameters;
use crate::web::pages::Field;
use crate::web::pages::change_password::ChangePasswordPage;

/// `GET /changePassword`.
pub async fn show(cx: Data<Cx>, http: HttpRequest) -> HttpResponse {
    let opened = match opened::open(cx, http).await {
        Err(answer) => return answer,
        Ok(opened) => opened,
    };
    match resume(&opened).await {
        Some(resumed) => {
            let view = form(&opened, &resumed, &Parameters::default());
            opened.show(&view)
        }
        None => start_again(opened),
    }
}

/// `POST /changePassword`.
pub async fn submit(cx: Data<Cx>, http: HttpRequest, payload: Payload) -> HttpResponse {
    let (opened, posted) = match opened::open_post(cx, http, payload).await {
        Err(answer) => return answer,
        Ok(opened) => opened,
    };
    let Some(resumed) = resume(&opened).await else { return start_again(opened) };
    let password = posted.raw("new_password").unwrap_or_default();
    if posted.raw("confirm_password").is_some_and(|repeated| repeated != password) {
        let mut view = form(&opened, &resumed, &posted);
        view.confirm_password = view.confirm_password.with_fault(Some(opened.texts.passwords_differ.to_owned()));
        return opened.show(&view);
    }
    let answer = NewPassword {
        session: resumed.session.clone(),
        username: None,
        password: password.into(),
        attributes: sign_up::attributes(&posted),
    };
    match challenge::answer(&opened.cx, opened.client(), answer).await {
        Ok(authenticated) => authorize::conclude(opened, Who::Fresh(authenticated)).await,
        Err(fault) => refuse(opened, (&resumed, &posted, &fault)),
    }
}

fn refuse(opened: Opened, (resumed, posted, fault): (&NewPasswordRequired, &Parameters, &Error)) -> HttpResponse {
    let Some(sentence) = outcome::sentence(fault) else { return opened.fail(fault) };
    let mut view = form(&opened, resumed, posted);
    if matches!(fault, Error::WeakPassword(_)) {
        view.new_password = view.new_password.with_fault(Some(sentence));
    } else {
        view.error = Some(sentence);
    }
    opened.show(&view)
}

/// The challenge that the page before left; `None` when it is gone, used or too old.
async fn resume(opened: &Opened) -> Option<NewPasswordRequired> {
    let Step::NewPassword { session, .. } = opened.step()? else { return None };
    challenge::resume(&opened.cx, opened.client(), &session).await.ok()
}

fn start_again(mut opened: Opened) -> HttpResponse {
    opened.forget_step();
    let location = opened.href("/login");
    opened.go(&location)
}

fn form(opened: &Opened, resumed: &NewPasswordRequired, posted: &Parameters) -> ChangePasswordPage {
    let texts = opened.texts;
    let value = |name: &str| posted.get(&format!("requiredAttributes[{name}]")).unwrap_or_default().to_owned();
    ChangePasswordPage {
        layout: opened.layout(),
        action: opened.href("/changePassword"),
        username: Field::hidden("username", resumed.user.display_name()),
        new_password: Field::new_password("new_password", texts.new_password),
        confirm_password: Field::repeated_password("confirm_password", texts.confirm_new_password),
        password_rules: password_rules(&opened.pool().settings.password_policy, texts),
        attributes: resumed.missing.iter().map(|name| Field::attribute(texts, name, &value(name))).collect(),
        error: None,
    }
}
