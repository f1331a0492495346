//! Refreshing, revoking, signing out everywhere.

use serde_json::{Value, json};

use crate::support::{Setup, TestApp};

const JANE: &str = "jane@example.com";

fn rotation(grace: i64) -> Value {
    json!({
        "ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH"],
        "RefreshTokenRotation": { "Feature": "ENABLED", "RetryGracePeriodSeconds": grace },
    })
}

fn refresh(setup: &Setup, token: &Value) -> Value {
    json!({ "ClientId": setup.client, "RefreshToken": token })
}

fn initiate(setup: &Setup, token: &Value) -> Value {
    let parameters = json!({ "REFRESH_TOKEN": token });
    json!({ "ClientId": setup.client, "AuthFlow": "REFRESH_TOKEN_AUTH", "AuthParameters": parameters })
}

fn revoke(setup: &Setup, token: &Value) -> Value {
    json!({ "ClientId": setup.client, "Token": token })
}

async fn signed_in(client: Value) -> (TestApp, Setup, Value) {
    let app = TestApp::new().await;
    let setup = Setup::with(&app, json!({}), client).await;
    setup.user(&app, JANE).await;
    let tokens = setup.tokens(&app, JANE).await;
    (app, setup, tokens)
}

#[actix_web::test]
async fn a_refresh_keeps_the_family_and_gives_no_new_refresh_token() {
    let (app, setup, old) = signed_in(json!({})).await;
    app.advance(600);
    for (operation, body) in [
        ("InitiateAuth", initiate(&setup, &old["RefreshToken"])),
        ("GetTokensFromRefreshToken", refresh(&setup, &old["RefreshToken"])),
    ] {
        let new = app.ok(operation, body).await["AuthenticationResult"].clone();
        assert!(new.get("RefreshToken").is_none(), "{operation}");
        let (before, after) = (super::claims(&old["AccessToken"]), super::claims(&new["AccessToken"]));
        for kept in ["sub", "origin_jti", "auth_time", "event_id", "scope", "client_id"] {
            assert_eq!(before[kept], after[kept], "{kept}");
        }
        assert_eq!(after["iat"], 1_704_165_245);
        assert_ne!(before["jti"], after["jti"]);
        app.ok("GetUser", json!({ "AccessToken": new["AccessToken"] })).await;
    }
}

#[actix_web::test]
async fn a_refresh_token_belongs_to_its_client() {
    let (app, setup, tokens) = signed_in(json!({})).await;
    let (other, _) = setup.another_client(&app, json!({})).await;
    let other = setup.through(other);
    let invalid = ("NotAuthorizedException", "Invalid Refresh Token");
    app.refuses("InitiateAuth", initiate(&other, &tokens["RefreshToken"]), invalid).await;
    app.refuses("GetTokensFromRefreshToken", refresh(&other, &tokens["RefreshToken"]), invalid).await;
    let foreign = app.api("RevokeToken", revoke(&other, &tokens["RefreshToken"])).await;
    assert_eq!((foreign.status, foreign.fault().as_str()), (400, "UnauthorizedException"));
    app.ok("InitiateAuth", initiate(&setup, &tokens["RefreshToken"])).await;
}

#[actix_web::test]
async fn made_up_refresh_tokens_are_invalid() {
    let (app, setup, tokens) = signed_in(json!({})).await;
    let invalid = ("NotAuthorizedException", "Invalid Refresh Token");
    for token in [json!("nonsense"), tokens["AccessToken"].clone(), tokens["IdToken"].clone()] {
        app.refuses("InitiateAuth", initiate(&setup, &token), invalid).await;
        app.refuses("GetTokensFromRefreshToken", refresh(&setup, &token), invalid).await;
    }
}

#[actix_web::test]
async fn a_refresh_token_expires_with_its_sign_in() {
    let validity = json!({ "RefreshTokenValidity": 2, "TokenValidityUnits": { "RefreshToken": "hours" } });
    let (app, setup, tokens) = signed_in(validity).await;
    app.advance(7199);
    app.ok("InitiateAuth", initiate(&setup, &tokens["RefreshToken"])).await;
    app.advance(1);
    let expired = ("NotAuthorizedException", "Refresh Token has expired");
    app.refuses("InitiateAuth", initiate(&setup, &tokens["RefreshToken"]), expired).await;
}

#[actix_web::test]
async fn with_rotation_each_refresh_gives_a_new_token_and_the_old_one_kills_the_family() {
    let (app, setup, first) = signed_in(rotation(0)).await;
    let second = app.ok("GetTokensFromRefreshToken", refresh(&setup, &first["RefreshToken"])).await;
    let second = second["AuthenticationResult"].clone();
    assert_ne!(first["RefreshToken"], second["RefreshToken"]);
    app.advance(1);
    let reuse = app.api("GetTokensFromRefreshToken", refresh(&setup, &first["RefreshToken"])).await;
    assert_eq!((reuse.status, reuse.fault().as_str()), (400, "RefreshTokenReuseException"));
    let revoked = ("NotAuthorizedException", "Refresh Token has been revoked");
    app.refuses("GetTokensFromRefreshToken", refresh(&setup, &second["RefreshToken"]), revoked).await;
    let revoked = ("NotAuthorizedException", "Access Token has been revoked");
    app.refuses("GetUser", json!({ "AccessToken": second["AccessToken"] }), revoked).await;
}

#[actix_web::test]
async fn a_rotated_token_works_for_the_grace_period() {
    let (app, setup, first) = signed_in(rotation(10)).await;
    app.ok("GetTokensFromRefreshToken", refresh(&setup, &first["RefreshToken"])).await;
    app.advance(9);
    app.ok("GetTokensFromRefreshToken", refresh(&setup, &first["RefreshToken"])).await;
    app.advance(1);
    let reuse = app.api("GetTokensFromRefreshToken", refresh(&setup, &first["RefreshToken"])).await;
    assert_eq!(reuse.fault(), "RefreshTokenReuseException");
}

#[actix_web::test]
async fn with_rotation_the_older_flow_is_closed() {
    let (app, setup, tokens) = signed_in(rotation(0)).await;
    let refusal = ("InvalidParameterException", "Auth flow not enabled for this client");
    app.refuses("InitiateAuth", initiate(&setup, &tokens["RefreshToken"]), refusal).await;
}

#[actix_web::test]
async fn a_revoked_token_ends_its_own_sign_in_only() {
    let (app, setup, one) = signed_in(json!({})).await;
    let other = setup.tokens(&app, JANE).await;
    assert_eq!(app.ok("RevokeToken", revoke(&setup, &one["RefreshToken"])).await, json!({}));
    let revoked = ("NotAuthorizedException", "Refresh Token has been revoked");
    app.refuses("InitiateAuth", initiate(&setup, &one["RefreshToken"]), revoked).await;
    let revoked = ("NotAuthorizedException", "Access Token has been revoked");
    app.refuses("GetUser", json!({ "AccessToken": one["AccessToken"] }), revoked).await;
    app.ok("GetUser", json!({ "AccessToken": other["AccessToken"] })).await;
    app.ok("InitiateAuth", initiate(&setup, &other["RefreshToken"])).await;
    assert_eq!(app.ok("RevokeToken", revoke(&setup, &one["RefreshToken"])).await, json!({}), "again");
}

#[actix_web::test]
async fn only_refresh_tokens_can_be_revoked() {
    let (app, setup, tokens) = signed_in(json!({})).await;
    for name in ["AccessToken", "IdToken"] {
        let answer = app.api("RevokeToken", revoke(&setup, &tokens[name])).await;
        assert_eq!((answer.status, answer.fault().as_str()), (400, "UnsupportedTokenTypeException"), "{name}");
    }
    assert_eq!(app.ok("RevokeToken", revoke(&setup, &json!("unknown"))).await, json!({}));
    app.ok("GetUser", json!({ "AccessToken": tokens["AccessToken"] })).await;
}

#[actix_web::test]
async fn revocation_can_be_switched_off() {
    let (app, setup, tokens) = signed_in(json!({ "EnableTokenRevocation": false })).await;
    let answer = app.api("RevokeToken", revoke(&setup, &tokens["RefreshToken"])).await;
    assert_eq!(answer.fault(), "UnsupportedOperationException");
    assert!(super::claims(&tokens["AccessToken"]).get("origin_jti").is_none());
    app.ok("InitiateAuth", initiate(&setup, &tokens["RefreshToken"])).await;
    app.advance(1);
    app.ok("GlobalSignOut", json!({ "AccessToken": tokens["AccessToken"] })).await;
    let revoked = ("NotAuthorizedException", "Access Token has been revoked");
    app.refuses("GetUser", json!({ "AccessToken": tokens["AccessToken"] }), revoked).await;
}

#[actix_web::test]
async fn a_global_sign_out_by_the_user_ends_every_sign_in() {
    let (app, setup, one) = signed_in(json!({})).await;
    let other = setup.tokens(&app, JANE).await;
    assert_eq!(app.ok("GlobalSignOut", json!({ "AccessToken": one["AccessToken"] })).await, json!({}));
    for tokens in [one, other] {
        let revoked = ("NotAuthorizedException", "Access Token has been revoked");
        app.refuses("GetUser", json!({ "AccessToken": tokens["AccessToken"] }), revoked).await;
        app.refuses("GlobalSignOut", json!({ "AccessToken": tokens["AccessToken"] }), revoked).await;
        let revoked = ("NotAuthorizedException", "Refresh Token has been revoked");
        app.refuses("InitiateAuth", initiate(&setup, &tokens["RefreshToken"]), revoked).await;
    }
}

#[actix_web::test]
async fn a_revocation_holds_on_the_other_instance_at_once() {
    let (app, setup, tokens) = signed_in(json!({})).await;
    let other = app.second_instance_with(|config| config.issuer_base = Some(app.base.parse().unwrap())).await;
    other.ok("GetUser", json!({ "AccessToken": tokens["AccessToken"] })).await;
    app.ok("RevokeToken", revoke(&setup, &tokens["RefreshToken"])).await;
    let revoked = ("NotAuthorizedException", "Access Token has been revoked");
    other.refuses("GetUser", json!({ "AccessToken": tokens["AccessToken"] }), revoked).await;
}
