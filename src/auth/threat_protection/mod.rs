//! Owns threat protection: what is kept of what users do, the addresses from which nobody signs in, and what is said
//! of an event later.

pub mod adaptive;
pub mod compromised;
pub mod notify;

use crate::clock::Timestamp;
use crate::cx::visitor::Visitor;
use crate::cx::{ClientEntry, Cx, PoolEntry};
use crate::domain::ids::{PoolId, Sub};
use crate::domain::log_delivery::EventSource;
use crate::domain::next_step::Proof;
use crate::domain::pool::Pool;
use crate::domain::risk::RiskConfiguration;
use crate::domain::sign_in_risk::{Risk, RiskLevel};
use crate::domain::threat_protection::{AuthEvent, EventKind, Feedback, Mode, Response};
use crate::domain::user::User;
use crate::error::{Error, Thing};
use crate::store::{self, Db};

/// What is proven by a password.
const PASSWORD: &str = "Password";
/// What is proven by a second factor.
const MFA: &str = "Mfa";

/// An event that is about to be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEvent {
    event: AuthEvent,
    /// Where the pool lets such events go.
    destination: Option<String>,
}

/// What the present visitor does; `None` where the pool keeps nothing.
#[must_use]
pub fn event(cx: &Cx, pool: &Pool, (kind, response): (EventKind, Response)) -> Option<NewEvent> {
    if pool.settings.threat_protection == Mode::Off {
        return None;
    }
    let visitor = Visitor::present();
    Some(NewEvent {
        event: AuthEvent {
            id: cx.random().uuid(),
            created_at: cx.now(),
            kind: kind.name().to_owned(),
            response: response.name().to_owned(),
            is_blocked: false,
            is_compromised: false,
            risk_level: None,
            challenges: Vec::new(),
            address: visitor.address_text(),
            device: visitor.device,
            feedback: None,
        },
        destination: pool.destination(EventSource::UserAuthEvents),
    })
}

/// A sign-in that went well, by these proofs and with that risk.
#[must_use]
pub fn signed_in(cx: &Cx, pool: &Pool, (proofs, risk): (&[Proof], &Risk)) -> Option<NewEvent> {
    let mut event = event(cx, pool, (EventKind::SignIn, Response::Pass))?.with_risk(risk);
    let word = |proof: &Proof| match proof {
        Proof::Password => Some(PASSWORD),
        Proof::SecondFactor | Proof::PasskeyWithUser => Some(MFA),
        Proof::FirstCode | Proof::Passkey | Proof::Device => None,
    };
    event.event.challenges = proofs.iter().filter_map(word).map(|word| (word.to_owned(), true)).collect();
    Some(event)
}

/// A password that was wrong.
#[must_use]
pub fn wrong_password(cx: &Cx, pool: &Pool) -> Option<NewEvent> {
    failed(cx, pool, PASSWORD)
}

/// A second factor's code that was wrong.
#[must_use]
pub fn wrong_factor(cx: &Cx, pool: &Pool) -> Option<NewEvent> {
    failed(cx, pool, MFA)
}

fn failed(cx: &Cx, pool: &Pool, challenge: &str) -> Option<NewEvent> {
    let mut event = event(cx, pool, (EventKind::SignIn, Response::Fail))?;
    event.event.challenges.push((challenge.to_owned(), false));
    Some(event)
}

impl NewEvent {
    /// The same, with what was found of its password.
    #[must_use]
    pub fn with_password(mut self, is_compromised: bool) -> Self {
        self.event.is_compromised = is_compromised;
        self
    }

    /// The same, with the risk of its sign-in, and in the place of the event that was kept of it.
    #[must_use]
    pub fn with_risk(mut self, risk: &Risk) -> Self {
        self.event.risk_level = risk.level;
        if let Some((id, created_at)) = &risk.event {
            self.event.id.clone_from(id);
            self.event.created_at = *created_at;
        }
        self.with_password(risk.is_compromised)
    }

    /// What makes it this event.
    #[must_use]
    pub fn place(&self) -> (String, Timestamp) {
        (self.event.id.clone(), self.event.created_at)
    }

    /// The same, refused because of a risk.
    #[must_use]
    pub fn refused(mut self) -> Self {
        self.event.is_blocked = true;
        Response::Fail.name().clone_into(&mut self.event.response);
        self
    }

    /// Keeps the event of a user, and writes it to the log where the pool delivers such events.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn keep(&self, db: &mut Db, (pool, sub): (&PoolId, &Sub)) -> Result<(), Error> {
        let event = &self.event;
        store::auth_events::insert(db, (pool, sub), event).await?;
        if let Some(destination) = &self.destination {
            tracing::info!(
                %pool, %sub, destination, source = "userAuthEvents", event = event.id, kind = event.kind,
                response = event.response, blocked = event.is_blocked, compromised = event.is_compromised,
                risk = event.risk_level.map(RiskLevel::name), address = event.address, device = event.device,
                "user event"
            );
        }
        Ok(())
    }
}

/// Refuses visitors from addresses that the risk configuration of the client, or of its pool, blocks.
///
/// # Errors
/// Cognito's refusal; the event is kept where a user is meant.
pub async fn refuse_blocked(cx: &Cx, client: &ClientEntry, user: Option<&User>) -> Result<(), Error> {
    let pool = &client.pool.pool;
    if pool.settings.threat_protection != Mode::Enforced {
        return Ok(());
    }
    let visitor = Visitor::present();
    if !configuration(client).is_some_and(|known| known.is_blocked(visitor.address)) {
        return Ok(());
    }
    let address = visitor.address_text();
    tracing::warn!(pool = %pool.id, client = %client.client.id, address, "a sign-in from a blocked address was refused");
    let event = event(cx, pool, (EventKind::SignIn, Response::Fail));
    if let Some((event, user)) = event.zip(user) {
        keep_now(cx, event.refused(), user).await?;
    }
    Err(Error::not_authorized("Request not allowed due to security reasons."))
}

/// What is said about risks of those who come through `client`: its own words, or those of its pool.
fn configuration(client: &ClientEntry) -> Option<&RiskConfiguration> {
    let risk = &client.pool.pool.settings.risk;
    risk.get(client.client.id.as_str()).or_else(|| risk.get(""))
}

/// Keeps an event of `user` in a transaction of its own.
async fn keep_now(cx: &Cx, event: NewEvent, user: &User) -> Result<(), Error> {
    let (pool, sub) = (user.pool_id.clone(), user.sub.clone());
    cx.store.write(move |db| Box::pin(async move { event.keep(db, (&pool, &sub)).await })).await
}

/// The events of a user before a place, newest first.
///
/// # Errors
/// [`Error::AddOnNotEnabled`] where the pool keeps nothing.
pub async fn list(
    cx: &Cx,
    (pool, user): (&PoolEntry, &User),
    before: (Timestamp, &str),
    limit: i64,
) -> Result<Vec<AuthEvent>, Error> {
    check_enabled(&pool.pool)?;
    store::auth_events::list(&mut *cx.store.read().await?, (&user.pool_id, &user.sub), before, limit).await
}

/// Notes what an administrator says of an event.
///
/// # Errors
/// [`Error::AddOnNotEnabled`] where the pool keeps nothing; [`Thing::AuthEvent`].
pub async fn give_feedback(
    cx: &Cx,
    (pool, user): (&PoolEntry, &User),
    (event, is_valid): (String, bool),
) -> Result<(), Error> {
    check_enabled(&pool.pool)?;
    let feedback = Feedback { is_valid, provider: "Admin".to_owned(), given_at: cx.now() };
    if keep_feedback(cx, user, (event, feedback)).await? { Ok(()) } else { Err(Error::NotFound(Thing::AuthEvent)) }
}

/// Keeps what is said of an event; `false` when the user has none of that id.
async fn keep_feedback(cx: &Cx, user: &User, (event, feedback): (String, Feedback)) -> Result<bool, Error> {
    let (pool, sub) = (user.pool_id.clone(), user.sub.clone());
    cx.store
        .write(move |db| {
            Box::pin(async move { store::auth_events::give_feedback(db, (&pool, &sub), &event, &feedback).await })
        })
        .await
}

/// Refuses where the pool has no threat protection.
///
/// # Errors
/// [`Error::AddOnNotEnabled`].
pub fn check_enabled(pool: &Pool) -> Result<(), Error> {
    if pool.settings.threat_protection == Mode::Off {
        return Err(Error::AddOnNotEnabled("Threat protection is not enabled for this user pool."));
    }
    Ok(())
}
