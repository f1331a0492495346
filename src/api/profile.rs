//! Owns what users do to themselves: seeing their profile, changing the password, leaving.

use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use super::constraints::PASSWORD;
use super::named;
use super::operation::{Access, Caller, Entry, Operation};
use super::wire::mfa::UserMfa;
use super::wire::{AttributeType, Empty, attributes_of};
use crate::auth::{administration, change_password, mfa};
use crate::cx::Cx;
use crate::error::Error;

/// The family's table.
pub const OPERATIONS: &[Entry] = &[Entry::of::<GetUser>(), Entry::of::<ChangePassword>(), Entry::of::<DeleteUser>()];

/// Shows the bearer what the token's client may read.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct GetUser {
    access_token: Option<SecretString>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct GetUserOutput {
    username: String,
    user_attributes: Vec<AttributeType>,
    #[serde(flatten)]
    mfa: UserMfa,
}

impl Operation for GetUser {
    const NAME: &'static str = "GetUser";
    const ACCESS: Access = Access::AccessToken;
    type Output = GetUserOutput;

    async fn run(self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        let bearer = named::bearer(cx, self.access_token).await?;
        let client = cx.client(&bearer.claims.client_id).await?;
        let user_attributes = attributes_of(&bearer.user, |name| client.client.can_read(name));
        let mfa = mfa::shown(cx, &bearer.pool.pool, &bearer.user).await?.into();
        Ok(GetUserOutput { username: bearer.user.username, user_attributes, mfa })
    }
}

/// Replaces the bearer's password, who must know the old one.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ChangePassword {
    access_token: Option<SecretString>,
    previous_password: Option<SecretString>,
    proposed_password: Option<SecretString>,
}

impl Operation for ChangePassword {
    const NAME: &'static str = "ChangePassword";
    const ACCESS: Access = Access::AccessToken;
    type Output = Empty;

    async fn run(self, cx: &Cx, caller: &Caller) -> Result<Self::Output, Error> {
        let proposed = PASSWORD.secret("proposedPassword", self.proposed_password)?;
        let bearer = named::bearer(cx, self.access_token).await?;
        cx.count_attempt(caller.address)?;
        let client = cx.client(&bearer.claims.client_id).await?;
        change_password::change(cx, &client, &bearer.user, (self.previous_password, proposed)).await?;
        Ok(Empty {})
    }
}

/// Deletes the bearer.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct DeleteUser {
    access_token: Option<SecretString>,
}

impl Operation for DeleteUser {
    const NAME: &'static str = "DeleteUser";
    const ACCESS: Access = Access::AccessToken;
    type Output = Empty;

    async fn run(self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        let bearer = named::bearer(cx, self.access_token).await?;
        administration::delete_user(cx, bearer.user).await?;
        Ok(Empty {})
    }
}
