//! Owns the steps of a session over parsed requests: beginning to sign in, coming back, looking who is there, signing
//! out. It must not know routes or pages.

use std::collections::HashMap;
use std::sync::Arc;

use url::Url;

use super::attempt::{Attempt, AttemptCookies};
use super::cookies::{CookieRules, Received};
use super::pool::{Pool, PoolFault};
use super::refresh::{RENEW_BELOW, Refresher, Renewal};
use super::return_to::ReturnTo;
use super::seal::Seal;
use super::stored::{Session, SessionCookies};
use super::{Outside, Settings};

/// Who is there.
pub enum Visitor {
    /// A person whose session the pool has just confirmed.
    SignedIn(Session),
    /// Nobody; `has_ended` when there was a session until now.
    SignedOut {
        /// The pool ended it.
        has_ended: bool,
    },
    /// The pool cannot be asked.
    Unavailable(PoolFault),
}

/// Why a callback signs nobody in.
pub enum CallbackFault {
    /// This browser did not ask for it, or too long ago (login CSRF).
    Foreign,
    /// The pool reported an error instead of a code.
    Reported,
    /// The code or the tokens did not hold, or the pool cannot be asked.
    Pool(PoolFault, Attempt),
}

/// The settings and everything that requests share.
pub struct Core {
    pub settings: Arc<Settings>,
    pub outside: Outside,
    pub rules: CookieRules,
    pub seal: Seal,
    pub pool: Arc<Pool>,
    pub refresher: Refresher,
}

impl Core {
    /// Nothing is fetched yet, so that the pool may start later.
    #[must_use]
    pub fn new(settings: Settings, outside: Outside) -> Self {
        let settings = Arc::new(settings);
        let pool = Arc::new(Pool::new(Arc::clone(&settings), outside.http.clone(), outside.clock.clone()));
        let is_https = settings.public_url.scheme() == "https";
        Self {
            rules: CookieRules::new(is_https, settings.cookie_prefix),
            seal: Seal::new(&settings.cookie_key, settings.previous_cookie_key.as_ref()),
            refresher: Refresher::new(Arc::clone(&pool), outside.clock.clone(), outside.random.clone()),
            pool,
            outside,
            settings,
        }
    }

    /// The session cookies.
    #[must_use]
    pub fn sessions(&self) -> SessionCookies<'_> {
        SessionCookies { rules: self.rules, seal: &self.seal }
    }

    /// The attempt cookies.
    #[must_use]
    pub fn attempts(&self) -> AttemptCookies<'_> {
        AttemptCookies { rules: self.rules, seal: &self.seal }
    }

    /// Where the browser goes to sign in, and the cookies that remember it.
    ///
    /// # Errors
    /// When the pool's addresses are not known.
    pub async fn begin(
        &self,
        received: &Received,
        return_to: Option<&str>,
        provider: Option<&str>,
    ) -> Result<(Url, Vec<String>), PoolFault> {
        let return_to = return_to.and_then(|path| ReturnTo::parse(path, &self.settings.public_url));
        let attempt = Attempt::new(&self.outside.random, self.outside.clock.now(), return_to);
        let url = self.pool.authorization_url(&attempt, provider).await?;
        Ok((url, self.attempts().start(&attempt, received)))
    }

    /// The attempt that a callback answers.
    #[must_use]
    pub fn attempt(&self, received: &Received, query: &HashMap<String, String>) -> Option<Attempt> {
        self.attempts().find(query.get("state")?, received, self.outside.clock.now())
    }

    /// The session for the callback that answers `attempt`.
    ///
    /// # Errors
    /// [`CallbackFault`].
    pub async fn complete(
        &self,
        attempt: Attempt,
        query: &HashMap<String, String>,
    ) -> Result<(Session, Attempt), CallbackFault> {
        if query.contains_key("error") {
            return Err(CallbackFault::Reported);
        }
        let Some(code) = query.get("code") else { return Err(CallbackFault::Foreign) };
        match self.pool.exchange(code, &attempt).await {
            Ok(granted) => {
                let session = Session {
                    generation: self.outside.random.lower_alphanumeric(16),
                    signed_in_at: self.outside.clock.now(),
                    id_token: granted.pair.id_token,
                    access_token: granted.pair.access_token,
                    refresh_token: granted.refresh_token,
                };
                Ok((session, attempt))
            }
            Err(fault) => {
                tracing::warn!(%fault, "a sign-in was not completed");
                Err(CallbackFault::Pool(fault, attempt))
            }
        }
    }

    /// Finds out who is there: renews tokens that are about to expire, then asks the pool whether the session lives,
    /// because after signing out a copy of the cookies must be worth nothing. With it the cookies of the answer.
    pub async fn look(&self, received: &Received) -> (Visitor, Vec<String>) {
        let Some(mut session) = self.sessions().read(received) else {
            return (Visitor::SignedOut { has_ended: false }, self.sessions().clear(received));
        };
        let ended = || (Visitor::SignedOut { has_ended: true }, self.sessions().clear(received));
        let mut cookies = Vec::new();
        let remaining = session.remaining(self.outside.clock.now());
        if remaining < RENEW_BELOW {
            match self.refresher.renew(&session).await {
                Renewal::Renewed(renewed) => {
                    session = renewed;
                    cookies = self.written(&session, received).unwrap_or_default();
                }
                Renewal::Unavailable(fault) if remaining <= 0 => return (Visitor::Unavailable(fault), cookies),
                Renewal::Unavailable(_) => {}
                Renewal::Ended if session.refresh_token.is_none() && remaining > 0 => {}
                Renewal::Ended => return ended(),
            }
        }
        match self.pool.is_signed_in(&session.access_token).await {
            Ok(true) => (Visitor::SignedIn(session), cookies),
            Ok(false) => ended(),
            Err(fault) => (Visitor::Unavailable(fault), cookies),
        }
    }

    /// The cookies that keep `session`; none when it is too large.
    #[must_use]
    pub fn written(&self, session: &Session, received: &Received) -> Option<Vec<String>> {
        let cookies = self.sessions().write(session, received);
        cookies.map_err(|error| tracing::warn!(%error, "a session cannot be kept")).ok()
    }

    /// Ends `session` at the pool, and the one that lately took its place.
    pub async fn end(&self, session: Session) {
        let successor = self.refresher.successor(&session);
        let mut revoked = None;
        for session in [Some(session), successor].into_iter().flatten() {
            let token = session.refresh_token.filter(|token| revoked.as_ref() != Some(token));
            if let Some(token) = token {
                if let Err(fault) = self.pool.revoke(&token).await {
                    tracing::warn!(%fault, "a refresh token was not revoked");
                }
                revoked = Some(token);
            }
            self.pool.forget(&session.access_token);
        }
    }

    /// Where the browser ends its session at the pool and comes back from; our own page if the pool is out of reach.
    pub async fn logout_url(&self) -> String {
        let own = self.settings.signed_out_path;
        let Ok(facts) = self.pool.discovery.facts().await else { return own.to_owned() };
        let Ok(back) = self.settings.public_url.join(own) else { return own.to_owned() };
        let mut url = facts.endpoints.logout.clone();
        let client_id = &self.settings.client_id;
        url.query_pairs_mut().append_pair("client_id", client_id).append_pair("logout_uri", back.as_str());
        url.into()
    }
}

/// The query, unless a parameter is given twice: then it is not clear what was meant.
#[must_use]
pub fn query(text: &str) -> Option<HashMap<String, String>> {
    let mut parameters = HashMap::new();
    for (name, value) in url::form_urlencoded::parse(text.as_bytes()) {
        if parameters.insert(name.into_owned(), value.into_owned()).is_some() {
            return None;
        }
    }
    Some(parameters)
}
