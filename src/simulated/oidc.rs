//! Owns the OpenID Connect provider, and Google, which is one too: discovery, keys, tokens, user information.
//! It must not know pages.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::{Map, Value, json};

use super::Simulation;
use super::authorize;
use super::kind::Kind;
use super::memory::Grant;
use super::pages;
use super::parameters::Parameters;
use super::people::Person;
use super::picker;
use super::token::{self, Client, TokenFault};
use crate::crypto::digest;
use crate::crypto::jwk::JwkSet;
use crate::crypto::jwt::KeyFault;

/// How long tokens are good for, in seconds.
const LIFETIME: i64 = 3600;
/// Digits of Google's identifiers after the first.
const GOOGLE_DIGITS: u128 = 100_000_000_000_000_000_000;

type Shared = web::Data<Simulation>;

/// Where one provider has its endpoints.
struct Paths {
    authorize: &'static str,
    token: &'static str,
    user_info: &'static str,
    keys: &'static str,
}

const GOOGLE: Paths = Paths {
    authorize: "/o/oauth2/v2/auth",
    token: "/oauth2/v4/token",
    user_info: "/oauth2/v3/userinfo",
    keys: "/oauth2/v3/certs",
};
/// Where sessions at the plain provider end; Google publishes no such address.
const END_SESSION: &str = "/session/end";
const PLAIN: Paths = Paths { authorize: "/authorize", token: "/token", user_info: "/userinfo", keys: "/jwks" };

/// The routes of both.
pub fn configure(config: &mut web::ServiceConfig) {
    for (kind, paths) in [(Kind::Google, GOOGLE), (Kind::Oidc, PLAIN)] {
        let show =
            move |simulation: Shared, request: HttpRequest| async move { authorize::show(&simulation, &request, kind) };
        let decide = move |simulation: Shared, request: HttpRequest, body: web::Bytes| async move {
            authorize::decide(&simulation, &request, &body, kind)
        };
        let token = move |simulation: Shared, request: HttpRequest, body: web::Bytes| async move {
            exchange(&simulation, &request, &body, kind).await
        };
        let user =
            move |simulation: Shared, request: HttpRequest| async move { user_info(&simulation, &request, kind) };
        let keys = move |simulation: Shared| async move { key_set(&simulation, kind) };
        let scope = web::scope(&format!("/{}", kind.slug()))
            .service(web::resource(paths.authorize).route(web::get().to(show)).route(web::post().to(decide)))
            .route(paths.token, web::post().to(token))
            .service(web::resource(paths.user_info).route(web::get().to(user)).route(web::post().to(user)))
            .route(paths.keys, web::get().to(keys))
            .route(
                "/.well-known/openid-configuration",
                web::get().to(move |simulation: Shared| async move { discovery(&simulation, kind) }),
            );
        let scope = match kind {
            Kind::Oidc => scope.route(END_SESSION, web::get().to(end_session)),
            _ => scope,
        };
        config.service(scope);
    }
}

/// Ends the session at the provider and sends the browser back (RP-Initiated Logout 1.0 §2, §3). It asks nobody: the
/// session is but a remembered choice.
async fn end_session(request: HttpRequest) -> HttpResponse {
    let query = Parameters::parse(request.query_string().as_bytes()).unwrap_or_default();
    let back = query.get("post_logout_redirect_uri").and_then(|text| url::Url::parse(text).ok());
    let mut response = match back.filter(|url| matches!(url.scheme(), "http" | "https")) {
        Some(mut url) => {
            if let Some(state) = query.get("state") {
                url.query_pairs_mut().append_pair("state", state);
            }
            HttpResponse::SeeOther().insert_header(("location", url.as_str())).finish()
        }
        None => pages::message(Kind::Oidc, ("Signed out", "You are signed out at this provider."), StatusCode::OK),
    };
    picker::remember(&mut response, Kind::Oidc, None);
    response
}

/// The published key of `kind`.
pub fn key_set(simulation: &Simulation, kind: Kind) -> HttpResponse {
    published(&json!(JwkSet { keys: vec![simulation.keys.of(kind).jwk()] }))
}

fn discovery(simulation: &Simulation, kind: Kind) -> HttpResponse {
    let paths = if kind == Kind::Google { GOOGLE } else { PLAIN };
    let at = simulation.address(kind);
    let mut document = json!({
        "issuer": at,
        "authorization_endpoint": format!("{at}{}", paths.authorize),
        "token_endpoint": format!("{at}{}", paths.token),
        "userinfo_endpoint": format!("{at}{}", paths.user_info),
        "jwks_uri": format!("{at}{}", paths.keys),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "scopes_supported": ["openid", "email", "profile"],
        "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
        "claims_supported": ["aud", "at_hash", "auth_time", "email", "email_verified", "exp", "family_name", "given_name",
            "iat", "iss", "locale", "name", "nonce", "picture", "sub"],
        "code_challenge_methods_supported": ["plain", "S256"],
        "prompt_values_supported": ["none", "login", "select_account"],
    });
    if kind == Kind::Oidc {
        document["end_session_endpoint"] = format!("{at}{END_SESSION}").into();
    }
    published(&document)
}

fn published(document: &Value) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header(("access-control-allow-origin", "*"))
        .insert_header(("cache-control", "public, max-age=60"))
        .json(document)
}

async fn exchange(simulation: &Simulation, request: &HttpRequest, body: &[u8], kind: Kind) -> HttpResponse {
    let granted =
        Parameters::parse(body).map_err(|_| TokenFault::request("A parameter is repeated.")).and_then(|form| {
            let client = Client::of(simulation, kind, (request, &form))?;
            Ok((token::grant(simulation, kind, &form, &client.id)?, client))
        });
    let (grant, client) = match granted {
        Ok(granted) => granted,
        Err(fault) => return fault.response(),
    };
    token::wait(grant.decision.is_slow).await;
    let prefix = if kind == Kind::Google { "ya29." } else { "" };
    let access_token = format!("{prefix}{}", simulation.outside.random.token());
    token::keep_access(simulation, &access_token, &grant, (&client.secret, LIFETIME));
    let mut answer = json!({
        "access_token": access_token, "token_type": "Bearer", "expires_in": LIFETIME, "scope": grant.scope.join(" "),
    });
    if grant.has_scope("openid") {
        match id_token(simulation, &grant, &access_token) {
            Ok(token) => answer["id_token"] = token.into(),
            Err(cause) => return pages::failed(&cause),
        }
    }
    if grant.has_scope("offline_access") {
        let refresh = simulation.outside.random.token();
        token::keep_refresh(simulation, &refresh, &grant);
        answer["refresh_token"] = refresh.into();
    }
    token::answer(StatusCode::OK, &answer)
}

fn id_token(simulation: &Simulation, grant: &Grant, access_token: &str) -> Result<String, KeyFault> {
    let now = simulation.now();
    let mut claims = claims(grant);
    let mut put = |name: &str, value: Value| claims.insert(name.to_owned(), value);
    put("iss", simulation.address(grant.kind).into());
    put("aud", grant.client_id.clone().into());
    put("azp", grant.client_id.clone().into());
    put("iat", now.into());
    put("exp", (now + LIFETIME).into());
    put("auth_time", grant.authenticated_at.into());
    put("at_hash", digest::left_half_base64url(access_token).into());
    if let Some(nonce) = &grant.nonce {
        put("nonce", nonce.clone().into());
    }
    simulation.keys.sign(grant.kind, &claims, grant.decision.is_broken)
}

fn user_info(simulation: &Simulation, request: &HttpRequest, kind: Kind) -> HttpResponse {
    match token::access(simulation, kind, token::bearer(request)) {
        Some(access) => token::answer(StatusCode::OK, &Value::Object(claims(&access.grant))),
        None => HttpResponse::Unauthorized()
            .insert_header(("www-authenticate", "Bearer error=\"invalid_token\""))
            .json(json!({"error": "invalid_token", "error_description": "The access token is unknown or expired."})),
    }
}

/// What is said about the person, as far as the scopes allow (OpenID Connect Core 1.0 §5.4).
fn claims(grant: &Grant) -> Map<String, Value> {
    let person = &grant.decision.person;
    let mut claims = Map::new();
    let mut put = |name: &str, value: Value| claims.insert(name.to_owned(), value);
    put("sub", subject(grant.kind, person).into());
    if let Some(email) = grant.decision.email().filter(|_| grant.has_scope("email")) {
        put("email", email.into());
        put("email_verified", person.email_verified.into());
    }
    if grant.has_scope("profile") {
        put("name", person.name.clone().into());
        put("given_name", person.given_name.clone().into());
        if !person.family_name.is_empty() {
            put("family_name", person.family_name.clone().into());
        }
        if let Some(picture) = person.picture() {
            put("picture", picture.into());
        }
        put("locale", person.locale.clone().into());
    }
    if grant.kind == Kind::Oidc {
        put("groups", person.groups.clone().into());
    }
    claims
}

/// Google numbers people with 21 digits; the other names them by 32 hexadecimal ones.
fn subject(kind: Kind, person: &Person) -> String {
    let fingerprint = person.fingerprint(kind.slug());
    let half: [u8; 16] = std::array::from_fn(|index| fingerprint[index]);
    if kind == Kind::Google {
        format!("1{:020}", u128::from_be_bytes(half) % GOOGLE_DIGITS)
    } else {
        digest::hex(&half)
    }
}
