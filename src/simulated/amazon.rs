//! Owns the look-alike of Login with Amazon: tokens, their facts, the customer's profile. It must not know pages.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::{Value, json};

use super::kind::Kind;
use super::memory::Access;
use super::parameters::Parameters;
use super::people::Person;
use super::token::{self, Client, TokenFault};
use super::{Simulation, authorize};

/// How long access tokens are good for, in seconds.
const LIFETIME: i64 = 3600;
/// What Amazon's identifiers are written with (RFC 4648 §6).
const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
/// The length of an identifier after its prefix.
const IDENTIFIER_LENGTH: usize = 28;

type Shared = web::Data<Simulation>;

/// The routes.
pub fn configure(config: &mut web::ServiceConfig) {
    let show =
        |simulation: Shared, request: HttpRequest| async move { authorize::show(&simulation, &request, Kind::Amazon) };
    let decide = |simulation: Shared, request: HttpRequest, body: web::Bytes| async move {
        authorize::decide(&simulation, &request, &body, Kind::Amazon)
    };
    let scope = web::scope("/amazon")
        .service(web::resource("/ap/oa").route(web::get().to(show)).route(web::post().to(decide)))
        .route("/auth/o2/token", web::post().to(exchange))
        .route("/auth/o2/tokeninfo", web::get().to(token_info))
        .route("/user/profile", web::get().to(profile));
    config.service(scope);
}

async fn exchange(simulation: Shared, request: HttpRequest, body: web::Bytes) -> HttpResponse {
    let granted =
        Parameters::parse(&body).map_err(|_| TokenFault::request("A parameter is repeated.")).and_then(|form| {
            let client = Client::of(&simulation, Kind::Amazon, (&request, &form))?;
            Ok((token::grant(&simulation, Kind::Amazon, &form, &client.id)?, client))
        });
    let (grant, client) = match granted {
        Ok(granted) => granted,
        Err(fault) => return fault.response(),
    };
    token::wait(grant.decision.is_slow).await;
    let access_token = format!("Atza|{}", simulation.outside.random.alphanumeric(200));
    let refresh_token = format!("Atzr|{}", simulation.outside.random.alphanumeric(200));
    token::keep_access(&simulation, &access_token, &grant, (&client.secret, LIFETIME));
    token::keep_refresh(&simulation, &refresh_token, &grant);
    token::answer(
        StatusCode::OK,
        &json!({
            "access_token": access_token, "refresh_token": refresh_token, "token_type": "bearer", "expires_in": LIFETIME,
        }),
    )
}

async fn token_info(simulation: Shared, request: HttpRequest) -> HttpResponse {
    let query = Parameters::parse(request.query_string().as_bytes()).unwrap_or_default();
    let Some(access) = token::access(&simulation, Kind::Amazon, query.get("access_token")) else {
        return unknown_token();
    };
    token::answer(
        StatusCode::OK,
        &json!({
            "iss": simulation.address(Kind::Amazon),
            "aud": access.grant.client_id,
            "app_id": "amzn1.application.simulated",
            "user_id": user_id(&access.grant.decision.person),
            "iat": access.issued_at,
            "exp": access.expires_at - simulation.now(),
        }),
    )
}

/// The token is taken from the query, from `Authorization: Bearer`, or from Amazon's own header field.
async fn profile(simulation: Shared, request: HttpRequest) -> HttpResponse {
    let query = Parameters::parse(request.query_string().as_bytes()).unwrap_or_default();
    let field = request.headers().get("x-amz-access-token").and_then(|value| value.to_str().ok());
    let token = query.get("access_token").or_else(|| token::bearer(&request)).or(field);
    match token::access(&simulation, Kind::Amazon, token) {
        Some(access) => token::answer(StatusCode::OK, &customer(&access)),
        None => unknown_token(),
    }
}

/// What the scopes allow to say: `profile` all but the postal code, `profile:user_id` the identifier alone.
fn customer(access: &Access) -> Value {
    let (grant, person) = (&access.grant, &access.grant.decision.person);
    let mut customer = json!({"user_id": user_id(person)});
    if grant.has_scope("profile") {
        customer["name"] = person.name.clone().into();
        if let Some(email) = grant.decision.email() {
            customer["email"] = email.into();
        }
    }
    if grant.has_scope("postal_code") {
        customer["postal_code"] = "98101".into();
    }
    customer
}

fn unknown_token() -> HttpResponse {
    token::answer(
        StatusCode::BAD_REQUEST,
        &json!({"error": "invalid_token", "error_description": "The request has an invalid parameter : access_token"}),
    )
}

fn user_id(person: &Person) -> String {
    let fingerprint = person.fingerprint(Kind::Amazon.slug());
    let letters = fingerprint.iter().take(IDENTIFIER_LENGTH).map(|byte| char::from(BASE32[usize::from(byte % 32)]));
    format!("amzn1.account.{}", letters.collect::<String>())
}
