//! Owns `/account`, where a person sees and changes how they sign in (beyond Cognito). Whoever is not signed in goes to
//! `/login` and comes back; a change of the ways in needs a fresh sign-in or the password. What may be changed is
//! decided in [`crate::auth`]; nothing changes on a GET.

mod access;
mod factors;
mod overview;
mod passkeys;
mod password;

pub use access::{forget_device, sign_out, unlink};
pub use factors::{change_factor, show_app, submit_app};
pub use passkeys::change_passkeys;
pub use password::{change_password, show_password};

use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};

use super::opened::{self, Opened};
use super::outcome;
use super::step::Flash;
use crate::auth::session;
use crate::cx::Cx;
use crate::error::Error;
use crate::oauth::parameters::Parameters;
use crate::store::sessions::Session;
use crate::web::cookies;
use crate::web::pages::Link;

/// `GET /account`.
pub async fn show(cx: Data<Cx>, http: HttpRequest) -> HttpResponse {
    let opened = match opened::open_account(cx, http).await {
        Err(answer) => return answer,
        Ok(opened) => opened,
    };
    match signed_in(opened).await {
        Ok((opened, session)) => overview::show(opened, &session, None).await,
        Err(answer) => answer,
    }
}

/// The person, who may look; otherwise the way to the sign-in page and back.
async fn signed_in(opened: Opened) -> Result<(Opened, Session), HttpResponse> {
    match find(&opened).await {
        Ok(Some(session)) => Ok((opened, session)),
        Ok(None) => {
            let location = opened.href("/login");
            Err(opened.go(&location))
        }
        Err(fault) => Err(opened.fail(&fault)),
    }
}

/// The person, who signed in so lately that they may change how they sign in; otherwise the way to a fresh sign-in.
async fn fresh(opened: Opened) -> Result<(Opened, Session), HttpResponse> {
    let (mut opened, session) = signed_in(opened).await?;
    if session::is_fresh(&opened.cx, &session) {
        return Ok((opened, session));
    }
    opened.flash(Flash::SignInAgain);
    let location = opened.href_with("/login", ("prompt", "login"));
    Err(opened.go(&location))
}

/// A post of the page by somebody who may look.
async fn posted_signed_in(
    cx: Data<Cx>,
    http: HttpRequest,
    payload: Payload,
) -> Result<(Opened, Session, Parameters), HttpResponse> {
    let (opened, posted) = opened::open_post(cx, http, payload).await?;
    let (opened, session) = signed_in(opened).await?;
    Ok((opened, session, posted))
}

/// A post of the page by somebody who may change how they sign in.
async fn posted_fresh(
    cx: Data<Cx>,
    http: HttpRequest,
    payload: Payload,
) -> Result<(Opened, Session, Parameters), HttpResponse> {
    let (opened, posted) = opened::open_post(cx, http, payload).await?;
    let (opened, session) = fresh(opened).await?;
    Ok((opened, session, posted))
}

async fn find(opened: &Opened) -> Result<Option<Session>, Error> {
    let cookie = opened.cookie(cookies::SESSION);
    session::find_for_account(&opened.cx, opened.client(), cookie.as_deref()).await
}

/// Back to the page after a change, which says what happened.
fn done(mut opened: Opened, flash: Flash) -> HttpResponse {
    opened.flash(flash);
    let location = opened.href("/account");
    opened.go(&location)
}

/// The end of a change: back to the page, or the page with why it failed.
async fn settle(opened: Opened, session: &Session, (outcome, flash): (Result<(), Error>, Flash)) -> HttpResponse {
    match outcome {
        Ok(()) => done(opened, flash),
        Err(fault) => match outcome::sentence(&fault) {
            Some(sentence) => overview::show(opened, session, Some(sentence)).await,
            None => opened.fail(&fault),
        },
    }
}

fn back_here(opened: &Opened) -> Link {
    Link { label: opened.texts.account.back_here.to_owned(), href: opened.href("/account") }
}
