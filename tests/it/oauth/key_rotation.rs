//! The rotation of signing keys: published before use, gone after their last token, never a token that fails between.

use cenote::auth::key_rotation::{self, OVERLAP_SECONDS};
use cenote::domain::ids::PoolId;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde_json::{Value, json};

use crate::support::flows::{header, text};
use crate::support::{Setup, TestApp};

const JANE: &str = "jane@example.com";

async fn start() -> (TestApp, Setup, PoolId) {
    let app = TestApp::new().await;
    let setup = Setup::new(&app).await;
    setup.user(&app, JANE).await;
    let pool = PoolId::parse(&setup.pool).unwrap();
    (app, setup, pool)
}

async fn published(app: &TestApp, setup: &Setup) -> Vec<Value> {
    let set = app.get(&format!("/{}/.well-known/jwks.json", setup.pool)).await.json();
    set["keys"].as_array().unwrap().clone()
}

fn kids(keys: &[Value]) -> Vec<&str> {
    keys.iter().map(|key| text(key, "kid")).collect()
}

/// Verifies a token as a relying party does, with the key that the JWKS holds under the token's `kid`.
fn is_verified_by(keys: &[Value], token: &str) -> bool {
    let kid = header(token)["kid"].clone();
    let Some(key) = keys.iter().find(|key| key["kid"] == kid) else { return false };
    let key = DecodingKey::from_rsa_components(text(key, "n"), text(key, "e")).unwrap();
    let mut rules = Validation::new(Algorithm::RS256);
    (rules.validate_exp, rules.validate_aud) = (false, false);
    jsonwebtoken::decode::<Value>(token, &key, &rules).is_ok()
}

#[actix_web::test]
async fn new_keys_are_published_for_a_day_before_they_sign() {
    let (app, setup, pool) = start().await;
    let old = published(&app, &setup).await;
    key_rotation::rotate(&app.cx, &pool).await.unwrap();
    let both = published(&app, &setup).await;
    assert_eq!(both.len(), 4);
    assert!(kids(&old).iter().all(|kid| kids(&both).contains(kid)));
    app.advance(OVERLAP_SECONDS - 1);
    let before = setup.oauth_tokens(&app, JANE, &[]).await;
    app.advance(1);
    let after = setup.oauth_tokens(&app, JANE, &[]).await;
    for kind in ["id_token", "access_token"] {
        assert!(is_verified_by(&old, text(&before, kind)), "the old keys sign until the day is over");
        assert!(!is_verified_by(&old, text(&after, kind)), "then the new ones do");
        assert!(is_verified_by(&both, text(&after, kind)), "and everybody could know them");
    }
    for tokens in [&before, &after] {
        assert_eq!(app.get_bearer("/oauth2/userInfo", text(tokens, "access_token")).await.status, 200);
    }
}

#[actix_web::test]
async fn retired_keys_stay_until_their_last_token_has_expired() {
    let (app, setup, pool) = start().await;
    let longest = json!({ "AccessTokenValidity": 24, "IdTokenValidity": 24 });
    setup.change_client(&app, longest).await;
    let old = published(&app, &setup).await;
    key_rotation::rotate(&app.cx, &pool).await.unwrap();
    app.advance(OVERLAP_SECONDS - 1);
    let last = setup.oauth_tokens(&app, JANE, &[]).await;
    assert!(is_verified_by(&old, text(&last, "access_token")));
    app.advance(86_399);
    key_rotation::keep_fresh(&app.cx, &pool).await.unwrap();
    assert!(is_verified_by(&published(&app, &setup).await, text(&last, "id_token")));
    assert_eq!(app.get_bearer("/oauth2/userInfo", text(&last, "access_token")).await.status, 200);
    app.advance(3600);
    key_rotation::keep_fresh(&app.cx, &pool).await.unwrap();
    let left = published(&app, &setup).await;
    assert_eq!(left.len(), 2);
    assert!(kids(&old).iter().all(|kid| !kids(&left).contains(kid)));
    let fresh = setup.oauth_tokens(&app, JANE, &[]).await;
    assert!(is_verified_by(&left, text(&fresh, "id_token")));
}

#[actix_web::test]
async fn keys_are_rotated_once_they_reach_the_configured_age() {
    let app = TestApp::start(cenote::cx::Mode::Development, |config| config.signing_key_days = 30).await;
    let setup = Setup::new(&app).await;
    let pool = PoolId::parse(&setup.pool).unwrap();
    app.advance(30 * 86_400 - 1);
    key_rotation::keep_fresh(&app.cx, &pool).await.unwrap();
    assert_eq!(published(&app, &setup).await.len(), 2);
    app.advance(1);
    key_rotation::keep_fresh(&app.cx, &pool).await.unwrap();
    key_rotation::keep_fresh(&app.cx, &pool).await.unwrap();
    assert_eq!(published(&app, &setup).await.len(), 4, "once, not at every look");
}
