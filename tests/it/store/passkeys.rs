//! Passkeys, their registrations and devices: each function of the store once, races included.

use cenote::clock::Timestamp;
use cenote::domain::device::{Device, DeviceDetails};
use cenote::domain::ids::Sub;
use cenote::domain::passkey::{Passkey, PasskeyDetails};
use cenote::store::passkeys::Registration;
use cenote::store::{devices, passkeys};

use super::samples::{THEN, client_id, keep_user, pool_id, stocked, write};

fn passkey(id: &str, sign_count: i64) -> Passkey {
    Passkey {
        pool_id: pool_id("Pool1"),
        id: id.to_owned(),
        sub: Sub("jane".to_owned()),
        sign_count,
        public_key: "{}".to_owned(),
        created_at: THEN,
        used_at: None,
        details: PasskeyDetails {
            name: "Passkey".to_owned(),
            relying_party_id: "example.com".to_owned(),
            attachment: None,
            transports: vec!["internal".to_owned()],
        },
    }
}

#[actix_web::test]
async fn a_passkey_is_kept_once_up_to_a_number_used_forward_only_and_deleted() {
    let (_fresh, store) = stocked().await;
    keep_user(&store, "jane").await;
    let (pool, jane) = (pool_id("Pool1"), Sub("jane".to_owned()));
    let insert = async |one: Passkey| {
        write(&store, move |db| Box::pin(async move { passkeys::insert(db, &one, 2).await })).await
    };
    assert!(insert(passkey("a", 3)).await && !insert(passkey("a", 3)).await);
    assert!(insert(passkey("b", 0)).await && !insert(passkey("c", 0)).await, "two at most");
    let use_it = async |id: &'static str, count: i64| {
        write(&store, move |db| Box::pin(async move { passkeys::note_use(db, &passkey(id, count), THEN).await })).await
    };
    let uses = futures_util::future::join_all((0..5).map(|_| use_it("a", 4))).await;
    assert_eq!(uses.iter().filter(|is_first| **is_first).count(), 1, "one signature counts once");
    assert!(!use_it("a", 3).await && use_it("a", 9).await);
    assert!(use_it("b", 0).await && use_it("b", 0).await, "one that does not count");
    assert!(use_it("b", 1).await && !use_it("b", 0).await, "one that began to");
    let mut db = store.read().await.unwrap();
    let found = passkeys::find(&mut db, &pool, "a").await.unwrap().unwrap();
    assert_eq!((found.sign_count, found.used_at), (9, Some(THEN)));
    let all = passkeys::of_user(&mut db, &pool, &jane).await.unwrap();
    assert_eq!(all.iter().map(|one| one.id.as_str()).collect::<Vec<_>>(), ["a", "b"]);
    let delete = async |sub: &'static str| {
        let pool = pool.clone();
        write(&store, move |db| Box::pin(async move { passkeys::delete(db, (&pool, &Sub(sub.to_owned())), "a").await }))
            .await
    };
    assert!(!delete("mallory").await && delete("jane").await && !delete("jane").await);
}

#[actix_web::test]
async fn a_registration_is_taken_once_by_its_client_in_time() {
    let (_fresh, store) = stocked().await;
    keep_user(&store, "jane").await;
    let registration = Registration {
        pool_id: pool_id("Pool1"),
        sub: Sub("jane".to_owned()),
        client_id: client_id("client1"),
        sealed_state: "sealed".to_owned(),
        expires_at: THEN.plus_seconds(300),
    };
    write(&store, move |db| Box::pin(async move { passkeys::start(db, &registration).await })).await;
    let take = async |client: &'static str, at: Timestamp| {
        write(&store, move |db| {
            let owner = (pool_id("Pool1"), Sub("jane".to_owned()));
            Box::pin(async move { passkeys::take(db, (&owner.0, &owner.1), &client_id(client), at).await })
        })
        .await
    };
    let owner = (pool_id("Pool1"), Sub("jane".to_owned()));
    let mut db = store.read().await.unwrap();
    let started_by = passkeys::started_by(&mut db, (&owner.0, &owner.1), THEN).await.unwrap();
    assert_eq!(started_by, Some(client_id("client1")));
    assert_eq!(take("client2", THEN).await, None);
    assert_eq!(take("client1", THEN.plus_seconds(300)).await, None);
    assert_eq!(take("client1", THEN).await.as_deref(), Some("sealed"));
    assert_eq!(take("client1", THEN).await, None);
}

#[actix_web::test]
async fn a_device_is_kept_once_changed_listed_and_forgotten() {
    let (_fresh, store) = stocked().await;
    keep_user(&store, "jane").await;
    let owner = (pool_id("Pool1"), Sub("jane".to_owned()));
    let details = DeviceDetails { group_key: "-group".to_owned(), name: None, last_address: "192.0.2.1".to_owned() };
    let device = Device {
        pool_id: owner.0.clone(),
        sub: owner.1.clone(),
        key: "us-east-1_1".to_owned(),
        sealed_verifier: "sealed".to_owned(),
        is_remembered: false,
        created_at: THEN,
        modified_at: THEN,
        authenticated_at: THEN,
        details: details.clone(),
    };
    let (jane, later) = (owner.clone(), THEN.plus_seconds(60));
    let done = write(&store, move |db| {
        Box::pin(async move {
            let (owner, key) = ((&jane.0, &jane.1), "us-east-1_1");
            Ok([
                devices::insert(db, &device).await?,
                devices::insert(db, &device).await?,
                devices::set_remembered(db, owner, (key, true), later).await?,
                devices::set_remembered(db, owner, ("other", true), later).await?,
                devices::note_use(db, owner, (key, &details), later).await?,
                devices::note_use(db, owner, ("other", &details), later).await?,
            ])
        })
    })
    .await;
    assert_eq!(done, [true, false, true, false, true, false]);
    let mut db = store.read().await.unwrap();
    let found = devices::find(&mut db, (&owner.0, &owner.1), "us-east-1_1").await.unwrap().unwrap();
    assert!(found.is_remembered && found.authenticated_at == later && found.created_at == THEN);
    assert_eq!(devices::list(&mut db, (&owner.0, &owner.1), ("", 10)).await.unwrap(), [found]);
    assert!(devices::list(&mut db, (&owner.0, &owner.1), ("us-east-1_1", 10)).await.unwrap().is_empty());
    let jane = owner.clone();
    let gone = write(&store, move |db| {
        Box::pin(async move {
            let owner = (&jane.0, &jane.1);
            Ok([devices::delete(db, owner, "us-east-1_1").await?, devices::delete(db, owner, "us-east-1_1").await?])
        })
    })
    .await;
    assert_eq!(gone, [true, false]);
}
