//! Passwords over time: earlier ones, resets by administrators, and how often an hour.

use serde_json::{Value, json};

use crate::support::setup::PASSWORD;
use crate::support::{Browser, Setup, TestApp};

const JANE: &str = "jane@example.com";

fn permanent(setup: &Setup, password: &str) -> Value {
    json!({ "UserPoolId": setup.pool, "Username": JANE, "Password": password, "Permanent": true })
}

async fn remembering(size: u32) -> (TestApp, Setup) {
    let app = TestApp::new().await;
    let policy = json!({ "MinimumLength": 8, "PasswordHistorySize": size });
    let setup = Setup::with(&app, json!({ "Policies": { "PasswordPolicy": policy } }), json!({})).await;
    setup.user(&app, JANE).await;
    (app, setup)
}

#[actix_web::test]
async fn an_earlier_password_is_refused_as_far_back_as_the_policy_looks() {
    let (app, setup) = remembering(2).await;
    let described = app.ok("DescribeUserPool", json!({ "UserPoolId": setup.pool })).await;
    assert_eq!(described["UserPool"]["Policies"]["PasswordPolicy"]["PasswordHistorySize"], 2);
    let used = ("PasswordHistoryPolicyViolationException", "Password has previously been used");
    app.refuses("AdminSetUserPassword", permanent(&setup, PASSWORD), used).await;
    app.ok("AdminSetUserPassword", permanent(&setup, "Second-Horse-2")).await;
    app.advance(1);
    app.refuses("AdminSetUserPassword", permanent(&setup, PASSWORD), used).await;
    let token =
        app.ok("InitiateAuth", setup.attempt(JANE, "Second-Horse-2")).await["AuthenticationResult"]["AccessToken"]
            .clone();
    let change = |proposed: &str| json!({ "AccessToken": token, "PreviousPassword": "Second-Horse-2", "ProposedPassword": proposed });
    app.refuses("ChangePassword", change(PASSWORD), used).await;
    app.refuses("ChangePassword", change("Second-Horse-2"), used).await;
    app.ok("ChangePassword", change("Third-Horse-3")).await;
    app.ok("ForgotPassword", json!({ "ClientId": setup.client, "Username": JANE })).await;
    let reset = |password: &str| json!({ "ClientId": setup.client, "Username": JANE, "ConfirmationCode": app.code_for(JANE), "Password": password });
    app.refuses("ConfirmForgotPassword", reset("Second-Horse-2"), used).await;
    app.ok("ConfirmForgotPassword", reset(PASSWORD)).await;
    assert_eq!(setup.api_sign_in(&app, JANE, PASSWORD).await.status, 200);
}

#[actix_web::test]
async fn without_a_history_nothing_is_remembered_or_shown() {
    let (app, setup) = remembering(0).await;
    app.ok("AdminSetUserPassword", permanent(&setup, PASSWORD)).await;
    let described = app.ok("DescribeUserPool", json!({ "UserPoolId": setup.pool })).await;
    assert!(described["UserPool"]["Policies"]["PasswordPolicy"].get("PasswordHistorySize").is_none());
}

#[actix_web::test]
async fn a_password_that_an_administrator_reset_is_replaced_with_the_code_that_was_sent() {
    let app = TestApp::new().await;
    let setup = Setup::new(&app).await;
    setup.user(&app, JANE).await;
    let named = json!({ "UserPoolId": setup.pool, "Username": JANE });
    assert_eq!(app.ok("AdminResetUserPassword", named.clone()).await, json!({}));
    assert_eq!(app.ok("AdminGetUser", named.clone()).await["UserStatus"], "RESET_REQUIRED");
    let required = ("PasswordResetRequiredException", "Password reset required for the user");
    app.refuses("InitiateAuth", setup.attempt(JANE, PASSWORD), required).await;
    let reset = json!({
        "ClientId": setup.client, "Username": JANE, "ConfirmationCode": app.code_for(JANE), "Password": "Another-Horse-2",
    });
    app.ok("ConfirmForgotPassword", reset).await;
    assert_eq!(app.ok("AdminGetUser", named).await["UserStatus"], "CONFIRMED");
    assert_eq!(setup.api_sign_in(&app, JANE, "Another-Horse-2").await.status, 200);
}

#[actix_web::test]
async fn an_administrator_resets_only_where_a_code_can_go() {
    let app = TestApp::new().await;
    let setup = Setup::with(&app, json!({ "UsernameAttributes": null }), json!({})).await;
    setup.user_named(&app, "jane").await;
    let named = |username: &str| json!({ "UserPoolId": setup.pool, "Username": username });
    let text = "Cannot reset password for the user as there is no registered/verified email or phone_number";
    app.refuses("AdminResetUserPassword", named("jane"), ("InvalidParameterException", text)).await;
    let invited = json!({ "UserPoolId": setup.pool, "Username": "john", "MessageAction": "SUPPRESS" });
    app.ok("AdminCreateUser", invited).await;
    let state = ("NotAuthorizedException", "User password cannot be reset in the current state.");
    app.refuses("AdminResetUserPassword", named("john"), state).await;
    app.refuses("AdminResetUserPassword", named("nobody"), ("UserNotFoundException", "User does not exist.")).await;
    app.ok("AdminDisableUser", named("jane")).await;
    app.refuses("AdminResetUserPassword", named("jane"), ("NotAuthorizedException", "User is disabled.")).await;
}

#[actix_web::test]
async fn where_only_administrators_recover_nobody_is_sent_a_code() {
    let app = TestApp::new().await;
    let recovery = json!({ "RecoveryMechanisms": [{ "Priority": 1, "Name": "admin_only" }] });
    let setup = Setup::with(&app, json!({ "AccountRecoverySetting": recovery }), json!({})).await;
    setup.user(&app, JANE).await;
    for name in [JANE, "nobody@example.com"] {
        let body = json!({ "ClientId": setup.client, "Username": name });
        let refusal = ("NotAuthorizedException", "Contact administrator to reset password.");
        app.refuses("ForgotPassword", body, refusal).await;
    }
    let page = Browser::new(&app).open(&format!("/login?{}", setup.query(&[]))).await;
    assert!(page.says("Need an account?") && !page.says("Forgot your password?"), "{}", page.text());
    let open = Setup::new(&app).await;
    let page = Browser::new(&app).open(&format!("/login?{}", open.query(&[]))).await;
    assert!(page.says("Forgot your password?"), "{}", page.text());
}

#[actix_web::test]
async fn what_sends_messages_is_done_so_often_an_hour_by_anybody_who_exists_or_not() {
    let app = TestApp::new().await;
    let setup = Setup::new(&app).await;
    setup.user(&app, JANE).await;
    let limit = ("LimitExceededException", "Attempt limit exceeded, please try after some time.");
    for name in [JANE, "nobody@example.com"] {
        let body = json!({ "ClientId": setup.client, "Username": name });
        for _ in 0..20 {
            app.ok("ForgotPassword", body.clone()).await;
        }
        app.refuses("ForgotPassword", body.clone(), limit).await;
    }
    let wish = json!({ "ClientId": setup.client, "Username": "jill@example.com", "Password": PASSWORD });
    app.ok("SignUp", wish).await;
    for name in ["jill@example.com", "nobody@example.com"] {
        let body = json!({ "ClientId": setup.client, "Username": name });
        for _ in 0..5 {
            app.ok("ResendConfirmationCode", body.clone()).await;
        }
        app.refuses("ResendConfirmationCode", body, limit).await;
    }
    app.advance(3600);
    app.ok("ForgotPassword", json!({ "ClientId": setup.client, "Username": JANE })).await;
}

#[actix_web::test]
async fn a_password_is_changed_five_times_an_hour() {
    let app = TestApp::new().await;
    let setup = Setup::new(&app).await;
    setup.user(&app, JANE).await;
    let token = setup.tokens(&app, JANE).await["AccessToken"].clone();
    let body = json!({ "AccessToken": token, "PreviousPassword": PASSWORD, "ProposedPassword": PASSWORD });
    for _ in 0..5 {
        app.ok("ChangePassword", body.clone()).await;
    }
    let limit = ("LimitExceededException", "Attempt limit exceeded, please try after some time.");
    app.refuses("ChangePassword", body.clone(), limit).await;
    let missing = json!({ "AccessToken": token, "ProposedPassword": PASSWORD });
    let text = "1 validation error detected: Value at 'previousPassword' failed to satisfy constraint: Member must not be null";
    app.refuses("ChangePassword", missing, ("InvalidParameterException", text)).await;
}
