//! Owns the state of a journey to a provider: one part travels through the provider, sealed, so that even a late
//! return can offer a fresh start; the other stays in the browser's cookie, sealed, and binds the journey to it.

use serde::{Deserialize, Serialize};

use super::{LIFETIME_SECONDS, Leaving};
use crate::clock::Timestamp;
use crate::cx::{Cx, Seal};
use crate::error::Error;
use crate::federation::Pending;

/// The part that travels through the provider.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct State {
    /// The journey's id, used once.
    pub id: String,
    /// The provider that was asked.
    pub provider: String,
    /// The authorization request.
    pub query: String,
    /// When the journey is too old.
    pub expires_at: Timestamp,
}

/// The part that waits in the browser.
#[derive(Debug, Serialize, Deserialize)]
pub struct Waiting {
    id: String,
    /// What the answer must fit.
    pub pending: Pending,
}

const THROUGH_PROVIDER: &str = "federation-state";
const IN_BROWSER: &str = "federation-waiting";

impl State {
    pub(super) fn new(cx: &Cx, leaving: &Leaving<'_>) -> Result<Self, Error> {
        if leaving.query.len() > 6000 {
            return Err(Error::InvalidParameter("The authorization request is too long".to_owned()));
        }
        Ok(Self {
            id: cx.random().lower_alphanumeric(26),
            provider: leaving.provider.name.clone(),
            query: leaving.query.clone(),
            expires_at: cx.now().plus_seconds(LIFETIME_SECONDS),
        })
    }

    pub(super) fn seal(&self, cx: &Cx) -> Result<String, Error> {
        let json = serde_json::to_vec(self).map_err(Error::internal)?;
        Ok(cx.secrets.seal(cx.random(), Seal::Step, (&json, THROUGH_PROVIDER)))
    }

    pub(super) fn waiting_cookie(&self, cx: &Cx, pending: Pending) -> Result<(String, String), Error> {
        let waiting = Waiting { id: self.id.clone(), pending };
        let json = serde_json::to_vec(&waiting).map_err(Error::internal)?;
        Ok((self.cookie_name(), cx.secrets.seal(cx.random(), Seal::Step, (&json, IN_BROWSER))))
    }

    /// The cookie of this journey; each has its own, so that two tabs at once work.
    #[must_use]
    pub fn cookie_name(&self) -> String {
        format!("csrf-state-{}", &self.id[..8])
    }
}

/// Opens the part that travelled through the provider; `None` when it is not ours or was changed.
#[must_use]
pub fn open_state(cx: &Cx, sealed: &str) -> Option<State> {
    serde_json::from_slice(&cx.secrets.open(Seal::Step, sealed, THROUGH_PROVIDER)?).ok()
}

/// Opens the part that waited in the browser; `None` when it is not of the same journey.
#[must_use]
pub fn open_waiting(cx: &Cx, state: &State, sealed: &str) -> Option<Waiting> {
    let waiting: Waiting = serde_json::from_slice(&cx.secrets.open(Seal::Step, sealed, IN_BROWSER)?).ok()?;
    (waiting.id == state.id).then_some(waiting)
}
