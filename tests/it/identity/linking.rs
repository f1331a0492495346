//! Linking, merging and unlinking.

use serde_json::json;

use super::Stage;

#[actix_web::test]
async fn a_guest_who_signs_in_keeps_the_identity() {
    let stage = Stage::new(json!({})).await;
    let guest = stage.guest().await;
    let logins = stage.logins("jane@example.com").await;
    let body = json!({ "IdentityId": guest, "Logins": logins });
    assert_eq!(stage.ok("GetCredentialsForIdentity", body).await["IdentityId"], guest.as_str());
    assert_eq!(stage.id(&logins).await, guest);
    let described = stage.ok("DescribeIdentity", json!({ "IdentityId": guest })).await;
    assert_eq!(described["Logins"], json!([stage.provider]));
    let forbidden = ("NotAuthorizedException", "is forbidden");
    stage.refuses("GetCredentialsForIdentity", json!({ "IdentityId": guest }), forbidden).await;
}

#[actix_web::test]
async fn a_guest_who_signs_in_with_a_known_login_becomes_part_of_it() {
    let stage = Stage::new(json!({})).await;
    let logins = stage.logins("jane@example.com").await;
    let (id, guest) = (stage.id(&logins).await, stage.guest().await);
    let body = json!({ "IdentityId": guest, "Logins": logins });
    assert_eq!(stage.ok("GetCredentialsForIdentity", body).await["IdentityId"], id.as_str());
    let list = |hide: bool| json!({ "IdentityPoolId": stage.pool, "MaxResults": 10, "HideDisabled": hide });
    let count = async |hide| stage.ok("ListIdentities", list(hide)).await["Identities"].as_array().unwrap().len();
    assert_eq!((count(false).await, count(true).await), (2, 1));
    let forbidden = ("NotAuthorizedException", "is forbidden");
    stage.refuses("GetCredentialsForIdentity", json!({ "IdentityId": guest }), forbidden).await;
}

#[actix_web::test]
async fn an_identity_that_lost_its_last_login_is_nobodys() {
    let stage = Stage::new(json!({})).await;
    stage.users.user(&stage.app, "john@example.com").await;
    let (jane, john) = (stage.logins("jane@example.com").await, stage.logins("john@example.com").await);
    let id = stage.id(&jane).await;
    let body = |logins, names| json!({ "IdentityId": id, "Logins": logins, "LoginsToRemove": names });
    let mismatch = ("NotAuthorizedException", "Logins don't match.");
    stage.refuses("UnlinkIdentity", body(john.clone(), json!([stage.provider])), mismatch).await;
    stage.ok("UnlinkIdentity", body(jane.clone(), json!([stage.provider]))).await;
    for logins in [json!({}), john, jane.clone()] {
        let answer =
            super::call(&stage.app, "GetCredentialsForIdentity", json!({ "IdentityId": id, "Logins": logins })).await;
        assert_eq!(answer.fault(), "NotAuthorizedException", "{}", answer.text);
    }
    assert_ne!(stage.id(&jane).await, id);
}

#[actix_web::test]
async fn parallel_first_logins_lead_to_one_identity() {
    let stage = Stage::new(json!({})).await;
    let logins = stage.logins("jane@example.com").await;
    let ids = futures_util::future::join_all((0..8).map(|_| stage.id(&logins))).await;
    assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
}

#[actix_web::test]
async fn parallel_claims_of_one_guest_leave_it_to_one_person() {
    let stage = Stage::new(json!({})).await;
    let guest = stage.guest().await;
    let mut logins = Vec::new();
    for name in ["a@example.com", "b@example.com", "c@example.com", "d@example.com"] {
        stage.users.user(&stage.app, name).await;
        logins.push(stage.logins(name).await);
    }
    let claims = logins.iter().map(|logins| {
        super::call(&stage.app, "GetCredentialsForIdentity", json!({ "IdentityId": guest, "Logins": logins }))
    });
    let answers = futures_util::future::join_all(claims).await;
    let winners = answers.iter().filter(|answer| answer.status == 200).count();
    assert_eq!(winners, 1, "{answers:?}");
}

#[actix_web::test]
async fn a_broken_constraint_is_a_validation_exception() {
    let stage = Stage::new(json!({})).await;
    let text = "failed to satisfy constraint: Member must";
    let name = json!({ "IdentityPoolName": "pool#name", "AllowUnauthenticatedIdentities": true });
    stage.refuses("CreateIdentityPool", name, ("ValidationException", text)).await;
    let user_pool = json!({ "IdentityPoolId": stage.users.pool });
    stage.refuses("DescribeIdentityPool", user_pool, ("ValidationException", text)).await;
    stage.refuses("DescribeIdentityPool", json!({}), ("ValidationException", text)).await;
    let other = format!("arn:aws:cognito-identity:us-west-2:123456789012:identitypool/{}", stage.pool);
    stage.refuses("ListTagsForResource", json!({ "ResourceArn": other }), ("ResourceNotFoundException", "")).await;
    let other = format!("arn:aws:cognito-idp:us-east-1:123456789012:identitypool/{}", stage.pool);
    stage.refuses("ListTagsForResource", json!({ "ResourceArn": other }), ("InvalidParameterException", "ARN")).await;
}

#[actix_web::test]
async fn pools_are_made_described_changed_tagged_listed_and_deleted() {
    let stage = Stage::new(json!({ "IdentityPoolTags": { "stage": "test" } })).await;
    let id = json!({ "IdentityPoolId": stage.pool });
    let described = stage.ok("DescribeIdentityPool", id.clone()).await;
    assert_eq!(described["IdentityPoolTags"], json!({ "stage": "test" }));
    assert_eq!(described["CognitoIdentityProviders"][0]["ClientId"], stage.users.client.as_str());
    let arn = format!("arn:aws:cognito-identity:us-east-1:123456789012:identitypool/{}", stage.pool);
    stage.ok("TagResource", json!({ "ResourceArn": arn, "Tags": { "owner": "me" } })).await;
    stage.ok("UntagResource", json!({ "ResourceArn": arn, "TagKeys": ["stage"] })).await;
    let tags = stage.ok("ListTagsForResource", json!({ "ResourceArn": arn })).await;
    assert_eq!(tags["Tags"], json!({ "owner": "me" }));
    let listed = stage.ok("ListIdentityPools", json!({ "MaxResults": 10 })).await;
    assert_eq!(listed["IdentityPools"][0]["IdentityPoolName"], "people");
    stage.ok("DeleteIdentityPool", id.clone()).await;
    stage.refuses("DescribeIdentityPool", id.clone(), ("ResourceNotFoundException", "not found")).await;
    stage.refuses("GetId", id, ("ResourceNotFoundException", "IdentityPool '")).await;
}
