//! Owns the corporate address box of the sign-in page: its look for a request, and where an address leads. It works
//! without scripts. Which provider an address belongs to is [`crate::domain::corporate`]'s.

use actix_web::HttpResponse;

use super::opened::Opened;
use crate::auth::federated;
use crate::domain::corporate::{self, Route};
use crate::oauth::parameters::{Parameters, append};
use crate::web::pages::Field;
use crate::web::pages::sign_in::CorporateBox;

/// The name of the box's field.
pub const FIELD: &str = "corporate_email";

/// The box, with what was typed before.
pub fn address_box(opened: &Opened, address: &str) -> CorporateBox {
    CorporateBox { action: opened.href("/login"), address: Field::corporate_address(opened.texts, FIELD, address) }
}

/// Where an address leads: on to its provider, or the sentence that says why not.
///
/// # Errors
/// The sentence.
pub fn follow(opened: &Opened, posted: &Parameters) -> Result<String, String> {
    let address = posted.get(FIELD).unwrap_or_default().trim();
    match corporate::route(opened.client().providers(), address) {
        Route::Unreadable => Err(opened.texts.corporate_unreadable.to_owned()),
        Route::Unknown(domain) => Err(opened.texts.corporate_unknown(&domain)),
        Route::Identifier(identifier) => {
            let query = opened.request.parameters.to_query(&["identity_provider", "idp_identifier", "login_hint"]);
            let pairs = [("idp_identifier", identifier.as_str()), ("login_hint", address)];
            Ok(append(&format!("/oauth2/authorize?{query}"), '?', &pairs))
        }
    }
}

/// Ends with the sign-in page that has the box: its form leads to a provider by redirects, which browsers hold to
/// `form-action` as well.
pub async fn show(opened: Opened, view: &impl askama::Template) -> HttpResponse {
    let providers: Vec<_> =
        opened.client().providers().filter(|provider| corporate::is_corporate(provider)).cloned().collect();
    let targets = federated::sign_in_addresses(&opened.cx, &providers).await;
    opened.show_with(view, &targets)
}
