//! Owns the operations on tracked sessions: how a pool and a client keep them, listing and ending them.

use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use super::constraints::{SESSION_ID, Words, check_range, required, word, word_for};
use super::named;
use super::operation::{Access, Caller, Entry, Operation};
use super::page::Page;
use super::wire::Empty;
use crate::auth::tracking::{self, Ending, LARGEST_PAGE};
use crate::cx::{Cx, PoolEntry};
use crate::domain::pool::STANDARD_SSO_MINUTES;
use crate::error::Error;
use crate::store::tracking::TrackedSession;

/// The family's table.
pub const OPERATIONS: &[Entry] = &[
    Entry::of::<SetUserPoolSessionConfiguration>(),
    Entry::of::<GetUserPoolSessionConfiguration>(),
    Entry::of::<SetUserPoolClientSessionConfiguration>(),
    Entry::of::<GetUserPoolClientSessionConfiguration>(),
    Entry::of::<ListUserSessions>(),
    Entry::of::<RevokeUserSession>(),
    Entry::of::<AdminListUserSessions>(),
    Entry::of::<AdminRevokeUserSession>(),
];

const TRACKING: Words<bool> = &[("ENABLED", true), ("DISABLED", false)];
/// `RevokeAssociatedSessionsType`: whether linked sessions end as well.
pub const ASSOCIATED_SESSIONS: Words<bool> = &[("NONE", false), ("LINKED", true)];

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct TokenSessionType {
    max_per_user: Option<i64>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SsoSessionType {
    max_validity_minutes: Option<i64>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct PoolConfigurationOutput {
    user_pool_id: String,
    user_session_tracking: &'static str,
    token_session: TokenSessionType,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ClientConfigurationOutput {
    user_pool_id: String,
    client_id: String,
    #[serde(rename = "SSOSession")]
    sso_session: SsoSessionType,
}

/// Switches tracking on or off.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SetUserPoolSessionConfiguration {
    user_pool_id: Option<String>,
    user_session_tracking: Option<String>,
    token_session: Option<TokenSessionType>,
}

impl Operation for SetUserPoolSessionConfiguration {
    const NAME: &'static str = "SetUserPoolSessionConfiguration";
    const ACCESS: Access = Access::Admin;
    type Output = PoolConfigurationOutput;

    async fn run(self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        let tracking = required("userSessionTracking", self.user_session_tracking)?;
        let is_tracked = word("userSessionTracking", &tracking, TRACKING)?;
        let tokens = required("tokenSession", self.token_session)?;
        let most = required("tokenSession.maxPerUser", tokens.max_per_user)?;
        check_range("tokenSession.maxPerUser", most, (1, 100))?;
        let most_per_user = u32::try_from(most).map_err(Error::internal)?;
        let pool = named::pool(cx, self.user_pool_id).await?;
        tracking::configure(cx, &pool, move |sessions| {
            sessions.is_tracked = is_tracked;
            sessions.most_per_user = most_per_user;
            Ok(())
        })
        .await?;
        Ok(PoolConfigurationOutput::of(&pool, is_tracked, most_per_user))
    }
}

/// Shows whether sessions are tracked.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct GetUserPoolSessionConfiguration {
    user_pool_id: Option<String>,
}

impl Operation for GetUserPoolSessionConfiguration {
    const NAME: &'static str = "GetUserPoolSessionConfiguration";
    const ACCESS: Access = Access::Admin;
    type Output = PoolConfigurationOutput;

    async fn run(self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        let pool = named::pool(cx, self.user_pool_id).await?;
        let sessions = &pool.pool.settings.sessions;
        Ok(PoolConfigurationOutput::of(&pool, sessions.is_tracked, sessions.most_per_user))
    }
}

/// Sets for how long a browser session signs in to a client without asking again.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SetUserPoolClientSessionConfiguration {
    user_pool_id: Option<String>,
    client_id: Option<String>,
    #[serde(rename = "SSOSession")]
    sso_session: Option<SsoSessionType>,
}

impl Operation for SetUserPoolClientSessionConfiguration {
    const NAME: &'static str = "SetUserPoolClientSessionConfiguration";
    const ACCESS: Access = Access::Admin;
    type Output = ClientConfigurationOutput;

    async fn run(self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        let session = required("sSOSession", self.sso_session)?;
        let minutes = required("sSOSession.maxValidityMinutes", session.max_validity_minutes)?;
        check_range("sSOSession.maxValidityMinutes", minutes, (0, 129_600))?;
        let client = named::client_of_pool(cx, self.user_pool_id, self.client_id).await?;
        if !client.pool.pool.is_lite() {
            tracking::check_tracked(&client.pool)?;
        }
        let id = client.client.id.to_string();
        tracking::configure(cx, &client.pool, move |sessions| {
            sessions.sso_minutes.insert(id, minutes);
            Ok(())
        })
        .await?;
        Ok(ClientConfigurationOutput::of(&client, minutes))
    }
}

/// Shows for how long a browser session signs in to a client.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct GetUserPoolClientSessionConfiguration {
    user_pool_id: Option<String>,
    client_id: Option<String>,
}

impl Operation for GetUserPoolClientSessionConfiguration {
    const NAME: &'static str = "GetUserPoolClientSessionConfiguration";
    const ACCESS: Access = Access::Admin;
    type Output = ClientConfigurationOutput;

    async fn run(self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        let client = named::client_of_pool(cx, self.user_pool_id, self.client_id).await?;
        let minutes = client.pool.pool.settings.sessions.sso_minutes.get(client.client.id.as_str());
        Ok(ClientConfigurationOutput::of(&client, minutes.copied().unwrap_or(STANDARD_SSO_MINUTES)))
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct SessionType {
    session_id: String,
    session_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_id: Option<String>,
    create_date: f64,
    last_active_date: f64,
    device_type: String,
    #[serde(rename = "LastIPAddress", skip_serializing_if = "Option::is_none")]
    last_ip_address: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    origin_session_id: Option<String>,
    is_current_session: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct SessionsOutput {
    sessions: Vec<SessionType>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

/// Lists the bearer's sessions.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ListUserSessions {
    access_token: Option<SecretString>,
    next_token: Option<String>,
}

impl Operation for ListUserSessions {
    const NAME: &'static str = "ListUserSessions";
    const ACCESS: Access = Access::AccessToken;
    type Output = SessionsOutput;

    async fn run(self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        let page = Page::after(self.next_token, LARGEST_PAGE)?;
        let bearer = named::bearer(cx, self.access_token).await?;
        let sessions = tracking::list(cx, &bearer.pool, &bearer.user, &page.after).await?;
        Ok(SessionsOutput::of(&page, sessions, bearer.claims.origin_jti.as_deref()))
    }
}

/// Lists a user's sessions.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AdminListUserSessions {
    user_pool_id: Option<String>,
    username: Option<String>,
    next_token: Option<String>,
}

impl Operation for AdminListUserSessions {
    const NAME: &'static str = "AdminListUserSessions";
    const ACCESS: Access = Access::Admin;
    type Output = SessionsOutput;

    async fn run(self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        let page = Page::after(self.next_token, LARGEST_PAGE)?;
        let (pool, user) = named::user(cx, self.user_pool_id, self.username).await?;
        let sessions = tracking::list(cx, &pool, &user, &page.after).await?;
        Ok(SessionsOutput::of(&page, sessions, None))
    }
}

/// Ends one of the bearer's other sessions.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct RevokeUserSession {
    access_token: Option<SecretString>,
    session_id: Option<String>,
    revoke_associated_sessions: Option<String>,
}

impl Operation for RevokeUserSession {
    const NAME: &'static str = "RevokeUserSession";
    const ACCESS: Access = Access::AccessToken;
    type Output = Empty;

    async fn run(self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        let id = SESSION_ID.required("sessionId", self.session_id)?;
        let is_linked = linked(self.revoke_associated_sessions.as_deref())?;
        let bearer = named::bearer(cx, self.access_token).await?;
        let own_family = bearer.claims.origin_jti.as_deref();
        tracking::revoke(cx, &bearer.pool, &bearer.user, Ending { id: &id, is_linked, own_family }).await?;
        Ok(Empty {})
    }
}

/// Ends a session of a user.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AdminRevokeUserSession {
    user_pool_id: Option<String>,
    username: Option<String>,
    session_id: Option<String>,
    revoke_associated_sessions: Option<String>,
}

impl Operation for AdminRevokeUserSession {
    const NAME: &'static str = "AdminRevokeUserSession";
    const ACCESS: Access = Access::Admin;
    type Output = Empty;

    async fn run(self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        let id = SESSION_ID.required("sessionId", self.session_id)?;
        let is_linked = linked(self.revoke_associated_sessions.as_deref())?;
        let (pool, user) = named::user(cx, self.user_pool_id, self.username).await?;
        tracking::revoke(cx, &pool, &user, Ending { id: &id, is_linked, own_family: None }).await?;
        Ok(Empty {})
    }
}

/// Whether linked sessions end as well.
///
/// # Errors
/// A word that is not of the set.
pub fn linked(text: Option<&str>) -> Result<bool, Error> {
    text.map_or(Ok(false), |text| word("revokeAssociatedSessions", text, ASSOCIATED_SESSIONS))
}

impl PoolConfigurationOutput {
    fn of(pool: &PoolEntry, is_tracked: bool, most_per_user: u32) -> Self {
        Self {
            user_pool_id: pool.pool.id.to_string(),
            user_session_tracking: word_for(is_tracked, TRACKING),
            token_session: TokenSessionType { max_per_user: Some(most_per_user.into()) },
        }
    }
}

impl ClientConfigurationOutput {
    fn of(client: &crate::cx::ClientEntry, minutes: i64) -> Self {
        Self {
            user_pool_id: client.pool_id().to_string(),
            client_id: client.client.id.to_string(),
            sso_session: SsoSessionType { max_validity_minutes: Some(minutes) },
        }
    }
}

impl SessionsOutput {
    fn of(page: &Page, sessions: Vec<TrackedSession>, own_family: Option<&str>) -> Self {
        let (sessions, next_token) = page.cut(sessions, |session| session.id.clone());
        let shown = |session: TrackedSession| SessionType {
            session_type: if session.family.is_some() { "TOKEN" } else { "SSO" },
            is_current_session: own_family.is_some() && session.family.as_deref() == own_family,
            session_id: session.id,
            client_id: session.client_id,
            create_date: session.created_at.fractional_seconds(),
            last_active_date: session.activity.at.fractional_seconds(),
            device_type: session.activity.device,
            last_ip_address: session.activity.address,
            origin_session_id: session.origin,
        };
        Self { sessions: sessions.into_iter().map(shown).collect(), next_token }
    }
}
