//! Owns what follows from the risk of a sign-in once its first factor is proven: nothing, a second factor, or a refusal.

use super::{configuration, event, keep_now};
use crate::cx::visitor::Visitor;
use crate::cx::{ClientEntry, Cx};
use crate::domain::pool::Pool;
use crate::domain::risk::Reaction;
use crate::domain::sign_in_risk::{
    Demand, FAILURE_SECONDS, MANY_FAILURES, Origin, REMEMBERED_SIGN_INS, Risk, RiskLevel, level,
};
use crate::domain::threat_protection::{EventKind, Mode, Response};
use crate::domain::user::User;
use crate::error::Error;
use crate::store;

/// What is thought of a sign-in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It goes on with this risk.
    Admitted(Risk),
    /// It is refused because of this risk.
    Refused(Risk),
}

/// The refusal of a sign-in that is too risky.
#[must_use]
pub fn refusal() -> Error {
    Error::not_authorized("Unable to login because of security reasons.")
}

/// Judges the sign-in of `user`, of which `risk` is known so far, by what is kept of earlier ones. Where it asks for
/// something, its event is kept at once.
///
/// # Errors
/// When the database fails.
pub async fn judge(cx: &Cx, client: &ClientEntry, (user, risk): (&User, Risk)) -> Result<Verdict, Error> {
    let pool = &client.pool.pool;
    if pool.settings.threat_protection == Mode::Off {
        return Ok(Verdict::Admitted(risk));
    }
    let visitor = Visitor::present();
    let configuration = configuration(client);
    if configuration.is_some_and(|known| known.is_skipped(visitor.address)) {
        return Ok(Verdict::Admitted(risk));
    }
    let present = Origin { address: visitor.address, device: visitor.device };
    let Some(level) = find_level(cx, user, &present).await? else { return Ok(Verdict::Admitted(risk)) };
    let is_enforced = pool.settings.threat_protection == Mode::Enforced;
    let takeover = configuration.filter(|_| is_enforced).map(|known| &known.takeover);
    let reaction = takeover.and_then(|takeover| takeover.reaction(level));
    let notifies = takeover.is_some_and(|takeover| takeover.notified.contains(&level));
    tracing::info!(pool = %pool.id, sub = %user.sub, level = level.name(), ?reaction, "an unusual sign-in");
    let demand = match reaction {
        None | Some(Reaction::Allow) => Demand::Nothing,
        Some(Reaction::AskIfConfigured) => Demand::IfConfigured,
        Some(Reaction::AskAlways) => Demand::Always,
        Some(Reaction::Refuse) => return Ok(Verdict::Refused(Risk { level: Some(level), notifies, ..risk })),
    };
    let mut risk = Risk { level: Some(level), demand, notifies, ..risk };
    if demand != Demand::Nothing || notifies {
        keep_begun(cx, pool, (user, &mut risk)).await?;
    }
    Ok(Verdict::Admitted(risk))
}

/// How risky a sign-in from there is for the user.
async fn find_level(cx: &Cx, user: &User, present: &Origin) -> Result<Option<RiskLevel>, Error> {
    let owner = (&user.pool_id, &user.sub);
    let mut db = cx.store.read().await?;
    let remembered = store::auth_events::trusted_origins(&mut db, owner, REMEMBERED_SIGN_INS).await?;
    let since = cx.now().plus_seconds(-FAILURE_SECONDS);
    let failures = store::auth_events::failures(&mut db, owner, (since, MANY_FAILURES)).await?;
    Ok(level(&remembered, present, failures))
}

/// Keeps the event of a sign-in that is not through yet.
async fn keep_begun(cx: &Cx, pool: &Pool, (user, risk): (&User, &mut Risk)) -> Result<(), Error> {
    let Some(event) = event(cx, pool, (EventKind::SignIn, Response::InProgress)) else { return Ok(()) };
    let event = event.with_risk(risk);
    risk.event = Some(event.place());
    keep_now(cx, event, user).await
}
