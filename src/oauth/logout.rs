//! Owns where a sign-out leads: a registered logout URL, back to sign-in with a registered callback URL, or, beyond
//! Cognito, OpenID Connect's `post_logout_redirect_uri` with an ID token as hint (RP-Initiated Logout 1.0 §2).

use std::sync::Arc;

use serde::Deserialize;

use super::checks::PageFault;
use super::parameters::{Parameters, append};
use crate::crypto::jwt;
use crate::cx::{ClientEntry, Cx};
use crate::domain::ids::PoolId;
use crate::error::Error;
use crate::store::signing_keys::KeyPurpose;

/// Where the browser goes after sign-out, and whose session ends.
pub struct Departure {
    /// The client, and with it the pool whose session ends.
    pub client: Arc<ClientEntry>,
    /// The redirect.
    pub location: String,
    /// The sign-out once more, where the browser is not sent on but offered the way: nobody vouches for the client.
    pub offered_at: Option<String>,
}

/// Why a sign-out is not served.
#[derive(Debug)]
pub enum LogoutRefusal {
    /// A page names the faulty parameter.
    Page(PageFault),
    /// Our fault.
    Failure(Error),
}

#[derive(Deserialize)]
struct HintClaims {
    aud: String,
    iss: String,
    token_use: String,
}

/// Decides where a sign-out leads; `site` is the pool whose own domain the request came to.
///
/// # Errors
/// A page that names the faulty parameter.
pub async fn check(cx: &Cx, site: Option<&PoolId>, query: &str) -> Result<Departure, LogoutRefusal> {
    let parameters = Parameters::parse(query).map_err(|fault| page("invalid_request", Some(fault.name()), None))?;
    let client = client(cx, site, &parameters).await?;
    let settings = &client.client.settings;
    let mismatch = |name: &str| page("redirect_mismatch", Some(name), Some(client.client.id.to_string()));
    let is_logout_url = |target: &&str| settings.logout_urls.iter().any(|known| known == target);
    for name in ["logout_uri", "post_logout_redirect_uri"] {
        if let Some(target) = parameters.get(name) {
            let target = Some(target).filter(is_logout_url).ok_or_else(|| mismatch(name))?;
            let state = parameters.get("state").filter(|_| name == "post_logout_redirect_uri");
            let location = state.map_or_else(|| target.to_owned(), |state| append(target, '?', &[("state", state)]));
            return Ok(Departure { location, offered_at: offered_at(&client, &parameters), client });
        }
    }
    let missing = || {
        page(
            "Required String parameter 'redirect_uri' is not present",
            Some("redirect_uri"),
            Some(client.client.id.to_string()),
        )
    };
    let target = parameters.get("redirect_uri").ok_or_else(missing)?;
    if !settings.callback_urls.iter().any(|known| known == target) {
        return Err(mismatch("redirect_uri"));
    }
    let mut location = format!("/login?{}", parameters.to_query(&["id_token_hint"]));
    if parameters.get("scope").is_none() {
        location = append(&location, '?', &[("scope", &settings.oauth_scopes.join(" "))]);
    }
    Ok(Departure { location, offered_at: None, client })
}

fn offered_at(client: &ClientEntry, parameters: &Parameters) -> Option<String> {
    let query = parameters.to_query(&["client_id", "id_token_hint"]);
    let id = client.client.id.as_str();
    client.client.needs_consent().then(|| append(&format!("/logout?{query}"), '?', &[("client_id", id)]))
}

fn page(error: &'static str, parameter: Option<&str>, client_id: Option<String>) -> LogoutRefusal {
    LogoutRefusal::Page(PageFault { error, parameter: parameter.map(str::to_owned), client_id })
}

async fn client(cx: &Cx, site: Option<&PoolId>, parameters: &Parameters) -> Result<Arc<ClientEntry>, LogoutRefusal> {
    let unknown = |name: &str| page("Client does not exist", Some(name), None);
    let (id, name) = match (parameters.get("client_id"), parameters.get("id_token_hint")) {
        (Some(id), _) => (id.to_owned(), "client_id"),
        (None, Some(hint)) => (claimed_audience(hint).ok_or_else(|| unknown("id_token_hint"))?, "id_token_hint"),
        (None, None) => return Err(page("Required parameters missing", Some("client_id"), None)),
    };
    let client = cx.client(&id).await.map_err(|fault| match fault {
        Error::NotFound(_) => unknown(name),
        other => LogoutRefusal::Failure(other),
    })?;
    if site.is_some_and(|site| site != client.pool_id()) {
        return Err(unknown(name));
    }
    match parameters.get("id_token_hint") {
        Some(hint) if !is_own_id_token(&client, hint) => Err(unknown("id_token_hint")),
        _ => Ok(client),
    }
}

/// An expired ID token is a good hint too (RP-Initiated Logout 1.0 §4), so only key, issuer and audience count.
fn is_own_id_token(client: &ClientEntry, hint: &str) -> bool {
    let key = jwt::peek_kid(hint).and_then(|kid| client.pool.keys.verifying(&kid, KeyPurpose::Id));
    let claims: Option<HintClaims> = key.and_then(|key| jwt::verify(hint, key).ok());
    claims.is_some_and(|claims| {
        claims.aud == client.client.id.as_str() && claims.iss == client.pool.issuer && claims.token_use == "id"
    })
}

fn claimed_audience(hint: &str) -> Option<String> {
    jwt::peek_claims::<HintClaims>(hint).map(|claims| claims.aud)
}
