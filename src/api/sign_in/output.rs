//! Owns the answer of every step: tokens, or a challenge with Cognito's parameters for it.

use std::collections::BTreeMap;

use serde::Serialize;

use super::parameters::ATTRIBUTE_PREFIX;
use crate::api::wire::AuthenticationResultType;
use crate::auth::codes::Delivery;
use crate::auth::sign_in::{Asked, Challenge, Outcome, SrpParameters};
use crate::auth::tokens;
use crate::cx::{ClientEntry, Cx};
use crate::domain::attribute::Attributes;
use crate::domain::factor::{FirstFactor, SecondFactor};
use crate::error::Error;
use crate::mail::Channel;

/// Tokens, or the next challenge.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct AuthOutput {
    #[serde(skip_serializing_if = "Option::is_none")]
    challenge_name: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    session: Option<String>,
    challenge_parameters: Parameters,
    #[serde(skip_serializing_if = "Option::is_none")]
    authentication_result: Option<AuthenticationResultType>,
    #[serde(skip_serializing_if = "Option::is_none")]
    available_challenges: Option<Vec<&'static str>>,
}

type Parameters = BTreeMap<&'static str, String>;

impl AuthOutput {
    /// What an outcome earns.
    ///
    /// # Errors
    /// A refusal when parallel guesses locked the account meanwhile, or the session was used.
    pub async fn of(cx: &Cx, client: &ClientEntry, outcome: Outcome) -> Result<Self, Error> {
        match outcome {
            Outcome::Done(authenticated) => Ok(tokens::complete(cx, client, authenticated).await?.into()),
            Outcome::Challenge(asked) => Self::asking(*asked),
        }
    }

    fn asking(asked: Asked) -> Result<Self, Error> {
        let mut available_challenges = None;
        let (name, mut parameters) = match asked.challenge {
            Challenge::PasswordVerifier(srp) => ("PASSWORD_VERIFIER", password_verifier(srp, &asked.username)),
            Challenge::NewPasswordRequired { attributes, missing } => {
                ("NEW_PASSWORD_REQUIRED", new_password(&attributes, &missing)?)
            }
            Challenge::SmsMfa(delivery) => ("SMS_MFA", code_delivery(&delivery)),
            Challenge::EmailOtp(delivery) => ("EMAIL_OTP", code_delivery(&delivery)),
            Challenge::SmsOtp(delivery) => ("SMS_OTP", code_delivery(&delivery)),
            Challenge::SoftwareTokenMfa { device_name } => ("SOFTWARE_TOKEN_MFA", device(device_name)),
            Challenge::SelectMfaType { factors, deliveries, device_name } => {
                let mut parameters = device(device_name);
                parameters.extend(deliveries.first().map(|to| ("CODE_DELIVERY_DESTINATION", to.destination.clone())));
                parameters.insert("MFAS_CAN_CHOOSE", names(&factors)?);
                ("SELECT_MFA_TYPE", parameters)
            }
            Challenge::MfaSetup { factors } => ("MFA_SETUP", Parameters::from([("MFAS_CAN_SETUP", names(&factors)?)])),
            Challenge::SelectChallenge { available } => {
                available_challenges = Some(available.into_iter().map(FirstFactor::name).collect());
                ("SELECT_CHALLENGE", Parameters::from([("USERNAME", asked.username.clone())]))
            }
            Challenge::Password => ("PASSWORD", Parameters::from([("USERNAME", asked.username.clone())])),
            Challenge::Passkey { options } => ("WEB_AUTHN", web_authn(options, &asked.username)),
            Challenge::Device { key } => ("DEVICE_SRP_AUTH", device_key(key, &asked.username)),
            Challenge::DeviceVerifier { key, srp } => {
                let mut parameters = password_verifier(srp, &asked.username);
                parameters.insert("DEVICE_KEY", key);
                ("DEVICE_PASSWORD_VERIFIER", parameters)
            }
            Challenge::PasswordSrp => ("PASSWORD_SRP", Parameters::from([("USERNAME", asked.username.clone())])),
        };
        parameters.insert("USER_ID_FOR_SRP", asked.username);
        Ok(Self {
            challenge_name: Some(name),
            session: Some(asked.session),
            challenge_parameters: parameters,
            authentication_result: None,
            available_challenges,
        })
    }
}

fn password_verifier(srp: SrpParameters, username: &str) -> Parameters {
    Parameters::from([
        ("SALT", srp.salt),
        ("SRP_B", srp.server_public),
        ("SECRET_BLOCK", srp.secret_block),
        ("USERNAME", username.to_owned()),
    ])
}

fn new_password(attributes: &Attributes, missing: &[String]) -> Result<Parameters, Error> {
    let attributes: BTreeMap<_, _> = attributes.iter().filter(|(_, value)| !value.is_empty()).collect();
    let missing: Vec<_> = missing.iter().map(|name| format!("{ATTRIBUTE_PREFIX}{name}")).collect();
    Ok(Parameters::from([
        ("userAttributes", serde_json::to_string(&attributes).map_err(Error::internal)?),
        ("requiredAttributes", serde_json::to_string(&missing).map_err(Error::internal)?),
    ]))
}

fn code_delivery(delivery: &Delivery) -> Parameters {
    let medium = match delivery.channel {
        Channel::Email => "EMAIL",
        Channel::Sms => "SMS",
    };
    Parameters::from([
        ("CODE_DELIVERY_DELIVERY_MEDIUM", medium.to_owned()),
        ("CODE_DELIVERY_DESTINATION", delivery.destination.clone()),
    ])
}

fn web_authn(options: String, username: &str) -> Parameters {
    Parameters::from([("CREDENTIAL_REQUEST_OPTIONS", options), ("USERNAME", username.to_owned())])
}

fn device_key(key: String, username: &str) -> Parameters {
    Parameters::from([("DEVICE_KEY", key), ("USERNAME", username.to_owned())])
}

fn device(name: Option<String>) -> Parameters {
    name.map(|name| ("FRIENDLY_DEVICE_NAME", name)).into_iter().collect()
}

fn names(factors: &[SecondFactor]) -> Result<String, Error> {
    let names: Vec<_> = factors.iter().map(|factor| factor.name()).collect();
    serde_json::to_string(&names).map_err(Error::internal)
}

impl From<tokens::Tokens> for AuthOutput {
    fn from(tokens: tokens::Tokens) -> Self {
        Self {
            challenge_name: None,
            session: None,
            challenge_parameters: Parameters::new(),
            authentication_result: Some(tokens.into()),
            available_challenges: None,
        }
    }
}
