//! Owns the answers to challenges: opens the session, looks whether it asks for what is answered, and hands over to
//! the step that knows.

use std::sync::Arc;

use secrecy::SecretString;

pub use super::choice::Inline;
use super::session::{CodeKind, Pending, Progress, from_secret_block, invalid, resume, to_secret_block};
use super::srp::SrpProof;
use super::{
    Asked, Challenge, OnDevice, Outcome, SrpParameters, address_code, choice, device, new_password, passkey, proceed,
    second_factor, set_up, srp,
};
use crate::cx::{ClientEntry, Cx};
use crate::domain::attribute::Attributes;
use crate::domain::factor::{FirstFactor, SecondFactor};
use crate::domain::user::User;
use crate::error::Error;

/// An answer to a challenge.
pub struct Reply<'a> {
    /// Through which client.
    pub client: &'a Arc<ClientEntry>,
    /// The session; an SRP proof carries its own.
    pub session: Option<&'a str>,
    /// The user name that came along, if one did; it must be the session's user.
    pub username: Option<&'a str>,
    /// What came along of the device.
    pub on: OnDevice,
    /// The answer.
    pub answer: Answer,
}

/// What is answered.
pub enum Answer {
    /// The end of an SRP exchange.
    Srp(SrpProof),
    /// A new password, with attributes to fill in.
    NewPassword(SecretString, Attributes),
    /// The code of a text message, as the second factor.
    SmsMfa(String),
    /// The code of a mail, as any factor.
    EmailOtp(String),
    /// The code of a text message, as the first factor.
    SmsOtp(String),
    /// The code of an authenticator app.
    SoftwareToken(String),
    /// The second factor that was chosen.
    SelectFactor(String),
    /// A second factor is set up; or an address that shall become one.
    SetUp(Option<String>),
    /// The first factor that was chosen, with what came along.
    SelectFirst(String, Inline),
    /// The password.
    Password(SecretString),
    /// The client's half of an SRP exchange.
    PasswordSrp(String),
    /// The authenticator's answer, as JSON.
    Passkey(String),
    /// The client's half of an exchange with the device.
    Device(String),
    /// The end of an exchange with the device.
    DeviceSrp(SrpProof),
}

/// Takes the answer to a challenge.
///
/// # Errors
/// Cognito's refusals of a bad, expired or used session, and those of the step.
pub async fn respond(cx: &Cx, reply: Reply<'_>) -> Result<Outcome, Error> {
    let client = reply.client;
    let session = session_of(&reply)?;
    let mut resumed = resume(cx, client, &session).await?;
    if let Some(name) = reply.username {
        resumed.check_name(cx, client, name).await?;
    }
    let key = reply.on.key.unwrap_or_default();
    if !matches!(reply.answer, Answer::Device(_) | Answer::DeviceSrp(_)) {
        device::take_over(cx, client, &mut resumed, Some(key.as_str()).filter(|key| !key.is_empty())).await?;
    }
    match reply.answer {
        Answer::Srp(proof) => srp::answer(cx, client, resumed, proof).await,
        Answer::NewPassword(password, attributes) => {
            new_password::answer(cx, client, resumed, (&password, attributes)).await
        }
        Answer::SmsMfa(code) => address_code::answer(cx, client, resumed, (is_sms_mfa, &code)).await,
        Answer::EmailOtp(code) => address_code::answer(cx, client, resumed, (is_email, &code)).await,
        Answer::SmsOtp(code) => address_code::answer(cx, client, resumed, (is_sms_otp, &code)).await,
        Answer::SoftwareToken(code) => second_factor::answer_software_token(cx, client, resumed, &code).await,
        Answer::SelectFactor(wanted) => second_factor::choose(cx, client, resumed, &wanted).await,
        Answer::SetUp(email) => set_up::answer(cx, client, resumed, email).await,
        Answer::SelectFirst(wanted, inline) => {
            let typed = reply.username.unwrap_or_default();
            choice::choose(cx, client, resumed, (&wanted, inline, typed)).await
        }
        Answer::Password(password) => choice::answer_password(cx, client, resumed, password).await,
        Answer::PasswordSrp(client_public) => choice::answer_srp(cx, client, resumed, &client_public).await,
        Answer::Passkey(answer) => passkey::answer(cx, client, resumed, &answer).await,
        Answer::Device(client_public) => device::begin(cx, client, resumed, (&key, &client_public)).await,
        Answer::DeviceSrp(proof) => device::answer(cx, client, resumed, (&key, proof, reply.on.address)).await,
    }
}

/// What a session asks, for pages that show the question again; the session stays as it is.
///
/// # Errors
/// As [`respond`].
pub async fn peek(cx: &Cx, client: &Arc<ClientEntry>, session: &str) -> Result<Asked, Error> {
    let resumed = resume(cx, client, session).await?;
    let user = resumed.user.as_ref();
    let Outcome::Challenge(asked) = proceed::asked(cx, client, &resumed.progress, user)? else {
        return Err(invalid());
    };
    Ok(Asked { session: session.to_owned(), ..*asked })
}

/// An SRP exchange is known by the state that it gave out, which not every SDK brings back twice.
fn session_of(reply: &Reply<'_>) -> Result<String, Error> {
    let (Answer::Srp(proof) | Answer::DeviceSrp(proof)) = &reply.answer else {
        return reply.session.map(str::to_owned).ok_or_else(invalid);
    };
    let session = from_secret_block(&proof.secret_block).ok_or_else(invalid)?;
    if reply.session.is_some_and(|given| given != session) {
        return Err(invalid());
    }
    Ok(session)
}

/// The challenge that a session asks.
///
/// # Errors
/// When the session is of somebody who is gone, or asks nothing.
pub(super) fn challenge_of(
    client: &ClientEntry,
    (progress, session): (&Progress, &str),
    user: Option<&User>,
) -> Result<Challenge, Error> {
    Ok(match progress.pending.clone() {
        Pending::Srp { salt, server_public, .. } => {
            let secret_block = to_secret_block(session);
            Challenge::PasswordVerifier(SrpParameters { salt, server_public, secret_block })
        }
        Pending::NewPassword => {
            let user = user.ok_or_else(invalid)?;
            let missing = new_password::missing(&client.pool.pool, user);
            Challenge::NewPasswordRequired { attributes: user.attributes.clone(), missing }
        }
        Pending::Code { kind, address, .. } => {
            let delivery = address_code::delivery(kind, &address);
            match kind {
                CodeKind::Second(SecondFactor::SmsMfa) => Challenge::SmsMfa(delivery),
                CodeKind::First(FirstFactor::SmsOtp) => Challenge::SmsOtp(delivery),
                _ => Challenge::EmailOtp(delivery),
            }
        }
        Pending::SoftwareToken { device_name } => Challenge::SoftwareTokenMfa { device_name },
        Pending::SelectFactor { factors, device_name } => {
            let user = user.ok_or_else(invalid)?;
            let addresses = factors.iter().filter_map(|factor| factor.attribute());
            let deliveries = addresses.filter_map(|name| Some(super::Delivery::to(name, user.attribute(name)?)));
            Challenge::SelectMfaType { deliveries: deliveries.collect(), factors, device_name }
        }
        Pending::SetUp { factors, .. } => Challenge::MfaSetup { factors },
        Pending::SelectFirst { available } => Challenge::SelectChallenge { available },
        Pending::Password => Challenge::Password,
        Pending::PasswordSrp => Challenge::PasswordSrp,
        Pending::Device => Challenge::Device { key: device::key_of(progress) },
        Pending::DeviceSrp { exchange } => Challenge::DeviceVerifier {
            key: device::key_of(progress),
            srp: SrpParameters {
                salt: exchange.salt,
                server_public: exchange.server_public,
                secret_block: to_secret_block(session),
            },
        },
        Pending::Passkey { .. } | Pending::SignedUp | Pending::SignUpConfirmed => return Err(invalid()),
    })
}

fn is_sms_mfa(kind: CodeKind) -> bool {
    kind == CodeKind::Second(SecondFactor::SmsMfa)
}

fn is_sms_otp(kind: CodeKind) -> bool {
    kind == CodeKind::First(FirstFactor::SmsOtp)
}

fn is_email(kind: CodeKind) -> bool {
    !is_sms_mfa(kind) && !is_sms_otp(kind)
}
