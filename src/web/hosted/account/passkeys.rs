//! Owns `/account/passkeys`: another passkey, or one less. Both need a fresh sign-in.

use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::Value;

use super::{posted_fresh, settle};
use crate::auth::passkey::{self, registration};
use crate::cx::Cx;
use crate::error::Error;
use crate::store::sessions::Session;
use crate::web::hosted::opened::Opened;
use crate::web::hosted::outcome;
use crate::web::hosted::step::Flash;
use crate::web::pages::passkey_add::PasskeyAddPage;

/// `POST /account/passkeys`: a passkey to delete by its id, the wish to make one, or the answer of the browser that
/// made one; without any of them, the person does not want one now.
pub async fn change_passkeys(cx: Data<Cx>, http: HttpRequest, payload: Payload) -> HttpResponse {
    let (opened, session, posted) = match posted_fresh(cx, http, payload).await {
        Err(answer) => return answer,
        Ok(posted) => posted,
    };
    if let Some(id) = posted.get("delete") {
        let deleted = passkey::delete(&opened.cx, &session.user, id.to_owned()).await;
        return settle(opened, &session, (deleted, Flash::PasskeyDeleted)).await;
    }
    if posted.raw("add").is_some() {
        return ask(opened, (&session, None)).await;
    }
    let Some(credential) = posted.raw("credential") else {
        let location = opened.href("/account");
        return opened.go(&location);
    };
    let credential: Value = serde_json::from_str(credential).unwrap_or_default();
    let made = registration::complete_on_page(&opened.cx, opened.client(), (&session.user, &credential)).await;
    match made {
        Err(fault) if outcome::sentence(&fault).is_some() => ask(opened, (&session, Some(&fault))).await,
        made => settle(opened, &session, (made, Flash::PasskeyAdded)).await,
    }
}

async fn ask(opened: Opened, (session, fault): (&Session, Option<&Error>)) -> HttpResponse {
    match registration::start(&opened.cx, opened.client(), &session.user).await {
        Ok(options) => {
            let view = PasskeyAddPage {
                layout: opened.layout(),
                action: opened.href("/account/passkeys"),
                user: session.user.display_name().to_owned(),
                options: options.to_string(),
                error: fault.and_then(outcome::sentence),
            };
            opened.show(&view)
        }
        Err(fault) => settle(opened, session, (Err(fault), Flash::PasskeyAdded)).await,
    }
}
