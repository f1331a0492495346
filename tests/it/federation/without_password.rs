//! A local user whose password an administrator takes away: the user stays, and so does every other way in.

use serde_json::{Value, json};

use super::stage::{World, world};
use crate::support::flows::text;
use crate::support::setup::PASSWORD;

const ADA: &str = "ada@example.com";

impl World {
    /// Ada with a password, and linked to a provider by her address.
    async fn linked_ada(&self) -> String {
        let sub = self.setup.user(&self.app, ADA).await;
        let link = json!({
            "UserPoolId": self.setup.pool,
            "DestinationUser": { "ProviderName": "Cognito", "ProviderAttributeValue": ADA },
            "SourceUser": {
                "ProviderName": "SimulatedOIDC", "ProviderAttributeName": "email", "ProviderAttributeValue": ADA,
            },
        });
        self.app.ok("AdminLinkProviderForUser", link).await;
        sub
    }

    async fn take_password(&self) {
        let user = json!({
            "ProviderName": "Cognito", "ProviderAttributeName": "Cognito_Subject", "ProviderAttributeValue": ADA,
        });
        let taken = json!({ "UserPoolId": self.setup.pool, "User": user });
        assert_eq!(self.app.ok("AdminDisableProviderForUser", taken).await, json!({}));
    }

    async fn through_provider(&mut self) -> Value {
        self.browser.cookies.clear();
        let scope = "openid aws.cognito.signin.user.admin";
        let query = self.setup.query(&[("identity_provider", "SimulatedOIDC"), ("scope", scope)]);
        let picker = self.browser.open(&format!("/oauth2/authorize?{query}")).await;
        let page = self.pick(&picker, &[("person", ADA)]).await;
        let code = page.query("code").unwrap_or_else(|| panic!("no code at {}: {}", page.url, page.text()));
        self.setup.exchange(&self.app, &code, &[]).await.json()
    }
}

#[actix_web::test]
async fn a_password_that_was_taken_away_is_gone_and_the_user_is_not() {
    let mut world = world().await;
    let sub = world.linked_ada().await;
    let named = json!({ "UserPoolId": world.setup.pool, "Username": ADA });
    let before = world.app.ok("AdminGetUser", named.clone()).await;
    let forgot = json!({ "ClientId": world.setup.client, "Username": ADA });
    world.app.ok("ForgotPassword", forgot.clone()).await;
    let earlier = world.app.code_for(ADA);
    world.take_password().await;
    let mut after = world.app.ok("AdminGetUser", named.clone()).await;
    after["UserLastModifiedDate"] = before["UserLastModifiedDate"].clone();
    assert_eq!(after, before, "enabled, confirmed, and with the same attributes");
    let refused = ("NotAuthorizedException", "Incorrect username or password.");
    for password in [PASSWORD, "!", ""] {
        let attempt = world.setup.attempt(ADA, password);
        if password.is_empty() {
            assert_eq!(world.app.api("InitiateAuth", attempt).await.status, 400);
        } else {
            world.app.refuses("InitiateAuth", attempt, refused).await;
        }
    }
    let page = world.browser.open(&format!("/login?{}", world.setup.query(&[]))).await;
    let form = [("username", ADA), ("password", PASSWORD)];
    let page = world.browser.submit(&page, "signInSubmitButton", &form).await;
    assert!(page.says("Incorrect username or password"), "{} {}", page.url, page.text());
    let tokens = world.through_provider().await;
    assert_eq!(crate::support::flows::claims(text(&tokens, "id_token"))["sub"], sub.as_str());
    let access = text(&tokens, "access_token");
    for previous in [json!({}), json!({ "PreviousPassword": PASSWORD }), json!({ "PreviousPassword": "!" })] {
        let mut change = json!({ "AccessToken": access, "ProposedPassword": "Another-Horse-2" });
        crate::support::setup::merge(&mut change, previous);
        assert_eq!(world.app.api("ChangePassword", change).await.status, 400);
    }
    let sent = world.app.messages().len();
    world.app.api("ForgotPassword", forgot).await;
    assert_eq!(world.app.messages().len(), sent, "nobody is sent a code");
    let late = json!({
        "ClientId": world.setup.client, "Username": ADA, "ConfirmationCode": earlier, "Password": "Another-Horse-2",
    });
    assert_eq!(world.app.api("ConfirmForgotPassword", late).await.status, 400);
    let reset = ("NotAuthorizedException", "User password cannot be reset in the current state.");
    world.app.refuses("AdminResetUserPassword", named.clone(), reset).await;
    assert_eq!(world.setup.api_sign_in(&world.app, ADA, "Another-Horse-2").await.status, 400);
}

#[actix_web::test]
async fn an_administrator_gives_a_password_back() {
    let world = world().await;
    world.linked_ada().await;
    world.take_password().await;
    let given = json!({ "UserPoolId": world.setup.pool, "Username": ADA, "Password": PASSWORD, "Permanent": true });
    world.app.ok("AdminSetUserPassword", given).await;
    assert_eq!(world.setup.api_sign_in(&world.app, ADA, PASSWORD).await.status, 200);
    let forgot = json!({ "ClientId": world.setup.client, "Username": ADA });
    world.app.ok("ForgotPassword", forgot).await;
    assert_eq!(world.app.code_for(ADA).len(), 6);
}

#[actix_web::test]
async fn a_sign_in_that_was_under_way_ends_with_the_password() {
    let world = world().await;
    world.linked_ada().await;
    let choice = json!({
        "AuthFlow": "USER_AUTH", "ClientId": world.setup.client, "AuthParameters": { "USERNAME": ADA },
    });
    let choosing = json!({ "ExplicitAuthFlows": ["ALLOW_USER_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"] });
    world.setup.change_client(&world.app, choosing).await;
    let offered = world.app.ok("InitiateAuth", choice.clone()).await;
    assert!(offered["AvailableChallenges"].to_string().contains("PASSWORD"), "{offered}");
    world.take_password().await;
    let answer = json!({
        "ChallengeName": "SELECT_CHALLENGE", "ClientId": world.setup.client, "Session": offered["Session"],
        "ChallengeResponses": { "USERNAME": ADA, "ANSWER": "PASSWORD", "PASSWORD": PASSWORD },
    });
    assert_eq!(world.app.api("RespondToAuthChallenge", answer).await.fault(), "NotAuthorizedException");
    let offered = world.app.api("InitiateAuth", choice).await;
    assert!(!offered.text.contains("\"PASSWORD\""), "{}", offered.text);
}
