//! Owns what administrators do to users: making, describing, confirming, switching off, signing out, deleting.

use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use super::constraints::{PASSWORD, USERNAME, Words, word, word_list};
use super::named;
use super::operation::{Access, Caller, Entry, Operation};
use super::wire::mfa::UserMfa;
use super::wire::words::DELIVERY_MEDIUMS;
use super::wire::{AttributeType, Empty, UserState, UserType, attributes_from, attributes_of};
use crate::auth::administration::{self, NewUser};
use crate::auth::{mfa, recovery, refresh};
use crate::cx::Cx;
use crate::domain::user::User;
use crate::error::{Error, Thing};
use crate::mail::Channel;
use crate::store;

/// The family's table.
pub const OPERATIONS: &[Entry] = &[
    Entry::of::<AdminCreateUser>(),
    Entry::of::<AdminGetUser>(),
    Entry::of::<AdminSetUserPassword>(),
    Entry::of::<AdminConfirmSignUp>(),
    Entry::of::<AdminResetUserPassword>(),
    Entry::of::<AdminEnableUser>(),
    Entry::of::<AdminDisableUser>(),
    Entry::of::<AdminUserGlobalSignOut>(),
    Entry::of::<AdminDeleteUser>(),
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum MessageAction {
    Resend,
    Suppress,
}

const MESSAGE_ACTIONS: Words<MessageAction> =
    &[("RESEND", MessageAction::Resend), ("SUPPRESS", MessageAction::Suppress)];

/// Makes a user with a temporary password, or invites one again.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AdminCreateUser {
    user_pool_id: Option<String>,
    username: Option<String>,
    user_attributes: Option<Vec<AttributeType>>,
    temporary_password: Option<SecretString>,
    force_alias_creation: Option<bool>,
    message_action: Option<String>,
    desired_delivery_mediums: Option<Vec<String>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct AdminCreateUserOutput {
    user: UserType,
}

impl Operation for AdminCreateUser {
    const NAME: &'static str = "AdminCreateUser";
    const ACCESS: Access = Access::Admin;
    type Output = AdminCreateUserOutput;

    async fn run(self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        let username = USERNAME.required("username", self.username)?;
        let attributes = attributes_from("userAttributes", self.user_attributes)?;
        let action = self.message_action;
        let action = action.map(|text| word("messageAction", &text, MESSAGE_ACTIONS)).transpose()?;
        let mediums = self.desired_delivery_mediums;
        let mediums = mediums.map(|texts| word_list("desiredDeliveryMediums", &texts, DELIVERY_MEDIUMS)).transpose()?;
        let pool = named::pool(cx, self.user_pool_id).await?;
        let is_needless = self.temporary_password.is_none() || pool.pool.is_passwordless();
        let password = PASSWORD.secret_unless("temporaryPassword", (self.temporary_password, is_needless))?;
        if action == Some(MessageAction::Resend) {
            let user = administration::find(cx, &pool, &username).await?;
            let has_phone = user.attribute("phone_number").is_some();
            let invitation = (password, channels(mediums, has_phone));
            let user = administration::invite_again(cx, &pool, user, invitation).await?;
            return Ok(AdminCreateUserOutput { user: UserType::from(&user) });
        }
        let is_phone = pool.pool.has_username_attributes() && username.starts_with('+');
        let has_phone = is_phone || attributes.contains_key("phone_number");
        let is_silent = action == Some(MessageAction::Suppress);
        let new = NewUser {
            username,
            attributes,
            temporary_password: password,
            channels: if is_silent { Vec::new() } else { channels(mediums, has_phone) },
            forces_aliases: self.force_alias_creation == Some(true),
        };
        let user = administration::create_user(cx, &pool, new).await?;
        Ok(AdminCreateUserOutput { user: UserType::from(&user) })
    }
}

/// Describes a user.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AdminGetUser {
    user_pool_id: Option<String>,
    username: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct AdminGetUserOutput {
    username: String,
    user_attributes: Vec<AttributeType>,
    #[serde(flatten)]
    state: UserState,
    #[serde(flatten)]
    mfa: UserMfa,
}

impl Operation for AdminGetUser {
    const NAME: &'static str = "AdminGetUser";
    const ACCESS: Access = Access::Admin;
    type Output = AdminGetUserOutput;

    async fn run(self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        let (pool, user) = named::user(cx, self.user_pool_id, self.username).await?;
        let (user_attributes, state) = (attributes_of(&user, |_| true), UserState::from(&user));
        let mfa = mfa::shown(cx, &pool.pool, &user).await?.into();
        Ok(AdminGetUserOutput { username: user.username, user_attributes, state, mfa })
    }
}

/// Sets a user's password, for good or as a temporary one.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AdminSetUserPassword {
    user_pool_id: Option<String>,
    username: Option<String>,
    password: Option<SecretString>,
    permanent: Option<bool>,
}

impl Operation for AdminSetUserPassword {
    const NAME: &'static str = "AdminSetUserPassword";
    const ACCESS: Access = Access::Admin;
    type Output = Empty;

    async fn run(self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        let username = USERNAME.required("username", self.username)?;
        let password = PASSWORD.secret("password", self.password)?;
        let pool = named::pool(cx, self.user_pool_id).await?;
        administration::set_password(cx, &pool, &username, (password, self.permanent == Some(true))).await?;
        Ok(Empty {})
    }
}

/// Confirms a sign-up without a code.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AdminConfirmSignUp {
    user_pool_id: Option<String>,
    username: Option<String>,
}

impl Operation for AdminConfirmSignUp {
    const NAME: &'static str = "AdminConfirmSignUp";
    const ACCESS: Access = Access::Admin;
    type Output = Empty;

    async fn run(self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        let (pool, user) = named::user(cx, self.user_pool_id, self.username).await?;
        administration::confirm_sign_up(cx, &pool, user).await?;
        Ok(Empty {})
    }
}

/// Ends a user's password and sends a code for a new one.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AdminResetUserPassword {
    user_pool_id: Option<String>,
    username: Option<String>,
}

impl Operation for AdminResetUserPassword {
    const NAME: &'static str = "AdminResetUserPassword";
    const ACCESS: Access = Access::Admin;
    type Output = Empty;

    async fn run(self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        let (pool, user) = named::user(cx, self.user_pool_id, self.username).await?;
        recovery::reset(cx, &pool, user).await?;
        Ok(Empty {})
    }
}

/// Switches a user on.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AdminEnableUser {
    user_pool_id: Option<String>,
    username: Option<String>,
}

impl Operation for AdminEnableUser {
    const NAME: &'static str = "AdminEnableUser";
    const ACCESS: Access = Access::Admin;
    type Output = Empty;

    async fn run(self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        let (_, user) = named::user(cx, self.user_pool_id, self.username).await?;
        switch(cx, user, true).await
    }
}

/// Switches a user off.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AdminDisableUser {
    user_pool_id: Option<String>,
    username: Option<String>,
}

impl Operation for AdminDisableUser {
    const NAME: &'static str = "AdminDisableUser";
    const ACCESS: Access = Access::Admin;
    type Output = Empty;

    async fn run(self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        let (_, user) = named::user(cx, self.user_pool_id, self.username).await?;
        switch(cx, user, false).await
    }
}

/// Ends every sign-in of a user.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AdminUserGlobalSignOut {
    user_pool_id: Option<String>,
    username: Option<String>,
}

impl Operation for AdminUserGlobalSignOut {
    const NAME: &'static str = "AdminUserGlobalSignOut";
    const ACCESS: Access = Access::Admin;
    type Output = Empty;

    async fn run(self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        let (_, user) = named::user(cx, self.user_pool_id, self.username).await?;
        refresh::sign_out_everywhere(cx, &user).await?;
        Ok(Empty {})
    }
}

/// Deletes a user.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AdminDeleteUser {
    user_pool_id: Option<String>,
    username: Option<String>,
}

impl Operation for AdminDeleteUser {
    const NAME: &'static str = "AdminDeleteUser";
    const ACCESS: Access = Access::Admin;
    type Output = Empty;

    async fn run(self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        let (_, user) = named::user(cx, self.user_pool_id, self.username).await?;
        administration::delete_user(cx, user).await?;
        Ok(Empty {})
    }
}

async fn switch(cx: &Cx, user: User, is_enabled: bool) -> Result<Empty, Error> {
    let now = cx.now();
    tracing::info!(pool = %user.pool_id, sub = %user.sub, is_enabled, "user switched");
    cx.store
        .write(move |db| {
            Box::pin(async move {
                let is_found = store::users::set_enabled(db, &user, is_enabled, now).await?;
                if is_found { Ok(Empty {}) } else { Err(Error::NotFound(Thing::User)) }
            })
        })
        .await
}

/// The ways of an invitation: those asked for, else a text message, and a mail to who has no phone.
fn channels(asked: Option<Vec<Channel>>, has_phone: bool) -> Vec<Channel> {
    let standard = if has_phone { Channel::Sms } else { Channel::Email };
    asked.filter(|asked| !asked.is_empty()).unwrap_or_else(|| vec![standard])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_invitation_goes_where_it_was_asked_to_or_can() {
        assert_eq!(channels(None, true), [Channel::Sms]);
        assert_eq!(channels(None, false), [Channel::Email]);
        assert_eq!(channels(Some(vec![Channel::Email]), true), [Channel::Email]);
    }
}
