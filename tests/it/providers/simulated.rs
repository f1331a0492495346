//! The six simulated providers from the demo site and back, at a desk, on a phone, and without a mouse.

use fantoccini::key::Key;
use serde_json::json;

use crate::browser::stage::Stage;

/// Each provider's name in the pool, and its type in `identities`.
pub const ALL: [(&str, &str); 6] = [
    ("Google", "Google"),
    ("Facebook", "Facebook"),
    ("LoginWithAmazon", "LoginWithAmazon"),
    ("SignInWithApple", "SignInWithApple"),
    ("SimulatedOIDC", "OIDC"),
    ("SimulatedSAML", "SAML"),
];

/// The width of a small phone in CSS pixels.
const PHONE: u32 = 390;

/// The picker of one of the sample people.
pub fn button_of(email: &str) -> String {
    format!("button.person[value='{email}']")
}

#[actix_web::test]
async fn somebody_signs_in_at_each_of_the_six_and_then_somebody_else_does() {
    let Some(stage) = Stage::with_providers().await else { return };
    for (name, kind) in ALL {
        stage.leave_for(name).await;
        stage.browser.sees("Simulated").await;
        stage.browser.click(&button_of("ada@example.com")).await;
        stage.browser.sees("Hello, Ada Example").await;
        let ada = stage.subject().await;
        let arrived = stage.arrived(name, &ada).await;
        assert_eq!(arrived.id["identities"][0]["providerType"], kind);
        assert_eq!(arrived.id["identities"][0]["issuer"].is_string(), kind == "SAML", "{}", arrived.id);
        assert_eq!(arrived.id["email"], "ada@example.com");
        let is_vouched_for = !matches!(name, "Facebook" | "LoginWithAmazon");
        assert_eq!(arrived.id["email_verified"], is_vouched_for, "{name}");
        assert_eq!(arrived.attributes["name"], "Ada Example");
        if name != "LoginWithAmazon" {
            let names = (&arrived.attributes["given_name"], &arrived.attributes["family_name"]);
            assert_eq!(names, (&json!("Ada"), &json!("Example")), "{name}");
        }
        assert!(arrived.user["UserAttributes"].to_string().contains("identities"), "{}", arrived.user);
        assert_eq!(arrived.access["token_use"], "access");
        stage.sign_out().await;
        stage.leave_for(name).await;
        stage.browser.click(&button_of("maria.ejemplo@example.net")).await;
        stage.browser.sees("Hello, María José Ejemplo Núñez").await;
        assert_ne!(stage.subject().await, ada, "{name}");
        stage.sign_out().await;
    }
    stage.is_flawless().await;
}

#[actix_web::test]
async fn the_six_buttons_of_the_demo_site_lead_there_on_a_phone() {
    let Some(stage) = Stage::with_providers().await else { return };
    let browser = &stage.browser;
    browser.size(PHONE, 844).await;
    for label in ["Google", "Facebook", "Amazon", "Apple", "SimulatedOIDC", "SimulatedSAML"] {
        stage.open("/").await;
        fits(&stage).await;
        browser.follow(&format!("Continue with {label}")).await;
        browser.find(&button_of("hanako@example.com")).await;
        fits(&stage).await;
        browser.click("details summary").await;
        fits(&stage).await;
        browser.click(&button_of("hanako@example.com")).await;
        // Apple tells the two names apart; what is written first is not known then.
        browser.sees(if label == "Apple" { "Hello, 花子 見本" } else { "Hello, 見本 花子" }).await;
        fits(&stage).await;
        stage.open("/session").await;
        fits(&stage).await;
        stage.sign_out().await;
    }
    stage.open("/login").await;
    fits(&stage).await;
    stage.is_flawless().await;
}

async fn fits(stage: &Stage) {
    stage.browser.find("main").await;
    let widths = stage.browser.evaluate("return [document.documentElement.scrollWidth, innerWidth]").await;
    assert_eq!(widths, json!([PHONE, PHONE]), "{} stands out", stage.browser.url().await);
}

#[actix_web::test]
async fn signing_in_through_a_provider_needs_no_mouse() {
    let Some(stage) = Stage::with_providers().await else { return };
    let browser = &stage.browser;
    stage.open("/login").await;
    browser.find("a.provider").await;
    press_until(&stage, "identity_provider=SignInWithApple").await;
    browser.find("button.person").await;
    press_until(&stage, "grace@example.com").await;
    browser.sees("Hello, Grace Sample").await;
    stage.is_flawless().await;
}

/// Presses the tabulator until what has the focus names `words` in its address or value, and then Enter.
async fn press_until(stage: &Stage, words: &str) {
    let (tab, enter) = (char::from(Key::Tab).to_string(), char::from(Key::Enter).to_string());
    for _ in 0..30 {
        stage.browser.press(&tab).await;
        let focused = "const at = document.activeElement; return `${at.href ?? ''} ${at.value ?? ''}`";
        if stage.browser.evaluate(focused).await.as_str().unwrap().contains(words) {
            stage.browser.press(&enter).await;
            return;
        }
    }
    panic!("the focus never came to {words} at {}", stage.browser.url().await);
}
