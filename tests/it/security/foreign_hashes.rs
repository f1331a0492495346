//! Users whose password hashes another system made: they sign in, their hashes become ours, and hostile hashes are
//! worth nothing.

use cenote::domain::ids::{PoolId, Sub};
use cenote::domain::user::{Credential, User};
use cenote::store;
use serde_json::json;

use crate::support::{Setup, TestApp};

const PASSWORD: &str = "Corr3ct-Horse";
const BCRYPT: &str = "$2b$05$abcdefghijklmnopqrstuuLxp9fy2Mx7tQMvry8.3E06eb/zyVcli";
const PBKDF2: &str = "$pbkdf2-sha256$i=1000$c2FsdHNhbHRzYWx0c2FsdA$EHcKgxA50brMSSP9XAxQ/pSKf9yLm2vZbNfqZ9KJ/Wo";
const SCRYPT: &str = "$scrypt$ln=10,r=8,p=1$c2FsdHNhbHRzYWx0c2FsdA$46gGPMyoPFkN3u7pK8Gv4VJ6eTJ+wckB2ZN1U5thEl4";

async fn user(app: &TestApp, setup: &Setup, sub: &str) -> User {
    let pool = PoolId::parse(&setup.pool).unwrap();
    let mut db = app.cx.store.read().await.unwrap();
    store::users::by_sub(&mut db, &pool, &Sub(sub.to_owned())).await.unwrap().unwrap()
}

/// A user whose hash is `hash`.
async fn brought_along(app: &TestApp, setup: &Setup, (email, hash): (&str, &str)) -> String {
    let sub = setup.user(app, email).await;
    let before = user(app, setup, &sub).await;
    let old = before.credential.clone().unwrap().password_hash;
    let foreign = Credential { password_hash: hash.to_owned(), sealed_srp_verifier: None, expires_at: None };
    let replaced = app
        .cx
        .store
        .write(move |db| Box::pin(async move { store::users::replace_hash(db, &before, &foreign, &old).await }));
    assert!(replaced.await.unwrap());
    sub
}

#[actix_web::test]
async fn a_hash_of_another_system_lets_its_user_in_and_becomes_ours() {
    let app = TestApp::new().await;
    let setup = Setup::new(&app).await;
    for (email, hash) in [("b@example.com", BCRYPT), ("p@example.com", PBKDF2), ("s@example.com", SCRYPT)] {
        let sub = brought_along(&app, &setup, (email, hash)).await;
        let wrong = setup.api_sign_in(&app, email, "Corr3ct-Hors").await;
        assert_eq!(wrong.fault(), "NotAuthorizedException");
        assert_eq!(
            user(&app, &setup, &sub).await.credential.unwrap().password_hash,
            hash,
            "a wrong guess changes nothing"
        );
        assert_eq!(setup.api_sign_in(&app, email, PASSWORD).await.status, 200, "{email}");
        let credential = user(&app, &setup, &sub).await.credential.unwrap();
        assert!(credential.password_hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert!(credential.sealed_srp_verifier.is_some());
        assert_eq!(setup.api_sign_in(&app, email, PASSWORD).await.status, 200, "{email}");
        assert_eq!(user(&app, &setup, &sub).await.credential.unwrap().password_hash, credential.password_hash);
    }
}

#[actix_web::test]
async fn a_hash_of_another_system_can_be_replaced_by_its_user() {
    let app = TestApp::new().await;
    let setup = Setup::new(&app).await;
    brought_along(&app, &setup, ("b@example.com", BCRYPT)).await;
    let tokens = app.ok("InitiateAuth", setup.attempt("b@example.com", PASSWORD)).await;
    let change = json!({
        "AccessToken": tokens["AuthenticationResult"]["AccessToken"],
        "PreviousPassword": PASSWORD, "ProposedPassword": "Another-Horse-2",
    });
    app.ok("ChangePassword", change).await;
    assert_eq!(setup.api_sign_in(&app, "b@example.com", PASSWORD).await.fault(), "NotAuthorizedException");
    assert_eq!(setup.api_sign_in(&app, "b@example.com", "Another-Horse-2").await.status, 200);
}

#[actix_web::test]
async fn a_hostile_hash_is_refused_at_once() {
    let app = TestApp::new().await;
    let setup = Setup::new(&app).await;
    let began = std::time::Instant::now();
    for (place, hash) in [
        "$2b$31$abcdefghijklmnopqrstuuLxp9fy2Mx7tQMvry8.3E06eb/zyVcli",
        "$scrypt$ln=40,r=4096,p=4096$c2FsdA$46gGPMyoPFkN3u7pK8Gv4VJ6eTJ+wckB2ZN1U5thEl4",
        "$pbkdf2-sha256$i=4294967295$c2FsdA$EHcKgxA50brMSSP9XAxQ/pSKf9yLm2vZbNfqZ9KJ/Wo",
        "$argon2id$v=19$m=262144,t=16,p=1$c29tZXNhbHRzb21lc2FsdA$1CPz4PuyeKkknCNTU5v52qlMt5LtwQsgM5BbeG7cH60",
        "$pbkdf2-sha256$i=1$$",
    ]
    .into_iter()
    .enumerate()
    {
        let email = format!("h{place}@example.com");
        brought_along(&app, &setup, (&email, hash)).await;
        assert_eq!(setup.api_sign_in(&app, &email, PASSWORD).await.fault(), "NotAuthorizedException", "{hash}");
    }
    assert!(began.elapsed() < std::time::Duration::from_secs(20), "{:?}", began.elapsed());
}
