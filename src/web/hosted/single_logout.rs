//! Owns the way back from a provider's sign-out, `/saml2/logout` and `/oauth2/logoutresponse`, and the requests that
//! SAML providers send to the former. Our own session has ended before either: what is left to decide is the page.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};

use super::error;
use super::federation::{REPOSTED, repost_to};
use super::outcome::{self, bare_layout, error_page};
use super::reply::{self, Jar};
use crate::auth::federated::{self, Asked, Fault, Incoming, SignOutState};
use crate::cx::Cx;
use crate::federation::FederationFault;
use crate::oauth::parameters::Parameters;
use crate::web::pages::Link;
use crate::web::pages::signed_out::SignedOutPage;
use crate::web::{body, cookies, site};

/// The cookie that binds a sign-out at a provider to this browser.
pub const COOKIE: &str = "cenote-sign-out";

/// `GET /saml2/logout`: a message by redirect.
pub async fn receive(cx: Data<Cx>, http: HttpRequest) -> HttpResponse {
    let query = http.query_string().to_owned();
    match Parameters::parse_long(&query) {
        Ok(parameters) => serve(&cx, &http, (&parameters, Incoming::Query(query))).await,
        Err(_) => error_page(error::Kind::BadForm),
    }
}

/// `POST /saml2/logout`: a message by form. An answer comes without our cookies, so it is sent to ourselves once more;
/// a request needs none.
pub async fn receive_by_post(cx: Data<Cx>, http: HttpRequest, payload: Payload) -> HttpResponse {
    let text = body::read_form(&http, payload).await;
    let Some(parameters) = text.and_then(|text| Parameters::parse_long(&text).ok()) else {
        return error_page(error::Kind::BadForm);
    };
    let message = parameters.get("SAMLRequest").or_else(|| parameters.get("SAMLResponse"));
    let Some(message) = message.map(|message| Incoming::Form(message.to_owned())) else {
        return error_page(error::Kind::UnknownSignOut);
    };
    if parameters.get("SAMLRequest").is_none() && parameters.get(REPOSTED).is_none() {
        let state = parameters.get("RelayState").and_then(|sealed| SignOutState::open(&cx, sealed));
        return repost_to(http.path(), &parameters, state.as_ref().map(|state| state.location.as_str()));
    }
    serve(&cx, &http, (&parameters, message)).await
}

/// `GET /oauth2/logoutresponse`: the browser comes back from an OpenID Connect provider.
pub async fn back(cx: Data<Cx>, http: HttpRequest) -> HttpResponse {
    let parameters = Parameters::parse(http.query_string()).unwrap_or_default();
    finish(&cx, &http, (parameters.get("state"), None)).await
}

async fn serve(cx: &Cx, http: &HttpRequest, (parameters, message): (&Parameters, Incoming)) -> HttpResponse {
    match (parameters.get("SAMLRequest"), parameters.get("SAMLResponse")) {
        (Some(_), None) => serve_request(cx, http, (message, parameters.get("RelayState"))).await,
        (None, Some(_)) => finish(cx, http, (parameters.get("RelayState"), Some(message))).await,
        _ => error_page(error::Kind::UnknownSignOut),
    }
}

/// A provider signs somebody out; it gets its answer.
async fn serve_request(cx: &Cx, http: &HttpRequest, (message, relay_state): (Incoming, Option<&str>)) -> HttpResponse {
    let asked = Asked { base: site::base(cx, http), only: site::pool(http) };
    match federated::serve_sign_out(cx, &asked, message, relay_state).await {
        Ok(Some(departure)) => reply::depart(&departure, (bare_layout(), &[]), Jar::default()),
        Ok(None) => signed_out(None, None, Jar::default()),
        Err(Fault::Internal(fault)) => outcome::failure(&fault),
        Err(Fault::Federation(FederationFault { cause, .. })) => {
            tracing::warn!(%cause, "a provider's request to sign out is refused");
            error_page(error::Kind::UnknownSignOut)
        }
    }
}

/// The answer to a sign-out of ours. Where it leads stands in the sealed state alone; the cookie says that it is this
/// browser's. Many a provider forgets the relay state.
async fn finish(cx: &Cx, http: &HttpRequest, (returned, message): (Option<&str>, Option<Incoming>)) -> HttpResponse {
    let own = cookies::value(cx.config.is_https(), http, COOKIE).and_then(|sealed| SignOutState::open(cx, &sealed));
    let returned = returned.map(|sealed| SignOutState::open(cx, sealed));
    let (state, is_ours) = match (own, returned) {
        (Some(own), None) => (own, true),
        (Some(own), Some(Some(returned))) if own.is_same(&returned) => (own, true),
        (_, Some(Some(returned))) => (returned, false),
        _ => return error_page(error::Kind::UnknownSignOut),
    };
    let is_confirmed = match is_ours {
        true => federated::confirm(cx, &site::base(cx, http), &state, message).await,
        false => Ok(false),
    };
    let mut jar = Jar::default();
    jar.add(cookies::remove(cx.config.is_https(), COOKIE));
    match is_confirmed {
        Ok(true) => reply::redirect(&state.location, jar),
        Ok(false) => signed_out(Some(&state.provider), Some(&state.location), jar),
        Err(fault) => outcome::failure(&fault),
    }
}

/// The page after a sign-out: all is done, or the `unconfirmed` provider's part is not known.
pub fn signed_out(unconfirmed: Option<&str>, location: Option<&str>, jar: Jar) -> HttpResponse {
    let layout = bare_layout();
    let lead = unconfirmed.map(|provider| layout.texts.signed_out_here_only(provider));
    let lead = lead.unwrap_or_else(|| layout.texts.signed_out_lead.to_owned());
    let back = location.map(|href| Link { label: layout.texts.go_on.to_owned(), href: href.to_owned() });
    reply::page(&SignedOutPage { layout, lead, back }, StatusCode::OK, (&[], jar))
}

/// The page after a sign-out that would lead to an app that nobody vouches for.
pub fn offer(location: &str, jar: Jar) -> HttpResponse {
    let layout = bare_layout();
    let (lead, back) = (layout.texts.signed_out_lead.to_owned(), Some(error::link_to(layout.texts, location)));
    reply::page(&SignedOutPage { layout, lead, back }, StatusCode::OK, (&[], jar))
}
