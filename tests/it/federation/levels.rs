//! Levels of assurance: asked for in the provider's words, and told to the app in the pool's.

use serde_json::{Value, json};

use super::acme::{Twist, World};
use crate::support::Page;
use crate::support::flows::{claims, text};

impl World {
    async fn map_levels(&self, mapping: Value) {
        let update = json!({ "UserPoolId": self.setup.pool, "ProviderName": "Acme", "AcrMapping": mapping });
        self.app.ok("UpdateIdentityProvider", update).await;
    }

    async fn tokens(&self, page: &Page) -> Value {
        let code = page.query("code").unwrap_or_else(|| panic!("no code at {}: {}", page.url, page.text()));
        let answer = self.setup.exchange(&self.app, &code, &[]).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.json()
    }
}

/// The level in both tokens, which must be the same.
fn level(tokens: &Value) -> Value {
    let both = ["id_token", "access_token"].map(|name| claims(text(tokens, name))["acr"].clone());
    assert_eq!(both[0], both[1]);
    both[0].clone()
}

#[actix_web::test]
async fn the_level_that_a_provider_answers_is_in_both_tokens_and_stays_there() {
    let world = World::new().await;
    world.map_levels(json!({ "Level1": "basic", "Level2": "phr" })).await;
    world.be_good();
    let asked = [("acr_values", "urn:cognito:loa:2 urn:cognito:loa:1 urn:cognito:loa:4")];
    let (mut browser, left) = world.leave_with(&asked).await;
    assert_eq!(left.query("acr_values").as_deref(), Some("phr basic"), "{}", left.url);
    let (page, _) = world.come_back(&mut browser, &left, &Twist::Claims(json!({ "acr": "phr" }))).await;
    let tokens = world.tokens(&page).await;
    assert_eq!(level(&tokens), "urn:cognito:loa:2");
    let refreshed = world.setup.refresh(&world.app, text(&tokens, "refresh_token"), &[]).await.json();
    assert_eq!(level(&refreshed), "urn:cognito:loa:2", "a refresh keeps it");
    let page = browser.open(&format!("/oauth2/authorize?{}", world.setup.query(&[("prompt", "none")]))).await;
    assert_eq!(level(&world.tokens(&page).await), "urn:cognito:loa:2", "so does the browser's session");
}

#[actix_web::test]
async fn an_answer_that_is_not_mapped_is_the_lowest_level_and_without_a_mapping_there_is_none() {
    let world = World::new().await;
    let answered = Twist::Claims(json!({ "acr": "https://evil.example/loa/9" }));
    let (page, _) = world.sign_in(&answered).await;
    assert_eq!(level(&world.tokens(&page).await), Value::Null);
    world.map_levels(json!({ "Level2": "phr" })).await;
    for twist in [answered, Twist::Claims(json!({}))] {
        let (page, _) = world.sign_in(&twist).await;
        assert_eq!(level(&world.tokens(&page).await), "urn:cognito:loa:1");
    }
}

#[actix_web::test]
async fn a_pools_own_names_of_levels_are_asked_for_and_told() {
    let world = World::new().await;
    world.map_levels(json!({ "Level1": "basic", "Level2": "phr" })).await;
    let names = json!({ "Level2": { "AcrValue": "https://pool.example/strong" } });
    let update = json!({ "UserPoolId": world.setup.pool, "AcrConfiguration": names });
    world.app.ok("UpdateUserPool", update).await;
    world.be_good();
    let asked = [("acr_values", "https://pool.example/strong urn:cognito:loa:2 urn:cognito:loa:1")];
    let (mut browser, left) = world.leave_with(&asked).await;
    assert_eq!(left.query("acr_values").as_deref(), Some("phr basic"), "{}", left.url);
    let (page, _) = world.come_back(&mut browser, &left, &Twist::Claims(json!({ "acr": "phr" }))).await;
    assert_eq!(level(&world.tokens(&page).await), "https://pool.example/strong");
}
