//! What administrators set and see of providers.

use std::io::{Read as _, Write as _};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use super::stage::{World, world};
use crate::support::{Setup, TestApp};

/// A server that answers every request with the text at hand; its address, and the text.
fn serving(text: String) -> (String, Arc<Mutex<String>>) {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/metadata", listener.local_addr().unwrap());
    let text = Arc::new(Mutex::new(text));
    let shared = Arc::clone(&text);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let _ = stream.read(&mut [0; 4_096]).unwrap();
            let body = shared.lock().unwrap().clone();
            let head = format!("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {}\r\n\r\n", body.len());
            stream.write_all((head + &body).as_bytes()).unwrap();
        }
    });
    (address, text)
}

impl World {
    async fn described(&self, provider: &str) -> Value {
        let asked = json!({ "UserPoolId": self.setup.pool, "ProviderName": provider });
        self.app.ok("DescribeIdentityProvider", asked).await["IdentityProvider"].clone()
    }

    async fn update(&self, provider: &str, change: Value) -> crate::support::Answer {
        let mut update = json!({ "UserPoolId": self.setup.pool, "ProviderName": provider });
        crate::support::setup::merge(&mut update, change);
        self.app.api("UpdateIdentityProvider", update).await
    }

    async fn metadata(&self) -> String {
        self.app.http.get(format!("{}/saml/metadata", self.origin)).send().await.unwrap().text().await.unwrap()
    }
}

#[actix_web::test]
async fn a_saml_provider_is_described_with_its_addresses_and_our_certificate() {
    let world = world().await;
    let details = world.described("SimulatedSAML").await["ProviderDetails"].clone();
    assert_eq!(details["SSORedirectBindingURI"], format!("{}/saml/sso", world.origin));
    assert_eq!(details["SLORedirectBindingURI"], format!("{}/saml/slo", world.origin));
    let certificate = world.app.ok("GetSigningCertificate", json!({ "UserPoolId": world.setup.pool })).await;
    assert_eq!(details["ActiveEncryptionCertificate"], certificate["Certificate"]);
    let back = json!({ "ProviderDetails": { "SSORedirectBindingURI": "https://evil.example/sso" } });
    assert_eq!(world.update("SimulatedSAML", back).await.status, 200);
    let details = world.described("SimulatedSAML").await["ProviderDetails"].clone();
    assert_eq!(details["SSORedirectBindingURI"], format!("{}/saml/sso", world.origin), "it comes from the metadata");
}

#[actix_web::test]
async fn the_description_follows_the_metadata() {
    let world = world().await;
    let metadata = world.metadata().await;
    let (address, text) = serving(metadata.clone());
    let details = json!({ "MetadataURL": address });
    let made = json!({
        "UserPoolId": world.setup.pool, "ProviderName": "Moving", "ProviderType": "SAML", "ProviderDetails": details,
    });
    let made = world.app.ok("CreateIdentityProvider", made).await;
    let sso = |described: &Value| described["ProviderDetails"]["SSORedirectBindingURI"].as_str().unwrap().to_owned();
    assert!(sso(&made["IdentityProvider"]).ends_with("/saml/sso"));
    *text.lock().unwrap() = metadata.replace("/saml/sso", "/saml/moved");
    assert!(sso(&world.described("Moving").await).ends_with("/saml/sso"), "it is kept for a while");
    world.app.advance(6 * 3600 + 1);
    assert!(sso(&world.described("Moving").await).ends_with("/saml/moved"));
    let file = json!({ "ProviderDetails": { "MetadataFile": metadata } });
    assert_eq!(world.update("Moving", file).await.status, 200);
    let described = world.described("Moving").await;
    assert!(sso(&described).ends_with("/saml/sso") && described["ProviderDetails"]["MetadataURL"].is_null());
}

#[actix_web::test]
async fn a_change_to_unusable_metadata_is_refused() {
    let world = world().await;
    let metadata = world.metadata().await;
    let unsigned = metadata.replace("use=\"signing\"", "use=\"encryption\"");
    for bad in ["<a/>", unsigned.as_str(), "<!DOCTYPE a><a/>"] {
        let answer = world.update("SimulatedSAML", json!({ "ProviderDetails": { "MetadataFile": bad } })).await;
        assert_eq!((answer.status, answer.fault().as_str()), (400, "InvalidParameterException"), "{}", answer.text);
    }
    let gone = json!({ "ProviderDetails": { "MetadataURL": "http://127.0.0.1:1/metadata" } });
    let answer = world.update("SimulatedSAML", gone).await;
    assert_eq!(answer.message(), "Error retrieving metadata from http://127.0.0.1:1/metadata");
}

#[actix_web::test]
async fn another_version_of_facebook_brings_its_addresses() {
    let app = TestApp::new().await;
    let setup = Setup::new(&app).await;
    let details = json!({
        "client_id": "1", "client_secret": "s", "authorize_scopes": "public_profile,email", "api_version": "v17.0",
    });
    let made = json!({
        "UserPoolId": setup.pool, "ProviderName": "Facebook", "ProviderType": "Facebook", "ProviderDetails": details,
    });
    app.ok("CreateIdentityProvider", made).await;
    let update = json!({
        "UserPoolId": setup.pool, "ProviderName": "Facebook", "ProviderDetails": { "api_version": "v21.0" },
    });
    let details = app.ok("UpdateIdentityProvider", update).await["IdentityProvider"]["ProviderDetails"].clone();
    assert_eq!(details["authorize_url"], "https://www.facebook.com/v21.0/dialog/oauth");
    assert_eq!(details["token_url"], "https://graph.facebook.com/v21.0/oauth/access_token");
    assert_eq!(details["attributes_url"], "https://graph.facebook.com/v21.0/me?fields=");
    assert_eq!(details["client_id"], "1");
}

#[actix_web::test]
async fn levels_of_assurance_are_kept_and_checked() {
    let world = world().await;
    let mapping = json!({ "Level1": "basic", "Level3": "urn:x:phr" });
    let changed = world.update("SimulatedOIDC", json!({ "AcrMapping": mapping })).await;
    assert_eq!(changed.json()["IdentityProvider"]["AcrMapping"], mapping, "{}", changed.text);
    assert_eq!(world.described("SimulatedOIDC").await["AcrMapping"], mapping);
    for bad in [json!({ "Level5": "a" }), json!({ "Level1": "" }), json!({ "Level1": "a b" }), json!({ "level1": "a" })]
    {
        let answer = world.update("SimulatedOIDC", json!({ "AcrMapping": bad })).await;
        assert_eq!(answer.fault(), "InvalidParameterException", "{}", answer.text);
        assert!(answer.message().contains("'acrMapping' failed to satisfy constraint"), "{}", answer.text);
    }
    let answer = world.update("SimulatedSAML", json!({ "AcrMapping": mapping })).await;
    assert!(answer.message().contains("only supported for OIDC"), "{}", answer.text);
}
