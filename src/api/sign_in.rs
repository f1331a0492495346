//! Owns signing in: the first step and the answers to challenges, for apps and for administrators on their behalf.
//! What a step means is decided by the sign-in engine; here it becomes JSON.

use std::collections::BTreeMap;
use std::sync::Arc;

use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};

use super::client_auth::{Asked, check_hash, check_refresh_hash, is_secret_in_clear};
use super::constraints::{SESSION, Words, required, word, word_for};
use super::named;
use super::operation::{Access, Caller, Entry, Operation};
use super::wire::AuthenticationResultType;
use crate::auth::challenge::{self, NewPassword, NewPasswordRequired};
use crate::auth::sign_in::{Attempt, Challenge, Outcome, by_password};
use crate::auth::{refresh, tokens};
use crate::crypto::digest::sha256_base64url;
use crate::cx::{ClientEntry, Cx};
use crate::domain::attribute::Attributes;
use crate::domain::client::AuthFlow;
use crate::error::Error;
use crate::store;

/// The family's table.
pub const OPERATIONS: &[Entry] = &[
    Entry::of::<InitiateAuth>(),
    Entry::of::<AdminInitiateAuth>(),
    Entry::of::<RespondToAuthChallenge>(),
    Entry::of::<AdminRespondToAuthChallenge>(),
];

/// Whose address is counted: administrators call for many people from one address, which the signature vouches for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    App,
    Administrator,
}

/// `AuthFlowType`, two names of one flow being one.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Flow {
    Srp,
    Refresh,
    Custom,
    AdminPassword,
    Password,
    Choice,
}

const FLOWS: Words<Flow> = &[
    ("USER_SRP_AUTH", Flow::Srp),
    ("REFRESH_TOKEN_AUTH", Flow::Refresh),
    ("REFRESH_TOKEN", Flow::Refresh),
    ("CUSTOM_AUTH", Flow::Custom),
    ("ADMIN_NO_SRP_AUTH", Flow::AdminPassword),
    ("USER_PASSWORD_AUTH", Flow::Password),
    ("ADMIN_USER_PASSWORD_AUTH", Flow::AdminPassword),
    ("USER_AUTH", Flow::Choice),
];

const NEW_PASSWORD_REQUIRED: &str = "NEW_PASSWORD_REQUIRED";
/// `ChallengeNameType`: whether this server asks it.
const CHALLENGES: Words<bool> = &[
    ("SMS_MFA", false),
    ("EMAIL_OTP", false),
    ("SOFTWARE_TOKEN_MFA", false),
    ("SELECT_MFA_TYPE", false),
    ("MFA_SETUP", false),
    ("PASSWORD_VERIFIER", false),
    ("CUSTOM_CHALLENGE", false),
    ("SELECT_CHALLENGE", false),
    ("DEVICE_SRP_AUTH", false),
    ("DEVICE_PASSWORD_VERIFIER", false),
    ("ADMIN_NO_SRP_AUTH", false),
    (NEW_PASSWORD_REQUIRED, true),
    ("SMS_OTP", false),
    ("PASSWORD", false),
    ("WEB_AUTHN", false),
    ("PASSWORD_SRP", false),
];
/// Before the names of attributes in the answer to a challenge.
const ATTRIBUTE_PREFIX: &str = "userAttributes.";

/// Parameters by name; passwords and tokens are among them, so nothing prints them.
#[derive(Default, Deserialize)]
struct Parameters(BTreeMap<String, SecretString>);

/// The first step.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct FirstStep {
    client_id: Option<String>,
    auth_flow: Option<String>,
    auth_parameters: Option<Parameters>,
}

/// The answer to a challenge.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct NextStep {
    client_id: Option<String>,
    challenge_name: Option<String>,
    session: Option<String>,
    challenge_responses: Option<Parameters>,
}

/// Tokens, or the next challenge.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct AuthOutput {
    #[serde(skip_serializing_if = "Option::is_none")]
    challenge_name: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    session: Option<String>,
    challenge_parameters: BTreeMap<&'static str, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    authentication_result: Option<AuthenticationResultType>,
}

/// An app starts a sign-in.
#[derive(Deserialize)]
struct InitiateAuth {
    #[serde(flatten)]
    step: FirstStep,
}

impl Operation for InitiateAuth {
    const NAME: &'static str = "InitiateAuth";
    const ACCESS: Access = Access::Public;
    type Output = AuthOutput;

    async fn run(mut self, cx: &Cx, caller: &Caller) -> Result<Self::Output, Error> {
        let client = named::client(cx, self.step.client_id.take()).await?;
        self.step.take(cx, caller, (&client, Side::App)).await
    }
}

/// An administrator starts a sign-in for somebody.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AdminInitiateAuth {
    user_pool_id: Option<String>,
    #[serde(flatten)]
    step: FirstStep,
}

impl Operation for AdminInitiateAuth {
    const NAME: &'static str = "AdminInitiateAuth";
    const ACCESS: Access = Access::Admin;
    type Output = AuthOutput;

    async fn run(mut self, cx: &Cx, caller: &Caller) -> Result<Self::Output, Error> {
        let client = named::client_of_pool(cx, self.user_pool_id, self.step.client_id.take()).await?;
        self.step.take(cx, caller, (&client, Side::Administrator)).await
    }
}

/// An app answers a challenge.
#[derive(Deserialize)]
struct RespondToAuthChallenge {
    #[serde(flatten)]
    step: NextStep,
}

impl Operation for RespondToAuthChallenge {
    const NAME: &'static str = "RespondToAuthChallenge";
    const ACCESS: Access = Access::Public;
    type Output = AuthOutput;

    async fn run(mut self, cx: &Cx, caller: &Caller) -> Result<Self::Output, Error> {
        let client = named::client(cx, self.step.client_id.take()).await?;
        cx.count_attempt(caller.address)?;
        self.step.take(cx, &client).await
    }
}

/// An administrator answers a challenge for somebody.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AdminRespondToAuthChallenge {
    user_pool_id: Option<String>,
    #[serde(flatten)]
    step: NextStep,
}

impl Operation for AdminRespondToAuthChallenge {
    const NAME: &'static str = "AdminRespondToAuthChallenge";
    const ACCESS: Access = Access::Admin;
    type Output = AuthOutput;

    async fn run(mut self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        let client = named::client_of_pool(cx, self.user_pool_id, self.step.client_id.take()).await?;
        self.step.take(cx, &client).await
    }
}

impl FirstStep {
    async fn take(
        self,
        cx: &Cx,
        caller: &Caller,
        (client, side): (&Arc<ClientEntry>, Side),
    ) -> Result<AuthOutput, Error> {
        let flow = word("authFlow", &required("authFlow", self.auth_flow)?, FLOWS)?;
        check_flow(client, flow, side)?;
        let mut parameters = self.auth_parameters.unwrap_or_default();
        if flow == Flow::Refresh {
            return refreshed(cx, client, &mut parameters).await;
        }
        if side == Side::App {
            cx.count_attempt(caller.address)?;
        }
        let username = parameters.required("USERNAME")?;
        let password = parameters.required_secret("PASSWORD")?;
        let hash = parameters.text("SECRET_HASH");
        check_hash(&client.client, &username, (hash.as_deref(), Asked::AsParameter))?;
        let outcome = by_password(cx, Attempt { client, username: &username, password }).await?;
        match outcome {
            Outcome::Done(authenticated) => Ok(tokens::complete(cx, client, authenticated).await?.into()),
            Outcome::Challenge(Challenge::NewPasswordRequired(challenge)) => AuthOutput::asking(challenge),
        }
    }
}

impl NextStep {
    async fn take(self, cx: &Cx, client: &Arc<ClientEntry>) -> Result<AuthOutput, Error> {
        let name = required("challengeName", self.challenge_name)?;
        if !word("challengeName", &name, CHALLENGES)? {
            return Err(unavailable(&name));
        }
        let session = SESSION.optional("session", self.session)?.ok_or_else(|| missing("Session"))?;
        let mut responses = self.challenge_responses.unwrap_or_default();
        let username = responses.required("USERNAME")?;
        let password = responses.required_secret("NEW_PASSWORD")?;
        let hash = responses.text("SECRET_HASH");
        check_hash(&client.client, &username, (hash.as_deref(), Asked::AsParameter))?;
        let answer = NewPassword { session, username: Some(username), password, attributes: responses.attributes()? };
        let authenticated = challenge::answer(cx, client, answer).await?;
        Ok(tokens::complete(cx, client, authenticated).await?.into())
    }
}

impl Parameters {
    fn text(&mut self, name: &str) -> Option<String> {
        self.0.remove(name).map(|value| value.expose_secret().to_owned())
    }

    fn required(&mut self, name: &str) -> Result<String, Error> {
        self.text(name).filter(|value| !value.is_empty()).ok_or_else(|| missing(name))
    }

    fn required_secret(&mut self, name: &str) -> Result<SecretString, Error> {
        self.0.remove(name).ok_or_else(|| missing(name))
    }

    /// The attributes that came along under their prefix.
    fn attributes(&self) -> Result<Attributes, Error> {
        let mut attributes = Attributes::new();
        for (name, value) in &self.0 {
            let Some(name) = name.strip_prefix(ATTRIBUTE_PREFIX) else { continue };
            if name == "sub" {
                return Err(Error::InvalidParameter("Cannot modify the non-mutable attribute sub".to_owned()));
            }
            attributes.insert(name.to_owned(), value.expose_secret().to_owned());
        }
        Ok(attributes)
    }
}

impl AuthOutput {
    fn asking(challenge: NewPasswordRequired) -> Result<Self, Error> {
        let attributes: BTreeMap<_, _> =
            challenge.user.attributes.iter().filter(|(_, value)| !value.is_empty()).collect();
        let missing: Vec<_> = challenge.missing.iter().map(|name| format!("{ATTRIBUTE_PREFIX}{name}")).collect();
        let text = |json: serde_json::Result<String>| json.map_err(Error::internal);
        Ok(Self {
            challenge_name: Some(NEW_PASSWORD_REQUIRED),
            session: Some(challenge.session),
            challenge_parameters: BTreeMap::from([
                ("USER_ID_FOR_SRP", challenge.user.username.clone()),
                ("userAttributes", text(serde_json::to_string(&attributes))?),
                ("requiredAttributes", text(serde_json::to_string(&missing))?),
            ]),
            authentication_result: None,
        })
    }
}

impl From<tokens::Tokens> for AuthOutput {
    fn from(tokens: tokens::Tokens) -> Self {
        Self {
            challenge_name: None,
            session: None,
            challenge_parameters: BTreeMap::new(),
            authentication_result: Some(tokens.into()),
        }
    }
}

/// Whether the flow belongs to the operation, is switched on for the client, and is available.
fn check_flow(client: &ClientEntry, flow: Flow, side: Side) -> Result<(), Error> {
    let refuse = |text: &str| Err(Error::InvalidParameter(text.to_owned()));
    if (side == Side::App && flow == Flow::AdminPassword) || (side == Side::Administrator && flow == Flow::Password) {
        return refuse("Initiate Auth method not supported");
    }
    let (switch, refusal) = match flow {
        Flow::Password => (AuthFlow::AllowUserPasswordAuth, "USER_PASSWORD_AUTH flow not enabled for this client"),
        Flow::Srp => (AuthFlow::AllowUserSrpAuth, "USER_SRP_AUTH is not enabled for the client."),
        Flow::Choice => (AuthFlow::AllowUserAuth, "USER_AUTH flow not enabled for this client"),
        Flow::AdminPassword => (AuthFlow::AllowAdminUserPasswordAuth, "Auth flow not enabled for this client"),
        Flow::Custom => (AuthFlow::AllowCustomAuth, "Auth flow not enabled for this client"),
        Flow::Refresh => (AuthFlow::AllowRefreshTokenAuth, "Auth flow not enabled for this client"),
    };
    let is_rotated = flow == Flow::Refresh && client.client.rotation().is_some();
    if !client.client.allows(switch) || is_rotated {
        return refuse(refusal);
    }
    match flow {
        Flow::Password | Flow::AdminPassword | Flow::Refresh => Ok(()),
        Flow::Srp | Flow::Custom | Flow::Choice => Err(unavailable(word_for(flow, FLOWS))),
    }
}

async fn refreshed(cx: &Cx, client: &Arc<ClientEntry>, parameters: &mut Parameters) -> Result<AuthOutput, Error> {
    let token = parameters.required("REFRESH_TOKEN")?;
    let proof = parameters.text("SECRET_HASH");
    let device_key = parameters.text("DEVICE_KEY");
    if !is_secret_in_clear(&client.client, proof.as_deref())? {
        let hash = sha256_base64url(&token);
        let found = store::families::by_token(&mut *cx.store.read().await?, &hash).await?;
        let user = found.map(|found| found.user).ok_or(Error::not_authorized("Invalid Refresh Token"))?;
        check_refresh_hash(&client.client, [&user.username, user.sub.as_str()], proof.as_deref())?;
    }
    Ok(refresh::refresh(cx, client, (&token, device_key.as_deref())).await?.into())
}

fn missing(name: &str) -> Error {
    Error::InvalidParameter(format!("Missing required parameter {name}"))
}

fn unavailable(name: &str) -> Error {
    Error::InvalidParameter(format!("{name} is not available on this server yet"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_prefixed_parameters_are_attributes_and_sub_is_none() {
        let read = |json: &str| serde_json::from_str::<Parameters>(json).unwrap().attributes();
        let attributes = read(r#"{"USERNAME": "bob", "userAttributes.custom:team": "a"}"#).unwrap();
        assert_eq!(attributes.into_iter().collect::<Vec<_>>(), [("custom:team".to_owned(), "a".to_owned())]);
        assert!(read(r#"{"userAttributes.sub": "x"}"#).is_err());
    }

    #[test]
    fn a_missing_parameter_is_named() {
        let text = Parameters::default().required("USERNAME").unwrap_err().to_string();
        assert_eq!(text, "Missing required parameter USERNAME");
    }
}
