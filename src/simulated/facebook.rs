//! Owns the look-alike of Facebook Login: the dialog, the token endpoint that is asked by GET, the Graph API's `me` and
//! `app`, and errors in Facebook's own shape. It must not know pages.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::{Value, json};

use super::kind::Kind;
use super::memory::{Access, Grant};
use super::parameters::Parameters;
use super::token::{self, TokenFault};
use super::{Simulation, authorize};
use crate::crypto::digest;

/// How long access tokens are good for, in seconds: sixty days.
const LIFETIME: i64 = 60 * 24 * 3600;
/// What is known about people, but not always told.
const FIELDS: [&str; 15] = [
    "id",
    "name",
    "email",
    "first_name",
    "last_name",
    "middle_name",
    "picture",
    "locale",
    "birthday",
    "gender",
    "link",
    "timezone",
    "updated_time",
    "website",
    "short_name",
];

type Shared = web::Data<Simulation>;

/// The routes; the version is any that has Facebook's form.
pub fn configure(config: &mut web::ServiceConfig) {
    let show = |simulation: Shared, request: HttpRequest| async move {
        authorize::show(&simulation, &request, Kind::Facebook)
    };
    let decide = |simulation: Shared, request: HttpRequest, body: web::Bytes| async move {
        authorize::decide(&simulation, &request, &body, Kind::Facebook)
    };
    let scope = web::scope("/facebook/{version:v[0-9]+[.][0-9]+}")
        .service(web::resource("/dialog/oauth").route(web::get().to(show)).route(web::post().to(decide)))
        .service(web::resource("/oauth/access_token").route(web::get().to(exchange)).route(web::post().to(exchange)))
        .route("/me", web::get().to(me))
        .route("/app", web::get().to(app));
    config.service(scope);
}

/// A refusal in the shape of the Graph API.
struct GraphFault {
    message: String,
    code: u32,
}

impl GraphFault {
    fn new(code: u32, message: impl Into<String>) -> Self {
        Self { message: message.into(), code }
    }

    fn response(&self, simulation: &Simulation) -> HttpResponse {
        let trace = simulation.outside.random.alphanumeric(23);
        let error = json!({"message": self.message, "type": "OAuthException", "code": self.code, "fbtrace_id": trace});
        token::answer(StatusCode::BAD_REQUEST, &json!({"error": error}))
    }
}

impl From<TokenFault> for GraphFault {
    fn from(fault: TokenFault) -> Self {
        Self::new(100, fault.description)
    }
}

async fn exchange(simulation: Shared, request: HttpRequest, body: web::Bytes) -> HttpResponse {
    let (grant, secret) = match redeem(&simulation, &request, &body) {
        Ok(redeemed) => redeemed,
        Err(fault) => return fault.response(&simulation),
    };
    token::wait(grant.decision.is_slow).await;
    let access_token = format!("EAA{}", simulation.outside.random.alphanumeric(120));
    token::keep_access(&simulation, &access_token, &grant, (&secret, LIFETIME));
    let answer = json!({"access_token": access_token, "token_type": "bearer", "expires_in": LIFETIME});
    token::answer(StatusCode::OK, &answer)
}

fn redeem(simulation: &Simulation, request: &HttpRequest, body: &[u8]) -> Result<(Grant, String), GraphFault> {
    let text = if body.is_empty() { request.query_string().as_bytes() } else { body };
    let parameters = Parameters::parse(text).map_err(|fault| GraphFault::new(100, fault.to_string()))?;
    let missing = |name: &str| GraphFault::new(100, format!("Missing {name} parameter."));
    let client_id = parameters.get("client_id").ok_or_else(|| GraphFault::new(101, "Missing client_id parameter."))?;
    let secret = parameters.get("client_secret").ok_or_else(|| missing("client_secret"))?;
    parameters.get("redirect_uri").ok_or_else(|| missing("redirect_uri"))?;
    if !simulation.is_secret_of(Kind::Facebook, (client_id, secret)) {
        return Err(GraphFault::new(1, "Error validating client secret."));
    }
    let grant = token::redeem(simulation, Kind::Facebook, &parameters, client_id).map_err(|fault| {
        let is_known = fault.description.starts_with("redirect_uri");
        let reason = if is_known {
            "Please make sure your redirect_uri is identical to the one you used in the OAuth dialog request"
        } else {
            fault.description
        };
        GraphFault::new(100, format!("Error validating verification code. {reason}"))
    })?;
    Ok((grant, secret.to_owned()))
}

async fn me(simulation: Shared, request: HttpRequest) -> HttpResponse {
    match answer_me(&simulation, &request) {
        Ok(person) => token::answer(StatusCode::OK, &person),
        Err(fault) => fault.response(&simulation),
    }
}

/// The app that an access token was given to.
async fn app(simulation: Shared, request: HttpRequest) -> HttpResponse {
    let access = query_of(&request).and_then(|query| access(&simulation, &request, &query));
    match access {
        Ok(access) => token::answer(StatusCode::OK, &json!({"id": access.grant.client_id, "name": "Simulated app"})),
        Err(fault) => fault.response(&simulation),
    }
}

fn query_of(request: &HttpRequest) -> Result<Parameters, GraphFault> {
    Parameters::parse(request.query_string().as_bytes()).map_err(|fault| GraphFault::new(100, fault.to_string()))
}

fn access(simulation: &Simulation, request: &HttpRequest, query: &Parameters) -> Result<Access, GraphFault> {
    let given = query.get("access_token").or_else(|| token::bearer(request));
    let given = given.ok_or_else(|| {
        GraphFault::new(2500, "An active access token must be used to query information about the current user.")
    })?;
    let access = token::access(simulation, Kind::Facebook, Some(given))
        .ok_or_else(|| GraphFault::new(190, "Invalid OAuth access token - Cannot parse access token"))?;
    if let Some(proof) = query.get("appsecret_proof") {
        let expected = digest::hex(&digest::hmac_sha256(access.client_secret.as_bytes(), given.as_bytes()));
        if !digest::is_equal(proof.as_bytes(), expected.as_bytes()) {
            return Err(GraphFault::new(100, "Invalid appsecret_proof provided in the API argument"));
        }
    }
    Ok(access)
}

fn answer_me(simulation: &Simulation, request: &HttpRequest) -> Result<Value, GraphFault> {
    let query = query_of(request)?;
    let access = access(simulation, request, &query)?;
    let mut person = json!({"id": user_id(&access.grant)});
    for field in field_names(query.get("fields").unwrap_or("id,name")) {
        if !FIELDS.contains(&field.as_str()) {
            let message = format!("(#100) Tried accessing nonexisting field ({field}) on node type (User)");
            return Err(GraphFault::new(100, message));
        }
        if let Some(value) = field_value(&access, &field) {
            person[field] = value;
        }
    }
    Ok(person)
}

/// The names in a list of fields; what follows a name in braces, brackets or after a dot shapes the field's answer,
/// which is always the same here.
fn field_names(list: &str) -> Vec<String> {
    let mut names = vec![String::new()];
    let mut depth = 0_usize;
    let mut is_name = true;
    for letter in list.chars() {
        match letter {
            '{' | '(' => depth += 1,
            '}' | ')' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => names.push(String::new()),
            _ => {}
        }
        is_name = depth == 0 && !matches!(letter, '.' | '}' | ')') && (is_name || letter == ',');
        if let Some(name) = names.last_mut().filter(|_| is_name && letter != ',' && !letter.is_whitespace()) {
            name.push(letter);
        }
    }
    names.retain(|name| !name.is_empty());
    names
}

fn field_value(access: &Access, field: &str) -> Option<Value> {
    let (grant, person) = (&access.grant, &access.grant.decision.person);
    match field {
        "id" => Some(user_id(grant).into()),
        "name" => Some(person.name.clone().into()),
        "short_name" | "first_name" => Some(person.given_name.clone().into()),
        "last_name" => Some(person.family_name.clone().into()).filter(|_| !person.family_name.is_empty()),
        "email" => grant.decision.email().filter(|_| grant.has_scope("email")).map(Value::from),
        "picture" => {
            let url = person.picture();
            Some(json!({"data": {"height": 50, "is_silhouette": url.is_none(), "url": url?, "width": 50}}))
        }
        _ => None,
    }
}

/// Facebook numbers people anew for each app.
fn user_id(grant: &Grant) -> String {
    let fingerprint = grant.decision.person.fingerprint(&format!("facebook {}", grant.client_id));
    let part: [u8; 8] = std::array::from_fn(|index| fingerprint[index]);
    (100_000_000_000_000 + u64::from_be_bytes(part) % 900_000_000_000_000).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn field_lists_are_read_with_their_modifiers() {
        let names = field_names("id, name,picture.type(large).width(50),first_name,picture{url,width},email");
        assert_eq!(names, ["id", "name", "picture", "first_name", "picture", "email"]);
        assert_eq!(field_names(""), Vec::<String>::new());
    }
}
