//! Many at once, on two instances that share a database: a row that is guarded has one winner.

use cenote::domain::code::CodePurpose;
use cenote::domain::user::UserStatus;
use cenote::error::Error;
use cenote::store::attempts::{self, Failure};
use cenote::store::codes::{self, CodeRow};
use cenote::store::families::Earned;
use cenote::store::users::{self, PasswordChange};
use cenote::store::{Db, Store, authorization_codes, families};
use futures_util::future::{BoxFuture, join_all};

use super::samples::{THEN, client_id, credential, family, keep_user, stocked, user, write};
use super::tokens::new_code;

const ROWS: usize = 50;
const RACERS: usize = 8;

type Race = for<'c> fn(&'c mut Db, usize, usize) -> BoxFuture<'c, Result<bool, Error>>;

/// Lets [`RACERS`] run for each of [`ROWS`] rows, on both instances in turn; how many won.
async fn winners(stores: [&Store; 2], race: Race) -> usize {
    let runs = (0..ROWS * RACERS).map(|run| {
        let (row, racer) = (run % ROWS, run / ROWS);
        async move { write(stores[racer % 2], move |db| race(db, row, racer)).await }
    });
    join_all(runs).await.into_iter().filter(|has_won| *has_won).count()
}

/// Two instances on one database with the user `jane`.
async fn instances() -> (super::samples::Fresh, Store, Store) {
    let (fresh, one) = stocked().await;
    let two = fresh.open().await;
    keep_user(&one, "jane").await;
    (fresh, one, two)
}

#[actix_web::test]
async fn an_authorization_code_has_one_taker() {
    let (_fresh, one, two) = instances().await;
    write(&one, |db| {
        Box::pin(async move {
            for row in 0..ROWS {
                authorization_codes::insert(db, &new_code(&row.to_string())).await?;
            }
            Ok(())
        })
    })
    .await;
    let race: Race = |db, row, racer| {
        Box::pin(async move {
            let family = format!("{row}/{racer}");
            let taken = authorization_codes::take(db, &row.to_string(), &client_id("client1"), &family, THEN).await?;
            Ok(taken.is_some())
        })
    };
    assert_eq!(winners([&one, &two], race).await, ROWS);
}

#[actix_web::test]
async fn a_refresh_token_is_replaced_once() {
    let (_fresh, one, two) = instances().await;
    write(&one, |db| {
        Box::pin(async move {
            for row in 0..ROWS {
                families::insert(db, &family(&row.to_string(), "jane"), &format!("token {row}")).await?;
            }
            Ok(())
        })
    })
    .await;
    let race: Race = |db, row, racer| {
        Box::pin(async move {
            let hashes = (format!("token {row}"), format!("new {row}/{racer}"));
            let is_first = families::rotate(db, &row.to_string(), (&hashes.0, &hashes.1), THEN).await?;
            Ok(is_first.unwrap())
        })
    };
    assert_eq!(winners([&one, &two], race).await, ROWS);
}

#[actix_web::test]
async fn a_family_is_earned_once() {
    let (_fresh, one, two) = instances().await;
    let earn = async |store: &Store, row: usize, racer: usize| {
        let (family, message) = (family(&row.to_string(), "jane"), format!("message {row}"));
        let earned = Earned { message_id: &message, subject: "subject", now: THEN };
        let statement = families::insert_earned(&family, &format!("token {row}/{racer}"), earned).unwrap();
        store.execute(statement).await.unwrap()
    };
    let racers = (0..ROWS).flat_map(|row| (0..4).map(move |racer| (row, racer)));
    let earned = racers.map(|(row, racer)| earn([&one, &two][racer % 2], row, racer));
    assert_eq!(join_all(earned).await.into_iter().sum::<u64>(), ROWS as u64);
}

#[actix_web::test]
async fn a_name_has_one_owner() {
    let (_fresh, one, two) = instances().await;
    let race: Race = |db, row, racer| {
        Box::pin(async move { users::insert(db, &user(&format!("{row}/{racer}")), &format!("name {row}")).await })
    };
    assert_eq!(winners([&one, &two], race).await, ROWS);
}

async fn with_users(store: &Store) {
    write(store, |db| {
        Box::pin(async move {
            for row in 0..ROWS {
                let owner = user(&row.to_string());
                users::insert(db, &owner, &format!("user {row}")).await?;
                let code = CodeRow { code_mac: "mac".to_owned(), attribute: "email".to_owned(), expires_at: THEN };
                codes::put(db, &owner.pool_id, &owner.sub, CodePurpose::ConfirmSignUp, &code).await?;
            }
            Ok(())
        })
    })
    .await;
}

#[actix_web::test]
async fn an_address_has_one_owner() {
    let (_fresh, one, two) = instances().await;
    with_users(&one).await;
    let race: Race = |db, row, racer| {
        Box::pin(async move {
            let owner = user(&((row + racer) % ROWS).to_string());
            users::add_login(db, &owner, "email", &format!("{row}@example.com")).await
        })
    };
    assert_eq!(winners([&one, &two], race).await, ROWS);
}

#[actix_web::test]
async fn a_typed_code_is_used_once() {
    let (_fresh, one, two) = instances().await;
    with_users(&one).await;
    let race: Race = |db, row, _| {
        Box::pin(async move {
            let owner = user(&row.to_string());
            codes::take(db, &owner.pool_id, &owner.sub, CodePurpose::ConfirmSignUp, "mac").await
        })
    };
    assert_eq!(winners([&one, &two], race).await, ROWS);
}

#[actix_web::test]
async fn a_status_is_left_once() {
    let (_fresh, one, two) = instances().await;
    with_users(&one).await;
    let race: Race = |db, row, racer| {
        Box::pin(async move {
            let owner = user(&row.to_string());
            if racer % 2 == 0 {
                return users::move_status(db, &owner, UserStatus::ResetRequired, THEN).await;
            }
            let (from, to) = (UserStatus::Confirmed, UserStatus::ForceChangePassword);
            let change = PasswordChange { credential: credential("second"), from, to, at: THEN, remembered: 0 };
            users::set_password(db, &owner.pool_id, &owner.sub, &change).await
        })
    };
    assert_eq!(winners([&one, &two], race).await, ROWS);
}

#[actix_web::test]
async fn a_view_of_attributes_serves_one_change() {
    let (_fresh, one, two) = instances().await;
    with_users(&one).await;
    let race: Race = |db, row, racer| {
        Box::pin(async move {
            let owner = user(&row.to_string());
            let mut attributes = owner.attributes.clone();
            attributes.insert("name".to_owned(), racer.to_string());
            users::set_attributes(db, &owner, &attributes, THEN).await
        })
    };
    assert_eq!(winners([&one, &two], race).await, ROWS);
}

#[actix_web::test]
async fn of_many_failures_at_once_five_are_counted_and_then_it_is_locked() {
    let (_fresh, one, two) = instances().await;
    let race: Race = |db, row, _| {
        Box::pin(async move { Ok(attempts::fail(db, &format!("subject {row}"), THEN).await? == Failure::Counted) })
    };
    assert_eq!(winners([&one, &two], race).await, ROWS * 5);
    let mut db = one.read().await.unwrap();
    for row in 0..ROWS {
        let subject = format!("subject {row}");
        assert!(attempts::is_locked(&mut db, &subject, THEN).await.unwrap());
        assert!(!attempts::is_locked(&mut db, &subject, THEN.plus_seconds(1)).await.unwrap());
    }
}

#[actix_web::test]
async fn a_success_among_failures_is_refused_once_they_have_locked() {
    let (_fresh, one, two) = instances().await;
    let runs = (0..40).map(|run| {
        let store = [&one, &two][run % 2];
        write(store, move |db| {
            Box::pin(async move {
                if run < 30 {
                    attempts::fail(db, "a", THEN).await?;
                    return Ok(false);
                }
                attempts::succeed(db, "a", THEN).await
            })
        })
    });
    join_all(runs).await;
    let late = write(&two, |db| Box::pin(async move { attempts::succeed(db, "a", THEN).await })).await;
    let is_locked = attempts::is_locked(&mut one.read().await.unwrap(), "a", THEN).await.unwrap();
    assert_eq!(late, !is_locked, "a success is told if and only if nothing is locked");
}
