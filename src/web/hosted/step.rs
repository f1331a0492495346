//! Owns the small state between two pages: a sealed cookie that says whose code is awaited or whose temporary
//! password is replaced, and the short message for the next page. Nothing here is worth anything by itself: codes
//! and sessions are checked where they take effect.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use crate::auth::codes::Delivery;
use crate::cx::{ClientEntry, Cx, Seal};
use crate::domain::ids::Sub;
use crate::mail::Channel;
use crate::web::texts::Texts;

/// Seconds that the state between two pages lives.
pub const LIFETIME_SECONDS: i64 = 900;

/// What the next page is about.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Step {
    /// A code was sent to this user.
    Code(Awaited),
    /// This session of a sign-in is to be answered.
    Challenge {
        /// The session.
        session: String,
    },
    /// This user has just signed in for this request and is offered a passkey.
    PasskeyOffer {
        /// The user.
        sub: Sub,
        /// A print of the authorization request.
        request: String,
    },
    /// This user is asked whether the app of this request may learn who they are.
    Consent {
        /// The user.
        sub: Sub,
        /// A print of the authorization request.
        request: String,
    },
}

/// A code that is awaited.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Awaited {
    /// Who awaits it.
    pub username: String,
    /// Where it went, masked.
    pub destination: Option<String>,
    /// Whether by text message.
    pub is_sms: bool,
}

impl Awaited {
    /// A code on its way to `username`.
    #[must_use]
    pub fn new(username: &str, delivery: Option<&Delivery>) -> Self {
        Self {
            username: username.to_owned(),
            destination: delivery.map(|delivery| delivery.destination.clone()),
            is_sms: delivery.is_some_and(|delivery| delivery.channel == Channel::Sms),
        }
    }

    /// The road of the code in words.
    #[must_use]
    pub const fn medium(&self, texts: &Texts) -> &'static str {
        if self.is_sms { texts.by_sms } else { texts.by_email }
    }
}

impl Step {
    /// The cookie's value.
    #[must_use]
    pub fn seal(&self, cx: &Cx, client: &ClientEntry) -> String {
        let json = serde_json::to_vec(self).unwrap_or_default();
        cx.secrets.seal(cx.random(), Seal::Step, (&json, &context(client)))
    }

    /// The state in a cookie; `None` when it is not ours or of another client.
    #[must_use]
    pub fn open(cx: &Cx, client: &ClientEntry, sealed: &str) -> Option<Self> {
        serde_json::from_slice(&cx.secrets.open(Seal::Step, sealed, &context(client))?).ok()
    }
}

fn context(client: &ClientEntry) -> String {
    format!("page/{}", client.client.id)
}

/// A message for the next page. Only its name travels, so a forged cookie can say nothing of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flash {
    /// The sign-up is confirmed.
    RegistrationConfirmed,
    /// The password is changed.
    PasswordChanged,
    /// Another password must be chosen first.
    ResetRequired,
    /// A code was sent again.
    CodeResent,
    /// A change of the account needs a fresh sign-in.
    SignInAgain,
    /// A change of the account is saved.
    Saved,
    /// The person changed their password.
    OwnPasswordChanged,
    /// A passkey was made.
    PasskeyAdded,
    /// A passkey was deleted.
    PasskeyDeleted,
    /// An account at a provider is no longer linked.
    Unlinked,
    /// A device was forgotten.
    DeviceForgotten,
    /// A session was ended.
    SessionEnded,
    /// All sessions were ended.
    EndedEverywhere,
}

impl Flash {
    const ALL: [(Self, &'static str); 13] = [
        (Self::RegistrationConfirmed, "registration_confirmed"),
        (Self::PasswordChanged, "password_changed"),
        (Self::ResetRequired, "reset_required"),
        (Self::CodeResent, "code_resent"),
        (Self::SignInAgain, "sign_in_again"),
        (Self::Saved, "saved"),
        (Self::OwnPasswordChanged, "own_password_changed"),
        (Self::PasskeyAdded, "passkey_added"),
        (Self::PasskeyDeleted, "passkey_deleted"),
        (Self::Unlinked, "unlinked"),
        (Self::DeviceForgotten, "device_forgotten"),
        (Self::SessionEnded, "session_ended"),
        (Self::EndedEverywhere, "ended_everywhere"),
    ];

    /// The cookie's value: base64 of a JSON list, as Cognito's `cognito-fl`.
    #[must_use]
    pub fn encode(self) -> String {
        let name = Self::ALL.iter().find(|(flash, _)| *flash == self).map_or("", |(_, name)| name);
        STANDARD.encode(format!("[\"{name}\"]"))
    }

    /// The message in a cookie.
    #[must_use]
    pub fn decode(value: &str) -> Option<Self> {
        let names: Vec<String> = serde_json::from_slice(&STANDARD.decode(value).ok()?).ok()?;
        let name = names.first()?;
        Self::ALL.iter().find(|(_, known)| known == name).map(|(flash, _)| *flash)
    }

    /// The message in words.
    #[must_use]
    pub const fn text(self, texts: &Texts) -> &'static str {
        match self {
            Self::RegistrationConfirmed => texts.registration_confirmed,
            Self::PasswordChanged => texts.password_changed,
            Self::ResetRequired => texts.reset_required,
            Self::CodeResent => texts.code_resent,
            Self::SignInAgain => texts.account.sign_in_again,
            Self::Saved => texts.account.saved,
            Self::OwnPasswordChanged => texts.account.password_changed,
            Self::PasskeyAdded => texts.account.passkey_added,
            Self::PasskeyDeleted => texts.account.passkey_deleted,
            Self::Unlinked => texts.account.unlinked,
            Self::DeviceForgotten => texts.account.forgotten,
            Self::SessionEnded => texts.account.session_ended,
            Self::EndedEverywhere => texts.account.ended_everywhere,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_forged_message_says_nothing() {
        assert_eq!(Flash::decode(&Flash::CodeResent.encode()), Some(Flash::CodeResent));
        assert_eq!(Flash::decode(&STANDARD.encode("[\"You have won\"]")), None);
        assert_eq!(Flash::decode("W10="), None);
        assert_eq!(Flash::decode("%"), None);
    }
}
