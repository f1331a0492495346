//! Owns the site's paths and what each of them does.
//! It must not know how tokens are verified or pages drawn.

use actix_web::http::StatusCode;
use actix_web::middleware::from_fn;
use actix_web::{HttpRequest, HttpResponse, Responder, web};
use serde_json::json;

use super::attempt::Attempt;
use super::errors::Fault;
use super::pages::{self, Person};
use super::refresh::Renewal;
use super::return_to::ReturnTo;
use super::stored::Session;
use super::visit::Visit;
use super::{Site, api, assets, aws, csrf, headers};
use crate::session::core::{CallbackFault, Visitor, query};

/// A form carries one short field.
const LARGEST_FORM: usize = 16 * 1024;
/// The pool's own words are cut to so many characters.
const LONGEST_DESCRIPTION: usize = 300;

/// The routes of `site`.
pub fn configure(site: web::Data<Site>) -> impl FnOnce(&mut web::ServiceConfig) {
    move |config| {
        let pages = web::scope("")
            .wrap(from_fn(headers::add))
            .app_data(web::PayloadConfig::new(LARGEST_FORM))
            .configure(assets::configure)
            .service(web::resource("/").route(web::get().to(home)).route(web::head().to(home)))
            .service(web::resource("/login").route(web::get().to(login)))
            .service(web::resource("/callback").route(web::get().to(callback)))
            .service(web::resource("/me").route(web::get().to(me)))
            .service(web::resource("/session").route(web::get().to(session)))
            .service(web::resource("/session/api").route(web::post().to(try_api)))
            .service(web::resource("/session/credentials").route(web::post().to(try_credentials)))
            .configure(api::configure(&site))
            .service(web::resource("/refresh").route(web::post().to(refresh)))
            .service(web::resource("/logout").route(web::post().to(logout)))
            .service(web::resource("/signed-out").route(web::get().to(signed_out)))
            .default_service(web::to(not_found));
        config.app_data(site).service(pages);
    }
}

async fn home(site: web::Data<Site>, request: HttpRequest) -> impl Responder {
    let mut visit = Visit::new(&site, &request);
    let html = match visit.visitor().await {
        Visitor::SignedIn(session) => pages::welcome(&visit, &Person::of(&session)),
        Visitor::SignedOut { has_ended } => pages::home(&visit, has_ended),
        Visitor::Unavailable(fault) => return unavailable(visit, &fault.to_string(), "/"),
    };
    visit.page(StatusCode::OK, html)
}

async fn login(site: web::Data<Site>, request: HttpRequest) -> impl Responder {
    let mut visit = Visit::new(&site, &request);
    let query = query(request.query_string()).unwrap_or_default();
    let provider = query.get("provider").filter(|name| site.config.providers.contains(name)).map(String::as_str);
    let return_to = query.get("return_to").map(String::as_str);
    match site.core.begin(&visit.received, return_to, provider).await {
        Ok((url, cookies)) => {
            visit.add_cookies(cookies);
            visit.redirect(StatusCode::FOUND, url.as_str())
        }
        Err(fault) => {
            tracing::warn!(%fault, "a sign-in could not start");
            let retry = request.uri().path_and_query().map_or("/login", |path| path.as_str());
            visit.fault(&Fault::Unavailable { retry: retry.to_owned() })
        }
    }
}

async fn callback(site: web::Data<Site>, request: HttpRequest) -> impl Responder {
    let mut visit = Visit::new(&site, &request);
    let query = query(request.query_string()).unwrap_or_default();
    let Some(attempt) = site.core.attempt(&visit.received, &query) else {
        return visit.fault(&Fault::ForeignCallback);
    };
    visit.add_cookies([site.core.attempts().end(&attempt.state)]);
    match site.core.complete(attempt, &query).await {
        Ok((session, attempt)) => {
            if !visit.keep(&session) {
                return visit.fault(&Fault::TooLarge);
            }
            let path = attempt.return_to.as_ref().map_or("/", ReturnTo::as_str);
            visit.redirect(StatusCode::SEE_OTHER, path)
        }
        Err(CallbackFault::Foreign) => visit.fault(&Fault::ForeignCallback),
        Err(CallbackFault::Reported) => {
            let error = query.get("error").map_or("", String::as_str);
            visit.fault(&reported(error, query.get("error_description")))
        }
        Err(CallbackFault::Pool(fault, attempt)) => visit.fault(&Fault::of_pool(&fault, &again(&attempt))),
    }
}

async fn me(site: web::Data<Site>, request: HttpRequest) -> impl Responder {
    let mut visit = Visit::new(&site, &request);
    match visit.visitor().await {
        Visitor::SignedIn(session) => {
            let person = Person::of(&session).to_json();
            visit.json(StatusCode::OK, &person)
        }
        Visitor::SignedOut { .. } => visit.json(StatusCode::UNAUTHORIZED, &json!({"error": "signed_out"})),
        Visitor::Unavailable(fault) => {
            tracing::warn!(%fault, "a session could not be confirmed");
            visit.json(StatusCode::SERVICE_UNAVAILABLE, &json!({"error": "temporarily_unavailable"}))
        }
    }
}

async fn session(site: web::Data<Site>, request: HttpRequest) -> impl Responder {
    let mut visit = Visit::new(&site, &request);
    let html = match visit.visitor().await {
        Visitor::SignedIn(session) => pages::session(&visit, &session, None),
        Visitor::SignedOut { has_ended } => pages::sign_in_first(&visit, has_ended),
        Visitor::Unavailable(fault) => return unavailable(visit, &fault.to_string(), "/session"),
    };
    visit.page(StatusCode::OK, html)
}

async fn try_api(site: web::Data<Site>, request: HttpRequest, body: web::Bytes) -> impl Responder {
    attempt(&site, &request, &body, async |session| Some(aws::call_api(&site, session).await)).await
}

async fn try_credentials(site: web::Data<Site>, request: HttpRequest, body: web::Bytes) -> impl Responder {
    attempt(&site, &request, &body, async |session| {
        let identity = site.config.identity.as_ref()?;
        Some(aws::credentials(&site, identity, session).await)
    })
    .await
}

/// Tries something with the session of whoever is there, and shows on the session page what came of it.
async fn attempt(
    site: &Site,
    request: &HttpRequest,
    body: &[u8],
    work: impl AsyncFnOnce(&Session) -> Option<aws::Outcome>,
) -> HttpResponse {
    let mut visit = Visit::new(site, request);
    if !csrf::is_own(request, &visit.received, site.core.rules, (&site.config.public_url, body)) {
        return visit.fault(&Fault::Forged);
    }
    match visit.visitor().await {
        Visitor::SignedIn(session) => {
            let outcome = work(&session).await;
            let html = pages::session(&visit, &session, outcome);
            visit.page(StatusCode::OK, html)
        }
        Visitor::SignedOut { has_ended } => {
            let html = pages::sign_in_first(&visit, has_ended);
            visit.page(StatusCode::OK, html)
        }
        Visitor::Unavailable(fault) => unavailable(visit, &fault.to_string(), "/session"),
    }
}

async fn refresh(site: web::Data<Site>, request: HttpRequest, body: web::Bytes) -> impl Responder {
    let mut visit = Visit::new(&site, &request);
    if !csrf::is_own(&request, &visit.received, site.core.rules, (&site.config.public_url, &body)) {
        return visit.fault(&Fault::Forged);
    }
    let Some(session) = site.core.sessions().read(&visit.received) else {
        visit.sign_out();
        return visit.redirect(StatusCode::SEE_OTHER, "/session");
    };
    if session.refresh_token.is_none() {
        return visit.redirect(StatusCode::SEE_OTHER, "/session");
    }
    match site.core.refresher.renew(&session).await {
        Renewal::Renewed(renewed) => {
            visit.keep(&renewed);
            visit.redirect(StatusCode::SEE_OTHER, "/session")
        }
        Renewal::Ended => {
            visit.sign_out();
            let html = pages::sign_in_first(&visit, true);
            visit.page(StatusCode::OK, html)
        }
        Renewal::Unavailable(fault) => unavailable(visit, &fault.to_string(), "/session"),
    }
}

async fn logout(site: web::Data<Site>, request: HttpRequest, body: web::Bytes) -> impl Responder {
    let mut visit = Visit::new(&site, &request);
    if !csrf::is_own(&request, &visit.received, site.core.rules, (&site.config.public_url, &body)) {
        return visit.fault(&Fault::Forged);
    }
    if let Some(session) = site.core.sessions().read(&visit.received) {
        site.core.end(session).await;
    }
    visit.sign_out();
    let location = site.core.logout_url().await;
    visit.redirect(StatusCode::SEE_OTHER, &location)
}

async fn signed_out(site: web::Data<Site>, request: HttpRequest) -> impl Responder {
    let visit = Visit::new(&site, &request);
    let html = pages::signed_out(&visit);
    visit.page(StatusCode::OK, html)
}

async fn not_found(site: web::Data<Site>, request: HttpRequest) -> impl Responder {
    Visit::new(&site, &request).fault(&Fault::NotFound)
}

fn unavailable(visit: Visit<'_>, reason: &str, retry: &str) -> HttpResponse {
    tracing::warn!(reason, "the pool is unavailable");
    visit.fault(&Fault::Unavailable { retry: retry.to_owned() })
}

/// Where an attempt that failed can be made again.
fn again(attempt: &Attempt) -> String {
    let Some(path) = &attempt.return_to else {
        return "/login".to_owned();
    };
    let query = url::form_urlencoded::Serializer::new(String::new()).append_pair("return_to", path.as_str()).finish();
    format!("/login?{query}")
}

fn reported(error: &str, description: Option<&String>) -> Fault {
    if error == "access_denied" {
        return Fault::Denied;
    }
    let words = description.map_or(error, |text| text.trim());
    Fault::Reported { description: words.chars().filter(|c| !c.is_control()).take(LONGEST_DESCRIPTION).collect() }
}
