//! Owns one request's view of the person: the cookies that came, who they stand for, and the cookies that go back.
//! It must not know what a page shows.

use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_TYPE, LOCATION, SET_COOKIE};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};

use super::Site;
use super::attempt::AttemptCookies;
use super::cookies::{Received, received};
use super::csrf;
use super::errors::Fault;
use super::pages;
use super::pool::PoolFault;
use super::refresh::{RENEW_BELOW, Renewal};
use super::session::{Session, SessionCookies};

/// Who is there.
pub enum Visitor {
    /// A person whose session the pool has just confirmed.
    SignedIn(Session),
    /// Nobody; `has_ended` when there was a session until now.
    SignedOut {
        /// The pool ended it.
        has_ended: bool,
    },
    /// The pool cannot be asked.
    Unavailable(PoolFault),
}

/// One request and the cookies of its answer.
pub struct Visit<'a> {
    /// The site.
    pub site: &'a Site,
    /// The cookies that came.
    pub received: Received,
    /// The token that this visit's forms repeat.
    pub csrf_token: String,
    cookies: Vec<String>,
    csrf_cookie: Option<String>,
}

impl<'a> Visit<'a> {
    /// The visit that `request` makes.
    #[must_use]
    pub fn new(site: &'a Site, request: &HttpRequest) -> Self {
        let received = received(request);
        let csrf = csrf::token(&received, site.rules, &site.outside.random);
        Self { site, received, csrf_token: csrf.token, cookies: Vec::new(), csrf_cookie: csrf.cookie }
    }

    /// The session cookies.
    #[must_use]
    pub fn sessions(&self) -> SessionCookies<'a> {
        SessionCookies { rules: self.site.rules, seal: &self.site.seal }
    }

    /// The attempt cookies.
    #[must_use]
    pub fn attempts(&self) -> AttemptCookies<'a> {
        AttemptCookies { rules: self.site.rules, seal: &self.site.seal }
    }

    /// Finds out who is there: renews tokens that are about to expire, then asks the pool whether the session lives,
    /// because after signing out a copy of the cookies must be worth nothing.
    pub async fn visitor(&mut self) -> Visitor {
        let Some(mut session) = self.sessions().read(&self.received) else {
            self.sign_out();
            return Visitor::SignedOut { has_ended: false };
        };
        let remaining = session.remaining(self.site.outside.clock.now());
        if remaining < RENEW_BELOW {
            match self.site.refresher.renew(&session).await {
                Renewal::Renewed(renewed) => {
                    session = renewed;
                    self.keep(&session);
                }
                Renewal::Unavailable(fault) if remaining <= 0 => return Visitor::Unavailable(fault),
                Renewal::Unavailable(_) => {}
                Renewal::Ended if session.refresh_token.is_none() && remaining > 0 => {}
                Renewal::Ended => {
                    self.sign_out();
                    return Visitor::SignedOut { has_ended: true };
                }
            }
        }
        match self.site.pool.is_signed_in(&session.access_token).await {
            Ok(true) => Visitor::SignedIn(session),
            Ok(false) => {
                self.sign_out();
                Visitor::SignedOut { has_ended: true }
            }
            Err(fault) => Visitor::Unavailable(fault),
        }
    }

    /// Keeps `session` in the browser; false when it is too large.
    pub fn keep(&mut self, session: &Session) -> bool {
        match self.sessions().write(session, &self.received) {
            Ok(cookies) => {
                self.cookies.extend(cookies);
                true
            }
            Err(error) => {
                tracing::warn!(%error, "a session cannot be kept");
                false
            }
        }
    }

    /// Makes the browser forget its session.
    pub fn sign_out(&mut self) {
        self.cookies = self.sessions().clear(&self.received);
    }

    /// Adds a `Set-Cookie` value.
    pub fn add_cookies(&mut self, cookies: impl IntoIterator<Item = String>) {
        self.cookies.extend(cookies);
    }

    /// Answers with a page.
    #[must_use]
    pub fn page(mut self, status: StatusCode, html: String) -> HttpResponse {
        self.cookies.extend(self.csrf_cookie.take());
        self.response(status).insert_header((CONTENT_TYPE, "text/html; charset=utf-8")).body(html)
    }

    /// Answers with the page of `fault`.
    #[must_use]
    pub fn fault(self, fault: &Fault) -> HttpResponse {
        let face = fault.face();
        let html = pages::message(&self, &face);
        self.page(face.status, html)
    }

    /// Answers with JSON.
    #[must_use]
    pub fn json(self, status: StatusCode, value: &serde_json::Value) -> HttpResponse {
        self.response(status).insert_header((CONTENT_TYPE, "application/json")).body(value.to_string())
    }

    /// Sends the browser on.
    #[must_use]
    pub fn redirect(self, status: StatusCode, location: &str) -> HttpResponse {
        self.response(status).insert_header((LOCATION, location)).finish()
    }

    fn response(&self, status: StatusCode) -> HttpResponseBuilder {
        let mut response = HttpResponse::build(status);
        for cookie in &self.cookies {
            response.append_header((SET_COOKIE, cookie.as_str()));
        }
        response
    }
}
