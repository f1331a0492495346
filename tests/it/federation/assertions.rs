//! SAML assertions that an app exchanges for a token, instead of signing somebody in with them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::stage::{World, world};
use crate::support::setup::merge;

const ADA: &[(&str, &str)] = &[("person", "ada@example.com")];
const UNBELIEVED: (&str, &str) = ("NotAuthorizedException", "Invalid token of the identity provider");

/// A response of the SAML provider that is on its way to us, with the assertion inside.
async fn response(world: &mut World) -> String {
    let picker = world.browser.open(&world.start_at_provider()).await;
    let page = world.browser.submit(&picker, "email", ADA).await;
    page.field("SAMLResponse", "SAMLResponse").clone()
}

/// A world where Ada has signed in once, and what a service asks with.
async fn prepared() -> (World, Value) {
    let mut world = world().await;
    let picker = world.leave("SimulatedSAML").await;
    world.pick(&picker, ADA).await;
    let client = json!({
        "GenerateSecret": true, "ExplicitAuthFlows": ["ALLOW_TOKEN_EXCHANGE_IMPERSONATION"],
        "AllowedOAuthScopes": ["openid", "email"],
    });
    let (id, secret) = world.setup.another_client(&world.app, client).await;
    let asked = json!({
        "ClientId": id, "ClientSecret": secret, "SubjectTokenType": "SAML2",
        "SubjectTokenProviderName": "SimulatedSAML", "Scopes": ["openid"],
    });
    (world, asked)
}

fn with(asked: &Value, more: Value) -> Value {
    let mut asked = asked.clone();
    merge(&mut asked, more);
    asked
}

#[actix_web::test]
async fn an_assertion_is_exchanged_once_for_a_token_of_its_user() {
    let (mut world, asked) = prepared().await;
    let held = response(&mut world).await;
    let got = world.app.ok("GetDerivedToken", with(&asked, json!({ "SubjectToken": held }))).await;
    assert_eq!((&got["IssuedTokenType"], &got["Scopes"]), (&json!("ACCESS_TOKEN"), &json!(["openid"])));
    let users = world.app.ok("ListUsers", json!({ "UserPoolId": world.setup.pool })).await;
    let claims = got["IssuedToken"].as_str().unwrap().split('.').nth(1).unwrap().to_owned();
    let claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).unwrap()).unwrap();
    assert_eq!((&claims["username"], &claims["client_id"]), (&users["Users"][0]["Username"], &asked["ClientId"]));
    world.app.refuses("GetDerivedToken", with(&asked, json!({ "SubjectToken": held })), UNBELIEVED).await;
    let bytes = STANDARD.decode(response(&mut world).await).unwrap();
    let other_alphabet = with(&asked, json!({ "SubjectToken": URL_SAFE_NO_PAD.encode(bytes) }));
    world.app.ok("GetDerivedToken", other_alphabet).await;
}

#[actix_web::test]
async fn an_assertion_that_signed_somebody_in_is_worth_no_token() {
    let (mut world, asked) = prepared().await;
    let client = json!({ "SupportedIdentityProviders": ["SimulatedSAML"] });
    (world.setup.client, world.setup.secret) = world.setup.another_client(&world.app, client).await;
    let picker = world.browser.open(&world.start_at_provider()).await;
    let page = world.browser.submit(&picker, "email", ADA).await;
    let held = page.field("SAMLResponse", "SAMLResponse").clone();
    let home = world.browser.submit(&page, "SAMLResponse", &[]).await;
    let home = world.go_on(home).await;
    assert!(home.query("code").is_some(), "{} {}", home.url, home.text());
    world.app.refuses("GetDerivedToken", with(&asked, json!({ "SubjectToken": held })), UNBELIEVED).await;
}

#[actix_web::test]
async fn what_is_wrong_with_an_assertion_is_refused() {
    let (mut world, asked) = prepared().await;
    let held = response(&mut world).await;
    let text = String::from_utf8(STANDARD.decode(&held).unwrap()).unwrap();
    let forged = STANDARD.encode(text.replace("ada@example.com", "eve@example.com"));
    world.app.refuses("GetDerivedToken", with(&asked, json!({ "SubjectToken": forged })), UNBELIEVED).await;
    let nameless = with(&asked, json!({ "SubjectToken": held, "SubjectTokenProviderName": null }));
    let text = "A SAML assertion needs the name of its provider.";
    world.app.refuses("GetDerivedToken", nameless, ("InvalidParameterException", text)).await;
    let oidc = with(&asked, json!({ "SubjectToken": held, "SubjectTokenProviderName": "SimulatedOIDC" }));
    assert_eq!(world.app.api("GetDerivedToken", oidc).await.fault(), "InvalidParameterException");
    world.app.advance(361);
    world.app.refuses("GetDerivedToken", with(&asked, json!({ "SubjectToken": held })), UNBELIEVED).await;
}
