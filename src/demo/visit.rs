//! Owns one request's view of the person: the cookies that came, who they stand for, and the cookies that go back.
//! It must not know what a page shows.

use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_TYPE, LOCATION, SET_COOKIE};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};

use super::Site;
use super::cookies::{Received, received};
use super::csrf;
use super::errors::Fault;
use super::pages;
use super::stored::Session;
use crate::session::core::Visitor;

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
        let csrf = csrf::token(&received, site.core.rules, &site.outside.random);
        Self { site, received, csrf_token: csrf.token, cookies: Vec::new(), csrf_cookie: csrf.cookie }
    }

    /// Finds out who is there, and remembers the cookies that follow from it.
    pub async fn visitor(&mut self) -> Visitor {
        let (visitor, cookies) = self.site.core.look(&self.received).await;
        self.cookies = cookies;
        visitor
    }

    /// Keeps `session` in the browser; false when it is too large.
    pub fn keep(&mut self, session: &Session) -> bool {
        let cookies = self.site.core.written(session, &self.received);
        let is_kept = cookies.is_some();
        self.cookies.extend(cookies.unwrap_or_default());
        is_kept
    }

    /// Makes the browser forget its session.
    pub fn sign_out(&mut self) {
        self.cookies = self.site.core.sessions().clear(&self.received);
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
