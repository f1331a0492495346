//! Owns the pool, the client and the user that most tests begin with, made through the API.

use serde_json::{Value, json};

use super::app::{Answer, TestApp};

/// The redirect target of test clients; nothing listens there.
pub const CALLBACK: &str = "https://app.example/callback";
/// The password of test users.
pub const PASSWORD: &str = "Correct-Horse-1";

/// A pool with a client and a user.
pub struct Setup {
    /// The pool's id.
    pub pool: String,
    /// The client's id.
    pub client: String,
    /// The client's secret; empty for a public client.
    pub secret: String,
}

/// The redirect target of test clients.
pub fn callback() -> &'static str {
    CALLBACK
}

impl Setup {
    /// A pool whose users sign in by e-mail, a public client for codes with every reserved scope, no user yet.
    pub async fn new(app: &TestApp) -> Self {
        Self::with(app, json!({}), json!({})).await
    }

    /// As [`Setup::new`], with other settings for pool and client.
    pub async fn with(app: &TestApp, pool: Value, client: Value) -> Self {
        let mut wanted = json!({
            "PoolName": "Test pool",
            "UsernameAttributes": ["email"],
            "AutoVerifiedAttributes": ["email"],
        });
        merge(&mut wanted, pool);
        let made = app.ok("CreateUserPool", wanted).await;
        let pool = made["UserPool"]["Id"].as_str().unwrap().to_owned();
        let mut setup = Self { pool, client: String::new(), secret: String::new() };
        (setup.client, setup.secret) = setup.another_client(app, client).await;
        setup
    }

    /// Another client of the pool: its id and secret.
    pub async fn another_client(&self, app: &TestApp, client: Value) -> (String, String) {
        let mut wanted = json!({
            "UserPoolId": self.pool,
            "ClientName": "test-client",
            "ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
            "SupportedIdentityProviders": ["COGNITO"],
            "CallbackURLs": [CALLBACK],
            "LogoutURLs": ["https://app.example/signed-out"],
            "AllowedOAuthFlows": ["code", "implicit"],
            "AllowedOAuthScopes": ["openid", "email", "phone", "profile", "aws.cognito.signin.user.admin"],
            "AllowedOAuthFlowsUserPoolClient": true,
            "PreventUserExistenceErrors": "ENABLED",
        });
        merge(&mut wanted, client);
        let made = app.ok("CreateUserPoolClient", wanted).await;
        let text = |name: &str| made["UserPoolClient"][name].as_str().unwrap_or_default().to_owned();
        (text("ClientId"), text("ClientSecret"))
    }

    /// A confirmed user with [`PASSWORD`]; returns the `sub`.
    pub async fn user(&self, app: &TestApp, email: &str) -> String {
        self.user_with(app, email, &[]).await
    }

    /// As [`Setup::user`], with more attributes.
    pub async fn user_with(&self, app: &TestApp, email: &str, more: &[(&str, &str)]) -> String {
        let all = [("email", email), ("email_verified", "true")].into_iter().chain(more.iter().copied());
        let attributes: Vec<Value> = all.map(|(name, value)| json!({ "Name": name, "Value": value })).collect();
        let user = json!({ "UserPoolId": self.pool, "Username": email, "MessageAction": "SUPPRESS", "UserAttributes": attributes });
        let made = app.ok("AdminCreateUser", user).await;
        let password = json!({ "UserPoolId": self.pool, "Username": email, "Password": PASSWORD, "Permanent": true });
        app.ok("AdminSetUserPassword", password).await;
        let attributes = made["User"]["Attributes"].as_array().unwrap();
        let sub = attributes.iter().find(|attribute| attribute["Name"] == "sub").unwrap();
        sub["Value"].as_str().unwrap().to_owned()
    }

    /// A confirmed user of a pool where names are chosen, with [`PASSWORD`].
    pub async fn user_named(&self, app: &TestApp, username: &str) {
        let user = json!({ "UserPoolId": self.pool, "Username": username, "MessageAction": "SUPPRESS" });
        app.ok("AdminCreateUser", user).await;
        let password =
            json!({ "UserPoolId": self.pool, "Username": username, "Password": PASSWORD, "Permanent": true });
        app.ok("AdminSetUserPassword", password).await;
    }

    /// The query of an authorization request, with `extra` parameters.
    pub fn query(&self, extra: &[(&str, &str)]) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.append_pair("client_id", &self.client).append_pair("redirect_uri", CALLBACK);
        let is_given = |name: &str| extra.iter().any(|(known, _)| *known == name);
        for (name, value) in [("response_type", "code"), ("scope", "openid email profile"), ("state", "st-1")] {
            if !is_given(name) {
                query.append_pair(name, value);
            }
        }
        query.extend_pairs(extra.iter().filter(|(_, value)| !value.is_empty()));
        query.finish()
    }

    /// The answer to a password sign-in by the API.
    pub async fn api_sign_in(&self, app: &TestApp, username: &str, password: &str) -> Answer {
        app.api("InitiateAuth", self.attempt(username, password)).await
    }

    /// The body of a password sign-in by the API.
    pub fn attempt(&self, username: &str, password: &str) -> Value {
        let parameters = json!({ "USERNAME": username, "PASSWORD": password });
        json!({ "AuthFlow": "USER_PASSWORD_AUTH", "ClientId": self.client, "AuthParameters": parameters })
    }

    /// The same pool seen by another client.
    pub fn through(&self, client: String) -> Self {
        Self { pool: self.pool.clone(), client, secret: String::new() }
    }

    /// Tokens by the API's password flow.
    pub async fn tokens(&self, app: &TestApp, email: &str) -> Value {
        app.ok("InitiateAuth", self.attempt(email, PASSWORD)).await["AuthenticationResult"].clone()
    }
}

/// Puts every member of `extra` over `target`; `null` takes a member away.
pub fn merge(target: &mut Value, extra: Value) {
    for (name, value) in extra.as_object().cloned().unwrap_or_default() {
        if value.is_null() {
            target.as_object_mut().unwrap().remove(&name);
        } else {
            target[name] = value;
        }
    }
}
