//! Owns the conversation with the pool: token, revocation and user info requests, and what its answers mean.
//! It must not know about cookies or pages.

use std::sync::Arc;

use openidconnect::core::{CoreClient, CoreErrorResponseType, CoreTokenResponse};
use openidconnect::{
    AuthUrl, AuthorizationCode, ClientId, ClientSecret, CsrfToken, EndpointNotSet, EndpointSet, HttpRequest,
    HttpResponse, IssuerUrl, Nonce, OAuth2TokenResponse as _, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl,
    RefreshToken, RequestTokenError, Scope, StandardErrorResponse, TokenResponse as _, TokenUrl,
};
use reqwest::Method;
use secrecy::ExposeSecret as _;
use url::Url;

use super::attempt::Attempt;
use super::discovery::{Discovery, Endpoints, Facts};
use super::flight::{FlightKey, Flights, Keeping};
use super::settings::Settings;
use super::verify::{self, Distrust, Expected, TokenPair};
use crate::clock::Clock;
use crate::http::{Http, HttpError};

/// Why the pool did not give what was asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PoolFault {
    /// It cannot be reached, is too slow, or is in trouble itself: another try may succeed.
    #[error("the pool is unavailable: {0}")]
    Unavailable(String),
    /// It said no; the text is its error code (RFC 6749 §5.2).
    #[error("the pool refused: {0}")]
    Refused(String),
    /// What it said is not believed.
    #[error("the pool's answer is not trusted: {0}")]
    Untrusted(String),
}

impl From<HttpError> for PoolFault {
    fn from(error: HttpError) -> Self {
        Self::Unavailable(with_causes(&error))
    }
}

/// Tokens as the token endpoint gave them, verified.
#[derive(Clone, PartialEq, Eq)]
pub struct Granted {
    /// The ID and the access token.
    pub pair: TokenPair,
    /// A new refresh token, if the pool gave one.
    pub refresh_token: Option<String>,
}

type Client = CoreClient<EndpointSet, EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointSet, EndpointNotSet>;
type TokenFault = RequestTokenError<HttpError, StandardErrorResponse<CoreErrorResponseType>>;

/// The pool as this site sees it.
pub struct Pool {
    config: Arc<Settings>,
    http: Http,
    clock: Clock,
    /// What the pool publishes.
    pub discovery: Discovery,
    questions: Flights<Result<bool, PoolFault>>,
}

impl Pool {
    /// The pool of `config`; nothing is fetched yet.
    #[must_use]
    pub fn new(config: Arc<Settings>, http: Http, clock: Clock) -> Self {
        let keeping = Keeping { seconds: 0, limit: 10_000, is_kept: |_| false };
        Self {
            discovery: Discovery::new(&config, http.clone(), clock.clone()),
            questions: Flights::new(clock.clone(), keeping),
            config,
            http,
            clock,
        }
    }

    /// The address that starts `attempt`, at the identity provider named `provider` if there is one.
    ///
    /// # Errors
    /// When the pool's addresses are not known.
    pub async fn authorization_url(&self, attempt: &Attempt, provider: Option<&str>) -> Result<Url, PoolFault> {
        let facts = self.discovery.facts().await?;
        let verifier = PkceCodeVerifier::new(attempt.verifier.clone());
        let (state, nonce) = (attempt.state.clone(), attempt.nonce.clone());
        let client = self.client(&facts.endpoints)?;
        let flow = openidconnect::core::CoreAuthenticationFlow::AuthorizationCode;
        let mut request = client
            .authorize_url(flow, || CsrfToken::new(state), || Nonce::new(nonce))
            .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier))
            .add_scopes(self.config.scopes.iter().filter(|scope| *scope != "openid").cloned().map(Scope::new));
        if let Some(provider) = provider {
            request = request.add_extra_param("identity_provider", provider);
        }
        Ok(request.url().0)
    }

    /// Exchanges the code that answered `attempt` (RFC 6749 §4.1.3).
    ///
    /// # Errors
    /// When the pool is unavailable, refuses, or gives tokens that do not verify.
    pub async fn exchange(&self, code: &str, attempt: &Attempt) -> Result<Granted, PoolFault> {
        let facts = self.discovery.facts().await?;
        let http = |request| send(self.http.clone(), request);
        let answer = self
            .client(&facts.endpoints)?
            .exchange_code(AuthorizationCode::new(code.to_owned()))
            .set_pkce_verifier(PkceCodeVerifier::new(attempt.verifier.clone()))
            .request_async(&http)
            .await
            .map_err(fault)?;
        self.verified(facts, &answer, Some(&attempt.nonce)).await
    }

    /// Asks for new tokens (RFC 6749 §6).
    ///
    /// # Errors
    /// When the pool is unavailable, refuses, or gives tokens that do not verify.
    pub async fn refresh(&self, refresh_token: &str) -> Result<Granted, PoolFault> {
        let facts = self.discovery.facts().await?;
        let http = |request| send(self.http.clone(), request);
        let answer = self
            .client(&facts.endpoints)?
            .exchange_refresh_token(&RefreshToken::new(refresh_token.to_owned()))
            .request_async(&http)
            .await
            .map_err(fault)?;
        self.verified(facts, &answer, None).await
    }

    /// Makes the pool forget a refresh token and what came of it (RFC 7009 §2.1).
    ///
    /// # Errors
    /// When the pool is unavailable or refuses.
    pub async fn revoke(&self, refresh_token: &str) -> Result<(), PoolFault> {
        let facts = self.discovery.facts().await?;
        let mut form = vec![("token", refresh_token), ("token_type_hint", "refresh_token")];
        let mut request = self.http.request(Method::POST, facts.endpoints.revocation.as_str());
        match &self.config.client_secret {
            Some(secret) => request = request.basic_auth(&self.config.client_id, Some(secret.expose_secret())),
            None => form.push(("client_id", &self.config.client_id)),
        }
        let answer = self.http.send(request.form(&form)).await?;
        match answer.status {
            200..=299 => Ok(()),
            400..=428 => Err(PoolFault::Refused(format!("revocation answered {}", answer.status))),
            status => Err(PoolFault::Unavailable(format!("revocation answered {status}"))),
        }
    }

    /// Asks whether the session behind `access_token` lives. Requests at the same moment share one question.
    ///
    /// # Errors
    /// When the pool gives no clear answer.
    pub async fn is_signed_in(&self, access_token: &str) -> Result<bool, PoolFault> {
        let facts = self.discovery.facts().await?;
        let (http, token) = (self.http.clone(), access_token.to_owned());
        let ask = || async move {
            let request = http.request(Method::GET, facts.endpoints.user_info.as_str()).bearer_auth(token);
            match http.send(request).await?.status {
                200 => Ok(true),
                401 | 403 => Ok(false),
                status => Err(PoolFault::Unavailable(format!("user info answered {status}"))),
            }
        };
        let answer = self.questions.join(FlightKey::new(&[access_token]), ask).await;
        answer.unwrap_or_else(|| Err(PoolFault::Unavailable("the work broke off".to_owned())))
    }

    /// Makes later requests ask anew about `access_token`, whatever is being answered just now.
    pub fn forget(&self, access_token: &str) {
        self.questions.forget(FlightKey::new(&[access_token]));
    }

    fn client(&self, endpoints: &Endpoints) -> Result<Client, PoolFault> {
        let issuer = IssuerUrl::new(self.config.issuer.clone()).map_err(misconfigured)?;
        let callback = self.config.public_url.join("/callback").map_err(misconfigured)?;
        let mut client = CoreClient::new(
            ClientId::new(self.config.client_id.clone()),
            issuer,
            openidconnect::JsonWebKeySet::default(),
        )
        .set_auth_uri(AuthUrl::from_url(endpoints.authorization.clone()))
        .set_token_uri(TokenUrl::from_url(endpoints.token.clone()))
        .set_redirect_uri(RedirectUrl::from_url(callback));
        if let Some(secret) = &self.config.client_secret {
            client = client.set_client_secret(ClientSecret::new(secret.expose_secret().to_owned()));
        }
        Ok(client)
    }

    async fn verified(
        &self,
        facts: Arc<Facts>,
        answer: &CoreTokenResponse,
        nonce: Option<&str>,
    ) -> Result<Granted, PoolFault> {
        let id_token = answer.id_token().ok_or_else(|| PoolFault::Untrusted("no ID token".to_owned()))?.to_string();
        let pair = TokenPair { id_token, access_token: answer.access_token().secret().clone() };
        let expected =
            Expected { issuer: &self.config.issuer, client_id: &self.config.client_id, nonce, now: self.clock.now() };
        let mut outcome = verify::verify(&pair, &facts, &expected);
        if outcome == Err(Distrust::UnknownKey)
            && let Some(facts) = self.discovery.look_again(&facts).await
        {
            outcome = verify::verify(&pair, &facts, &expected);
        }
        outcome.map_err(|distrust| PoolFault::Untrusted(distrust.to_string()))?;
        Ok(Granted { pair, refresh_token: answer.refresh_token().map(|token| token.secret().clone()) })
    }
}

async fn send(http: Http, request: HttpRequest) -> Result<HttpResponse, HttpError> {
    let (parts, body) = request.into_parts();
    let request = http.request(parts.method, &parts.uri.to_string()).headers(parts.headers).body(body);
    let answer = http.send(request).await?;
    let mut response = HttpResponse::new(answer.body);
    *response.status_mut() = reqwest::StatusCode::from_u16(answer.status).unwrap_or(reqwest::StatusCode::BAD_GATEWAY);
    *response.headers_mut() = answer.headers;
    Ok(response)
}

/// Only the error codes that RFC 6749 §5.2 defines for this request are a refusal: `server_error`, a throttled
/// request or a page of a proxy say nothing about the token.
fn fault(error: TokenFault) -> PoolFault {
    use CoreErrorResponseType::{InvalidClient, InvalidGrant, InvalidRequest, InvalidScope, UnauthorizedClient};
    match error {
        RequestTokenError::ServerResponse(response) => {
            let code = response.error();
            let is_refusal =
                matches!(code, InvalidClient | InvalidGrant | InvalidRequest | InvalidScope | UnauthorizedClient);
            let text = code.as_ref().to_owned();
            if is_refusal { PoolFault::Refused(text) } else { PoolFault::Unavailable(text) }
        }
        RequestTokenError::Request(error) => error.into(),
        // The message of the parser could quote a token.
        RequestTokenError::Parse(error, _) => {
            PoolFault::Unavailable(format!("the token endpoint's answer cannot be read at {}", error.path()))
        }
        RequestTokenError::Other(text) => PoolFault::Unavailable(text),
    }
}

fn misconfigured(error: impl std::fmt::Display) -> PoolFault {
    PoolFault::Untrusted(format!("configured address: {error}"))
}

fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}
