//! Owns the checks of an authorization request: an ordered list, the same for `/oauth2/authorize`, `/login` and every
//! page between. Until client and redirect target are proven a refusal is a page; only afterwards can it be a
//! redirect, and the types see to that.

use std::sync::Arc;

use super::parameters::{Parameters, append};
use crate::cx::{ClientEntry, Cx};
use crate::domain::client::OAuthFlow;
use crate::domain::ids::PoolId;
use crate::domain::scope::{self, OPENID};
use crate::error::{Error, OAuthFault};

/// What the app wants back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResponseType {
    /// An authorization code.
    Code,
    /// Tokens in the fragment (implicit).
    Token,
    /// Nothing: the person goes on to their account page (beyond Cognito).
    Account,
}

/// The `response_type` of a request that leads to the account page.
const ACCOUNT: &str = "account";

/// An authorization request that passed every check.
#[derive(Clone)]
pub struct AuthorizeRequest {
    /// The client and its pool.
    pub client: Arc<ClientEntry>,
    /// What the app wants back.
    pub response_type: ResponseType,
    /// A registered callback URL.
    pub redirect_uri: String,
    /// Echoed as it came.
    pub state: Option<String>,
    /// Granted scopes.
    pub scopes: Vec<String>,
    /// For the ID token.
    pub nonce: Option<String>,
    /// PKCE challenge (S256).
    pub code_challenge: Option<String>,
    /// Resource indicator (RFC 8707).
    pub resource: Option<String>,
    /// What `prompt` asks for.
    pub prompt: Prompt,
    /// A name to fill in.
    pub login_hint: Option<String>,
    /// The language of the pages.
    pub lang: Option<String>,
    /// The provider that was asked for, `COGNITO` for the pool itself.
    pub identity_provider: Option<String>,
    /// The request's own parameters, to be carried on.
    pub parameters: Parameters,
}

/// What `prompt` asks for (OpenID Connect Core §3.1.2.1).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Prompt {
    /// No page may be shown.
    pub is_none: bool,
    /// The person must authenticate again.
    pub is_login: bool,
}

/// Why a request is not served.
#[derive(Debug)]
pub enum Refusal {
    /// Nobody is proven: a page of our own.
    Page(PageFault),
    /// The client is proven: an error redirect to this complete address.
    Redirect(String),
    /// The client is proven, but nobody vouches for it: a page of our own with a link to this complete address.
    Offer(String),
    /// Our fault.
    Failure(Error),
}

/// A fault that our own page shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageFault {
    /// Cognito's text.
    pub error: &'static str,
    /// The faulty parameter.
    pub parameter: Option<String>,
    /// The client, where it exists.
    pub client_id: Option<String>,
}

impl From<Error> for Refusal {
    fn from(fault: Error) -> Self {
        Self::Failure(fault)
    }
}

/// Parses and checks a request for the account page, which may name the client alone.
///
/// # Errors
/// As [`check`].
pub async fn check_account(cx: &Cx, site: Option<&PoolId>, query: &str) -> Result<AuthorizeRequest, Refusal> {
    let parameters = Parameters::parse(query).map_err(|fault| page("invalid_request", Some(fault.name()), None))?;
    let query = append(&parameters.to_query(&["response_type"]), '&', &[("response_type", ACCOUNT)]);
    check(cx, site, &query).await
}

/// Parses and checks an authorization request; `site` is the pool whose own domain it came to.
///
/// # Errors
/// The first refusal, in the order of this function.
pub async fn check(cx: &Cx, site: Option<&PoolId>, query: &str) -> Result<AuthorizeRequest, Refusal> {
    let parameters = Parameters::parse(query).map_err(|fault| page("invalid_request", Some(fault.name()), None))?;
    let client = client(cx, site, &parameters).await?;
    let is_account = parameters.get("response_type") == Some(ACCOUNT);
    let redirect_uri = if is_account { account(&parameters) } else { redirect_uri(&client, &parameters)? };
    if !client.client.settings.is_oauth_enabled || client.client.settings.identity_providers.is_empty() {
        let id = Some(client.client.id.to_string());
        return Err(page("Login pages unavailable. Please contact an administrator.", None, id));
    }
    let back =
        |response_type| Back { client: &client, redirect_uri: &redirect_uri, parameters: &parameters, response_type };
    let response_type = match parameters.get("response_type") {
        Some("code") => ResponseType::Code,
        Some("token") => ResponseType::Token,
        Some(ACCOUNT) => ResponseType::Account,
        _ => return Err(back(ResponseType::Code).invalid("response_type must be code or token")),
    };
    let back = back(response_type);
    check_flow(&client, &back)?;
    let scopes = scopes(&client, &back)?;
    let code_challenge = code_challenge(&client, &back)?;
    let resource = resource(&back)?;
    let prompt = prompt(&back)?;
    let identity_provider = identity_provider(&client, &back)?;
    let given = |name: &str| parameters.get(name).map(str::to_owned);
    Ok(AuthorizeRequest {
        response_type,
        state: parameters.raw("state").map(str::to_owned),
        scopes,
        nonce: given("nonce"),
        code_challenge,
        resource,
        prompt,
        login_hint: given("login_hint"),
        lang: given("lang"),
        identity_provider,
        client,
        redirect_uri,
        parameters,
    })
}

impl AuthorizeRequest {
    /// The refusal of this request, before the person said anything.
    #[must_use]
    pub fn refuse(&self, fault: OAuthFault, description: &str) -> Refusal {
        self.back().refuse(fault, description)
    }

    /// As [`AuthorizeRequest::refuse`], with the complete address that tells the app why.
    #[must_use]
    pub fn refuse_at(&self, location: String) -> Refusal {
        self.back().lead(location)
    }

    /// The error redirect after the person said no.
    #[must_use]
    pub fn denied(&self) -> String {
        self.back().location(OAuthFault::AccessDenied, "The person did not allow it")
    }

    fn back(&self) -> Back<'_> {
        Back {
            client: &self.client,
            redirect_uri: &self.redirect_uri,
            parameters: &self.parameters,
            response_type: self.response_type,
        }
    }
}

/// A proven way back to the app.
struct Back<'a> {
    client: &'a ClientEntry,
    redirect_uri: &'a str,
    parameters: &'a Parameters,
    response_type: ResponseType,
}

impl Back<'_> {
    fn refuse(&self, fault: OAuthFault, description: &str) -> Refusal {
        self.lead(self.location(fault, description))
    }

    /// Nobody is sent to an app that nobody vouches for before they agreed (RFC 9700 §4.11.2): else whoever registers
    /// an address could use ours to lead there.
    fn lead(&self, location: String) -> Refusal {
        let is_ours = self.response_type == ResponseType::Account;
        if self.client.client.needs_consent() && !is_ours {
            Refusal::Offer(location)
        } else {
            Refusal::Redirect(location)
        }
    }

    fn location(&self, fault: OAuthFault, description: &str) -> String {
        let mut pairs = vec![("error", fault.code()), ("error_description", description)];
        pairs.extend(self.parameters.raw("state").map(|state| ("state", state)));
        let separator = if self.response_type == ResponseType::Token { '#' } else { '?' };
        append(self.redirect_uri, separator, &pairs)
    }

    fn invalid(&self, description: &str) -> Refusal {
        self.refuse(OAuthFault::InvalidRequest, description)
    }
}

fn page(error: &'static str, parameter: Option<&str>, client_id: Option<String>) -> Refusal {
    Refusal::Page(PageFault { error, parameter: parameter.map(str::to_owned), client_id })
}

async fn client(cx: &Cx, site: Option<&PoolId>, parameters: &Parameters) -> Result<Arc<ClientEntry>, Refusal> {
    let id = parameters.get("client_id").ok_or_else(|| page("Required parameters missing", Some("client_id"), None))?;
    let unknown = || page("Client does not exist", Some("client_id"), None);
    let client = cx.client(id).await.map_err(|fault| match fault {
        Error::NotFound(_) => unknown(),
        other => Refusal::Failure(other),
    })?;
    if site.is_some_and(|site| site != client.pool_id()) { Err(unknown()) } else { Ok(client) }
}

/// The account page for the same client; what a sign-in on the way needs does not stay.
fn account(parameters: &Parameters) -> String {
    let passing = ["prompt", "identity_provider", "idp_identifier", "login_hint", "error", "error_description"];
    format!("/account?{}", parameters.to_query(&passing))
}

/// The redirect target must equal a registered one, as a string; nothing is normalised (RFC 9700 §4.1.3).
fn redirect_uri(client: &ClientEntry, parameters: &Parameters) -> Result<String, Refusal> {
    let given = parameters.get("redirect_uri");
    let registered = &client.client.settings.callback_urls;
    given
        .filter(|given| registered.iter().any(|known| known == given))
        .map(str::to_owned)
        .ok_or_else(|| page("redirect_mismatch", Some("redirect_uri"), Some(client.client.id.to_string())))
}

fn check_flow(client: &ClientEntry, back: &Back<'_>) -> Result<(), Refusal> {
    let flow = match back.response_type {
        ResponseType::Code => OAuthFlow::Code,
        ResponseType::Token => OAuthFlow::Implicit,
        ResponseType::Account => return Ok(()),
    };
    if client.client.settings.oauth_flows.contains(&flow) {
        return Ok(());
    }
    Err(back.refuse(OAuthFault::UnauthorizedClient, "The client may not use this response_type"))
}

fn scopes(client: &ClientEntry, back: &Back<'_>) -> Result<Vec<String>, Refusal> {
    let allowed = &client.client.settings.oauth_scopes;
    let Some(text) = back.parameters.get("scope") else { return Ok(allowed.clone()) };
    let invalid = |description: &str| back.refuse(OAuthFault::InvalidScope, description);
    let scopes = scope::parse_list(text).ok_or_else(|| invalid("scope is malformed"))?;
    if scopes.iter().any(|scope| !allowed.contains(scope)) {
        return Err(invalid("The client may not ask for one of these scopes"));
    }
    let needs_openid = ["email", "phone", "profile"].iter().any(|name| scope::contains(&scopes, name));
    if needs_openid && !scope::contains(&scopes, OPENID) {
        return Err(invalid("email, phone and profile need openid"));
    }
    Ok(scopes)
}

/// PKCE: only S256, challenge and method together (RFC 7636 §4.3; `plain` is never accepted).
fn code_challenge(client: &ClientEntry, back: &Back<'_>) -> Result<Option<String>, Refusal> {
    if back.response_type != ResponseType::Code {
        return Ok(None);
    }
    let given = (back.parameters.get("code_challenge"), back.parameters.get("code_challenge_method"));
    match given {
        (None, None) if client.client.needs_code_challenge() => Err(back.invalid("code_challenge is required")),
        (None, None) => Ok(None),
        (Some(challenge), Some("S256")) if is_code_challenge(challenge) => Ok(Some(challenge.to_owned())),
        (Some(_), Some("S256")) => Err(back.invalid("code_challenge must be 43 to 128 base64url characters")),
        (_, Some("S256")) => Err(back.invalid("code_challenge is missing")),
        (_, Some(_)) => Err(back.invalid("code_challenge_method must be S256")),
        (Some(_), None) => Err(back.invalid("code_challenge_method is missing")),
    }
}

fn is_code_challenge(text: &str) -> bool {
    (43..=128).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
}

fn resource(back: &Back<'_>) -> Result<Option<String>, Refusal> {
    let Some(text) = back.parameters.get("resource") else { return Ok(None) };
    let is_fit = url::Url::parse(text)
        .is_ok_and(|url| url.fragment().is_none() && (url.scheme() != "http" || url.host_str() == Some("localhost")));
    if is_fit { Ok(Some(text.to_owned())) } else { Err(back.invalid("resource must be an absolute https address")) }
}

fn prompt(back: &Back<'_>) -> Result<Prompt, Refusal> {
    let Some(text) = back.parameters.get("prompt") else { return Ok(Prompt::default()) };
    let words: Vec<&str> = text.split(' ').filter(|word| !word.is_empty()).collect();
    let is_known = words.iter().all(|word| matches!(*word, "none" | "login" | "select_account" | "consent"));
    let is_none = words.contains(&"none");
    if !is_known || (is_none && words.len() > 1) {
        return Err(back.invalid("prompt must be none, or some of login, select_account and consent"));
    }
    Ok(Prompt { is_none, is_login: words.contains(&"login") })
}

/// The provider that was asked for, by its name or by another name of it (`idp_identifier`).
fn identity_provider(client: &ClientEntry, back: &Back<'_>) -> Result<Option<String>, Refusal> {
    let unknown = || back.invalid("The identity provider does not exist or is not enabled for this client");
    if let Some(identifier) = back.parameters.get("idp_identifier") {
        let found = client.providers().find(|provider| provider.identifiers.iter().any(|known| known == identifier));
        return found.map(|provider| Some(provider.name.clone())).ok_or_else(unknown);
    }
    let Some(name) = back.parameters.get("identity_provider") else { return Ok(None) };
    let is_enabled = client.client.settings.identity_providers.iter().any(|known| known == name);
    let exists = name == "COGNITO" || client.providers().any(|provider| provider.name == name);
    if is_enabled && exists { Ok(Some(name.to_owned())) } else { Err(unknown()) }
}
