//! What administrators do to users.

use serde_json::{Value, json};

use crate::support::setup::PASSWORD;
use crate::support::{Setup, TestApp};

const JANE: &str = "jane@example.com";

async fn state(app: &TestApp, setup: &Setup, username: &str) -> Value {
    app.ok("AdminGetUser", json!({ "UserPoolId": setup.pool, "Username": username })).await
}

fn attribute<'a>(attributes: &'a Value, name: &str) -> &'a str {
    let found = attributes.as_array().unwrap().iter().find(|one| one["Name"] == name);
    found.map_or("", |one| one["Value"].as_str().unwrap())
}

#[actix_web::test]
async fn an_invited_user_gets_a_temporary_password_by_mail_and_must_replace_it() {
    let app = TestApp::new().await;
    let setup = Setup::new(&app).await;
    let wish = json!({
        "UserPoolId": setup.pool, "Username": JANE, "DesiredDeliveryMediums": ["EMAIL"],
        "TemporaryPassword": "Temp-Orary-1",
    });
    let made = app.ok("AdminCreateUser", wish).await["User"].clone();
    assert_eq!((&made["UserStatus"], &made["Enabled"]), (&json!("FORCE_CHANGE_PASSWORD"), &json!(true)));
    assert_eq!(made["Username"], attribute(&made["Attributes"], "sub"));
    assert_eq!(attribute(&made["Attributes"], "email"), JANE);
    let message = app.messages().pop().unwrap();
    assert_eq!(message.to, JANE);
    assert!(message.text.contains("Temp-Orary-1"), "{}", message.text);
    let answer = setup.api_sign_in(&app, JANE, "Temp-Orary-1").await.json();
    assert_eq!(answer["ChallengeName"], "NEW_PASSWORD_REQUIRED");
    assert!(answer.get("AuthenticationResult").is_none());
}

#[actix_web::test]
async fn a_suppressed_invitation_sends_nothing_and_resend_sends_another_password() {
    let app = TestApp::new().await;
    let setup = Setup::new(&app).await;
    let wish = json!({
        "UserPoolId": setup.pool, "Username": JANE, "MessageAction": "SUPPRESS", "TemporaryPassword": "Temp-Orary-1",
    });
    app.ok("AdminCreateUser", wish).await;
    assert!(app.messages().is_empty());
    let again = json!({
        "UserPoolId": setup.pool, "Username": JANE, "MessageAction": "RESEND", "TemporaryPassword": "Temp-Orary-2",
        "DesiredDeliveryMediums": ["EMAIL"],
    });
    app.ok("AdminCreateUser", again.clone()).await;
    assert!(app.messages().pop().unwrap().text.contains("Temp-Orary-2"));
    assert_eq!(setup.api_sign_in(&app, JANE, "Temp-Orary-1").await.message(), "Incorrect username or password.");
    assert_eq!(setup.api_sign_in(&app, JANE, "Temp-Orary-2").await.status, 200);
    let password = json!({ "UserPoolId": setup.pool, "Username": JANE, "Password": PASSWORD, "Permanent": true });
    app.ok("AdminSetUserPassword", password).await;
    assert_eq!(app.api("AdminCreateUser", again).await.fault(), "UnsupportedUserStateException");
}

#[actix_web::test]
async fn an_address_may_be_vouched_for_in_any_case() {
    let app = TestApp::new().await;
    let setup = Setup::new(&app).await;
    let attributes = json!([{ "Name": "email", "Value": JANE }, { "Name": "email_verified", "Value": "True" }]);
    let wish = json!({ "UserPoolId": setup.pool, "Username": JANE, "UserAttributes": attributes });
    let user = app.ok("AdminCreateUser", wish).await["User"].clone();
    let verified = json!({ "Name": "email_verified", "Value": "true" });
    assert!(user["Attributes"].as_array().unwrap().contains(&verified), "{user}");
}

#[actix_web::test]
async fn a_temporary_password_lasts_as_long_as_the_policy_says() {
    let app = TestApp::new().await;
    let policy =
        json!({ "Policies": { "PasswordPolicy": { "MinimumLength": 8, "TemporaryPasswordValidityDays": 2 } } });
    let setup = Setup::with(&app, policy, json!({})).await;
    let wish = json!({
        "UserPoolId": setup.pool, "Username": JANE, "MessageAction": "SUPPRESS", "TemporaryPassword": "Temp-Orary-1",
    });
    app.ok("AdminCreateUser", wish).await;
    app.advance(2 * 86_400 - 1);
    assert_eq!(setup.api_sign_in(&app, JANE, "Temp-Orary-1").await.json()["ChallengeName"], "NEW_PASSWORD_REQUIRED");
    app.advance(1);
    let refusal = ("NotAuthorizedException", "Temporary password has expired and must be reset by an administrator.");
    app.refuses("InitiateAuth", setup.attempt(JANE, "Temp-Orary-1"), refusal).await;
}

#[actix_web::test]
async fn a_permanent_password_confirms_and_a_temporary_one_asks_for_another() {
    let app = TestApp::new().await;
    let setup = Setup::new(&app).await;
    setup.user(&app, JANE).await;
    assert_eq!(state(&app, &setup, JANE).await["UserStatus"], "CONFIRMED");
    let password = json!({ "UserPoolId": setup.pool, "Username": JANE, "Password": "Temp-Orary-1" });
    assert_eq!(app.ok("AdminSetUserPassword", password).await, json!({}));
    assert_eq!(state(&app, &setup, JANE).await["UserStatus"], "FORCE_CHANGE_PASSWORD");
    assert_eq!(setup.api_sign_in(&app, JANE, PASSWORD).await.message(), "Incorrect username or password.");
    assert_eq!(setup.api_sign_in(&app, JANE, "Temp-Orary-1").await.json()["ChallengeName"], "NEW_PASSWORD_REQUIRED");
}

#[actix_web::test]
async fn a_password_must_fit_the_policy() {
    let app = TestApp::new().await;
    let setup = Setup::new(&app).await;
    setup.user(&app, JANE).await;
    let cases = [
        ("Sh0rt-", "Password not long enough"),
        ("alllower-1", "Password must have uppercase characters"),
        ("ALLUPPER-1", "Password must have lowercase characters"),
        ("NoDigits-x", "Password must have numeric characters"),
        ("NoSymbols1", "Password must have symbol characters"),
    ];
    for (password, fault) in cases {
        let text = format!("Password did not conform with policy: {fault}");
        let body = json!({ "UserPoolId": setup.pool, "Username": JANE, "Password": password, "Permanent": true });
        app.refuses("AdminSetUserPassword", body, ("InvalidPasswordException", &text)).await;
    }
    let spaced = json!({ "UserPoolId": setup.pool, "Username": JANE, "Password": " Correct-Horse-1" });
    let text = "1 validation error detected: Value at 'password' failed to satisfy constraint: \
         Member must satisfy regular expression pattern: ^[\\S]+.*[\\S]+$";
    app.refuses("AdminSetUserPassword", spaced, ("InvalidParameterException", text)).await;
    assert_eq!(setup.api_sign_in(&app, JANE, PASSWORD).await.status, 200);
}

#[actix_web::test]
async fn a_user_answers_to_address_and_sub_in_any_case() {
    let app = TestApp::new().await;
    let insensitive = json!({ "UsernameConfiguration": { "CaseSensitive": false } });
    let setup = Setup::with(&app, insensitive, json!({})).await;
    let sub = setup.user(&app, JANE).await;
    for name in [JANE, "JANE@Example.com", sub.as_str()] {
        assert_eq!(state(&app, &setup, name).await["Username"], sub, "{name}");
        assert_eq!(setup.api_sign_in(&app, name, PASSWORD).await.status, 200, "{name}");
    }
    let absent = json!({ "UserPoolId": setup.pool, "Username": "john@example.com" });
    app.refuses("AdminGetUser", absent, ("UserNotFoundException", "User does not exist.")).await;
}

#[actix_web::test]
async fn an_address_is_taken_once() {
    let app = TestApp::new().await;
    let setup = Setup::new(&app).await;
    setup.user(&app, JANE).await;
    let wish = json!({ "UserPoolId": setup.pool, "Username": JANE, "MessageAction": "SUPPRESS" });
    let refusal = ("UsernameExistsException", "An account with the given email already exists.");
    app.refuses("AdminCreateUser", wish, refusal).await;
}

#[actix_web::test]
async fn a_name_is_taken_once() {
    let app = TestApp::new().await;
    let setup = Setup::with(&app, json!({ "UsernameAttributes": null }), json!({})).await;
    let wish = json!({ "UserPoolId": setup.pool, "Username": "jane", "MessageAction": "SUPPRESS" });
    let made = app.ok("AdminCreateUser", wish.clone()).await;
    assert_eq!(made["User"]["Username"], "jane");
    app.refuses("AdminCreateUser", wish, ("UsernameExistsException", "User account already exists")).await;
}

#[actix_web::test]
async fn a_disabled_user_is_out_everywhere_until_enabled_again() {
    let app = TestApp::new().await;
    let setup = Setup::new(&app).await;
    setup.user(&app, JANE).await;
    let tokens = setup.tokens(&app, JANE).await;
    let named = json!({ "UserPoolId": setup.pool, "Username": JANE });
    assert_eq!(app.ok("AdminDisableUser", named.clone()).await, json!({}));
    assert_eq!(state(&app, &setup, JANE).await["Enabled"], false);
    let disabled = ("NotAuthorizedException", "User is disabled.");
    app.refuses("InitiateAuth", setup.attempt(JANE, PASSWORD), disabled).await;
    app.refuses("GetUser", json!({ "AccessToken": tokens["AccessToken"] }), disabled).await;
    let refresh = json!({ "ClientId": setup.client, "RefreshToken": tokens["RefreshToken"] });
    app.refuses("GetTokensFromRefreshToken", refresh.clone(), disabled).await;
    let wrong = ("NotAuthorizedException", "Incorrect username or password.");
    app.refuses("InitiateAuth", setup.attempt(JANE, "Wrong-Horse-1"), wrong).await;
    app.ok("AdminEnableUser", named).await;
    app.ok("GetTokensFromRefreshToken", refresh).await;
    assert_eq!(setup.api_sign_in(&app, JANE, PASSWORD).await.status, 200);
}

#[actix_web::test]
async fn a_global_sign_out_ends_every_sign_in() {
    let app = TestApp::new().await;
    let setup = Setup::new(&app).await;
    setup.user(&app, JANE).await;
    let (one, other) = (setup.tokens(&app, JANE).await, setup.tokens(&app, JANE).await);
    app.ok("AdminUserGlobalSignOut", json!({ "UserPoolId": setup.pool, "Username": JANE })).await;
    for tokens in [one, other] {
        let revoked = ("NotAuthorizedException", "Access Token has been revoked");
        app.refuses("GetUser", json!({ "AccessToken": tokens["AccessToken"] }), revoked).await;
        let refresh = json!({ "ClientId": setup.client, "RefreshToken": tokens["RefreshToken"] });
        let revoked = ("NotAuthorizedException", "Refresh Token has been revoked");
        app.refuses("GetTokensFromRefreshToken", refresh, revoked).await;
    }
    let fresh = setup.tokens(&app, JANE).await;
    app.ok("GetUser", json!({ "AccessToken": fresh["AccessToken"] })).await;
}

#[actix_web::test]
async fn a_deleted_user_is_gone_and_the_name_is_free() {
    let app = TestApp::new().await;
    let setup = Setup::new(&app).await;
    let old = setup.user(&app, JANE).await;
    let tokens = setup.tokens(&app, JANE).await;
    let named = json!({ "UserPoolId": setup.pool, "Username": JANE });
    assert_eq!(app.ok("AdminDeleteUser", named.clone()).await, json!({}));
    app.refuses("AdminDeleteUser", named, ("UserNotFoundException", "User does not exist.")).await;
    let gone = app.api("GetUser", json!({ "AccessToken": tokens["AccessToken"] })).await;
    assert_eq!((gone.status, gone.fault().as_str()), (400, "UserNotFoundException"));
    let refresh = json!({ "ClientId": setup.client, "RefreshToken": tokens["RefreshToken"] });
    app.refuses("GetTokensFromRefreshToken", refresh, ("NotAuthorizedException", "Invalid Refresh Token")).await;
    assert_ne!(setup.user(&app, JANE).await, old);
}

#[actix_web::test]
async fn members_of_groups_carry_them_in_their_tokens() {
    let app = TestApp::new().await;
    let setup = Setup::new(&app).await;
    setup.user(&app, JANE).await;
    let group = json!({ "UserPoolId": setup.pool, "GroupName": "staff", "Precedence": 1 });
    app.ok("CreateGroup", group.clone()).await;
    app.refuses("CreateGroup", group, ("GroupExistsException", "A group with the name already exists.")).await;
    let member = json!({ "UserPoolId": setup.pool, "GroupName": "staff", "Username": JANE });
    app.ok("AdminAddUserToGroup", member).await;
    let tokens = setup.tokens(&app, JANE).await;
    for name in ["AccessToken", "IdToken"] {
        assert_eq!(super::claims(&tokens[name])["cognito:groups"], json!(["staff"]), "{name}");
    }
    let absent = json!({ "UserPoolId": setup.pool, "GroupName": "ghosts", "Username": JANE });
    app.refuses("AdminAddUserToGroup", absent, ("ResourceNotFoundException", "Group not found.")).await;
}
