//! Owns how a hosted page leaves: rendered HTML with its content security policy, or a redirect, with cookies.

use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderValue, LOCATION, SET_COOKIE};
use actix_web::{HttpResponse, HttpResponseBuilder};
use askama::Template;

use crate::domain::registration::has_plain_host;
use crate::error::Error;
use crate::federation::Departure;
use crate::web::errors;
use crate::web::pages::Layout;
use crate::web::pages::hand_over::HandOverPage;

/// The policy of pages without a form that leads elsewhere. What addresses can add to stands last: of a directive that
/// is given twice the first counts.
pub const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; \
     base-uri 'none'; frame-ancestors 'none'; form-action 'self'";

/// Cookies to send along, in order.
#[derive(Debug, Default)]
pub struct Jar(Vec<HeaderValue>);

impl Jar {
    /// Adds a cookie.
    pub fn add(&mut self, cookie: Option<HeaderValue>) {
        self.0.extend(cookie);
    }

    fn put(self, response: &mut HttpResponseBuilder) {
        for cookie in self.0 {
            response.append_header((SET_COOKIE, cookie));
        }
    }
}

/// A page.
pub fn page(page: &impl Template, status: StatusCode, (targets, jar): (&[String], Jar)) -> HttpResponse {
    match page.render() {
        Ok(html) => {
            let mut response = HttpResponse::build(status);
            response.insert_header((CACHE_CONTROL, "no-store")).content_type("text/html; charset=utf-8");
            response.insert_header((CONTENT_SECURITY_POLICY, policy(targets)));
            jar.put(&mut response);
            response.body(html)
        }
        Err(cause) => {
            errors::log(&Error::internal(cause));
            HttpResponse::InternalServerError().finish()
        }
    }
}

/// The way to a provider: a redirect, or a page whose form sends itself. After the form the browser may go on to
/// `targets`.
pub fn depart(departure: &Departure, (layout, targets): (Layout, &[String]), jar: Jar) -> HttpResponse {
    match departure {
        Departure::Redirect(location) => redirect(location, jar),
        Departure::Post { action, fields } => {
            let view = HandOverPage { layout, action: action.clone(), fields: fields.clone() };
            let targets: Vec<String> = targets.iter().chain([action]).cloned().collect();
            page(&view, StatusCode::OK, (&targets, jar))
        }
    }
}

/// A redirect.
#[must_use]
pub fn redirect(location: &str, jar: Jar) -> HttpResponse {
    let mut response = HttpResponse::Found();
    response.insert_header((CACHE_CONTROL, "no-store"));
    jar.put(&mut response);
    match HeaderValue::from_str(location) {
        Ok(location) => response.insert_header((LOCATION, location)).finish(),
        Err(_) => HttpResponse::BadRequest().finish(),
    }
}

/// The policy of a page whose form's redirect may end at the client's registered callback URLs: browsers apply
/// `form-action` to the redirects after a post as well.
fn policy(targets: &[String]) -> String {
    let mut origins: Vec<String> = targets.iter().filter_map(|target| origin(target)).collect();
    origins.sort();
    origins.dedup();
    if origins.is_empty() {
        return POLICY.to_owned();
    }
    POLICY.replace("form-action 'self'", &format!("form-action 'self' {}", origins.join(" ")))
}

/// The origin of a web address; the scheme alone of an app's own. None of an address whose host would mean something
/// else in a policy.
fn origin(target: &str) -> Option<String> {
    let url = url::Url::parse(target).ok().filter(has_plain_host)?;
    let origin = url.origin();
    Some(if origin.is_tuple() { origin.ascii_serialization() } else { format!("{}:", url.scheme()) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_may_end_at_the_callback_and_nowhere_else() {
        let targets = ["http://localhost:3000/callback".to_owned(), "myapp://signed-in".to_owned()];
        assert!(policy(&targets).ends_with("; form-action 'self' http://localhost:3000 myapp:"));
        assert_eq!(policy(&[]), POLICY);
    }

    #[test]
    fn an_address_adds_no_directive_to_the_policy() {
        for target in ["https://a;frame-ancestors/", "https://a,default-src/", "https://*/", "https://*.example/"] {
            assert_eq!(policy(&[target.to_owned()]), POLICY, "{target}");
        }
        assert!(POLICY.ends_with("; form-action 'self'"), "what addresses add to stands last");
    }
}
