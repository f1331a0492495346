//! Owns what somebody takes access away from: linked accounts, remembered devices, sessions. Only untying an account
//! needs a fresh sign-in: the others let nobody in.

use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};

use super::{posted_fresh, posted_signed_in, settle};
use crate::auth::{device, federated, session, tracking};
use crate::cx::Cx;
use crate::error::Error;
use crate::store::sessions::Session;
use crate::web::cookies;
use crate::web::hosted::opened::Opened;
use crate::web::hosted::step::Flash;

/// `POST /account/providers`: the `provider` and the `user` there.
pub async fn unlink(cx: Data<Cx>, http: HttpRequest, payload: Payload) -> HttpResponse {
    let (opened, session, posted) = match posted_fresh(cx, http, payload).await {
        Err(answer) => return answer,
        Ok(posted) => posted,
    };
    let given = |name: &str| posted.get(name).unwrap_or_default().to_owned();
    let identity = (given("provider"), given("user"));
    let unlinked = federated::unlink(&opened.cx, &opened.client().pool, &session.user, identity).await;
    settle(opened, &session, (unlinked, Flash::Unlinked)).await
}

/// `POST /account/devices`: the key of the `device`.
pub async fn forget_device(cx: Data<Cx>, http: HttpRequest, payload: Payload) -> HttpResponse {
    let (opened, session, posted) = match posted_signed_in(cx, http, payload).await {
        Err(answer) => return answer,
        Ok(posted) => posted,
    };
    let key = posted.get("device").unwrap_or_default().to_owned();
    let forgotten = device::forget(&opened.cx, &session.user, key).await;
    settle(opened, &session, (forgotten, Flash::DeviceForgotten)).await
}

/// `POST /account/sessions`: the id of a `session`, `here` for this one, or `everywhere`.
pub async fn sign_out(cx: Data<Cx>, http: HttpRequest, payload: Payload) -> HttpResponse {
    let (opened, session, posted) = match posted_signed_in(cx, http, payload).await {
        Err(answer) => return answer,
        Ok(posted) => posted,
    };
    match posted.get("session") {
        Some("everywhere") => {
            let ended = session::end_everywhere(&opened.cx, &session.user).await;
            leave(opened, (ended, Some(Flash::EndedEverywhere)))
        }
        Some("here") => {
            let ended = end_here(&opened, &session).await;
            leave(opened, (ended, None))
        }
        id => {
            let (pool, user) = (&opened.client().pool, &session.user);
            let ended = tracking::sign_out(&opened.cx, pool, user, id.unwrap_or_default()).await;
            settle(opened, &session, (ended, Flash::SessionEnded)).await
        }
    }
}

/// Ends the session of this browser; where the pool tracks, together with the apps that it signed in to.
async fn end_here(opened: &Opened, session: &Session) -> Result<(), Error> {
    if let Some(id) = &session.session_id {
        return tracking::sign_out(&opened.cx, &opened.client().pool, &session.user, id).await;
    }
    match opened.cookie(cookies::SESSION) {
        Some(token) => session::end(&opened.cx, &token).await,
        None => Ok(()),
    }
}

/// To the sign-in page, since nobody is signed in here any more.
fn leave(mut opened: Opened, (ended, flash): (Result<(), Error>, Option<Flash>)) -> HttpResponse {
    if let Err(fault) = ended {
        return opened.fail(&fault);
    }
    opened.drop_cookie(cookies::SESSION);
    if let Some(flash) = flash {
        opened.flash(flash);
    }
    let location = opened.href("/login");
    opened.go(&location)
}
