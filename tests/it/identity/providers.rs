//! Logins by everybody else's tokens, with the simulated providers in their place.

use cenote::config::{LoginProvider, OidcProvider};
use cenote::cx::Mode;
use serde_json::json;

use super::Stage;
use crate::support::TestApp;

/// A server whose providers nobody answers for: what is refused must be refused before anybody is asked.
#[actix_web::test]
async fn tokens_of_unknown_or_silent_providers_get_nothing() {
    let app = TestApp::start(Mode::Development, |config| {
        let nowhere = Some("http://127.0.0.1:9/x".parse().unwrap());
        let provider = LoginProvider { profile_url: nowhere.clone(), application_url: nowhere, issuer: None };
        config.identity_pools.login_providers.insert("graph.facebook.com".to_owned(), provider);
        let issuer = "http://127.0.0.1:9/oidc".to_owned();
        config.identity_pools.oidc_providers.push(OidcProvider {
            issuer,
            client_ids: vec!["c".to_owned()],
            roles: vec![],
        });
    })
    .await;
    let stage = Stage::of(
        app,
        json!({
            "SupportedLoginProviders": { "graph.facebook.com": "1234", "accounts.google.com": "app" },
            "OpenIdConnectProviderARNs": ["arn:aws:iam::123456789012:oidc-provider/127.0.0.1:9/oidc"],
            "SamlProviderARNs": ["arn:aws:iam::123456789012:saml-provider/corp"],
        }),
    )
    .await;
    let get = |name: &str, token: &str| json!({ "IdentityPoolId": stage.pool, "Logins": { name: token } });
    let silent = ("ExternalServiceException", "cannot be reached");
    stage.refuses("GetId", get("graph.facebook.com", "token"), silent).await;
    let refusal = ("NotAuthorizedException", "");
    for (name, token) in [
        ("accounts.google.com", "token"),
        ("127.0.0.1:9/oidc", "token"),
        ("arn:aws:iam::123456789012:saml-provider/corp", "PHNhbWw+"),
        ("www.amazon.com", "token"),
        ("appleid.apple.com", "token"),
    ] {
        stage.refuses("GetId", get(name, token), refusal).await;
    }
    let ours = stage.logins("jane@example.com").await[&stage.provider].as_str().unwrap().to_owned();
    let mismatch = ("NotAuthorizedException", "Issuer doesn't match providerName");
    stage.refuses("GetId", get("accounts.google.com", &ours), mismatch).await;
}
