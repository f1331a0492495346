//! Owns self-service: signing up, confirming, forgetting the password.

use std::sync::Arc;

use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use super::client_auth::{Asked, check_hash};
use super::constraints::{CONFIRMATION_CODE, PASSWORD, SECRET_HASH, SESSION, USERNAME};
use super::named;
use super::operation::{Access, Caller, Entry, Operation};
use super::wire::{AttributeType, CodeDeliveryDetailsType, Empty, attributes_from};
use crate::auth::sign_up::SignUp as Wish;
use crate::auth::{recovery, sign_in, sign_up};
use crate::cx::{ClientEntry, Cx};
use crate::domain::user::UserStatus;
use crate::error::Error;

/// The family's table.
pub const OPERATIONS: &[Entry] = &[
    Entry::of::<SignUp>(),
    Entry::of::<ConfirmSignUp>(),
    Entry::of::<ResendConfirmationCode>(),
    Entry::of::<ForgotPassword>(),
    Entry::of::<ConfirmForgotPassword>(),
];

/// The members by which each of these operations says who asks for whom.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Asker {
    client_id: Option<String>,
    secret_hash: Option<String>,
    username: Option<String>,
}

impl Asker {
    /// The client, once it proved itself, and the user name.
    async fn identify(self, cx: &Cx, caller: &Caller) -> Result<(Arc<ClientEntry>, String), Error> {
        let username = USERNAME.required("username", self.username)?;
        let hash = SECRET_HASH.optional("secretHash", self.secret_hash)?;
        let client = named::client(cx, self.client_id).await?;
        check_hash(&client.client, &username, (hash.as_deref(), Asked::AsMember))?;
        cx.count_attempt(caller.address)?;
        Ok((client, username))
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct CodeDeliveryOutput {
    code_delivery_details: CodeDeliveryDetailsType,
}

/// Somebody joins.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SignUp {
    #[serde(flatten)]
    asker: Asker,
    password: Option<SecretString>,
    user_attributes: Option<Vec<AttributeType>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct SignUpOutput {
    user_confirmed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    code_delivery_details: Option<CodeDeliveryDetailsType>,
    user_sub: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    session: Option<String>,
}

impl Operation for SignUp {
    const NAME: &'static str = "SignUp";
    const ACCESS: Access = Access::Public;
    type Output = SignUpOutput;

    async fn run(self, cx: &Cx, caller: &Caller) -> Result<Self::Output, Error> {
        let attributes = attributes_from("userAttributes", self.user_attributes)?;
        let (client, username) = self.asker.identify(cx, caller).await?;
        let password = PASSWORD.secret_unless("password", (self.password, client.pool.pool.is_passwordless()))?;
        let signed_up = sign_up::sign_up(cx, &client, Wish { username, password, attributes }).await?;
        let session = sign_in::begin_with_sign_up(cx, &client, &signed_up.user)?;
        Ok(SignUpOutput {
            session,
            user_confirmed: signed_up.user.status == UserStatus::Confirmed,
            code_delivery_details: signed_up.delivery.map(CodeDeliveryDetailsType::from),
            user_sub: signed_up.user.sub.0,
        })
    }
}

/// Proves the address with the code.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ConfirmSignUp {
    #[serde(flatten)]
    asker: Asker,
    confirmation_code: Option<String>,
    force_alias_creation: Option<bool>,
    session: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ConfirmSignUpOutput {
    #[serde(skip_serializing_if = "Option::is_none")]
    session: Option<String>,
}

impl Operation for ConfirmSignUp {
    const NAME: &'static str = "ConfirmSignUp";
    const ACCESS: Access = Access::Public;
    type Output = ConfirmSignUpOutput;

    async fn run(self, cx: &Cx, caller: &Caller) -> Result<Self::Output, Error> {
        let code = CONFIRMATION_CODE.required("confirmationCode", self.confirmation_code)?;
        let session = SESSION.optional("session", self.session)?;
        let (client, username) = self.asker.identify(cx, caller).await?;
        let is_forced = self.force_alias_creation == Some(true);
        sign_up::confirm(cx, &client, (&username, &code), is_forced).await?;
        let session = sign_in::follow_sign_up(cx, &client, (session, &username)).await?;
        Ok(ConfirmSignUpOutput { session })
    }
}

/// Sends the confirmation code again.
#[derive(Deserialize)]
struct ResendConfirmationCode {
    #[serde(flatten)]
    asker: Asker,
}

impl Operation for ResendConfirmationCode {
    const NAME: &'static str = "ResendConfirmationCode";
    const ACCESS: Access = Access::Public;
    type Output = CodeDeliveryOutput;

    async fn run(self, cx: &Cx, caller: &Caller) -> Result<Self::Output, Error> {
        let (client, username) = self.asker.identify(cx, caller).await?;
        let delivery = sign_up::resend(cx, &client, &username).await?;
        Ok(CodeDeliveryOutput { code_delivery_details: delivery.into() })
    }
}

/// Sends a code for a new password.
#[derive(Deserialize)]
struct ForgotPassword {
    #[serde(flatten)]
    asker: Asker,
}

impl Operation for ForgotPassword {
    const NAME: &'static str = "ForgotPassword";
    const ACCESS: Access = Access::Public;
    type Output = CodeDeliveryOutput;

    async fn run(self, cx: &Cx, caller: &Caller) -> Result<Self::Output, Error> {
        let (client, username) = self.asker.identify(cx, caller).await?;
        let delivery = recovery::start(cx, &client, &username).await?;
        Ok(CodeDeliveryOutput { code_delivery_details: delivery.into() })
    }
}

/// Sets a new password with the code.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ConfirmForgotPassword {
    #[serde(flatten)]
    asker: Asker,
    confirmation_code: Option<String>,
    password: Option<SecretString>,
}

impl Operation for ConfirmForgotPassword {
    const NAME: &'static str = "ConfirmForgotPassword";
    const ACCESS: Access = Access::Public;
    type Output = Empty;

    async fn run(self, cx: &Cx, caller: &Caller) -> Result<Self::Output, Error> {
        let code = CONFIRMATION_CODE.required("confirmationCode", self.confirmation_code)?;
        let password = PASSWORD.secret("password", self.password)?;
        let (client, username) = self.asker.identify(cx, caller).await?;
        recovery::finish(cx, &client, (&username, &code), &password).await?;
        Ok(Empty {})
    }
}
