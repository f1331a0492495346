//! Owns the settings of a user pool.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::domain::attribute::{SchemaAttribute, standard_schema};
use crate::domain::device::DeviceSettings;
use crate::domain::factor::{FirstFactor, PoolMfa};
use crate::domain::ids::PoolId;
use crate::domain::log_delivery::{EventSource, LogConfiguration};
use crate::domain::passkey::PasskeySettings;
use crate::domain::password::PasswordPolicy;
use crate::domain::registration::RegistrationSettings;
use crate::domain::risk::RiskConfiguration;
use crate::domain::threat_protection::Mode;

/// An attribute that can serve as a name at sign-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LoginAttribute {
    /// The e-mail address.
    Email,
    /// The phone number.
    PhoneNumber,
    /// A name that the user may change.
    PreferredUsername,
}

impl LoginAttribute {
    /// The attribute's name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::PhoneNumber => "phone_number",
            Self::PreferredUsername => "preferred_username",
        }
    }
}

/// Minutes for which a browser session signs in to a client without asking, unless the client says otherwise.
pub const STANDARD_SSO_MINUTES: i64 = 60;
/// The longest that a browser session can sign in without asking, in minutes (API model).
pub const LONGEST_SSO_MINUTES: i64 = 129_600;

/// How a pool tracks sessions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SessionSettings {
    /// Whether sessions are tracked.
    pub is_tracked: bool,
    /// Token sessions that a user may have at once, 1–100.
    pub most_per_user: u32,
    /// Minutes for which a browser session signs in to a client without asking, by client id.
    pub sso_minutes: BTreeMap<String, i64>,
}

impl Default for SessionSettings {
    fn default() -> Self {
        Self { is_tracked: false, most_per_user: 20, sso_minutes: BTreeMap::new() }
    }
}

/// A user pool.
#[derive(Debug, Clone)]
pub struct Pool {
    /// Its id.
    pub id: PoolId,
    /// Its name for people.
    pub name: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub modified_at: Timestamp,
    /// Everything else.
    pub settings: PoolSettings,
}

/// What a pool's maker can set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct PoolSettings {
    /// The password policy.
    pub password_policy: PasswordPolicy,
    /// Addresses that are the user names themselves.
    pub username_attributes: Vec<LoginAttribute>,
    /// Attributes that lead to a user beside the user name, once verified.
    pub alias_attributes: Vec<LoginAttribute>,
    /// Addresses that a code proves at sign-up.
    pub auto_verified_attributes: Vec<LoginAttribute>,
    /// Addresses of which a new value counts only once it is proven.
    pub proven_before_update: Vec<LoginAttribute>,
    /// Whether `Jane` and `jane` are two users; `None` where the maker did not say, which means yes.
    pub is_case_sensitive: Option<bool>,
    /// The attributes that users can have.
    pub schema: Vec<SchemaAttribute>,
    /// Only administrators make users.
    pub only_administrators_create_users: bool,
    /// Ways to recover an account, best first.
    pub recovery: Vec<RecoveryMechanism>,
    /// Texts of messages.
    pub messages: Messages,
    /// The address that answers to mails go to, where it is not the sender's.
    pub reply_to: Option<String>,
    /// What it calls levels of assurance that it does not call by their usual names.
    pub level_names: BTreeMap<String, String>,
    /// What is said about second factors.
    pub mfa: PoolMfa,
    /// First factors among which people choose; `None` where the maker did not say, which means the password.
    pub first_factors: Option<Vec<FirstFactor>>,
    /// What it says about passkeys.
    pub passkeys: PasskeySettings,
    /// What it says about devices; a pool that says nothing tracks none.
    pub devices: Option<DeviceSettings>,
    /// Deletion needs this to be off.
    pub is_deletion_protected: bool,
    /// How sessions are tracked.
    pub sessions: SessionSettings,
    /// Tags.
    pub tags: BTreeMap<String, String>,
    /// Events that are delivered.
    pub log_delivery: Vec<LogConfiguration>,
    /// How it is protected.
    pub threat_protection: Mode,
    /// What it says about risks under the empty name, and what its clients say under their ids.
    pub risk: BTreeMap<String, RiskConfiguration>,
    /// Whether its issuer has Amazon's newer form, where the server takes Amazon's forms at all.
    pub has_updated_issuer: bool,
    /// How applications register themselves; `None` where they cannot.
    pub registration: Option<RegistrationSettings>,
    /// Settings that are kept and described but not acted on, by API member name, each as JSON text.
    pub echoed: BTreeMap<String, String>,
}

impl Default for PoolSettings {
    fn default() -> Self {
        Self {
            password_policy: PasswordPolicy::default(),
            username_attributes: Vec::new(),
            alias_attributes: Vec::new(),
            auto_verified_attributes: Vec::new(),
            proven_before_update: Vec::new(),
            is_case_sensitive: None,
            schema: standard_schema(),
            only_administrators_create_users: false,
            recovery: vec![RecoveryMechanism::VerifiedEmail, RecoveryMechanism::VerifiedPhoneNumber],
            messages: Messages::default(),
            reply_to: None,
            level_names: BTreeMap::new(),
            mfa: PoolMfa::default(),
            first_factors: None,
            passkeys: PasskeySettings::default(),
            devices: None,
            is_deletion_protected: false,
            sessions: SessionSettings::default(),
            tags: BTreeMap::new(),
            log_delivery: Vec::new(),
            threat_protection: Mode::Off,
            risk: BTreeMap::new(),
            has_updated_issuer: false,
            registration: None,
            echoed: BTreeMap::new(),
        }
    }
}

/// A way to recover an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RecoveryMechanism {
    /// A code to the proven e-mail address.
    VerifiedEmail,
    /// A code to the proven phone number.
    VerifiedPhoneNumber,
    /// Nobody but an administrator.
    AdminOnly,
}

/// Texts of the messages that a pool sends; absent ones are Cognito's defaults.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Messages {
    /// Subject of verification mails.
    pub verification_subject: Option<String>,
    /// Body of verification mails, with `{####}`.
    pub verification_body: Option<String>,
    /// Subject of mails that verify by a link.
    pub link_subject: Option<String>,
    /// Body of mails that verify by a link, with `{##text##}`.
    pub link_body: Option<String>,
    /// Sign-ups are confirmed by a link instead of a code.
    pub confirms_by_link: bool,
    /// Verification text messages, with `{####}`.
    pub verification_text_message: Option<String>,
    /// Subject of invitations.
    pub invitation_subject: Option<String>,
    /// Body of invitations, with `{username}` and `{####}`.
    pub invitation_body: Option<String>,
    /// Invitation text messages.
    pub invitation_text_message: Option<String>,
}

impl Pool {
    /// Where the pool lets events of that source go.
    #[must_use]
    pub fn destination(&self, source: EventSource) -> Option<String> {
        let delivery = self.settings.log_delivery.iter().find(|delivery| delivery.source == source);
        delivery.map(|delivery| delivery.arn.clone())
    }

    /// Where the pool wants to be told that a message could not be sent.
    #[must_use]
    pub fn failures_to(&self) -> Option<String> {
        self.destination(EventSource::UserNotification)
    }

    /// The form under which names are compared: as they are, or lower-cased.
    #[must_use]
    pub fn name_key(&self, name: &str) -> String {
        if self.settings.is_case_sensitive == Some(false) { name.to_lowercase() } else { name.to_owned() }
    }

    /// Whether addresses are the user names.
    #[must_use]
    pub fn has_username_attributes(&self) -> bool {
        !self.settings.username_attributes.is_empty()
    }

    /// The attributes that can lead to a user, and whether each must be verified first.
    pub fn login_attributes(&self) -> impl Iterator<Item = (LoginAttribute, bool)> + '_ {
        let names = self.settings.username_attributes.iter().map(|attribute| (*attribute, false));
        let aliases = self.settings.alias_attributes.iter();
        names.chain(aliases.map(|attribute| (*attribute, *attribute != LoginAttribute::PreferredUsername)))
    }

    /// The feature plan: `LITE`, `ESSENTIALS` or `PLUS`.
    #[must_use]
    pub fn tier(&self) -> &str {
        self.settings.echoed.get("UserPoolTier").map_or("ESSENTIALS", |text| text.trim_matches('"'))
    }

    /// Whether the pool is of the smallest plan.
    #[must_use]
    pub fn is_lite(&self) -> bool {
        self.tier() == "LITE"
    }

    /// Seconds for which a browser session signs in to a client without asking. It is a setting where sessions are
    /// tracked only.
    #[must_use]
    pub fn sso_seconds(&self, client: &str) -> i64 {
        let sessions = &self.settings.sessions;
        let minutes = sessions.sso_minutes.get(client).copied().filter(|_| sessions.is_tracked);
        60 * minutes.unwrap_or(STANDARD_SSO_MINUTES)
    }

    /// What the pool calls the level of assurance that is usually called `level`.
    #[must_use]
    pub fn level_name<'a>(&'a self, level: &'a str) -> &'a str {
        self.settings.level_names.get(level).map_or(level, String::as_str)
    }

    /// Levels that were asked for by the pool's names, separated by spaces, by their usual ones.
    #[must_use]
    pub fn usual_levels(&self, asked: &str) -> String {
        let names = &self.settings.level_names;
        let usual = |asked: &str| {
            let renamed = names.iter().find(|(_, name)| *name == asked).map(|(level, _)| level.clone());
            renamed.or_else(|| Some(asked.to_owned()).filter(|asked| !names.contains_key(asked)))
        };
        asked.split_ascii_whitespace().filter_map(usual).collect::<Vec<_>>().join(" ")
    }

    /// Whether a new address counts only once it is proven (API model, UserAttributeUpdateSettings).
    #[must_use]
    pub fn is_proven_before_update(&self, address: LoginAttribute) -> bool {
        self.settings.proven_before_update.contains(&address)
    }

    /// The first factors among which people choose.
    #[must_use]
    pub fn first_factors(&self) -> &[FirstFactor] {
        self.settings.first_factors.as_deref().unwrap_or(&[FirstFactor::Password])
    }

    /// Whether nobody but an administrator gets a user back in who forgot the password.
    #[must_use]
    pub fn only_administrators_recover(&self) -> bool {
        self.settings.recovery == [RecoveryMechanism::AdminOnly]
    }

    /// Whether Lambda functions of the pool's owner should ask questions of their own.
    #[must_use]
    pub fn has_custom_challenges(&self) -> bool {
        self.settings.echoed.get("LambdaConfig").is_some_and(|text| text.contains("\"DefineAuthChallenge\""))
    }

    /// Whether people can sign in with a code that is sent to them, so that nobody needs a password.
    #[must_use]
    pub fn is_passwordless(&self) -> bool {
        self.first_factors().iter().any(|factor| matches!(factor, FirstFactor::EmailOtp | FirstFactor::SmsOtp))
    }

    /// The schema's entry for `name`.
    #[must_use]
    pub fn schema_of(&self, name: &str) -> Option<&SchemaAttribute> {
        self.settings.schema.iter().find(|known| known.name == name)
    }

    /// The attributes that every new user needs, besides `sub`.
    pub fn required_attributes(&self) -> impl Iterator<Item = &SchemaAttribute> {
        self.settings.schema.iter().filter(|known| known.is_required && known.name != "sub")
    }
}
