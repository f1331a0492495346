//! Owns the token session of a web app behind a user pool: signing in by the code flow with PKCE, the tokens sealed in
//! cookies, renewed when less than five minutes remain, signing out. It works against any pool, Amazon Cognito's
//! included, and knows it by its public endpoints only. It must not know what an app shows.
//!
//! ```no_run
//! use actix_web::{App, HttpServer, middleware::from_fn, web};
//! use cenote::session::{self, Person, Sessions, Settings};
//!
//! async fn home(person: Option<Person>) -> String {
//!     person.map_or("Nobody".to_owned(), |person| person.text("email").to_owned())
//! }
//!
//! #[actix_web::main]
//! async fn main() -> std::io::Result<()> {
//!     let settings = Settings {
//!         issuer: "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_Example".to_owned(),
//!         hosted_domain: "https://example.auth.us-east-1.amazoncognito.com".parse().ok(),
//!         client_id: "1example23456789".to_owned(),
//!         ..Settings::new("http://localhost:8080".parse().expect("an address"), "32 random characters at the least")
//!     };
//!     let sessions = Sessions::new(settings).expect("TLS is compiled in");
//!     HttpServer::new(move || {
//!         App::new()
//!             .app_data(sessions.clone())
//!             .wrap(from_fn(session::keep))
//!             .configure(session::routes)
//!             .route("/", web::get().to(home))
//!     })
//!     .bind("127.0.0.1:8080")?
//!     .run()
//!     .await
//! }
//! ```

pub(crate) mod attempt;
pub(crate) mod cookies;
pub(crate) mod core;
pub(crate) mod csrf;
mod discovery;
mod flight;
pub(crate) mod jwt;
mod middleware;
mod person;
pub(crate) mod pool;
pub(crate) mod refresh;
pub(crate) mod return_to;
pub(crate) mod seal;
mod settings;
pub(crate) mod stored;
mod verify;

pub use middleware::{Sessions, keep, routes};
pub use person::{Person, SignInFirst};
pub use settings::{Outside, Settings};

#[cfg(test)]
mod kept {
    use cookie::Cookie;

    use super::cookies::Received;

    /// What a browser that had `before` keeps after these `Set-Cookie` values.
    pub fn kept(before: &Received, set: &[String]) -> Received {
        let mut after = before.clone();
        for text in set {
            let cookie = Cookie::parse(text.clone()).unwrap();
            if cookie.max_age().is_some_and(time::Duration::is_zero) {
                after.remove(cookie.name());
            } else {
                after.insert(cookie.name().to_owned(), cookie.value().to_owned());
            }
        }
        after
    }
}
