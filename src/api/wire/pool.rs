//! Owns the wire shape of a user pool: what its maker sends, what a description shows.
//! Members that nothing acts on are kept as they came and shown again.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::device::DeviceConfigurationType;
use super::messages::{
    MessageTemplateType, PlainMessages, VerificationMessageTemplateType, invitation_of, messages_from,
};
use super::mfa::{SignInPolicyType, first_factors_from, mfa_from};
use super::policy::{AccountRecoverySettingType, PasswordPolicyType, UserPoolPolicyType, policy_from, recovery_from};
use super::pool_parts::{
    ECHOED, check_together, has_updated_issuer, level_names, registration, reply_to, threat_protection,
};
use super::schema::SchemaAttributeType;
use super::tags::{arn_of, tags_from};
use super::words::{ADDRESS_ATTRIBUTES, ALIAS_ATTRIBUTES, DELETION_PROTECTION, MFA_MODES};
use crate::api::constraints::{Words, word, word_for, word_list};
use crate::api::shape::{camel, checked};
use crate::domain::device::DeviceSettings;
use crate::domain::pool::{LoginAttribute, Pool, PoolSettings};
use crate::domain::pool_domain::PoolDomain;
use crate::error::Error;

const TIER: &str = "UserPoolTier";
const TIER_WORDS: Words<&str> = &[("LITE", "LITE"), ("ESSENTIALS", "ESSENTIALS"), ("PLUS", "PLUS")];
/// Which makes codes by text message possible.
pub const SMS_CONFIGURATION: &str = "SmsConfiguration";

/// The settings that can be given at creation and changed later.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PoolSettingsType {
    policies: Option<UserPoolPolicyType>,
    deletion_protection: Option<String>,
    auto_verified_attributes: Option<Vec<String>>,
    verification_message_template: Option<VerificationMessageTemplateType>,
    mfa_configuration: Option<String>,
    user_pool_tags: Option<BTreeMap<String, String>>,
    admin_create_user_config: Option<AdminCreateUserConfigType>,
    account_recovery_setting: Option<AccountRecoverySettingType>,
    user_pool_tier: Option<String>,
    sms_authentication_message: Option<String>,
    device_configuration: Option<DeviceConfigurationType>,
    #[serde(flatten)]
    messages: PlainMessages,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AdminCreateUserConfigType {
    allow_admin_create_user_only: Option<bool>,
    unused_account_validity_days: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    invite_message_template: Option<MessageTemplateType>,
}

/// How user names are compared.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct UsernameConfigurationType {
    /// Whether `Jane` and `jane` are two users.
    pub case_sensitive: Option<bool>,
}

/// A user pool, as a description shows it.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct UserPoolType {
    id: String,
    name: String,
    arn: String,
    policies: UserPoolPolicyType,
    deletion_protection: &'static str,
    last_modified_date: f64,
    creation_date: f64,
    schema_attributes: Vec<SchemaAttributeType>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    auto_verified_attributes: Vec<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    alias_attributes: Vec<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    username_attributes: Vec<&'static str>,
    #[serde(flatten)]
    messages: PlainMessages,
    verification_message_template: VerificationMessageTemplateType,
    #[serde(skip_serializing_if = "Option::is_none")]
    domain: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    custom_domain: Option<String>,
    estimated_number_of_users: i64,
    user_pool_tags: BTreeMap<String, String>,
    admin_create_user_config: AdminCreateUserConfigType,
    #[serde(skip_serializing_if = "Option::is_none")]
    username_configuration: Option<UsernameConfigurationType>,
    account_recovery_setting: AccountRecoverySettingType,
    #[serde(skip_serializing_if = "Option::is_none")]
    device_configuration: Option<DeviceConfigurationType>,
    mfa_configuration: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    sms_authentication_message: Option<String>,
    #[serde(flatten)]
    echoed: Map<String, Value>,
}

/// A user pool in a list.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct UserPoolDescriptionType {
    id: String,
    name: String,
    lambda_config: Option<Value>,
    last_modified_date: f64,
    creation_date: f64,
}

impl PoolSettingsType {
    /// Replaces what can change; whatever was not given becomes Cognito's default.
    ///
    /// # Errors
    /// A broken constraint, or a setting that this server cannot honour.
    pub fn replace(self, settings: &mut PoolSettings) -> Result<(), Error> {
        let standard = PoolSettings::default();
        let tier = word("userPoolTier", self.user_pool_tier.as_deref().unwrap_or("ESSENTIALS"), TIER_WORDS)?;
        let parts = parts_from(self.rest)?;
        check_together(&parts, tier)?;
        settings.threat_protection = threat_protection(&parts);
        settings.reply_to = reply_to(&parts);
        settings.level_names = level_names(&parts);
        settings.has_updated_issuer = has_updated_issuer(&parts);
        settings.registration = registration(&parts)?;
        let mut echoed = BTreeMap::new();
        for (name, value) in &parts {
            keep(&mut echoed, name, value);
        }
        keep(&mut echoed, TIER, &tier.into());
        let policies = self.policies.map(|policies| (policies.password_policy, policies.sign_in_policy));
        let (password_policy, sign_in_policy) = policies.unwrap_or_default();
        let has_sms = echoed.contains_key(SMS_CONFIGURATION);
        let mfa = (self.mfa_configuration.as_deref(), self.sms_authentication_message, has_sms);
        settings.mfa = mfa_from(mfa, &settings.mfa)?;
        settings.first_factors = sign_in_policy.map(first_factors_from).transpose()?;
        let admin = self.admin_create_user_config;
        let unused_days = admin.as_ref().and_then(|admin| admin.unused_account_validity_days);
        let only_administrators = admin.as_ref().and_then(|admin| admin.allow_admin_create_user_only);
        let invitation = admin.and_then(|admin| admin.invite_message_template);
        let protection = self.deletion_protection.as_deref().unwrap_or("INACTIVE");
        settings.password_policy = policy_from(password_policy, unused_days)?;
        settings.auto_verified_attributes =
            login_attributes_from("autoVerifiedAttributes", self.auto_verified_attributes, ADDRESS_ATTRIBUTES)?;
        settings.only_administrators_create_users = only_administrators.unwrap_or(false);
        settings.recovery = self.account_recovery_setting.map_or(Ok(standard.recovery), recovery_from)?;
        settings.messages = messages_from(self.messages, self.verification_message_template, invitation)?;
        settings.is_deletion_protected = word("deletionProtection", protection, DELETION_PROTECTION)?;
        settings.tags = tags_from("userPoolTags", self.user_pool_tags)?;
        settings.proven_before_update = proven_before_update_from(&echoed)?;
        settings.devices = self.device_configuration.map(DeviceSettings::from);
        settings.echoed = echoed;
        Ok(())
    }
}

/// The addresses of `UserAttributeUpdateSettings`.
fn proven_before_update_from(echoed: &BTreeMap<String, String>) -> Result<Vec<LoginAttribute>, Error> {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct UserAttributeUpdateSettingsType {
        attributes_require_verification_before_update: Option<Vec<String>>,
    }
    let Some(text) = echoed.get("UserAttributeUpdateSettings") else { return Ok(Vec::new()) };
    let given: UserAttributeUpdateSettingsType =
        serde_json::from_str(text).map_err(|fault| Error::Serialization(fault.to_string()))?;
    let member = "userAttributeUpdateSettings.attributesRequireVerificationBeforeUpdate";
    login_attributes_from(member, given.attributes_require_verification_before_update, ADDRESS_ATTRIBUTES)
}

/// Attributes by which users can be found, each once.
///
/// # Errors
/// A word that is not of the set.
pub fn login_attributes_from(
    member: &str,
    given: Option<Vec<String>>,
    words: Words<LoginAttribute>,
) -> Result<Vec<LoginAttribute>, Error> {
    let mut attributes = Vec::new();
    for attribute in word_list(member, &given.unwrap_or_default(), words)? {
        if !attributes.contains(&attribute) {
            attributes.push(attribute);
        }
    }
    Ok(attributes)
}

impl UserPoolType {
    /// The description of `pool`.
    pub fn of(pool: &Pool, account_id: &str, estimated_number_of_users: i64) -> Self {
        let settings = &pool.settings;
        let names = |attributes: &[LoginAttribute]| {
            attributes.iter().map(|attribute| word_for(*attribute, ALIAS_ATTRIBUTES)).collect()
        };
        Self {
            id: pool.id.to_string(),
            name: pool.name.clone(),
            arn: arn_of(&pool.id, account_id),
            policies: UserPoolPolicyType {
                password_policy: Some(PasswordPolicyType::from(&settings.password_policy)),
                sign_in_policy: Some(SignInPolicyType::from(pool.first_factors())),
            },
            deletion_protection: word_for(settings.is_deletion_protected, DELETION_PROTECTION),
            last_modified_date: pool.modified_at.fractional_seconds(),
            creation_date: pool.created_at.fractional_seconds(),
            schema_attributes: settings.schema.iter().map(SchemaAttributeType::from).collect(),
            auto_verified_attributes: names(&settings.auto_verified_attributes),
            alias_attributes: names(&settings.alias_attributes),
            username_attributes: names(&settings.username_attributes),
            messages: PlainMessages::from(&settings.messages),
            verification_message_template: VerificationMessageTemplateType::from(&settings.messages),
            domain: None,
            custom_domain: None,
            estimated_number_of_users,
            user_pool_tags: settings.tags.clone(),
            admin_create_user_config: AdminCreateUserConfigType::from(settings),
            username_configuration: settings
                .is_case_sensitive
                .map(|is_sensitive| UsernameConfigurationType { case_sensitive: Some(is_sensitive) }),
            account_recovery_setting: AccountRecoverySettingType::from(settings.recovery.as_slice()),
            device_configuration: settings.devices.map(DeviceConfigurationType::from),
            mfa_configuration: word_for(settings.mfa.mode, MFA_MODES),
            sms_authentication_message: settings.mfa.sms_message.clone(),
            echoed: echoed_of(settings),
        }
    }
}

impl UserPoolType {
    /// The same with the pool's domains.
    pub fn with_domains(mut self, domains: &[PoolDomain]) -> Self {
        let name = |is_custom: bool| domains.iter().find(|domain| domain.is_custom == is_custom);
        self.domain = name(false).map(|domain| domain.name().to_owned());
        self.custom_domain = name(true).map(|domain| domain.name().to_owned());
        self
    }
}

impl From<&Pool> for UserPoolDescriptionType {
    fn from(pool: &Pool) -> Self {
        Self {
            id: pool.id.to_string(),
            name: pool.name.clone(),
            lambda_config: echo(&pool.settings, "LambdaConfig").or_else(|| standard_echo("LambdaConfig")),
            last_modified_date: pool.modified_at.fractional_seconds(),
            creation_date: pool.created_at.fractional_seconds(),
        }
    }
}

impl From<&PoolSettings> for AdminCreateUserConfigType {
    fn from(settings: &PoolSettings) -> Self {
        Self {
            allow_admin_create_user_only: Some(settings.only_administrators_create_users),
            unused_account_validity_days: Some(settings.password_policy.temporary_password_validity_days.into()),
            invite_message_template: invitation_of(&settings.messages),
        }
    }
}

fn parts_from(mut given: Map<String, Value>) -> Result<BTreeMap<&'static str, Value>, Error> {
    let mut parts = BTreeMap::new();
    for (name, rule) in ECHOED {
        if let Some(value) = given.remove(name).filter(|value| !value.is_null()) {
            parts.insert(name, checked(&camel(name), value, rule)?);
        }
    }
    Ok(parts)
}

/// Keeps a structure, to be shown again.
pub fn keep(echoed: &mut BTreeMap<String, String>, name: &str, value: &Value) {
    echoed.insert(name.to_owned(), value.to_string());
}

/// A structure that was kept.
pub fn echo(settings: &PoolSettings, name: &str) -> Option<Value> {
    settings.echoed.get(name).and_then(|text| serde_json::from_str(text).ok())
}

fn echoed_of(settings: &PoolSettings) -> Map<String, Value> {
    let names = ECHOED.into_iter().map(|(name, _)| name).chain([TIER]);
    let shown = |name: &str| Some((name.to_owned(), echo(settings, name).or_else(|| standard_echo(name))?));
    names.filter_map(shown).collect()
}

/// What a description shows where nothing was given.
fn standard_echo(name: &str) -> Option<Value> {
    match name {
        "LambdaConfig" => Some(json!({})),
        "EmailConfiguration" => Some(json!({ "EmailSendingAccount": "COGNITO_DEFAULT" })),
        TIER => Some("ESSENTIALS".into()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{from_value, to_value};

    use super::*;
    use crate::clock::Timestamp;
    use crate::domain::ids::PoolId;

    fn described(given: Value) -> Result<Value, Error> {
        let mut settings = PoolSettings::default();
        from_value::<PoolSettingsType>(given).unwrap().replace(&mut settings)?;
        let pool = Pool {
            id: PoolId::parse("eu-west-1_AbCdEf123").unwrap(),
            name: "pool".to_owned(),
            created_at: Timestamp(1500),
            modified_at: Timestamp(2500),
            settings,
        };
        Ok(to_value(UserPoolType::of(&pool, "123456789012", 3)).unwrap())
    }

    #[test]
    fn a_pool_without_settings_shows_cognitos_defaults() {
        let shown = described(json!({})).unwrap();
        assert_eq!(shown["Arn"], "arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_AbCdEf123");
        assert_eq!(shown["VerificationMessageTemplate"], json!({ "DefaultEmailOption": "CONFIRM_WITH_CODE" }));
        assert_eq!(
            shown["AdminCreateUserConfig"],
            json!({
                "AllowAdminCreateUserOnly": false, "UnusedAccountValidityDays": 7,
            })
        );
        for (name, word) in
            [("MfaConfiguration", "OFF"), ("UserPoolTier", "ESSENTIALS"), ("DeletionProtection", "INACTIVE")]
        {
            assert_eq!(shown[name], word);
        }
        assert_eq!((&shown["CreationDate"], &shown["EstimatedNumberOfUsers"]), (&json!(1.5), &json!(3)));
        for absent in ["AliasAttributes", "UsernameConfiguration", "SmsConfiguration", "EmailVerificationMessage"] {
            assert!(shown.get(absent).is_none(), "{absent}");
        }
    }

    #[test]
    fn what_was_given_is_shown_again() {
        let given = json!({
            "LambdaConfig": { "PreSignUp": "arn:aws:lambda:us-east-1:123456789012:function:x" },
            "SmsConfiguration": { "SnsCallerArn": "arn:aws:iam::123456789012:role/sms", "ExternalId": "e" },
            "DeviceConfiguration": { "ChallengeRequiredOnNewDevice": true },
            "MfaConfiguration": "OPTIONAL",
            "UserPoolTier": "LITE",
            "SmsAuthenticationMessage": "Code {####}",
            "AutoVerifiedAttributes": ["email"],
            "UserPoolTags": { "team": "a" },
            "DeletionProtection": "ACTIVE",
            "EmailVerificationMessage": "Your code is {####}",
        });
        let shown = described(given.clone()).unwrap();
        for (name, value) in given.as_object().unwrap() {
            assert_eq!(&shown[name], value, "{name}");
        }
        assert_eq!(shown["VerificationMessageTemplate"]["EmailMessage"], "Your code is {####}");
    }

    #[test]
    fn settings_that_cannot_be_honoured_are_refused() {
        for (given, text) in [
            (
                json!({ "MfaConfiguration": "ON" }),
                "SMS configuration and Auto verification for phone_number are required when MFA is required/optional",
            ),
            (
                json!({ "AutoVerifiedAttributes": ["name"] }),
                "1 validation error detected: Value '[name]' at 'autoVerifiedAttributes' failed to satisfy constraint: Member must satisfy constraint: [Member must satisfy enum value set: [phone_number, email]]",
            ),
            (json!({ "LambdaConfig": "x" }), "lambdaConfig is not a structure"),
        ] {
            assert_eq!(described(given).unwrap_err().to_string(), text);
        }
    }
}
