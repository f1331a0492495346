//! Owns the factors of a sign-in: which a pool offers, which a user has set up, which of them count for whom.
//! It must not know how a factor is proven.

use serde::{Deserialize, Serialize};

use crate::domain::user::User;

/// A second factor (API: the names of `UserMFASettingList`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum SecondFactor {
    /// A code by text message.
    SmsMfa,
    /// A code of an authenticator app.
    SoftwareTokenMfa,
    /// A code by mail.
    EmailOtp,
}

impl SecondFactor {
    /// Every second factor, in the order in which a choice lists them.
    pub const ALL: [Self; 3] = [Self::SmsMfa, Self::SoftwareTokenMfa, Self::EmailOtp];

    /// The API's word.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::SmsMfa => "SMS_MFA",
            Self::SoftwareTokenMfa => "SOFTWARE_TOKEN_MFA",
            Self::EmailOtp => "EMAIL_OTP",
        }
    }

    /// The factor of that name; the older name of codes by mail counts too.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        if name == "EMAIL_MFA" {
            return Some(Self::EmailOtp);
        }
        Self::ALL.into_iter().find(|factor| factor.name() == name)
    }

    /// The attribute that holds the address to which the code goes, where one is sent.
    #[must_use]
    pub const fn attribute(self) -> Option<&'static str> {
        match self {
            Self::SmsMfa => Some("phone_number"),
            Self::EmailOtp => Some("email"),
            Self::SoftwareTokenMfa => None,
        }
    }
}

/// A first factor of a sign-in where the person chooses (API: `AvailableChallenges`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum FirstFactor {
    /// The password, proven without sending it.
    PasswordSrp,
    /// The password as it is.
    Password,
    /// A code by mail.
    EmailOtp,
    /// A code by text message.
    SmsOtp,
    /// A passkey.
    WebAuthn,
}

impl FirstFactor {
    /// Every first factor, in the order in which a choice lists them.
    pub const ALL: [Self; 5] = [Self::PasswordSrp, Self::Password, Self::EmailOtp, Self::SmsOtp, Self::WebAuthn];

    /// The API's word.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::PasswordSrp => "PASSWORD_SRP",
            Self::Password => "PASSWORD",
            Self::EmailOtp => "EMAIL_OTP",
            Self::SmsOtp => "SMS_OTP",
            Self::WebAuthn => "WEB_AUTHN",
        }
    }

    /// The factor of that name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|factor| factor.name() == name)
    }

    /// Whether the pool's policy, which knows one kind of password, allows it.
    #[must_use]
    pub fn is_allowed(self, policy: &[Self]) -> bool {
        policy.contains(&if self == Self::PasswordSrp { Self::Password } else { self })
    }
}

/// Whether a pool asks for a second factor (API: `MfaConfiguration`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum MfaMode {
    /// Never.
    #[default]
    Off,
    /// Of everybody.
    On,
    /// Of those who set one up.
    Optional,
}

/// What a pool says about second factors.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PoolMfa {
    /// Whether one is asked for.
    pub mode: MfaMode,
    /// Whether codes by text message are on.
    pub has_sms: bool,
    /// Whether authenticator apps are on; `None` where nobody said.
    pub software_token: Option<bool>,
    /// Whether codes by mail are on.
    pub has_email: bool,
    /// The text message with the code, with `{####}`.
    pub sms_message: Option<String>,
    /// The mail with the code, with `{####}`.
    pub email_message: Option<String>,
    /// The subject of the mail with the code.
    pub email_subject: Option<String>,
}

impl PoolMfa {
    /// Whether the pool has that factor switched on.
    #[must_use]
    pub fn offers(&self, factor: SecondFactor) -> bool {
        match factor {
            SecondFactor::SmsMfa => self.has_sms,
            SecondFactor::SoftwareTokenMfa => self.software_token == Some(true),
            SecondFactor::EmailOtp => self.has_email,
        }
    }

    /// The factors that are switched on.
    #[must_use]
    pub fn offered(&self) -> Vec<SecondFactor> {
        SecondFactor::ALL.into_iter().filter(|factor| self.offers(*factor)).collect()
    }
}

/// What a user said about second factors.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct MfaPreference {
    /// The factors that are switched on.
    pub enabled: Vec<SecondFactor>,
    /// The one that is asked for without a choice.
    pub preferred: Option<SecondFactor>,
    /// Whether a passkey is enough where one of them would be asked for; only beside another factor.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub counts_passkeys: bool,
}

impl MfaPreference {
    /// Switches a factor on or off. Without any, passkeys count as one factor again.
    pub fn set(&mut self, factor: SecondFactor, is_enabled: bool) {
        self.enabled.retain(|known| *known != factor);
        if is_enabled {
            self.enabled.push(factor);
            self.enabled.sort_unstable();
        } else if self.preferred == Some(factor) {
            self.preferred = None;
        }
        self.counts_passkeys &= !self.enabled.is_empty();
    }
}

/// A user's second factors: the preference, and the authenticator app if one is proven.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UserFactors {
    /// What the user said.
    pub preference: MfaPreference,
    /// Whether a software token is proven.
    pub has_software_token: bool,
    /// What the user calls the device of the software token.
    pub device_name: Option<String>,
}

impl UserFactors {
    /// The factors that `user` can be asked for in a pool that says `mfa`. Where one is asked of everybody, whatever
    /// the user has counts without being switched on.
    #[must_use]
    pub fn usable(&self, mfa: &PoolMfa, user: &User) -> Vec<SecondFactor> {
        let is_wanted = |factor: &SecondFactor| {
            self.preference.enabled.contains(factor) || (mfa.mode == MfaMode::On && self.preference.enabled.is_empty())
        };
        self.at_hand(mfa, user).into_iter().filter(is_wanted).collect()
    }

    /// The factors that `user` has the means for in a pool that says `mfa`, switched on or not.
    fn at_hand(&self, mfa: &PoolMfa, user: &User) -> Vec<SecondFactor> {
        let has_means = |factor: SecondFactor| match factor.attribute() {
            Some(attribute) => user.attribute(attribute).is_some(),
            None => self.has_software_token,
        };
        if mfa.mode == MfaMode::Off {
            return Vec::new();
        }
        SecondFactor::ALL.into_iter().filter(|factor| mfa.offers(*factor) && has_means(*factor)).collect()
    }

    /// The factors that a risky sign-in can be asked for: those that are switched on, or whatever the user has, of
    /// addresses the proven ones: a new one can be named in the very sign-in. After a code as the first factor
    /// (`is_by_code`), another code proves nothing more.
    #[must_use]
    pub fn usable_at_risk(&self, mfa: &PoolMfa, user: &User, is_by_code: bool) -> Vec<SecondFactor> {
        let mut usable = self.usable(mfa, user);
        if usable.is_empty() {
            usable = self.at_hand(mfa, user);
            usable.retain(|factor| factor.attribute().is_none_or(|attribute| user.is_verified(attribute)));
        }
        usable.retain(|factor| !is_by_code || factor.attribute().is_none());
        usable
    }
}
