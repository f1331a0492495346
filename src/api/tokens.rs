//! Owns what happens to tokens after a sign-in: refreshing, revoking, signing out everywhere.

use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};

use super::client_auth::check_secret;
use super::constraints::{DEVICE_KEY, TOKEN};
use super::named;
use super::operation::{Access, Caller, Entry, Operation};
use super::sessions::linked;
use super::wire::{AuthenticationResultType, Empty};
use crate::auth::refresh;
use crate::cx::Cx;
use crate::error::Error;

/// The family's table.
pub const OPERATIONS: &[Entry] =
    &[Entry::of::<GetTokensFromRefreshToken>(), Entry::of::<RevokeToken>(), Entry::of::<GlobalSignOut>()];

/// New tokens for a refresh token, with and without rotation.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct GetTokensFromRefreshToken {
    refresh_token: Option<SecretString>,
    client_id: Option<String>,
    client_secret: Option<SecretString>,
    device_key: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct TokensOutput {
    authentication_result: AuthenticationResultType,
}

impl Operation for GetTokensFromRefreshToken {
    const NAME: &'static str = "GetTokensFromRefreshToken";
    const ACCESS: Access = Access::Public;
    type Output = TokensOutput;

    async fn run(self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        let token = TOKEN.secret("refreshToken", self.refresh_token)?;
        let device_key = DEVICE_KEY.optional("deviceKey", self.device_key)?;
        let client = named::client(cx, self.client_id).await?;
        check_secret(&client.client, self.client_secret.as_ref())?;
        let tokens = refresh::refresh(cx, &client, (token.expose_secret(), device_key.as_deref())).await?;
        Ok(TokensOutput { authentication_result: tokens.into() })
    }
}

/// Revokes a refresh token and the access tokens of its sign-in.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct RevokeToken {
    token: Option<SecretString>,
    client_id: Option<String>,
    client_secret: Option<SecretString>,
    revoke_associated_sessions: Option<String>,
}

impl Operation for RevokeToken {
    const NAME: &'static str = "RevokeToken";
    const ACCESS: Access = Access::Public;
    type Output = Empty;

    async fn run(self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        let token = TOKEN.secret("token", self.token)?;
        let is_linked = linked(self.revoke_associated_sessions.as_deref())?;
        let client = named::client(cx, self.client_id).await?;
        // The model gives this operation no NotAuthorizedException.
        let is_proven = check_secret(&client.client, self.client_secret.as_ref());
        is_proven.map_err(|_| Error::Unauthorized("Unable to verify the client secret"))?;
        refresh::revoke(cx, &client, (token.expose_secret(), is_linked)).await?;
        Ok(Empty {})
    }
}

/// Ends every sign-in of the bearer.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct GlobalSignOut {
    access_token: Option<SecretString>,
}

impl Operation for GlobalSignOut {
    const NAME: &'static str = "GlobalSignOut";
    const ACCESS: Access = Access::AccessToken;
    type Output = Empty;

    async fn run(self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        let bearer = named::bearer(cx, self.access_token).await?;
        refresh::sign_out_everywhere(cx, &bearer.user).await?;
        Ok(Empty {})
    }
}
