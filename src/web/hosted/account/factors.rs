//! Owns `/account/factors` and `/account/app`: which second factors are asked for, and the authenticator app. All of it
//! needs a fresh sign-in.

use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};

use super::{back_here, done, fresh, posted_fresh, settle};
use crate::auth::mfa::{self, FactorWish};
use crate::auth::software_token;
use crate::cx::Cx;
use crate::domain::factor::SecondFactor;
use crate::error::Error;
use crate::store::sessions::Session;
use crate::web::hosted::factor_set_up::{groups, picture};
use crate::web::hosted::opened::{self, Opened};
use crate::web::hosted::outcome;
use crate::web::hosted::step::Flash;
use crate::web::pages::Field;
use crate::web::pages::software_token::SoftwareTokenPage;

const ON: FactorWish = FactorWish { is_enabled: Some(true), is_preferred: None };
const OFF: FactorWish = FactorWish { is_enabled: Some(false), is_preferred: None };
const FIRST: FactorWish = FactorWish { is_enabled: Some(true), is_preferred: Some(true) };

/// What a form calls the passkeys among the factors.
pub(super) const PASSKEYS: &str = "passkeys";

/// `POST /account/factors`: a `factor` and the `change`, which is `on`, `off` or `first`.
pub async fn change_factor(cx: Data<Cx>, http: HttpRequest, payload: Payload) -> HttpResponse {
    let (opened, session, posted) = match posted_fresh(cx, http, payload).await {
        Err(answer) => return answer,
        Ok(posted) => posted,
    };
    let factor = SecondFactor::parse(posted.get("factor").unwrap_or_default());
    let wish = match posted.get("change") {
        Some("on") => Some(ON),
        Some("off") => Some(OFF),
        Some("first") => Some(FIRST),
        _ => None,
    };
    let changed = match factor.zip(wish) {
        None if posted.get("factor") == Some(PASSKEYS) => {
            let is_on = posted.get("change") == Some("on");
            mfa::choose_passkeys(&opened.cx, opened.pool(), session.user.clone(), is_on).await
        }
        Some(choice) => mfa::choose(&opened.cx, opened.pool(), session.user.clone(), choice).await,
        None => Err(Error::InvalidParameter("MFA method not found".to_owned())),
    };
    settle(opened, &session, (changed, Flash::Saved)).await
}

/// `GET /account/app`: the secret that waits for its first code.
pub async fn show_app(cx: Data<Cx>, http: HttpRequest) -> HttpResponse {
    let opened = match opened::open(cx, http).await {
        Err(answer) => return answer,
        Ok(opened) => opened,
    };
    match fresh(opened).await {
        Ok((opened, session)) => show_secret(opened, &session, None).await,
        Err(answer) => answer,
    }
}

/// `POST /account/app`: the first code, or the wish for a new secret.
pub async fn submit_app(cx: Data<Cx>, http: HttpRequest, payload: Payload) -> HttpResponse {
    let (opened, session, posted) = match posted_fresh(cx, http, payload).await {
        Err(answer) => return answer,
        Ok(posted) => posted,
    };
    let Some(code) = posted.raw("authentication_code") else { return begin(opened, &session).await };
    match prove(&opened, &session, code).await {
        Ok(()) => done(opened, Flash::Saved),
        Err(fault) => match outcome::sentence(&fault) {
            Some(sentence) => show_secret(opened, &session, Some(sentence)).await,
            None => opened.fail(&fault),
        },
    }
}

async fn begin(opened: Opened, session: &Session) -> HttpResponse {
    match software_token::associate(&opened.cx, session.user.clone()).await {
        Ok(_) => {
            let location = opened.href("/account/app");
            opened.go(&location)
        }
        Err(fault) => opened.fail(&fault),
    }
}

async fn prove(opened: &Opened, session: &Session, code: &str) -> Result<(), Error> {
    let user = || session.user.clone();
    software_token::verify(&opened.cx, user(), code, None).await?;
    mfa::choose(&opened.cx, opened.pool(), user(), (SecondFactor::SoftwareTokenMfa, ON)).await
}

/// The page with the secret; without one there is nothing to see here.
async fn show_secret(opened: Opened, session: &Session, error: Option<String>) -> HttpResponse {
    match software_token::waiting(&opened.cx, opened.pool(), &session.user).await {
        Ok(Some(waiting)) => {
            let view = SoftwareTokenPage {
                layout: opened.layout(),
                action: opened.href("/account/app"),
                qr_code: picture(&waiting),
                secret: groups(&waiting.secret),
                code: Field { autofocus: false, ..Field::code(opened.texts, "authentication_code", "") },
                failures: None,
                error,
                email_href: None,
                back: back_here(&opened),
            };
            opened.show(&view)
        }
        Ok(None) => {
            let location = opened.href("/account");
            opened.go(&location)
        }
        Err(fault) => opened.fail(&fault),
    }
}
