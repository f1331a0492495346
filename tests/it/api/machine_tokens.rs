//! Tokens for programs: of a client for itself, and in exchange for a token that a service was sent.

use serde_json::{Value, json};

use super::claims;
use crate::support::app::BEGINNING;
use crate::support::setup::merge;
use crate::support::upstream::{Reply, TokenKey, Upstream};
use crate::support::{Setup, TestApp};

const JANE: &str = "jane@example.com";
const ADMIN: &str = "aws.cognito.signin.user.admin";

async fn stage() -> (TestApp, Setup) {
    let app = TestApp::new().await;
    let setup = Setup::new(&app).await;
    setup.user(&app, JANE).await;
    let scopes = json!([
        { "ScopeName": "read", "ScopeDescription": "Read" }, { "ScopeName": "write", "ScopeDescription": "Write" },
    ]);
    let server = json!({ "UserPoolId": setup.pool, "Identifier": "notes", "Name": "Notes", "Scopes": scopes });
    app.ok("CreateResourceServer", server).await;
    (app, setup)
}

async fn machine(app: &TestApp, setup: &Setup) -> (String, String) {
    let client = json!({
        "GenerateSecret": true, "ExplicitAuthFlows": ["ALLOW_CLIENT_TOKEN_AUTH"],
        "AllowedOAuthFlows": ["client_credentials"], "AllowedOAuthScopes": ["notes/read", "notes/write"],
    });
    setup.another_client(app, client).await
}

#[actix_web::test]
async fn a_client_gets_a_token_for_itself() {
    let (app, setup) = stage().await;
    let (id, secret) = machine(&app, &setup).await;
    let got = app.ok("GetClientToken", json!({ "ClientId": id, "Secret": secret, "Scopes": ["notes/read"] })).await;
    let result = &got["ClientAuthenticationResult"];
    assert_eq!((&result["TokenType"], &result["ExpiresIn"]), (&json!("Bearer"), &json!(3600)));
    let said = claims(&result["AccessToken"]);
    assert_eq!((&said["sub"], &said["client_id"], &said["scope"]), (&json!(id), &json!(id), &json!("notes/read")));
    let all = app.ok("GetClientToken", json!({ "ClientId": id, "Secret": secret })).await;
    assert_eq!(claims(&all["ClientAuthenticationResult"]["AccessToken"])["scope"], "notes/read notes/write");
    let own = json!({ "AccessToken": result["AccessToken"] });
    assert_eq!(app.api("GetUser", own).await.fault(), "NotAuthorizedException");
}

#[actix_web::test]
async fn no_token_without_the_secret_the_flow_and_the_scope() {
    let (app, setup) = stage().await;
    let (id, secret) = machine(&app, &setup).await;
    let wrong = "x".repeat(secret.len());
    let refused =
        |client: &str, secret: &str, scope: &str| json!({ "ClientId": client, "Secret": secret, "Scopes": [scope] });
    let (other, other_secret) = setup.another_client(&app, json!({ "GenerateSecret": true })).await;
    for (body, fault) in [
        (refused(&id, &wrong, "notes/read"), "NotAuthorizedException"),
        (refused(&setup.client, &secret, "notes/read"), "NotAuthorizedException"),
        (refused(&other, &other_secret, "openid"), "InvalidParameterException"),
        (refused(&id, &secret, "notes/delete"), "InvalidParameterException"),
        (refused(&id, &secret, "a b"), "InvalidParameterException"),
        (refused("nobody", &secret, "notes/read"), "ResourceNotFoundException"),
        (json!({ "ClientId": id }), "InvalidParameterException"),
    ] {
        assert_eq!(app.api("GetClientToken", body.clone()).await.fault(), fault, "{body}");
    }
}

#[actix_web::test]
async fn a_client_that_gets_tokens_for_itself_signs_nobody_in() {
    let (app, setup) = stage().await;
    let make = |flows: Value, has_secret: bool| {
        json!({
            "UserPoolId": setup.pool, "ClientName": "x", "ExplicitAuthFlows": flows, "GenerateSecret": has_secret,
        })
    };
    for bad in [
        make(json!(["ALLOW_CLIENT_TOKEN_AUTH", "ALLOW_USER_SRP_AUTH"]), true),
        make(json!(["ALLOW_CLIENT_TOKEN_AUTH"]), false),
    ] {
        assert_eq!(app.api("CreateUserPoolClient", bad).await.fault(), "InvalidParameterException");
    }
    app.ok("CreateUserPoolClient", make(json!(["ALLOW_CLIENT_TOKEN_AUTH"]), true)).await;
}

/// A service that may exchange tokens, and what it asks with.
async fn service(app: &TestApp, setup: &Setup) -> Value {
    let client = json!({
        "GenerateSecret": true, "AllowedOAuthScopes": ["notes/read", ADMIN, "openid", "email"],
        "ExplicitAuthFlows": ["ALLOW_TOKEN_EXCHANGE_IMPERSONATION", "ALLOW_TOKEN_EXCHANGE_DELEGATION"],
    });
    let (id, secret) = setup.another_client(app, client).await;
    json!({ "ClientId": id, "ClientSecret": secret, "SubjectTokenType": "ACCESS_TOKEN" })
}

fn with(service: &Value, more: Value) -> Value {
    let mut asked = service.clone();
    merge(&mut asked, more);
    asked
}

#[actix_web::test]
async fn a_token_is_exchanged_for_a_narrower_one_for_one_service() {
    let (app, setup) = stage().await;
    let service = service(&app, &setup).await;
    let tokens = setup.tokens(&app, JANE).await;
    app.advance(600);
    let asked = with(&service, json!({ "SubjectToken": tokens["AccessToken"], "Resources": ["notes"] }));
    let got = app.ok("GetDerivedToken", asked).await;
    let token = got["IssuedToken"].clone();
    assert_eq!(
        got,
        json!({
            "IssuedToken": token, "IssuedTokenType": "ACCESS_TOKEN", "TokenType": "Bearer", "ExpiresIn": 3000,
            "Scopes": [ADMIN],
        })
    );
    let (before, after) = (claims(&tokens["AccessToken"]), claims(&token));
    for kept in ["sub", "iss", "origin_jti", "auth_time", "username", "scope", "exp"] {
        assert_eq!(before[kept], after[kept], "{kept}");
    }
    assert_eq!((&after["client_id"], &after["aud"]), (&service["ClientId"], &json!("notes")));
    assert_eq!(after.get("act"), None);
    app.ok("GetUser", json!({ "AccessToken": token })).await;
    app.ok("AdminUserGlobalSignOut", json!({ "UserPoolId": setup.pool, "Username": JANE })).await;
    assert_eq!(app.api("GetUser", json!({ "AccessToken": token })).await.message(), "Access Token has been revoked");
}

#[actix_web::test]
async fn whoever_acts_for_somebody_is_named_in_the_token() {
    let (app, setup) = stage().await;
    let service = service(&app, &setup).await;
    let (machine, secret) = machine(&app, &setup).await;
    let actor = app.ok("GetClientToken", json!({ "ClientId": machine, "Secret": secret })).await;
    let actor = actor["ClientAuthenticationResult"]["AccessToken"].clone();
    let tokens = setup.tokens(&app, JANE).await;
    let acting =
        json!({ "SubjectToken": tokens["AccessToken"], "ActorToken": actor, "ActorTokenType": "ACCESS_TOKEN" });
    let first = app.ok("GetDerivedToken", with(&service, acting.clone())).await["IssuedToken"].clone();
    assert_eq!(claims(&first)["act"], json!({ "sub": machine }));
    let again = with(&service, acting);
    let second = app.ok("GetDerivedToken", with(&again, json!({ "SubjectToken": first }))).await;
    assert_eq!(claims(&second["IssuedToken"])["act"], json!({ "sub": machine, "act": { "sub": machine } }));
    let alone = with(&service, json!({ "SubjectToken": first }));
    let kept = app.ok("GetDerivedToken", alone).await;
    assert_eq!(claims(&kept["IssuedToken"])["act"], json!({ "sub": machine }), "nobody is forgotten on the way");
}

#[actix_web::test]
async fn an_id_token_can_be_brought_and_asked_for() {
    let (app, setup) = stage().await;
    let service = service(&app, &setup).await;
    let tokens = setup.tokens(&app, JANE).await;
    let asked = json!({
        "SubjectToken": tokens["IdToken"], "SubjectTokenType": "ID_TOKEN", "RequestedTokenType": "ID_TOKEN",
        "Audiences": ["ledger"],
    });
    let got = app.ok("GetDerivedToken", with(&service, asked)).await;
    assert_eq!((&got["IssuedTokenType"], &got["TokenType"]), (&json!("ID_TOKEN"), &json!("N_A")));
    let said = claims(&got["IssuedToken"]);
    assert_eq!((&said["aud"], &said["email"], &said["token_use"]), (&json!("ledger"), &json!(JANE), &json!("id")));
    assert_eq!(got["Scopes"], json!([ADMIN]));
    let mixed = json!({ "SubjectToken": tokens["IdToken"] });
    assert_eq!(app.api("GetDerivedToken", with(&service, mixed)).await.fault(), "NotAuthorizedException");
}

#[actix_web::test]
async fn scopes_are_those_of_all_three() {
    let (app, setup) = stage().await;
    let service = service(&app, &setup).await;
    let tokens = setup.tokens(&app, JANE).await;
    let asked = |scopes: &[&str]| with(&service, json!({ "SubjectToken": tokens["AccessToken"], "Scopes": scopes }));
    let got = app.ok("GetDerivedToken", asked(&[ADMIN, "notes/read", "phone"])).await;
    assert_eq!(got["Scopes"], json!([ADMIN]));
    assert_eq!(app.api("GetDerivedToken", asked(&["notes/read"])).await.fault(), "InvalidParameterException");
}

#[actix_web::test]
async fn a_bad_exchange_gets_nothing() {
    let (app, setup) = stage().await;
    let service = service(&app, &setup).await;
    let tokens = setup.tokens(&app, JANE).await;
    let elsewhere = Setup::new(&app).await;
    elsewhere.user(&app, JANE).await;
    let foreign = elsewhere.tokens(&app, JANE).await["AccessToken"].clone();
    let (machine, secret) = machine(&app, &setup).await;
    let machines = app.ok("GetClientToken", json!({ "ClientId": machine, "Secret": secret })).await;
    let machines = machines["ClientAuthenticationResult"]["AccessToken"].clone();
    let good = with(&service, json!({ "SubjectToken": tokens["AccessToken"] }));
    let both = json!({ "Audiences": ["a"], "Resources": ["notes"] });
    for (more, fault) in [
        (json!({ "SubjectToken": "x.y.z" }), "NotAuthorizedException"),
        (json!({ "SubjectToken": tokens["RefreshToken"] }), "NotAuthorizedException"),
        (json!({ "SubjectToken": foreign }), "NotAuthorizedException"),
        (json!({ "SubjectToken": machines }), "NotAuthorizedException"),
        (json!({ "SubjectToken": null }), "InvalidParameterException"),
        (json!({ "SubjectTokenType": "SAML2" }), "InvalidParameterException"),
        (json!({ "SubjectTokenProviderName": "Acme" }), "ResourceNotFoundException"),
        (json!({ "ClientSecret": "x".repeat(40) }), "NotAuthorizedException"),
        (json!({ "ClientSecret": null }), "NotAuthorizedException"),
        (json!({ "ClientId": setup.client, "ClientSecret": null }), "InvalidParameterException"),
        (json!({ "ActorToken": tokens["AccessToken"] }), "InvalidParameterException"),
        (json!({ "ActorToken": foreign, "ActorTokenType": "ACCESS_TOKEN" }), "NotAuthorizedException"),
        (json!({ "Resources": ["ledger"] }), "ResourceNotFoundException"),
        (both, "InvalidParameterException"),
    ] {
        let answer = app.api("GetDerivedToken", with(&good, more.clone())).await;
        assert_eq!(answer.fault(), fault, "{more}: {}", answer.text);
    }
    app.advance(3600);
    assert_eq!(app.api("GetDerivedToken", good.clone()).await.message(), "Access Token has expired");
    let disabled = setup.tokens(&app, JANE).await;
    app.ok("AdminDisableUser", json!({ "UserPoolId": setup.pool, "Username": JANE })).await;
    let asked = with(&good, json!({ "SubjectToken": disabled["AccessToken"] }));
    assert_eq!(app.api("GetDerivedToken", asked).await.fault(), "NotAuthorizedException");
}

#[actix_web::test]
async fn a_providers_id_token_is_exchanged_for_its_user_only() {
    let (app, setup) = stage().await;
    let (upstream, key) = (Upstream::start(), TokenKey::new());
    upstream.serve("/keys", Reply::json(&json!({ "keys": [key.jwk()] })));
    let place = |path: &str| format!("{}{path}", upstream.url);
    let details = json!({
        "client_id": "app", "client_secret": "s", "authorize_scopes": "openid", "attributes_request_method": "GET",
        "oidc_issuer": upstream.url, "authorize_url": place("/a"), "token_url": place("/t"),
        "attributes_url": place("/u"), "jwks_uri": place("/keys"),
    });
    let provider = json!({
        "UserPoolId": setup.pool, "ProviderName": "Acme", "ProviderType": "OIDC", "ProviderDetails": details,
    });
    app.ok("CreateIdentityProvider", provider).await;
    let link = json!({
        "UserPoolId": setup.pool,
        "DestinationUser": { "ProviderName": "Cognito", "ProviderAttributeValue": JANE },
        "SourceUser": {
            "ProviderName": "Acme", "ProviderAttributeName": "Cognito_Subject", "ProviderAttributeValue": "u-1",
        },
    });
    app.ok("AdminLinkProviderForUser", link).await;
    let service = service(&app, &setup).await;
    let signed = |subject: &str, audience: &str| {
        let claims = json!({
            "iss": upstream.url, "aud": audience, "sub": subject, "iat": BEGINNING, "exp": BEGINNING + 900,
        });
        let token = key.sign(&json!({ "alg": "RS256", "kid": "k" }), &claims);
        let asked = json!({
            "SubjectToken": token, "SubjectTokenType": "ID_TOKEN", "SubjectTokenProviderName": "Acme",
            "Scopes": ["notes/read"],
        });
        with(&service, asked)
    };
    let got = app.ok("GetDerivedToken", signed("u-1", "app")).await;
    assert_eq!((&got["ExpiresIn"], &got["Scopes"]), (&json!(900), &json!(["notes/read"])));
    assert_eq!(claims(&got["IssuedToken"]).get("origin_jti"), None);
    for (asked, fault) in [
        (signed("u-2", "app"), "UserNotFoundException"),
        (signed("u-1", "another-app"), "NotAuthorizedException"),
        (with(&signed("u-1", "app"), json!({ "SubjectTokenType": "ACCESS_TOKEN" })), "InvalidParameterException"),
    ] {
        let answer = app.api("GetDerivedToken", asked).await;
        assert_eq!(answer.fault(), fault, "{}", answer.text);
    }
}

#[actix_web::test]
async fn the_token_endpoint_exchanges_tokens_too() {
    let (app, setup) = stage().await;
    let service = service(&app, &setup).await;
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let (id, secret) = (text(&service["ClientId"]), text(&service["ClientSecret"]));
    let tokens = setup.tokens(&app, JANE).await;
    let subject = text(&tokens["AccessToken"]);
    let kind = "urn:ietf:params:oauth:token-type:access_token";
    let good = [
        ("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"),
        ("subject_token", subject.as_str()),
        ("subject_token_type", kind),
        ("resource", "notes"),
    ];
    let answer = app.post_basic("/oauth2/token", (&id, &secret), &good).await;
    let got = answer.json();
    assert_eq!(answer.header("cache-control"), "no-store");
    let told = (&got["token_type"], &got["issued_token_type"], &got["scope"], &got["expires_in"]);
    assert_eq!(told, (&json!("Bearer"), &json!(kind), &json!(ADMIN), &json!(3600)), "{}", answer.text);
    assert_eq!(claims(&got["access_token"])["aud"], "notes");
    let changed = |name: &'static str, value: &'static str| {
        let others = good.into_iter().filter(move |(known, _)| *known != name);
        others.chain(Some((name, value)).filter(|(_, value)| !value.is_empty())).collect::<Vec<_>>()
    };
    for (form, error) in [
        (changed("subject_token", ""), "invalid_request"),
        (changed("subject_token", "x.y.z"), "invalid_request"),
        (changed("subject_token_type", ""), "invalid_request"),
        (changed("subject_token_type", "urn:ietf:params:oauth:token-type:saml2"), "invalid_request"),
        (changed("resource", "ledger"), "invalid_target"),
        (changed("audience", "ledger"), "invalid_target"),
        (changed("scope", "notes/read"), "invalid_scope"),
    ] {
        let answer = app.post_basic("/oauth2/token", (&id, &secret), &form).await;
        assert_eq!((answer.status, &answer.json()["error"]), (400, &json!(error)), "{form:?}: {}", answer.text);
    }
    let (other, other_secret) = setup.another_client(&app, json!({ "GenerateSecret": true })).await;
    let answer = app.post_basic("/oauth2/token", (&other, &other_secret), &good).await;
    assert_eq!(answer.json()["error"], "unauthorized_client");
}
