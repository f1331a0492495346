//! Credentials: who gets them, for which role, and what they are good for.

use serde_json::{Value, json};

use super::signing::{Keys, element};
use super::{AUTHENTICATED, Stage};
use crate::support::setup::PASSWORD;

const IDENTITY: &str = "Action=GetCallerIdentity&Version=2011-06-15";

#[actix_web::test]
async fn a_user_gets_credentials_that_name_the_role_session() {
    let stage = Stage::new(json!({})).await;
    let logins = stage.logins("jane@example.com").await;
    let id = stage.id(&logins).await;
    assert!(id.starts_with("us-east-1:"), "{id}");
    assert_eq!(stage.id(&logins).await, id, "the same login leads to the same identity");
    let credentials = stage.credentials(&id, &logins).await;
    assert!(credentials["AccessKeyId"].as_str().unwrap().starts_with("ASIA"));
    assert_eq!(credentials["Expiration"], stage.app.cx.now().seconds() + 3600);
    let answer = Keys::of(&credentials).sts(&stage.app, IDENTITY).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let arn = "arn:aws:sts::123456789012:assumed-role/Authenticated/CognitoIdentityCredentials";
    assert_eq!(element(&answer.text, "Arn"), arn);
    assert_eq!(element(&answer.text, "Account"), "123456789012");
    assert!(element(&answer.text, "UserId").ends_with(":CognitoIdentityCredentials"));
}

#[actix_web::test]
async fn the_issuer_without_its_scheme_names_the_same_user_pool() {
    let stage = Stage::new(json!({})).await;
    let logins = stage.logins("jane@example.com").await;
    let id = stage.id(&logins).await;
    let token = logins[&stage.provider].clone();
    let other = format!("{}/{}", stage.app.base.trim_start_matches("http://"), stage.users.pool);
    assert_eq!(stage.id(&json!({ other: token })).await, id);
}

#[actix_web::test]
async fn a_guest_gets_the_guests_role_unless_guests_are_not_allowed() {
    let stage = Stage::new(json!({})).await;
    let guest = stage.guest().await;
    assert_ne!(stage.guest().await, guest);
    let credentials = stage.credentials(&guest, &json!({})).await;
    let answer = Keys::of(&credentials).sts(&stage.app, IDENTITY).await;
    assert!(element(&answer.text, "Arn").contains(":assumed-role/Guest/"), "{}", answer.text);
    let closed = Stage::new(json!({ "AllowUnauthenticatedIdentities": false })).await;
    let refusal = ("NotAuthorizedException", "Unauthenticated access is not supported for this identity pool.");
    closed.refuses("GetId", json!({ "IdentityPoolId": closed.pool }), refusal).await;
}

#[actix_web::test]
async fn an_identity_is_for_its_own_logins_only() {
    let stage = Stage::new(json!({})).await;
    stage.users.user(&stage.app, "john@example.com").await;
    let (jane, john) = (stage.logins("jane@example.com").await, stage.logins("john@example.com").await);
    let id = stage.id(&jane).await;
    let body = |logins: &Value| json!({ "IdentityId": id, "Logins": logins });
    let operation = "GetCredentialsForIdentity";
    stage.refuses(operation, body(&john), ("NotAuthorizedException", "Logins don't match.")).await;
    let forbidden = format!("Access to Identity '{id}' is forbidden.");
    stage.refuses(operation, body(&json!({})), ("NotAuthorizedException", &forbidden)).await;
    let nobody = "us-east-1:00000000-0000-4000-8000-000000000000";
    let missing = json!({ "IdentityId": nobody, "Logins": jane });
    stage.refuses(operation, missing, ("ResourceNotFoundException", "not found")).await;
}

#[actix_web::test]
async fn a_pool_without_roles_says_so() {
    let stage = Stage::new(json!({})).await;
    let id = stage.guest().await;
    stage.ok("SetIdentityPoolRoles", json!({ "IdentityPoolId": stage.pool, "Roles": {} })).await;
    let refusal = ("InvalidIdentityPoolConfigurationException", "Check assigned IAM roles");
    stage.refuses("GetCredentialsForIdentity", json!({ "IdentityId": id }), refusal).await;
}

#[actix_web::test]
async fn groups_and_rules_choose_the_role() {
    let stage = Stage::new(json!({})).await;
    let admin = "arn:aws:iam::123456789012:role/Admin";
    let group = json!({ "UserPoolId": stage.users.pool, "GroupName": "admins", "RoleArn": admin, "Precedence": 1 });
    stage.app.ok("CreateGroup", group).await;
    let member = json!({ "UserPoolId": stage.users.pool, "Username": "jane@example.com", "GroupName": "admins" });
    stage.app.ok("AdminAddUserToGroup", member).await;
    let key = format!("{}:{}", stage.provider, stage.users.client);
    let set = async |mapping: Value| {
        let body = json!({
            "IdentityPoolId": stage.pool, "Roles": { "authenticated": AUTHENTICATED }, "RoleMappings": { &key: mapping },
        });
        stage.ok("SetIdentityPoolRoles", body).await;
    };
    let logins = stage.logins("jane@example.com").await;
    let id = stage.id(&logins).await;
    let arn = async || {
        let credentials = stage.credentials(&id, &logins).await;
        element(&Keys::of(&credentials).sts(&stage.app, IDENTITY).await.text, "Arn").to_owned()
    };
    set(json!({ "Type": "Token", "AmbiguousRoleResolution": "Deny" })).await;
    assert!(arn().await.contains("/Admin/"));
    let other = json!({ "IdentityId": id, "Logins": logins, "CustomRoleArn": AUTHENTICATED });
    stage.refuses("GetCredentialsForIdentity", other, ("NotAuthorizedException", "role")).await;
    let rule = |value: &str| {
        let role = "arn:aws:iam::123456789012:role/Staff";
        let rules = json!([{ "Claim": "email", "MatchType": "Contains", "Value": value, "RoleARN": role }]);
        json!({ "Type": "Rules", "AmbiguousRoleResolution": "Deny", "RulesConfiguration": { "Rules": rules } })
    };
    set(rule("@example.com")).await;
    assert!(arn().await.contains("/Staff/"));
    set(rule("@other.example")).await;
    let body = json!({ "IdentityId": id, "Logins": logins });
    stage.refuses("GetCredentialsForIdentity", body, ("NotAuthorizedException", "No role")).await;
    let got = stage.ok("GetIdentityPoolRoles", json!({ "IdentityPoolId": stage.pool })).await;
    assert_eq!(got["RoleMappings"][&key], rule("@other.example"));
}

#[actix_web::test]
async fn credentials_sign_a_call_that_another_server_verifies_until_they_expire() {
    let stage = Stage::new(json!({})).await;
    let tags = json!({
        "IdentityPoolId": stage.pool, "IdentityProviderName": stage.provider, "PrincipalTags": { "mail": "email" },
    });
    stage.ok("SetPrincipalTagAttributeMap", tags).await;
    let logins = stage.logins("jane@example.com").await;
    let id = stage.id(&logins).await;
    let keys = Keys::of(&stage.credentials(&id, &logins).await);
    let second = stage.app.second_instance().await;
    let now = stage.app.cx.now().seconds();
    let told = keys.verified(&second, ("hello", "hello"), now).await;
    assert_eq!(told.status, 200, "{}", told.text);
    let told = told.json();
    assert_eq!(
        (&told["Subject"], &told["Audience"], &told["Service"]),
        (&json!(id), &json!(stage.pool), &json!("notes"))
    );
    assert_eq!(told["Tags"], json!({ "mail": "jane@example.com" }));
    assert_eq!(keys.verified(&second, ("hello", "another"), now).await.fault(), "InvalidSignatureException");
    assert_eq!(keys.verified(&second, ("hello", "hello"), now - 400).await.fault(), "InvalidSignatureException");
    let forged = Keys { secret: "x".repeat(40), ..Keys::of(&stage.credentials(&id, &logins).await) };
    assert_eq!(forged.verified(&second, ("hello", "hello"), now).await.fault(), "InvalidSignatureException");
    let mixed = Keys { id: forged.id, secret: keys.secret.clone(), token: keys.token.clone() };
    assert_eq!(mixed.verified(&second, ("hello", "hello"), now).await.fault(), "UnrecognizedClientException");
    stage.app.advance(3601);
    let late = keys.verified(&second, ("hello", "hello"), now + 3601).await;
    assert_eq!(late.fault(), "ExpiredTokenException");
    let answer = keys.sts(&stage.app, IDENTITY).await;
    assert_eq!((answer.status, element(&answer.text, "Code")), (403, "ExpiredToken"));
}

#[actix_web::test]
async fn a_user_who_signed_out_everywhere_is_refused_where_the_server_is_asked() {
    for is_checked in [true, false] {
        let stage = Stage::new(json!({})).await;
        let update = json!({
            "IdentityPoolId": stage.pool, "IdentityPoolName": "people", "AllowUnauthenticatedIdentities": true,
            "DeveloperProviderName": "login.example", "CognitoIdentityProviders": [{
                "ProviderName": stage.provider, "ClientId": stage.users.client, "ServerSideTokenCheck": is_checked,
            }],
        });
        stage.ok("UpdateIdentityPool", update).await;
        let tokens = stage.users.tokens(&stage.app, "jane@example.com").await;
        let logins = json!({ &stage.provider: tokens["IdToken"] });
        let id = stage.id(&logins).await;
        stage.app.ok("GlobalSignOut", json!({ "AccessToken": tokens["AccessToken"] })).await;
        let answer =
            super::call(&stage.app, "GetCredentialsForIdentity", json!({ "IdentityId": id, "Logins": logins })).await;
        assert_eq!(answer.status, if is_checked { 400 } else { 200 }, "{}", answer.text);
    }
}

#[actix_web::test]
async fn a_password_is_no_login() {
    let stage = Stage::new(json!({})).await;
    let logins = json!({ &stage.provider: PASSWORD });
    let body = json!({ "IdentityPoolId": stage.pool, "Logins": logins });
    stage.refuses("GetId", body, ("NotAuthorizedException", "Not a valid OpenId Connect identity token")).await;
}
