//! Tokens at work on the session page, and how the pages around a provider's sign-in look at a desk and, in the dark, on
//! a phone.

use std::path::PathBuf;

use serde_json::json;

use super::stage::{DEMO, Stage};

/// Names a folder to write a picture of each page into.
const PICTURES: &str = "PAGE_PICTURES";
const ROLE: &str = "arn:aws:sts::123456789012:assumed-role/DemoAuthenticated/CognitoIdentityCredentials";
/// Nothing moves while somebody clicks.
const STILL: (&str, &str) = ("prefers-reduced-motion", "reduce");
/// The picker's button of a sample person.
const ADA: &str = "button.person[value='ada@example.com']";

impl Stage {
    async fn try_out(&self, button: &str, words: &str) {
        self.browser.click(&format!("button[name='{button}']")).await;
        self.browser.find("#outcome").await;
        self.browser.sees(words).await;
        assert!(!self.browser.text().await.contains("It did not work"), "{}", self.browser.text().await);
        let is_seen = "const { top } = document.querySelector('#outcome').getBoundingClientRect(); return top >= 0 && top < innerHeight";
        for _ in 0..100 {
            if self.browser.evaluate(is_seen).await == true {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        panic!("the outcome has to be looked for");
    }

    /// The page fits `width`, and has its picture taken where one is wanted.
    async fn shows(&self, name: &str, width: u32) {
        self.browser.find("main").await;
        let widths = self.browser.evaluate("return [document.documentElement.scrollWidth, innerWidth]").await;
        assert_eq!(widths, json!([width, width]), "{name} stands out at {}", self.browser.url().await);
        let Some((_, folder)) = std::env::vars_os().find(|(name, _)| name == PICTURES) else { return };
        let height = self.browser.evaluate("return document.documentElement.scrollHeight").await.as_u64().unwrap();
        self.browser.size(width, u32::try_from(height).unwrap().min(4_000)).await;
        std::fs::write(PathBuf::from(folder).join(format!("{name}-{width}.png")), self.browser.picture().await)
            .unwrap();
        self.browser.size(width, 900).await;
    }

    async fn identify(&self, provider: &str, domain: Option<&str>) {
        let domains: Vec<&str> = domain.into_iter().collect();
        let update = json!({
            "UserPoolId": self.program.pool_id().await, "ProviderName": provider, "IdpIdentifiers": domains,
        });
        self.program.ok("UpdateIdentityProvider", update).await;
    }
}

#[actix_web::test]
async fn the_session_page_calls_the_api_and_gets_credentials() {
    let Some(stage) = Stage::set().await else { return };
    stage.browser.prefer(&[STILL]).await;
    stage.sign_in(DEMO).await;
    stage.browser.sees("Hello, Dana Demo").await;
    stage.open("/session").await;
    stage.try_out("call_api", "\"username\"").await;
    stage.try_out("get_credentials", ROLE).await;
    stage.browser.sees("\"AccessKeyId\": \"ASIA").await;
    stage.is_flawless().await;
}

#[actix_web::test]
async fn the_pages_around_a_providers_sign_in_fit_a_desk_and_a_phone() {
    let Some(stage) = Stage::with_providers().await else { return };
    for (width, scheme) in [(1280, "light"), (390, "dark")] {
        stage.browser.size(width, 900).await;
        stage.browser.prefer(&[STILL, ("prefers-color-scheme", scheme)]).await;
        stage.open("/").await;
        stage.shows("home", width).await;
        stage.open("/login").await;
        stage.browser.find("a.provider").await;
        stage.shows("sign-in", width).await;
        for (provider, domain) in [("SimulatedSAML", "corp.example"), ("SimulatedOIDC", "other.example")] {
            stage.identify(provider, Some(domain)).await;
        }
        stage.open("/login").await;
        stage.browser.sees("corporate ID").await;
        stage.shows("sign-in-with-corporate-box", width).await;
        stage.browser.follow("Continue with Google").await;
        stage.browser.find(ADA).await;
        stage.shows("picker", width).await;
        stage.browser.click(ADA).await;
        stage.browser.sees("Hello, Ada Example").await;
        stage.shows("welcome", width).await;
        stage.open("/session").await;
        stage.try_out("call_api", "\"username\"").await;
        stage.shows("session-after-the-api", width).await;
        stage.try_out("get_credentials", ROLE).await;
        stage.shows("session-after-credentials", width).await;
        stage.browser.click("form[action='/logout'] button").await;
        stage.browser.sees("You are signed out").await;
        stage.shows("signed-out", width).await;
        for provider in ["SimulatedSAML", "SimulatedOIDC"] {
            stage.identify(provider, None).await;
        }
    }
    stage.is_flawless().await;
}
