//! Owns the road to a simulated provider and back as far as our callback, whose address is not opened yet: tests then
//! open it as often, as late and in as many browsers as they like.

use serde_json::json;

use super::stage::{World, world};
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
        let World { app, setup, origin, .. } = world().await;
        Self { app, setup, providers: origin }
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
