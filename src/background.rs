//! Owns the work that nobody waits for: following other instances, removing what has expired, fresh signing keys.

use std::time::Duration;

use actix_web::web::Data;

use crate::auth::{imports, key_rotation};
use crate::cx::Cx;
use crate::error::Error;
use crate::store;

/// How soon a change on another instance is noticed.
const FOLLOW: Duration = Duration::from_secs(1);
/// How often expired rows are removed.
const TIDY: Duration = Duration::from_secs(60);
/// Users that are put into the search table at once.
const BITE: i64 = 200;
/// How soon a started import job begins.
const IMPORT: Duration = Duration::from_millis(500);
/// How often the age of signing keys is looked at.
const ROTATE: Duration = Duration::from_secs(3600);

/// Starts the background work of a server; it ends with the runtime.
pub fn start(cx: &Data<Cx>) {
    repeat(cx, FOLLOW, |cx| async move { cx.directory.follow(&cx).await });
    complete_user_search(cx);
    repeat(cx, TIDY, |cx| async move { tidy(&cx).await });
    repeat(cx, IMPORT, |cx| async move { imports::work::work(&cx).await });
    repeat(cx, ROTATE, |cx| async move { rotate(&cx).await });
}

fn repeat<F>(cx: &Data<Cx>, pause: Duration, work: impl Fn(Data<Cx>) -> F + Send + 'static)
where
    F: Future<Output = Result<(), Error>> + Send,
{
    let cx = cx.clone();
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(pause).await;
            if let Err(Error::Internal(cause)) = work(cx.clone()).await {
                tracing::warn!(%cause, "background work failed; it is tried again");
            }
        }
    });
}

/// Puts the users of earlier versions into the table by which lists are searched, in small bites.
fn complete_user_search(cx: &Data<Cx>) {
    let cx = cx.clone();
    tokio::spawn(async move {
        let mut place = (String::new(), String::new());
        loop {
            let from = place.clone();
            let bite = cx
                .store
                .write(move |db| Box::pin(async move { store::user_search::complete(db, from, BITE).await }))
                .await;
            match bite {
                Ok(Some(next)) => place = next,
                Ok(None) => return,
                Err(cause) => {
                    tracing::warn!(%cause, "users cannot be put into the search table yet; it is tried again");
                    tokio::time::sleep(TIDY).await;
                }
            }
        }
    });
}

async fn tidy(cx: &Cx) -> Result<(), Error> {
    cx.forget_quiet_addresses();
    loop {
        let now = cx.now();
        let removed = cx
            .store
            .write(move |db| Box::pin(async move { store::housekeeping::remove_expired(db, now).await }))
            .await?;
        if removed == 0 {
            return Ok(());
        }
    }
}

async fn rotate(cx: &Cx) -> Result<(), Error> {
    cx.keep_issuer_keys_fresh().await?;
    let mut after = String::new();
    loop {
        let ids = store::pools::ids(&mut *cx.store.read().await?, &after, 100).await?;
        let Some(last) = ids.last() else { return Ok(()) };
        after = last.to_string();
        for id in &ids {
            key_rotation::keep_fresh(cx, id).await?;
        }
    }
}
