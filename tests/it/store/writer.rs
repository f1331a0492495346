//! Writing: groups of jobs share a commit, and nothing else.

use std::time::Duration;

use cenote::domain::token_family::TokenFamily;
use cenote::error::Error;
use cenote::store::families::Earned;
use cenote::store::{Statement, Store, families, settings};
use futures_util::future::{join, join_all};

use super::samples::{THEN, family, keep_user, stocked, write};

async fn fact(store: &Store, name: &str) -> Option<String> {
    settings::fact(&mut store.read().await.unwrap(), name).await.unwrap()
}

#[actix_web::test]
async fn writes_in_parallel_all_land() {
    let (_fresh, store) = stocked().await;
    let writes = (0..500).map(|run| {
        write(&store, move |db| Box::pin(async move { settings::set_fact(db, &format!("fact {run}"), "1").await }))
    });
    join_all(writes).await;
    for run in 0..500 {
        assert!(fact(&store, &format!("fact {run}")).await.is_some(), "{run}");
    }
}

#[actix_web::test]
async fn a_job_that_fails_undoes_itself_and_nobody_else() {
    let (_fresh, store) = stocked().await;
    let writes = (0..200).map(|run| {
        store.write(move |db| {
            Box::pin(async move {
                settings::set_fact(db, &format!("fact {run}"), "1").await?;
                match run % 4 {
                    1 => Err(Error::BadCredentials),
                    2 => {
                        sqlx::query("INSERT INTO nowhere VALUES (1)").execute(&mut *db).await?;
                        Ok(())
                    }
                    _ => Ok(()),
                }
            })
        })
    });
    for (run, outcome) in join_all(writes).await.into_iter().enumerate() {
        match run % 4 {
            1 => assert!(matches!(outcome, Err(Error::BadCredentials)), "{run}: {outcome:?}"),
            2 => assert!(matches!(outcome, Err(Error::Internal(_))), "{run}: {outcome:?}"),
            _ => assert!(outcome.is_ok(), "{run}: {outcome:?}"),
        }
        assert_eq!(fact(&store, &format!("fact {run}")).await.is_some(), matches!(run % 4, 0 | 3), "{run}");
    }
}

#[actix_web::test]
async fn a_job_that_panics_undoes_itself_and_the_next_ones_are_served() {
    let (_fresh, store) = stocked().await;
    let writes = (0..60).map(|run| {
        let store = store.clone();
        tokio::spawn(async move {
            store
                .write(move |db| {
                    Box::pin(async move {
                        settings::set_fact(db, &format!("fact {run}"), "1").await?;
                        assert!(run % 3 != 1, "this panic is part of the test");
                        Ok(())
                    })
                })
                .await
        })
    });
    for (run, outcome) in join_all(writes).await.into_iter().enumerate() {
        let has_worked = matches!(outcome, Ok(Ok(())));
        assert_eq!(has_worked, run % 3 != 1, "{run}");
        assert_eq!(fact(&store, &format!("fact {run}")).await.is_some(), has_worked, "{run}");
    }
    write(&store, |db| Box::pin(async move { settings::set_fact(db, "after", "1").await })).await;
    assert!(fact(&store, "after").await.is_some());
}

/// A statement that keeps `family`, whose id it takes for the token's hash as well.
fn insertion(row: &TokenFamily) -> Statement {
    let earned = Earned { message_id: "message", subject: "subject", now: THEN };
    families::insert_earned(row, &row.id, earned).unwrap()
}

#[actix_web::test]
async fn lone_statements_and_jobs_land_side_by_side_and_a_statement_that_fails_hurts_nobody() {
    let (_fresh, store) = stocked().await;
    keep_user(&store, "jane").await;
    let statements = (0..200).map(|run| {
        let owner = if run % 4 == 1 { "nobody" } else { "jane" };
        store.execute(insertion(&family(&format!("f{run}"), owner)))
    });
    let writes = (0..200).map(|run| {
        write(&store, move |db| Box::pin(async move { settings::set_fact(db, &format!("fact {run}"), "1").await }))
    });
    let (outcomes, _) = join(join_all(statements), join_all(writes)).await;
    for (run, outcome) in outcomes.into_iter().enumerate() {
        match run % 4 {
            1 => assert!(matches!(outcome, Err(Error::Internal(_))), "{run}: a family of nobody: {outcome:?}"),
            _ => assert_eq!(outcome.unwrap(), 1, "{run}"),
        }
        assert!(fact(&store, &format!("fact {run}")).await.is_some(), "{run}");
        let found = families::by_token(&mut store.read().await.unwrap(), &format!("f{run}")).await.unwrap();
        assert_eq!(found.is_some(), run % 4 != 1, "{run}");
    }
}

#[actix_web::test]
async fn a_lone_statement_is_answered_after_its_commit_as_another_instance_sees_it() {
    let (fresh, store) = stocked().await;
    keep_user(&store, "jane").await;
    let other = fresh.open().await;
    for run in 0..50 {
        assert_eq!(store.execute(insertion(&family(&format!("f{run}"), "jane"))).await.unwrap(), 1);
        let found = families::by_token(&mut other.read().await.unwrap(), &format!("f{run}")).await.unwrap();
        assert!(found.is_some(), "{run}");
    }
}

#[actix_web::test]
async fn an_answer_comes_after_the_commit_as_another_instance_sees_it() {
    let (fresh, store) = stocked().await;
    let other = fresh.open().await;
    for run in 0..50 {
        let name = format!("fact {run}");
        let wanted = name.clone();
        write(&store, move |db| Box::pin(async move { settings::set_fact(db, &wanted, "1").await })).await;
        assert!(fact(&other, &name).await.is_some(), "{run}");
    }
}

#[actix_web::test]
async fn a_caller_that_goes_away_does_not_hurt_the_others() {
    let (_fresh, store) = stocked().await;
    for run in 0..50 {
        let name = format!("gone {run}");
        let work = store.write(move |db| Box::pin(async move { settings::set_fact(db, &name, "1").await }));
        drop(tokio::time::timeout(Duration::from_micros(run * 20), work).await);
    }
    write(&store, |db| Box::pin(async move { settings::set_fact(db, "after", "1").await })).await;
    assert!(fact(&store, "after").await.is_some());
}

#[actix_web::test]
async fn a_lone_statement_that_is_given_up_half_way_leaves_the_writer_usable() {
    let (_fresh, store) = stocked().await;
    keep_user(&store, "jane").await;
    for run in 0..50 {
        let row = family(&format!("gone {run}"), "jane");
        drop(tokio::time::timeout(Duration::from_micros(run * 10), store.execute(insertion(&row))).await);
        let row = family(&format!("kept {run}"), "jane");
        assert_eq!(store.execute(insertion(&row)).await.unwrap(), 1, "{run}");
        write(&store, move |db| Box::pin(async move { settings::set_fact(db, &format!("fact {run}"), "1").await }))
            .await;
        assert!(fact(&store, &format!("fact {run}")).await.is_some(), "{run}");
    }
}

#[actix_web::test]
async fn what_was_queued_before_the_end_is_kept() {
    let (fresh, store) = stocked().await;
    let writes: Vec<_> = (0..100)
        .map(|run| {
            let store = store.clone();
            let write = async move {
                store
                    .write(move |db| Box::pin(async move { settings::set_fact(db, &format!("fact {run}"), "1").await }))
                    .await
            };
            tokio::spawn(write)
        })
        .collect();
    tokio::task::yield_now().await;
    store.close().await;
    let answered = join_all(writes).await;
    let again = fresh.open().await;
    for (run, outcome) in answered.into_iter().enumerate() {
        let is_acknowledged = matches!(outcome, Ok(Ok(())));
        assert!(!is_acknowledged || fact(&again, &format!("fact {run}")).await.is_some(), "{run}");
    }
}

#[actix_web::test]
async fn a_queue_that_is_full_says_so_at_once() {
    let (fresh, store) = stocked().await;
    if !fresh.is_sqlite() {
        return;
    }
    let (open, gate) = tokio::sync::oneshot::channel::<()>();
    let slow = store.clone();
    let waiting = async move { gate.await.map_err(Error::internal) };
    let slow = tokio::spawn(async move { slow.write(move |_| Box::pin(waiting)).await });
    tokio::task::yield_now().await;
    let waiting: Vec<_> = (0..1200)
        .map(|_| {
            let store = store.clone();
            tokio::spawn(async move { store.write(|_| Box::pin(async { Ok(()) })).await })
        })
        .collect();
    tokio::task::yield_now().await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    open.send(()).unwrap();
    slow.await.unwrap().unwrap();
    let outcomes: Vec<_> = join_all(waiting).await.into_iter().map(Result::unwrap).collect();
    let refused = outcomes.iter().filter(|outcome| matches!(outcome, Err(Error::TooManyRequests))).count();
    let served = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
    assert_eq!((refused > 100, served >= 1000, refused + served), (true, true, 1200), "{refused} {served}");
}
