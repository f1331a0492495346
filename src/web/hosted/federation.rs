//! Owns the way to a provider and back: `/oauth2/idpresponse`, `/saml2/idpresponse`. A post from another site comes
//! without our cookies (they are `SameSite=Lax`), so it is sent to ourselves once more, and then bound to the browser.

use std::collections::BTreeMap;

use actix_web::http::StatusCode;
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};

use super::opened::{self, Opened};
use super::outcome::{bare_layout, error_page};
use super::reply::{self, Jar};
use super::{authorize, error, login};
use crate::auth::federated::{self, Arriving, Fault, LIFETIME_SECONDS, Leaving, State};
use crate::cx::Cx;
use crate::domain::provider::Provider;
use crate::error::Error;
use crate::federation::{Arrival, FederationFault};
use crate::oauth::authorize::Who;
use crate::oauth::checks::{self, AuthorizeRequest, Refusal, ResponseType};
use crate::oauth::parameters::{Parameters, append};
use crate::web::pages::repost::RepostPage;
use crate::web::{body, cookies, site};

/// Marks the second post, the one that we sent ourselves.
pub const REPOSTED: &str = "cenote_reposted";

/// Leaves for the provider that the request asks for.
pub async fn leave(mut opened: Opened) -> HttpResponse {
    let Some(provider) = provider_of(&opened.request) else { return opened.show_error(error::Kind::Failure) };
    let prompt = opened.request.parameters.get("prompt").map(str::to_owned);
    let base = site::base(&opened.cx, &opened.http);
    let leaving = Leaving {
        base: &base,
        client: opened.client(),
        provider: &provider,
        query: opened.request.parameters.to_query(&[]),
        prompt: prompt.as_deref(),
        login_hint: opened.request.login_hint.as_deref(),
        nonce: opened.request.nonce.as_deref(),
        acr_values: opened.request.parameters.get("acr_values"),
    };
    match federated::leave(&opened.cx, leaving).await {
        Ok(departed) => {
            let (name, value) = &departed.cookie;
            opened.keep_cookie((name, value), LIFETIME_SECONDS);
            opened.depart(&departed.departure)
        }
        Err(fault) => refuse(opened, fault).await,
    }
}

/// `GET /oauth2/idpresponse`.
pub async fn arrive(cx: Data<Cx>, http: HttpRequest) -> HttpResponse {
    match Parameters::parse(http.query_string()) {
        Ok(parameters) => welcome(cx, http, parameters).await,
        Err(_) => error_page(error::Kind::BadForm),
    }
}

/// `POST /oauth2/idpresponse` (Apple) and `POST /saml2/idpresponse`.
pub async fn arrive_by_post(cx: Data<Cx>, http: HttpRequest, payload: Payload) -> HttpResponse {
    let text = body::read_form(&http, payload).await;
    let Some(parameters) = text.and_then(|text| Parameters::parse_long(&text).ok()) else {
        return error_page(error::Kind::BadForm);
    };
    if parameters.get(REPOSTED).is_none() {
        return repost(&cx, &http, &parameters);
    }
    welcome(cx, http, parameters).await
}

/// `GET /saml2/metadata?user_pool_id=…`: our metadata as a SAML service provider.
pub async fn metadata(cx: Data<Cx>, http: HttpRequest) -> HttpResponse {
    let parameters = Parameters::parse(http.query_string()).unwrap_or_default();
    let pool = cx.pool_named(parameters.get("user_pool_id").unwrap_or_default()).await;
    let pool = pool.ok().filter(|pool| site::serves(&http, &pool.pool.id));
    match pool.and_then(|pool| federated::service_provider_metadata(&cx, &pool)) {
        Some(document) => HttpResponse::Ok().content_type("application/samlmetadata+xml").body(document),
        None => error::not_found().await,
    }
}

fn repost(cx: &Cx, http: &HttpRequest, parameters: &Parameters) -> HttpResponse {
    let query = federated::open_state(cx, sealed_state(parameters)).map(|state| state.query);
    let query = query.or_else(|| parameters.get("RelayState").map(str::to_owned)).unwrap_or_default();
    let targets = Parameters::parse(&query).ok().and_then(|query| query.get("redirect_uri").map(str::to_owned));
    repost_to(http.path(), parameters, targets.as_deref())
}

/// The same fields, posted to ourselves from our own page. Browsers hold the redirects after a post to `form-action`
/// too, and these end at `target`.
pub fn repost_to(path: &str, parameters: &Parameters, target: Option<&str>) -> HttpResponse {
    let mut fields: Vec<(String, String)> =
        parameters.pairs().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    fields.push((REPOSTED.to_owned(), "1".to_owned()));
    let target: Vec<String> = target.map(str::to_owned).into_iter().collect();
    let page = RepostPage { layout: bare_layout(), action: path.to_owned(), fields };
    reply::page(&page, StatusCode::OK, (&target, Jar::default()))
}

fn sealed_state(parameters: &Parameters) -> &str {
    parameters.get("state").or_else(|| parameters.get("RelayState")).unwrap_or_default()
}

async fn welcome(cx: Data<Cx>, http: HttpRequest, parameters: Parameters) -> HttpResponse {
    let Some(state) = federated::open_state(&cx, sealed_state(&parameters)) else {
        return unsolicited(cx, http, parameters).await;
    };
    let start_again = format!("/oauth2/authorize?{}", state.query);
    if state.expires_at <= cx.now() {
        return late(&start_again);
    }
    let cookie = cookies::value(cx.config.is_https(), &http, &state.cookie_name());
    let Some(waiting) = cookie.and_then(|cookie| federated::open_waiting(&cx, &state, &cookie)) else {
        return late(&start_again);
    };
    let request = match checks::check(&cx, site::pool(&http).as_ref(), &state.query).await {
        Ok(request) => request,
        Err(refusal) => return opened::refused(refusal),
    };
    let mut opened = Opened::of(cx, http, request);
    opened.drop_cookie(&state.cookie_name());
    let provider = opened.client().providers().find(|provider| provider.name == state.provider).cloned();
    let Some(provider) = provider else { return opened.show_error(error::Kind::Failure) };
    finish(opened, (&provider, Some((state, waiting.pending)), &parameters)).await
}

/// A SAML provider may start a sign-in by itself where its settings allow it; the relay state then says for whom.
async fn unsolicited(cx: Data<Cx>, http: HttpRequest, parameters: Parameters) -> HttpResponse {
    let query = parameters.get("RelayState").filter(|_| http.path() == "/saml2/idpresponse").map(str::to_owned);
    let Some(query) = query.filter(|query| query.contains("client_id=")) else {
        return error_page(error::Kind::UnknownJourney);
    };
    let request = match checks::check(&cx, site::pool(&http).as_ref(), &query).await {
        Ok(request) => request,
        Err(refusal) => return opened::refused(refusal),
    };
    let provider = provider_of(&request).filter(|provider| provider.is_set("IDPInit"));
    let provider = provider.filter(|_| request.client.takes_unsolicited());
    let opened = Opened::of(cx, http, request);
    match provider {
        Some(provider) => finish(opened, (&provider, None, &parameters)).await,
        None => opened.show_error(error::Kind::UnknownJourney),
    }
}

type Journey = Option<(State, crate::federation::Pending)>;

async fn finish(opened: Opened, (provider, journey, parameters): (&Provider, Journey, &Parameters)) -> HttpResponse {
    let named = parameters.pairs().map(|(name, value)| (name.to_owned(), value.to_owned()));
    let arrival = Arrival { parameters: named.collect::<BTreeMap<_, _>>() };
    let base = site::base(&opened.cx, &opened.http);
    let arriving = Arriving {
        base: &base,
        client: opened.client(),
        provider,
        journey: journey.as_ref().map(|(state, _)| (state.id.clone(), state.expires_at)),
        pending: journey.as_ref().map(|(_, pending)| pending),
        arrival: &arrival,
    };
    match federated::arrive(&opened.cx, arriving).await {
        Ok(authenticated) => authorize::conclude(opened, Who::Fresh(authenticated)).await,
        Err(fault) => refuse(opened, fault).await,
    }
}

/// Tells the app by a redirect, or the person where no app waits, and the log why.
async fn refuse(opened: Opened, fault: Fault) -> HttpResponse {
    match fault {
        Fault::Internal(fault) => opened.fail(&fault),
        Fault::Federation(FederationFault { code, description, cause }) => {
            tracing::warn!(client = %opened.client().client.id, code, %description, %cause, "a sign-in at a provider failed");
            if opened.request.response_type == ResponseType::Account {
                return login::refuse(opened, ("", &Error::NotAuthorized(description.into()))).await;
            }
            let mut pairs = vec![("error_description", description.as_str()), ("error", code)];
            pairs.extend(opened.request.state.as_deref().map(|state| ("state", state)));
            let location = append(&opened.request.redirect_uri, '?', &pairs);
            match opened.request.refuse_at(location) {
                Refusal::Redirect(location) => opened.go(&location),
                refusal => opened::refused(refusal),
            }
        }
    }
}

fn provider_of(request: &AuthorizeRequest) -> Option<Provider> {
    let name = request.identity_provider.as_deref()?;
    request.client.providers().find(|provider| provider.name == name).cloned()
}

/// Too late, or another browser: nothing is lost but the journey, and it can begin again.
fn late(start_again: &str) -> HttpResponse {
    let view = error::view(error::Kind::LateJourney, bare_layout(), Some(start_again.to_owned()));
    reply::page(&view, error::Kind::LateJourney.status(), (&[], Jar::default()))
}
