//! Identity pools and the token service, from a sign-in to a signed call.

mod api;
mod credentials;
mod developer;
mod everybody;
mod forwarding;
mod hostile;
mod linking;
mod providers;
mod signing;
mod token_service;
mod tokens;

use cenote::cx::Mode;
use serde_json::{Value, json};

use crate::support::app::answer;
use crate::support::{Answer, Setup, TestApp};

pub const AUTHENTICATED: &str = "arn:aws:iam::123456789012:role/Authenticated";
pub const GUEST: &str = "arn:aws:iam::123456789012:role/Guest";

/// Calls an operation of the identity pools API.
pub async fn call(app: &TestApp, operation: &str, body: Value) -> Answer {
    let request = app
        .http
        .post(format!("{}/", app.base))
        .header("x-amz-target", format!("AWSCognitoIdentityService.{operation}"))
        .header("content-type", "application/x-amz-json-1.1")
        .body(body.to_string());
    answer(request).await
}

/// Calls an operation that must succeed.
pub async fn ok(app: &TestApp, operation: &str, body: Value) -> Value {
    let answer = call(app, operation, body).await;
    assert_eq!(answer.status, 200, "{operation}: {}", answer.text);
    answer.json()
}

/// Calls an operation that must be refused with that exception and a text that contains that one.
pub async fn refuses(app: &TestApp, operation: &str, body: Value, (fault, text): (&str, &str)) {
    let answer = call(app, operation, body).await;
    assert_eq!((answer.status, answer.fault().as_str()), (400, fault), "{operation}: {}", answer.text);
    assert!(answer.message().contains(text), "{operation}: {}", answer.text);
}

/// A user pool with a user, and an identity pool that takes its tokens.
pub struct Stage {
    pub app: TestApp,
    pub users: Setup,
    /// The user pool's name as a provider.
    pub provider: String,
    /// The identity pool's id.
    pub pool: String,
}

impl Stage {
    pub async fn new(extra: Value) -> Self {
        Self::of(TestApp::new().await, extra).await
    }

    pub async fn of(app: TestApp, extra: Value) -> Self {
        let users = Setup::new(&app).await;
        users.user(&app, "jane@example.com").await;
        let provider = format!("cognito-idp.us-east-1.amazonaws.com/{}", users.pool);
        let mut wanted = json!({
            "IdentityPoolName": "people", "AllowUnauthenticatedIdentities": true, "DeveloperProviderName": "login.example",
            "CognitoIdentityProviders": [{ "ProviderName": provider, "ClientId": users.client }],
        });
        crate::support::setup::merge(&mut wanted, extra);
        let pool = ok(&app, "CreateIdentityPool", wanted).await;
        let pool = pool["IdentityPoolId"].as_str().unwrap().to_owned();
        let roles = json!({ "authenticated": AUTHENTICATED, "unauthenticated": GUEST });
        ok(&app, "SetIdentityPoolRoles", json!({ "IdentityPoolId": pool, "Roles": roles })).await;
        Self { app, users, provider, pool }
    }

    pub async fn ok(&self, operation: &str, body: Value) -> Value {
        ok(&self.app, operation, body).await
    }

    pub async fn refuses(&self, operation: &str, body: Value, expected: (&str, &str)) {
        refuses(&self.app, operation, body, expected).await;
    }

    /// The logins of a user of the user pool, freshly signed in.
    pub async fn logins(&self, email: &str) -> Value {
        let tokens = self.users.tokens(&self.app, email).await;
        json!({ &self.provider: tokens["IdToken"] })
    }

    /// The identity for some logins.
    pub async fn id(&self, logins: &Value) -> String {
        let got = self.ok("GetId", json!({ "IdentityPoolId": self.pool, "Logins": logins })).await;
        got["IdentityId"].as_str().unwrap().to_owned()
    }

    /// A guest's new identity.
    pub async fn guest(&self) -> String {
        self.id(&json!({})).await
    }

    /// Credentials for an identity.
    pub async fn credentials(&self, id: &str, logins: &Value) -> Value {
        let body = json!({ "IdentityId": id, "Logins": logins });
        self.ok("GetCredentialsForIdentity", body).await["Credentials"].clone()
    }
}

/// A server in production, which checks the signatures of admin calls.
pub async fn production() -> TestApp {
    TestApp::start(Mode::Production, |_| ()).await
}
