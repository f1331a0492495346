//! Owns `/logout`: the browser session ends here and in the database, then on to a registered address.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};

use super::reply::{self, Jar};
use super::{error, outcome};
use crate::auth::session;
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
    if let Some(token) = cookies::value(&http, cookies::SESSION)
        && let Err(fault) = session::end(&cx, &token).await
    {
        return outcome::failure(&fault);
    }
    let mut jar = Jar::default();
    for name in [cookies::SESSION, cookies::STEP, cookies::FLASH] {
        jar.add(cookies::remove(cx.config.is_https(), name));
    }
    reply::redirect(&departure.location, jar)
}
