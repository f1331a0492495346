//! Hostile answers of an OpenID provider, each in a whole sign-in: the app is told, the log says why, nobody is made,
//! nothing takes long, and no address that an answer names is asked.

use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::net::TcpListener;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::upstream::{Reply, TokenKey, Upstream};
use crate::support::{Browser, Page, Setup, TestApp, callback, log, setup};

const LONGEST: Duration = Duration::from_secs(1);
/// Longer than key sets are kept.
const DAY: i64 = 86_400;

/// A pool with one provider of ours, and an address that nobody must ask.
struct World {
    app: TestApp,
    setup: Setup,
    upstream: Upstream,
    key: TokenKey,
    trap: TcpListener,
}

/// What one hostile provider does otherwise than a good one.
enum Twist {
    /// Claims put over the good ones; null takes one away.
    Claims(Value),
    /// Members put over the good header.
    Header(Value),
    /// Another ID token altogether, made of the good one.
    Token(fn(&World, &str) -> String),
    /// Another answer at a path.
    Answer(&'static str, Reply),
    /// Parameters that the browser brings instead of a code.
    Returned(&'static [(&'static str, &'static str)]),
}

/// What the app is told: `error`, and the beginning of `error_description`.
type Told = (&'static str, &'static str);

impl World {
    async fn new() -> Self {
        log::record();
        let (app, upstream) = (TestApp::new().await, Upstream::start());
        let mut setup = Setup::new(&app).await;
        let details = json!({
            "client_id": "client", "client_secret": "secret", "authorize_scopes": "openid email",
            "oidc_issuer": upstream.url, "attributes_request_method": "GET",
        });
        let request = json!({
            "UserPoolId": setup.pool, "ProviderName": "Acme", "ProviderType": "OIDC", "ProviderDetails": details,
            "AttributeMapping": { "email": "email" },
        });
        app.ok("CreateIdentityProvider", request).await;
        let names = json!({ "SupportedIdentityProviders": ["Acme"] });
        (setup.client, setup.secret) = setup.another_client(&app, names).await;
        let trap = TcpListener::bind("127.0.0.1:0").unwrap();
        trap.set_nonblocking(true).unwrap();
        Self { app, setup, upstream, key: TokenKey::new(), trap }
    }

    fn trap(&self) -> String {
        format!("http://{}/", self.trap.local_addr().unwrap())
    }

    /// Makes the provider a good one.
    fn be_good(&self) {
        let at = |path: &str| format!("{}{path}", self.upstream.url);
        let metadata = json!({
            "issuer": self.upstream.url, "authorization_endpoint": at("/authorize"), "token_endpoint": at("/token"),
            "userinfo_endpoint": at("/userinfo"), "jwks_uri": at("/jwks"),
        });
        self.upstream.serve("/.well-known/openid-configuration", Reply::json(&metadata));
        self.upstream.serve("/jwks", Reply::json(&json!({ "keys": [self.key.jwk()] })));
        self.upstream.serve("/userinfo", Reply::json(&json!({ "sub": "1", "email": "a@example.com" })));
    }

    fn serve_token(&self, id_token: &str) {
        let answer = json!({ "access_token": "access", "token_type": "Bearer", "id_token": id_token });
        self.upstream.serve("/token", Reply::json(&answer));
    }

    /// One sign-in, with the twist; where the browser ends, and how long the callback took.
    async fn sign_in(&self, twist: &Twist) -> (Page, Duration) {
        self.app.advance(DAY);
        self.be_good();
        let mut browser = Browser::new(&self.app);
        let query = self.setup.query(&[("identity_provider", "Acme")]);
        let left = browser.open(&format!("/oauth2/authorize?{query}")).await;
        let given = |name: &str| left.query(name).unwrap_or_else(|| panic!("no {name} at {}", left.url));
        let now = self.app.cx.outside.clock.now().seconds();
        let mut claims = json!({
            "iss": self.upstream.url, "aud": "client", "sub": "1", "nonce": given("nonce"), "iat": now, "exp": now + 600,
        });
        let mut header = json!({ "alg": "RS256", "kid": "k" });
        let good = self.key.sign(&header, &claims);
        match twist {
            Twist::Claims(change) => setup::merge(&mut claims, change.clone()),
            Twist::Header(change) => setup::merge(&mut header, change.clone()),
            _ => {}
        }
        self.serve_token(&match twist {
            Twist::Token(make) => make(self, &good),
            _ => self.key.sign(&header, &claims),
        });
        if let Twist::Answer(path, reply) = twist {
            self.upstream.serve(path, reply.clone());
        }
        let mut back = url::form_urlencoded::Serializer::new(String::new());
        back.append_pair("state", &given("state"));
        match twist {
            Twist::Returned(parameters) => back.extend_pairs(*parameters),
            _ => back.append_pair("code", "code"),
        };
        let began = Instant::now();
        let page = browser.open(&format!("/oauth2/idpresponse?{}", back.finish())).await;
        (page, began.elapsed())
    }
}

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
