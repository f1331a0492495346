//! Owns what every journey through a provider has in common: how the demo's pool comes to know a provider, how
//! somebody leaves for it, and what must be true of whoever comes back.

use serde_json::{Value, json};

use crate::browser::stage::Stage;
use crate::support::flows::claims;

/// What the demo site holds after a sign-in.
pub struct Arrived {
    /// The claims of the ID token.
    pub id: Value,
    /// The claims of the access token.
    pub access: Value,
    /// The attributes that `GetUser` tells for the access token.
    pub attributes: Value,
    /// What `AdminGetUser` tells of the user.
    pub user: Value,
}

impl Stage {
    /// Makes a provider in the demo's pool and lets the demo site's client use it.
    pub async fn offer(&self, mut provider: Value) {
        let pool = self.program.pool_id().await;
        provider["UserPoolId"] = json!(pool);
        self.program.ok("CreateIdentityProvider", provider.clone()).await;
        let clients = self.program.ok("ListUserPoolClients", json!({ "UserPoolId": pool, "MaxResults": 1 })).await;
        let known = json!({ "UserPoolId": pool, "ClientId": clients["UserPoolClients"][0]["ClientId"] });
        let mut client = self.program.ok("DescribeUserPoolClient", known).await["UserPoolClient"].clone();
        for name in ["CreationDate", "LastModifiedDate", "ClientSecret"] {
            client.as_object_mut().unwrap().remove(name);
        }
        client["SupportedIdentityProviders"].as_array_mut().unwrap().push(provider["ProviderName"].clone());
        self.program.ok("UpdateUserPoolClient", client).await;
    }

    /// Where a provider sends people back to.
    pub fn callback(&self) -> String {
        format!("{}/oauth2/idpresponse", self.program.base)
    }

    /// Goes from the demo site to the sign-in page and presses the provider's button.
    pub async fn leave_for(&self, provider: &str) {
        self.open("/login").await;
        self.browser.click(&format!("a.provider[href*='identity_provider={provider}']")).await;
    }

    /// Signs out at the demo site and at the pool.
    pub async fn sign_out(&self) {
        self.open("/").await;
        self.browser.click("form[action='/logout'] button").await;
        self.browser.sees("You are signed out").await;
    }

    /// The provider's own name for whoever is signed in, where it makes it up; ends on the demo site's home page.
    pub async fn subject(&self) -> String {
        self.browser.sees("Hello, ").await;
        self.open("/session").await;
        let payload = self.browser.find("#id-token-payload").await.prop("textContent").await.unwrap().unwrap();
        self.open("/").await;
        let claims: Value = serde_json::from_str(&payload).unwrap();
        claims["identities"][0]["userId"].as_str().unwrap().to_owned()
    }

    /// What is known of whoever has come through `provider`, whose name for them is `subject`; all that is the same
    /// for everybody is checked.
    pub async fn arrived(&self, provider: &str, subject: &str) -> Arrived {
        let browser = &self.browser;
        browser.sees("Hello, ").await;
        self.open("/session").await;
        let raw = async |name: &str| {
            let token = browser.find(&format!("#{name}-raw")).await.prop("textContent").await.unwrap();
            token.unwrap().trim().to_owned()
        };
        let (id_token, access_token) = (raw("id-token").await, raw("access-token").await);
        let (id, access) = (claims(&id_token), claims(&access_token));
        let pool = self.program.pool_id().await;
        // The demo's pool takes no account of capitals.
        let username = format!("{provider}_{subject}").to_lowercase();
        assert_eq!(id["cognito:username"], username.as_str());
        assert_eq!(access["username"], username.as_str());
        for claims in [&id, &access] {
            assert_eq!(claims["cognito:groups"], json!([format!("{pool}_{provider}")]));
        }
        let identity = &id["identities"][0];
        assert_eq!((&identity["providerName"], &identity["userId"]), (&json!(provider), &json!(subject)));
        assert_eq!((&identity["primary"], id["identities"].as_array().unwrap().len()), (&json!("true"), 1));
        let attributes = self.program.ok("GetUser", json!({ "AccessToken": access_token })).await;
        assert_eq!(attributes["Username"], username.as_str());
        let user = self.program.ok("AdminGetUser", json!({ "UserPoolId": pool, "Username": username })).await;
        assert_eq!((&user["UserStatus"], &user["Enabled"]), (&json!("EXTERNAL_PROVIDER"), &json!(true)));
        Arrived { id, access, attributes: named(&attributes["UserAttributes"]), user }
    }
}

/// Attributes as one object.
fn named(attributes: &Value) -> Value {
    let pairs = attributes.as_array().unwrap().iter();
    pairs
        .map(|one| (one["Name"].as_str().unwrap().to_owned(), one["Value"].clone()))
        .collect::<serde_json::Map<_, _>>()
        .into()
}
