//! Owns the wire shape of an app client: what its maker sends, what a description shows.

use std::collections::BTreeMap;

use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::words::{CLIENT_TYPES, EXISTENCE_ERRORS, EXPLICIT_AUTH_FLOWS, FEATURE, OAUTH_FLOWS, TIME_UNITS};
use crate::api::constraints::{
    ARN, REDIRECT_URL, SCOPE, STRING, Text, Words, check_length, check_range, required, word, word_for, word_list,
};
use crate::api::shape::{Member, Rule, checked};
use crate::domain::client::{Client, ClientSettings, Rotation, TimeUnit, TokenValidity};
use crate::error::Error;

const ANALYTICS: &str = "AnalyticsConfiguration";
/// `AnalyticsConfigurationType`.
static ANALYTICS_SHAPE: Rule = Rule::Structure(&[
    Member::optional("ApplicationId", &Rule::Text(&HEXADECIMAL)),
    Member::optional("ApplicationArn", &Rule::Text(&ARN)),
    Member::optional("RoleArn", &Rule::Text(&ARN)),
    Member::optional("ExternalId", &Rule::Text(&STRING)),
    Member::optional("UserDataShared", &Rule::Flag),
]);
/// `HexStringType`.
static HEXADECIMAL: Text = Text::new(0, 2048, "^[0-9a-fA-F]+$");
const PROPAGATION: &str = "EnablePropagateAdditionalUserContextData";

/// Whether a client is to pass the addresses of its users on. It needs a secret: what anybody may say in its name would
/// be believed otherwise (API model, EnablePropagateAdditionalUserContextData).
#[must_use]
pub fn propagates_context(settings: &ClientSettings) -> bool {
    settings.echoed.get(PROPAGATION).is_some_and(|value| value == "true")
}

/// The settings of a client, in requests and descriptions.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ClientSettingsType {
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token_validity: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    access_token_validity: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id_token_validity: Option<i64>,
    token_validity_units: Option<TokenValidityUnitsType>,
    #[serde(skip_serializing_if = "Option::is_none")]
    read_attributes: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    write_attributes: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    explicit_auth_flows: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    supported_identity_providers: Option<Vec<String>>,
    #[serde(rename = "CallbackURLs", skip_serializing_if = "Option::is_none")]
    callback_urls: Option<Vec<String>>,
    #[serde(rename = "LogoutURLs", skip_serializing_if = "Option::is_none")]
    logout_urls: Option<Vec<String>>,
    #[serde(rename = "DefaultRedirectURI", skip_serializing_if = "Option::is_none")]
    default_redirect_uri: Option<String>,
    #[serde(rename = "AllowedOAuthFlows", skip_serializing_if = "Option::is_none")]
    allowed_oauth_flows: Option<Vec<String>>,
    #[serde(rename = "AllowedOAuthScopes", skip_serializing_if = "Option::is_none")]
    allowed_oauth_scopes: Option<Vec<String>>,
    #[serde(rename = "AllowedOAuthFlowsUserPoolClient")]
    allowed_oauth_flows_user_pool_client: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    analytics_configuration: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    prevent_user_existence_errors: Option<String>,
    enable_token_revocation: Option<bool>,
    enable_propagate_additional_user_context_data: Option<bool>,
    auth_session_validity: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token_rotation: Option<RefreshTokenRotationType>,
    #[serde(rename = "PublishSecretsInAWSSecretsManager", skip_serializing)]
    publishes_secrets: Option<bool>,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct TokenValidityUnitsType {
    #[serde(skip_serializing_if = "Option::is_none")]
    access_token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id_token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct RefreshTokenRotationType {
    feature: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_grace_period_seconds: Option<i64>,
}

/// A client, as a description shows it.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct UserPoolClientType {
    user_pool_id: String,
    client_name: String,
    client_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_secret: Option<String>,
    last_modified_date: f64,
    creation_date: f64,
    client_type: &'static str,
    #[serde(flatten)]
    settings: ClientSettingsType,
}

impl ClientSettingsType {
    /// The settings that were sent, each checked by itself; whatever was not sent is Cognito's default.
    ///
    /// # Errors
    /// A broken constraint.
    pub fn settle(self) -> Result<ClientSettings, Error> {
        if self.publishes_secrets == Some(true) {
            return Err(Error::InvalidParameter("AWS Secrets Manager is not available on this server.".to_owned()));
        }
        let mut echoed = BTreeMap::new();
        let analytics = self.analytics_configuration.filter(|value| !value.is_null());
        let analytics =
            analytics.map(|value| checked("analyticsConfiguration", value, &ANALYTICS_SHAPE)).transpose()?;
        let echoes = [
            (ANALYTICS, analytics),
            (PROPAGATION, self.enable_propagate_additional_user_context_data.map(Value::from)),
        ];
        for (name, value) in echoes {
            echoed.extend(value.map(|value| (name.to_owned(), value.to_string())));
        }
        let flows = self.explicit_auth_flows;
        let flows = flows.map(|flows| word_list("explicitAuthFlows", &flows, EXPLICIT_AUTH_FLOWS)).transpose()?;
        let oauth_flows = list("allowedOAuthFlows", self.allowed_oauth_flows, 3)?;
        let scopes = list("allowedOAuthScopes", self.allowed_oauth_scopes, 50)?;
        scopes.iter().try_for_each(|scope| SCOPE.check("allowedOAuthScopes", scope))?;
        if let Some(minutes) = self.auth_session_validity {
            check_range("authSessionValidity", minutes, (3, 15))?;
        }
        let hides = self.prevent_user_existence_errors;
        let hides = hides.map(|text| word("preventUserExistenceErrors", &text, EXISTENCE_ERRORS)).transpose()?;
        Ok(ClientSettings {
            explicit_auth_flows: flows,
            is_oauth_enabled: self.allowed_oauth_flows_user_pool_client.unwrap_or(false),
            oauth_flows: word_list("allowedOAuthFlows", &oauth_flows, OAUTH_FLOWS)?,
            oauth_scopes: scopes,
            callback_urls: list("callbackURLs", self.callback_urls, 100)?,
            logout_urls: list("logoutURLs", self.logout_urls, 100)?,
            default_redirect_uri: REDIRECT_URL.optional("defaultRedirectURI", self.default_redirect_uri)?,
            identity_providers: self.supported_identity_providers.unwrap_or_default(),
            validity: validity_from(
                (self.access_token_validity, self.id_token_validity, self.refresh_token_validity),
                self.token_validity_units.unwrap_or_default(),
            )?,
            read_attributes: self.read_attributes.filter(|names| !names.is_empty()),
            write_attributes: self.write_attributes.filter(|names| !names.is_empty()),
            hides_user_existence: hides,
            is_revocation_disabled: self.enable_token_revocation == Some(false),
            auth_session_minutes: self.auth_session_validity,
            rotation: self.refresh_token_rotation.map(rotation_from).transpose()?,
            registration: None,
            echoed,
        })
    }
}

impl From<&Client> for UserPoolClientType {
    fn from(client: &Client) -> Self {
        Self {
            user_pool_id: client.pool_id.to_string(),
            client_name: client.name.clone(),
            client_id: client.id.to_string(),
            client_secret: client.secrets.first().map(|secret| secret.expose_secret().to_owned()),
            last_modified_date: client.modified_at.fractional_seconds(),
            creation_date: client.created_at.fractional_seconds(),
            client_type: word_for(client.is_registered(), CLIENT_TYPES),
            settings: ClientSettingsType::from(&client.settings),
        }
    }
}

impl From<&ClientSettings> for ClientSettingsType {
    fn from(settings: &ClientSettings) -> Self {
        let echo = |name: &str| settings.echoed.get(name).and_then(|text| serde_json::from_str::<Value>(text).ok());
        let validity = &settings.validity;
        Self {
            refresh_token_validity: Some(validity.refresh.filter(|amount| *amount > 0).unwrap_or(30)),
            access_token_validity: validity.access,
            id_token_validity: validity.id,
            token_validity_units: Some(TokenValidityUnitsType::from(validity)),
            read_attributes: settings.read_attributes.clone(),
            write_attributes: settings.write_attributes.clone(),
            explicit_auth_flows: settings.explicit_auth_flows.as_deref().map(|flows| names(flows, EXPLICIT_AUTH_FLOWS)),
            supported_identity_providers: filled(&settings.identity_providers),
            callback_urls: filled(&settings.callback_urls),
            logout_urls: filled(&settings.logout_urls),
            default_redirect_uri: settings.default_redirect_uri.clone(),
            allowed_oauth_flows: filled(&names(&settings.oauth_flows, OAUTH_FLOWS)),
            allowed_oauth_scopes: filled(&settings.oauth_scopes),
            allowed_oauth_flows_user_pool_client: Some(settings.is_oauth_enabled),
            analytics_configuration: echo(ANALYTICS),
            prevent_user_existence_errors: settings
                .hides_user_existence
                .map(|hides| word_for(hides, EXISTENCE_ERRORS).to_owned()),
            enable_token_revocation: Some(!settings.is_revocation_disabled),
            enable_propagate_additional_user_context_data: Some(echo(PROPAGATION) == Some(Value::Bool(true))),
            auth_session_validity: Some(settings.auth_session_minutes.unwrap_or(3)),
            refresh_token_rotation: settings.rotation.map(RefreshTokenRotationType::from),
            publishes_secrets: None,
        }
    }
}

impl From<&TokenValidity> for TokenValidityUnitsType {
    fn from(validity: &TokenValidity) -> Self {
        let name = |unit: Option<TimeUnit>| unit.map(|unit| word_for(unit, TIME_UNITS).to_owned());
        Self {
            access_token: name(validity.access_unit),
            id_token: name(validity.id_unit),
            refresh_token: name(validity.refresh_unit),
        }
    }
}

impl From<Rotation> for RefreshTokenRotationType {
    fn from(rotation: Rotation) -> Self {
        Self {
            feature: Some(word_for(rotation.is_enabled, FEATURE).to_owned()),
            retry_grace_period_seconds: Some(rotation.grace_seconds),
        }
    }
}

fn validity_from(
    (access, id, refresh): (Option<i64>, Option<i64>, Option<i64>),
    units: TokenValidityUnitsType,
) -> Result<TokenValidity, Error> {
    let amounts = [
        ("accessTokenValidity", access, (1, 86_400)),
        ("idTokenValidity", id, (1, 86_400)),
        ("refreshTokenValidity", refresh, (0, 315_360_000)),
    ];
    for (member, amount, range) in amounts {
        amount.map_or(Ok(()), |amount| check_range(member, amount, range))?;
    }
    let unit = |member: &str, text: Option<String>| {
        text.map(|text| word(&format!("tokenValidityUnits.{member}"), &text, TIME_UNITS)).transpose()
    };
    Ok(TokenValidity {
        access,
        id,
        refresh,
        access_unit: unit("accessToken", units.access_token)?,
        id_unit: unit("idToken", units.id_token)?,
        refresh_unit: unit("refreshToken", units.refresh_token)?,
    })
}

fn rotation_from(given: RefreshTokenRotationType) -> Result<Rotation, Error> {
    let feature = required("refreshTokenRotation.feature", given.feature)?;
    let grace_seconds = given.retry_grace_period_seconds.unwrap_or(0);
    check_range("refreshTokenRotation.retryGracePeriodSeconds", grace_seconds, (0, 60))?;
    Ok(Rotation { is_enabled: word("refreshTokenRotation.feature", &feature, FEATURE)?, grace_seconds })
}

fn list(member: &str, given: Option<Vec<String>>, most: usize) -> Result<Vec<String>, Error> {
    let list = given.unwrap_or_default();
    check_length(member, list.as_slice(), (0, most))?;
    Ok(list)
}

fn names<T: Copy + PartialEq>(values: &[T], words: Words<T>) -> Vec<String> {
    values.iter().map(|value| word_for(*value, words).to_owned()).collect()
}

fn filled(list: &[String]) -> Option<Vec<String>> {
    (!list.is_empty()).then(|| list.to_vec())
}

#[cfg(test)]
mod tests {
    use serde_json::{from_value, json, to_value};

    use super::*;

    fn shown(given: Value) -> Result<Value, Error> {
        let settings = from_value::<ClientSettingsType>(given).unwrap().settle()?;
        Ok(to_value(ClientSettingsType::from(&settings)).unwrap())
    }

    #[test]
    fn a_client_without_settings_shows_cognitos_defaults() {
        let expected = json!({
            "RefreshTokenValidity": 30,
            "TokenValidityUnits": {},
            "AllowedOAuthFlowsUserPoolClient": false,
            "EnableTokenRevocation": true,
            "EnablePropagateAdditionalUserContextData": false,
            "AuthSessionValidity": 3,
        });
        assert_eq!(shown(json!({})).unwrap(), expected);
    }

    #[test]
    fn what_was_given_is_shown_again() {
        let given = json!({
            "RefreshTokenValidity": 12,
            "AccessTokenValidity": 10,
            "IdTokenValidity": 1,
            "TokenValidityUnits": { "AccessToken": "minutes", "RefreshToken": "hours" },
            "ReadAttributes": ["email"],
            "WriteAttributes": ["email", "name"],
            "ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
            "SupportedIdentityProviders": ["COGNITO"],
            "CallbackURLs": ["https://app.example/cb"],
            "LogoutURLs": ["https://app.example/"],
            "DefaultRedirectURI": "https://app.example/cb",
            "AllowedOAuthFlows": ["code"],
            "AllowedOAuthScopes": ["openid", "email"],
            "AllowedOAuthFlowsUserPoolClient": true,
            "AnalyticsConfiguration": { "ApplicationId": "abc" },
            "PreventUserExistenceErrors": "LEGACY",
            "EnableTokenRevocation": false,
            "EnablePropagateAdditionalUserContextData": true,
            "AuthSessionValidity": 15,
            "RefreshTokenRotation": { "Feature": "DISABLED", "RetryGracePeriodSeconds": 5 },
        });
        assert_eq!(shown(given.clone()).unwrap(), given);
    }

    #[test]
    fn members_out_of_range_have_cognitos_texts() {
        for (given, place) in [
            (json!({ "AuthSessionValidity": 2 }), "'2' at 'authSessionValidity'"),
            (json!({ "AccessTokenValidity": 0 }), "'0' at 'accessTokenValidity'"),
            (json!({ "TokenValidityUnits": { "IdToken": "weeks" } }), "'weeks' at 'tokenValidityUnits.idToken'"),
            (json!({ "RefreshTokenRotation": {} }), "null at 'refreshTokenRotation.feature'"),
            (json!({ "AllowedOAuthFlows": ["password"] }), "'[password]' at 'allowedOAuthFlows'"),
            (json!({ "PreventUserExistenceErrors": "no" }), "'no' at 'preventUserExistenceErrors'"),
        ] {
            let text = shown(given).unwrap_err().to_string();
            assert!(text.starts_with(&format!("1 validation error detected: Value {place} failed")), "{text}");
        }
    }
}
