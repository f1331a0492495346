//! Owns signing in by plain OAuth 2.0: Facebook and Login with Amazon. There is no ID token; who somebody is comes
//! from a request with the access token, so what matters is that this token was issued to us. It must not know how a
//! code is swapped.

use ::oauth2::basic::BasicClient;
use ::oauth2::{AuthUrl, ClientId, CsrfToken, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, Scope};
use reqwest::{Method, RequestBuilder};
use secrecy::ExposeSecret as _;
use serde_json::{Map, Value};
use url::Url;

use super::exchange::{self, TokenEndpoint, Tokens, required};
use super::mapping::all_flattened;
use super::{Departure, ExternalIdentity, FederationFault, Finish, Pending, Start, id_token, presets};
use crate::crypto::digest;
use crate::domain::provider::{Provider, ProviderType};
use crate::outside::Outside;

/// Neither provider verifies addresses, whatever an answer may say.
const NEVER_BELIEVED: [&str; 2] = ["email_verified", "phone_number_verified"];

/// The authorization request (RFC 6749 §4.1.1).
pub(super) fn begin(outside: &Outside, start: Start<'_>) -> Result<(Departure, Pending), FederationFault> {
    let provider = start.provider;
    let unusable = |error| FederationFault::invalid(format!("{} Error - unusable address", provider.name), error);
    let address = address(outside, provider, "authorize_url")?;
    let client = BasicClient::new(ClientId::new(required(provider, "client_id")?.to_owned()))
        .set_auth_uri(AuthUrl::from_url(address))
        .set_redirect_uri(RedirectUrl::new(start.callback.to_owned()).map_err(unusable)?);
    // Facebook separates scopes by commas; people write both.
    let separator = if provider.provider_type == ProviderType::Facebook { "," } else { " " };
    let scopes = required(provider, "authorize_scopes")?.split([',', ' ']).filter(|scope| !scope.is_empty());
    let scopes = Scope::new(scopes.collect::<Vec<_>>().join(separator));
    let mut request = client.authorize_url(|| CsrfToken::new(start.state.to_owned())).add_scope(scopes);
    let code_verifier = presets::has_pkce(provider.provider_type).then(|| outside.random.token());
    if let Some(verifier) = &code_verifier {
        let challenge = PkceCodeChallenge::from_code_verifier_sha256(&PkceCodeVerifier::new(verifier.clone()));
        request = request.set_pkce_challenge(challenge);
    }
    let pending = Pending { nonce: super::nonce(outside, &start), code_verifier, request_id: None };
    Ok((Departure::Redirect(request.url().0.into()), pending))
}

/// From the code that came back to somebody whom the provider vouches for.
pub(super) async fn finish(outside: &Outside, finish: Finish<'_>) -> Result<ExternalIdentity, FederationFault> {
    let provider = finish.provider;
    let code = exchange::granted_code(provider, finish.arrival)?;
    if finish.pending.is_none() {
        let description = format!("{} Error - no pending sign-in", provider.name);
        return Err(FederationFault::invalid(description, "missing"));
    }
    let url = address(outside, provider, "token_url")?;
    let endpoint = TokenEndpoint { url: url.as_str(), secret: provider.secret.clone(), is_basic: false };
    let tokens = exchange::exchange(&outside.http, &finish, endpoint, code).await?;
    let mut claims = match provider.provider_type {
        ProviderType::Facebook => {
            exchange::claims(&outside.http, provider, facebook(outside, provider, &tokens)?).await?
        }
        _ => amazon(outside, provider, &tokens).await?,
    };
    let description = || format!("{} Error - the attributes name nobody", provider.name);
    let subject = id_token::subject(&claims, presets::username_claim(provider.provider_type))
        .ok_or_else(|| FederationFault::invalid(description(), "the id is missing or not text"))?;
    claims.retain(|name, _| !NEVER_BELIEVED.contains(&name.as_str()));
    let (claims, issuer) = (all_flattened(claims), None);
    Ok(ExternalIdentity { subject, claims, issuer, tokens: tokens.by_claim(), replay: None, session: None })
}

/// The request for the mapped fields. `appsecret_proof` shows that the token is used by the app that got it (Facebook,
/// "Securing Graph API requests").
fn facebook(outside: &Outside, provider: &Provider, tokens: &Tokens) -> Result<RequestBuilder, FederationFault> {
    let mut url = address(outside, provider, "attributes_url")?;
    if provider.is_set("attributes_url_add_attributes") {
        let mut fields = super::mapped_claims(provider, &["id"]);
        fields.insert(0, "id");
        super::set_parameter(&mut url, "fields", &fields.join(","));
    }
    let access = tokens.access.expose_secret();
    if let Some(secret) = &provider.secret {
        let proof = digest::hmac_sha256(secret.expose_secret().as_bytes(), access.as_bytes());
        super::set_parameter(&mut url, "appsecret_proof", &digest::hex(&proof));
    }
    Ok(outside.http.request(Method::GET, url.as_str()).bearer_auth(access))
}

/// The profile, once the token is known to be issued to us: otherwise another site could hand us the token of one of
/// its own visitors (Login with Amazon, "Verify the access token").
async fn amazon(
    outside: &Outside,
    provider: &Provider,
    tokens: &Tokens,
) -> Result<Map<String, Value>, FederationFault> {
    let access = tokens.access.expose_secret();
    let mut url = match provider.detail("tokeninfo_url") {
        Some(_) => address(outside, provider, "tokeninfo_url")?,
        None => {
            let mut url = address(outside, provider, "token_url")?;
            url.set_path("/auth/o2/tokeninfo");
            url.set_query(None);
            url
        }
    };
    super::set_parameter(&mut url, "access_token", access);
    let request = outside.http.request(Method::GET, url.as_str());
    let info = exchange::claims(&outside.http, provider, request).await?;
    if info.get("aud").and_then(Value::as_str) != Some(required(provider, "client_id")?) {
        let description = format!("{} Error - the token was issued to another client", provider.name);
        return Err(FederationFault::invalid(description, "aud of tokeninfo"));
    }
    let url = address(outside, provider, "attributes_url")?;
    let request = outside.http.request(Method::GET, url.as_str()).bearer_auth(access);
    let profile = exchange::claims(&outside.http, provider, request).await?;
    if info.get("user_id").is_some_and(|id| profile.get("user_id") != Some(id)) {
        let description = format!("{} Error - the attributes are somebody else's", provider.name);
        return Err(FederationFault::invalid(description, "user_id of the profile differs from tokeninfo's"));
    }
    Ok(profile)
}

fn address(outside: &Outside, provider: &Provider, name: &str) -> Result<Url, FederationFault> {
    let description = || format!("{} Error - {name} is not a permitted address", provider.name);
    let url = Url::parse(required(provider, name)?).map_err(|error| FederationFault::invalid(description(), error))?;
    outside.http.permits(&url).map_err(|error| FederationFault::invalid(description(), error))?;
    Ok(url)
}
