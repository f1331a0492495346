//! Owns what faults mean on a page: which are shown in the form, which end in a page of their own.

use actix_web::HttpResponse;

use super::error::{self, Kind};
use super::reply::{self, Jar};
use crate::error::Error;
use crate::web::errors;
use crate::web::pages::{Brand, Layout};
use crate::web::texts::ENGLISH;

/// The sentence that a form shows for a fault; `None` when the fault is ours, or the caller is too quick.
#[must_use]
pub fn sentence(fault: &Error) -> Option<String> {
    match fault {
        Error::Internal(_) | Error::TooManyRequests => None,
        Error::InvalidParameter(text) => Some(text.replace("Attributes did not conform to the schema: ", "")),
        other => Some(other.to_string()),
    }
}

/// The page for a fault without an authorization request to go back to.
pub fn failure(fault: &Error) -> HttpResponse {
    errors::log(fault);
    let kind = if matches!(fault, Error::TooManyRequests) { Kind::TooManyRequests } else { Kind::Failure };
    error_page(kind)
}

/// An error page of no pool in particular.
pub fn error_page(kind: Kind) -> HttpResponse {
    reply::page(&error::view(kind, bare_layout(), None), kind.status(), (&[], Jar::default()))
}

/// The frame of a page of no pool in particular.
#[must_use]
pub fn bare_layout() -> Layout {
    Layout {
        texts: &ENGLISH,
        brand: Brand { pool_name: "Cenote".to_owned(), logo_url: None },
        stylesheet: None,
        light_only: false,
        icon: None,
        header: None,
        footer: None,
        csrf: String::new(),
    }
}
