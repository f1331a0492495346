//! Owns `/logout`: the browser session ends here and in the database, then on to a registered address, past the
//! provider that the session began at where that provider takes part.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};

use super::outcome::bare_layout;
use super::reply::{self, Jar};
use super::{error, outcome, single_logout};
use crate::auth::federated::{self, LIFETIME_SECONDS, SignOut, SigningOut};
use crate::cx::Cx;
use crate::oauth::logout::{self, LogoutRefusal};
use crate::web::{cookies, site};

/// `GET /logout`.
pub async fn logout(cx: Data<Cx>, http: HttpRequest) -> HttpResponse {
    let departure = match logout::check(&cx, site::pool(&http).as_ref(), http.query_string()).await {
        Ok(departure) => departure,
        Err(LogoutRefusal::Page(fault)) => return reply::redirect(&error::address(&fault), Jar::default()),
        Err(LogoutRefusal::Failure(fault)) => return outcome::failure(&fault),
    };
    let location = departure.offered_at.as_deref().unwrap_or(&departure.location);
    let ended = match cookies::value(cx.config.is_https(), &http, cookies::SESSION) {
        Some(token) => {
            let leaving = SigningOut { base: &site::base(&cx, &http), token: &token, location };
            federated::sign_out(&cx, &departure.client.pool, leaving).await
        }
        None => Ok(SignOut::Here),
    };
    let mut jar = Jar::default();
    for name in [cookies::SESSION, cookies::STEP, cookies::FLASH] {
        jar.add(cookies::remove(cx.config.is_https(), name));
    }
    match ended {
        Ok(SignOut::Here) if departure.offered_at.is_some() => single_logout::offer(&departure.location, jar),
        Ok(SignOut::Here) => reply::redirect(location, jar),
        Ok(SignOut::Unconfirmed { provider }) => single_logout::signed_out(Some(&provider), Some(location), jar),
        Ok(SignOut::Onwards { departure, cookie }) => {
            let cookie = (single_logout::COOKIE, cookie.as_str());
            jar.add(cookies::set(cx.config.is_https(), cookie, Some(LIFETIME_SECONDS)));
            reply::depart(&departure, (bare_layout(), &[location.to_owned()]), jar)
        }
        Err(fault) => outcome::failure(&fault),
    }
}
