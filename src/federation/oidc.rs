//! Owns signing in by OpenID Connect: Google, Apple and any other provider. The request out, the way from a code to
//! verified claims, and how ID token and userInfo become one. It must not know how a code is swapped, nor what makes
//! an ID token believable.

use openidconnect::core::{CoreAuthPrompt, CoreAuthenticationFlow, CoreClient};
use openidconnect::{
    AuthUrl, ClientId, CsrfToken, IssuerUrl, JsonWebKeySet, LoginHint, Nonce, PkceCodeChallenge, PkceCodeVerifier,
    RedirectUrl, Scope,
};
use reqwest::Method;
use secrecy::ExposeSecret as _;
use serde_json::{Map, Value};

use super::caches::{CacheFault, Caches, Source};
use super::discovery::{Endpoints, endpoints};
use super::exchange::{self, TokenEndpoint, Tokens, required};
use super::id_token::{self, Distrust, Expected};
use super::mapping::all_flattened;
use super::{Departure, ExternalIdentity, FederationFault, Finish, Pending, Start, acr, apple};
use crate::domain::provider::{Provider, ProviderType};
use crate::outside::Outside;

/// For how many seconds a key set is taken as unchanged; a key that is missing in it is looked for sooner.
const KEYS_FRESH: i64 = 600;

/// Claims of an ID token that speak of the token; userInfo has no say in them.
const OF_THE_TOKEN: [&str; 13] =
    ["sub", "iss", "aud", "azp", "exp", "iat", "nbf", "nonce", "jti", "at_hash", "c_hash", "auth_time", "acr"];
/// A value and the claim that says whether it was verified: they must come from the same place.
const VERIFIED: [(&str, &str); 2] = [("email", "email_verified"), ("phone_number", "phone_number_verified")];
/// What Google's ID token says; other mapped claims are asked for at its People API.
const OF_GOOGLE: [&str; 10] =
    ["sub", "email", "email_verified", "name", "given_name", "family_name", "picture", "locale", "hd", "profile"];

/// The authentication request (OpenID Connect Core 1.0 §3.1.2.1).
pub(super) async fn begin(
    outside: &Outside,
    caches: &Caches,
    start: Start<'_>,
) -> Result<(Departure, Pending), FederationFault> {
    let provider = start.provider;
    let endpoints = endpoints(outside, caches, provider).await?;
    let unusable = |error| FederationFault::invalid(format!("{} Error - unusable address", provider.name), error);
    let client = CoreClient::new(
        ClientId::new(required(provider, "client_id")?.to_owned()),
        IssuerUrl::new(required(provider, "oidc_issuer")?.to_owned()).map_err(unusable)?,
        JsonWebKeySet::default(),
    )
    .set_auth_uri(AuthUrl::from_url(endpoints.authorize))
    .set_redirect_uri(RedirectUrl::new(start.callback.to_owned()).map_err(unusable)?);
    let nonce = super::nonce(outside, &start);
    let scopes = required(provider, "authorize_scopes")?.split_whitespace().filter(|scope| *scope != "openid");
    let (state, sent_nonce) = (CsrfToken::new(start.state.to_owned()), Nonce::new(nonce.clone()));
    let mut request = client
        .authorize_url(CoreAuthenticationFlow::AuthorizationCode, || state, || sent_nonce)
        .add_scopes(scopes.map(|scope| Scope::new(scope.to_owned())));
    let code_verifier = endpoints.has_pkce.then(|| outside.random.token());
    if let Some(verifier) = &code_verifier {
        let challenge = PkceCodeChallenge::from_code_verifier_sha256(&PkceCodeVerifier::new(verifier.clone()));
        request = request.set_pkce_challenge(challenge);
    }
    if provider.provider_type == ProviderType::SignInWithApple {
        request = request.add_extra_param("response_mode", "form_post");
    } else {
        let prompts = start.prompt.unwrap_or_default().split_whitespace().filter(|prompt| *prompt != "none");
        for prompt in prompts {
            request = request.add_prompt(CoreAuthPrompt::Extension(prompt.to_owned()));
        }
        let levels = start.acr_values.and_then(|asked| acr::to_provider(&provider.acr_mapping, asked));
        if let Some(levels) = levels {
            request = request.add_extra_param("acr_values", levels);
        }
        if let Some(hint) = start.login_hint.filter(|hint| !hint.is_empty()) {
            request = request.set_login_hint(LoginHint::new(hint.to_owned()));
        }
    }
    let address = request.url().0.into();
    Ok((Departure::Redirect(address), Pending { nonce, code_verifier, request_id: None }))
}

/// From the code that came back to somebody whom the provider vouches for.
pub(super) async fn finish(
    outside: &Outside,
    caches: &Caches,
    finish: Finish<'_>,
) -> Result<ExternalIdentity, FederationFault> {
    let provider = finish.provider;
    check_issuer_of_answer(&finish)?;
    let code = exchange::granted_code(provider, finish.arrival)?;
    let endpoints = endpoints(outside, caches, provider).await?;
    let secret = match provider.provider_type {
        ProviderType::SignInWithApple => Some(apple::client_secret(provider, outside.clock.now())?),
        _ => provider.secret.clone(),
    };
    let token = TokenEndpoint { url: endpoints.token.as_str(), secret, is_basic: endpoints.is_basic };
    let tokens = exchange::exchange(&outside.http, &finish, token, code).await?;
    let of_token = verified(outside, caches, (&finish, &endpoints), &tokens).await?;
    let subject = id_token::subject(&of_token, "sub").unwrap_or_default();
    let of_user = user_info(outside, provider, &endpoints, (&tokens, &subject)).await?;
    let mut claims = all_flattened(merged(of_token, of_user));
    if provider.provider_type == ProviderType::SignInWithApple {
        for (claim, name) in apple::names(finish.arrival) {
            claims.entry(claim).or_insert(name);
        }
    }
    let level = acr::from_provider(&provider.acr_mapping, claims.get("acr").map(String::as_str));
    claims.extend(level.map(|level| ("acr".to_owned(), level)));
    let issuer = None;
    Ok(ExternalIdentity { subject, claims, issuer, tokens: tokens.by_claim(), replay: None, session: None })
}

/// A provider that names itself in its answer must be the one that was asked (RFC 9207 §2.4).
fn check_issuer_of_answer(finish: &Finish<'_>) -> Result<(), FederationFault> {
    let (provider, issuer) = (finish.provider, required(finish.provider, "oidc_issuer")?);
    match finish.arrival.get("iss") {
        Some(named) if !id_token::is_issuer(named, issuer, is_google(provider)) => {
            let description = format!("{} Error - the answer is another issuer's", provider.name);
            Err(FederationFault::invalid(description, exchange::quoted(named)))
        }
        _ => Ok(()),
    }
}

async fn verified(
    outside: &Outside,
    caches: &Caches,
    (finish, endpoints): (&Finish<'_>, &Endpoints),
    tokens: &Tokens,
) -> Result<Map<String, Value>, FederationFault> {
    let provider = finish.provider;
    let missing = |what: &str| FederationFault::invalid(format!("{} Error - no {what}", provider.name), "missing");
    let token = tokens.id.as_ref().ok_or_else(|| missing("id_token"))?.expose_secret();
    let pending = finish.pending.ok_or_else(|| missing("pending sign-in"))?;
    let expected = Expected {
        issuer: required(provider, "oidc_issuer")?,
        may_lack_scheme: is_google(provider),
        client_id: required(provider, "client_id")?,
        nonce: &pending.nonce,
        now: outside.clock.now(),
        algorithm: provider.detail("id_token_signed_response_alg"),
        secret: provider.secret.as_ref(),
    };
    let source = Source { url: endpoints.jwks.as_str(), fresh_for: KEYS_FRESH };
    let keys = caches.document(outside, source, id_token::keys).await.map_err(|fault| keys_fault(provider, fault))?;
    let mut outcome = id_token::verify(token, &keys, &expected);
    if outcome == Err(Distrust::UnknownKey) {
        match caches.newer(outside, source, id_token::keys).await {
            Ok(keys) => outcome = id_token::verify(token, &keys, &expected),
            Err(fault) => tracing::debug!(%fault, "no newer keys"),
        }
    }
    outcome.map_err(|distrust| FederationFault::invalid(distrust.to_string(), format!("{distrust:?}")))
}

fn keys_fault(provider: &Provider, fault: CacheFault) -> FederationFault {
    let description = match &fault {
        CacheFault::Timeout(_) => "Timeout in calling jwks uri".to_owned(),
        _ => format!("{} Error - no usable keys at the jwks uri", provider.name),
    };
    FederationFault::invalid(description, fault)
}

/// The claims of the userInfo endpoint (OpenID Connect Core 1.0 §5.3), if there is one. Its `sub` must be the ID
/// token's (§5.3.2); Google's People API has the same value in `resourceName`.
async fn user_info(
    outside: &Outside,
    provider: &Provider,
    endpoints: &Endpoints,
    (tokens, subject): (&Tokens, &str),
) -> Result<Map<String, Value>, FederationFault> {
    let Some(url) = &endpoints.user_info else { return Ok(Map::new()) };
    let mut url = url.clone();
    let is_people = provider.is_set("attributes_url_add_attributes");
    if is_people {
        let fields = super::mapped_claims(provider, &[&OF_GOOGLE[..], &OF_THE_TOKEN[..]].concat());
        if fields.is_empty() {
            return Ok(Map::new());
        }
        super::set_parameter(&mut url, "personFields", &fields.join(","));
    }
    let method = if provider.detail("attributes_request_method") == Some("POST") { Method::POST } else { Method::GET };
    let request = outside.http.request(method, url.as_str()).bearer_auth(tokens.access.expose_secret());
    let claims = exchange::claims(&outside.http, provider, request).await?;
    let named = match claims.get("resourceName").and_then(Value::as_str).filter(|_| is_people) {
        Some(resource) => resource.strip_prefix("people/").map(ToOwned::to_owned),
        None => id_token::subject(&claims, "sub"),
    };
    if named.as_deref() != Some(subject) {
        let description = format!("{} Error - the attributes are somebody else's", provider.name);
        return Err(FederationFault::invalid(description, "sub of userInfo differs from the ID token's"));
    }
    Ok(claims)
}

/// The claims of both; where they differ, the signed ones count.
fn merged(of_token: Map<String, Value>, mut of_user: Map<String, Value>) -> Map<String, Value> {
    of_user.retain(|name, _| !OF_THE_TOKEN.contains(&name.as_str()));
    let mut of_token = of_token;
    for (value, verified) in VERIFIED {
        match (of_token.get(value), of_user.get(value)) {
            (Some(signed), other) if other != Some(signed) => drop(of_user.remove(verified)),
            (None, Some(_)) => drop(of_token.remove(verified)),
            _ => {}
        }
    }
    of_user.extend(of_token);
    of_user
}

fn is_google(provider: &Provider) -> bool {
    provider.provider_type == ProviderType::Google
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn object(value: Value) -> Map<String, Value> {
        let Value::Object(object) = value else { panic!("not an object: {value}") };
        object
    }

    #[test]
    fn the_signed_claims_count_and_the_others_are_added() {
        let of_token = json!({"sub": "1", "iss": "i", "name": "Ada"});
        let of_user = json!({"sub": "1", "iss": "other", "nonce": "other", "name": "Eve", "locale": "en"});
        let both = merged(object(of_token), object(of_user));
        assert_eq!(Value::Object(both), json!({"sub": "1", "iss": "i", "name": "Ada", "locale": "en"}));
    }

    #[test]
    fn an_address_is_verified_only_by_whoever_named_it() {
        for (of_token, of_user, expected) in [
            (
                json!({"email": "a", "email_verified": true}),
                json!({"email": "b"}),
                json!({"email": "a", "email_verified": true}),
            ),
            (json!({"email": "a"}), json!({"email": "b", "email_verified": true}), json!({"email": "a"})),
            (json!({"email": "a"}), json!({"email_verified": true}), json!({"email": "a"})),
            (json!({"email_verified": true}), json!({"email": "b"}), json!({"email": "b"})),
            (
                json!({"email": "a"}),
                json!({"email": "a", "email_verified": true}),
                json!({"email": "a", "email_verified": true}),
            ),
        ] {
            assert_eq!(Value::Object(merged(object(of_token), object(of_user))), expected);
        }
    }
}
