//! Owns what a pool says about second factors and passkeys as a whole.

use serde::{Deserialize, Serialize};

use super::named;
use super::operation::{Access, Caller, Entry, Operation};
use super::wire::mfa::{
    EmailMfaConfigType, PoolMfaWish, SmsMfaConfigType, SoftwareTokenMfaConfigType, WebAuthnConfigurationType,
    passkeys_from,
};
use super::wire::pool::{SMS_CONFIGURATION, echo, keep};
use super::wire::words::MFA_MODES;
use crate::api::constraints::word_for;
use crate::cx::Cx;
use crate::domain::pool::PoolSettings;
use crate::error::{Error, Thing};
use crate::store;

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
        let mut pool = entry.pool.clone();
        let settings = &mut pool.settings;
        let sending = self.sms_mfa_configuration.as_mut().and_then(|sms| sms.sms_configuration.take());
        if let Some(sending) = sending.filter(serde_json::Value::is_object) {
            keep(&mut settings.echoed, SMS_CONFIGURATION, &sending);
        }
        let wish = PoolMfaWish {
            mode: self.mfa_configuration,
            sms: self.sms_mfa_configuration,
            software_token: self.software_token_mfa_configuration,
            email: self.email_mfa_configuration,
        };
        settings.mfa = wish.settle(&settings.mfa)?;
        if let Some(passkeys) = self.web_authn_configuration {
            settings.passkeys = passkeys_from(passkeys)?;
        }
        pool.modified_at = cx.now();
        let output = MfaConfigOutput::from(&pool.settings);
        cx.store
            .write(move |db| {
                Box::pin(async move {
                    if !store::pools::update(db, &pool).await? {
                        return Err(Error::NotFound(Thing::Pool(pool.id.to_string())));
                    }
                    store::settings::bump(db).await
                })
            })
            .await?;
        cx.directory.forget();
        Ok(output)
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
