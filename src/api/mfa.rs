//! Owns what users and administrators say about a user's second factors, and setting up an authenticator app.

use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use super::constraints::{SESSION, SOFTWARE_TOKEN_CODE, STRING};
use super::named;
use super::operation::{Access, Caller, Entry, Operation};
use super::wire::Empty;
use super::wire::mfa::{MfaOptionType, names_of, wants_sms};
use crate::auth::mfa::{self, FactorWish};
use crate::auth::{sign_in, software_token};
use crate::cx::Cx;
use crate::domain::factor::{FirstFactor, SecondFactor};
use crate::domain::pool::Pool;
use crate::domain::user::User;
use crate::error::Error;

/// The family's table.
pub const OPERATIONS: &[Entry] = &[
    Entry::of::<AssociateSoftwareToken>(),
    Entry::of::<VerifySoftwareToken>(),
    Entry::of::<SetUserMFAPreference>(),
    Entry::of::<AdminSetUserMFAPreference>(),
    Entry::of::<SetUserSettings>(),
    Entry::of::<AdminSetUserSettings>(),
    Entry::of::<AdminDeleteSoftwareToken>(),
    Entry::of::<GetUserAuthFactors>(),
    Entry::of::<AdminGetUserAuthFactors>(),
];

/// Gives out the secret of an authenticator app, to somebody signed in or in the middle of a sign-in.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AssociateSoftwareToken {
    access_token: Option<SecretString>,
    session: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct AssociateSoftwareTokenOutput {
    secret_code: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    session: Option<String>,
}

impl Operation for AssociateSoftwareToken {
    const NAME: &'static str = "AssociateSoftwareToken";
    const ACCESS: Access = Access::Public;
    type Output = AssociateSoftwareTokenOutput;

    async fn run(self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        if let (None, Some(session)) = (&self.access_token, SESSION.optional("session", self.session)?) {
            let client = sign_in::client_of(cx, &session).await?;
            let (secret, session) = sign_in::associate(cx, &client, &session).await?;
            return Ok(AssociateSoftwareTokenOutput { secret_code: secret.to_base32(), session: Some(session) });
        }
        let bearer = bearer_or_session(cx, self.access_token).await?;
        let secret = software_token::associate(cx, bearer).await?;
        Ok(AssociateSoftwareTokenOutput { secret_code: secret.to_base32(), session: None })
    }
}

/// Proves an authenticator app by its first code.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct VerifySoftwareToken {
    access_token: Option<SecretString>,
    session: Option<String>,
    user_code: Option<String>,
    friendly_device_name: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct VerifySoftwareTokenOutput {
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    session: Option<String>,
}

impl Operation for VerifySoftwareToken {
    const NAME: &'static str = "VerifySoftwareToken";
    const ACCESS: Access = Access::Public;
    type Output = VerifySoftwareTokenOutput;

    async fn run(self, cx: &Cx, caller: &Caller) -> Result<Self::Output, Error> {
        let code = SOFTWARE_TOKEN_CODE.required("userCode", self.user_code)?;
        let device_name = STRING.optional("friendlyDeviceName", self.friendly_device_name)?;
        let session = SESSION.optional("session", self.session)?;
        cx.count_attempt(caller.address)?;
        if let (None, Some(session)) = (&self.access_token, session) {
            let client = sign_in::client_of(cx, &session).await?;
            let session = sign_in::verify(cx, &client, (&session, &code), device_name).await?;
            return Ok(VerifySoftwareTokenOutput { status: "SUCCESS", session: Some(session) });
        }
        let user = bearer_or_session(cx, self.access_token).await?;
        software_token::verify(cx, user, &code, device_name).await?;
        Ok(VerifySoftwareTokenOutput { status: "SUCCESS", session: None })
    }
}

/// What is said about one factor.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct MfaSettingsType {
    enabled: Option<bool>,
    preferred_mfa: Option<bool>,
}

/// What is said about every factor.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Preference {
    #[serde(rename = "SMSMfaSettings")]
    sms_mfa_settings: Option<MfaSettingsType>,
    software_token_mfa_settings: Option<MfaSettingsType>,
    email_mfa_settings: Option<MfaSettingsType>,
    web_authn_mfa_settings: Option<MfaSettingsType>,
}

impl Preference {
    async fn apply(self, cx: &Cx, (pool, user): (&Pool, User)) -> Result<Empty, Error> {
        let given = [
            (SecondFactor::SmsMfa, self.sms_mfa_settings),
            (SecondFactor::SoftwareTokenMfa, self.software_token_mfa_settings),
            (SecondFactor::EmailOtp, self.email_mfa_settings),
        ];
        let wish = |said: MfaSettingsType| FactorWish { is_enabled: said.enabled, is_preferred: said.preferred_mfa };
        let wishes: Vec<_> = given.into_iter().filter_map(|(factor, said)| Some((factor, wish(said?)))).collect();
        let counts_passkeys = self.web_authn_mfa_settings.and_then(|said| said.enabled);
        mfa::set_preference(cx, pool, user, &wishes, counts_passkeys).await?;
        Ok(Empty {})
    }
}

/// The bearer says which second factors to ask for.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SetUserMFAPreference {
    access_token: Option<SecretString>,
    #[serde(flatten)]
    preference: Preference,
}

impl Operation for SetUserMFAPreference {
    const NAME: &'static str = "SetUserMFAPreference";
    const ACCESS: Access = Access::AccessToken;
    type Output = Empty;

    async fn run(self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        let bearer = named::bearer(cx, self.access_token).await?;
        self.preference.apply(cx, (&bearer.pool.pool, bearer.user)).await
    }
}

/// An administrator says which second factors to ask somebody for.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AdminSetUserMFAPreference {
    user_pool_id: Option<String>,
    username: Option<String>,
    #[serde(flatten)]
    preference: Preference,
}

impl Operation for AdminSetUserMFAPreference {
    const NAME: &'static str = "AdminSetUserMFAPreference";
    const ACCESS: Access = Access::Admin;
    type Output = Empty;

    async fn run(self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        let (pool, user) = named::user(cx, self.user_pool_id, self.username).await?;
        self.preference.apply(cx, (&pool.pool, user)).await
    }
}

/// The older way of the bearer to switch codes by text message on or off.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SetUserSettings {
    access_token: Option<SecretString>,
    #[serde(rename = "MFAOptions")]
    options: Option<Vec<MfaOptionType>>,
}

impl Operation for SetUserSettings {
    const NAME: &'static str = "SetUserSettings";
    const ACCESS: Access = Access::AccessToken;
    type Output = Empty;

    async fn run(self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        let is_wanted = wants_sms(self.options)?;
        let bearer = named::bearer(cx, self.access_token).await?;
        switch_sms(cx, (&bearer.pool.pool, bearer.user), is_wanted).await
    }
}

/// The older way of administrators to switch somebody's codes by text message on or off.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AdminSetUserSettings {
    user_pool_id: Option<String>,
    username: Option<String>,
    #[serde(rename = "MFAOptions")]
    options: Option<Vec<MfaOptionType>>,
}

impl Operation for AdminSetUserSettings {
    const NAME: &'static str = "AdminSetUserSettings";
    const ACCESS: Access = Access::Admin;
    type Output = Empty;

    async fn run(self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        let is_wanted = wants_sms(self.options)?;
        let (pool, user) = named::user(cx, self.user_pool_id, self.username).await?;
        switch_sms(cx, (&pool.pool, user), is_wanted).await
    }
}

/// Takes somebody's authenticator app away, who lost it.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AdminDeleteSoftwareToken {
    user_pool_id: Option<String>,
    username: Option<String>,
}

impl Operation for AdminDeleteSoftwareToken {
    const NAME: &'static str = "AdminDeleteSoftwareToken";
    const ACCESS: Access = Access::Admin;
    type Output = Empty;

    async fn run(self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        let (_, user) = named::user(cx, self.user_pool_id, self.username).await?;
        mfa::delete_software_token(cx, user).await?;
        Ok(Empty {})
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct AuthFactorsOutput {
    username: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    preferred_mfa_setting: Option<&'static str>,
    #[serde(rename = "UserMFASettingList", skip_serializing_if = "Vec::is_empty")]
    user_mfa_setting_list: Vec<&'static str>,
    configured_user_auth_factors: Vec<&'static str>,
}

impl AuthFactorsOutput {
    async fn of(cx: &Cx, (pool, user): (&Pool, User)) -> Result<Self, Error> {
        let (user_mfa_setting_list, preferred_mfa_setting) = names_of(&mfa::find(cx, &user).await?.preference);
        let configured = mfa::first_factors(cx, pool, &user).await?.into_iter().map(FirstFactor::name).collect();
        Ok(Self {
            username: user.username,
            preferred_mfa_setting,
            user_mfa_setting_list,
            configured_user_auth_factors: configured,
        })
    }
}

/// Shows the bearer with which factors they can sign in.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct GetUserAuthFactors {
    access_token: Option<SecretString>,
}

impl Operation for GetUserAuthFactors {
    const NAME: &'static str = "GetUserAuthFactors";
    const ACCESS: Access = Access::AccessToken;
    type Output = AuthFactorsOutput;

    async fn run(self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        let bearer = named::bearer(cx, self.access_token).await?;
        AuthFactorsOutput::of(cx, (&bearer.pool.pool, bearer.user)).await
    }
}

/// Shows an administrator with which factors somebody can sign in.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AdminGetUserAuthFactors {
    user_pool_id: Option<String>,
    username: Option<String>,
}

impl Operation for AdminGetUserAuthFactors {
    const NAME: &'static str = "AdminGetUserAuthFactors";
    const ACCESS: Access = Access::Admin;
    type Output = AuthFactorsOutput;

    async fn run(self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        let (pool, user) = named::user(cx, self.user_pool_id, self.username).await?;
        AuthFactorsOutput::of(cx, (&pool.pool, user)).await
    }
}

async fn switch_sms(cx: &Cx, (pool, user): (&Pool, User), is_wanted: bool) -> Result<Empty, Error> {
    let wish = FactorWish { is_enabled: Some(is_wanted), is_preferred: Some(is_wanted) };
    mfa::set_preference(cx, pool, user, &[(SecondFactor::SmsMfa, wish)], None).await?;
    Ok(Empty {})
}

/// The bearer of the token, where neither a token nor a session came along one refusal names both.
async fn bearer_or_session(cx: &Cx, token: Option<SecretString>) -> Result<User, Error> {
    if token.is_none() {
        let text = "Either access token or session must be provided";
        return Err(Error::InvalidParameter(text.to_owned()));
    }
    Ok(named::bearer(cx, token).await?.user)
}
