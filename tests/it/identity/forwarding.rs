//! Another token service makes the credentials: a second server plays it, and knows the first one's issuer as AWS would.

use cenote::config::OidcProvider;
use cenote::cx::Mode;
use serde_json::json;

use super::signing::{Keys, element, unsigned};
use super::{AUTHENTICATED, GUEST, Stage};
use crate::support::TestApp;
use crate::support::program::free_port;

const IDENTITY: &str = "Action=GetCallerIdentity&Version=2011-06-15";

/// A server that forwards, with an identity pool; and where the other service will be.
async fn forwarding() -> (Stage, u16) {
    let port = free_port();
    let url = format!("http://127.0.0.1:{port}/").parse().unwrap();
    let app = TestApp::start(Mode::Development, |config| config.sts.forward_to = Some(url)).await;
    (Stage::of(app, json!({})).await, port)
}

/// The other service, which lets tokens for the pool of `stage` assume the role of people who signed in.
async fn other(stage: &Stage, port: u16) -> TestApp {
    let trusted = OidcProvider {
        issuer: stage.app.cx.config.identity_issuer(),
        client_ids: vec![stage.pool.clone()],
        roles: vec![AUTHENTICATED.to_owned()],
    };
    TestApp::start(Mode::Development, |config| {
        config.listen = format!("127.0.0.1:{port}");
        config.identity_pools.oidc_providers.push(trusted);
        config.master_key = Some("a master key of its own, as another service has".to_owned().into());
    })
    .await
}

#[actix_web::test]
async fn another_service_makes_the_credentials() {
    let (stage, port) = forwarding().await;
    let other = other(&stage, port).await;
    let logins = stage.logins("jane@example.com").await;
    let id = stage.id(&logins).await;
    let credentials = stage.credentials(&id, &logins).await;
    assert_eq!(credentials["Expiration"], stage.app.cx.now().seconds() + 3600);
    let keys = Keys::of(&credentials);
    let told = keys.sts(&other, IDENTITY).await;
    let arn = "arn:aws:sts::123456789012:assumed-role/Authenticated/CognitoIdentityCredentials";
    assert_eq!((told.status, element(&told.text, "Arn")), (200, arn), "{}", told.text);
    let signed = keys.verified(&other, ("hello", "hello"), other.cx.now().seconds()).await.json();
    assert_eq!((&signed["Subject"], &signed["Audience"]), (&json!(id), &json!(stage.pool)));
    let here = keys.sts(&stage.app, IDENTITY).await;
    assert_eq!(
        (here.status, element(&here.text, "Code")),
        (403, "InvalidClientTokenId"),
        "they are not of this server"
    );
}

#[actix_web::test]
async fn a_call_for_credentials_is_passed_on_as_it_came() {
    let (stage, port) = forwarding().await;
    let other = other(&stage, port).await;
    let logins = stage.logins("jane@example.com").await;
    let id = stage.id(&logins).await;
    let token = stage.ok("GetOpenIdToken", json!({ "IdentityId": id, "Logins": logins })).await["Token"].clone();
    let form = |role| {
        [
            ("Action", "AssumeRoleWithWebIdentity"),
            ("Version", "2011-06-15"),
            ("RoleArn", role),
            ("RoleSessionName", "phone"),
            ("WebIdentityToken", token.as_str().unwrap()),
        ]
    };
    let given = unsigned(&stage.app, &form(AUTHENTICATED)).await;
    assert_eq!(given.status, 200, "{}", given.text);
    assert_eq!(element(&given.text, "SubjectFromWebIdentityToken"), id);
    let keys = Keys {
        id: element(&given.text, "AccessKeyId").to_owned(),
        secret: element(&given.text, "SecretAccessKey").to_owned(),
        token: Some(element(&given.text, "SessionToken").to_owned()),
    };
    let told = keys.sts(&other, IDENTITY).await;
    assert!(element(&told.text, "Arn").ends_with(":assumed-role/Authenticated/phone"), "{}", told.text);
    let refused = unsigned(&stage.app, &form(GUEST)).await;
    assert_eq!((refused.status, element(&refused.text, "Code")), (403, "AccessDenied"), "{}", refused.text);
    let malformed = unsigned(&stage.app, &form(AUTHENTICATED)[..2]).await;
    assert_eq!(element(&malformed.text, "Code"), "ValidationError", "what cannot be right is not passed on");
}

#[actix_web::test]
async fn what_the_other_service_refuses_is_not_made_here() {
    let (stage, port) = forwarding().await;
    let logins = stage.logins("jane@example.com").await;
    let id = stage.id(&logins).await;
    let body = json!({ "IdentityId": id, "Logins": logins });
    let gone = super::call(&stage.app, "GetCredentialsForIdentity", body.clone()).await;
    assert!(gone.status >= 400 && !gone.text.contains("SecretKey"), "{}", gone.text);
    let other = other(&stage, port).await;
    stage.credentials(&id, &logins).await;
    let guest = stage.guest().await;
    let refusal = ("InvalidIdentityPoolConfigurationException", "roles");
    stage.refuses("GetCredentialsForIdentity", json!({ "IdentityId": guest }), refusal).await;
    drop(other);
}
