//! Users, the names that lead to them, their codes and their failures.

use std::collections::BTreeMap;

use cenote::domain::code::CodePurpose;
use cenote::domain::ids::Sub;
use cenote::domain::user::{User, UserStatus};
use cenote::store::attempts::{self, Failure};
use cenote::store::codes::{self, CodeRow};
use cenote::store::users::{self, PasswordChange};
use cenote::store::{Store, families};

use super::samples::{THEN, credential, family, keep_user, pool_id, stocked, user, write};

async fn read(store: &Store, sub: &str) -> Option<User> {
    users::by_sub(&mut store.read().await.unwrap(), &pool_id("Pool1"), &Sub(sub.to_owned())).await.unwrap()
}

#[actix_web::test]
async fn a_user_is_read_back_whole() {
    let (_fresh, store) = stocked().await;
    let jane = keep_user(&store, "jane").await;
    assert_eq!(format!("{:?}", read(&store, "jane").await.unwrap()), format!("{jane:?}"));
    let mut bare = user("bare");
    (bare.credential, bare.is_enabled, bare.status) = (None, false, UserStatus::Unconfirmed);
    let row = bare.clone();
    write(&store, move |db| Box::pin(async move { users::insert(db, &row, "bare").await })).await;
    assert_eq!(format!("{:?}", read(&store, "bare").await.unwrap()), format!("{bare:?}"));
    assert!(read(&store, "nobody").await.is_none());
}

#[actix_web::test]
async fn a_name_is_taken_once() {
    let (_fresh, store) = stocked().await;
    keep_user(&store, "jane").await;
    let taken = write(&store, |db| Box::pin(async move { users::insert(db, &user("other"), "jane").await })).await;
    assert!(!taken);
    assert!(read(&store, "other").await.is_none());
}

#[actix_web::test]
async fn names_addresses_and_subs_lead_to_a_user() {
    let (_fresh, store) = stocked().await;
    let jane = keep_user(&store, "jane").await;
    let joe = keep_user(&store, "joe").await;
    let outcome = write(&store, move |db| {
        Box::pin(async move {
            let first = users::add_login(db, &jane, "email", "j@example.com").await?;
            let again = users::add_login(db, &jane, "email", "j@example.com").await?;
            let stolen = users::add_login(db, &joe, "email", "j@example.com").await?;
            users::add_login(db, &jane, "phone_number", "+1").await?;
            Ok((first, again, stolen))
        })
    })
    .await;
    assert_eq!(outcome, (true, true, false));
    let mut db = store.read().await.unwrap();
    for key in ["jane", "j@example.com", "+1"] {
        let found = users::by_login(&mut db, &pool_id("Pool1"), key).await.unwrap().unwrap();
        assert_eq!(found.sub.as_str(), "jane", "{key}");
        assert!(users::by_login(&mut db, &pool_id("Pool2"), key).await.unwrap().is_none());
    }
    let owner = users::login_owner(&mut db, &pool_id("Pool1"), "+1").await.unwrap();
    assert_eq!(owner.as_ref().map(Sub::as_str), Some("jane"));
    let sub = Sub("jane".to_owned());
    write(&store, move |db| Box::pin(async move { users::remove_login(db, &pool_id("Pool1"), &sub, "email").await }))
        .await;
    assert!(users::by_login(&mut db, &pool_id("Pool1"), "j@example.com").await.unwrap().is_none());
    assert!(users::login_owner(&mut db, &pool_id("Pool1"), "j@example.com").await.unwrap().is_none());
    assert!(users::by_login(&mut db, &pool_id("Pool1"), "+1").await.unwrap().is_some());
}

#[actix_web::test]
async fn a_user_name_comes_before_an_address_and_an_address_before_a_sub() {
    let (_fresh, store) = stocked().await;
    let joe = keep_user(&store, "joe").await;
    keep_user(&store, "jane").await;
    write(&store, move |db| {
        Box::pin(async move {
            users::add_login(db, &joe, "email", "jane").await?;
            users::insert(db, &user("hidden"), "another name").await?;
            users::insert(db, &user("plain"), "yet another").await?;
            users::add_login(db, &joe, "email", "hidden").await
        })
    })
    .await;
    let mut db = store.read().await.unwrap();
    for (key, sub) in [("jane", "jane"), ("hidden", "joe"), ("plain", "plain")] {
        let found = users::by_login(&mut db, &pool_id("Pool1"), key).await.unwrap().unwrap();
        assert_eq!(found.sub.as_str(), sub, "{key}");
    }
}

#[actix_web::test]
async fn each_change_wants_the_state_that_it_was_made_for() {
    let (_fresh, store) = stocked().await;
    let jane = keep_user(&store, "jane").await;
    let at = THEN.plus_seconds(9);
    let change = |from: UserStatus, to: UserStatus| PasswordChange {
        credential: credential("second"),
        from,
        to,
        at,
        remembered: 0,
    };
    let wrong = change(UserStatus::Unconfirmed, UserStatus::Confirmed);
    let right = change(UserStatus::Confirmed, UserStatus::ResetRequired);
    let (before, new) = (jane.clone(), BTreeMap::from([("name".to_owned(), "Jane".to_owned())]));
    let outcomes = write(&store, move |db| {
        Box::pin(async move {
            let (pool, sub) = (&jane.pool_id, &jane.sub);
            let passwords = [
                users::set_password(db, pool, sub, &wrong).await?,
                users::set_password(db, pool, sub, &right).await?,
                users::set_password(db, pool, sub, &right).await?,
            ];
            let statuses = [
                users::move_status(db, &jane, UserStatus::Archived, at).await?,
                users::set_attributes(db, &jane, &new, at).await?,
                users::set_attributes(db, &jane, &new, at).await?,
                users::set_enabled(db, &jane, false, at).await?,
                users::set_enabled(db, &user("nobody"), false, at).await?,
            ];
            users::sign_out(db, pool, sub, at).await?;
            Ok((passwords, statuses))
        })
    })
    .await;
    assert_eq!(outcomes, ([false, true, false], [false, true, false, true, false]));
    let after = read(&store, "jane").await.unwrap();
    assert_eq!(after.status, UserStatus::ResetRequired, "a stale view moves nothing");
    assert_eq!(after.attribute("name"), Some("Jane"));
    assert_eq!(after.credential.unwrap().password_hash, "hash second");
    assert_eq!((after.is_enabled, after.signed_out_at, after.modified_at), (false, at, at));
    assert_eq!(after.created_at, before.created_at);
}

#[actix_web::test]
async fn a_moved_status_stays_moved() {
    let (_fresh, store) = stocked().await;
    let jane = keep_user(&store, "jane").await;
    let moved = write(&store, move |db| {
        Box::pin(async move {
            let first = users::move_status(db, &jane, UserStatus::ResetRequired, THEN).await?;
            Ok((first, users::move_status(db, &jane, UserStatus::Archived, THEN).await?))
        })
    })
    .await;
    assert_eq!(moved, (true, false));
}

#[actix_web::test]
async fn a_bearer_is_read_with_the_state_of_the_family() {
    let (_fresh, store) = stocked().await;
    let jane = keep_user(&store, "jane").await;
    write(&store, |db| Box::pin(async move { families::insert(db, &family("f1", "jane"), "hash").await })).await;
    let mut db = store.read().await.unwrap();
    let live = users::bearer(&mut db, &jane.pool_id, &jane.sub, "f1").await.unwrap().unwrap();
    let unknown = users::bearer(&mut db, &jane.pool_id, &jane.sub, "f2").await.unwrap().unwrap();
    assert!(live.has_live_family && !unknown.has_live_family);
    write(&store, |db| Box::pin(async move { families::revoke(db, "f1", THEN).await })).await;
    let dead = users::bearer(&mut db, &jane.pool_id, &jane.sub, "f1").await.unwrap().unwrap();
    assert!(!dead.has_live_family);
    assert!(users::bearer(&mut db, &jane.pool_id, &Sub("x".to_owned()), "f1").await.unwrap().is_none());
}

#[actix_web::test]
async fn a_user_leaves_with_names_and_families() {
    let (_fresh, store) = stocked().await;
    let jane = keep_user(&store, "jane").await;
    let sub = jane.sub.clone();
    write(&store, move |db| {
        Box::pin(async move {
            users::add_login(db, &jane, "email", "j@example.com").await?;
            families::insert(db, &family("f1", "jane"), "hash").await?;
            users::delete(db, &jane.pool_id, &jane.sub).await
        })
    })
    .await;
    let mut db = store.read().await.unwrap();
    assert!(users::with_groups(&mut db, &pool_id("Pool1"), &sub).await.unwrap().is_none());
    assert!(users::login_owner(&mut db, &pool_id("Pool1"), "j@example.com").await.unwrap().is_none());
    assert!(families::by_token(&mut db, "hash").await.unwrap().is_none());
}

fn code(mac: &str) -> CodeRow {
    CodeRow { code_mac: mac.to_owned(), attribute: "email".to_owned(), expires_at: THEN.plus_seconds(60) }
}

#[actix_web::test]
async fn a_new_code_replaces_the_old_one_of_its_purpose() {
    let (_fresh, store) = stocked().await;
    let jane = keep_user(&store, "jane").await;
    let (pool, sub) = (jane.pool_id.clone(), jane.sub.clone());
    let purpose = CodePurpose::ConfirmSignUp;
    write(&store, move |db| {
        Box::pin(async move {
            codes::put(db, &jane.pool_id, &jane.sub, purpose, &code("one")).await?;
            codes::put(db, &jane.pool_id, &jane.sub, CodePurpose::ResetPassword, &code("other")).await?;
            codes::put(db, &jane.pool_id, &jane.sub, purpose, &code("two")).await
        })
    })
    .await;
    let found = codes::find(&mut store.read().await.unwrap(), &pool, &sub, purpose).await.unwrap().unwrap();
    assert_eq!(
        (found.code_mac.as_str(), found.attribute.as_str(), found.expires_at),
        ("two", "email", THEN.plus_seconds(60))
    );
    let (owner, whose) = (pool.clone(), sub.clone());
    let taken = write(&store, move |db| {
        Box::pin(async move {
            let old = codes::take(db, &owner, &whose, purpose, "one").await?;
            let right = codes::take(db, &owner, &whose, purpose, "two").await?;
            Ok((old, right, codes::take(db, &owner, &whose, purpose, "two").await?))
        })
    })
    .await;
    assert_eq!(taken, (false, true, false));
    let other = codes::find(&mut store.read().await.unwrap(), &pool, &sub, CodePurpose::ResetPassword).await.unwrap();
    assert_eq!(other.unwrap().code_mac, "other");
}

#[actix_web::test]
async fn failures_are_counted_locked_forgiven_and_forgotten() {
    let (_fresh, store) = stocked().await;
    let fail = |seconds: i64| {
        let at = THEN.plus_seconds(seconds);
        write(&store, move |db| Box::pin(async move { attempts::fail(db, "a", at).await }))
    };
    let is_locked = async |seconds: i64| {
        attempts::is_locked(&mut store.read().await.unwrap(), "a", THEN.plus_seconds(seconds)).await.unwrap()
    };
    let succeed = |seconds: i64| {
        let at = THEN.plus_seconds(seconds);
        write(&store, move |db| Box::pin(async move { attempts::succeed(db, "a", at).await }))
    };
    assert!(succeed(0).await, "nobody failed yet");
    for _ in 0..4 {
        assert_eq!(fail(0).await, Failure::Counted);
        assert!(!is_locked(0).await);
    }
    assert_eq!(fail(0).await, Failure::Counted);
    assert!(is_locked(0).await && !is_locked(1).await);
    assert_eq!(fail(0).await, Failure::Locked, "a failure during a lock is not counted");
    assert!(!succeed(0).await, "nor does a success count");
    assert_eq!(fail(1).await, Failure::Counted);
    assert!(is_locked(2).await && !is_locked(3).await, "the sixth locks for two seconds");
    assert!(succeed(3).await);
    assert_eq!(fail(3).await, Failure::Counted);
    assert!(!is_locked(3).await, "a success wiped the slate");
    for _ in 0..3 {
        fail(3).await;
    }
    assert_eq!(fail(3 + 901).await, Failure::Counted);
    assert!(!is_locked(3 + 901).await, "so do fifteen quiet minutes");
}
