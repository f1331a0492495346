//! Owns the passkeys of the signed-in user: making, listing and deleting them.

use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::constraints::{PAGINATION_KEY, STRING, check_range, required};
use super::named;
use super::operation::{Access, Caller, Entry, Operation};
use super::wire::Empty;
use crate::auth::passkey::{self, registration};
use crate::cx::Cx;
use crate::domain::passkey::{MOST, Passkey};
use crate::error::Error;

/// The family's table.
pub const OPERATIONS: &[Entry] = &[
    Entry::of::<StartWebAuthnRegistration>(),
    Entry::of::<CompleteWebAuthnRegistration>(),
    Entry::of::<ListWebAuthnCredentials>(),
    Entry::of::<DeleteWebAuthnCredential>(),
];

/// Asks for a new passkey.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct StartWebAuthnRegistration {
    access_token: Option<SecretString>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct StartOutput {
    credential_creation_options: Value,
}

impl Operation for StartWebAuthnRegistration {
    const NAME: &'static str = "StartWebAuthnRegistration";
    const ACCESS: Access = Access::AccessToken;
    type Output = StartOutput;

    async fn run(self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        let bearer = named::bearer(cx, self.access_token).await?;
        let client = cx.client(&bearer.claims.client_id).await?;
        let credential_creation_options = registration::start(cx, &client, &bearer.user).await?;
        Ok(StartOutput { credential_creation_options })
    }
}

/// Keeps the passkey that was made.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct CompleteWebAuthnRegistration {
    access_token: Option<SecretString>,
    credential: Option<Value>,
}

impl Operation for CompleteWebAuthnRegistration {
    const NAME: &'static str = "CompleteWebAuthnRegistration";
    const ACCESS: Access = Access::AccessToken;
    type Output = Empty;

    async fn run(self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        let credential = required("credential", self.credential)?;
        let bearer = named::bearer(cx, self.access_token).await?;
        let client = cx.client(&bearer.claims.client_id).await?;
        registration::complete(cx, &client, (&bearer.user, &credential)).await?;
        Ok(Empty {})
    }
}

/// Lists the user's passkeys.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ListWebAuthnCredentials {
    access_token: Option<SecretString>,
    next_token: Option<String>,
    max_results: Option<i64>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ListOutput {
    credentials: Vec<WebAuthnCredentialDescription>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct WebAuthnCredentialDescription {
    credential_id: String,
    friendly_credential_name: String,
    relying_party_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    authenticator_attachment: Option<String>,
    authenticator_transports: Vec<String>,
    created_at: f64,
}

impl Operation for ListWebAuthnCredentials {
    const NAME: &'static str = "ListWebAuthnCredentials";
    const ACCESS: Access = Access::AccessToken;
    type Output = ListOutput;

    async fn run(self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        let most = i64::try_from(MOST).unwrap_or(i64::MAX);
        let limit = self.max_results.unwrap_or(most);
        check_range("maxResults", limit, (0, most))?;
        let after = PAGINATION_KEY.optional("nextToken", self.next_token)?;
        let bearer = named::bearer(cx, self.access_token).await?;
        let passkeys = passkey::list(cx, &bearer.user).await?;
        let limit = if limit == 0 { MOST } else { usize::try_from(limit).unwrap_or(MOST) };
        let start = match &after {
            None => 0,
            Some(id) => position_after(&passkeys, id)?,
        };
        let rest = &passkeys[start..];
        let page = &rest[..limit.min(rest.len())];
        let next_token = page.last().filter(|_| rest.len() > limit).map(|passkey| passkey.id.clone());
        Ok(ListOutput { credentials: page.iter().map(WebAuthnCredentialDescription::from).collect(), next_token })
    }
}

/// Where the page after the passkey of that id begins. There are so few that all are read.
fn position_after(passkeys: &[Passkey], id: &str) -> Result<usize, Error> {
    let position = passkeys.iter().position(|passkey| passkey.id == *id);
    position.map(|position| position + 1).ok_or_else(|| Error::InvalidParameter("Invalid pagination token.".to_owned()))
}

impl From<&Passkey> for WebAuthnCredentialDescription {
    fn from(passkey: &Passkey) -> Self {
        let details = passkey.details.clone();
        Self {
            credential_id: passkey.id.clone(),
            friendly_credential_name: details.name,
            relying_party_id: details.relying_party_id,
            authenticator_attachment: details.attachment,
            authenticator_transports: details.transports,
            created_at: passkey.created_at.fractional_seconds(),
        }
    }
}

/// Deletes one of the user's passkeys.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct DeleteWebAuthnCredential {
    access_token: Option<SecretString>,
    credential_id: Option<String>,
}

impl Operation for DeleteWebAuthnCredential {
    const NAME: &'static str = "DeleteWebAuthnCredential";
    const ACCESS: Access = Access::AccessToken;
    type Output = Empty;

    async fn run(self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        let id = STRING.required("credentialId", self.credential_id)?;
        let bearer = named::bearer(cx, self.access_token).await?;
        passkey::delete(cx, &bearer.user, id).await?;
        Ok(Empty {})
    }
}
