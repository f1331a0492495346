//! Owns the site's API, as people write one behind a user pool: a bearer token in, JSON out. The token is checked by
//! the extractor; what comes here may be believed. It must not know cookies or pages.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use serde::Deserialize;
use serde_json::{Value, json};

use super::Site;
use crate::verify::{Claims, Requirement};

/// The scope without which nobody writes.
const WRITING_SCOPE: &str = "profile";
/// The longest note, in characters.
const LONGEST_NOTE: usize = 1_000;
/// Notes that are kept, the newest.
const MOST_NOTES: usize = 100;

/// The notes of everybody, in memory.
#[derive(Default)]
pub struct Notes(Mutex<VecDeque<Value>>);

/// The API's routes.
pub fn configure(site: &web::Data<Site>) -> impl FnOnce(&mut web::ServiceConfig) + use<> {
    let verifier = site.verifier.clone();
    move |config| {
        let api = web::scope("/api")
            .app_data(verifier)
            .app_data(web::JsonConfig::default().limit(16 * 1024))
            .service(web::resource("/me").route(web::get().to(me)))
            .service(
                web::resource("/notes").app_data(Requirement::any_scope([WRITING_SCOPE])).route(web::post().to(write)),
            );
        config.service(api);
    }
}

async fn me(claims: Claims) -> HttpResponse {
    HttpResponse::Ok().json(json!({
        "sub": claims.sub,
        "username": claims.username,
        "client_id": claims.client_id,
        "scopes": claims.scope.split_whitespace().collect::<Vec<_>>(),
        "groups": claims.groups,
        "expires": claims.exp,
    }))
}

#[derive(Deserialize)]
struct Note {
    text: String,
}

async fn write(claims: Claims, site: web::Data<Site>, note: web::Json<Note>) -> HttpResponse {
    let text = note.into_inner().text;
    if text.trim().is_empty() || text.chars().count() > LONGEST_NOTE {
        let message = format!("text must have 1 to {LONGEST_NOTE} characters");
        return HttpResponse::BadRequest().json(json!({ "error": "invalid_note", "message": message }));
    }
    let note = json!({ "id": site.outside.random.uuid(), "author": claims.sub, "text": text });
    let mut notes = site.notes.0.lock().unwrap_or_else(PoisonError::into_inner);
    notes.truncate(MOST_NOTES - 1);
    notes.push_front(note.clone());
    HttpResponse::build(StatusCode::CREATED).json(note)
}
