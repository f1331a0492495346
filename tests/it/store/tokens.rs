//! Sessions, authorization codes, token families and their removal.

use cenote::domain::code::CodePurpose;
use cenote::domain::group::Group;
use cenote::domain::ids::Sub;
use cenote::store::authorization_codes::{self, Grant, NewCode};
use cenote::store::families::Earned;
use cenote::store::sessions::{self, NewSession};
use cenote::store::{Store, attempts, codes, families, groups, housekeeping, identities, users};

use super::samples::{THEN, client_id, family, keep_user, pool_id, stocked, write};

/// An authorization code of the user `jane`.
pub fn new_code(hash: &str) -> NewCode {
    NewCode {
        code_hash: hash.to_owned(),
        pool_id: pool_id("Pool1"),
        client_id: client_id("client1"),
        sub: Sub("jane".to_owned()),
        expires_at: THEN.plus_seconds(300),
        grant: Grant {
            redirect_uri: "https://app.example/".to_owned(),
            code_challenge: Some("challenge".to_owned()),
            scopes: vec!["openid".to_owned()],
            nonce: Some("nonce".to_owned()),
            resource: None,
            auth_time: THEN,
            acr: None,
            origin_session: None,
        },
    }
}

fn session(hash: &str) -> NewSession {
    NewSession {
        token_hash: hash.to_owned(),
        pool_id: pool_id("Pool1"),
        sub: Sub("jane".to_owned()),
        auth_time: THEN,
        expires_at: THEN.plus_seconds(3600),
        acr: None,
    }
}

#[actix_web::test]
async fn a_session_lives_until_it_ends_in_its_own_pool() {
    let (_fresh, store) = stocked().await;
    keep_user(&store, "jane").await;
    write(&store, |db| Box::pin(async move { sessions::insert(db, &session("s")).await })).await;
    let find = async |hash: &str, pool: &str, seconds: i64| {
        let mut db = store.read().await.unwrap();
        sessions::find(&mut db, hash, &pool_id(pool), THEN.plus_seconds(seconds)).await.unwrap()
    };
    let found = find("s", "Pool1", 3599).await.unwrap();
    assert_eq!((found.user.sub.as_str(), found.auth_time), ("jane", THEN));
    assert!(find("s", "Pool1", 3600).await.is_none());
    assert!(find("s", "Pool2", 0).await.is_none());
    assert!(find("t", "Pool1", 0).await.is_none());
    write(&store, |db| Box::pin(async move { sessions::delete(db, "s").await })).await;
    assert!(find("s", "Pool1", 0).await.is_none());
}

#[actix_web::test]
async fn an_authorization_code_is_taken_once_by_its_client_in_time() {
    let (_fresh, store) = stocked().await;
    keep_user(&store, "jane").await;
    write(&store, |db| Box::pin(async move { authorization_codes::insert(db, &new_code("c")).await })).await;
    let take = |client: &'static str, seconds: i64, family: &'static str| {
        let now = THEN.plus_seconds(seconds);
        write(&store, move |db| {
            Box::pin(async move { authorization_codes::take(db, "c", &client_id(client), family, now).await })
        })
    };
    let spent_on = async |client: &str| {
        authorization_codes::spent_on(&mut store.read().await.unwrap(), "c", &client_id(client)).await.unwrap()
    };
    assert!(take("client2", 0, "f").await.is_none());
    assert!(take("client1", 300, "f").await.is_none());
    assert_eq!(spent_on("client1").await, None);
    let (sub, grant) = take("client1", 299, "f").await.unwrap();
    assert_eq!((sub.as_str(), grant.code_challenge.as_deref(), grant.auth_time), ("jane", Some("challenge"), THEN));
    assert!(take("client1", 0, "g").await.is_none());
    assert_eq!(spent_on("client1").await.as_deref(), Some("f"));
    assert_eq!(spent_on("client2").await, None);
}

/// Whether the family of a refresh token is not revoked.
async fn is_live(store: &Store, token: &str) -> bool {
    !families::by_token(&mut store.read().await.unwrap(), token).await.unwrap().unwrap().is_revoked
}

#[actix_web::test]
async fn a_family_is_read_by_any_of_its_tokens_with_user_and_groups() {
    let (_fresh, store) = stocked().await;
    let jane = keep_user(&store, "jane").await;
    let group = |name: &str| Group {
        pool_id: pool_id("Pool1"),
        name: name.to_owned(),
        description: None,
        precedence: None,
        role_arn: None,
        created_at: THEN,
        modified_at: THEN,
    };
    let rows = [group("a"), group("b")];
    write(&store, move |db| {
        Box::pin(async move {
            families::insert(db, &family("f", "jane"), "one").await?;
            families::rotate(db, "f", ("one", "two"), THEN).await?;
            for row in &rows {
                groups::insert(db, row).await?;
                groups::add_member(db, &row.pool_id, &jane.sub, &row.name).await?;
            }
            Ok(())
        })
    })
    .await;
    let mut db = store.read().await.unwrap();
    for token in ["one", "two"] {
        let found = families::by_token(&mut db, token).await.unwrap().unwrap();
        assert_eq!(found.family, family("f", "jane"));
        assert_eq!((found.user.sub.as_str(), found.memberships.len()), ("jane", 2));
        assert_eq!((found.is_revoked, found.superseded_at), (false, (token == "one").then_some(THEN)));
    }
    assert!(families::by_token(&mut db, "three").await.unwrap().is_none());
}

#[actix_web::test]
async fn a_token_is_replaced_once_and_a_family_revoked_for_good() {
    let (_fresh, store) = stocked().await;
    keep_user(&store, "jane").await;
    let replaced = write(&store, |db| {
        Box::pin(async move {
            families::insert(db, &family("f", "jane"), "one").await?;
            families::insert(db, &family("g", "jane"), "other").await?;
            families::insert(db, &family("h", "jane"), "third").await?;
            let first = families::rotate(db, "f", ("one", "two"), THEN).await?;
            let second = families::rotate(db, "f", ("one", "three"), THEN.plus_seconds(5)).await?;
            families::revoke(db, "f", THEN).await?;
            Ok([first, second, families::rotate(db, "f", ("two", "four"), THEN).await?])
        })
    })
    .await;
    assert_eq!(replaced, [Some(true), Some(false), None]);
    let found = families::by_token(&mut store.read().await.unwrap(), "one").await.unwrap().unwrap();
    assert_eq!((found.superseded_at, found.is_revoked), (Some(THEN), true), "the first replacement counts");
    assert!(families::by_token(&mut store.read().await.unwrap(), "four").await.unwrap().is_none());
    assert!(!is_live(&store, "two").await && is_live(&store, "other").await);
    let sub = Sub("jane".to_owned());
    write(&store, move |db| Box::pin(async move { families::revoke_of_user(db, &pool_id("Pool1"), &sub, THEN).await }))
        .await;
    assert!(!is_live(&store, "other").await && !is_live(&store, "third").await);
}

#[actix_web::test]
async fn tokens_of_an_earlier_version_which_stand_beside_their_family_still_work() {
    let (_fresh, store) = stocked().await;
    keep_user(&store, "jane").await;
    let replaced = write(&store, |db| {
        Box::pin(async move {
            families::insert(db, &family("f", "jane"), "one").await?;
            sqlx::query("UPDATE families SET first_token_hash = NULL").execute(&mut *db).await?;
            let kept = "INSERT INTO refresh_tokens (token_hash, family_id, superseded_at) VALUES ('one', 'f', NULL)";
            sqlx::query(kept).execute(&mut *db).await?;
            let first = families::rotate(db, "f", ("one", "two"), THEN).await?;
            Ok([first, families::rotate(db, "f", ("one", "three"), THEN.plus_seconds(5)).await?])
        })
    })
    .await;
    assert_eq!(replaced, [Some(true), Some(false)]);
    let found = families::by_token(&mut store.read().await.unwrap(), "one").await.unwrap().unwrap();
    assert_eq!((found.family, found.superseded_at), (family("f", "jane"), Some(THEN)));
}

/// What earns the family `f`, at [`THEN`].
const EARNED: Earned<'_> = Earned { message_id: "message", subject: "subject", now: THEN };

/// Keeps `f` if it is earned; whether it was.
async fn earn(store: &Store, token: &str) -> bool {
    let statement = families::insert_earned(&family("f", "jane"), token, EARNED).unwrap();
    store.execute(statement).await.unwrap() == 1
}

/// Whether a sign-in with the session of [`EARNED`] finds it used.
async fn is_used(store: &Store) -> bool {
    let whose = (&pool_id("Pool1"), &Sub("jane".to_owned()));
    users::of_session(&mut store.read().await.unwrap(), whose, ("message", "f", "subject")).await.unwrap().is_used
}

#[actix_web::test]
async fn a_family_is_earned_once_and_its_session_is_used_up_by_it() {
    let (_fresh, store) = stocked().await;
    keep_user(&store, "jane").await;
    assert!(!is_used(&store).await);
    assert!(earn(&store, "one").await);
    assert!(is_used(&store).await);
    assert!(!earn(&store, "two").await, "the second sign-in with a session earns nothing");
    let found = families::by_token(&mut store.read().await.unwrap(), "one").await.unwrap().unwrap();
    assert_eq!(found.family, family("f", "jane"));
    assert!(families::by_token(&mut store.read().await.unwrap(), "two").await.unwrap().is_none());
    let use_up = |family: &'static str| {
        write(&store, move |db| {
            let message = ("message", family, THEN.plus_seconds(60));
            Box::pin(async move { identities::use_unless_locked(db, message, ("subject", THEN)).await })
        })
    };
    assert!(!use_up("f").await, "nor does the session do anything else");
    assert!(use_up("g").await);
    assert!(!use_up("g").await);
}

#[actix_web::test]
async fn neither_a_used_session_nor_a_locked_account_earns_a_family() {
    let (_fresh, store) = stocked().await;
    keep_user(&store, "jane").await;
    write(&store, |db| {
        Box::pin(async move { identities::use_once(db, "message", THEN.plus_seconds(60)).await.map(|_| ()) })
    })
    .await;
    assert!(is_used(&store).await);
    assert!(!earn(&store, "one").await, "a used session");
    let later = THEN.plus_seconds(3600);
    write(&store, move |db| Box::pin(async move { housekeeping::remove_expired(db, later).await.map(|_| ()) })).await;
    let fail = || write(&store, |db| Box::pin(async move { attempts::fail(db, "subject", THEN).await.map(|_| ()) }));
    for _ in 0..4 {
        fail().await;
    }
    let use_up = |message: &'static str| {
        write(&store, move |db| {
            let message = (message, "g", THEN.plus_seconds(60));
            Box::pin(async move { identities::use_unless_locked(db, message, ("subject", THEN)).await })
        })
    };
    assert!(use_up("before the lock").await);
    fail().await;
    assert!(!earn(&store, "one").await, "a locked account");
    assert!(!use_up("after the lock").await);
}

#[actix_web::test]
async fn what_has_expired_is_removed_and_nothing_else() {
    let (_fresh, store) = stocked().await;
    let jane = keep_user(&store, "jane").await;
    let typed = codes::CodeRow { code_mac: "m".to_owned(), attribute: "email".to_owned(), expires_at: THEN };
    let (pool, sub) = (jane.pool_id.clone(), jane.sub.clone());
    write(&store, move |db| {
        Box::pin(async move {
            attempts::fail(db, "a", THEN).await?;
            codes::put(db, &jane.pool_id, &jane.sub, CodePurpose::ResetPassword, &typed).await?;
            sessions::insert(db, &session("s")).await?;
            authorization_codes::insert(db, &new_code("c")).await?;
            families::insert(db, &family("f", "jane"), "one").await
        })
    })
    .await;
    let remove = |seconds: i64| {
        let now = THEN.plus_seconds(seconds);
        write(&store, move |db| Box::pin(async move { housekeeping::remove_expired(db, now).await }))
    };
    assert_eq!(remove(300).await, 0, "what ends this very moment stays");
    assert_eq!(remove(301).await, 1, "the authorization code");
    assert_eq!(remove(3601).await, 2, "session and failures");
    assert_eq!(remove(86_400).await, 0);
    assert_eq!(remove(86_401).await, 1, "the typed code, a day later");
    assert!(
        codes::find(&mut store.read().await.unwrap(), &pool, &sub, CodePurpose::ResetPassword).await.unwrap().is_none()
    );
    assert_eq!(remove(3600 + 86_400).await, 0);
    assert_eq!(remove(3600 + 86_401).await, 1, "the family, a day after its refresh tokens");
    assert!(families::by_token(&mut store.read().await.unwrap(), "one").await.unwrap().is_none());
}
