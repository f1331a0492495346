//! Owns what every hosted page starts with: the checked authorization request, the browser's cookies, the words.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use super::reply::{self, Jar};
use super::step::{Flash, LIFETIME_SECONDS, Step};
use super::{error, outcome};
use crate::auth::session;
use crate::crypto::digest;
use crate::cx::{ClientEntry, Cx, Look, LookBar};
use crate::domain::ids::Sub;
use crate::domain::pool::Pool;
use crate::error::{Error, Thing};
use crate::federation::Departure;
use crate::oauth::checks::{self, AuthorizeRequest, Refusal};
use crate::oauth::parameters::Parameters;
use crate::store::sessions::Session;
use crate::web::pages::{Bar, Brand, Layout};
use crate::web::texts::{Texts, texts};
use crate::web::{address, body, cookies, csrf, site};

/// A hosted page in the making.
pub struct Opened {
    /// The context.
    pub cx: Data<Cx>,
    /// The checked authorization request.
    pub request: AuthorizeRequest,
    /// The HTTP request.
    pub http: HttpRequest,
    /// The words.
    pub texts: &'static Texts,
    csrf: String,
    jar: Jar,
}

/// Parses and checks the request in the URL.
///
/// # Errors
/// The finished answer, where the request is refused.
pub async fn open(cx: Data<Cx>, http: HttpRequest) -> Result<Opened, HttpResponse> {
    let request = checks::check(&cx, site::pool(&http).as_ref(), http.query_string()).await;
    let request = request.map_err(refused)?;
    if lacks_style(&http, &request) { Err(error::unavailable()) } else { Ok(Opened::of(cx, http, request)) }
}

/// As [`open`], for the account page, whose address may name the client alone.
///
/// # Errors
/// The finished answer, where the request is refused.
pub async fn open_account(cx: Data<Cx>, http: HttpRequest) -> Result<Opened, HttpResponse> {
    let request = checks::check_account(&cx, site::pool(&http).as_ref(), http.query_string()).await;
    let request = request.map_err(refused)?;
    if lacks_style(&http, &request) { Err(error::unavailable()) } else { Ok(Opened::of(cx, http, request)) }
}

fn lacks_style(http: &HttpRequest, request: &AuthorizeRequest) -> bool {
    request.client.lacks_style(site::of(http).as_deref())
}

/// As [`open`], for pages of the pool's own users: where only providers sign people in, their page shows instead.
///
/// # Errors
/// The answer to give instead.
pub async fn open_own(cx: Data<Cx>, http: HttpRequest) -> Result<Opened, HttpResponse> {
    let opened = open(cx, http).await?;
    if opened.has_own_users() { Ok(opened) } else { Err(opened.at_login()) }
}

/// As [`open_post`], for pages of the pool's own users.
///
/// # Errors
/// As [`open_own`].
pub async fn open_own_post(
    cx: Data<Cx>,
    http: HttpRequest,
    payload: Payload,
) -> Result<(Opened, Parameters), HttpResponse> {
    let (opened, posted) = open_post(cx, http, payload).await?;
    if opened.has_own_users() { Ok((opened, posted)) } else { Err(opened.at_login()) }
}

/// As [`open`], for the post of a page: the form is read and proven to be ours.
///
/// # Errors
/// The finished answer, where the request or the form is refused.
pub async fn open_post(
    cx: Data<Cx>,
    http: HttpRequest,
    payload: Payload,
) -> Result<(Opened, Parameters), HttpResponse> {
    let text = body::read_form(&http, payload).await;
    let opened = open(cx, http).await?;
    let form = text.and_then(|text| Parameters::parse(&text).ok());
    let Some(form) = form else {
        return Err(opened.show_error(error::Kind::BadForm));
    };
    if !csrf::is_own_post(&opened.cx, &opened.http, &form) {
        return Err(opened.show_error(error::Kind::ForgedPost));
    }
    if let Err(fault) = opened.cx.count_attempt(address::of(&opened.cx, &opened.http)) {
        return Err(opened.fail(&fault));
    }
    Ok((opened, form))
}

/// The client of a link in a mail, whose use counts as an attempt to guess.
///
/// # Errors
/// [`Thing::Client`] for one that is not of this site; too many attempts.
pub async fn client_of_link(cx: &Cx, http: &HttpRequest, query: &Parameters) -> Result<Arc<ClientEntry>, Error> {
    cx.count_attempt(address::of(cx, http))?;
    let id = query.get("client_id").unwrap_or_default();
    let client = cx.client(id).await?;
    if site::serves(http, client.pool_id()) { Ok(client) } else { Err(Error::NotFound(Thing::Client(id.to_owned()))) }
}

/// The answer to a refused authorization request.
pub fn refused(refusal: Refusal) -> HttpResponse {
    match refusal {
        Refusal::Redirect(location) => reply::redirect(&location, Jar::default()),
        Refusal::Offer(location) => error::offer(&location),
        Refusal::Page(fault) => reply::redirect(&error::address(&fault), Jar::default()),
        Refusal::Failure(fault) => outcome::failure(&fault),
    }
}

impl Opened {
    /// A page of a request that was checked already.
    #[must_use]
    pub fn of(cx: Data<Cx>, http: HttpRequest, request: AuthorizeRequest) -> Self {
        let chosen = request.lang.clone().or_else(|| cookies::value(cx.config.is_https(), &http, cookies::LANG));
        let mut jar = Jar::default();
        if let Some(lang) = &request.lang {
            jar.add(cookies::set(cx.config.is_https(), (cookies::LANG, texts(lang).lang), None));
        }
        let csrf = csrf::token(&cx, &http, &mut jar);
        Self { texts: texts(chosen.as_deref().unwrap_or("en")), cx, request, http, csrf, jar }
    }

    /// Keeps a cookie for `seconds`.
    pub fn keep_cookie(&mut self, cookie: (&str, &str), seconds: i64) {
        self.jar.add(cookies::set(self.cx.config.is_https(), cookie, Some(seconds)));
    }

    /// Takes a cookie away.
    pub fn drop_cookie(&mut self, name: &str) {
        self.jar.add(cookies::remove(self.cx.config.is_https(), name));
    }

    /// The client.
    #[must_use]
    pub fn client(&self) -> &Arc<ClientEntry> {
        &self.request.client
    }

    /// The pool.
    #[must_use]
    pub fn pool(&self) -> &Pool {
        &self.request.client.pool.pool
    }

    /// A print of the authorization request.
    #[must_use]
    pub fn print(&self) -> String {
        digest::sha256_base64url(&self.request.parameters.to_query(&[]))
    }

    /// A link to another page with the same request.
    #[must_use]
    pub fn href(&self, path: &str) -> String {
        format!("{path}?{}", self.request.parameters.to_query(&[]))
    }

    /// A link to another page with the same request but for one parameter.
    #[must_use]
    pub fn href_with(&self, path: &str, (name, value): (&str, &str)) -> String {
        let query = self.request.parameters.to_query(&[name]);
        crate::oauth::parameters::append(&format!("{path}?{query}"), '?', &[(name, value)])
    }

    /// How the client's pages look here.
    #[must_use]
    pub fn look(&self) -> Look {
        self.client().look(site::of(&self.http).as_deref()).cloned().unwrap_or_default()
    }

    /// The frame of the page.
    #[must_use]
    pub fn layout(&self) -> Layout {
        let look = self.look();
        let bar = |bar: LookBar| Bar { logo_url: bar.logo };
        Layout {
            texts: self.texts,
            brand: Brand { pool_name: self.pool().name.clone(), logo_url: look.logo },
            stylesheet: look.stylesheet,
            light_only: look.is_fixed,
            icon: look.icon,
            header: look.header.map(bar),
            footer: look.footer.map(bar),
            csrf: self.csrf.clone(),
        }
    }

    /// A cookie of the request.
    #[must_use]
    pub fn cookie(&self, name: &str) -> Option<String> {
        cookies::value(self.cx.config.is_https(), &self.http, name)
    }

    /// The state that the page before left.
    #[must_use]
    pub fn step(&self) -> Option<Step> {
        Step::open(&self.cx, self.client(), &self.cookie(cookies::STEP)?)
    }

    /// The browser's session, if it is of the person whom the page before sent here, for this very request.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn session_of(&self, (sub, request): (&Sub, &str)) -> Result<Option<Session>, Error> {
        let cookie = self.cookie(cookies::SESSION);
        let session = session::find(&self.cx, &self.pool().id, cookie.as_deref()).await?;
        Ok(session.filter(|session| session.user.sub == *sub && request == self.print()))
    }

    /// The message that the page before left, which is shown once.
    pub fn take_flash(&mut self) -> Option<&'static str> {
        let flash = Flash::decode(&self.cookie(cookies::FLASH)?)?;
        self.jar.add(cookies::remove(self.cx.config.is_https(), cookies::FLASH));
        Some(flash.text(self.texts))
    }

    /// Leaves state for the next page.
    pub fn leave(&mut self, step: &Step) {
        let sealed = step.seal(&self.cx, self.client());
        self.jar.add(cookies::set(self.cx.config.is_https(), (cookies::STEP, &sealed), Some(LIFETIME_SECONDS)));
    }

    /// Leaves a message for the next page.
    pub fn flash(&mut self, flash: Flash) {
        self.jar.add(cookies::set(self.cx.config.is_https(), (cookies::FLASH, &flash.encode()), Some(60)));
    }

    /// Takes the state between pages away.
    pub fn forget_step(&mut self) {
        self.jar.add(cookies::remove(self.cx.config.is_https(), cookies::STEP));
    }

    /// Sets the session cookie.
    pub fn start_session(&mut self, token: &str) {
        let seconds = session::lifetime_seconds(self.pool());
        self.jar.add(cookies::set(self.cx.config.is_https(), (cookies::SESSION, token), Some(seconds)));
    }

    /// Ends with a page.
    pub fn show(self, view: &impl Template) -> HttpResponse {
        reply::page(view, StatusCode::OK, (&self.request.client.client.settings.callback_urls, self.jar))
    }

    /// Ends with a page whose form may also lead to `targets`.
    pub fn show_with(self, view: &impl Template, targets: &[String]) -> HttpResponse {
        let callbacks = &self.request.client.client.settings.callback_urls;
        let targets: Vec<String> = callbacks.iter().chain(targets).cloned().collect();
        reply::page(view, StatusCode::OK, (&targets, self.jar))
    }

    /// Ends with a redirect.
    #[must_use]
    pub fn go(self, location: &str) -> HttpResponse {
        reply::redirect(location, self.jar)
    }

    /// Ends on the sign-in page, from the beginning.
    #[must_use]
    pub fn start_again(mut self) -> HttpResponse {
        self.forget_step();
        let location = self.href("/login");
        self.go(&location)
    }

    /// Ends with the way to a provider.
    pub fn depart(self, departure: &Departure) -> HttpResponse {
        let targets = self.request.client.client.settings.callback_urls.clone();
        reply::depart(departure, (self.layout(), &targets), self.jar)
    }

    /// Ends with an error page that knows the way back.
    #[must_use]
    pub fn show_error(self, kind: error::Kind) -> HttpResponse {
        let start_again = self.href("/login");
        let view = error::view(kind, self.layout(), Some(start_again));
        reply::page(&view, kind.status(), (&[], self.jar))
    }

    fn has_own_users(&self) -> bool {
        self.client().client.has_local_sign_in()
    }

    fn at_login(self) -> HttpResponse {
        let location = self.href("/login");
        self.go(&location)
    }

    /// Ends with the page for a fault of ours, or for too many attempts.
    #[must_use]
    pub fn fail(self, fault: &Error) -> HttpResponse {
        crate::web::errors::log(fault);
        let is_crowded = matches!(fault, Error::TooManyRequests);
        self.show_error(if is_crowded { error::Kind::TooManyRequests } else { error::Kind::Failure })
    }
}
