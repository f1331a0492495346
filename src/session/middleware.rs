//! Owns the session as actix-web sees it: the middleware that keeps it, and the routes for signing in and out. It must
//! not know an app's own routes.

use std::sync::Arc;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, HeaderValue, LOCATION, SET_COOKIE};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage as _, HttpRequest, HttpResponse, web};

use super::cookies::received;
use super::core::{CallbackFault, Core, Visitor, query};
use super::return_to::ReturnTo;
use super::{Outside, Person, Settings, csrf, jwt};
use crate::clock::Clock;
use crate::http::{Http, HttpError};
use crate::random::Random;

/// The sessions of an app; put a clone into the `app_data` of every worker.
#[derive(Clone)]
pub struct Sessions(Arc<Core>);

impl Sessions {
    /// The sessions of an app with these settings. Nothing is fetched yet.
    ///
    /// # Errors
    /// When TLS cannot be set up.
    pub fn new(settings: Settings) -> Result<Self, HttpError> {
        Ok(Self::with(settings, Outside { clock: Clock::Real, random: Random::Real, http: Http::new()? }))
    }

    /// As [`Sessions::new`], in a world of the caller's.
    #[must_use]
    pub fn with(settings: Settings, outside: Outside) -> Self {
        Self(Arc::new(Core::new(settings, outside)))
    }
}

/// The middleware: finds out who is there before the handler runs, and keeps renewed tokens after it. Use it with
/// [`actix_web::middleware::from_fn`].
///
/// # Errors
/// Those of the handler.
pub async fn keep<B: MessageBody>(request: ServiceRequest, next: Next<B>) -> Result<ServiceResponse<B>, Error> {
    let Some(sessions) = request.app_data::<Sessions>().cloned() else { return next.call(request).await };
    let core = &sessions.0;
    let received = received(request.request());
    let (visitor, mut cookies) = core.look(&received).await;
    match visitor {
        Visitor::SignedIn(session) => {
            let token = csrf::token(&received, core.rules, &core.outside.random);
            cookies.extend(token.cookie);
            request.extensions_mut().insert(Person {
                claims: jwt::payload(&session.id_token).unwrap_or_default(),
                access_token: session.access_token,
                id_token: session.id_token,
                csrf: token.token,
            });
        }
        Visitor::SignedOut { .. } => {}
        Visitor::Unavailable(fault) => tracing::warn!(%fault, "nobody can be said to be signed in"),
    }
    let mut response = next.call(request).await?;
    // The handler's own cookies win: it may just have signed somebody in or out.
    if !response.headers().contains_key(SET_COOKIE) {
        for cookie in cookies.iter().filter_map(|cookie| HeaderValue::from_str(cookie).ok()) {
            response.headers_mut().append(SET_COOKIE, cookie);
        }
    }
    if !response.headers().contains_key(CACHE_CONTROL) {
        response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    Ok(response)
}

/// The routes: `GET /login` (with `?return_to=/path`), `GET /callback`, `POST /logout` (with the field `_csrf`).
pub fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/login", web::get().to(login))
        .route("/callback", web::get().to(callback))
        .route("/logout", web::post().to(logout));
}

async fn login(request: HttpRequest) -> HttpResponse {
    let Some(sessions) = request.app_data::<Sessions>() else { return misplaced() };
    let query = query(request.query_string()).unwrap_or_default();
    let begun = sessions.0.begin(&received(&request), query.get("return_to").map(String::as_str), None).await;
    match begun {
        Ok((url, cookies)) => redirect(StatusCode::FOUND, url.as_str(), &cookies),
        Err(fault) => {
            tracing::warn!(%fault, "a sign-in could not start");
            HttpResponse::ServiceUnavailable().body("The sign-in service can't be reached. Please try again.")
        }
    }
}

async fn callback(request: HttpRequest) -> HttpResponse {
    let Some(sessions) = request.app_data::<Sessions>() else { return misplaced() };
    let core = &sessions.0;
    let (received, query) = (received(&request), query(request.query_string()).unwrap_or_default());
    let refuse = |text: &'static str| HttpResponse::BadRequest().body(text);
    let Some(attempt) = core.attempt(&received, &query) else {
        return refuse("This sign-in was not started here, or took too long. Nobody was signed in.");
    };
    let ended = core.attempts().end(&attempt.state);
    match core.complete(attempt, &query).await {
        Ok((session, attempt)) => {
            let Some(mut cookies) = core.written(&session, &received) else {
                return refuse("The tokens do not fit into cookies.");
            };
            cookies.push(ended);
            let path = attempt.return_to.as_ref().map_or("/", ReturnTo::as_str);
            redirect(StatusCode::SEE_OTHER, path, &cookies)
        }
        Err(CallbackFault::Reported) => refuse("You were not signed in."),
        Err(_) => refuse("This sign-in can't be completed. Nobody was signed in."),
    }
}

async fn logout(request: HttpRequest, body: web::Bytes) -> HttpResponse {
    let Some(sessions) = request.app_data::<Sessions>() else { return misplaced() };
    let (core, received) = (&sessions.0, received(&request));
    if !csrf::is_own(&request, &received, core.rules, (&core.settings.public_url, &body)) {
        return HttpResponse::Forbidden().body("That button was too old. Nothing was changed.");
    }
    if let Some(session) = core.sessions().read(&received) {
        core.end(session).await;
    }
    let cookies = core.sessions().clear(&received);
    redirect(StatusCode::SEE_OTHER, &core.logout_url().await, &cookies)
}

fn redirect(status: StatusCode, location: &str, cookies: &[String]) -> HttpResponse {
    let mut response = HttpResponse::build(status);
    response.insert_header((LOCATION, location)).insert_header((CACHE_CONTROL, "no-store"));
    for cookie in cookies {
        response.append_header((SET_COOKIE, cookie.as_str()));
    }
    response.finish()
}

/// The routes are there without the app's data: a mistake of the app.
fn misplaced() -> HttpResponse {
    tracing::error!("`Sessions` is missing from the app's data");
    HttpResponse::InternalServerError().finish()
}
