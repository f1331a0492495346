//! Owns the steps of a sign-in, once for the API and the pages: a first factor, then whatever must follow.
//!
//! Each way in ([`by_password`], [`by_srp`], [`by_choice`]) and each answer ([`respond`]) ends in one place
//! (`proceed`), which asks [`crate::domain::next_step::next`] what must follow. Between two steps everything is in a
//! sealed session: who, what was proven, what is asked. A session works once: the statement that uses it up runs in
//! the transaction that does what the answer earned.

mod address_code;
mod after_sign_up;
mod choice;
mod device;
mod new_password;
mod passkey;
mod password;
mod proceed;
mod respond;
mod second_factor;
mod session;
mod set_up;
mod single_use;
mod srp;

pub use after_sign_up::{begin_with_sign_up, follow_sign_up};
pub use choice::{Choice, by_choice};
pub use device::OnDevice;
pub use passkey::{PasskeyAttempt, by_passkey};
pub use password::{by_password, check_password};
pub use respond::{Answer, Inline, Reply, peek, respond};
pub use session::client_of;
pub use set_up::{associate, verify, waiting_token};
pub use single_use::EarnedBy;
pub use srp::{SrpAttempt, SrpProof, by_srp};

use std::sync::Arc;

use secrecy::SecretString;

use super::codes::Delivery;
use super::passkey::proof::Usage;
use super::threat_protection::NewEvent;
use crate::clock::Timestamp;
use crate::cx::ClientEntry;
use crate::domain::attribute::Attributes;
use crate::domain::device::DeviceDetails;
use crate::domain::factor::{FirstFactor, SecondFactor};
use crate::domain::group::Membership;
use crate::domain::user::User;
use crate::error::{Error, Thing};
use crate::store::sessions::Session;
use crate::store::upstream_sessions::UpstreamSession;
use crate::store::{self, Db};
use single_use::{SingleUse, used};

/// Somebody tries to sign in with a name and a password.
pub struct Attempt<'a> {
    /// Through which client.
    pub client: &'a Arc<ClientEntry>,
    /// The name as it was typed.
    pub username: &'a str,
    /// The password.
    pub password: SecretString,
    /// The device that the app says it runs on.
    pub device_key: Option<String>,
}

/// How a step of a sign-in ended.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "there is one at a time, and it is the usual one that is large")]
pub enum Outcome {
    /// The person is who they say.
    Done(Authenticated),
    /// Something else must be proven or done first.
    Challenge(Box<Asked>),
}

/// A challenge, for whom, and the session to bring back with the answer.
#[derive(Debug)]
pub struct Asked {
    /// The user name as the API tells it.
    pub username: String,
    /// What a page calls the person.
    pub display_name: String,
    /// The sealed session.
    pub session: String,
    /// What is asked.
    pub challenge: Challenge,
}

/// What must still be proven or done.
#[derive(Debug)]
pub enum Challenge {
    /// The password is proven without being sent.
    PasswordVerifier(SrpParameters),
    /// The temporary password must be replaced.
    NewPasswordRequired {
        /// The user's attributes.
        attributes: Attributes,
        /// Required attributes that the user lacks.
        missing: Vec<String>,
    },
    /// The code of a text message, as the second factor.
    SmsMfa(Delivery),
    /// The code of a mail, as the first or the second factor.
    EmailOtp(Delivery),
    /// The code of a text message, as the first factor.
    SmsOtp(Delivery),
    /// The code of an authenticator app.
    SoftwareTokenMfa {
        /// What the user calls the device.
        device_name: Option<String>,
    },
    /// One of several second factors is chosen.
    SelectMfaType {
        /// The choice.
        factors: Vec<SecondFactor>,
        /// Where codes would go.
        deliveries: Vec<Delivery>,
        /// What the user calls the device of the authenticator app.
        device_name: Option<String>,
    },
    /// A second factor must be set up first.
    MfaSetup {
        /// The choice.
        factors: Vec<SecondFactor>,
    },
    /// One of several first factors is chosen.
    SelectChallenge {
        /// The choice.
        available: Vec<FirstFactor>,
    },
    /// The password.
    Password,
    /// The client's half of an SRP exchange.
    PasswordSrp,
    /// A passkey.
    Passkey {
        /// What the browser is asked, as JSON.
        options: String,
    },
    /// The device proves itself.
    Device {
        /// Its key.
        key: String,
    },
    /// The device's secret is proven without being sent.
    DeviceVerifier {
        /// The device's key.
        key: String,
        /// What it needs.
        srp: SrpParameters,
    },
}

/// What an SRP client needs to prove the password.
#[derive(Debug)]
pub struct SrpParameters {
    /// The salt, in hexadecimal.
    pub salt: String,
    /// The server's half of the exchange, in hexadecimal.
    pub server_public: String,
    /// The sealed state to bring back.
    pub secret_block: String,
}

/// A person who proved who they are. Whoever acts on it calls [`Authenticated::accept`] in the same transaction.
#[derive(Debug, Clone)]
pub struct Authenticated {
    /// The user.
    pub user: User,
    /// The user's groups, where they were read with the user.
    pub memberships: Option<Vec<Membership>>,
    /// When they proved it.
    pub auth_time: Timestamp,
    /// The device that proved itself.
    pub device_key: Option<String>,
    /// Where they proved it, if not here.
    pub upstream: Option<Box<UpstreamSession>>,
    /// The level of assurance that the provider vouches for (`acr`).
    pub acr: Option<String>,
    effects: Vec<Effect>,
}

/// What a proof changes, in the transaction that acts on it.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Effect {
    /// Failures are forgotten, unless they locked meanwhile.
    Unlock(String),
    /// Codes that were sent are no longer counted.
    ForgetSent(String),
    /// The session is used up.
    UseSession(SingleUse),
    /// The session is used up, unless failures locked meanwhile.
    UseSessionUnlocked {
        /// The session.
        session: SingleUse,
        /// Whose failures.
        subject: String,
    },
    /// The code of an authenticator app is used up.
    UseSoftwareToken {
        /// Its time step.
        step: i64,
    },
    /// The passkey was used.
    UsePasskey(Usage),
    /// The sign-in is kept as an event.
    Record(NewEvent),
    /// The device was used.
    UseDevice {
        /// Its key.
        key: String,
        /// What is known of it now.
        details: DeviceDetails,
    },
}

impl Authenticated {
    /// Somebody who proved it without a guessable secret.
    #[must_use]
    pub const fn without_guessing(user: User, auth_time: Timestamp) -> Self {
        Self { user, memberships: None, auth_time, device_key: None, upstream: None, acr: None, effects: Vec::new() }
    }

    /// Somebody whom an identity provider vouches for: what must be remembered of it, and the level of assurance.
    #[must_use]
    pub fn by_provider(
        user: User,
        auth_time: Timestamp,
        (upstream, acr): (Option<UpstreamSession>, Option<String>),
    ) -> Self {
        Self { upstream: upstream.map(Box::new), acr, ..Self::without_guessing(user, auth_time) }
    }

    /// Somebody whose browser session is enough.
    #[must_use]
    pub fn by_session(session: Session) -> Self {
        let Session { user, auth_time, acr, .. } = session;
        Self { acr, ..Self::without_guessing(user, auth_time) }
    }

    /// What a family can be earned by in one statement, where the proof changes nothing else.
    #[must_use]
    pub fn earned_by(&self) -> Option<EarnedBy> {
        let [Effect::UseSessionUnlocked { session, subject }] = self.effects.as_slice() else { return None };
        Some(session.clone().earning(subject.clone()))
    }

    /// Does what the proof changes: forgets earlier failures, uses the session and the code up. Refuses when parallel
    /// guesses have locked the account in the meantime, or when somebody was quicker.
    ///
    /// # Errors
    /// Cognito's refusals, and the caller's transaction must not commit.
    pub async fn accept(&self, db: &mut Db) -> Result<(), Error> {
        for effect in &self.effects {
            effect.apply(db, (&self.user, self.auth_time)).await?;
        }
        Ok(())
    }
}

impl Effect {
    async fn apply(&self, db: &mut Db, (user, now): (&User, Timestamp)) -> Result<(), Error> {
        let (is_done, refusal) = match self {
            Self::Unlock(subject) => {
                (store::attempts::succeed(db, subject, now).await?, Error::PasswordAttemptsExceeded)
            }
            Self::ForgetSent(subject) => {
                store::attempts::forget(db, subject).await?;
                return Ok(());
            }
            Self::UseSession(session) => (session.take(db).await?, used()),
            Self::UseSessionUnlocked { session, subject } => return session.take_unlocked(db, (subject, now)).await,
            Self::UseSoftwareToken { step } => {
                (store::factors::use_step(db, &user.pool_id, &user.sub, *step).await?, Error::SoftwareTokenUsed)
            }
            Self::UsePasskey(usage) => return usage.note(db, now).await,
            Self::Record(event) => return event.keep(db, (&user.pool_id, &user.sub)).await,
            Self::UseDevice { key, details } => {
                let owner = (&user.pool_id, &user.sub);
                (store::devices::note_use(db, owner, (key, details), now).await?, Error::NotFound(Thing::Device))
            }
        };
        if is_done { Ok(()) } else { Err(refusal) }
    }
}
