//! oidc-provider 9, a certified OpenID provider, as the upstream of a pool; its script is
//! `tests/peers/oidc-provider.mjs`.

use serde_json::{Value, json};

use crate::browser::stage::Stage;
use crate::support::peer::{self, Peer};
use crate::support::program::{Folder, free_port};

const SECRET: &str = "a secret of the pool at its provider, 0123456789";

/// The provider with one client, who proves itself by `method`, and its address.
async fn start(stage: &Stage, method: &str) -> (Peer, String) {
    let (port, scripts) = (free_port(), peer::scripts().await);
    let client = json!({
        "client_id": "pool", "client_secret": SECRET, "redirect_uris": [stage.callback()],
        "token_endpoint_auth_method": method,
    });
    let settings = json!({ "port": port, "clients": [client], "methods": [method] });
    let mut command = peer::newer_node(&scripts);
    command.arg(scripts.join("oidc-provider.mjs")).arg(settings.to_string());
    let base = format!("http://127.0.0.1:{port}");
    (Peer::start(command, Folder::new(), &format!("{base}/.well-known/openid-configuration")).await, base)
}

fn provider(issuer: &str, method: &str) -> Value {
    let details = json!({
        "client_id": "pool", "client_secret": SECRET, "authorize_scopes": "openid email profile phone",
        "oidc_issuer": issuer, "attributes_request_method": method,
    });
    let mapping = json!({
        "email": "email", "email_verified": "email_verified", "name": "name", "given_name": "given_name",
        "family_name": "family_name", "phone_number": "phone_number", "phone_number_verified": "phone_number_verified",
        "preferred_username": "preferred_username",
    });
    json!({ "ProviderName": "Acme", "ProviderType": "OIDC", "ProviderDetails": details, "AttributeMapping": mapping })
}

#[actix_web::test]
async fn somebody_signs_in_at_a_certified_openid_provider() {
    let Some(stage) = Stage::set().await else { return };
    let (peer, base) = start(&stage, "client_secret_post").await;
    stage.offer(provider(&base, "GET")).await;
    stage.leave_for("Acme").await;
    stage.browser.find("input[name='login']").await;
    stage.browser.click("a[href$='/abort']").await;
    stage.browser.sees("You were not signed in").await;
    stage.leave_for("Acme").await;
    sign_in(&stage, "alice").await;
    let arrived = stage.arrived("Acme", "alice").await;
    assert_eq!(arrived.id["email"], "alice@example.test", "{}", peer.log());
    assert_eq!((&arrived.id["email_verified"], &arrived.id["phone_number_verified"]), (&json!(true), &json!(true)));
    for (name, value) in [
        ("name", "Alice Example"),
        ("given_name", "Alice"),
        ("family_name", "Example"),
        ("phone_number", "+15555550100"),
        ("preferred_username", "alice"),
        ("email_verified", "true"),
    ] {
        assert_eq!(arrived.attributes[name], value, "{name}");
    }
    assert_eq!(arrived.id["identities"][0]["providerType"], "OIDC");
    let sub = arrived.id["sub"].clone();
    stage.sign_out().await;
    stage.leave_for("Acme").await;
    assert_eq!(stage.arrived("Acme", "alice").await.id["sub"], sub, "the provider remembers, and so do we");
    stage.is_flawless_but_for(&[&base, "https://fonts.googleapis.com/", "error=access_denied"]).await;
}

async fn sign_in(stage: &Stage, name: &str) {
    let browser = &stage.browser;
    browser.fill("login", name).await;
    browser.fill("password", "any").await;
    browser.click("button[type='submit']").await;
    browser.find("input[name='prompt'][value='consent']").await;
    browser.click("button[type='submit']").await;
}

#[actix_web::test]
async fn a_provider_may_want_its_clients_secret_in_a_header() {
    let Some(stage) = Stage::set().await else { return };
    let (peer, base) = start(&stage, "client_secret_basic").await;
    stage.offer(provider(&base, "POST")).await;
    stage.leave_for("Acme").await;
    sign_in(&stage, "bob").await;
    let arrived = stage.arrived("Acme", "bob").await;
    let email = (&arrived.id["email"], &arrived.id["email_verified"]);
    assert_eq!(email, (&json!("bob@example.test"), &json!(false)), "{}", peer.log());
}
