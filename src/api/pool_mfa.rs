//! Owns what a pool says about second factors and passkeys as a whole.

use serde::{Deserialize, Serialize};

use super::named;
use super::operation::{Access, Caller, Entry, Operation};
use super::pools::change_pool;
use super::wire::mfa::{
    EmailMfaConfigType, PoolMfaWish, SmsMfaConfigType, SoftwareTokenMfaConfigType, WebAuthnConfigurationType,
    passkeys_from,
};
use super::wire::pool::{SMS_CONFIGURATION, echo, keep};
use super::wire::pool_parts::sms_configuration_from;
use super::wire::words::MFA_MODES;
use crate::api::constraints::word_for;
use crate::cx::Cx;
use crate::domain::pool::PoolSettings;
use crate::error::Error;

/// The family's table.
pub const OPERATIONS: &[Entry] = &[Entry::of::<GetUserPoolMfaConfig>(), Entry::of::<SetUserPoolMfaConfig>()];

/// Describes what a pool says.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct GetUserPoolMfaConfig {
    user_pool_id: Option<String>,
}

/// Only what was configured is shown.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct MfaConfigOutput {
    #[serde(skip_serializing_if = "Option::is_none")]
    sms_mfa_configuration: Option<SmsMfaConfigType>,
    #[serde(skip_serializing_if = "Option::is_none")]
    software_token_mfa_configuration: Option<SoftwareTokenMfaConfigType>,
    #[serde(skip_serializing_if = "Option::is_none")]
    email_mfa_configuration: Option<EmailMfaConfigType>,
    mfa_configuration: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    web_authn_configuration: Option<WebAuthnConfigurationType>,
}

impl Operation for GetUserPoolMfaConfig {
    const NAME: &'static str = "GetUserPoolMfaConfig";
    const ACCESS: Access = Access::Admin;
    type Output = MfaConfigOutput;

    async fn run(self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        let entry = named::pool(cx, self.user_pool_id).await?;
        Ok(MfaConfigOutput::from(&entry.pool.settings))
    }
}

/// Replaces what a pool says; what is left out is switched off.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SetUserPoolMfaConfig {
    user_pool_id: Option<String>,
    sms_mfa_configuration: Option<SmsMfaConfigType>,
    software_token_mfa_configuration: Option<SoftwareTokenMfaConfigType>,
    email_mfa_configuration: Option<EmailMfaConfigType>,
    mfa_configuration: Option<String>,
    web_authn_configuration: Option<WebAuthnConfigurationType>,
}

impl Operation for SetUserPoolMfaConfig {
    const NAME: &'static str = "SetUserPoolMfaConfig";
    const ACCESS: Access = Access::Admin;
    type Output = MfaConfigOutput;

    async fn run(mut self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        let entry = named::pool(cx, self.user_pool_id).await?;
        let sending = self.sms_mfa_configuration.as_mut().and_then(|sms| sms.sms_configuration.take());
        let sending = sending.filter(|sending| !sending.is_null()).map(sms_configuration_from).transpose()?;
        let passkeys = self.web_authn_configuration.map(passkeys_from).transpose()?;
        let wish = PoolMfaWish {
            mode: self.mfa_configuration,
            sms: self.sms_mfa_configuration,
            software_token: self.software_token_mfa_configuration,
            email: self.email_mfa_configuration,
        };
        let pool = change_pool(cx, &entry.pool.id, move |pool| {
            let settings = &mut pool.settings;
            if let Some(sending) = &sending {
                keep(&mut settings.echoed, SMS_CONFIGURATION, sending);
            }
            settings.mfa = wish.settle(&settings.mfa)?;
            settings.passkeys = passkeys.unwrap_or_else(|| settings.passkeys.clone());
            Ok(())
        })
        .await?;
        Ok(MfaConfigOutput::from(&pool.settings))
    }
}

impl From<&PoolSettings> for MfaConfigOutput {
    fn from(settings: &PoolSettings) -> Self {
        let mfa = &settings.mfa;
        Self {
            sms_mfa_configuration: SmsMfaConfigType::of(mfa, echo(settings, SMS_CONFIGURATION)),
            software_token_mfa_configuration: SoftwareTokenMfaConfigType::of(mfa),
            email_mfa_configuration: EmailMfaConfigType::of(mfa),
            mfa_configuration: word_for(mfa.mode, MFA_MODES),
            web_authn_configuration: WebAuthnConfigurationType::of(&settings.passkeys),
        }
    }
}
