//! emulate 0.12, which stands in for Google and Apple with keys and pages of its own.

use serde_json::{Value, json};

use crate::browser::stage::Stage;
use crate::support::peer::{self, Peer};
use crate::support::program::{Folder, free_port};

const GOOGLE_CLIENT: (&str, &str) = ("cenote.apps.googleusercontent.com", "GOCSPX-a-secret-of-the-pool");
const APPLE_CLIENT: &str = "com.example.cenote";

/// emulate in the part of `service`, which knows the pool as a client and these people; and its address.
async fn start(service: &str, seed: Value) -> (Peer, String) {
    let (port, scripts, folder) = (free_port(), peer::scripts().await, Folder::new());
    let base = format!("http://127.0.0.1:{port}");
    // JSON is YAML.
    std::fs::write(folder.join("seed.yaml"), json!({ service: seed }).to_string()).unwrap();
    let mut command = peer::newer_node(&scripts);
    command.arg(scripts.join("node_modules/emulate/dist/index.js"));
    command.args(["--service", service, "--port", &port.to_string(), "--base-url", &base, "--seed"]);
    command.arg(folder.join("seed.yaml")).current_dir(&folder.0);
    (Peer::start(command, folder, &format!("{base}/.well-known/openid-configuration")).await, base)
}

async fn pick(stage: &Stage, email: &str) {
    let person = stage.browser.find(&format!("form:has(input[value='{email}']) button")).await;
    person.click().await.unwrap();
}

#[actix_web::test]
async fn somebody_signs_in_at_another_ones_google() {
    let Some(stage) = Stage::set().await else { return };
    let (client_id, client_secret) = GOOGLE_CLIENT;
    let client = json!({ "client_id": client_id, "client_secret": client_secret, "redirect_uris": [stage.callback()] });
    let users = json!([
        { "email": "alice@gmail.com", "name": "Alice Example" },
        { "email": "ann@acme.test", "name": "Ann Acme", "hd": "acme.test" },
    ]);
    let (peer, base) = start("google", json!({ "users": users, "oauth_clients": [client] })).await;
    let details = json!({
        "client_id": client_id, "client_secret": client_secret, "authorize_scopes": "openid email profile",
        "oidc_issuer": base,
    });
    let mapping = json!({
        "email": "email", "email_verified": "email_verified", "name": "name", "given_name": "given_name",
        "profile": "hd",
    });
    stage
        .offer(json!({
            "ProviderName": "Google", "ProviderType": "Google", "ProviderDetails": details, "AttributeMapping": mapping,
        }))
        .await;
    let mut subjects = Vec::new();
    for (email, name, domain) in
        [("alice@gmail.com", "Alice Example", None), ("ann@acme.test", "Ann Acme", Some("acme.test"))]
    {
        stage.leave_for("Google").await;
        pick(&stage, email).await;
        stage.browser.sees(&format!("Hello, {name}")).await;
        let subject = stage.subject().await;
        assert!(subject.starts_with("goog_"), "{subject}: {}", peer.log());
        let arrived = stage.arrived("Google", &subject).await;
        assert_eq!((&arrived.id["email"], &arrived.id["email_verified"]), (&json!(email), &json!(true)));
        assert_eq!(arrived.attributes["profile"].as_str(), domain, "Google's hd");
        subjects.push(subject);
        stage.sign_out().await;
    }
    assert_ne!(subjects[0], subjects[1], "after the sign-out another account can be chosen");
    stage.is_flawless_but_for(&[&base]).await;
}

#[actix_web::test]
async fn somebody_signs_in_at_another_ones_apple() {
    let Some(stage) = Stage::set().await else { return };
    let users = json!([
        { "email": "alice@icloud.test", "name": "Alice Example" },
        { "email": "hidden@icloud.test", "name": "Hid Den", "is_private_email": true },
    ]);
    let client =
        json!({ "client_id": APPLE_CLIENT, "team_id": "TEAM001", "name": "Pool", "redirect_uris": [stage.callback()] });
    let (peer, base) = start("apple", json!({ "users": users, "oauth_clients": [client] })).await;
    let simulated = cenote::simulated::provider_settings(&"http://localhost".parse().unwrap());
    let key = simulated.iter().find_map(|one| one.details.get("private_key")).unwrap();
    let details = json!({
        "client_id": APPLE_CLIENT, "team_id": "TEAM001", "key_id": "KEY0000001", "private_key": key,
        "authorize_scopes": "email name", "oidc_issuer": base,
    });
    let mapping = json!({
        "email": "email", "email_verified": "email_verified", "name": "name", "given_name": "firstName",
        "family_name": "lastName", "profile": "is_private_email",
    });
    stage
        .offer(json!({
            "ProviderName": "SignInWithApple", "ProviderType": "SignInWithApple", "ProviderDetails": details,
            "AttributeMapping": mapping,
        }))
        .await;
    for (email, given_name, is_private) in [("alice@icloud.test", "Alice", false), ("hidden@icloud.test", "Hid", true)]
    {
        stage.leave_for("SignInWithApple").await;
        pick(&stage, email).await;
        stage.browser.sees(&format!("Hello, {given_name}")).await;
        let subject = stage.subject().await;
        let arrived = stage.arrived("SignInWithApple", &subject).await;
        assert_eq!(arrived.id["email_verified"], true, "{}", peer.log());
        assert_eq!(
            arrived.id["email"] == email,
            !is_private,
            "a private address is a relay's: {}",
            arrived.id["email"]
        );
        assert_eq!(arrived.attributes["given_name"], given_name);
        stage.sign_out().await;
        // The name comes at the first consent only; what was kept stays.
        stage.leave_for("SignInWithApple").await;
        pick(&stage, email).await;
        let again = stage.arrived("SignInWithApple", &subject).await;
        assert_eq!((&again.id["sub"], &again.attributes["given_name"]), (&arrived.id["sub"], &json!(given_name)));
        stage.sign_out().await;
    }
    stage.is_flawless_but_for(&[&base]).await;
}
