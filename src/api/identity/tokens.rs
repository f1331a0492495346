//! Owns the operations that give an identity something to work with: credentials, or a token for a token service.

use std::collections::BTreeMap;

use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use super::constraints::ARN_STRING;
use super::wire::{id, logins};
use crate::api::operation::{Access, Caller, Entry, Operation};
use crate::cx::Cx;
use crate::error::Error;
use crate::identity::credentials;

/// The family's table.
pub const OPERATIONS: &[Entry] = &[Entry::of::<GetCredentialsForIdentity>(), Entry::of::<GetOpenIdToken>()];

/// Credentials of the role that the logins earn.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct GetCredentialsForIdentity {
    identity_id: Option<String>,
    logins: Option<BTreeMap<String, SecretString>>,
    custom_role_arn: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct CredentialsType {
    access_key_id: String,
    secret_key: String,
    session_token: String,
    expiration: i64,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct GetCredentialsForIdentityOutput {
    identity_id: String,
    credentials: CredentialsType,
}

impl Operation for GetCredentialsForIdentity {
    const NAME: &'static str = "GetCredentialsForIdentity";
    const ACCESS: Access = Access::Public;
    type Output = GetCredentialsForIdentityOutput;

    async fn run(self, cx: &Cx, caller: &Caller) -> Result<Self::Output, Error> {
        let (id, logins) = (id("identityId", self.identity_id)?, logins(self.logins)?);
        let role = ARN_STRING.optional("customRoleArn", self.custom_role_arn)?;
        cx.count_attempt(caller.address)?;
        let (identity, given) = credentials::for_identity(cx, &id, &logins, role.as_deref()).await?;
        let credentials = CredentialsType {
            secret_key: given.secret().to_owned(),
            session_token: given.token().to_owned(),
            expiration: given.expires_at.seconds(),
            access_key_id: given.access_key_id,
        };
        Ok(GetCredentialsForIdentityOutput { identity_id: identity.to_string(), credentials })
    }
}

/// A token for a token service.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct GetOpenIdToken {
    identity_id: Option<String>,
    logins: Option<BTreeMap<String, SecretString>>,
}

/// An identity and its token.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct TokenOutput {
    /// The identity.
    pub identity_id: String,
    /// The token.
    pub token: String,
}

impl Operation for GetOpenIdToken {
    const NAME: &'static str = "GetOpenIdToken";
    const ACCESS: Access = Access::Public;
    type Output = TokenOutput;

    async fn run(self, cx: &Cx, caller: &Caller) -> Result<Self::Output, Error> {
        let (id, logins) = (id("identityId", self.identity_id)?, logins(self.logins)?);
        cx.count_attempt(caller.address)?;
        let (identity, token) = credentials::open_id_token(cx, &id, &logins).await?;
        Ok(TokenOutput { identity_id: identity.to_string(), token })
    }
}
