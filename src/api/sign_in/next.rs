//! Owns the answers to challenges: which responses each asks for.

use std::sync::Arc;

use serde::Deserialize;

use super::context::Context;
use super::output::AuthOutput;
use super::parameters::{Parameters, missing, unavailable};
use crate::api::client_auth::{Asked, check_hash};
use crate::api::constraints::{SESSION, Words, required, word};
use crate::api::operation::Caller;
use crate::auth::sign_in::{Answer, Inline, OnDevice, Reply, SrpProof, respond};
use crate::cx::{ClientEntry, Cx};
use crate::error::Error;

/// `ChallengeNameType`.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Name {
    SmsMfa,
    EmailOtp,
    SoftwareTokenMfa,
    SelectMfaType,
    MfaSetup,
    PasswordVerifier,
    SelectChallenge,
    NewPasswordRequired,
    SmsOtp,
    Password,
    PasswordSrp,
    WebAuthn,
    DeviceSrpAuth,
    DevicePasswordVerifier,
    /// One that this server does not ask.
    Unavailable,
}

const CHALLENGES: Words<Name> = &[
    ("SMS_MFA", Name::SmsMfa),
    ("EMAIL_OTP", Name::EmailOtp),
    ("SOFTWARE_TOKEN_MFA", Name::SoftwareTokenMfa),
    ("SELECT_MFA_TYPE", Name::SelectMfaType),
    ("MFA_SETUP", Name::MfaSetup),
    ("PASSWORD_VERIFIER", Name::PasswordVerifier),
    ("CUSTOM_CHALLENGE", Name::Unavailable),
    ("SELECT_CHALLENGE", Name::SelectChallenge),
    ("DEVICE_SRP_AUTH", Name::DeviceSrpAuth),
    ("DEVICE_PASSWORD_VERIFIER", Name::DevicePasswordVerifier),
    ("ADMIN_NO_SRP_AUTH", Name::Unavailable),
    ("NEW_PASSWORD_REQUIRED", Name::NewPasswordRequired),
    ("SMS_OTP", Name::SmsOtp),
    ("PASSWORD", Name::Password),
    ("WEB_AUTHN", Name::WebAuthn),
    ("PASSWORD_SRP", Name::PasswordSrp),
];

/// The answer to a challenge.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct NextStep {
    /// The app client.
    pub client_id: Option<String>,
    challenge_name: Option<String>,
    session: Option<String>,
    /// What is said of the person.
    #[serde(flatten)]
    pub context: Context,
    challenge_responses: Option<Parameters>,
}

impl NextStep {
    /// Takes the answer.
    ///
    /// # Errors
    /// Cognito's refusals.
    pub async fn take(self, cx: &Cx, caller: &Caller, client: &Arc<ClientEntry>) -> Result<AuthOutput, Error> {
        let text = required("challengeName", self.challenge_name)?;
        let name = word("challengeName", &text, CHALLENGES)?;
        if name == Name::Unavailable {
            return Err(unavailable(&text));
        }
        let session = SESSION.optional("session", self.session)?;
        // The state of an SRP exchange comes back in its secret block, and some SDKs bring nothing else.
        let carries_its_own = matches!(name, Name::PasswordVerifier | Name::DevicePasswordVerifier);
        if session.is_none() && !carries_its_own {
            return Err(missing("Session"));
        }
        let mut responses = self.challenge_responses.unwrap_or_default();
        let username = responses.required("USERNAME")?;
        let hash = responses.text("SECRET_HASH");
        let answer = answer_of(name, &mut responses)?;
        check_hash(&client.client, &username, (hash.as_deref(), Asked::AsParameter))?;
        let on = OnDevice { key: responses.text("DEVICE_KEY"), address: caller.address.to_string() };
        if on.key.is_none() && matches!(name, Name::DeviceSrpAuth | Name::DevicePasswordVerifier) {
            return Err(missing("DEVICE_KEY"));
        }
        let reply = Reply { client, session: session.as_deref(), username: Some(&username), on, answer };
        AuthOutput::of(cx, client, respond(cx, reply).await?).await
    }
}

fn answer_of(name: Name, responses: &mut Parameters) -> Result<Answer, Error> {
    Ok(match name {
        Name::PasswordVerifier => Answer::Srp(srp_proof(responses)?),
        Name::DevicePasswordVerifier => Answer::DeviceSrp(srp_proof(responses)?),
        Name::DeviceSrpAuth => Answer::Device(responses.required("SRP_A")?),
        Name::WebAuthn => Answer::Passkey(responses.required("CREDENTIAL")?),
        Name::NewPasswordRequired => {
            Answer::NewPassword(responses.required_secret("NEW_PASSWORD")?, responses.attributes()?)
        }
        Name::SmsMfa => Answer::SmsMfa(responses.required("SMS_MFA_CODE")?),
        Name::EmailOtp => Answer::EmailOtp(responses.required("EMAIL_OTP_CODE")?),
        Name::SmsOtp => Answer::SmsOtp(responses.required("SMS_OTP_CODE")?),
        Name::SoftwareTokenMfa => Answer::SoftwareToken(responses.required("SOFTWARE_TOKEN_MFA_CODE")?),
        Name::SelectMfaType => Answer::SelectFactor(responses.required("ANSWER")?),
        Name::MfaSetup => Answer::SetUp(responses.text("EMAIL")),
        Name::SelectChallenge => {
            let inline = Inline { password: responses.secret("PASSWORD"), client_public: responses.text("SRP_A") };
            Answer::SelectFirst(responses.required("ANSWER")?, inline)
        }
        Name::Password => Answer::Password(responses.required_secret("PASSWORD")?),
        Name::PasswordSrp => Answer::PasswordSrp(responses.required("SRP_A")?),
        Name::Unavailable => return Err(unavailable("The challenge")),
    })
}

fn srp_proof(responses: &mut Parameters) -> Result<SrpProof, Error> {
    Ok(SrpProof {
        secret_block: responses.required("PASSWORD_CLAIM_SECRET_BLOCK")?,
        signature: responses.required("PASSWORD_CLAIM_SIGNATURE")?,
        timestamp: responses.required("TIMESTAMP")?,
    })
}
