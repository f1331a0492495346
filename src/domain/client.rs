//! Owns app clients: what an application may ask a pool for.

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::domain::attribute::{Attributes, is_standard, is_written_by_default};
use crate::domain::ids::{ClientId, PoolId};
use crate::domain::registration::Registration;

/// A way to authenticate that a client may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum AuthFlow {
    /// Administrator's password sign-in.
    AllowAdminUserPasswordAuth,
    /// Custom challenges.
    AllowCustomAuth,
    /// Password in the request.
    AllowUserPasswordAuth,
    /// Secure Remote Password.
    AllowUserSrpAuth,
    /// Refresh by the API.
    AllowRefreshTokenAuth,
    /// Choice of factors.
    AllowUserAuth,
    /// Token exchange on somebody's behalf.
    AllowTokenExchangeDelegation,
    /// Token exchange as somebody.
    AllowTokenExchangeImpersonation,
    /// Tokens for the client itself, by the API.
    AllowClientTokenAuth,
    /// Legacy name of the administrator's password sign-in.
    AdminNoSrpAuth,
    /// Legacy name of custom challenges only.
    CustomAuthFlowOnly,
    /// Legacy name of the password in the request.
    UserPasswordAuth,
}

/// An OAuth grant that a client may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OAuthFlow {
    /// Authorization code.
    Code,
    /// Implicit.
    Implicit,
    /// Client credentials.
    ClientCredentials,
}

/// The unit of a token's lifetime.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TimeUnit {
    /// 1 s.
    Seconds,
    /// 60 s.
    Minutes,
    /// 3,600 s.
    Hours,
    /// 86,400 s.
    Days,
}

impl TimeUnit {
    /// Seconds in `amount` of this unit.
    #[must_use]
    pub const fn seconds(self, amount: i64) -> i64 {
        amount.saturating_mul(match self {
            Self::Seconds => 1,
            Self::Minutes => 60,
            Self::Hours => 3600,
            Self::Days => 86_400,
        })
    }
}

/// How long tokens live, as the client's maker said it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TokenValidity {
    /// Access tokens; 60 minutes unless set.
    pub access: Option<i64>,
    /// ID tokens; 60 minutes unless set.
    pub id: Option<i64>,
    /// Refresh tokens; 30 days unless set or 0.
    pub refresh: Option<i64>,
    /// Unit of `access`; hours unless set.
    pub access_unit: Option<TimeUnit>,
    /// Unit of `id`; hours unless set.
    pub id_unit: Option<TimeUnit>,
    /// Unit of `refresh`; days unless set.
    pub refresh_unit: Option<TimeUnit>,
}

impl TokenValidity {
    /// Seconds that an access token lives.
    #[must_use]
    pub fn access_seconds(&self) -> i64 {
        self.access.map_or(3600, |amount| self.access_unit.unwrap_or(TimeUnit::Hours).seconds(amount))
    }

    /// Seconds that an ID token lives.
    #[must_use]
    pub fn id_seconds(&self) -> i64 {
        self.id.map_or(3600, |amount| self.id_unit.unwrap_or(TimeUnit::Hours).seconds(amount))
    }

    /// Seconds that a refresh token lives.
    #[must_use]
    pub fn refresh_seconds(&self) -> i64 {
        let amount = self.refresh.filter(|amount| *amount > 0);
        amount.map_or(30 * 86_400, |amount| self.refresh_unit.unwrap_or(TimeUnit::Days).seconds(amount))
    }
}

/// Refresh token rotation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rotation {
    /// Whether it is on.
    pub is_enabled: bool,
    /// Seconds for which a replaced token still works, 0–60.
    pub grace_seconds: i64,
}

/// A secret of an app client.
#[derive(Debug, Clone)]
pub struct ClientSecret {
    /// The secret.
    pub value: SecretString,
    /// When it was added; no two of a client's secrets have the same moment.
    pub created_at: Timestamp,
}

impl ExposeSecret<str> for ClientSecret {
    fn expose_secret(&self) -> &str {
        self.value.expose_secret()
    }
}

/// An app client.
#[derive(Debug, Clone)]
pub struct Client {
    /// Its id.
    pub id: ClientId,
    /// The pool that it belongs to.
    pub pool_id: PoolId,
    /// Its name for people.
    pub name: String,
    /// Its secrets, at most two; none for a public client.
    pub secrets: Vec<ClientSecret>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub modified_at: Timestamp,
    /// Everything else.
    pub settings: ClientSettings,
}

/// What a client's maker can set.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ClientSettings {
    /// Ways to authenticate; `None` where the maker did not say.
    pub explicit_auth_flows: Option<Vec<AuthFlow>>,
    /// Whether the OAuth endpoints serve this client.
    pub is_oauth_enabled: bool,
    /// Allowed grants.
    pub oauth_flows: Vec<OAuthFlow>,
    /// Allowed scopes.
    pub oauth_scopes: Vec<String>,
    /// Exact redirect targets.
    pub callback_urls: Vec<String>,
    /// Exact targets after sign-out.
    pub logout_urls: Vec<String>,
    /// One of the callback URLs.
    pub default_redirect_uri: Option<String>,
    /// Names of providers, `COGNITO` among them.
    pub identity_providers: Vec<String>,
    /// Token lifetimes.
    pub validity: TokenValidity,
    /// Attributes that the client may read; `None` means all standard ones and every custom one.
    pub read_attributes: Option<Vec<String>>,
    /// Attributes that the client may write; `None` as above.
    pub write_attributes: Option<Vec<String>>,
    /// Whether unknown users get the answer of a wrong password. `None` where the maker did not say (`LEGACY`).
    pub hides_user_existence: Option<bool>,
    /// Whether tokens can be revoked; on unless set.
    pub is_revocation_disabled: bool,
    /// Minutes in which a challenge must be answered, 3–15.
    pub auth_session_minutes: Option<i64>,
    /// Refresh token rotation, where the maker said something.
    pub rotation: Option<Rotation>,
    /// How the client registered itself; `None` where an administrator made it.
    pub registration: Option<Registration>,
    /// Settings that are kept and described but not acted on, by API member name, each as JSON text.
    pub echoed: std::collections::BTreeMap<String, String>,
}

impl Client {
    /// Whether the client must prove itself with a secret.
    #[must_use]
    pub const fn is_confidential(&self) -> bool {
        !self.secrets.is_empty()
    }

    /// Whether the client registered itself.
    #[must_use]
    pub const fn is_registered(&self) -> bool {
        self.settings.registration.is_some()
    }

    /// Whether people are asked before the client learns who they are: nobody vouches for it.
    #[must_use]
    pub fn needs_consent(&self) -> bool {
        self.settings.registration == Some(Registration::Open)
    }

    /// Whether codes of the client work only with the proof of RFC 7636: it registered itself and has no secret.
    #[must_use]
    pub const fn needs_code_challenge(&self) -> bool {
        self.is_registered() && !self.is_confidential()
    }

    /// Whether the hosted pages let people choose another first factor than the password. A client that registered
    /// itself signs nobody in by the API, but its pages are ours like any other's.
    #[must_use]
    pub fn lets_people_choose(&self) -> bool {
        self.allows(AuthFlow::AllowUserAuth) || (self.is_registered() && self.says_nothing_of_flows())
    }

    fn says_nothing_of_flows(&self) -> bool {
        self.settings.explicit_auth_flows.as_ref().is_none_or(Vec::is_empty)
    }

    /// Whether `flow` is allowed; legacy names count for their successors. A client for which nothing was said may use
    /// SRP, custom challenges and refresh (API model, ExplicitAuthFlows); one that registered itself may only refresh.
    #[must_use]
    pub fn allows(&self, flow: AuthFlow) -> bool {
        use AuthFlow::{
            AdminNoSrpAuth, AllowAdminUserPasswordAuth, AllowCustomAuth, AllowRefreshTokenAuth, AllowUserPasswordAuth,
            AllowUserSrpAuth, CustomAuthFlowOnly, UserPasswordAuth,
        };
        let legacy = |list: &[AuthFlow]| {
            list.iter().any(|one| matches!(one, AdminNoSrpAuth | CustomAuthFlowOnly | UserPasswordAuth))
        };
        match self.settings.explicit_auth_flows.as_deref() {
            None | Some([]) if self.is_registered() => flow == AllowRefreshTokenAuth,
            None | Some([]) => matches!(flow, AllowUserSrpAuth | AllowCustomAuth | AllowRefreshTokenAuth),
            Some(list) if legacy(list) => match flow {
                AllowRefreshTokenAuth => true,
                AllowUserSrpAuth => !list.contains(&CustomAuthFlowOnly),
                AllowCustomAuth => list.contains(&CustomAuthFlowOnly),
                AllowAdminUserPasswordAuth => list.contains(&AdminNoSrpAuth),
                AllowUserPasswordAuth => list.contains(&UserPasswordAuth),
                _ => false,
            },
            Some(list) => list.contains(&flow),
        }
    }

    /// The scopes for which the client itself gets a token: those that were asked for, or all that it may have. `None`
    /// where one is not the client's.
    #[must_use]
    pub fn own_scopes(&self, asked: Option<Vec<String>>) -> Option<Vec<String>> {
        let allowed = &self.settings.oauth_scopes;
        let Some(asked) = asked else { return Some(allowed.clone()) };
        asked.iter().all(|scope| allowed.contains(scope)).then_some(asked)
    }

    /// Whether the client may read the attribute.
    #[must_use]
    pub fn can_read(&self, attribute: &str) -> bool {
        let listed = |list: &Vec<String>| {
            attribute == "sub" || attribute == "identities" || list.iter().any(|name| name == attribute)
        };
        self.settings.read_attributes.as_ref().map_or_else(
            || is_standard(attribute) || attribute.starts_with("custom:") || attribute == "identities",
            listed,
        )
    }

    /// The first of `attributes` that the client may not write.
    #[must_use]
    pub fn first_unwritable<'a>(&self, attributes: &'a Attributes) -> Option<&'a str> {
        let can_write = |name: &str| match &self.settings.write_attributes {
            Some(list) => list.iter().any(|listed| listed == name),
            None => is_written_by_default(name) || name.starts_with("custom:"),
        };
        attributes.keys().map(String::as_str).find(|name| !can_write(name))
    }

    /// Whether unknown users get the answer of a wrong password.
    #[must_use]
    pub fn hides_user_existence(&self) -> bool {
        self.settings.hides_user_existence == Some(true)
    }

    /// The rotation in force, if it is on.
    #[must_use]
    pub fn rotation(&self) -> Option<Rotation> {
        self.settings.rotation.filter(|rotation| rotation.is_enabled)
    }

    /// Seconds in which a challenge must be answered.
    #[must_use]
    pub fn auth_session_seconds(&self) -> i64 {
        self.settings.auth_session_minutes.unwrap_or(3) * 60
    }

    /// Whether the pool's own directory may be used for sign-in on the hosted pages.
    #[must_use]
    pub fn has_local_sign_in(&self) -> bool {
        self.settings.identity_providers.iter().any(|name| name == "COGNITO")
    }
}
