//! Owns the tracking of sessions where a pool asks for it: their public ids, how many a user may have, listing and
//! ending them.

use crate::clock::Timestamp;
use crate::cx::visitor::Visitor;
use crate::cx::{ClientEntry, Cx, PoolEntry};
use crate::domain::ids::{PoolId, Sub};
use crate::domain::user::User;
use crate::error::{Error, Thing};
use crate::store::tracking::{self, Activity, TrackedSession};
use crate::store::{self, Db};

/// Sessions in one answer (API model, SessionsListType).
pub const LARGEST_PAGE: i64 = 125;

/// A session that is about to be tracked.
#[derive(Debug, Clone)]
pub struct NewTracking {
    /// Its public id.
    pub id: String,
    /// The browser session that a token session comes from.
    pub origin: Option<String>,
    most: i64,
    client: String,
    activity: Activity,
}

/// Which kind of session begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Tokens of an app.
    Tokens,
    /// A browser session that signs in to further apps.
    Browser,
}

/// What is tracked of a session that begins now; `None` where the pool does not track.
#[must_use]
pub fn begin(cx: &Cx, client: &ClientEntry, kind: Kind) -> Option<NewTracking> {
    let settings = &client.pool.pool.settings.sessions;
    if !settings.is_tracked {
        return None;
    }
    let word = if kind == Kind::Tokens { "tkn" } else { "sso" };
    Some(NewTracking {
        id: format!("{word}{}", cx.random().lower_alphanumeric(25)),
        origin: None,
        most: i64::from(settings.most_per_user),
        client: client.client.id.to_string(),
        activity: activity(cx.now()),
    })
}

/// A use of a session by the present visitor.
#[must_use]
pub fn activity(at: Timestamp) -> Activity {
    let visitor = Visitor::present();
    Activity { at, address: visitor.address_text(), device: visitor.device }
}

impl NewTracking {
    /// The same, for tokens that come from the browser session `origin`.
    #[must_use]
    pub fn coming_from(self, origin: Option<String>) -> Self {
        Self { origin, ..self }
    }

    /// Tracks the family as a token session. Whoever has more than the pool allows loses the one used longest ago.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn keep_tokens(&self, db: &mut Db, family: &str, whose: (&PoolId, &Sub)) -> Result<(), Error> {
        tracking::track_tokens(db, family, (&self.id, self.origin.as_deref()), &self.activity).await?;
        if let Some(origin) = &self.origin {
            tracking::touch_browser(db, whose, origin, self.activity.at).await?;
        }
        tracking::evict(db, whose, self.most, self.activity.at).await
    }

    /// Tracks the browser session.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn keep_browser(&self, db: &mut Db, token_hash: &str) -> Result<(), Error> {
        tracking::track_browser(db, token_hash, (&self.id, &self.client), &self.activity).await
    }
}

/// Notes that a family was refreshed, where the pool tracks.
///
/// # Errors
/// When the database fails.
pub async fn touch(cx: &Cx, client: &ClientEntry, family: &str) -> Result<(), Error> {
    if !client.pool.pool.settings.sessions.is_tracked {
        return Ok(());
    }
    let (family, activity) = (family.to_owned(), activity(cx.now()));
    cx.store.write(move |db| Box::pin(async move { tracking::touch(db, &family, &activity).await })).await
}

/// The sessions of a user after a place, one more than a page holds.
///
/// # Errors
/// [`Error::OperationNotEnabled`] where the pool does not track.
pub async fn list(cx: &Cx, pool: &PoolEntry, user: &User, after: &str) -> Result<Vec<TrackedSession>, Error> {
    check_tracked(pool)?;
    let mut db = cx.store.read().await?;
    tracking::list(&mut db, (&user.pool_id, &user.sub), (after, LARGEST_PAGE + 1), cx.now()).await
}

/// Which session to end.
pub struct Ending<'a> {
    /// The session.
    pub id: &'a str,
    /// Whether sessions that are linked to it end as well.
    pub is_linked: bool,
    /// The family of the caller's own token, which stays.
    pub own_family: Option<&'a str>,
}

/// Ends a session of a user.
///
/// # Errors
/// [`Error::OperationNotEnabled`] where the pool does not track; [`Thing::Session`]; the caller's own session.
pub async fn revoke(cx: &Cx, pool: &PoolEntry, user: &User, ending: Ending<'_>) -> Result<(), Error> {
    check_tracked(pool)?;
    let (pool, sub, now) = (user.pool_id.clone(), user.sub.clone(), cx.now());
    let (id, is_linked) = (ending.id.to_owned(), ending.is_linked);
    let own_family = ending.own_family.map(str::to_owned);
    cx.store
        .write(move |db| {
            Box::pin(async move {
                let whose = (&pool, &sub);
                if own_family.is_some() && is_own(db, whose, (&id, own_family.as_deref()), now).await? {
                    let text = "The current session cannot be revoked by this operation.";
                    return Err(Error::InvalidParameter(text.to_owned()));
                }
                let is_found = if id.starts_with("sso") {
                    if is_linked {
                        tracking::revoke_from(db, whose, &id, now).await?;
                    }
                    tracking::end(db, whose, &id).await?
                } else {
                    let ended = tracking::revoke(db, whose, &id, now).await?;
                    if let Some(Some(origin)) = ended.as_ref().filter(|_| is_linked) {
                        tracking::end(db, whose, origin).await?;
                    }
                    ended.is_some()
                };
                tracing::info!(%pool, %sub, session = %id, is_linked, is_found, "session revoked");
                if is_found { Ok(()) } else { Err(Error::NotFound(Thing::Session)) }
            })
        })
        .await
}

/// Ends one of somebody's own sessions: a browser's together with the apps that it signed in to, an app's alone.
///
/// # Errors
/// [`Error::OperationNotEnabled`] where the pool does not track; [`Thing::Session`].
pub async fn sign_out(cx: &Cx, pool: &PoolEntry, user: &User, id: &str) -> Result<(), Error> {
    revoke(cx, pool, user, Ending { id, is_linked: id.starts_with("sso"), own_family: None }).await
}

/// Ends the browser session that a family came from.
///
/// # Errors
/// When the database fails.
pub async fn end_origin(db: &mut Db, whose: (&PoolId, &Sub), family: &str) -> Result<(), Error> {
    if let Some(origin) = tracking::origin(db, family).await? {
        tracking::end(db, whose, &origin).await?;
    }
    Ok(())
}

/// Changes what the pool keeps about sessions.
///
/// # Errors
/// [`Error::FeatureUnavailableInTier`] below the Essentials plan.
pub async fn configure(
    cx: &Cx,
    pool: &PoolEntry,
    change: impl FnOnce(&mut crate::domain::pool::SessionSettings) -> Result<(), Error> + Send + 'static,
) -> Result<(), Error> {
    if pool.pool.is_lite() {
        return Err(Error::FeatureUnavailableInTier("Session tracking is not available in the Lite plan".into()));
    }
    let (id, now) = (pool.pool.id.clone(), cx.now());
    cx.change_settings(move |db| {
        Box::pin(async move {
            let gone = || Error::NotFound(Thing::Pool(id.to_string()));
            let mut pool = store::pools::by_id(db, &id).await?.ok_or_else(gone)?;
            change(&mut pool.settings.sessions)?;
            pool.modified_at = now;
            store::pools::update(db, &pool).await.map(drop)
        })
    })
    .await
}

/// Refuses where the pool does not track sessions.
///
/// # Errors
/// [`Error::OperationNotEnabled`].
pub fn check_tracked(pool: &PoolEntry) -> Result<(), Error> {
    if pool.pool.settings.sessions.is_tracked {
        return Ok(());
    }
    Err(Error::OperationNotEnabled("Session tracking is not enabled for this user pool"))
}

async fn is_own(
    db: &mut Db,
    whose: (&PoolId, &Sub),
    (id, family): (&str, Option<&str>),
    now: Timestamp,
) -> Result<bool, Error> {
    let sessions = tracking::list(db, whose, ("", i64::from(u16::MAX)), now).await?;
    Ok(sessions.iter().any(|session| session.id == id && session.family.as_deref() == family))
}
