//! Owns the authorization endpoints: the picker page, and the answer that goes back to the app.
//! It must not know what is exchanged for the code.

use actix_web::http::StatusCode;
use actix_web::http::header::LOCATION;
use actix_web::{HttpRequest, HttpResponse};
use serde_json::json;

use super::authorization::{Authorization, Refusal, ResponseMode};
use super::choice::{Choice, Decision};
use super::kind::Kind;
use super::memory::Grant;
use super::parameters::Parameters;
use super::picker::{self, Picker};
use super::{Simulation, apple, pages};

/// How long Apple remembers who has been at an app, in seconds: for good.
const CONSENT_LIFETIME: i64 = i64::MAX / 2;

/// `GET`: shows the picker, or answers at once where `prompt` is `none`.
pub fn show(simulation: &Simulation, request: &HttpRequest, kind: Kind) -> HttpResponse {
    let authorization = match read(request, kind) {
        Ok(authorization) => authorization,
        Err(refusal) => return refuse(kind, refusal),
    };
    let remembered = picker::remembered(request);
    let has_prompt = |word: &str| kind.has_prompt() && authorization.prompt.iter().any(|asked| asked == word);
    if has_prompt("none") {
        return match remembered {
            Some(person) => accept(simulation, (kind, StatusCode::FOUND), &authorization, Decision::plain(person)),
            None => answer((kind, StatusCode::FOUND), &authorization, &[("error", "login_required".to_owned())]),
        };
    }
    let remembered = remembered.filter(|_| !has_prompt("login")).map(|person| person.email);
    let hint = authorization.login_hint.as_deref().or(remembered.as_deref());
    show_picker(request, (kind, &authorization), hint, false)
}

/// `POST`: what was picked.
pub fn decide(simulation: &Simulation, request: &HttpRequest, body: &[u8], kind: Kind) -> HttpResponse {
    let authorization = match read(request, kind) {
        Ok(authorization) => authorization,
        Err(refusal) => return refuse(kind, refusal),
    };
    let form = Parameters::parse(body).unwrap_or_default();
    match Choice::read(&form) {
        Choice::Denied => answer((kind, StatusCode::SEE_OTHER), &authorization, &denial(kind)),
        Choice::Unclear => show_picker(request, (kind, &authorization), form.get("email"), true),
        Choice::Accepted(decision) => {
            let person = decision.person.clone();
            let mut response = accept(simulation, (kind, StatusCode::SEE_OTHER), &authorization, *decision);
            picker::remember(&mut response, kind, Some(&person));
            response
        }
    }
}

fn read(request: &HttpRequest, kind: Kind) -> Result<Authorization, Refusal> {
    let parameters =
        Parameters::parse(request.query_string().as_bytes()).map_err(|fault| Refusal::Page(format!("{fault}.")))?;
    Authorization::parse(&parameters, kind)
}

fn show_picker(
    request: &HttpRequest,
    (kind, authorization): (Kind, &Authorization),
    hint: Option<&str>,
    is_faulty: bool,
) -> HttpResponse {
    let target = &authorization.redirect_uri;
    picker::show(&Picker { kind, app: &authorization.client_id, target, hint, is_faulty }, request)
}

fn refuse(kind: Kind, refusal: Refusal) -> HttpResponse {
    match refusal {
        Refusal::Page(text) => pages::refused(kind, &text),
        Refusal::Answer(authorization, error, description) => {
            let parameters = [("error", error.to_owned()), ("error_description", description)];
            answer((kind, StatusCode::FOUND), &authorization, &parameters)
        }
    }
}

fn accept(
    simulation: &Simulation,
    (kind, status): (Kind, StatusCode),
    authorization: &Authorization,
    decision: Decision,
) -> HttpResponse {
    let grant = Grant {
        kind,
        client_id: authorization.client_id.clone(),
        redirect_uri: authorization.redirect_text.clone(),
        scope: authorization.scope.clone(),
        nonce: authorization.nonce.clone(),
        challenge: authorization.challenge.clone(),
        authenticated_at: simulation.now(),
        decision,
    };
    let mut parameters = Vec::new();
    if authorization.has_id_token {
        match apple::id_token(simulation, &grant, None) {
            Ok(token) => parameters.push(("id_token", token)),
            Err(cause) => return pages::failed(&cause),
        }
    }
    if authorization.response_mode == ResponseMode::FormPost && is_first_consent(simulation, &grant) {
        parameters.extend(user_of(&grant).map(|user| ("user", user)));
    }
    parameters.push(("code", simulation.issue_code(grant)));
    answer((kind, status), authorization, &parameters)
}

fn is_first_consent(simulation: &Simulation, grant: &Grant) -> bool {
    let key = format!("{}\n{}", grant.client_id, grant.decision.person.email.to_lowercase());
    let mut memory = simulation.memory();
    let is_first = memory.consents.get(&key, 0).is_none();
    memory.consents.put(&key, CONSENT_LIFETIME, ());
    is_first
}

/// Apple's `user` parameter: what the scopes ask for, JSON in a form field.
fn user_of(grant: &Grant) -> Option<String> {
    let person = &grant.decision.person;
    let mut user = json!({});
    if grant.has_scope("name") {
        user["name"] = json!({"firstName": person.given_name, "lastName": person.family_name});
    }
    if let Some(email) = grant.decision.email().filter(|_| grant.has_scope("email")) {
        user["email"] = email.into();
    }
    user.as_object().is_some_and(|members| !members.is_empty()).then(|| user.to_string())
}

fn answer(
    (kind, status): (Kind, StatusCode),
    authorization: &Authorization,
    parameters: &[(&str, String)],
) -> HttpResponse {
    if authorization.response_mode == ResponseMode::FormPost {
        let state = authorization.state.iter().map(|state| ("state", state.clone()));
        let fields: Vec<_> = parameters.iter().cloned().chain(state).collect();
        return pages::post(kind, &authorization.redirect_uri, &fields);
    }
    HttpResponse::build(status)
        .insert_header((LOCATION, authorization.answer_url(kind, parameters)))
        .insert_header(("cache-control", "no-store"))
        .insert_header(("referrer-policy", "no-referrer"))
        .finish()
}

/// What each provider says when the person says no.
fn denial(kind: Kind) -> Vec<(&'static str, String)> {
    let pairs: &[(&str, &str)] = match kind {
        Kind::Facebook => &[
            ("error", "access_denied"),
            ("error_code", "200"),
            ("error_description", "Permissions error"),
            ("error_reason", "user_denied"),
        ],
        Kind::Amazon => &[("error", "access_denied"), ("error_description", "Access not permitted.")],
        Kind::Apple => &[("error", "user_cancelled_authorize")],
        Kind::Oidc => &[("error", "access_denied"), ("error_description", "The person said no.")],
        Kind::Google | Kind::Saml => &[("error", "access_denied")],
    };
    pairs.iter().map(|(name, value)| (*name, (*value).to_owned())).collect()
}
