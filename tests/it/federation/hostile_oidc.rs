//! Hostile answers of an OpenID provider, each in a whole sign-in: the app is told, the log says why, nobody is made,
//! nothing takes long, and no address that an answer names is asked.

use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::time::Duration;

use serde_json::{Value, json};

use super::acme::{DAY, Twist, World};
use crate::support::upstream::{Reply, TokenKey};
use crate::support::{callback, log};

const LONGEST: Duration = Duration::from_secs(1);

/// What the app is told: `error`, and the beginning of `error_description`.
type Told = (&'static str, &'static str);

fn claims_and_headers(now: i64, trap: &str) -> Vec<(Twist, Told)> {
    let told = |description: &'static str| ("invalid_request", description);
    let claim = |change: Value, description: &'static str| (Twist::Claims(change), told(description));
    let head = |change: Value, description: &'static str| (Twist::Header(change), told(description));
    vec![
        claim(json!({ "iss": "https://evil.example" }), "bad id_token issuer https://evil.example"),
        claim(json!({ "iss": null }), "bad id_token issuer"),
        claim(json!({ "iss": ["a"] }), "bad id_token issuer"),
        claim(json!({ "aud": "another" }), "Bad id_token audience"),
        claim(json!({ "aud": null }), "Bad id_token audience"),
        claim(json!({ "aud": [] }), "Bad id_token audience"),
        claim(json!({ "aud": ["client", "another"] }), "Bad id_token authorized party"),
        claim(json!({ "azp": "another" }), "Bad id_token authorized party"),
        claim(json!({ "exp": now - 3_600 }), "Bad id_token: expired"),
        claim(json!({ "exp": null }), "Bad id_token: a time is missing"),
        claim(json!({ "iat": null }), "Bad id_token: a time is missing"),
        claim(json!({ "iat": now + 90 * DAY * 2 }), "Bad id_token: issued in the future"),
        claim(json!({ "nonce": "of another sign-in" }), "Bad id_token nonce"),
        claim(json!({ "nonce": null }), "Bad id_token nonce"),
        claim(json!({ "sub": null }), "Bad id_token subject"),
        claim(json!({ "sub": "" }), "Bad id_token subject"),
        claim(json!({ "sub": 1 }), "Bad id_token subject"),
        claim(json!({ "sub": "a\r\nb" }), "Bad id_token subject"),
        claim(json!({ "sub": "2" }), "Acme Error - the attributes are somebody else's"),
        head(json!({ "alg": "none" }), "Bad id_token algorithm"),
        head(json!({ "alg": "HS256" }), "Bad id_token algorithm"),
        head(json!({ "alg": "ES256" }), "Bad id_token: the key is not for this algorithm"),
        head(json!({ "alg": "RS512" }), "Bad id_token signature"),
        head(json!({ "kid": null }), "Bad id_token: no kid"),
        head(json!({ "kid": "another" }), "Bad id_token: unknown kid"),
        head(json!({ "kid": "../../etc/passwd" }), "Bad id_token: unknown kid"),
        head(json!({ "jwk": TokenKey::new().jwk() }), "Bad id_token: it brings its own key"),
        head(json!({ "jku": trap }), "Bad id_token: it brings its own key"),
        head(json!({ "x5u": trap }), "Bad id_token: it brings its own key"),
        head(json!({ "crit": ["exp"] }), "Bad id_token: unknown critical header"),
    ]
}

fn tokens() -> Vec<(Twist, Told)> {
    let token = |make: fn(&World, &str) -> String, description: &'static str| {
        (Twist::Token(make), ("invalid_request", description))
    };
    vec![
        token(|_, _| String::new(), "Bad id_token: not a signed token"),
        token(|_, _| "a.b.c".to_owned(), "Bad id_token: not a signed token"),
        token(|_, good| format!("{good}.x"), "Bad id_token: not a signed token"),
        token(|_, good| format!("{}.", good.rsplit_once('.').unwrap().0), "Bad id_token signature"),
        token(|_, good| good.replacen(".ey", ".eyI", 1), "Bad id_token signature"),
        token(
            |world, good| {
                let claims = crate::support::flows::claims(good);
                let stranger = TokenKey::new().sign(&json!({ "alg": "RS256", "kid": "k" }), &claims);
                assert_ne!(stranger, world.upstream.url);
                stranger
            },
            "Bad id_token signature",
        ),
    ]
}

fn answers(trap: &str) -> Vec<(Twist, Told)> {
    let told = |description: &'static str| ("invalid_request", description);
    let html = |status| Reply::Text(status, "text/html", "<!doctype html><title>Sign in</title>".to_owned());
    let at =
        |path: &'static str, reply: Reply, description: &'static str| (Twist::Answer(path, reply), told(description));
    let away = || Reply::Redirect(trap.to_owned());
    let keys = "Acme Error - no usable keys at the jwks uri";
    vec![
        at("/token", html(200), "Acme Error - 200 error getting token"),
        at("/token", html(500), "Acme Error - 500 error getting token"),
        at("/token", away(), "Acme Error - 302 error getting token"),
        at("/token", Reply::Gigabyte, "Connection reset"),
        at("/token", Reply::json(&json!({ "error": "invalid_grant" })), "Acme Error - 200 error getting token"),
        at("/token", Reply::json(&json!({ "access_token": "a", "token_type": "Bearer" })), "Acme Error - no id_token"),
        at("/userinfo", Reply::json(&json!({ "sub": "2" })), "Acme Error - the attributes are somebody else's"),
        at("/userinfo", Reply::json(&json!({})), "Acme Error - the attributes are somebody else's"),
        at("/userinfo", html(200), "Acme Error - 200 error getting attributes"),
        at("/userinfo", html(500), "Acme Error - 500 error getting attributes"),
        at("/userinfo", away(), "Acme Error - 302 error getting attributes"),
        at("/userinfo", Reply::Gigabyte, "Connection reset"),
        at("/userinfo", Reply::json(&json!(["1"])), "Acme Error - 200 error getting attributes"),
        at("/jwks", html(200), keys),
        at("/jwks", html(500), keys),
        at("/jwks", away(), keys),
        at("/jwks", Reply::Gigabyte, keys),
        at("/jwks", Reply::json(&json!({ "keys": [] })), keys),
        (Twist::Returned(&[("error", "access_denied")]), ("access_denied", "User denied")),
        (Twist::Returned(&[("error", "server_error")]), told("Acme Error - server_error")),
        (Twist::Returned(&[]), told("Acme Error - no authorization code")),
        (
            Twist::Returned(&[("code", "code"), ("iss", "https://evil.example")]),
            told("Acme Error - the answer is another issuer's"),
        ),
    ]
}

#[actix_web::test]
async fn hostile_answers_are_refused_each_for_its_own_reason() {
    let world = World::new().await;
    let now = world.app.cx.outside.clock.now().seconds();
    let cases = [claims_and_headers(now, &world.trap()), tokens(), answers(&world.trap())];
    let cases: Vec<(Twist, Told)> = cases.into_iter().flatten().collect();
    assert!(cases.len() >= 40, "only {} answers", cases.len());
    let mut reasons = BTreeSet::new();
    for (number, (twist, (error, description))) in cases.iter().enumerate() {
        let (page, took) = world.sign_in(twist).await;
        assert!(page.url.starts_with(callback()), "{number}: {} {}", page.url, page.text());
        let told = (page.query("error"), page.query("error_description").unwrap_or_default(), page.query("state"));
        assert_eq!((told.0.as_deref(), told.2.as_deref()), (Some(*error), Some("st-1")), "{number} {description}");
        assert!(told.1.starts_with(description), "{number}: {} is not {description}", told.1);
        assert!(took < LONGEST, "{number} {description} took {took:?}");
        reasons.insert(told.1);
    }
    assert!(reasons.len() >= 25, "{reasons:?}");
    assert_eq!(world.trap.accept().unwrap_err().kind(), ErrorKind::WouldBlock, "an address in an answer was asked");
    let pool = world.app.ok("DescribeUserPool", json!({ "UserPoolId": world.setup.pool })).await;
    assert_eq!(pool["UserPool"]["EstimatedNumberOfUsers"], 0);
    let lines = log::recorded();
    let lines = lines.lines().filter(|line| line.contains("a sign-in at a provider failed"));
    let lines: Vec<&str> = lines.filter(|line| line.contains(&world.setup.client)).collect();
    assert_eq!(lines.len(), cases.len(), "the log says each");
    let (page, _) = world.sign_in(&Twist::Claims(json!({}))).await;
    assert!(page.query("code").is_some(), "a good answer is believed: {}", page.url);
}
