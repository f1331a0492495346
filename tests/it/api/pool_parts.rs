//! What hangs on a pool: custom attributes, tags, resource servers, log delivery, and what has no meaning here.

use serde_json::{Value, json};

use crate::support::{Setup, TestApp};

async fn described(app: &TestApp, setup: &Setup) -> Value {
    app.ok("DescribeUserPool", json!({ "UserPoolId": setup.pool })).await["UserPool"].clone()
}

fn arn(setup: &Setup) -> String {
    format!("arn:aws:cognito-idp:us-east-1:123456789012:userpool/{}", setup.pool)
}

#[actix_web::test]
async fn custom_attributes_are_added_with_their_prefix_and_bounds_and_never_twice() {
    let app = TestApp::new().await;
    let setup = Setup::new(&app).await;
    let add = |attributes: Value| json!({ "UserPoolId": setup.pool, "CustomAttributes": attributes });
    let wish = json!([
        { "Name": "team", "AttributeDataType": "String", "StringAttributeConstraints": { "MinLength": "1", "MaxLength": "9" } },
        { "Name": "floor", "AttributeDataType": "Number", "Mutable": false },
        { "Name": "ward", "AttributeDataType": "Boolean", "DeveloperOnlyAttribute": true },
    ]);
    assert_eq!(app.ok("AddCustomAttributes", add(wish)).await, json!({}));
    let schema = described(&app, &setup).await["SchemaAttributes"].clone();
    let of = |name: &str| schema.as_array().unwrap().iter().find(|one| one["Name"] == name).unwrap().clone();
    assert_eq!(
        of("custom:team"),
        json!({
            "Name": "custom:team", "AttributeDataType": "String", "DeveloperOnlyAttribute": false, "Mutable": true,
            "Required": false, "StringAttributeConstraints": { "MinLength": "1", "MaxLength": "9" },
        })
    );
    assert_eq!(of("custom:floor")["NumberAttributeConstraints"], json!({}));
    assert_eq!(
        (&of("custom:floor")["Mutable"], &of("dev:custom:ward")["DeveloperOnlyAttribute"]),
        (&json!(false), &json!(true))
    );
    setup.user_with(&app, "jane@example.com", &[("custom:team", "blue"), ("custom:floor", "3")]).await;
    let long = json!({
        "UserPoolId": setup.pool, "Username": "joe@example.com", "MessageAction": "SUPPRESS",
        "UserAttributes": [{ "Name": "custom:team", "Value": "0123456789" }],
    });
    assert_eq!(app.api("AdminCreateUser", long).await.fault(), "InvalidParameterException");
    let again = json!([{ "Name": "team", "AttributeDataType": "String" }]);
    let text = "custom:team: Existing attribute already has name custom:team.";
    app.refuses("AddCustomAttributes", add(again), ("InvalidParameterException", text)).await;
    let ward = json!([{ "Name": "ward", "AttributeDataType": "String", "DeveloperOnlyAttribute": true }]);
    let text = "custom:ward: Existing attribute already has name dev:custom:ward.";
    app.refuses("AddCustomAttributes", add(ward), ("InvalidParameterException", text)).await;
    let required = json!([{ "Name": "x", "AttributeDataType": "String", "Required": true }]);
    let text = "Required custom attributes are not supported currently.";
    app.refuses("AddCustomAttributes", add(required), ("InvalidParameterException", text)).await;
    for bad in [json!([]), json!(null), json!([{ "Name": "a b", "AttributeDataType": "String" }])] {
        assert_eq!(app.api("AddCustomAttributes", add(bad)).await.fault(), "InvalidParameterException");
    }
}

#[actix_web::test]
async fn a_pool_has_fifty_custom_attributes_at_most() {
    let app = TestApp::new().await;
    let setup = Setup::new(&app).await;
    let add = |names: std::ops::Range<i32>| {
        let list: Vec<_> = names.map(|n| json!({ "Name": format!("a{n}"), "AttributeDataType": "String" })).collect();
        json!({ "UserPoolId": setup.pool, "CustomAttributes": list })
    };
    app.ok("AddCustomAttributes", add(0..25)).await;
    app.ok("AddCustomAttributes", add(25..50)).await;
    assert_eq!(app.api("AddCustomAttributes", add(50..51)).await.fault(), "InvalidParameterException");
    assert_eq!(app.api("AddCustomAttributes", add(60..86)).await.fault(), "InvalidParameterException");
    assert_eq!(described(&app, &setup).await["SchemaAttributes"].as_array().unwrap().len(), 70);
}

#[actix_web::test]
async fn tags_are_added_taken_away_and_listed() {
    let app = TestApp::new().await;
    let setup = Setup::with(&app, json!({ "UserPoolTags": { "team": "a" } }), json!({})).await;
    let named = json!({ "ResourceArn": arn(&setup) });
    let tag = |tags: Value| json!({ "ResourceArn": arn(&setup), "Tags": tags });
    assert_eq!(app.ok("TagResource", tag(json!({ "team": "b", "stage": "" }))).await, json!({}));
    let tags = json!({ "team": "b", "stage": "" });
    assert_eq!(app.ok("ListTagsForResource", named.clone()).await["Tags"], tags);
    assert_eq!(described(&app, &setup).await["UserPoolTags"], tags);
    app.ok("UntagResource", json!({ "ResourceArn": arn(&setup), "TagKeys": ["stage", "absent"] })).await;
    assert_eq!(app.ok("ListTagsForResource", named).await["Tags"], json!({ "team": "b" }));
    for bad in [json!({ "aws:x": "1" }), json!({ "": "1" }), json!({ "k": "v".repeat(257) }), json!(null)] {
        assert_eq!(app.api("TagResource", tag(bad)).await.fault(), "InvalidParameterException");
    }
    let absent = json!({ "ResourceArn": "arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_Absent000" });
    assert_eq!(app.api("ListTagsForResource", absent).await.fault(), "ResourceNotFoundException");
    for (wrong, fault) in [
        (arn(&setup).replace("us-east-1:", "us-west-2:"), "ResourceNotFoundException"),
        (arn(&setup).replace("123456789012", "111111111111"), "ResourceNotFoundException"),
        (arn(&setup).replace("cognito-idp", "cognito-identity"), "InvalidParameterException"),
        (arn(&setup).replace(":userpool/", ":identitypool/"), "InvalidParameterException"),
        ("arn:aws:s3:us-east-1:123456789012:bucket/x".to_owned(), "InvalidParameterException"),
        (format!("arn:aws:sqs:us-east-1:123456789012:userpool/{}", setup.pool), "InvalidParameterException"),
    ] {
        let answer = app.api("ListTagsForResource", json!({ "ResourceArn": wrong })).await;
        assert_eq!(answer.fault(), fault, "{wrong}");
    }
}

#[actix_web::test]
async fn a_resource_server_is_replaced_and_deleted() {
    let app = TestApp::new().await;
    let setup = Setup::new(&app).await;
    let server = |name: &str, scope: &str| {
        let scopes = json!([{ "ScopeName": scope, "ScopeDescription": "x" }]);
        json!({ "UserPoolId": setup.pool, "Identifier": "https://api.example", "Name": name, "Scopes": scopes })
    };
    let named = json!({ "UserPoolId": setup.pool, "Identifier": "https://api.example" });
    assert_eq!(app.api("UpdateResourceServer", server("A", "read")).await.fault(), "ResourceNotFoundException");
    app.ok("CreateResourceServer", server("A", "read")).await;
    let updated = app.ok("UpdateResourceServer", server("B", "write")).await;
    assert_eq!(updated["ResourceServer"], server("B", "write"));
    assert_eq!(app.ok("DescribeResourceServer", named.clone()).await, updated);
    let client = |scope: &str| {
        json!({
            "UserPoolId": setup.pool, "ClientName": "c", "GenerateSecret": true, "AllowedOAuthFlowsUserPoolClient": true,
            "AllowedOAuthFlows": ["client_credentials"], "AllowedOAuthScopes": [scope],
        })
    };
    let gone = app.api("CreateUserPoolClient", client("https://api.example/read")).await;
    assert_eq!(gone.fault(), "ScopeDoesNotExistException");
    app.ok("CreateUserPoolClient", client("https://api.example/write")).await;
    assert_eq!(app.ok("DeleteResourceServer", named.clone()).await, json!({}));
    for operation in ["DescribeResourceServer", "DeleteResourceServer"] {
        let gone = ("ResourceNotFoundException", "Resource server https://api.example does not exist.");
        app.refuses(operation, named.clone(), gone).await;
    }
    let plain = json!({ "UserPoolId": setup.pool, "Identifier": "https://api.example", "Name": "A" });
    assert_eq!(app.ok("CreateResourceServer", plain.clone()).await["ResourceServer"], plain);
}

#[actix_web::test]
async fn log_delivery_is_kept_over_an_update_and_refuses_what_does_not_fit() {
    let app = TestApp::new().await;
    let setup = Setup::with(&app, json!({ "UserPoolTier": "PLUS" }), json!({})).await;
    let set = |list: Value| json!({ "UserPoolId": setup.pool, "LogConfigurations": list });
    let named = json!({ "UserPoolId": setup.pool });
    let group = json!({ "LogGroupArn": "arn:aws:logs:us-east-1:123456789012:log-group:pool" });
    let stream = json!({ "StreamArn": "arn:aws:firehose:us-east-1:123456789012:deliverystream/pool" });
    let notices =
        json!({ "LogLevel": "ERROR", "EventSource": "userNotification", "CloudWatchLogsConfiguration": group });
    let events = json!({ "LogLevel": "INFO", "EventSource": "userAuthEvents", "FirehoseConfiguration": stream });
    let empty = app.ok("GetLogDeliveryConfiguration", named.clone()).await;
    assert_eq!(empty["LogDeliveryConfiguration"], json!({ "UserPoolId": setup.pool, "LogConfigurations": [] }));
    let answer = app.ok("SetLogDeliveryConfiguration", set(json!([notices, events]))).await;
    let wanted = json!({ "UserPoolId": setup.pool, "LogConfigurations": [notices, events] });
    assert_eq!(answer["LogDeliveryConfiguration"], wanted);
    app.ok("UpdateUserPool", json!({ "UserPoolId": setup.pool, "UserPoolTier": "PLUS" })).await;
    assert_eq!(app.ok("GetLogDeliveryConfiguration", named).await, answer);
    let mut wrong_level = notices.clone();
    wrong_level["LogLevel"] = json!("INFO");
    let mut two_targets = events.clone();
    two_targets["CloudWatchLogsConfiguration"] = group.clone();
    for bad in [json!([notices, notices]), json!([wrong_level]), json!([two_targets]), json!([{}]), json!(null)] {
        assert_eq!(app.api("SetLogDeliveryConfiguration", set(bad)).await.fault(), "InvalidParameterException");
    }
    let modest = Setup::new(&app).await;
    let body = json!({ "UserPoolId": modest.pool, "LogConfigurations": [events] });
    assert_eq!(app.api("SetLogDeliveryConfiguration", body).await.fault(), "FeatureUnavailableInTierException");
}

#[actix_web::test]
async fn what_has_no_meaning_here_says_so() {
    let app = TestApp::new().await;
    let setup = Setup::new(&app).await;
    let replica = json!({ "UserPoolId": setup.pool, "RegionName": "eu-west-1", "Status": "ACTIVE" });
    let limit = json!({
        "LimitDefinition": { "LimitClass": "API_CATEGORY", "Attributes": { "Category": "UserCreation" } },
        "RequestedLimitValue": 5,
    });
    for (operation, body, fault) in [
        ("CreateUserPoolReplica", &replica, "OperationNotEnabledException"),
        ("UpdateUserPoolReplica", &replica, "ResourceNotFoundException"),
        ("DeleteUserPoolReplica", &replica, "ResourceNotFoundException"),
        ("GetProvisionedLimit", &limit, "ResourceNotFoundException"),
        ("UpdateProvisionedLimit", &limit, "ResourceNotFoundException"),
    ] {
        assert_eq!(app.api(operation, body.clone()).await.fault(), fault, "{operation}");
        assert_eq!(app.api(operation, json!({})).await.fault(), "InvalidParameterException", "{operation}");
    }
    let listed = app.ok("ListUserPoolReplicas", json!({ "UserPoolId": setup.pool })).await;
    let primary =
        json!({ "RegionName": "us-east-1", "Status": "ACTIVE", "Role": "PRIMARY", "UserPoolArn": arn(&setup) });
    assert_eq!(listed["UserPoolReplicas"], json!([primary]));
}
