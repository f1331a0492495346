//! Owns the way from one step of a sign-in to the page of the next, and back to the start when a step is gone.

use actix_web::HttpResponse;

use super::opened::Opened;
use super::step::Step;
use super::{authorize, login};
use crate::auth::sign_in::{self, Answer, Asked, Challenge, OnDevice, Outcome, Reply};
use crate::domain::factor::SecondFactor;
use crate::error::Error;
use crate::oauth::authorize::Who;

/// Goes on after a step: to the app, or to the page of what must still be proven.
pub async fn go_on(mut opened: Opened, outcome: Outcome) -> HttpResponse {
    match outcome {
        Outcome::Done(authenticated) => authorize::conclude(opened, Who::Fresh(authenticated)).await,
        Outcome::Challenge(asked) => {
            let Some(path) = page_of(&asked.challenge) else { return dead_end(opened, &asked.challenge).await };
            opened.leave(&Step::Challenge { session: asked.session });
            let location = opened.href(path);
            opened.go(&location)
        }
    }
}

/// The challenge that the page before left; `None` when it is gone, used or too old.
pub async fn resume(opened: &Opened) -> Option<Asked> {
    let Step::Challenge { session } = opened.step()? else { return None };
    sign_in::peek(&opened.cx, opened.client(), &session).await.ok()
}

/// Answers the challenge of a session.
///
/// # Errors
/// The engine's refusal; the session may still work.
pub async fn answer(opened: &Opened, session: &str, answer: Answer) -> Result<Outcome, Error> {
    let on = OnDevice::default();
    let reply = Reply { client: opened.client(), session: Some(session), username: None, on, answer };
    sign_in::respond(&opened.cx, reply).await
}

/// Back to the sign-in form.
pub fn start_again(mut opened: Opened) -> HttpResponse {
    opened.forget_step();
    let location = opened.href("/login");
    opened.go(&location)
}

/// A person who lacks what only an administrator can add is told so.
async fn dead_end(opened: Opened, challenge: &Challenge) -> HttpResponse {
    if !matches!(challenge, Challenge::MfaSetup { .. }) {
        return start_again(opened);
    }
    let refusal = Error::not_authorized(opened.texts.factors.ask_administrator);
    login::refuse(opened, ("", &refusal)).await
}

/// The page that asks a challenge; of the first factors only codes have one, the others stand on the sign-in page.
pub fn page_of(challenge: &Challenge) -> Option<&'static str> {
    match challenge {
        Challenge::NewPasswordRequired { .. } => Some("/changePassword"),
        Challenge::SmsMfa(_) | Challenge::SmsOtp(_) | Challenge::EmailOtp(_) | Challenge::SoftwareTokenMfa { .. } => {
            Some("/mfa")
        }
        Challenge::SelectMfaType { .. } => Some("/selectMFA"),
        Challenge::MfaSetup { factors } if factors.contains(&SecondFactor::SoftwareTokenMfa) => {
            Some("/mfa/register/software_token")
        }
        Challenge::MfaSetup { factors } if factors.contains(&SecondFactor::EmailOtp) => Some("/mfa/register/email"),
        _ => None,
    }
}
