//! Owns the simulated SAML 2.0 identity provider: metadata, sign-in by redirect and from its own page, sign-out.
//! Service providers are not registered: it answers whoever asks, at the address that the request names.

mod key;
mod request;
mod response;
mod sign_out;
mod xml;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use url::Url;

use self::response::{Envelope, Signed, Statement, metadata};
use super::choice::{Choice, Decision};
use super::kind::Kind;
use super::pages::{self, Shell};
use super::parameters::Parameters;
use super::picker::{self, Picker};
use super::{Simulation, token};

pub use self::key::SamlKey;
pub use self::sign_out::Session;

/// How long a service provider is listed on the home page, in seconds.
const LISTED: i64 = 24 * 3600;
/// How many service providers the home page lists.
const MOST_LISTED: usize = 8;

type Shared = web::Data<Simulation>;

/// A sign-in that somebody asks for.
struct Ask {
    consumer: Url,
    issuer: String,
    request_id: Option<String>,
    relay_state: Option<String>,
    name_id_format: Option<String>,
    is_forced: bool,
    is_passive: bool,
}

#[derive(Template)]
#[template(path = "simulated/saml.html")]
struct Home {
    shell: Shell,
    metadata_url: String,
    service_providers: Vec<Listed>,
    /// Of this browser's person.
    sessions: usize,
}

struct Listed {
    entity_id: String,
    href: String,
}

/// The routes.
pub fn configure(config: &mut web::ServiceConfig) {
    let scope = web::scope("/saml")
        .route("", web::get().to(home))
        .route("/", web::get().to(home))
        .route("/metadata", web::get().to(show_metadata))
        .service(web::resource("/sso").route(web::get().to(show)).route(web::post().to(decide)))
        .service(web::resource("/start").route(web::get().to(show)).route(web::post().to(decide)))
        .service(web::resource("/slo").route(web::get().to(sign_out::receive)).route(web::post().to(sign_out::receive)))
        .route("/signout", web::post().to(sign_out::start));
    config.service(scope);
}

async fn home(simulation: Shared, request: HttpRequest) -> HttpResponse {
    let sessions = sign_out::count(&simulation, &request);
    let memory = simulation.memory();
    let service_providers = memory.service_providers.newest().take(MOST_LISTED).map(|(entity_id, consumer)| {
        let query = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("acs", consumer)
            .append_pair("audience", entity_id)
            .finish();
        Listed { entity_id: entity_id.to_owned(), href: format!("/saml/start?{query}") }
    });
    let view = Home {
        shell: Shell::of(Kind::Saml),
        metadata_url: format!("{}/metadata", simulation.address(Kind::Saml)),
        service_providers: service_providers.collect(),
        sessions,
    };
    pages::page(StatusCode::OK, &view, None)
}

async fn show_metadata(simulation: Shared) -> HttpResponse {
    let at = simulation.address(Kind::Saml);
    let xml = metadata(&entity_id(&simulation), &at, &simulation.keys.saml);
    HttpResponse::Ok().content_type("application/samlmetadata+xml; charset=utf-8").body(xml)
}

async fn show(simulation: Shared, request: HttpRequest) -> HttpResponse {
    let ask = match read(&request) {
        Ok(ask) => ask,
        Err(text) => return pages::refused(Kind::Saml, &text),
    };
    simulation.memory().service_providers.put(&ask.issuer, simulation.now() + LISTED, ask.consumer.to_string());
    let remembered = picker::remembered(&request);
    match (ask.is_passive, remembered) {
        (true, Some(person)) => accept(&simulation, &ask, &Decision::plain(person), Signed::Assertion),
        (true, None) => refuse(&simulation, &ask, &["Responder", "NoPassive"]),
        (false, remembered) => {
            let hint = remembered.filter(|_| !ask.is_forced).map(|person| person.email);
            show_picker(&ask, &request, hint.as_deref(), false)
        }
    }
}

async fn decide(simulation: Shared, request: HttpRequest, body: web::Bytes) -> HttpResponse {
    let ask = match read(&request) {
        Ok(ask) => ask,
        Err(text) => return pages::refused(Kind::Saml, &text),
    };
    let form = Parameters::parse(&body).unwrap_or_default();
    let signed = match form.get("sign") {
        Some("response") => Signed::Response,
        Some("both") => Signed::Both,
        _ => Signed::Assertion,
    };
    match Choice::read(&form) {
        Choice::Denied => refuse(&simulation, &ask, &["Responder", "RequestDenied"]),
        Choice::Unclear => show_picker(&ask, &request, form.get("email"), true),
        Choice::Accepted(decision) => {
            token::wait(decision.is_slow).await;
            let mut response = accept(&simulation, &ask, &decision, signed);
            picker::remember(&mut response, Kind::Saml, Some(&decision.person));
            response
        }
    }
}

/// Reads the request of a service provider, or what the home page asks for.
fn read(request: &HttpRequest) -> Result<Ask, String> {
    let query = Parameters::parse(request.query_string().as_bytes()).map_err(|fault| format!("{fault}."))?;
    let relay_state = query.owned("RelayState");
    if request.path().ends_with("/start") {
        return Ok(Ask {
            consumer: consumer(query.get("acs"))?,
            issuer: query.owned("audience").ok_or("The audience is missing.")?,
            request_id: None,
            relay_state,
            name_id_format: None,
            is_forced: false,
            is_passive: false,
        });
    }
    let message = request::read(query.get("SAMLRequest").ok_or("SAMLRequest is missing.")?, "AuthnRequest")?;
    Ok(Ask {
        consumer: consumer(message.consumer_url.as_deref())?,
        issuer: message.issuer,
        request_id: Some(message.id),
        relay_state,
        name_id_format: message.name_id_format,
        is_forced: message.is_forced,
        is_passive: message.is_passive,
    })
}

fn consumer(text: Option<&str>) -> Result<Url, String> {
    let text = text.ok_or("The request names no assertion consumer service, and none is registered here.")?;
    let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
    url.ok_or_else(|| "The assertion consumer service must be an absolute http or https address.".to_owned())
}

fn show_picker(ask: &Ask, request: &HttpRequest, hint: Option<&str>, is_faulty: bool) -> HttpResponse {
    let picker = Picker { kind: Kind::Saml, app: &ask.issuer, target: &ask.consumer, hint, is_faulty };
    picker::show(&picker, request)
}

fn accept(simulation: &Simulation, ask: &Ask, decision: &Decision, signed: Signed) -> HttpResponse {
    let (id, entity_id) = (new_id(simulation), entity_id(simulation));
    let session_index = sign_out::new_index(simulation, &ask.consumer);
    let statement = Statement {
        decision,
        audience: &ask.issuer,
        name_id_format: ask.name_id_format.as_deref(),
        session_index: &session_index,
    };
    let envelope = envelope(simulation, ask.consumer.as_str(), ask.request_id.as_deref(), &id, &entity_id);
    match envelope.response(&statement, signed, &simulation.keys.saml) {
        Ok(xml) => {
            let session = Session { email: decision.person.email.clone(), name_id: statement.name_id() };
            sign_out::remember(simulation, &session_index, session);
            post(&ask.consumer, ("SAMLResponse", &xml), ask.relay_state.as_deref())
        }
        Err(cause) => pages::failed(&cause),
    }
}

fn refuse(simulation: &Simulation, ask: &Ask, codes: &[&str]) -> HttpResponse {
    let (id, entity_id) = (new_id(simulation), entity_id(simulation));
    let envelope = envelope(simulation, ask.consumer.as_str(), ask.request_id.as_deref(), &id, &entity_id);
    match envelope.failure(codes, &simulation.keys.saml) {
        Ok(xml) => post(&ask.consumer, ("SAMLResponse", &xml), ask.relay_state.as_deref()),
        Err(cause) => pages::failed(&cause),
    }
}

fn envelope<'a>(
    simulation: &Simulation,
    destination: &'a str,
    in_response_to: Option<&'a str>,
    id: &'a str,
    entity_id: &'a str,
) -> Envelope<'a> {
    Envelope { entity_id, destination, in_response_to, id, now: simulation.now() }
}

fn post(target: &Url, (name, xml): (&'static str, &str), relay_state: Option<&str>) -> HttpResponse {
    let mut fields = vec![(name, STANDARD.encode(xml))];
    fields.extend(relay_state.map(|state| ("RelayState", state.to_owned())));
    pages::post(Kind::Saml, target, &fields)
}

fn entity_id(simulation: &Simulation) -> String {
    format!("{}/metadata", simulation.address(Kind::Saml))
}

fn new_id(simulation: &Simulation) -> String {
    format!("_{}", simulation.outside.random.uuid())
}
