//! Owns the site's paths and what each of them does.
//! It must not know how tokens are verified or pages drawn.

use std::collections::HashMap;

use actix_web::http::StatusCode;
use actix_web::middleware::from_fn;
use actix_web::{HttpRequest, HttpResponse, Responder, web};
use serde_json::json;

use super::attempt::Attempt;
use super::errors::Fault;
use super::pages::{self, Person};
use super::refresh::Renewal;
use super::return_to::ReturnTo;
use super::session::Session;
use super::visit::{Visit, Visitor};
use super::{Site, api, assets, aws, csrf, headers};

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
    let query = query(&request).unwrap_or_default();
    let provider = query.get("provider").filter(|name| site.config.providers.contains(name));
    let return_to = query.get("return_to").and_then(|path| ReturnTo::parse(path, &site.config.public_url));
    let attempt = Attempt::new(&site.outside.random, site.outside.clock.now(), return_to);
    match site.pool.authorization_url(&attempt, provider.map(String::as_str)).await {
        Ok(url) => {
            let cookies = visit.attempts().start(&attempt, &visit.received);
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
    let query = query(&request).unwrap_or_default();
    let now = site.outside.clock.now();
    let find = |state: &String| visit.attempts().find(state, &visit.received, now);
    let Some(attempt) = query.get("state").and_then(find) else {
        return visit.fault(&Fault::ForeignCallback);
    };
    let ended = visit.attempts().end(&attempt.state);
    visit.add_cookies([ended]);
    match complete(&site, &query, &attempt).await {
        Ok(session) => {
            if !visit.keep(&session) {
                return visit.fault(&Fault::TooLarge);
            }
            let path = attempt.return_to.as_ref().map_or("/", ReturnTo::as_str);
            visit.redirect(StatusCode::SEE_OTHER, path)
        }
        Err(fault) => visit.fault(&fault),
    }
}

async fn complete(site: &Site, query: &HashMap<String, String>, attempt: &Attempt) -> Result<Session, Fault> {
    if let Some(error) = query.get("error") {
        return Err(reported(error, query.get("error_description")));
    }
    let code = query.get("code").ok_or(Fault::ForeignCallback)?;
    let granted = site.pool.exchange(code, attempt).await.map_err(|fault| {
        tracing::warn!(%fault, "a sign-in was not completed");
        Fault::of_pool(&fault, &again(attempt))
    })?;
    Ok(Session {
        generation: site.outside.random.lower_alphanumeric(16),
        signed_in_at: site.outside.clock.now(),
        id_token: granted.pair.id_token,
        access_token: granted.pair.access_token,
        refresh_token: granted.refresh_token,
    })
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
    if !csrf::is_own(request, &visit.received, site.rules, (&site.config.public_url, body)) {
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
    if !csrf::is_own(&request, &visit.received, site.rules, (&site.config.public_url, &body)) {
        return visit.fault(&Fault::Forged);
    }
    let Some(session) = visit.sessions().read(&visit.received) else {
        visit.sign_out();
        return visit.redirect(StatusCode::SEE_OTHER, "/session");
    };
    if session.refresh_token.is_none() {
        return visit.redirect(StatusCode::SEE_OTHER, "/session");
    }
    match site.refresher.renew(&session).await {
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
    if !csrf::is_own(&request, &visit.received, site.rules, (&site.config.public_url, &body)) {
        return visit.fault(&Fault::Forged);
    }
    if let Some(session) = visit.sessions().read(&visit.received) {
        end(&site, session).await;
    }
    visit.sign_out();
    let location = site.logout_url().await;
    visit.redirect(StatusCode::SEE_OTHER, &location)
}

/// Ends `session` at the pool, and the one that lately took its place.
async fn end(site: &Site, session: Session) {
    let successor = site.refresher.successor(&session);
    let mut revoked = None;
    for session in [Some(session), successor].into_iter().flatten() {
        let token = session.refresh_token.filter(|token| revoked.as_ref() != Some(token));
        if let Some(token) = token {
            if let Err(fault) = site.pool.revoke(&token).await {
                tracing::warn!(%fault, "a refresh token was not revoked");
            }
            revoked = Some(token);
        }
        site.pool.forget(&session.access_token);
    }
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

/// The query, unless a parameter is given twice: then it is not clear what was meant.
fn query(request: &HttpRequest) -> Option<HashMap<String, String>> {
    let mut parameters = HashMap::new();
    for (name, value) in url::form_urlencoded::parse(request.query_string().as_bytes()) {
        if parameters.insert(name.into_owned(), value.into_owned()).is_some() {
            return None;
        }
    }
    Some(parameters)
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
