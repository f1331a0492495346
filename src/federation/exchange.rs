//! Owns the back channel: reading the code that came back, swapping it for tokens (RFC 6749 §4.1.3), and asking for
//! claims with them. It must not know what an ID token says, nor which claims a provider has.

use std::collections::BTreeMap;

use ::oauth2::basic::{
    BasicErrorResponse, BasicRevocationErrorResponse, BasicTokenIntrospectionResponse, BasicTokenType,
};
use ::oauth2::{
    AuthType, AuthorizationCode, Client, ClientId, ClientSecret, ExtraTokenFields, HttpRequest, HttpResponse,
    PkceCodeVerifier, RedirectUrl, RequestTokenError, StandardRevocableToken, StandardTokenResponse,
    TokenResponse as _, TokenUrl,
};
use reqwest::{Method, RequestBuilder};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::caches::with_causes;
use super::{Arrival, FederationFault, Finish};
use crate::domain::provider::{Provider, ProviderType};
use crate::http::{Http, HttpError};

/// The longest part of a foreign message that is shown on, in characters.
const LONGEST_QUOTE: usize = 200;

/// The names under which a provider's own tokens can be mapped.
pub(super) const TOKEN_CLAIMS: [&str; 3] = ["access_token", "id_token", "refresh_token"];

/// How a code is swapped at one provider.
pub(super) struct TokenEndpoint<'a> {
    pub url: &'a str,
    pub secret: Option<SecretString>,
    /// Whether the secret travels in the Authorization header instead of the form (RFC 6749 §2.3.1).
    pub is_basic: bool,
}

/// What a provider gave for the code.
pub(super) struct Tokens {
    pub access: SecretString,
    pub refresh: Option<SecretString>,
    pub id: Option<SecretString>,
}

impl Tokens {
    /// The tokens as mappings name them.
    pub fn by_claim(self) -> BTreeMap<String, SecretString> {
        let tokens = TOKEN_CLAIMS.into_iter().zip([Some(self.access), self.id, self.refresh]);
        tokens.filter_map(|(claim, token)| Some((claim.to_owned(), token?))).collect()
    }
}

type TokenClient = Client<
    BasicErrorResponse,
    StandardTokenResponse<IdTokenField, BasicTokenType>,
    BasicTokenIntrospectionResponse,
    StandardRevocableToken,
    BasicRevocationErrorResponse,
>;

/// The ID token as it came: it is for [`super::id_token`] to say what is wrong with it.
#[derive(Debug, Deserialize, Serialize)]
struct IdTokenField {
    id_token: Option<String>,
}

impl ExtraTokenFields for IdTokenField {}

#[derive(Debug, thiserror::Error)]
enum Upstream {
    #[error("answered {0} {1}")]
    Status(u16, String),
    #[error("{}", with_causes(.0))]
    Http(#[from] HttpError),
}

/// The code that the browser brought back.
///
/// # Errors
/// When the provider says that the person refused, or that something went wrong; Facebook has a shape of its own for
/// the latter.
pub(super) fn granted_code<'a>(provider: &Provider, arrival: &'a Arrival) -> Result<&'a str, FederationFault> {
    let error = arrival.get("error").or_else(|| arrival.get("error_code"));
    let Some(error) = error else {
        let description = format!("{} Error - no authorization code", provider.name);
        return arrival.get("code").ok_or_else(|| FederationFault::invalid(description, "neither code nor error"));
    };
    let text = arrival.get("error_description").or_else(|| arrival.get("error_message")).unwrap_or_default();
    let cause = quoted(&format!("{error} {text}"));
    let is_denial = matches!(error, "access_denied" | "user_cancelled_authorize" | "user_cancelled_login")
        || arrival.get("error_reason") == Some("user_denied");
    if is_denial {
        return Err(FederationFault { code: "access_denied", description: "User denied".to_owned(), cause });
    }
    Err(FederationFault::invalid(format!("{} Error - {cause}", provider.name), &cause))
}

/// Swaps `code` for tokens.
///
/// # Errors
/// With Cognito's texts for a token endpoint that refuses, is silent, or talks nonsense.
pub(super) async fn exchange(
    http: &Http,
    finish: &Finish<'_>,
    endpoint: TokenEndpoint<'_>,
    code: &str,
) -> Result<Tokens, FederationFault> {
    let provider = finish.provider;
    let unusable = |error| FederationFault::invalid(format!("{} Error - unusable address", provider.name), error);
    let auth_type = if endpoint.is_basic { AuthType::BasicAuth } else { AuthType::RequestBody };
    let mut client = TokenClient::new(ClientId::new(required(provider, "client_id")?.to_owned()))
        .set_auth_type(auth_type)
        .set_redirect_uri(RedirectUrl::new(finish.callback.to_owned()).map_err(unusable)?)
        .set_token_uri(TokenUrl::new(endpoint.url.to_owned()).map_err(unusable)?);
    if let Some(secret) = &endpoint.secret {
        client = client.set_client_secret(ClientSecret::new(secret.expose_secret().to_owned()));
    }
    let is_get = provider.detail("token_request_method") == Some("GET");
    let send = |request| send(http.clone(), request, is_get);
    let mut request = client.exchange_code(AuthorizationCode::new(code.to_owned()));
    if let Some(verifier) = finish.pending.and_then(|pending| pending.code_verifier.clone()) {
        request = request.set_pkce_verifier(PkceCodeVerifier::new(verifier));
    }
    let answer = request.request_async(&send).await.map_err(|error| token_fault(provider, error))?;
    Ok(Tokens {
        access: answer.access_token().secret().clone().into(),
        refresh: answer.refresh_token().map(|token| token.secret().clone().into()),
        id: answer.extra_fields().id_token.clone().map(Into::into),
    })
}

/// The JSON object that answers `request`.
///
/// # Errors
/// When there is no such answer.
pub(super) async fn claims(
    http: &Http,
    provider: &Provider,
    request: RequestBuilder,
) -> Result<Map<String, Value>, FederationFault> {
    let answer = http.send(request.header("Accept", "application/json")).await.map_err(|error| unreachable(&error))?;
    let fault = |cause: String| {
        let description = format!("{} Error - {} error getting attributes", provider.name, answer.status);
        FederationFault::invalid(description, cause)
    };
    if answer.status != 200 {
        return Err(fault(format!("answered {} {}", answer.status, error_code(&answer.body))));
    }
    serde_json::from_slice(&answer.body).map_err(|error| fault(format!("the answer is not a JSON object: {error}")))
}

/// A setting that a sign-in cannot do without.
///
/// # Errors
/// When it is missing.
pub(super) fn required<'a>(provider: &'a Provider, name: &str) -> Result<&'a str, FederationFault> {
    provider.detail(name).ok_or_else(|| {
        FederationFault::invalid(format!("{} Error - {name} is not set", provider.name), "incomplete ProviderDetails")
    })
}

/// A provider that could not be asked.
pub(super) fn unreachable(error: &HttpError) -> FederationFault {
    let description = if error.is_timeout() { "Read timed out" } else { "Connection reset" };
    FederationFault::invalid(description, with_causes(error))
}

/// Foreign text, cut and without control characters.
pub(super) fn quoted(text: &str) -> String {
    text.trim().chars().filter(|letter| !letter.is_control()).take(LONGEST_QUOTE).collect()
}

/// Sends a request of the library. Any status but 200 becomes an error here, while it is still known. Facebook takes
/// its parameters by GET.
async fn send(http: Http, request: HttpRequest, is_get: bool) -> Result<HttpResponse, Upstream> {
    let (parts, body) = request.into_parts();
    let mut url = parts.uri.to_string();
    let request = if is_get {
        url.push(if url.contains('?') { '&' } else { '?' });
        url.push_str(&String::from_utf8_lossy(&body));
        http.request(Method::GET, &url).header("Accept", "application/json")
    } else {
        http.request(parts.method, &url).headers(parts.headers).body(body)
    };
    let answer = http.send(request).await?;
    if answer.status != 200 {
        return Err(Upstream::Status(answer.status, error_code(&answer.body)));
    }
    let mut response = HttpResponse::new(answer.body);
    *response.headers_mut() = answer.headers;
    Ok(response)
}

fn token_fault(provider: &Provider, error: RequestTokenError<Upstream, BasicErrorResponse>) -> FederationFault {
    let (status, cause) = match error {
        RequestTokenError::Request(Upstream::Http(error)) if error.is_timeout() => {
            return FederationFault::invalid("Timeout occurred in calling IdP token endpoint", with_causes(&error));
        }
        RequestTokenError::Request(Upstream::Http(error)) => return unreachable(&error),
        RequestTokenError::Request(Upstream::Status(status, code)) => (status, code),
        RequestTokenError::ServerResponse(response) => (200, response.to_string()),
        // The parser's own message could quote a token.
        RequestTokenError::Parse(error, _) => (200, format!("the answer cannot be read at {}", error.path())),
        RequestTokenError::Other(text) => (200, text),
    };
    let is_coded = provider.provider_type == ProviderType::Google && !cause.is_empty() && status != 200;
    let what = if is_coded { &cause } else { "error getting token" };
    FederationFault::invalid(format!("{} Error - {status} {what}", provider.name), format!("token endpoint: {cause}"))
}

/// The code of an error answer: a text (RFC 6749 §5.2), or a member of an object as Facebook has it.
fn error_code(body: &[u8]) -> String {
    let answer: Value = serde_json::from_slice(body).unwrap_or_default();
    let code = match &answer["error"] {
        Value::Object(error) => error.get("code").or_else(|| error.get("type")).map(ToString::to_string),
        Value::String(code) => Some(code.clone()),
        _ => None,
    };
    quoted(&code.unwrap_or_default())
}
