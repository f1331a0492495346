//! Owns the answers about second factors: the code of an authenticator app, the choice of a factor.

use std::sync::Arc;

use super::address_code::{count_wrong, guess_subject};
use super::proceed::{Proven, ask_factor, proceed};
use super::session::{Pending, Resumed, invalid};
use super::{Effect, Outcome};
use crate::auth::software_token;
use crate::cx::{ClientEntry, Cx};
use crate::domain::factor::SecondFactor;
use crate::domain::next_step::Proof;
use crate::error::Error;
use crate::store;

/// Checks the code of an authenticator app.
///
/// # Errors
/// Cognito's refusals: wrong, used before, too many tries. The session still works after a wrong one.
pub(super) async fn answer_software_token(
    cx: &Cx,
    client: &Arc<ClientEntry>,
    resumed: Resumed,
    typed: &str,
) -> Result<Outcome, Error> {
    let Pending::SoftwareToken { .. } = resumed.progress.pending else { return Err(invalid()) };
    let user = resumed.user()?.clone();
    let row = store::factors::token(&mut *cx.store.read().await?, &user.pool_id, &user.sub).await?;
    let none = || Error::SoftwareTokenNotFound("Software Token MFA not enabled for the user.");
    let row = row.ok_or_else(none)?;
    let secret = software_token::open(cx, &user, row.sealed_secret.as_deref().ok_or_else(none)?)?;
    let subject = guess_subject(&resumed.progress, client);
    let Some(step) = secret.matching_step(typed.trim(), cx.now().seconds()) else {
        return Err(count_wrong(cx, client, (subject, Some(&user)), "Invalid code received for user").await?);
    };
    if step <= row.last_step {
        return Err(Error::SoftwareTokenUsed);
    }
    let mut proven = Proven::after(&resumed, user, (cx.now(), Some(Proof::SecondFactor)));
    proven.effects.extend([Effect::Unlock(subject), Effect::UseSoftwareToken { step }]);
    proceed(cx, client, proven).await
}

/// Goes on with the second factor that was chosen.
///
/// # Errors
/// A factor that was not offered.
pub(super) async fn choose(
    cx: &Cx,
    client: &Arc<ClientEntry>,
    resumed: Resumed,
    wanted: &str,
) -> Result<Outcome, Error> {
    let Pending::SelectFactor { factors, device_name } = resumed.progress.pending.clone() else {
        return Err(invalid());
    };
    let factor = SecondFactor::parse(wanted).filter(|factor| factors.contains(factor));
    let factor = factor.ok_or(Error::MfaMethodNotFound("MFA method not found"))?;
    let proven = Proven::after(&resumed, resumed.user()?.clone(), (cx.now(), None));
    ask_factor(cx, client, proven, (factor, device_name)).await
}
