//! Owns `/oauth2/authorize`: on to sign-in, or straight back with a code where a session lives.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};

use super::opened::{self, Opened};
use super::{consent, federation, login, passkeys};
use crate::auth::session;
use crate::cx::Cx;
use crate::error::Error;
use crate::oauth::authorize::{self, Step, Who};
use crate::oauth::checks::ResponseType;
use crate::web::cookies;

/// `GET /oauth2/authorize` (and `/authorize`).
pub async fn authorize(cx: Data<Cx>, http: HttpRequest) -> HttpResponse {
    match opened::open(cx, http).await {
        Err(answer) => answer,
        Ok(opened) => next(opened).await,
    }
}

async fn next(opened: Opened) -> HttpResponse {
    if opened.request.prompt.is_none && consent::is_due(&opened) {
        return consent::unasked(&opened);
    }
    let cookie = opened.cookie(cookies::SESSION);
    let session = match session::find_for(&opened.cx, opened.client(), cookie.as_deref()).await {
        Ok(session) => session,
        Err(fault) => return opened.fail(&fault),
    };
    match (authorize::next_step(&opened.request, session.is_some()), session) {
        (Step::Issue, Some(session)) => conclude(opened, Who::Known(session)).await,
        (Step::Federate, _) => federation::leave(opened).await,
        (Step::LoginRequired, _) => opened::refused(authorize::login_required(&opened.request)),
        _ => {
            let location = opened.href("/login");
            opened.go(&location)
        }
    }
}

/// Goes back to the app; somebody who has just signed in may be offered a passkey before.
pub async fn conclude(opened: Opened, who: Who) -> HttpResponse {
    match who {
        Who::Fresh(authenticated) if passkeys::is_due(&opened, &authenticated).await => {
            passkeys::offer(opened, authenticated).await
        }
        who => finish(opened, who).await,
    }
}

/// Goes back to the app, unless the person must be asked first whether it may learn who they are.
pub async fn finish(opened: Opened, who: Who) -> HttpResponse {
    if consent::is_due(&opened) { consent::ask(opened, who).await } else { issue(opened, who).await }
}

/// Gives out the code or the tokens and sends the browser back to the app.
pub(super) async fn issue(mut opened: Opened, who: Who) -> HttpResponse {
    match authorize::issue(&opened.cx, &opened.request, who).await {
        // What was proven does not count any more: it was used meanwhile, or the account was locked.
        Err(fault) => login::refuse(opened, ("", &fault)).await,
        Ok(conclusion) => {
            if let Some(token) = &conclusion.session {
                if let Err(fault) = end_previous(&opened).await {
                    return opened.fail(&fault);
                }
                opened.start_session(token);
                opened.forget_step();
            }
            opened.go(&conclusion.location)
        }
    }
}

/// Whoever signs in once more for the account page has one session here afterwards, not two.
async fn end_previous(opened: &Opened) -> Result<(), Error> {
    match opened.cookie(cookies::SESSION) {
        Some(token) if opened.request.response_type == ResponseType::Account => session::end(&opened.cx, &token).await,
        _ => Ok(()),
    }
}
