//! Tokens for programs: of a client for itself, and in exchange for a token that a service was sent.

use cenote::domain::ids::ClientId;
use cenote::store::clients;
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

/// A client that may exchange tokens.
fn exchanging(more: Value) -> Value {
    let client = json!({
        "GenerateSecret": true,
        "ExplicitAuthFlows": ["ALLOW_TOKEN_EXCHANGE_IMPERSONATION", "ALLOW_TOKEN_EXCHANGE_DELEGATION"],
    });
    with(&client, more)
}

/// A service that may exchange tokens, and what it asks with.
async fn service(app: &TestApp, setup: &Setup) -> Value {
    let client = exchanging(json!({ "AllowedOAuthScopes": ["notes/read", ADMIN, "openid", "email"] }));
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
    });
    let got = app.ok("GetDerivedToken", with(&service, asked)).await;
    assert_eq!((&got["IssuedTokenType"], &got["TokenType"]), (&json!("ID_TOKEN"), &json!("N_A")));
    let said = claims(&got["IssuedToken"]);
    let own = &service["ClientId"];
    assert_eq!((&said["aud"], &said["email"], &said["token_use"]), (own, &json!(JANE), &json!("id")));
    assert_eq!(got["Scopes"], json!([]));
    let mixed = json!({ "SubjectToken": tokens["IdToken"] });
    assert_eq!(app.api("GetDerivedToken", with(&service, mixed)).await.fault(), "NotAuthorizedException");
}

#[actix_web::test]
async fn an_id_token_earns_no_access_to_the_user_pools_api() {
    let (app, setup) = stage().await;
    let service = service(&app, &setup).await;
    let tokens = setup.tokens(&app, JANE).await;
    let asked = with(&service, json!({ "SubjectToken": tokens["IdToken"], "SubjectTokenType": "ID_TOKEN" }));
    let got = app.ok("GetDerivedToken", asked.clone()).await;
    assert_eq!((&got["Scopes"], &claims(&got["IssuedToken"])["scope"]), (&json!([]), &json!("")));
    assert_eq!(
        app.api("GetUser", json!({ "AccessToken": got["IssuedToken"] })).await.fault(),
        "NotAuthorizedException"
    );
    let named = with(&asked, json!({ "Scopes": [ADMIN] }));
    assert_eq!(app.api("GetDerivedToken", named).await.fault(), "InvalidParameterException");
}

#[actix_web::test]
async fn scopes_that_are_not_the_clients_are_left_out_when_none_are_asked_for() {
    let (app, setup) = stage().await;
    let (id, secret) = setup.another_client(&app, exchanging(json!({ "AllowedOAuthScopes": ["email"] }))).await;
    let asked = |token: &Value, wanted: &str| {
        json!({
            "ClientId": id, "ClientSecret": secret, "SubjectToken": token, "SubjectTokenType": "ACCESS_TOKEN",
            "RequestedTokenType": wanted,
        })
    };
    let tokens = setup.tokens(&app, JANE).await;
    let got = app.ok("GetDerivedToken", asked(&tokens["AccessToken"], "ACCESS_TOKEN")).await;
    assert_eq!(got["Scopes"], json!([]), "the subject's token may call the user pools API, the client may not");
    let narrow = setup.oauth_tokens(&app, JANE, &[("scope", "openid phone")]).await;
    let got = app.ok("GetDerivedToken", asked(&narrow["access_token"], "ID_TOKEN")).await;
    assert_eq!(got["Scopes"], json!([]));
    assert_eq!(claims(&got["IssuedToken"]).get("email"), None, "no scope is not every scope");
}

#[actix_web::test]
async fn no_token_passes_for_one_of_another_client() {
    let (app, setup) = stage().await;
    let service = service(&app, &setup).await;
    let tokens = setup.tokens(&app, JANE).await;
    let asked = |wanted: &str, target: Value| {
        let token = json!({ "SubjectToken": tokens["AccessToken"], "RequestedTokenType": wanted });
        with(&with(&service, token), target)
    };
    for (wanted, target) in [
        ("ID_TOKEN", json!({ "Audiences": [setup.client] })),
        ("ID_TOKEN", json!({ "Audiences": ["ledger"] })),
        ("ID_TOKEN", json!({ "Resources": ["notes"] })),
        ("ACCESS_TOKEN", json!({ "Audiences": [setup.client] })),
    ] {
        let answer = app.api("GetDerivedToken", asked(wanted, target.clone())).await;
        assert_eq!(answer.fault(), "InvalidParameterException", "{wanted} {target}: {}", answer.text);
    }
    for (wanted, audience) in [("ID_TOKEN", &service["ClientId"]), ("ACCESS_TOKEN", &json!("ledger"))] {
        let got = app.ok("GetDerivedToken", asked(wanted, json!({ "Audiences": [audience] }))).await;
        assert_eq!(&claims(&got["IssuedToken"])["aud"], audience, "{wanted}");
    }
}

#[actix_web::test]
async fn only_a_client_with_a_secret_exchanges_tokens() {
    let (app, setup) = stage().await;
    for flow in ["ALLOW_TOKEN_EXCHANGE_IMPERSONATION", "ALLOW_TOKEN_EXCHANGE_DELEGATION"] {
        let public = json!({ "UserPoolId": setup.pool, "ClientName": "x", "ExplicitAuthFlows": [flow] });
        let answer = app.api("CreateUserPoolClient", public).await;
        assert_eq!(answer.fault(), "InvalidParameterException", "{flow}: {}", answer.text);
    }
    let service = service(&app, &setup).await;
    let id = ClientId::parse(service["ClientId"].as_str().unwrap()).unwrap();
    let known = clients::by_id(&mut app.cx.store.read().await.unwrap(), &id).await.unwrap().unwrap().sealed_secrets;
    let (none, now) = (app.cx.seal_client_secrets(&id, &[]).unwrap(), app.cx.now());
    let taken = app
        .cx
        .store
        .write(move |db| Box::pin(async move { clients::replace_secrets(db, &id, (&known, &none), now).await }));
    assert!(taken.await.unwrap());
    app.cx.directory.forget();
    let tokens = setup.tokens(&app, JANE).await;
    let asked = with(&service, json!({ "SubjectToken": tokens["AccessToken"], "ClientSecret": null }));
    let answer = app.api("GetDerivedToken", asked).await;
    assert_eq!(answer.message(), "Auth flow not enabled for this client", "{}", answer.text);
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
            "Scopes": ["notes/read", ADMIN],
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
        (changed("requested_token_type", "urn:ietf:params:oauth:token-type:id_token"), "invalid_target"),
    ] {
        let answer = app.post_basic("/oauth2/token", (&id, &secret), &form).await;
        assert_eq!((answer.status, &answer.json()["error"]), (400, &json!(error)), "{form:?}: {}", answer.text);
    }
    let (other, other_secret) = setup.another_client(&app, json!({ "GenerateSecret": true })).await;
    let answer = app.post_basic("/oauth2/token", (&other, &other_secret), &good).await;
    assert_eq!(answer.json()["error"], "unauthorized_client");
}
