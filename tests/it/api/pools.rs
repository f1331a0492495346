//! Operations on user pools.

use serde_json::{Value, json};

use crate::support::{Setup, TestApp};

const DELETION: &str = "The user pool cannot be deleted because deletion protection is activated. \
     Deletion protection must be inactivated first.";

fn constraint(place: &str, rule: &str) -> String {
    format!("1 validation error detected: Value {place} failed to satisfy constraint: Member must {rule}")
}

async fn described(app: &TestApp, pool: &str) -> Value {
    app.ok("DescribeUserPool", json!({ "UserPoolId": pool })).await["UserPool"].clone()
}

#[actix_web::test]
async fn a_new_pool_has_cognitos_defaults() {
    let app = TestApp::new().await;
    let pool = app.ok("CreateUserPool", json!({ "PoolName": "p" })).await["UserPool"].clone();
    let id = pool["Id"].as_str().unwrap();
    let (region, name) = id.split_once('_').unwrap();
    assert!(region == "us-east-1" && name.len() == 9 && name.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{id}");
    assert_eq!(pool["Policies"]["PasswordPolicy"]["MinimumLength"], 8);
    for rule in ["RequireUppercase", "RequireLowercase", "RequireNumbers", "RequireSymbols"] {
        assert_eq!(pool["Policies"]["PasswordPolicy"][rule], true, "{rule}");
    }
    assert_eq!(pool["Policies"]["PasswordPolicy"]["TemporaryPasswordValidityDays"], 7);
    assert_eq!(pool["MfaConfiguration"], "OFF");
    assert_eq!(pool["DeletionProtection"], "INACTIVE");
    assert_eq!(pool["UserPoolTier"], "ESSENTIALS");
    assert_eq!(pool["CreationDate"], 1_704_164_645.0);
    assert_eq!(pool["SchemaAttributes"].as_array().unwrap().len(), 20);
    assert_eq!(described(&app, id).await, pool);
}

#[actix_web::test]
async fn an_update_replaces_every_setting_that_can_change_and_keeps_the_rest() {
    let app = TestApp::new().await;
    let settings = json!({
        "PoolName": "p",
        "UsernameAttributes": ["email"],
        "UsernameConfiguration": { "CaseSensitive": false },
        "AutoVerifiedAttributes": ["email"],
        "Policies": { "PasswordPolicy": { "MinimumLength": 12 } },
        "EmailVerificationSubject": "Hello",
        "UserPoolTags": { "team": "a" },
        "Schema": [{ "Name": "team", "AttributeDataType": "String", "Mutable": true }],
    });
    let made = app.ok("CreateUserPool", settings).await["UserPool"].clone();
    let id = made["Id"].as_str().unwrap();
    assert_eq!(made["Policies"]["PasswordPolicy"]["MinimumLength"], 12);
    app.advance(60);
    assert_eq!(app.ok("UpdateUserPool", json!({ "UserPoolId": id })).await, json!({}));
    let pool = described(&app, id).await;
    assert_eq!(pool["Policies"]["PasswordPolicy"]["MinimumLength"], 8);
    assert_eq!(pool["UserPoolTags"], json!({}));
    assert!(pool.get("AutoVerifiedAttributes").is_none() && pool.get("EmailVerificationSubject").is_none());
    for kept in ["Id", "Name", "Arn", "UsernameAttributes", "UsernameConfiguration", "SchemaAttributes", "CreationDate"]
    {
        assert_eq!(pool[kept], made[kept], "{kept}");
    }
    assert_eq!(pool["LastModifiedDate"], 1_704_164_705.0);
}

#[actix_web::test]
async fn deletion_protection_holds_until_it_is_taken_off() {
    let app = TestApp::new().await;
    let made = app.ok("CreateUserPool", json!({ "PoolName": "p", "DeletionProtection": "ACTIVE" })).await;
    let id = &made["UserPool"]["Id"];
    app.refuses("DeleteUserPool", json!({ "UserPoolId": id }), ("InvalidParameterException", DELETION)).await;
    app.ok("UpdateUserPool", json!({ "UserPoolId": id, "DeletionProtection": "INACTIVE" })).await;
    assert_eq!(app.ok("DeleteUserPool", json!({ "UserPoolId": id })).await, json!({}));
}

#[actix_web::test]
async fn with_a_pool_go_its_clients_users_and_tokens() {
    let app = TestApp::new().await;
    let setup = Setup::new(&app).await;
    setup.user(&app, "jane@example.com").await;
    let tokens = setup.tokens(&app, "jane@example.com").await;
    app.ok("DeleteUserPool", json!({ "UserPoolId": setup.pool })).await;
    let gone = format!("User pool {} does not exist.", setup.pool);
    app.refuses("DescribeUserPool", json!({ "UserPoolId": setup.pool }), ("ResourceNotFoundException", &gone)).await;
    let gone = format!("User pool client {} does not exist.", setup.client);
    let attempt = setup.attempt("jane@example.com", crate::support::setup::PASSWORD);
    app.refuses("InitiateAuth", attempt, ("ResourceNotFoundException", &gone)).await;
    let refused = app.api("GetUser", json!({ "AccessToken": tokens["AccessToken"] })).await;
    assert_eq!((refused.status, refused.message().as_str()), (400, "Invalid Access Token"));
    assert_eq!(app.get(&format!("/{}/.well-known/jwks.json", setup.pool)).await.status, 400);
}

#[actix_web::test]
async fn lists_come_in_pages_without_gaps_or_repeats() {
    let app = TestApp::new().await;
    for name in ["a", "b", "c", "d", "e"] {
        app.ok("CreateUserPool", json!({ "PoolName": name })).await;
    }
    let (mut seen, mut sizes, mut token) = (Vec::new(), Vec::new(), Value::Null);
    loop {
        let page = app.ok("ListUserPools", json!({ "MaxResults": 2, "NextToken": token })).await;
        let pools = page["UserPools"].as_array().unwrap();
        sizes.push(pools.len());
        seen.extend(pools.iter().map(|pool| pool["Name"].as_str().unwrap().to_owned()));
        token = page["NextToken"].clone();
        if token.is_null() {
            break;
        }
    }
    seen.sort();
    assert_eq!((seen.join(""), sizes), ("abcde".to_owned(), vec![2, 2, 1]));
    for limit in [0, 61] {
        let answer = app.api("ListUserPools", json!({ "MaxResults": limit })).await;
        assert_eq!(answer.fault(), "InvalidParameterException", "{limit}");
    }
}

#[actix_web::test]
async fn settings_that_break_a_rule_are_refused_with_cognitos_words() {
    let app = TestApp::new().await;
    let cases = [
        (json!({}), constraint("null at 'poolName'", "not be null")),
        (
            json!({ "PoolName": "" }),
            "2 validation errors detected: Value '' at 'poolName' failed to satisfy constraint: Member must have length \
             greater than or equal to 1; Value '' at 'poolName' failed to satisfy constraint: Member must satisfy \
             regular expression pattern: [\\w\\s+=,.@-]+"
                .to_owned(),
        ),
        (json!({ "PoolName": "a".repeat(129) }), constraint(&format!("'{}' at 'poolName'", "a".repeat(129)), "have length less than or equal to 128")),
        (json!({ "PoolName": "a/b" }), constraint("'a/b' at 'poolName'", r"satisfy regular expression pattern: [\w\s+=,.@-]+")),
        (
            json!({ "PoolName": "p", "Policies": { "PasswordPolicy": { "MinimumLength": 5 } } }),
            constraint("'5' at 'policies.passwordPolicy.minimumLength'", "have value greater than or equal to 6"),
        ),
        (
            json!({ "PoolName": "p", "Policies": { "PasswordPolicy": { "MinimumLength": 100 } } }),
            constraint("'100' at 'policies.passwordPolicy.minimumLength'", "have value less than or equal to 99"),
        ),
        (
            json!({ "PoolName": "p", "MfaConfiguration": "SOMETIMES" }),
            constraint("'SOMETIMES' at 'mfaConfiguration'", "satisfy enum value set: [OPTIONAL, OFF, ON]"),
        ),
        (
            json!({ "PoolName": "p", "DeletionProtection": "on" }),
            constraint("'on' at 'deletionProtection'", "satisfy enum value set: [ACTIVE, INACTIVE]"),
        ),
        (
            json!({ "PoolName": "p", "EmailVerificationMessage": "no place for a code" }),
            constraint(
                "'no place for a code' at 'emailVerificationMessage'",
                r"satisfy regular expression pattern: [\p{L}\p{M}\p{S}\p{N}\p{P}\s*]*\{####\}[\p{L}\p{M}\p{S}\p{N}\p{P}\s*]*",
            ),
        ),
        (
            json!({ "PoolName": "p", "AliasAttributes": ["email"], "UsernameAttributes": ["email"] }),
            "Only one of the aliasAttributes or usernameAttributes can be set in an user pool.".to_owned(),
        ),
    ];
    for (body, text) in cases {
        app.refuses("CreateUserPool", body, ("InvalidParameterException", &text)).await;
    }
}

#[actix_web::test]
async fn a_pool_that_does_not_exist_is_named() {
    let app = TestApp::new().await;
    for operation in ["DescribeUserPool", "UpdateUserPool", "DeleteUserPool", "ListUserPoolClients"] {
        let refusal = ("ResourceNotFoundException", "User pool us-east-1_Absent000 does not exist.");
        app.refuses(operation, json!({ "UserPoolId": "us-east-1_Absent000" }), refusal).await;
        let malformed =
            constraint("'no pool' at 'userPoolId'", r"satisfy regular expression pattern: [\w-]+_[0-9a-zA-Z]+");
        app.refuses(operation, json!({ "UserPoolId": "no pool" }), ("InvalidParameterException", &malformed)).await;
        let missing = constraint("null at 'userPoolId'", "not be null");
        app.refuses(operation, json!({}), ("InvalidParameterException", &missing)).await;
    }
}

#[actix_web::test]
async fn a_change_is_seen_by_the_next_request() {
    let app = TestApp::new().await;
    let setup = Setup::new(&app).await;
    let wish = json!({ "ClientId": setup.client, "Username": "jane@example.com", "Password": "Correct-Horse-1" });
    app.ok(
        "UpdateUserPool",
        json!({ "UserPoolId": setup.pool, "AdminCreateUserConfig": { "AllowAdminCreateUserOnly": true } }),
    )
    .await;
    app.refuses("SignUp", wish, ("NotAuthorizedException", "SignUp is not permitted for this user pool")).await;
}

#[actix_web::test]
async fn the_tier_the_tags_and_the_messages_are_shown_again() {
    let app = TestApp::new().await;
    let given = json!({
        "PoolName": "p",
        "UserPoolTier": "LITE",
        "UserPoolTags": { "team": "a" },
        "EmailVerificationMessage": "Code {####}",
        "EmailVerificationSubject": "Subject",
        "SmsVerificationMessage": "Code {####}",
        "LambdaConfig": { "PreSignUp": "arn:aws:lambda:us-east-1:123456789012:function:x" },
        "AccountRecoverySetting": { "RecoveryMechanisms": [{ "Priority": 1, "Name": "verified_phone_number" }] },
    });
    let made = app.ok("CreateUserPool", given.clone()).await;
    let pool = described(&app, made["UserPool"]["Id"].as_str().unwrap()).await;
    for (name, value) in given.as_object().unwrap().iter().filter(|(name, _)| *name != "PoolName") {
        assert_eq!(&pool[name], value, "{name}");
    }
}
