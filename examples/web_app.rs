//! A web app behind a user pool: who signed in is known by the session, which lives in sealed cookies.
//!
//! `cargo run --example web_app`, with `ISSUER`, `CLIENT_ID`, `CLIENT_SECRET` (if there is one), `COOKIE_KEY` and
//! `PORT` in the environment. Register `http://localhost:PORT/callback` and `http://localhost:PORT/` at the pool.

#![expect(clippy::disallowed_methods, reason = "an example reads its settings from the environment")]

use std::env::var;

use actix_web::http::header::ContentType;
use actix_web::middleware::from_fn;
use actix_web::{App, HttpResponse, HttpServer, Responder, web};
use cenote::session::{self, Person, Sessions, Settings};

async fn home(person: Option<Person>) -> impl Responder {
    let body = match person {
        None => "<h1>Welcome</h1><p><a href=\"/login?return_to=/account\">Sign in</a></p>".to_owned(),
        Some(_) => "<h1>Welcome back</h1><p><a href=\"/account\">Your account</a></p>".to_owned(),
    };
    page(&body)
}

/// Whoever is not signed in is sent to sign in, and comes back here.
async fn account(person: Person) -> impl Responder {
    let (email, csrf) = (escape(person.text("email")), &person.csrf);
    let form =
        format!("<form method=\"post\" action=\"/logout\"><input type=\"hidden\" name=\"_csrf\" value=\"{csrf}\">");
    page(&format!("<h1>Your account</h1><p id=\"email\">{email}</p>{form}<button>Sign out</button></form>"))
}

fn page(body: &str) -> HttpResponse {
    let html = format!("<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>App</title>{body}</html>");
    HttpResponse::Ok().content_type(ContentType::html()).body(html)
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[actix_web::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let port: u16 = var("PORT").unwrap_or("8080".to_owned()).parse()?;
    let settings = Settings {
        issuer: var("ISSUER")?,
        client_id: var("CLIENT_ID")?,
        client_secret: var("CLIENT_SECRET").ok().map(Into::into),
        ..Settings::new(format!("http://localhost:{port}").parse()?, &var("COOKIE_KEY")?)
    };
    let sessions = Sessions::new(settings)?;
    let server = HttpServer::new(move || {
        App::new()
            .app_data(sessions.clone())
            .wrap(from_fn(session::keep))
            .configure(session::routes)
            .route("/", web::get().to(home))
            .route("/account", web::get().to(account))
    });
    Ok(server.bind(("127.0.0.1", port))?.run().await?)
}
