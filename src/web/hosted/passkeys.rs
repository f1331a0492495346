//! Owns passkeys on the hosted pages: the question on the sign-in page, the answer to it, and `/passkeys/add`, which
//! offers one after a sign-in. Without JavaScript the browser never says that it can make one, and none is offered.

use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::Value;

use super::opened::{self, Opened};
use super::step::Step;
use super::{authorize, outcome};
use crate::auth::passkey::{self, proof, registration};
use crate::auth::session;
use crate::auth::sign_in::Authenticated;
use crate::cx::{Cx, Seal};
use crate::domain::user::UserStatus;
use crate::error::Error;
use crate::oauth::authorize::Who;
use crate::oauth::parameters::Parameters;
use crate::store::sessions::Session;
use crate::web::cookies;
use crate::web::pages::passkey_add::PasskeyAddPage;
use crate::web::pages::sign_in::PasskeyForm;

/// Seconds that the question of a sign-in page can wait for its answer.
const QUESTION_SECONDS: i64 = 3600;
/// Seconds for which somebody who said “Not now” is not asked again.
const LATER_SECONDS: i64 = 30 * 86_400;
/// The browser says that it can make passkeys.
const ABLE: &str = "able";
/// The person wants none for now.
const LATER: &str = "later";

/// The passkey form of the sign-in page, where the pool and the client let people choose a passkey.
pub fn form(opened: &Opened) -> Option<PasskeyForm> {
    let (cx, pool) = (&opened.cx, opened.pool());
    if !passkey::is_offered_on_pages(cx, opened.client()) {
        return None;
    }
    let (options, asked) = proof::start(cx, pool, (&[], QUESTION_SECONDS)).ok()?;
    let json = serde_json::to_vec(&asked).ok()?;
    let state = cx.secrets.seal(cx.random(), Seal::Step, (&json, &context(opened)));
    Some(PasskeyForm { action: opened.href("/login"), options: options.to_string(), state })
}

/// The question that a posted form answers; `None` when it is not ours or of another client.
pub fn question(opened: &Opened, posted: &Parameters) -> Option<proof::Asked> {
    let sealed = posted.raw("passkey_state")?;
    serde_json::from_slice(&opened.cx.secrets.open(Seal::Step, sealed, &context(opened))?).ok()
}

/// Whether somebody who has just signed in is to be offered a passkey.
pub async fn is_due(opened: &Opened, authenticated: &Authenticated) -> bool {
    let user = &authenticated.user;
    let is_able = opened.cookie(cookies::PASSKEYS).as_deref() == Some(ABLE);
    if !is_able || user.status != UserStatus::Confirmed || !passkey::is_offered_on_pages(&opened.cx, opened.client()) {
        return false;
    }
    passkey::list(&opened.cx, user).await.is_ok_and(|known| known.is_empty())
}

/// Signs the person in on this browser and goes on to the offer.
pub async fn offer(mut opened: Opened, authenticated: Authenticated) -> HttpResponse {
    let step = Step::PasskeyOffer { sub: authenticated.user.sub.clone(), request: opened.print() };
    match session::begin(&opened.cx, opened.client(), authenticated).await {
        Ok(token) => {
            opened.start_session(&token);
            opened.leave(&step);
            let location = opened.href("/passkeys/add");
            opened.go(&location)
        }
        Err(fault) => opened.fail(&fault),
    }
}

/// `GET /passkeys/add`.
pub async fn show(cx: Data<Cx>, http: HttpRequest) -> HttpResponse {
    let opened = match opened::open(cx, http).await {
        Err(answer) => return answer,
        Ok(opened) => opened,
    };
    match known(&opened).await {
        Ok(Some(session)) => ask(opened, (&session, None)).await,
        Ok(None) => opened.start_again(),
        Err(fault) => opened.fail(&fault),
    }
}

/// `POST /passkeys/add`: a passkey, or none for now.
pub async fn submit(cx: Data<Cx>, http: HttpRequest, payload: Payload) -> HttpResponse {
    let (mut opened, posted) = match opened::open_post(cx, http, payload).await {
        Err(answer) => return answer,
        Ok(opened) => opened,
    };
    let session = match known(&opened).await {
        Ok(Some(session)) => session,
        Ok(None) => return opened.start_again(),
        Err(fault) => return opened.fail(&fault),
    };
    match posted.raw("credential") {
        None => opened.keep_cookie((cookies::PASSKEYS, LATER), LATER_SECONDS),
        Some(credential) => {
            let credential: Value = serde_json::from_str(credential).unwrap_or_default();
            let made = registration::complete_on_page(&opened.cx, opened.client(), (&session.user, &credential)).await;
            if let Err(fault) = made {
                return ask(opened, (&session, Some(&fault))).await;
            }
        }
    }
    opened.forget_step();
    authorize::finish(opened, Who::Known(session)).await
}

async fn ask(opened: Opened, (session, fault): (&Session, Option<&Error>)) -> HttpResponse {
    let error = match fault.map(outcome::sentence) {
        Some(None) => return opened.fail(fault.unwrap_or(&Error::TooManyRequests)),
        sentence => sentence.flatten(),
    };
    match registration::start(&opened.cx, opened.client(), &session.user).await {
        Ok(options) => {
            let view = PasskeyAddPage {
                layout: opened.layout(),
                action: opened.href("/passkeys/add"),
                user: session.user.display_name().to_owned(),
                options: options.to_string(),
                error,
            };
            opened.show(&view)
        }
        Err(fault) => opened.fail(&fault),
    }
}

/// The session of somebody who has just signed in for this very request: whoever comes here by another road must
/// sign in first, as the request may demand.
async fn known(opened: &Opened) -> Result<Option<Session>, Error> {
    let Some(Step::PasskeyOffer { sub, request }) = opened.step() else { return Ok(None) };
    opened.session_of((&sub, &request)).await
}

fn context(opened: &Opened) -> String {
    format!("passkey-page/{}", opened.client().client.id)
}
