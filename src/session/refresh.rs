//! Owns the renewal of a session before its tokens expire, once for all requests that carry it.
//! It must not know about cookies or pages.

use std::sync::Arc;

use super::flight::{FlightKey, Flights, Keeping};
use super::jwt;
use super::pool::{Pool, PoolFault};
use super::stored::Session;
use crate::clock::Clock;
use crate::random::Random;

/// With less than this left, in seconds, tokens are renewed first: the rule of Cognito's own mobile SDKs.
pub const RENEW_BELOW: i64 = 300;
/// For so many seconds requests that still carry the old cookies get the new session.
const KEPT: i64 = 60;
/// Renewals that are remembered at most.
const MOST_KEPT: usize = 4_096;

/// What came of a renewal.
#[derive(Clone)]
pub enum Renewal {
    /// The session goes on.
    Renewed(Session),
    /// The pool has ended it.
    Ended,
    /// The pool could not be asked.
    Unavailable(PoolFault),
}

impl Renewal {
    /// A client that the pool does not accept is our operator's mistake and says nothing about the session.
    fn failed(fault: PoolFault) -> Self {
        tracing::info!(%fault, "a session was not renewed");
        match &fault {
            PoolFault::Unavailable(_) => Self::Unavailable(fault),
            PoolFault::Refused(code) if code == "invalid_client" => Self::Unavailable(fault),
            PoolFault::Refused(_) | PoolFault::Untrusted(_) => Self::Ended,
        }
    }
}

/// Renews sessions.
pub struct Refresher {
    pool: Arc<Pool>,
    random: Random,
    flights: Flights<Renewal>,
}

impl Refresher {
    /// A refresher that remembers nothing yet.
    #[must_use]
    pub fn new(pool: Arc<Pool>, clock: Clock, random: Random) -> Self {
        let is_kept = |renewal: &Renewal| !matches!(renewal, Renewal::Unavailable(_));
        let keeping = Keeping { seconds: KEPT, limit: MOST_KEPT, is_kept };
        Self { pool, random, flights: Flights::new(clock, keeping) }
    }

    /// Renews `session`. Requests with the same cookies share one renewal and its result.
    pub async fn renew(&self, session: &Session) -> Renewal {
        let Some(refresh_token) = session.refresh_token.clone() else {
            return Renewal::Ended;
        };
        let (pool, random, old) = (Arc::clone(&self.pool), self.random.clone(), session.clone());
        let work = || async move {
            match pool.refresh(&refresh_token).await {
                Ok(granted) => {
                    let session = Session {
                        generation: random.lower_alphanumeric(16),
                        signed_in_at: old.signed_in_at,
                        id_token: granted.pair.id_token,
                        access_token: granted.pair.access_token,
                        refresh_token: granted.refresh_token.or(Some(refresh_token)),
                    };
                    if is_same_person(&old, &session) { Renewal::Renewed(session) } else { Renewal::Ended }
                }
                Err(fault) => Renewal::failed(fault),
            }
        };
        let broken_off = || Renewal::Unavailable(PoolFault::Unavailable("the work broke off".to_owned()));
        self.flights.join(key(session), work).await.unwrap_or_else(broken_off)
    }

    /// The session that lately took the place of `session`, if the cookies still carry the old one.
    #[must_use]
    pub fn successor(&self, session: &Session) -> Option<Session> {
        match self.flights.kept(key(session))? {
            Renewal::Renewed(session) => Some(session),
            Renewal::Ended | Renewal::Unavailable(_) => None,
        }
    }
}

/// The access token is part of the key because without rotation the refresh token stays the same, and a person
/// who asks for a second renewal within a minute gets one.
fn key(session: &Session) -> FlightKey {
    FlightKey::new(&[session.refresh_token.as_deref().unwrap_or_default(), &session.access_token])
}

/// A refreshed ID token keeps its subject (OpenID Connect Core §12.2).
fn is_same_person(old: &Session, new: &Session) -> bool {
    let subject = |session: &Session| jwt::payload(&session.id_token).and_then(|claims| claims.get("sub").cloned());
    subject(old).is_some() && subject(old) == subject(new)
}
