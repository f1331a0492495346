//! Owns a pool with one OpenID provider whose every answer a test sets, and whole sign-ins through it.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::upstream::{Reply, TokenKey, Upstream};
use crate::support::{Browser, Page, Setup, TestApp, log, setup};

/// Longer than anything that the provider publishes is kept.
pub const DAY: i64 = 86_400;

/// A pool with one provider of ours, and an address that nobody must ask.
pub struct World {
    pub app: TestApp,
    pub setup: Setup,
    pub upstream: Upstream,
    pub key: TokenKey,
    pub trap: TcpListener,
}

/// What one hostile provider does otherwise than a good one.
pub enum Twist {
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

impl World {
    pub async fn new() -> Self {
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

    /// The address that nobody must ask.
    pub fn trap(&self) -> String {
        format!("http://{}/", self.trap.local_addr().unwrap())
    }

    /// Makes the provider a good one.
    pub fn be_good(&self) {
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

    /// Leaves for the provider: the browser, and where it ends.
    pub async fn leave(&self) -> (Browser, Page) {
        self.leave_with(&[]).await
    }

    /// As [`World::leave`], with further parameters of the authorization request.
    pub async fn leave_with(&self, extra: &[(&str, &str)]) -> (Browser, Page) {
        let mut browser = Browser::new(&self.app);
        let query = self.setup.query(&[&[("identity_provider", "Acme")], extra].concat());
        let left = browser.open(&format!("/oauth2/authorize?{query}")).await;
        (browser, left)
    }

    /// One sign-in at a provider that was good so far, with the twist; where the browser ends, and how long the
    /// callback took.
    pub async fn sign_in(&self, twist: &Twist) -> (Page, Duration) {
        self.app.advance(DAY);
        self.be_good();
        let (mut browser, left) = self.leave().await;
        self.come_back(&mut browser, &left, twist).await
    }

    /// The way back of a browser that has [left](Self::leave), with the twist.
    pub async fn come_back(&self, browser: &mut Browser, left: &Page, twist: &Twist) -> (Page, Duration) {
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
