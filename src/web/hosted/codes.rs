//! Owns the sign-in with a code instead of a password on the sign-in page, where pool and client let people choose.

use actix_web::HttpResponse;

use super::opened::Opened;
use super::{challenge, login};
use crate::auth::sign_in::{self, Challenge, Choice, Outcome};
use crate::domain::factor::{FirstFactor, MfaMode};
use crate::error::Error;
use crate::oauth::parameters::Parameters;
use crate::web::pages::Field;
use crate::web::pages::sign_in::{CodeButton, SignInForm, SignInPage};

/// The field that says how the code is to come.
pub const FIELD: &str = "code_by";

/// The buttons that ask for a code. A second factor of the same kind would prove nothing more, so where the pool
/// demands one there are none.
pub fn buttons(opened: &Opened) -> Vec<CodeButton> {
    let (pool, texts) = (opened.pool(), &opened.texts.factors);
    let is_offered = opened.client().client.lets_people_choose() && pool.settings.mfa.mode != MfaMode::On;
    [(FirstFactor::EmailOtp, texts.email_code), (FirstFactor::SmsOtp, texts.text_code)]
        .into_iter()
        .filter(|(factor, _)| is_offered && factor.is_allowed(pool.first_factors()))
        .map(|(factor, label)| CodeButton { factor: factor.name(), label })
        .collect()
}

/// Sends a code to whoever the form names.
pub async fn send(opened: Opened, (posted, factor): (&Parameters, &str)) -> HttpResponse {
    let username = posted.get("username").unwrap_or_default().trim().to_owned();
    if !buttons(&opened).iter().any(|button| button.factor == factor) {
        let refusal = Error::not_authorized(opened.texts.factors.no_code_here);
        return login::refuse(opened, (&username, &refusal)).await;
    }
    if username.is_empty() {
        let view = name_first(&opened);
        return login::show_form(opened, &view).await;
    }
    let choice = Choice {
        client: opened.client(),
        username: &username,
        preferred: Some(factor.to_owned()),
        password: None,
        client_public: None,
        session: None,
        device_key: None,
    };
    match sign_in::by_choice(&opened.cx, choice).await {
        Ok(Outcome::Challenge(asked)) if matches!(asked.challenge, Challenge::SelectChallenge { .. }) => {
            let refusal = Error::not_authorized(opened.texts.factors.no_code_here);
            login::refuse(opened, (&username, &refusal)).await
        }
        Ok(outcome) => challenge::go_on(opened, outcome).await,
        Err(fault) => login::refuse(opened, (&username, &fault)).await,
    }
}

fn name_first(opened: &Opened) -> SignInPage {
    let view = login::form(opened, "");
    let missing = |field: Field| field.with_fault(Some(opened.texts.required.to_owned()));
    let form = view.form.map(|form| SignInForm { username: missing(form.username), ..form });
    SignInPage { form, ..view }
}
