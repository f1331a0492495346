//! Pools, clients, keys, groups, resource servers, settings: each function of the store once.

use cenote::domain::group::Group;
use cenote::domain::resource_server::{ResourceScope, ResourceServer};
use cenote::store::signing_keys::{KeyPurpose, KeyRow};
use cenote::store::{self, clients, groups, pools, resource_servers, settings, signing_keys};

use super::samples::{Fresh, THEN, client, client_id, keep_user, pool, pool_id, stocked, write};

#[actix_web::test]
async fn opening_twice_changes_nothing() {
    let fresh = Fresh::new().await;
    let first = fresh.open().await;
    write(&first, |db| Box::pin(async move { settings::set_fact(db, "a", "1").await })).await;
    first.close().await;
    let second = fresh.open().await;
    assert!(second.is_ready().await);
    assert_eq!(settings::fact(&mut second.read().await.unwrap(), "a").await.unwrap().as_deref(), Some("1"));
    second.close().await;
    assert!(!second.is_ready().await, "a closed store says so");
    assert!(second.read().await.is_err());
}

#[actix_web::test]
async fn a_pool_is_kept_changed_listed_and_deleted_with_all_that_is_in_it() {
    let (_fresh, store) = stocked().await;
    keep_user(&store, "u1").await;
    let mut db = store.read().await.unwrap();
    let found = pools::by_id(&mut db, &pool_id("Pool1")).await.unwrap().unwrap();
    assert_eq!((found.name.as_str(), found.created_at), ("Pool1", THEN));
    assert!(pools::by_id(&mut db, &pool_id("Other")).await.unwrap().is_none());
    let mut changed = found.clone();
    changed.name = "Renamed".to_owned();
    changed.settings.only_administrators_create_users = true;
    let unknown = pool("Other");
    let (first, second) = write(&store, move |db| {
        Box::pin(async move { Ok((pools::update(db, &changed).await?, pools::update(db, &unknown).await?)) })
    })
    .await;
    assert!(first && !second);
    let found = pools::by_id(&mut db, &pool_id("Pool1")).await.unwrap().unwrap();
    assert!(found.name == "Renamed" && found.settings.only_administrators_create_users);
    assert_eq!(pools::estimated_users(&mut db, &pool_id("Pool1")).await.unwrap(), 1);
    assert_eq!(pools::estimated_users(&mut db, &pool_id("Other")).await.unwrap(), 0);
    write(&store, |db| Box::pin(async move { pools::delete(db, &pool_id("Pool1")).await })).await;
    assert!(pools::by_id(&mut db, &pool_id("Pool1")).await.unwrap().is_none());
    assert!(clients::by_id(&mut db, &client_id("client1")).await.unwrap().is_none());
    let left = store::users::by_login(&mut db, &pool_id("Pool1"), "u1").await.unwrap();
    assert!(left.is_none(), "users go with their pool");
}

#[actix_web::test]
async fn pools_are_listed_by_region_page_by_page() {
    let fresh = Fresh::new().await;
    let store = fresh.open().await;
    write(&store, |db| {
        Box::pin(async move {
            for name in ["B", "A", "C"] {
                pools::insert(db, &pool(name)).await?;
            }
            let mut far = pool("D");
            far.id = cenote::domain::ids::PoolId::parse("eu-west-1_D").unwrap();
            pools::insert(db, &far).await
        })
    })
    .await;
    let mut db = store.read().await.unwrap();
    let names = |pools: Vec<cenote::domain::pool::Pool>| pools.into_iter().map(|pool| pool.name).collect::<Vec<_>>();
    assert_eq!(names(pools::list(&mut db, "us-east-1", "", 2).await.unwrap()), ["A", "B"]);
    assert_eq!(names(pools::list(&mut db, "us-east-1", "us-east-1_B", 2).await.unwrap()), ["C"]);
    assert_eq!(names(pools::list(&mut db, "eu-west-1", "", 2).await.unwrap()), ["D"]);
    let all = pools::ids(&mut db, "", 10).await.unwrap();
    assert_eq!(
        all.iter().map(ToString::to_string).collect::<Vec<_>>(),
        ["eu-west-1_D", "us-east-1_A", "us-east-1_B", "us-east-1_C"]
    );
    assert_eq!(pools::ids(&mut db, "us-east-1_B", 10).await.unwrap().len(), 1);
}

#[actix_web::test]
async fn a_client_is_kept_changed_listed_and_deleted() {
    let (_fresh, store) = stocked().await;
    write(&store, |db| Box::pin(async move { clients::insert(db, &client("client2")).await })).await;
    let mut db = store.read().await.unwrap();
    let found = clients::by_id(&mut db, &client_id("client2")).await.unwrap().unwrap();
    assert_eq!((found.name.as_str(), found.sealed_secrets.as_str()), ("client2", "sealed"));
    let mut changed = found.clone();
    changed.name = "renamed".to_owned();
    changed.settings.callback_urls = vec!["https://app.example/".to_owned()];
    let unknown = client("nobody");
    let (first, second) = write(&store, move |db| {
        Box::pin(async move { Ok((clients::update(db, &changed).await?, clients::update(db, &unknown).await?)) })
    })
    .await;
    assert!(first && !second);
    let of_pool = clients::of_pool(&mut db, &pool_id("Pool1"), "client1", 10).await.unwrap();
    assert_eq!(of_pool.len(), 1);
    assert_eq!((of_pool[0].name.as_str(), of_pool[0].settings.callback_urls.len()), ("renamed", 1));
    assert_eq!(clients::of_pool(&mut db, &pool_id("Pool1"), "", 1).await.unwrap().len(), 1);
    write(&store, |db| Box::pin(async move { clients::delete(db, &client_id("client2")).await })).await;
    assert!(clients::by_id(&mut db, &client_id("client2")).await.unwrap().is_none());
}

fn key(kid: &str, purpose: KeyPurpose, seconds: i64) -> KeyRow {
    let active_at = THEN.plus_seconds(seconds);
    KeyRow { kid: kid.to_owned(), purpose, sealed_private_key: format!("sealed {kid}"), active_at, retired_at: None }
}

#[actix_web::test]
async fn keys_retire_and_are_forgotten() {
    let (_fresh, store) = stocked().await;
    let forgotten = write(&store, |db| {
        Box::pin(async move {
            signing_keys::insert(db, &pool_id("Pool1"), &key("old", KeyPurpose::Id, 0)).await?;
            signing_keys::insert(db, &pool_id("Pool1"), &key("new", KeyPurpose::Access, 100)).await?;
            signing_keys::retire_before(db, &pool_id("Pool1"), THEN.plus_seconds(100)).await?;
            signing_keys::retire_before(db, &pool_id("Pool1"), THEN.plus_seconds(50)).await?;
            signing_keys::delete_retired_before(db, &pool_id("Pool1"), THEN.plus_seconds(100)).await
        })
    })
    .await;
    assert_eq!(forgotten, 0);
    let mut db = store.read().await.unwrap();
    let rows = signing_keys::of_pool(&mut db, &pool_id("Pool1")).await.unwrap();
    let brief: Vec<_> = rows.iter().map(|row| (row.kid.as_str(), row.purpose, row.retired_at)).collect();
    let retired = Some(THEN.plus_seconds(100));
    assert_eq!(brief, [("old", KeyPurpose::Id, retired), ("new", KeyPurpose::Access, None)]);
    assert_eq!(rows[0].sealed_private_key, "sealed old");
    let later = THEN.plus_seconds(101);
    let forgotten = write(&store, move |db| {
        Box::pin(async move { signing_keys::delete_retired_before(db, &pool_id("Pool1"), later).await })
    });
    assert_eq!(forgotten.await, 1);
    assert_eq!(signing_keys::of_pool(&mut db, &pool_id("Pool1")).await.unwrap().len(), 1);
}

#[actix_web::test]
async fn a_group_is_kept_once_and_has_members() {
    let (_fresh, store) = stocked().await;
    let jane = keep_user(&store, "jane").await;
    let group = Group {
        pool_id: pool_id("Pool1"),
        name: "team".to_owned(),
        description: Some("The team".to_owned()),
        precedence: Some(3),
        role_arn: None,
        created_at: THEN,
        modified_at: THEN,
    };
    let wanted = group.clone();
    let sub = jane.sub.clone();
    let (first, second) = write(&store, move |db| {
        Box::pin(async move {
            let inserted = (groups::insert(db, &group).await?, groups::insert(db, &group).await?);
            groups::add_member(db, &group.pool_id, &sub, "team").await?;
            groups::add_member(db, &group.pool_id, &sub, "team").await?;
            Ok(inserted)
        })
    })
    .await;
    assert!(first && !second);
    let mut db = store.read().await.unwrap();
    assert_eq!(groups::by_name(&mut db, &pool_id("Pool1"), "team").await.unwrap(), Some(wanted));
    assert_eq!(groups::by_name(&mut db, &pool_id("Pool1"), "other").await.unwrap(), None);
    let memberships = groups::of_user(&mut db, &pool_id("Pool1"), &jane.sub).await.unwrap();
    assert_eq!(memberships.len(), 1);
    assert_eq!((memberships[0].group.as_str(), memberships[0].precedence), ("team", Some(3)));
}

#[actix_web::test]
async fn a_resource_server_is_kept_once() {
    let (_fresh, store) = stocked().await;
    let server = |identifier: &str| ResourceServer {
        pool_id: pool_id("Pool1"),
        identifier: identifier.to_owned(),
        name: "API".to_owned(),
        scopes: vec![ResourceScope { name: "read".to_owned(), description: "Reads".to_owned() }],
    };
    let (one, two) = (server("b"), server("a"));
    let inserted = write(&store, move |db| {
        Box::pin(async move {
            resource_servers::insert(db, &two).await?;
            Ok((resource_servers::insert(db, &one).await?, resource_servers::insert(db, &one).await?))
        })
    })
    .await;
    assert_eq!(inserted, (true, false));
    let mut db = store.read().await.unwrap();
    let found = resource_servers::by_identifier(&mut db, &pool_id("Pool1"), "b").await.unwrap().unwrap();
    assert_eq!((found.name.as_str(), found.scopes[0].name.as_str()), ("API", "read"));
    assert!(resource_servers::by_identifier(&mut db, &pool_id("Pool1"), "c").await.unwrap().is_none());
    let all = resource_servers::of_pool(&mut db, &pool_id("Pool1")).await.unwrap();
    assert_eq!(all.iter().map(|server| server.identifier.as_str()).collect::<Vec<_>>(), ["a", "b"]);
}

#[actix_web::test]
async fn the_version_grows_and_facts_are_replaced() {
    let (_fresh, store) = stocked().await;
    let before = settings::version(&mut store.read().await.unwrap()).await.unwrap();
    write(&store, |db| {
        Box::pin(async move {
            settings::bump(db).await?;
            settings::set_fact(db, "key", "one").await?;
            settings::set_fact(db, "key", "two").await
        })
    })
    .await;
    let mut db = store.read().await.unwrap();
    assert_eq!(settings::version(&mut db).await.unwrap(), before + 1);
    assert_eq!(settings::fact(&mut db, "key").await.unwrap().as_deref(), Some("two"));
    assert_eq!(settings::fact(&mut db, "other").await.unwrap(), None);
}

#[actix_web::test]
async fn a_client_is_kept_up_to_a_number() {
    let (_fresh, store) = stocked().await;
    let kept = write(&store, |db| {
        Box::pin(async move {
            Ok([
                clients::insert_up_to(db, &client("client2"), (3, 3)).await?,
                clients::insert_up_to(db, &client("client3"), (3, 3)).await?,
                clients::insert_up_to(db, &client("client4"), (3, 3)).await?,
            ])
        })
    })
    .await;
    assert_eq!(kept, [true, true, false]);
    let mut db = store.read().await.unwrap();
    assert!(clients::by_id(&mut db, &client_id("client3")).await.unwrap().is_some());
    assert!(clients::by_id(&mut db, &client_id("client4")).await.unwrap().is_none());
}
