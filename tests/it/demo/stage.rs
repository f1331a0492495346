//! Owns a pool and two instances of the demo site in one process, on one clock. The instances share the cookie key
//! and the public address, nothing else, as behind a load balancer.

use cenote::config::DemoConfig;
use cenote::demo::{DemoSite, Outside};
use cenote::http::Http;
use cenote::random::Random;
use serde_json::{Value, json};

use crate::support::program::free_port;
use crate::support::setup::PASSWORD;
use crate::support::{Browser, Page, Setup, TestApp};

/// The person who signs in.
pub const JANE: &str = "jane@example.com";
/// A person with much to tell.
pub const LARGE: &str = "large@example.com";

/// A pool, two instances of the site, and a browser.
pub struct Stage {
    /// The pool's server.
    pub app: TestApp,
    /// The pool, and the site's client in it.
    pub setup: Setup,
    /// The addresses of the instances; the first one is the public address of both.
    pub sites: [String; 2],
    /// Jane's browser.
    pub browser: Browser,
}

impl Stage {
    /// Everything in place; the site's client has `client` as further settings.
    pub async fn set(client: Value) -> Self {
        Self::at(TestApp::new().await, client).await
    }

    /// As [`Stage::set`], at a pool that was started before.
    pub async fn at(app: TestApp, mut client: Value) -> Self {
        let ports = [free_port(), free_port()];
        let sites = ports.map(|port| format!("http://127.0.0.1:{port}"));
        client["GenerateSecret"] = true.into();
        client["CallbackURLs"] = json!([format!("{}/callback", sites[0])]);
        client["LogoutURLs"] = json!([format!("{}/signed-out", sites[0])]);
        let setup = Setup::with(&app, json!({}), client).await;
        setup.user(&app, JANE).await;
        for site in &sites {
            start(&app, &setup, (site, &sites[0]));
        }
        let browser = Browser::at(&sites[0], &app);
        Self { app, setup, sites, browser }
    }

    /// As [`Stage::set`], with Jane signed in.
    pub async fn signed_in(client: Value) -> Self {
        let mut stage = Self::set(client).await;
        stage.sign_in().await;
        stage
    }

    /// As [`Stage::signed_in`], for somebody whose tokens need more than one cookie.
    pub async fn signed_in_with_large_tokens() -> Self {
        let mut stage = Self::set(json!({})).await;
        let attributes = json!([
            { "Name": "email", "Value": LARGE }, { "Name": "email_verified", "Value": "true" },
            { "Name": "profile", "Value": format!("https://example.com/{}", "x".repeat(1_500)) },
        ]);
        let user = json!({
            "UserPoolId": stage.setup.pool, "Username": LARGE, "MessageAction": "SUPPRESS", "UserAttributes": attributes,
        });
        stage.app.ok("AdminCreateUser", user).await;
        let password =
            json!({ "UserPoolId": stage.setup.pool, "Username": LARGE, "Password": PASSWORD, "Permanent": true });
        stage.app.ok("AdminSetUserPassword", password).await;
        stage.sign_in_as(LARGE).await;
        stage
    }

    /// Signs Jane in from the site's home page.
    pub async fn sign_in(&mut self) {
        self.sign_in_as(JANE).await;
    }

    /// Signs a person in from the site's home page.
    pub async fn sign_in_as(&mut self, email: &str) {
        let page = self.browser.open("/login").await;
        let form = [("username", email), ("password", PASSWORD)];
        let page = self.browser.submit(&page, "signInSubmitButton", &form).await;
        assert_eq!(page.url, format!("{}/", self.sites[0]), "{}", page.text());
        assert!(page.says(&format!("Hello, {email}")), "{}", page.text());
    }

    /// Signs Jane out with the button of the home page.
    pub async fn sign_out(&mut self) -> Page {
        let page = self.browser.open("/").await;
        // The first form of the page is the one that signs out.
        let page = self.browser.submit(&page, "_csrf", &[]).await;
        assert!(page.says("You are signed out"), "{}: {}", page.url, page.text());
        page
    }

    /// What instance `number` says of the browser's session: the status of `/me`.
    pub async fn me(&self, browser: &mut Browser, number: usize) -> u16 {
        browser.open(&format!("{}/me", self.sites[number])).await.answer.status
    }
}

/// Tokens that are always about to expire: their whole life is the last five minutes.
pub fn short_tokens() -> Value {
    json!({
        "AccessTokenValidity": 5, "IdTokenValidity": 5,
        "TokenValidityUnits": { "AccessToken": "minutes", "IdToken": "minutes" },
    })
}

/// The settings of `client` with refresh token rotation and a minute of grace.
pub fn with_rotation(mut client: Value) -> Value {
    client["RefreshTokenRotation"] = json!({ "Feature": "ENABLED", "RetryGracePeriodSeconds": 60 });
    client["ExplicitAuthFlows"] = json!(["ALLOW_USER_PASSWORD_AUTH"]);
    client
}

/// Whether the browser has any of the session's cookies.
pub fn has_session(browser: &Browser) -> bool {
    browser.cookies.keys().any(|name| name.starts_with("cenote-demo-session-"))
}

fn start(app: &TestApp, setup: &Setup, (address, public): (&str, &str)) {
    let config = DemoConfig {
        listen: address.strip_prefix("http://").unwrap().to_owned(),
        public_url: public.parse().unwrap(),
        issuer: format!("{}/{}", app.cx.config.issuer_base(), setup.pool),
        hosted_domain: None,
        client_id: setup.client.clone(),
        client_secret: Some(setup.secret.clone().into()),
        scopes: ["openid", "email", "profile"].map(str::to_owned).to_vec(),
        providers: Vec::new(),
        account_page: None,
        cookie_key: "a key that both instances of the site share".to_owned().into(),
        previous_cookie_key: None,
        identity: None,
        hints: Vec::new(),
    };
    let outside = Outside { clock: app.cx.outside.clock.clone(), random: Random::Real, http: Http::new().unwrap() };
    let site = DemoSite::bind(config, outside).unwrap();
    actix_web::rt::spawn(site.server);
}
