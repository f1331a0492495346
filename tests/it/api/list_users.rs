//! The list of a pool's users: filters, pages, chosen attributes.

use serde_json::{Value, json};

use crate::support::{Setup, TestApp};

async fn made(app: &TestApp, setup: &Setup, username: &str, attributes: &[(&str, &str)]) {
    let attributes: Vec<Value> =
        attributes.iter().map(|(name, value)| json!({ "Name": name, "Value": value })).collect();
    let user = json!({
        "UserPoolId": setup.pool, "Username": username, "MessageAction": "SUPPRESS", "UserAttributes": attributes,
    });
    app.ok("AdminCreateUser", user).await;
}

async fn people() -> (TestApp, Setup) {
    let app = TestApp::new().await;
    let setup = Setup::with(&app, json!({ "UsernameAttributes": null }), json!({})).await;
    let jane = [("email", "jane@example.com"), ("name", "Jane \"J\" Doe"), ("family_name", "Doe")];
    made(&app, &setup, "jane", &jane).await;
    made(&app, &setup, "john", &[("email", "john@example.com"), ("phone_number", "+14325551212")]).await;
    made(&app, &setup, "Jörg", &[("given_name", "Jörg"), ("preferred_username", "yogi")]).await;
    let disabled = json!({ "UserPoolId": setup.pool, "Username": "john" });
    app.ok("AdminDisableUser", disabled).await;
    let password = json!({
        "UserPoolId": setup.pool, "Username": "jane", "Password": "Correct-Horse-1", "Permanent": true,
    });
    app.ok("AdminSetUserPassword", password).await;
    (app, setup)
}

async fn found(app: &TestApp, setup: &Setup, filter: &str) -> Vec<String> {
    let answer = app.ok("ListUsers", json!({ "UserPoolId": setup.pool, "Filter": filter })).await;
    let mut names: Vec<_> =
        answer["Users"].as_array().unwrap().iter().map(|user| user["Username"].as_str().unwrap().to_owned()).collect();
    names.sort();
    names
}

#[actix_web::test]
async fn a_filter_finds_by_every_searched_attribute() {
    let (app, setup) = people().await;
    let jane = app.ok("AdminGetUser", json!({ "UserPoolId": setup.pool, "Username": "jane" })).await;
    let sub = jane["UserAttributes"][0]["Value"].as_str().unwrap();
    let by_sub = format!("sub = \"{sub}\"");
    let by_start_of_sub = format!("sub ^= \"{}\"", &sub[..13]);
    let cases: &[(&str, &[&str])] = &[
        ("", &["Jörg", "jane", "john"]),
        (r#"username = "jane""#, &["jane"]),
        (r#"username = "JANE""#, &[]),
        (r#"username ^= "j""#, &["jane", "john"]),
        (r#"username = "Jörg""#, &["Jörg"]),
        (r#"email = "jane@example.com""#, &["jane"]),
        (r#"email="john@example.com""#, &["john"]),
        (r#"email ^= "j""#, &["jane", "john"]),
        (r#"email ^= """#, &["jane", "john"]),
        (r#"email = "jane""#, &[]),
        (r#"email = """#, &[]),
        (r#"name = "Jane \"J\" Doe""#, &["jane"]),
        (r#"family_name ^= "D""#, &["jane"]),
        (r#"given_name = "Jörg""#, &["Jörg"]),
        (r#"preferred_username = "yogi""#, &["Jörg"]),
        (r#"phone_number = "+14325551212""#, &["john"]),
        (r#"cognito:user_status = "CONFIRMED""#, &["jane"]),
        (r#"cognito:user_status = "force_change_password""#, &["Jörg", "john"]),
        (r#"cognito:user_status ^= "C""#, &["jane"]),
        (r#"cognito:user_status = "nonsense""#, &[]),
        (r#"status = "Enabled""#, &["Jörg", "jane"]),
        (r#"status = "Disabled""#, &["john"]),
        (r#"status = "disabled""#, &[]),
        (&by_sub, &["jane"]),
        (&by_start_of_sub, &["jane"]),
        (r#"sub = "x""#, &[]),
    ];
    for (filter, expected) in cases {
        assert_eq!(found(&app, &setup, filter).await, *expected, "{filter}");
    }
}

#[actix_web::test]
async fn a_changed_or_deleted_user_is_found_as_they_are_now() {
    let (app, setup) = people().await;
    let change = json!({
        "UserPoolId": setup.pool, "Username": "jane", "UserAttributes": [{ "Name": "email", "Value": "doe@example.com" }],
    });
    app.ok("AdminUpdateUserAttributes", change).await;
    assert_eq!(found(&app, &setup, r#"email = "jane@example.com""#).await, Vec::<String>::new());
    assert_eq!(found(&app, &setup, r#"email ^= "doe""#).await, ["jane"]);
    app.ok("AdminDeleteUser", json!({ "UserPoolId": setup.pool, "Username": "jane" })).await;
    assert_eq!(found(&app, &setup, r#"email ^= "doe""#).await, Vec::<String>::new());
    assert_eq!(found(&app, &setup, "").await, ["Jörg", "john"]);
}

#[actix_web::test]
async fn a_filter_that_cannot_be_read_is_refused() {
    let (app, setup) = people().await;
    for filter in ["foo", "email = jane", r#"email = "x"#, r#"email = "a" and name = "b""#, r#"= "x""#] {
        let body = json!({ "UserPoolId": setup.pool, "Filter": filter });
        app.refuses("ListUsers", body, ("InvalidParameterException", "Error while parsing filter.")).await;
    }
    let custom = json!({ "UserPoolId": setup.pool, "Filter": r#"custom:team = "a""# });
    let refusal = ("InvalidParameterException", "Invalid search attribute: custom:team");
    app.refuses("ListUsers", custom, refusal).await;
    let long = json!({ "UserPoolId": setup.pool, "Filter": format!("email = \"{}\"", "x".repeat(250)) });
    let text = format!(
        "1 validation error detected: Value 'email = \"{}\"' at 'filter' failed to satisfy constraint: \
         Member must have length less than or equal to 256",
        "x".repeat(250)
    );
    app.refuses("ListUsers", long, ("InvalidParameterException", &text)).await;
}

#[actix_web::test]
async fn pages_hold_each_user_once_under_every_filter() {
    let app = TestApp::new().await;
    let setup = Setup::with(&app, json!({ "UsernameAttributes": null }), json!({})).await;
    for number in 0..7 {
        made(&app, &setup, &format!("user{number}"), &[("name", "Same"), ("email", &format!("u{number}@example.com"))])
            .await;
        if number % 2 == 0 {
            app.ok("AdminDisableUser", json!({ "UserPoolId": setup.pool, "Username": format!("user{number}") })).await;
        }
    }
    let filters =
        ["", r#"name = "Same""#, r#"email ^= "u""#, r#"username ^= "user""#, r#"status ^= """#, r#"sub ^= """#];
    for filter in filters {
        let mut body = json!({ "UserPoolId": setup.pool, "Filter": filter, "Limit": 3 });
        let (mut names, mut pages) = (Vec::new(), 0);
        loop {
            let page = app.ok("ListUsers", body.clone()).await;
            names.extend(page["Users"].as_array().unwrap().iter().map(|user| user["Username"].to_string()));
            pages += 1;
            let Some(token) = page.get("PaginationToken") else { break };
            body["PaginationToken"] = token.clone();
        }
        names.sort();
        names.dedup();
        assert_eq!((names.len(), pages), (7, 3), "{filter}");
    }
}

#[actix_web::test]
async fn a_token_of_another_list_is_refused() {
    let (app, setup) = people().await;
    let page = app.ok("ListUsers", json!({ "UserPoolId": setup.pool, "Limit": 1 })).await;
    let refusal = ("InvalidParameterException", "Paging Marker is Invalid for Request");
    let other = json!({
        "UserPoolId": setup.pool, "Filter": r#"email ^= "j""#, "PaginationToken": page["PaginationToken"],
    });
    app.refuses("ListUsers", other, refusal).await;
    app.refuses("ListUsers", json!({ "UserPoolId": setup.pool, "PaginationToken": "x" }), refusal).await;
}

#[actix_web::test]
async fn only_the_chosen_attributes_are_shown() {
    let (app, setup) = people().await;
    let body = json!({
        "UserPoolId": setup.pool, "Filter": r#"username = "jane""#, "AttributesToGet": ["email", "family_name"],
    });
    let user = app.ok("ListUsers", body).await["Users"][0].clone();
    let attributes =
        json!([{ "Name": "email", "Value": "jane@example.com" }, { "Name": "family_name", "Value": "Doe" }]);
    assert_eq!(user["Attributes"], attributes);
    assert_eq!((&user["Username"], &user["Enabled"]), (&json!("jane"), &json!(true)));
    let unknown = json!({ "UserPoolId": setup.pool, "AttributesToGet": ["custom:absent"] });
    let refusal = ("InvalidParameterException", "One or more requested attributes do not exist.");
    app.refuses("ListUsers", unknown, refusal).await;
}
