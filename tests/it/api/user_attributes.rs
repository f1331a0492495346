//! Changing attributes: who may, what must be proven, and which names then lead to the user.

use serde_json::{Value, json};

use crate::support::setup::PASSWORD;
use crate::support::{Setup, TestApp};

const JANE: &str = "jane@example.com";
const NEW: &str = "doe@example.com";
const PHONE: &str = "+14325551212";

struct Signed {
    app: TestApp,
    setup: Setup,
    token: Value,
}

/// A pool where names are chosen, with the confirmed user `jane`, whose address is proven.
async fn signed_in(pool: Value, client: Value) -> Signed {
    let app = TestApp::new().await;
    let mut wanted =
        json!({ "UsernameAttributes": null, "AliasAttributes": ["email", "phone_number", "preferred_username"] });
    crate::support::setup::merge(&mut wanted, pool);
    let setup = Setup::with(&app, wanted, client).await;
    person(&app, &setup, "jane", JANE).await;
    let token = setup.tokens(&app, "jane").await["AccessToken"].clone();
    Signed { app, setup, token }
}

async fn person(app: &TestApp, setup: &Setup, username: &str, email: &str) {
    let user = json!({
        "UserPoolId": setup.pool, "Username": username, "MessageAction": "SUPPRESS",
        "UserAttributes": [{ "Name": "email", "Value": email }, { "Name": "email_verified", "Value": "true" }],
    });
    app.ok("AdminCreateUser", user).await;
    let password = json!({ "UserPoolId": setup.pool, "Username": username, "Password": PASSWORD, "Permanent": true });
    app.ok("AdminSetUserPassword", password).await;
}

impl Signed {
    fn update(&self, pairs: &[(&str, &str)]) -> Value {
        let attributes: Vec<Value> =
            pairs.iter().map(|(name, value)| json!({ "Name": name, "Value": value })).collect();
        json!({ "AccessToken": self.token, "UserAttributes": attributes })
    }

    fn admin_update(&self, username: &str, pairs: &[(&str, &str)]) -> Value {
        let attributes: Vec<Value> =
            pairs.iter().map(|(name, value)| json!({ "Name": name, "Value": value })).collect();
        json!({ "UserPoolId": self.setup.pool, "Username": username, "UserAttributes": attributes })
    }

    fn code(&self, attribute: &str, code: &str) -> Value {
        json!({ "AccessToken": self.token, "AttributeName": attribute, "Code": code })
    }

    async fn value(&self, username: &str, name: &str) -> String {
        let named = json!({ "UserPoolId": self.setup.pool, "Username": username });
        let user = self.app.ok("AdminGetUser", named).await;
        let found = user["UserAttributes"].as_array().unwrap().iter().find(|one| one["Name"] == name).cloned();
        found.map_or(String::new(), |one| one["Value"].as_str().unwrap().to_owned())
    }

    async fn leads(&self, name: &str) -> bool {
        self.setup.api_sign_in(&self.app, name, PASSWORD).await.status == 200
    }
}

fn other_than(code: &str) -> String {
    format!("{:06}", (code.parse::<u32>().unwrap() + 1) % 1_000_000)
}

#[actix_web::test]
async fn a_user_writes_what_the_client_may_write() {
    let schema = json!({ "Schema": [
        { "Name": "team", "AttributeDataType": "String", "Mutable": true },
        { "Name": "born", "AttributeDataType": "String", "Mutable": false },
    ] });
    let signed = signed_in(schema, json!({})).await;
    let answer = signed.app.ok("UpdateUserAttributes", signed.update(&[("name", "Jane"), ("custom:team", "a")])).await;
    assert_eq!(answer, json!({}));
    assert_eq!(
        (signed.value("jane", "name").await, signed.value("jane", "custom:team").await),
        ("Jane".into(), "a".into())
    );
    let unauthorized = ("NotAuthorizedException", "A client attempted to write unauthorized attribute");
    signed.app.refuses("UpdateUserAttributes", signed.update(&[("email_verified", "true")]), unauthorized).await;
    let cases = [
        ("custom:born", "x", "user.custom:born: Attribute cannot be updated."),
        ("sub", "x", "Cannot modify the non-mutable attribute sub"),
        ("phone_number", "123", "Invalid phone number format."),
        ("email", "nobody", "Invalid email address format."),
        (
            "custom:none",
            "x",
            "Attributes did not conform to the schema: Type for attribute {custom:none} could not be determined",
        ),
    ];
    for (name, value, text) in cases {
        let fault = ("InvalidParameterException", text);
        signed.app.refuses("UpdateUserAttributes", signed.update(&[(name, value)]), fault).await;
        let admin = signed.admin_update("jane", &[(name, value)]);
        signed.app.refuses("AdminUpdateUserAttributes", admin, fault).await;
    }
    let narrow = signed.setup.another_client(&signed.app, json!({ "WriteAttributes": ["name"] })).await.0;
    let through = signed.setup.through(narrow);
    let token = through.tokens(&signed.app, "jane").await["AccessToken"].clone();
    let body = json!({ "AccessToken": token, "UserAttributes": [{ "Name": "nickname", "Value": "J" }] });
    signed.app.refuses("UpdateUserAttributes", body, unauthorized).await;
    let body = json!({ "AccessToken": token, "UserAttributeNames": ["nickname"] });
    signed.app.refuses("DeleteUserAttributes", body, unauthorized).await;
}

#[actix_web::test]
async fn developer_only_attributes_are_written_by_administrators_alone() {
    let schema = json!({ "Schema": [
        { "Name": "rank", "AttributeDataType": "String", "Mutable": true, "DeveloperOnlyAttribute": true },
    ] });
    let signed = signed_in(schema, json!({})).await;
    let unauthorized = ("NotAuthorizedException", "A client attempted to write unauthorized attribute");
    signed.app.refuses("UpdateUserAttributes", signed.update(&[("dev:custom:rank", "1")]), unauthorized).await;
    signed.app.ok("AdminUpdateUserAttributes", signed.admin_update("jane", &[("dev:custom:rank", "1")])).await;
    assert_eq!(signed.value("jane", "dev:custom:rank").await, "1");
}

#[actix_web::test]
async fn attributes_are_taken_away_by_name_or_by_an_empty_value_but_not_required_ones() {
    let schema = json!({ "Schema": [{ "Name": "email", "Required": true, "Mutable": true }] });
    let signed = signed_in(schema, json!({})).await;
    signed.app.ok("UpdateUserAttributes", signed.update(&[("name", "Jane"), ("nickname", "J")])).await;
    signed.app.ok("UpdateUserAttributes", signed.update(&[("name", "")])).await;
    let names = json!({ "AccessToken": signed.token, "UserAttributeNames": ["nickname", "gender"] });
    assert_eq!(signed.app.ok("DeleteUserAttributes", names).await, json!({}));
    assert_eq!(
        (signed.value("jane", "name").await, signed.value("jane", "nickname").await),
        (String::new(), String::new())
    );
    let text = "Attributes did not conform to the schema: email: The attribute is required";
    let required = json!({ "AccessToken": signed.token, "UserAttributeNames": ["email"] });
    signed.app.refuses("DeleteUserAttributes", required, ("InvalidParameterException", text)).await;
    let required = json!({ "UserPoolId": signed.setup.pool, "Username": "jane", "UserAttributeNames": ["email"] });
    signed.app.refuses("AdminDeleteUserAttributes", required, ("InvalidParameterException", text)).await;
    signed
        .app
        .ok(
            "AdminUpdateUserAttributes",
            signed.admin_update("jane", &[("phone_number", PHONE), ("phone_number_verified", "true")]),
        )
        .await;
    assert!(signed.leads(PHONE).await);
    let text = "Invalid user attributes: user.custom:foo: Attribute does not exist in the schema.\n";
    let unknown = json!({ "UserPoolId": signed.setup.pool, "Username": "jane", "UserAttributeNames": ["custom:foo"] });
    signed.app.refuses("AdminDeleteUserAttributes", unknown, ("InvalidParameterException", text)).await;
    let phone = json!({ "UserPoolId": signed.setup.pool, "Username": "jane", "UserAttributeNames": ["phone_number"] });
    assert_eq!(signed.app.ok("AdminDeleteUserAttributes", phone).await, json!({}));
    assert!(!signed.leads(PHONE).await);
    assert_eq!(signed.value("jane", "phone_number_verified").await, "");
}

#[actix_web::test]
async fn a_new_address_counts_at_once_but_leads_only_when_proven() {
    let signed = signed_in(json!({}), json!({})).await;
    let answer = signed.app.ok("UpdateUserAttributes", signed.update(&[("email", NEW)])).await;
    let delivery = json!([{ "Destination": "d***@e***", "DeliveryMedium": "EMAIL", "AttributeName": "email" }]);
    assert_eq!(answer["CodeDeliveryDetailsList"], delivery);
    assert_eq!(
        (signed.value("jane", "email").await.as_str(), signed.value("jane", "email_verified").await.as_str()),
        (NEW, "false")
    );
    assert!(!signed.leads(JANE).await && !signed.leads(NEW).await);
    let code = signed.app.code_for(NEW);
    let mismatch = ("CodeMismatchException", "Invalid verification code provided, please try again.");
    signed.app.refuses("VerifyUserAttribute", signed.code("email", &other_than(&code)), mismatch).await;
    assert_eq!(signed.app.ok("VerifyUserAttribute", signed.code("email", &code)).await, json!({}));
    assert_eq!(signed.value("jane", "email_verified").await, "true");
    assert!(signed.leads(NEW).await && !signed.leads(JANE).await);
    let used = ("ExpiredCodeException", "Invalid code provided, please request a code again.");
    signed.app.refuses("VerifyUserAttribute", signed.code("email", &code), used).await;
}

#[actix_web::test]
async fn the_old_address_stays_until_the_new_one_is_proven_where_the_pool_says_so() {
    let setting = json!({ "UserAttributeUpdateSettings": { "AttributesRequireVerificationBeforeUpdate": ["email"] } });
    let signed = signed_in(setting, json!({})).await;
    let answer = signed.app.ok("UpdateUserAttributes", signed.update(&[("email", NEW), ("name", "Jane")])).await;
    assert_eq!(answer["CodeDeliveryDetailsList"][0]["Destination"], "d***@e***");
    assert_eq!(
        (signed.value("jane", "email").await.as_str(), signed.value("jane", "email_verified").await.as_str()),
        (JANE, "true")
    );
    assert_eq!(signed.value("jane", "name").await, "Jane");
    assert!(signed.leads(JANE).await && !signed.leads(NEW).await);
    let again = json!({ "AccessToken": signed.token, "AttributeName": "email" });
    let sent = signed.app.ok("GetUserAttributeVerificationCode", again).await;
    assert_eq!(sent["CodeDeliveryDetails"]["Destination"], "d***@e***");
    signed.app.ok("VerifyUserAttribute", signed.code("email", &signed.app.code_for(NEW))).await;
    assert_eq!(
        (signed.value("jane", "email").await.as_str(), signed.value("jane", "email_verified").await.as_str()),
        (NEW, "true")
    );
    assert!(signed.leads(NEW).await && !signed.leads(JANE).await);
    let vouched = signed.admin_update("jane", &[("email", JANE), ("email_verified", "true")]);
    let before = signed.app.messages().len();
    signed.app.ok("AdminUpdateUserAttributes", vouched).await;
    assert_eq!((signed.value("jane", "email").await.as_str(), signed.app.messages().len()), (JANE, before));
    signed.app.ok("AdminUpdateUserAttributes", signed.admin_update("jane", &[("email", NEW)])).await;
    assert_eq!(signed.value("jane", "email").await, JANE, "an administrator who does not vouch waits as well");
}

#[actix_web::test]
async fn a_code_proves_only_the_address_that_it_was_sent_to() {
    let signed = signed_in(json!({}), json!({})).await;
    signed.app.ok("UpdateUserAttributes", signed.update(&[("email", NEW)])).await;
    let code = signed.app.code_for(NEW);
    signed.app.ok("AdminUpdateUserAttributes", signed.admin_update("jane", &[("email", "victim@example.com")])).await;
    let answer = signed.app.api("VerifyUserAttribute", signed.code("email", &code)).await;
    assert_eq!(answer.status, 400, "{}", answer.text);
    assert_eq!(signed.value("jane", "email_verified").await, "false");
    let phone = signed.code("phone_number", &signed.app.code_for("victim@example.com"));
    assert_eq!(signed.app.api("VerifyUserAttribute", phone).await.fault(), "ExpiredCodeException");
}

#[actix_web::test]
async fn a_reset_code_to_an_address_that_was_replaced_is_dead() {
    let signed = signed_in(json!({}), json!({})).await;
    signed.app.ok("ForgotPassword", json!({ "ClientId": signed.setup.client, "Username": "jane" })).await;
    let code = signed.app.code_for(JANE);
    signed
        .app
        .ok("AdminUpdateUserAttributes", signed.admin_update("jane", &[("email", NEW), ("email_verified", "true")]))
        .await;
    let reset = json!({
        "ClientId": signed.setup.client, "Username": "jane", "ConfirmationCode": code, "Password": "Another-Horse-2",
    });
    assert_eq!(signed.app.api("ConfirmForgotPassword", reset).await.fault(), "ExpiredCodeException");
    assert!(signed.leads("jane").await);
}

#[actix_web::test]
async fn an_address_that_leads_to_somebody_else_is_refused() {
    let signed = signed_in(json!({}), json!({})).await;
    person(&signed.app, &signed.setup, "john", "john@example.com").await;
    let taken = ("AliasExistsException", "An account with the email already exists.");
    let vouched = [("email", "john@example.com"), ("email_verified", "true")];
    signed.app.refuses("AdminUpdateUserAttributes", signed.admin_update("jane", &vouched), taken).await;
    assert_eq!(signed.value("jane", "email").await, JANE, "nothing has changed");
    signed.app.ok("UpdateUserAttributes", signed.update(&[("email", "john@example.com")])).await;
    let code = signed.app.code_for("john@example.com");
    signed.app.refuses("VerifyUserAttribute", signed.code("email", &code), taken).await;
    assert!(signed.leads("john@example.com").await);
    assert_eq!(signed.value("jane", "email_verified").await, "false");
    let name = ("AliasExistsException", "An account with the preferred_username already exists.");
    signed.app.refuses("UpdateUserAttributes", signed.update(&[("preferred_username", "john")]), name).await;
    signed.app.ok("UpdateUserAttributes", signed.update(&[("preferred_username", "janet")])).await;
    assert!(signed.leads("janet").await);
    signed.app.ok("UpdateUserAttributes", signed.update(&[("preferred_username", "jenny")])).await;
    assert!(signed.leads("jenny").await && !signed.leads("janet").await);
}

#[actix_web::test]
async fn where_addresses_are_names_a_new_one_leads_at_once() {
    let app = TestApp::new().await;
    let setup = Setup::new(&app).await;
    setup.user(&app, JANE).await;
    setup.user(&app, "john@example.com").await;
    let token = setup.tokens(&app, JANE).await["AccessToken"].clone();
    let change = |email: &str| json!({ "AccessToken": token, "UserAttributes": [{ "Name": "email", "Value": email }] });
    let taken = ("AliasExistsException", "An account with the email already exists.");
    app.refuses("UpdateUserAttributes", change("john@example.com"), taken).await;
    app.ok("UpdateUserAttributes", change(NEW)).await;
    assert_eq!(setup.api_sign_in(&app, NEW, PASSWORD).await.status, 200);
    assert_eq!(setup.api_sign_in(&app, JANE, PASSWORD).await.status, 400);
    let again = json!({ "UserPoolId": setup.pool, "Username": JANE, "MessageAction": "SUPPRESS" });
    app.ok("AdminCreateUser", again).await;
}

#[actix_web::test]
async fn codes_are_asked_for_and_typed_so_often_an_hour() {
    let mut signed = signed_in(json!({}), json!({})).await;
    let ask = json!({ "AccessToken": signed.token, "AttributeName": "email" });
    for _ in 0..5 {
        signed.app.ok("GetUserAttributeVerificationCode", ask.clone()).await;
    }
    let limit = ("LimitExceededException", "Attempt limit exceeded, please try after some time.");
    signed.app.refuses("GetUserAttributeVerificationCode", ask.clone(), limit).await;
    signed.app.advance(3600);
    signed.token = signed.setup.tokens(&signed.app, "jane").await["AccessToken"].clone();
    let ask = json!({ "AccessToken": signed.token, "AttributeName": "email" });
    signed.app.ok("GetUserAttributeVerificationCode", ask).await;
    let phone = signed.code("phone_number", "123456");
    for _ in 0..15 {
        assert_eq!(signed.app.api("VerifyUserAttribute", phone.clone()).await.fault(), "ExpiredCodeException");
    }
    signed.app.refuses("VerifyUserAttribute", phone, limit).await;
}

#[actix_web::test]
async fn only_addresses_are_proven_and_only_by_their_owner() {
    let signed = signed_in(json!({}), json!({})).await;
    let ask = |attribute: &str| json!({ "AccessToken": signed.token, "AttributeName": attribute });
    let cannot = ("InvalidParameterException", "Attribute name cannot be verified.");
    signed.app.refuses("GetUserAttributeVerificationCode", ask("name"), cannot).await;
    signed.app.refuses("VerifyUserAttribute", signed.code("name", "123456"), cannot).await;
    let absent = ("InvalidParameterException", "User has no phone_number to verify.");
    signed.app.refuses("GetUserAttributeVerificationCode", ask("phone_number"), absent).await;
    for operation in
        ["UpdateUserAttributes", "DeleteUserAttributes", "GetUserAttributeVerificationCode", "VerifyUserAttribute"]
    {
        let body = json!({
            "AccessToken": "a.b.c", "AttributeName": "email", "Code": "1", "UserAttributes": [], "UserAttributeNames": [],
        });
        signed.app.refuses(operation, body, ("NotAuthorizedException", "Invalid Access Token")).await;
    }
    person(&signed.app, &signed.setup, "john", "john@example.com").await;
    let john = signed.setup.tokens(&signed.app, "john").await["AccessToken"].clone();
    signed.app.ok("GetUserAttributeVerificationCode", ask("email")).await;
    let body = json!({ "AccessToken": john, "AttributeName": "email", "Code": signed.app.code_for(JANE) });
    assert_eq!(signed.app.api("VerifyUserAttribute", body).await.fault(), "ExpiredCodeException");
}

#[actix_web::test]
async fn an_administrator_vouches_only_for_what_is_there() {
    let signed = signed_in(json!({}), json!({})).await;
    let none = signed.admin_update("jane", &[("phone_number_verified", "true")]);
    let text = "Phone Number is required to verify/un-verify a phone number";
    signed.app.refuses("AdminUpdateUserAttributes", none, ("InvalidParameterException", text)).await;
    signed.app.ok("AdminUpdateUserAttributes", signed.admin_update("jane", &[("email_verified", "false")])).await;
    assert!(!signed.leads(JANE).await);
    signed.app.ok("AdminUpdateUserAttributes", signed.admin_update("jane", &[("email_verified", "true")])).await;
    assert!(signed.leads(JANE).await);
    let nobody = signed.admin_update("nobody", &[("name", "x")]);
    signed.app.refuses("AdminUpdateUserAttributes", nobody, ("UserNotFoundException", "User does not exist.")).await;
    let missing = json!({ "UserPoolId": signed.setup.pool, "Username": "jane" });
    let text = "1 validation error detected: Value null at 'userAttributes' failed to satisfy constraint: Member must not be null";
    signed.app.refuses("AdminUpdateUserAttributes", missing, ("InvalidParameterException", text)).await;
}

#[actix_web::test]
async fn yes_and_no_are_kept_in_lower_case() {
    let app = TestApp::new().await;
    let setup = Setup::new(&app).await;
    let attributes =
        json!([{ "Name": "email", "Value": "zoe@example.com" }, { "Name": "email_verified", "Value": "True" }]);
    let user = json!({
        "UserPoolId": setup.pool, "Username": "zoe@example.com", "MessageAction": "SUPPRESS", "UserAttributes": attributes,
    });
    let made = app.ok("AdminCreateUser", user).await;
    assert!(
        made["User"]["Attributes"].as_array().unwrap().contains(&json!({ "Name": "email_verified", "Value": "true" }))
    );
    let change = |value: &str| {
        let attributes = json!([{ "Name": "email_verified", "Value": value }]);
        json!({ "UserPoolId": setup.pool, "Username": "zoe@example.com", "UserAttributes": attributes })
    };
    app.ok("AdminUpdateUserAttributes", change("FALSE")).await;
    let shown = app.ok("AdminGetUser", json!({ "UserPoolId": setup.pool, "Username": "zoe@example.com" })).await;
    assert!(
        shown["UserAttributes"].as_array().unwrap().contains(&json!({ "Name": "email_verified", "Value": "false" }))
    );
    assert_eq!(app.api("AdminUpdateUserAttributes", change("yes")).await.fault(), "InvalidParameterException");
}
