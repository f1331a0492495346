//! Owns the wire shapes of first and second factors: what a pool says about them, what a user says.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::words::{FIRST_FACTORS, MFA_MODES, PASSKEY_FACTORS, USER_VERIFICATIONS};
use crate::api::constraints::{
    EMAIL_MFA_MESSAGE, EMAIL_SUBJECT, SMS_VERIFICATION, Text, check_length, required, word, word_for, word_list,
};
use crate::domain::factor::{FirstFactor, MfaMode, MfaPreference, PoolMfa, SecondFactor};
use crate::domain::passkey::PasskeySettings;
use crate::error::Error;

/// `RelyingPartyIdType`.
static RELYING_PARTY_ID: Text = Text::new(1, 127, r"(?s).*");

/// First factors among which people choose.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct SignInPolicyType {
    allowed_first_auth_factors: Option<Vec<String>>,
}

/// Codes by text message.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct SmsMfaConfigType {
    #[serde(skip_serializing_if = "Option::is_none")]
    sms_authentication_message: Option<String>,
    /// How text messages are sent; kept and described.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sms_configuration: Option<Value>,
}

/// Codes of authenticator apps.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct SoftwareTokenMfaConfigType {
    enabled: Option<bool>,
}

/// Codes by mail.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct EmailMfaConfigType {
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<String>,
}

/// Passkeys.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct WebAuthnConfigurationType {
    #[serde(skip_serializing_if = "Option::is_none")]
    relying_party_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_verification: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    factor_configuration: Option<String>,
}

/// What a profile shows of second factors.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct UserMfa {
    #[serde(rename = "MFAOptions", skip_serializing_if = "Vec::is_empty")]
    options: Vec<MfaOptionType>,
    #[serde(skip_serializing_if = "Option::is_none")]
    preferred_mfa_setting: Option<&'static str>,
    #[serde(rename = "UserMFASettingList", skip_serializing_if = "Vec::is_empty")]
    user_mfa_setting_list: Vec<&'static str>,
}

/// The older way to say that codes go by text message.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct MfaOptionType {
    delivery_medium: Option<String>,
    attribute_name: Option<String>,
}

/// The first factors of a pool.
///
/// # Errors
/// A broken constraint, or a list without the password.
pub fn first_factors_from(given: SignInPolicyType) -> Result<Vec<FirstFactor>, Error> {
    let place = "policies.signInPolicy.allowedFirstAuthFactors";
    let Some(names) = given.allowed_first_auth_factors else { return Ok(vec![FirstFactor::Password]) };
    check_length(place, names.as_slice(), (1, 5))?;
    let mut factors: Vec<FirstFactor> = Vec::with_capacity(names.len());
    for factor in word_list(place, &names, FIRST_FACTORS)? {
        if !factors.contains(&factor) {
            factors.push(factor);
        }
    }
    if !factors.contains(&FirstFactor::Password) {
        return Err(Error::InvalidParameter("AllowedFirstAuthFactors must contain PASSWORD.".to_owned()));
    }
    Ok(factors)
}

/// What a pool says about second factors when it is made or changed, after it said `known`. Text messages need their
/// configuration; the other factors are switched on by an operation of their own.
///
/// # Errors
/// A broken constraint, or Cognito's refusal of a second factor that cannot be had.
pub fn mfa_from(
    (mode, sms_message, has_sms_configuration): (Option<&str>, Option<String>, bool),
    known: &PoolMfa,
) -> Result<PoolMfa, Error> {
    let mode = word("mfaConfiguration", mode.unwrap_or("OFF"), MFA_MODES)?;
    let sms_message = SMS_VERIFICATION.optional("smsAuthenticationMessage", sms_message)?;
    if mode == MfaMode::Off {
        return Ok(PoolMfa { sms_message, ..PoolMfa::default() });
    }
    let has_others = known.software_token.is_some() || known.has_email;
    let has_sms = has_sms_configuration && (known.has_sms || !has_others);
    if !has_sms && !has_others {
        return Err(Error::InvalidParameter(
            "SMS configuration and Auto verification for phone_number are required when MFA is required/optional"
                .to_owned(),
        ));
    }
    Ok(PoolMfa { mode, has_sms, sms_message, ..known.clone() })
}

/// What a pool says about second factors as a whole.
pub struct PoolMfaWish {
    /// Whether one is asked for.
    pub mode: Option<String>,
    /// Codes by text message.
    pub sms: Option<SmsMfaConfigType>,
    /// Codes of authenticator apps.
    pub software_token: Option<SoftwareTokenMfaConfigType>,
    /// Codes by mail.
    pub email: Option<EmailMfaConfigType>,
}

impl PoolMfaWish {
    /// The settings that are wished for.
    ///
    /// # Errors
    /// A broken constraint, or Cognito's refusals of a mode that does not fit the factors.
    pub fn settle(self, known: &PoolMfa) -> Result<PoolMfa, Error> {
        let mode = word("mfaConfiguration", self.mode.as_deref().unwrap_or("OFF"), MFA_MODES)?;
        let is_configured = self.sms.is_some() || self.software_token.is_some() || self.email.is_some();
        if mode == MfaMode::Off && is_configured {
            return Err(Error::InvalidParameter(
                "Invalid MFA configuration given, can't turn off MFA and configure an MFA together.".to_owned(),
            ));
        }
        if mode != MfaMode::Off && !is_configured {
            return Err(Error::InvalidParameter(
                "Invalid MFA Configuration given. SMS MFA, Email MFA, or Software Token MFA must be enabled."
                    .to_owned(),
            ));
        }
        let has_sms = self.sms.is_some();
        let given = self.sms.and_then(|sms| sms.sms_authentication_message);
        let given = SMS_VERIFICATION.optional("smsMfaConfiguration.smsAuthenticationMessage", given)?;
        let (has_email, email) = (self.email.is_some(), self.email.map(|email| (email.message, email.subject)));
        let (message, subject) = email.unwrap_or_default();
        Ok(PoolMfa {
            mode,
            has_sms,
            software_token: self.software_token.map(|token| token.enabled.unwrap_or(false)),
            has_email,
            sms_message: given.or_else(|| known.sms_message.clone()),
            email_message: EMAIL_MFA_MESSAGE.optional("emailMfaConfiguration.message", message)?,
            email_subject: EMAIL_SUBJECT.optional("emailMfaConfiguration.subject", subject)?,
        })
    }
}

/// What a pool says about passkeys.
///
/// # Errors
/// A broken constraint.
pub fn passkeys_from(given: WebAuthnConfigurationType) -> Result<PasskeySettings, Error> {
    let place = |name: &str| format!("webAuthnConfiguration.{name}");
    let verification = given.user_verification.as_deref();
    let factor = given.factor_configuration.as_deref();
    Ok(PasskeySettings {
        relying_party_id: RELYING_PARTY_ID.optional(&place("relyingPartyId"), given.relying_party_id)?,
        user_verification: verification
            .map(|text| word(&place("userVerification"), text, USER_VERIFICATIONS))
            .transpose()?,
        factor: factor.map(|text| word(&place("factorConfiguration"), text, PASSKEY_FACTORS)).transpose()?,
    })
}

/// Whether the older settings ask for codes by text message.
///
/// # Errors
/// A broken constraint, or another way than text messages.
pub fn wants_sms(options: Option<Vec<MfaOptionType>>) -> Result<bool, Error> {
    let options = required("mFAOptions", options)?;
    let is_sms = |option: &MfaOptionType| {
        option.delivery_medium.as_deref() == Some("SMS") && option.attribute_name.as_deref() == Some("phone_number")
    };
    if options.iter().all(is_sms) {
        return Ok(!options.is_empty());
    }
    Err(Error::InvalidParameter("Only SMS to phone_number can be set as an MFA option.".to_owned()))
}

/// What `UserMFASettingList` calls passkeys that count as two factors.
const PASSKEYS: &str = "WEB_AUTHN_MFA";

/// The names of second factors that are switched on, and of the preferred one.
#[must_use]
pub fn names_of(preference: &MfaPreference) -> (Vec<&'static str>, Option<&'static str>) {
    let names = preference.enabled.iter().map(|factor| factor.name());
    let names = names.chain(preference.counts_passkeys.then_some(PASSKEYS)).collect();
    (names, preference.preferred.map(SecondFactor::name))
}

impl From<&[FirstFactor]> for SignInPolicyType {
    fn from(factors: &[FirstFactor]) -> Self {
        Self { allowed_first_auth_factors: Some(factors.iter().map(|factor| factor.name().to_owned()).collect()) }
    }
}

impl From<MfaPreference> for UserMfa {
    fn from(preference: MfaPreference) -> Self {
        let (user_mfa_setting_list, preferred_mfa_setting) = names_of(&preference);
        let by_sms =
            MfaOptionType { delivery_medium: Some("SMS".to_owned()), attribute_name: Some("phone_number".to_owned()) };
        let options = if preference.enabled.contains(&SecondFactor::SmsMfa) { vec![by_sms] } else { Vec::new() };
        Self { options, preferred_mfa_setting, user_mfa_setting_list }
    }
}

impl SmsMfaConfigType {
    /// What `mfa` says, with the pool's way to send text messages.
    #[must_use]
    pub fn of(mfa: &PoolMfa, sms_configuration: Option<Value>) -> Option<Self> {
        mfa.has_sms.then(|| Self { sms_authentication_message: mfa.sms_message.clone(), sms_configuration })
    }
}

impl SoftwareTokenMfaConfigType {
    /// What `mfa` says.
    #[must_use]
    pub fn of(mfa: &PoolMfa) -> Option<Self> {
        mfa.software_token.map(|enabled| Self { enabled: Some(enabled) })
    }
}

impl EmailMfaConfigType {
    /// What `mfa` says.
    #[must_use]
    pub fn of(mfa: &PoolMfa) -> Option<Self> {
        mfa.has_email.then(|| Self { message: mfa.email_message.clone(), subject: mfa.email_subject.clone() })
    }
}

impl WebAuthnConfigurationType {
    /// What a pool says about passkeys, if anything.
    #[must_use]
    pub fn of(settings: &PasskeySettings) -> Option<Self> {
        (*settings != PasskeySettings::default()).then(|| Self {
            relying_party_id: settings.relying_party_id.clone(),
            user_verification: settings.user_verification.map(|wish| word_for(wish, USER_VERIFICATIONS).to_owned()),
            factor_configuration: settings.factor.map(|factor| word_for(factor, PASSKEY_FACTORS).to_owned()),
        })
    }
}
