//! Owns a fresh database, opened as often as a test needs instances, and rows to put into it.

use std::collections::BTreeMap;
use std::path::PathBuf;

use cenote::clock::Timestamp;
use cenote::domain::client::ClientSettings;
use cenote::domain::ids::{ClientId, PoolId, Sub};
use cenote::domain::pool::{Pool, PoolSettings};
use cenote::domain::token_family::{FamilyDetails, Issued, TokenFamily};
use cenote::domain::user::{Credential, User, UserStatus};
use cenote::error::Error;
use cenote::store::clients::ClientRow;
use cenote::store::{self, Database, Db, Store};
use futures_util::future::BoxFuture;
use secrecy::{ExposeSecret, SecretString};

use crate::support::app;

/// When rows are made.
pub const THEN: Timestamp = Timestamp::from_seconds(1_700_000_000);

/// A fresh database.
pub struct Fresh {
    postgres: Option<SecretString>,
    file: PathBuf,
}

impl Fresh {
    /// A database without tables.
    pub async fn new() -> Self {
        let file = std::env::temp_dir().join(format!("cenote-test-{}.sqlite", app::unique()));
        Self { postgres: app::database().await, file }
    }

    /// An instance's view of it.
    pub async fn open(&self) -> Store {
        let address = self.postgres.as_ref().map(ExposeSecret::expose_secret);
        Store::open(address.map_or(Database::Sqlite(&self.file), Database::Postgres)).await.unwrap()
    }

    /// Whether it is SQLite, whose single writer has rules of its own.
    pub const fn is_sqlite(&self) -> bool {
        self.postgres.is_none()
    }
}

impl Drop for Fresh {
    fn drop(&mut self) {
        for ending in ["", "-wal", "-shm"] {
            drop(std::fs::remove_file(format!("{}{ending}", self.file.display())));
        }
    }
}

/// A store with a pool and a client in it.
pub async fn stocked() -> (Fresh, Store) {
    let fresh = Fresh::new().await;
    let store = fresh.open().await;
    write(&store, |db| {
        Box::pin(async move {
            store::pools::insert(db, &pool("Pool1")).await?;
            store::clients::insert(db, &client("client1")).await
        })
    })
    .await;
    (fresh, store)
}

/// A write that must succeed.
pub async fn write<T, F>(store: &Store, work: F) -> T
where
    T: Send + 'static,
    F: for<'c> FnOnce(&'c mut Db) -> BoxFuture<'c, Result<T, Error>> + Send + 'static,
{
    store.write(work).await.unwrap()
}

pub fn pool_id(name: &str) -> PoolId {
    PoolId::parse(&format!("us-east-1_{name}")).unwrap()
}

pub fn client_id(name: &str) -> ClientId {
    ClientId::parse(name).unwrap()
}

pub fn pool(name: &str) -> Pool {
    Pool {
        id: pool_id(name),
        name: name.to_owned(),
        created_at: THEN,
        modified_at: THEN,
        settings: PoolSettings::default(),
    }
}

/// A client of the pool `Pool1`.
pub fn client(name: &str) -> ClientRow {
    ClientRow {
        id: client_id(name),
        pool_id: pool_id("Pool1"),
        name: name.to_owned(),
        sealed_secrets: "sealed".to_owned(),
        created_at: THEN,
        modified_at: THEN,
        settings: ClientSettings::default(),
    }
}

/// A user of the pool `Pool1`.
pub fn user(sub: &str) -> User {
    User {
        pool_id: pool_id("Pool1"),
        sub: Sub(sub.to_owned()),
        username: format!("name of {sub}"),
        status: UserStatus::Confirmed,
        is_enabled: true,
        attributes: BTreeMap::from([("email".to_owned(), format!("{sub}@example.com"))]),
        credential: Some(credential("first")),
        created_at: THEN,
        modified_at: THEN,
        signed_out_at: Timestamp(0),
    }
}

pub fn credential(word: &str) -> Credential {
    Credential {
        password_hash: format!("hash {word}"),
        sealed_srp_verifier: Some(format!("srp {word}")),
        expires_at: None,
    }
}

/// A family of the user `sub`, through the client `client1`.
pub fn family(id: &str, sub: &str) -> TokenFamily {
    TokenFamily {
        id: id.to_owned(),
        pool_id: pool_id("Pool1"),
        client_id: client_id("client1"),
        sub: Sub(sub.to_owned()),
        auth_time: THEN,
        expires_at: THEN.plus_seconds(3600),
        details: FamilyDetails {
            issued: Issued::OAuth,
            scopes: vec!["openid".to_owned()],
            event_id: "event".to_owned(),
            nonce: Some("nonce".to_owned()),
            resource: None,
            device: None,
            acr: None,
        },
    }
}

/// Keeps a user under its sub as the name.
pub async fn keep_user(store: &Store, sub: &str) -> User {
    let row = user(sub);
    let kept = row.clone();
    assert!(
        write(store, move |db| Box::pin(async move { store::users::insert(db, &row, row.sub.as_str()).await })).await
    );
    kept
}
