//! Owns the steps of a sign-in by the API: challenges, their answers, the codes of an authenticator app.

use serde_json::{Value, json};

use super::app::Answer;
use super::setup::PASSWORD;
use super::srp::{SrpClient, timestamp};
use super::{Setup, TestApp};

/// Every flow that a client can be allowed.
pub const EVERY_FLOW: [&str; 5] = [
    "ALLOW_USER_PASSWORD_AUTH",
    "ALLOW_ADMIN_USER_PASSWORD_AUTH",
    "ALLOW_USER_SRP_AUTH",
    "ALLOW_USER_AUTH",
    "ALLOW_REFRESH_TOKEN_AUTH",
];

impl Setup {
    /// A pool and a client that allows every flow; `mfa` is put over what the pool says about second factors.
    pub async fn with_factors(app: &TestApp, pool: Value, mfa: Value) -> Self {
        let setup = Self::with(app, pool, json!({ "ExplicitAuthFlows": EVERY_FLOW })).await;
        if mfa != json!({}) {
            setup.set_mfa(app, mfa).await;
        }
        setup
    }

    /// Replaces what the pool says about second factors.
    pub async fn set_mfa(&self, app: &TestApp, mfa: Value) {
        let mut wanted = json!({ "UserPoolId": self.pool });
        super::setup::merge(&mut wanted, mfa);
        app.ok("SetUserPoolMfaConfig", wanted).await;
    }

    /// The part of the pool's id that SRP mixes in.
    pub fn group(&self) -> &str {
        self.pool.split_once('_').unwrap().1
    }

    /// The body of a first step.
    pub fn first_step(&self, flow: &str, parameters: Value) -> Value {
        json!({ "ClientId": self.client, "AuthFlow": flow, "AuthParameters": parameters })
    }

    /// The body of the answer to the challenge that `asked` is.
    pub fn reply(&self, asked: &Value, responses: Value) -> Value {
        let mut responses = responses;
        if responses.get("USERNAME").is_none() {
            responses["USERNAME"] = asked["ChallengeParameters"]["USER_ID_FOR_SRP"].clone();
        }
        json!({
            "ClientId": self.client, "ChallengeName": asked["ChallengeName"], "Session": asked["Session"],
            "ChallengeResponses": responses,
        })
    }

    /// Answers the challenge that `asked` is.
    pub async fn answer(&self, app: &TestApp, asked: &Value, responses: Value) -> Answer {
        app.api("RespondToAuthChallenge", self.reply(asked, responses)).await
    }

    /// The first half of an SRP sign-in.
    pub async fn srp_start(&self, app: &TestApp, username: &str) -> (SrpClient, Value) {
        let client = SrpClient::start();
        let parameters = json!({ "USERNAME": username, "SRP_A": client.public });
        let asked = app.ok("InitiateAuth", self.first_step("USER_SRP_AUTH", parameters)).await;
        (client, asked)
    }

    /// The second half of an SRP sign-in.
    pub fn srp_claim(&self, app: &TestApp, (client, asked): (&SrpClient, &Value), password: &str) -> Value {
        let parameters = &asked["ChallengeParameters"];
        let name = parameters["USER_ID_FOR_SRP"].as_str().unwrap();
        client.claim(parameters, (self.group(), name), (password, &timestamp(app.cx.now().seconds())))
    }

    /// A whole SRP sign-in.
    pub async fn srp_sign_in(&self, app: &TestApp, username: &str, password: &str) -> Answer {
        let (client, asked) = self.srp_start(app, username).await;
        self.answer(app, &asked, self.srp_claim(app, (&client, &asked), password)).await
    }

    /// Sets up an authenticator app for somebody signed in, and prefers it; its secret.
    pub async fn software_token(&self, app: &TestApp, email: &str) -> String {
        let token = self.tokens(app, email).await["AccessToken"].clone();
        let made = app.ok("AssociateSoftwareToken", json!({ "AccessToken": token })).await;
        let secret = made["SecretCode"].as_str().unwrap().to_owned();
        let proof = json!({ "AccessToken": token, "UserCode": totp(app, &secret, 0), "FriendlyDeviceName": "phone" });
        assert_eq!(app.ok("VerifySoftwareToken", proof).await, json!({ "Status": "SUCCESS" }));
        let wish =
            json!({ "AccessToken": token, "SoftwareTokenMfaSettings": { "Enabled": true, "PreferredMfa": true } });
        app.ok("SetUserMFAPreference", wish).await;
        app.advance(30);
        secret
    }
}

/// The code of an authenticator app, `steps` of thirty seconds from now.
pub fn totp(app: &TestApp, secret: &str, steps: i64) -> String {
    let secret = totp_rs::Secret::try_from_base32(secret).unwrap();
    let totp = totp_rs::Builder::new().with_secret(secret).build_noncompliant();
    totp.generate(u64::try_from(app.cx.now().seconds() + 30 * steps).unwrap()).to_string()
}

/// The body with another password than anybody's.
pub fn by_password(setup: &Setup, username: &str) -> Value {
    setup.first_step("USER_PASSWORD_AUTH", json!({ "USERNAME": username, "PASSWORD": PASSWORD }))
}
