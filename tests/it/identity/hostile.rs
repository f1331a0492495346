//! Identity pool operations with bodies that nobody wrote with care.

use cenote::api::IDENTITY_POOLS;
use serde_json::{Value, json};

use super::{Stage, call};

/// Values that no member expects everywhere.
fn odd() -> Vec<Value> {
    vec![
        Value::Null,
        json!(true),
        json!(-1),
        json!(1.5),
        json!(""),
        json!("a\u{0}b"),
        json!("x".repeat(60_000)),
        json!([]),
        json!([null]),
        json!({}),
        json!({ "": "" }),
        json!({ "a\u{0}": "b" }),
        json!({ "a": null }),
        json!({ "authenticated": "arn:aws:iam::123456789012:role/\u{0}" }),
        json!("us-east-1:"),
        json!("us-east-1:0\u{0}"),
    ]
}

const MEMBERS: &[&str] = &[
    "IdentityPoolId",
    "IdentityId",
    "Logins",
    "AccountId",
    "IdentityPoolName",
    "AllowUnauthenticatedIdentities",
    "SupportedLoginProviders",
    "DeveloperProviderName",
    "OpenIdConnectProviderARNs",
    "CognitoIdentityProviders",
    "SamlProviderARNs",
    "IdentityPoolTags",
    "CustomRoleArn",
    "Roles",
    "RoleMappings",
    "MaxResults",
    "NextToken",
    "ResourceArn",
    "Tags",
    "TagKeys",
    "IdentityProviderName",
    "PrincipalTags",
    "TokenDuration",
    "LoginsToRemove",
    "IdentityIdsToDelete",
    "DeveloperUserIdentifier",
    "SourceUserIdentifier",
    "DestinationUserIdentifier",
];

#[actix_web::test]
async fn no_body_makes_an_identity_operation_fail_on_our_side() {
    let stage = Stage::new(json!({})).await;
    let guest = stage.guest().await;
    let arn = format!("arn:aws:cognito-identity:us-east-1:123456789012:identitypool/{}", stage.pool);
    let good = json!({
        "IdentityPoolId": stage.pool, "IdentityId": guest, "IdentityPoolName": "n", "ResourceArn": arn,
        "AllowUnauthenticatedIdentities": true, "MaxResults": 5, "Roles": {}, "IdentityProviderName": "p",
        "Logins": { "login.example": "u" }, "LoginsToRemove": ["x"], "Tags": {}, "TagKeys": ["k"],
        "IdentityIdsToDelete": ["us-east-1:0"], "DeveloperUserIdentifier": "u", "DeveloperProviderName": "login.example",
        "SourceUserIdentifier": "u", "DestinationUserIdentifier": "v",
    });
    for entry in IDENTITY_POOLS.families.iter().flat_map(|family| family.iter()) {
        for member in MEMBERS {
            for value in odd() {
                let mut body = good.clone();
                body[*member] = value;
                if entry.name == "DeleteIdentityPool" && *member != "IdentityPoolId" {
                    continue;
                }
                let answer = call(&stage.app, entry.name, body).await;
                let is_refusal = answer.status == 400 && !answer.fault().is_empty();
                assert!(answer.status == 200 || is_refusal, "{} {member}: {}", entry.name, answer.text);
            }
        }
    }
}
