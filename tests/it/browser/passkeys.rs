//! Passkeys in a real browser with a virtual authenticator: offered after a sign-in, used
//! at the next, and by an app's own script through the API.

use serde_json::{Value, json};

use super::stage::{DEMO, Stage};

impl Stage {
    /// The demo pool and its client allow passkeys, and the browser has an authenticator whose owner shows a finger.
    pub async fn with_passkeys(&self) {
        let (pool, client) = (self.program.pool_id().await, self.client().await);
        let policies = json!({ "SignInPolicy": { "AllowedFirstAuthFactors": ["PASSWORD", "WEB_AUTHN"] } });
        let kept = self.program.ok("DescribeUserPool", json!({ "UserPoolId": pool })).await["UserPool"].clone();
        let update = json!({
            "UserPoolId": pool, "Policies": policies, "AutoVerifiedAttributes": kept["AutoVerifiedAttributes"],
        });
        self.program.ok("UpdateUserPool", update).await;
        let known = json!({ "UserPoolId": pool, "ClientId": client });
        let described = self.program.ok("DescribeUserPoolClient", known).await["UserPoolClient"].clone();
        let mut wanted = described;
        for name in ["CreationDate", "LastModifiedDate", "ClientSecret"] {
            wanted.as_object_mut().unwrap().remove(name);
        }
        let flows = json!(["ALLOW_USER_AUTH", "ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]);
        wanted["ExplicitAuthFlows"] = flows;
        self.program.ok("UpdateUserPoolClient", wanted).await;
        self.browser.add_authenticator().await;
    }

    /// The first client of the demo pool.
    pub async fn client(&self) -> String {
        let pool = self.program.pool_id().await;
        let listed = self.program.ok("ListUserPoolClients", json!({ "UserPoolId": pool })).await;
        listed["UserPoolClients"][0]["ClientId"].as_str().unwrap().to_owned()
    }

    async fn forget_me(&self) {
        self.browser.client.delete_all_cookies().await.unwrap();
        self.browser.open(&format!("{}/_cenote/inbox", self.program.base)).await;
        self.browser.client.delete_all_cookies().await.unwrap();
    }
}

#[actix_web::test]
async fn a_passkey_is_made_after_a_sign_in_and_signs_in_the_next_time() {
    let Some(stage) = Stage::set().await else { return };
    let browser = &stage.browser;
    stage.with_passkeys().await;
    stage.open("/login").await;
    browser.find("form[data-passkey='get']:not([hidden])").await;
    stage.send_sign_in(DEMO).await;
    browser.sees("Sign in faster next time").await;
    browser.click("[name='create_passkey']").await;
    browser.sees("Hello, Dana Demo").await;
    assert_eq!(browser.passkeys().await, 1);
    stage.forget_me().await;
    stage.open("/login").await;
    browser.sees("Hello, Dana Demo").await;
    stage.is_flawless().await;
}

#[actix_web::test]
async fn without_scripts_the_pages_do_not_offer_passkeys() {
    let Some(stage) = Stage::with_scripts(false).await else { return };
    stage.with_passkeys().await;
    stage.open("/login").await;
    let form = stage.browser.find("form[data-passkey='get']").await;
    assert!(!form.is_displayed().await.unwrap());
    stage.send_sign_in(DEMO).await;
    stage.browser.sees("Hello, Dana Demo").await;
}

#[actix_web::test]
async fn an_app_makes_and_uses_a_passkey_by_its_own_script() {
    let Some(stage) = Stage::set().await else { return };
    let browser = &stage.browser;
    stage.with_passkeys().await;
    let flows = json!(["ALLOW_USER_AUTH", "ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]);
    let app = json!({ "UserPoolId": stage.program.pool_id().await, "ClientName": "app", "ExplicitAuthFlows": flows });
    let client = stage.program.ok("CreateUserPoolClient", app).await["UserPoolClient"]["ClientId"].clone();
    let parameters = json!({ "USERNAME": DEMO.0, "PASSWORD": DEMO.1 });
    let body = json!({ "AuthFlow": "USER_PASSWORD_AUTH", "ClientId": client, "AuthParameters": parameters });
    let token = stage.program.ok("InitiateAuth", body).await["AuthenticationResult"]["AccessToken"].clone();
    let started = stage.program.ok("StartWebAuthnRegistration", json!({ "AccessToken": token })).await;
    stage.open("/").await;
    let made = browser.ceremony("create", "Creation", &started["CredentialCreationOptions"]).await;
    let complete = json!({ "AccessToken": token, "Credential": made });
    stage.program.ok("CompleteWebAuthnRegistration", complete).await;
    let parameters = json!({ "USERNAME": DEMO.0, "PREFERRED_CHALLENGE": "WEB_AUTHN" });
    let body = json!({ "AuthFlow": "USER_AUTH", "ClientId": client, "AuthParameters": parameters });
    let asked = stage.program.ok("InitiateAuth", body).await;
    let options = asked["ChallengeParameters"]["CREDENTIAL_REQUEST_OPTIONS"].as_str().unwrap();
    let options: Value = serde_json::from_str(options).unwrap();
    let signed = browser.ceremony("get", "Request", &options).await;
    let answer = json!({
        "ClientId": client, "ChallengeName": "WEB_AUTHN", "Session": asked["Session"],
        "ChallengeResponses": { "USERNAME": DEMO.0, "CREDENTIAL": signed.to_string() },
    });
    let tokens = stage.program.ok("RespondToAuthChallenge", answer).await;
    assert!(tokens["AuthenticationResult"]["AccessToken"].is_string(), "{tokens}");
    let listed = stage.program.ok("ListWebAuthnCredentials", json!({ "AccessToken": token })).await;
    assert_eq!(listed["Credentials"][0]["AuthenticatorTransports"], json!(["internal"]));
}
