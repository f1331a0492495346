//! What the switches of the simulated providers make happen, as a person meets it: a page with a way on, and an
//! account that is as good as the provider's word.

use serde_json::json;

use super::simulated::{ALL, button_of};
use crate::browser::stage::Stage;

const PERSON: &str = "ada@example.com";
/// The heading of the demo site's page when the pool reports an error.
const REPORTED: &str = "The sign-in service reported a problem";

impl Stage {
    /// Leaves for `provider`, sets switches, and picks somebody.
    async fn pick_with(&self, provider: &str, switches: &[&str]) {
        self.leave_for(provider).await;
        self.browser.click("details summary").await;
        for switch in switches {
            self.browser.click(&format!("input[name='{switch}']")).await;
        }
        self.browser.click(&button_of(PERSON)).await;
    }

    /// How many users the demo's pool has; the demo user is one.
    async fn users(&self) -> i64 {
        let pool = self.program.pool_id().await;
        let pool = self.program.ok("DescribeUserPool", json!({ "UserPoolId": pool })).await;
        pool["UserPool"]["EstimatedNumberOfUsers"].as_i64().unwrap()
    }

    /// The page says what went wrong, and its button leads back to the sign-in page.
    async fn has_a_way_on(&self, button: &str) {
        self.browser.follow(button).await;
        if button != "Start again" {
            self.browser.click("a.button.main").await;
        }
        self.browser.find("a.provider").await;
    }
}

#[actix_web::test]
async fn whoever_says_no_is_told_and_can_go_another_way() {
    let Some(stage) = Stage::with_providers().await else { return };
    for (name, kind) in ALL {
        stage.leave_for(name).await;
        stage.browser.click("button[name='deny']").await;
        if kind == "SAML" {
            stage.browser.sees(REPORTED).await;
            stage.has_a_way_on("Start again").await;
        } else {
            stage.browser.sees("You were not signed in").await;
            stage.has_a_way_on("Back to the start").await;
        }
    }
    assert_eq!(stage.users().await, 1);
}

#[actix_web::test]
async fn an_address_that_is_kept_back_or_not_vouched_for_is_not_made_up() {
    let Some(stage) = Stage::with_providers().await else { return };
    for (name, _) in ALL {
        stage.pick_with(name, &["no_email"]).await;
        stage.browser.sees("Hello, Ada Example").await;
        assert!(!stage.browser.text().await.contains(PERSON), "{name}");
        stage.sign_out().await;
        if matches!(name, "Facebook" | "LoginWithAmazon") {
            continue;
        }
        stage.pick_with(name, &["unverified_email"]).await;
        stage.browser.sees("Hello, Ada Example").await;
        stage.browser.sees(PERSON).await;
        assert!(stage.browser.client.find(fantoccini::Locator::Css(".badge.good")).await.is_err(), "{name}");
        stage.sign_out().await;
    }
    stage.is_flawless().await;
}

#[actix_web::test]
async fn a_broken_token_signs_nobody_in() {
    let Some(stage) = Stage::with_providers().await else { return };
    for (name, _) in ALL {
        stage.pick_with(name, &["broken_token"]).await;
        stage.browser.sees(REPORTED).await;
        stage.has_a_way_on("Start again").await;
    }
    assert_eq!(stage.users().await, 1);
}

#[actix_web::test]
async fn a_slow_provider_is_given_up_or_waited_for_by_the_browser() {
    let Some(stage) = Stage::with_providers().await else { return };
    for name in ["Google", "Facebook", "LoginWithAmazon", "SignInWithApple", "SimulatedOIDC"] {
        stage.pick_with(name, &["slow"]).await;
        stage.browser.sees(REPORTED).await;
        stage.browser.sees("Timeout").await;
        stage.has_a_way_on("Start again").await;
    }
    assert_eq!(stage.users().await, 1);
    stage.pick_with("SimulatedSAML", &["slow"]).await;
    stage.browser.sees("Hello, Ada Example").await;
}
