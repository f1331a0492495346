//! Owns the first step of a sign-in: which flow, whether the client may use it, and its parameters.

use std::sync::Arc;

use serde::Deserialize;

use super::Side;
use super::context::Context;
use super::output::AuthOutput;
use super::parameters::{Parameters, unavailable};
use crate::api::client_auth::{Asked, check_hash, check_refresh_hash, is_secret_in_clear};
use crate::api::constraints::{SESSION, Words, required, word, word_for};
use crate::api::operation::Caller;
use crate::auth::refresh;
use crate::auth::sign_in::{Attempt, Choice, SrpAttempt, by_choice, by_password, by_srp};
use crate::crypto::digest::sha256_base64url;
use crate::cx::{ClientEntry, Cx};
use crate::domain::client::AuthFlow;
use crate::error::Error;
use crate::store;

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

/// The first step.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct FirstStep {
    /// The app client.
    pub client_id: Option<String>,
    auth_flow: Option<String>,
    auth_parameters: Option<Parameters>,
    session: Option<String>,
    /// What is said of the person.
    #[serde(flatten)]
    pub context: Context,
}

impl FirstStep {
    /// Takes the step.
    ///
    /// # Errors
    /// Cognito's refusals.
    pub async fn take(
        self,
        cx: &Cx,
        caller: &Caller,
        (client, side): (&Arc<ClientEntry>, Side),
    ) -> Result<AuthOutput, Error> {
        let flow = word("authFlow", &required("authFlow", self.auth_flow)?, FLOWS)?;
        let session = SESSION.optional("session", self.session)?;
        check_flow(client, flow, side)?;
        let mut parameters = self.auth_parameters.unwrap_or_default();
        if flow == Flow::Refresh {
            return refreshed(cx, client, &mut parameters).await;
        }
        if side == Side::App {
            cx.count_attempt(caller.address)?;
        }
        let username = parameters.required("USERNAME")?;
        let hash = parameters.text("SECRET_HASH");
        let check = || check_hash(&client.client, &username, (hash.as_deref(), Asked::AsParameter));
        let device_key = parameters.text("DEVICE_KEY");
        let outcome = match flow {
            Flow::Srp => {
                let client_public = parameters.required("SRP_A")?;
                check()?;
                by_srp(cx, SrpAttempt { client, username: &username, client_public: &client_public, device_key }).await
            }
            Flow::Choice => {
                check()?;
                by_choice(cx, choice(client, (&username, session, device_key), &mut parameters)).await
            }
            _ => {
                let password = parameters.required_secret("PASSWORD")?;
                check()?;
                by_password(cx, Attempt { client, username: &username, password, device_key }).await
            }
        };
        AuthOutput::of(cx, client, outcome?).await
    }
}

fn choice<'a>(
    client: &'a Arc<ClientEntry>,
    (username, session, device_key): (&'a str, Option<String>, Option<String>),
    parameters: &mut Parameters,
) -> Choice<'a> {
    Choice {
        client,
        username,
        preferred: parameters.text("PREFERRED_CHALLENGE"),
        password: parameters.secret("PASSWORD"),
        client_public: parameters.text("SRP_A"),
        session,
        device_key,
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
        Flow::Custom if client.pool.pool.has_custom_challenges() => Err(unavailable(word_for(flow, FLOWS))),
        Flow::Custom => refuse("Custom auth lambda trigger is not configured for the user pool."),
        _ => Ok(()),
    }
}

async fn refreshed(cx: &Cx, client: &Arc<ClientEntry>, parameters: &mut Parameters) -> Result<AuthOutput, Error> {
    let token = parameters.required("REFRESH_TOKEN")?;
    let proof = parameters.text("SECRET_HASH");
    let device_key = parameters.text("DEVICE_KEY");
    if !is_secret_in_clear(&client.client, proof.as_deref())? {
        let hash = sha256_base64url(&token);
        let found = store::families::by_token(&mut *cx.store.read_mapped().await?, &hash).await?;
        let user = found.map(|found| found.user).ok_or(Error::not_authorized("Invalid Refresh Token"))?;
        check_refresh_hash(&client.client, [&user.username, user.sub.as_str()], proof.as_deref())?;
    }
    Ok(refresh::refresh(cx, client, (&token, device_key.as_deref())).await?.into())
}
