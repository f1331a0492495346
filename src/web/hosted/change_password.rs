//! Owns `/changePassword`: a temporary password is replaced, missing attributes are filled in, the sign-in goes on.

use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};

use super::opened::{self, Opened};
use super::{challenge, outcome, password_rules, sign_up};
use crate::auth::sign_in::{Answer, Challenge};
use crate::cx::Cx;
use crate::error::Error;
use crate::oauth::parameters::Parameters;
use crate::web::pages::Field;
use crate::web::pages::change_password::ChangePasswordPage;

/// A temporary password that waits to be replaced.
struct Resumed {
    display_name: String,
    session: String,
    missing: Vec<String>,
}

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
        None => challenge::start_again(opened),
    }
}

/// `POST /changePassword`.
pub async fn submit(cx: Data<Cx>, http: HttpRequest, payload: Payload) -> HttpResponse {
    let (opened, posted) = match opened::open_post(cx, http, payload).await {
        Err(answer) => return answer,
        Ok(opened) => opened,
    };
    let Some(resumed) = resume(&opened).await else { return challenge::start_again(opened) };
    let password = posted.raw("new_password").unwrap_or_default();
    if posted.raw("confirm_password").is_some_and(|repeated| repeated != password) {
        let mut view = form(&opened, &resumed, &posted);
        view.confirm_password = view.confirm_password.with_fault(Some(opened.texts.passwords_differ.to_owned()));
        return opened.show(&view);
    }
    let answer = Answer::NewPassword(password.into(), sign_up::attributes(&posted));
    match challenge::answer(&opened, &resumed.session, answer).await {
        Ok(outcome) => challenge::go_on(opened, outcome).await,
        Err(fault) => refuse(opened, (&resumed, &posted, &fault)),
    }
}

fn refuse(opened: Opened, (resumed, posted, fault): (&Resumed, &Parameters, &Error)) -> HttpResponse {
    let Some(sentence) = outcome::sentence(fault) else { return opened.fail(fault) };
    let mut view = form(&opened, resumed, posted);
    if matches!(fault, Error::WeakPassword(_)) {
        view.new_password = view.new_password.with_fault(Some(sentence));
    } else {
        view.error = Some(sentence);
    }
    opened.show(&view)
}

/// The challenge that the page before left, if it is this one.
async fn resume(opened: &Opened) -> Option<Resumed> {
    let asked = challenge::resume(opened).await?;
    let Challenge::NewPasswordRequired { missing, .. } = asked.challenge else { return None };
    Some(Resumed { display_name: asked.display_name, session: asked.session, missing })
}

fn form(opened: &Opened, resumed: &Resumed, posted: &Parameters) -> ChangePasswordPage {
    let texts = opened.texts;
    let value = |name: &str| posted.get(&format!("requiredAttributes[{name}]")).unwrap_or_default().to_owned();
    ChangePasswordPage {
        layout: opened.layout(),
        action: opened.href("/changePassword"),
        username: Field::hidden("username", &resumed.display_name),
        new_password: Field::new_password("new_password", texts.new_password),
        confirm_password: Field::repeated_password("confirm_password", texts.confirm_new_password),
        password_rules: password_rules(&opened.pool().settings.password_policy, texts),
        attributes: resumed.missing.iter().map(|name| Field::attribute(texts, name, &value(name))).collect(),
        error: None,
    }
}
