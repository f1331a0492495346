//! Owns the road to a simulated provider and back as far as our callback, whose address is not opened yet: tests then
//! open it as often, as late and in as many browsers as they like.

use cenote::simulated::{self, Simulated, provider_settings};
use serde_json::json;

use crate::support::{Browser, Page, Setup, TestApp};

/// A pool with the six simulated providers, and a client that may use them all.
pub struct Place {
    /// The pool's server.
    pub app: TestApp,
    /// The pool and the client.
    pub setup: Setup,
    /// Where the simulated providers are.
    pub providers: String,
}

/// A browser that a provider has sent back.
pub struct Returning {
    /// The browser, with the journey's cookie.
    pub browser: Browser,
    /// What it would open next, or the page whose form it would send.
    pub page: Page,
}

impl Place {
    /// Everything in place.
    pub async fn new() -> Self {
        let app = TestApp::new().await;
        let outside = simulated::Outside { clock: app.cx.outside.clock.clone(), random: app.cx.outside.random.clone() };
        let bound = Simulated::bind("127.0.0.1:0", "http://127.0.0.1:0".parse().unwrap(), outside).unwrap();
        let providers = bound.public_url.as_str().trim_end_matches('/').to_owned();
        let settings = provider_settings(&bound.public_url);
        actix_web::rt::spawn(bound.server);
        let mut setup = Setup::new(&app).await;
        let mut names = vec!["COGNITO".to_owned()];
        for one in settings {
            let request = json!({
                "UserPoolId": setup.pool, "ProviderName": one.name, "ProviderType": one.provider_type,
                "ProviderDetails": one.details, "AttributeMapping": one.attribute_mapping,
            });
            app.ok("CreateIdentityProvider", request).await;
            names.push(one.name);
        }
        (setup.client, setup.secret) = setup.another_client(&app, json!({ "SupportedIdentityProviders": names })).await;
        Self { app, setup, providers }
    }

    /// Somebody who picked `values` at `provider` and comes back.
    pub async fn returning(&self, provider: &str, values: &[(&str, &str)]) -> Returning {
        let mut browser = Browser::over(&[&self.app.base, &self.providers]);
        let query = self.setup.query(&[("identity_provider", provider)]);
        let picker = browser.open(&format!("/oauth2/authorize?{query}")).await;
        let mut there = Browser::over(&[&self.providers]);
        there.cookies = browser.cookies.clone();
        let page = there.submit(&picker, "email", values).await;
        browser = Browser::new(&self.app);
        browser.cookies = there.cookies;
        Returning { browser, page }
    }

    /// How many users the pool has.
    pub async fn users(&self) -> i64 {
        let pool = self.app.ok("DescribeUserPool", json!({ "UserPoolId": self.setup.pool })).await;
        pool["UserPool"]["EstimatedNumberOfUsers"].as_i64().unwrap()
    }
}
