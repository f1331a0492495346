//! Passkeys of the signed-in user: making, listing, deleting, and everything that must not pass for one.

use cenote::cx::Mode;
use serde_json::{Value, json};

use crate::support::authenticator::Authenticator;
use crate::support::{Setup, TestApp};

const JANE: &str = "jane@example.com";
const ORIGIN: &str = "http://localhost:3000";

/// A pool with passkeys at `localhost`, a client that may use them, and a user.
pub async fn stage() -> (TestApp, Setup) {
    let app = TestApp::start(Mode::Development, |config| {
        config.public_url = "http://localhost:9229".parse().unwrap();
    })
    .await;
    let policies = json!({ "SignInPolicy": { "AllowedFirstAuthFactors": ["PASSWORD", "WEB_AUTHN"] } });
    let flows = json!(["ALLOW_USER_PASSWORD_AUTH", "ALLOW_USER_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]);
    let setup = Setup::with(&app, json!({ "Policies": policies }), json!({ "ExplicitAuthFlows": flows })).await;
    setup.user(&app, JANE).await;
    (app, setup)
}

async fn signed_in() -> (TestApp, Setup, Value) {
    let (app, setup) = stage().await;
    let token = setup.tokens(&app, JANE).await["AccessToken"].clone();
    (app, setup, token)
}

async fn start(app: &TestApp, token: &Value) -> Value {
    app.ok("StartWebAuthnRegistration", json!({ "AccessToken": token })).await["CredentialCreationOptions"].clone()
}

/// A passkey of the token's user on `authenticator`.
pub async fn register(app: &TestApp, token: &Value, authenticator: &mut Authenticator) -> Value {
    let credential = authenticator.create(&start(app, token).await);
    app.ok("CompleteWebAuthnRegistration", json!({ "AccessToken": token, "Credential": credential })).await;
    credential
}

async fn list(app: &TestApp, token: &Value) -> Vec<Value> {
    let listed = app.ok("ListWebAuthnCredentials", json!({ "AccessToken": token })).await;
    listed["Credentials"].as_array().unwrap().clone()
}

#[actix_web::test]
async fn a_passkey_is_made_listed_and_deleted() {
    let (app, _, token) = signed_in().await;
    let mut authenticator = Authenticator::new(ORIGIN);
    authenticator.model.copy_from_slice(b"\xba\xda\x55\x66\xa7\xaa\x40\x1f\xbd\x96\x45\x61\x9a\x55\x12\x0d");
    let options = start(&app, &token).await;
    assert_eq!(options["rp"], json!({ "id": "localhost", "name": "localhost" }));
    assert_eq!(options["user"]["name"], JANE);
    assert_eq!(options["excludeCredentials"], json!([]));
    assert_eq!(options["authenticatorSelection"]["userVerification"], "preferred");
    let credential = register(&app, &token, &mut authenticator).await;
    let known = json!([{ "type": "public-key", "id": credential["id"] }]);
    assert_eq!(start(&app, &token).await["excludeCredentials"], known);
    let expected = json!({
        "CredentialId": credential["id"], "FriendlyCredentialName": "1Password", "RelyingPartyId": "localhost",
        "AuthenticatorAttachment": "platform", "AuthenticatorTransports": ["internal", "hybrid"],
        "CreatedAt": 1_704_164_645.0,
    });
    assert_eq!(list(&app, &token).await, [expected]);
    let factors = app.ok("GetUserAuthFactors", json!({ "AccessToken": token })).await;
    assert_eq!(factors["ConfiguredUserAuthFactors"], json!(["PASSWORD", "WEB_AUTHN"]));
    let known = json!({ "AccessToken": token, "CredentialId": credential["id"] });
    app.ok("DeleteWebAuthnCredential", known.clone()).await;
    assert!(list(&app, &token).await.is_empty());
    let gone = ("ResourceNotFoundException", "WebAuthn credential does not exist.");
    app.refuses("DeleteWebAuthnCredential", known, gone).await;
}

#[actix_web::test]
async fn what_is_no_answer_to_the_challenge_is_refused_and_uses_it_up() {
    let (app, _, token) = signed_in().await;
    let complete = async |credential: &Value| {
        let body = json!({ "AccessToken": token, "Credential": credential });
        app.api("CompleteWebAuthnRegistration", body).await.fault()
    };
    assert_eq!(complete(&json!({})).await, "WebAuthnChallengeNotFoundException");
    let honest = || Authenticator::new(ORIGIN);
    for origin in ["https://evil.example", "http://localhost.evil.example", "http://127.0.0.1:3000", "ftp://localhost"]
    {
        let credential = Authenticator::new(origin).create(&start(&app, &token).await);
        assert_eq!(complete(&credential).await, "WebAuthnOriginNotAllowedException", "{origin}");
        assert_eq!(complete(&credential).await, "WebAuthnChallengeNotFoundException", "a challenge works once");
    }
    let mut options = start(&app, &token).await;
    options["rp"]["id"] = json!("evil.example");
    assert_eq!(complete(&honest().create(&options)).await, "WebAuthnRelyingPartyMismatchException");
    let mut options = start(&app, &token).await;
    options["challenge"] = json!("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
    assert_eq!(complete(&honest().create(&options)).await, "WebAuthnChallengeNotFoundException");
    let mut credential = honest().create(&start(&app, &token).await);
    credential["response"]["attestationObject"] = json!("AAAA");
    assert_eq!(complete(&credential).await, "InvalidParameterException");
    let late = honest().create(&start(&app, &token).await);
    app.advance(301);
    assert_eq!(complete(&late).await, "WebAuthnChallengeNotFoundException");
    assert!(list(&app, &token).await.is_empty());
}

#[actix_web::test]
async fn a_registration_is_finished_by_the_client_and_the_user_who_started_it() {
    let (app, setup, token) = signed_in().await;
    let (other, _) = setup.another_client(&app, json!({})).await;
    let foreign = setup.through(other).tokens(&app, JANE).await["AccessToken"].clone();
    setup.user(&app, "mallory@example.com").await;
    let mallory = setup.tokens(&app, "mallory@example.com").await["AccessToken"].clone();
    let credential = Authenticator::new(ORIGIN).create(&start(&app, &token).await);
    let complete = async |token: &Value| {
        app.api("CompleteWebAuthnRegistration", json!({ "AccessToken": token, "Credential": credential })).await
    };
    assert_eq!(complete(&foreign).await.fault(), "WebAuthnClientMismatchException");
    assert_eq!(complete(&mallory).await.fault(), "WebAuthnChallengeNotFoundException");
    start(&app, &mallory).await;
    assert_eq!(complete(&mallory).await.fault(), "WebAuthnChallengeNotFoundException", "another challenge");
    assert_eq!(complete(&token).await.status, 200);
}

#[actix_web::test]
async fn nobody_takes_somebody_elses_passkey_over() {
    let (app, setup, token) = signed_in().await;
    let mut authenticator = Authenticator::new(ORIGIN);
    register(&app, &token, &mut authenticator).await;
    setup.user(&app, "mallory@example.com").await;
    let mallory = setup.tokens(&app, "mallory@example.com").await["AccessToken"].clone();
    let options = start(&app, &mallory).await;
    let mut thief = authenticator.clone();
    let mut credential = thief.create(&options);
    let stolen = crate::support::authenticator::text(&authenticator.keys[0].id);
    credential["id"] = json!(stolen);
    credential["rawId"] = json!(stolen);
    let body = json!({ "AccessToken": mallory, "Credential": credential });
    let answer = app.api("CompleteWebAuthnRegistration", body).await;
    assert_eq!(list(&app, &token).await.len(), 1, "{}", answer.text);
    for id in list(&app, &mallory).await {
        assert_ne!(id["CredentialId"], json!(stolen), "the id is the signed one");
    }
    let known = json!({ "AccessToken": mallory, "CredentialId": stolen });
    let gone = ("ResourceNotFoundException", "WebAuthn credential does not exist.");
    app.refuses("DeleteWebAuthnCredential", known, gone).await;
}

#[actix_web::test]
async fn a_user_has_twenty_passkeys_at_most_and_sees_them_page_by_page() {
    let (app, _, token) = signed_in().await;
    let mut authenticator = Authenticator::new(ORIGIN);
    let mut ids = Vec::new();
    for _ in 0..20 {
        ids.push(register(&app, &token, &mut authenticator).await["id"].clone());
        app.advance(1);
    }
    let answer = app.api("StartWebAuthnRegistration", json!({ "AccessToken": token })).await;
    assert_eq!(answer.fault(), "LimitExceededException");
    let page = async |next: &Value| {
        let body = json!({ "AccessToken": token, "MaxResults": 15, "NextToken": next });
        app.ok("ListWebAuthnCredentials", body).await
    };
    let first = page(&Value::Null).await;
    let second = page(&first["NextToken"]).await;
    let seen: Vec<_> = [&first, &second]
        .iter()
        .flat_map(|page| page["Credentials"].as_array().unwrap())
        .map(|one| one["CredentialId"].clone())
        .collect();
    assert_eq!((seen, second.get("NextToken")), (ids, None));
    for (body, fault) in [
        (json!({ "AccessToken": token, "MaxResults": 21 }), "InvalidParameterException"),
        (json!({ "AccessToken": token, "NextToken": "x" }), "InvalidParameterException"),
        (json!({ "AccessToken": "x" }), "NotAuthorizedException"),
    ] {
        assert_eq!(app.api("ListWebAuthnCredentials", body).await.fault(), fault);
    }
}

#[actix_web::test]
async fn a_pool_without_passkeys_or_without_a_domain_says_so() {
    let app = TestApp::new().await;
    let policies = json!({ "SignInPolicy": { "AllowedFirstAuthFactors": ["PASSWORD", "WEB_AUTHN"] } });
    for (pool, fault) in [
        (json!({}), "WebAuthnNotEnabledException"),
        (json!({ "Policies": policies }), "WebAuthnConfigurationMissingException"),
    ] {
        let setup = Setup::with(&app, pool, json!({})).await;
        setup.user(&app, JANE).await;
        let token = setup.tokens(&app, JANE).await["AccessToken"].clone();
        assert_eq!(app.api("StartWebAuthnRegistration", json!({ "AccessToken": token })).await.fault(), fault);
        let body = json!({ "AccessToken": token, "Credential": {} });
        assert_eq!(app.api("CompleteWebAuthnRegistration", body).await.fault(), fault);
    }
}
