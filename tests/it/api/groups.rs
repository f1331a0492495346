//! Groups and who is in them.

use serde_json::{Value, json};

use crate::support::{Setup, TestApp};

const JANE: &str = "jane@example.com";
const ROLE: &str = "arn:aws:iam::123456789012:role/staff";

fn named(setup: &Setup, group: &str) -> Value {
    json!({ "UserPoolId": setup.pool, "GroupName": group })
}

fn member(setup: &Setup, group: &str, username: &str) -> Value {
    json!({ "UserPoolId": setup.pool, "GroupName": group, "Username": username })
}

fn names(answer: &Value) -> Vec<&str> {
    answer["Groups"].as_array().unwrap().iter().map(|group| group["GroupName"].as_str().unwrap()).collect()
}

async fn with_groups(groups: &[&str]) -> (TestApp, Setup) {
    let app = TestApp::new().await;
    let setup = Setup::new(&app).await;
    for group in groups {
        app.ok("CreateGroup", named(&setup, group)).await;
    }
    (app, setup)
}

#[actix_web::test]
async fn a_group_is_made_described_changed_and_deleted() {
    let (app, setup) = with_groups(&[]).await;
    let plain = app.ok("CreateGroup", named(&setup, "plain")).await["Group"].clone();
    let members: Vec<_> = plain.as_object().unwrap().keys().cloned().collect();
    assert_eq!(members, ["CreationDate", "GroupName", "LastModifiedDate", "UserPoolId"]);
    let mut wish = named(&setup, "staff");
    wish["Description"] = json!("The staff");
    wish["RoleArn"] = json!(ROLE);
    wish["Precedence"] = json!(0);
    let made = app.ok("CreateGroup", wish).await;
    assert_eq!((&made["Group"]["Precedence"], &made["Group"]["RoleArn"]), (&json!(0), &json!(ROLE)));
    assert_eq!(app.ok("GetGroup", named(&setup, "staff")).await, made);
    app.advance(10);
    let mut change = named(&setup, "staff");
    change["Description"] = json!("Everybody");
    let changed = app.ok("UpdateGroup", change).await["Group"].clone();
    assert_eq!((&changed["Description"], &changed["RoleArn"]), (&json!("Everybody"), &json!(ROLE)));
    assert_eq!(changed["Precedence"], 0);
    let moved = changed["LastModifiedDate"].as_f64().unwrap() - changed["CreationDate"].as_f64().unwrap();
    assert!((moved - 10.0).abs() < 0.001, "{changed}");
    assert_eq!(app.ok("DeleteGroup", named(&setup, "staff")).await, json!({}));
    for operation in ["GetGroup", "UpdateGroup", "DeleteGroup", "ListUsersInGroup"] {
        let gone = ("ResourceNotFoundException", "Group not found.");
        app.refuses(operation, named(&setup, "staff"), gone).await;
    }
}

#[actix_web::test]
async fn a_group_that_does_not_fit_is_refused_with_cognitos_words() {
    let (app, setup) = with_groups(&["staff"]).await;
    let taken = ("GroupExistsException", "A group with the name already exists.");
    app.refuses("CreateGroup", named(&setup, "staff"), taken).await;
    let constraint = |place: &str, rule: &str| {
        format!("1 validation error detected: Value {place} failed to satisfy constraint: Member must {rule}")
    };
    let pool = &setup.pool;
    let cases = [
        (json!({ "UserPoolId": pool }), constraint("null at 'groupName'", "not be null")),
        (json!({ "GroupName": "x" }), constraint("null at 'userPoolId'", "not be null")),
        (
            json!({ "UserPoolId": pool, "GroupName": "a b" }),
            constraint("'a b' at 'groupName'", r"satisfy regular expression pattern: [\p{L}\p{M}\p{S}\p{N}\p{P}]+"),
        ),
        (
            json!({ "UserPoolId": pool, "GroupName": "x", "Precedence": -1 }),
            constraint("'-1' at 'precedence'", "have value greater than or equal to 0"),
        ),
        (
            json!({ "UserPoolId": pool, "GroupName": "x", "RoleArn": "arn:aws:iam::1:a" }),
            constraint("'arn:aws:iam::1:a' at 'roleArn'", "have length greater than or equal to 20"),
        ),
        (
            json!({ "UserPoolId": pool, "GroupName": "x", "Description": "x".repeat(2049) }),
            constraint(
                &format!("'{}...' at 'description'", "x".repeat(1024)),
                "have length less than or equal to 2048",
            ),
        ),
    ];
    for (body, text) in cases {
        for operation in ["CreateGroup", "UpdateGroup"] {
            app.refuses(operation, body.clone(), ("InvalidParameterException", &text)).await;
        }
    }
    let absent = json!({ "UserPoolId": "us-east-1_Absent123", "GroupName": "x" });
    let gone = ("ResourceNotFoundException", "User pool us-east-1_Absent123 does not exist.");
    for operation in ["CreateGroup", "GetGroup", "UpdateGroup", "DeleteGroup", "ListGroups", "ListUsersInGroup"] {
        app.refuses(operation, absent.clone(), gone).await;
    }
}

#[actix_web::test]
async fn groups_are_listed_page_by_page() {
    let (app, setup) = with_groups(&["c", "a", "b"]).await;
    let all = app.ok("ListGroups", json!({ "UserPoolId": setup.pool })).await;
    assert_eq!((names(&all), all.get("NextToken")), (vec!["a", "b", "c"], None));
    let first = app.ok("ListGroups", json!({ "UserPoolId": setup.pool, "Limit": 2 })).await;
    assert_eq!(names(&first), ["a", "b"]);
    let next = json!({ "UserPoolId": setup.pool, "Limit": 2, "NextToken": first["NextToken"] });
    let second = app.ok("ListGroups", next).await;
    assert_eq!((names(&second), second.get("NextToken")), (vec!["c"], None));
    for (limit, rule) in [(61, "have value less than or equal to 60"), (-1, "have value greater than or equal to 0")] {
        let text = format!(
            "1 validation error detected: Value '{limit}' at 'limit' failed to satisfy constraint: Member must {rule}"
        );
        let body = json!({ "UserPoolId": setup.pool, "Limit": limit });
        app.refuses("ListGroups", body, ("InvalidParameterException", &text)).await;
    }
}

#[actix_web::test]
async fn members_come_and_go() {
    let (app, setup) = with_groups(&["a", "b", "c"]).await;
    let sub = setup.user(&app, JANE).await;
    setup.user(&app, "john@example.com").await;
    for group in ["a", "b", "a"] {
        assert_eq!(app.ok("AdminAddUserToGroup", member(&setup, group, JANE)).await, json!({}));
    }
    app.ok("AdminAddUserToGroup", member(&setup, "a", "john@example.com")).await;
    let of_jane = json!({ "UserPoolId": setup.pool, "Username": JANE });
    assert_eq!(names(&app.ok("AdminListGroupsForUser", of_jane.clone()).await), ["a", "b"]);
    let mut paged = of_jane.clone();
    paged["Limit"] = json!(1);
    let first = app.ok("AdminListGroupsForUser", paged.clone()).await;
    paged["NextToken"] = first["NextToken"].clone();
    assert_eq!(names(&app.ok("AdminListGroupsForUser", paged).await), ["b"]);
    let users = app.ok("ListUsersInGroup", named(&setup, "a")).await;
    assert_eq!(users["Users"].as_array().unwrap().len(), 2);
    let mut paged = named(&setup, "a");
    paged["Limit"] = json!(1);
    let first = app.ok("ListUsersInGroup", paged.clone()).await;
    paged["NextToken"] = first["NextToken"].clone();
    let second = app.ok("ListUsersInGroup", paged).await;
    let mut found = [&first, &second].map(|page| page["Users"][0]["Username"].as_str().unwrap().to_owned());
    found.sort();
    assert!(found.contains(&sub) && second.get("NextToken").is_none(), "{found:?}");
    assert_eq!(first["Users"][0]["UserStatus"], "CONFIRMED");
    for _ in 0..2 {
        assert_eq!(app.ok("AdminRemoveUserFromGroup", member(&setup, "a", JANE)).await, json!({}));
    }
    app.ok("DeleteGroup", named(&setup, "b")).await;
    assert_eq!(names(&app.ok("AdminListGroupsForUser", of_jane).await), Vec::<&str>::new());
    let tokens = setup.tokens(&app, JANE).await;
    assert!(super::claims(&tokens["IdToken"]).get("cognito:groups").is_none());
}

#[actix_web::test]
async fn nobody_joins_what_is_not_there() {
    let (app, setup) = with_groups(&["a"]).await;
    setup.user(&app, JANE).await;
    for operation in ["AdminAddUserToGroup", "AdminRemoveUserFromGroup"] {
        let group = ("ResourceNotFoundException", "Group not found.");
        app.refuses(operation, member(&setup, "ghosts", JANE), group).await;
        let user = ("UserNotFoundException", "User does not exist.");
        app.refuses(operation, member(&setup, "a", "nobody"), user).await;
    }
    let nobody = json!({ "UserPoolId": setup.pool, "Username": "nobody" });
    app.refuses("AdminListGroupsForUser", nobody, ("UserNotFoundException", "User does not exist.")).await;
}

#[actix_web::test]
async fn a_user_is_in_a_hundred_groups_at_most() {
    let (app, setup) = with_groups(&[]).await;
    setup.user(&app, JANE).await;
    for number in 0..101 {
        let group = format!("g{number}");
        app.ok("CreateGroup", named(&setup, &group)).await;
        let answer = app.api("AdminAddUserToGroup", member(&setup, &group, JANE)).await;
        assert_eq!(answer.status, if number < 100 { 200 } else { 400 }, "{number}: {}", answer.text);
    }
    let again = member(&setup, "g5", JANE);
    app.ok("AdminAddUserToGroup", again).await;
}
