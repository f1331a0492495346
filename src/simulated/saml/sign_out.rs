//! Owns single logout at the SAML identity provider (SAML Profiles §4.4): requests of service providers are answered,
//! and whoever signs out here is signed out of every service provider in turn. It must not know sign-ins.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use url::Url;

use super::response::NameId;
use super::{Shared, consumer, entity_id, envelope, new_id, post, request};
use crate::simulated::Simulation;
use crate::simulated::kind::Kind;
use crate::simulated::pages;
use crate::simulated::parameters::Parameters;
use crate::simulated::picker;

/// How long a session is remembered, in seconds.
const LIFETIME: i64 = 8 * 3600;
/// Where user pools take assertions and, beside that, messages about sign-outs.
const CONSUMER: &str = "/saml2/idpresponse";
const LOGOUT: &str = "/saml2/logout";

/// A session of somebody at a service provider.
#[derive(Debug, Clone)]
pub struct Session {
    /// Who: the address that the picker remembers.
    pub email: String,
    /// What the service provider knows the person by.
    pub name_id: NameId,
}

/// A new name for a session, which says where messages about its end go, so that a request to end it can be answered
/// even after a restart.
pub fn new_index(simulation: &Simulation, consumer: &Url) -> String {
    let name = simulation.outside.random.lower_alphanumeric(16);
    format!("{name}.{}", URL_SAFE_NO_PAD.encode(consumer.as_str()))
}

/// Remembers a session.
pub fn remember(simulation: &Simulation, index: &str, session: Session) {
    simulation.memory().saml_sessions.put(index, simulation.now() + LIFETIME, session);
}

/// How many sessions the person of this browser has.
pub fn count(simulation: &Simulation, request: &HttpRequest) -> usize {
    let Some(person) = picker::remembered(request) else { return 0 };
    simulation.memory().saml_sessions.newest().filter(|(_, session)| session.email == person.email).count()
}

/// `GET` and `POST /saml/slo`: a service provider's request, or its answer to ours.
pub async fn receive(simulation: Shared, request: HttpRequest, body: web::Bytes) -> HttpResponse {
    let is_form = !body.is_empty();
    let text = if is_form { &body[..] } else { request.query_string().as_bytes() };
    let parameters = Parameters::parse(text).unwrap_or_default();
    if parameters.get("SAMLResponse").is_some() {
        return go_on(&simulation, &request);
    }
    let message = parameters.get("SAMLRequest").unwrap_or_default();
    let message = if is_form { request::read_form(message) } else { request::read(message, "LogoutRequest") };
    let message = match message {
        Ok(message) => message,
        Err(text) => return pages::refused(Kind::Saml, &text),
    };
    let index = message.session_index.unwrap_or_default();
    let Some(destination) = logout_address(&index) else {
        let text =
            "The LogoutRequest carries no SessionIndex of this provider, so it is not known where the answer goes.";
        return pages::refused(Kind::Saml, text);
    };
    let now = simulation.now();
    simulation.memory().saml_sessions.take(&index, now);
    let (id, own) = (new_id(&simulation), entity_id(&simulation));
    let answer = envelope(&simulation, destination.as_str(), Some(&message.id), &id, &own);
    match answer.logout(&simulation.keys.saml) {
        Ok(xml) => {
            let mut response = post(&destination, ("SAMLResponse", &xml), parameters.get("RelayState"));
            picker::remember(&mut response, Kind::Saml, None);
            response
        }
        Err(cause) => pages::failed(&cause),
    }
}

/// `POST /saml/signout`: the person signs out here.
pub async fn start(simulation: Shared, request: HttpRequest) -> HttpResponse {
    go_on(&simulation, &request)
}

/// Asks the next service provider of this browser's person to end its session; when all are asked, says so.
fn go_on(simulation: &Simulation, request: &HttpRequest) -> HttpResponse {
    let Some((index, session)) = next(simulation, request) else {
        let text = "You are signed out at this provider, and at the apps that you came to from here.";
        let mut response = pages::message(Kind::Saml, ("Signed out", text), StatusCode::OK);
        picker::remember(&mut response, Kind::Saml, None);
        return response;
    };
    let Some(destination) = logout_address(&index) else {
        return pages::refused(Kind::Saml, "This service provider takes no sign-out.");
    };
    let (id, own) = (new_id(simulation), entity_id(simulation));
    let asked = envelope(simulation, destination.as_str(), None, &id, &own);
    match asked.logout_request((&session.name_id, &index), &simulation.keys.saml) {
        Ok(xml) => post(&destination, ("SAMLRequest", &xml), Some("sign-out")),
        Err(cause) => pages::failed(&cause),
    }
}

fn next(simulation: &Simulation, request: &HttpRequest) -> Option<(String, Session)> {
    let person = picker::remembered(request)?;
    let (mut memory, now) = (simulation.memory(), simulation.now());
    let index = memory.saml_sessions.newest().find(|(_, session)| session.email == person.email);
    let index = index.map(|(index, _)| index.to_owned())?;
    let session = memory.saml_sessions.take(&index, now)?;
    Some((index, session))
}

fn logout_address(index: &str) -> Option<Url> {
    let (_, encoded) = index.split_once('.')?;
    let address = String::from_utf8(URL_SAFE_NO_PAD.decode(encoded).ok()?).ok()?;
    let mut url = consumer(Some(&address)).ok()?;
    let path = format!("{}{LOGOUT}", url.path().strip_suffix(CONSUMER)?);
    url.set_path(&path);
    Some(url)
}
