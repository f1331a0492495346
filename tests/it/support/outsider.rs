//! Owns an app at the simulated providers that knows no user pool: what it gets for whoever is picked, an ID token, an
//! access token or a SAML response.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cenote::clock::Clock;
use cenote::simulated::provider_settings;
use serde_json::{Value, json};

use super::Browser;

/// The audience of SAML responses for AWS.
pub const AUDIENCE: &str = "urn:amazon:webservices";
/// Where they are sent.
pub const RECIPIENT: &str = "https://signin.aws.amazon.com/saml";

/// The app.
pub struct Outsider {
    origin: String,
    /// The providers' settings by their names in a user pool.
    details: BTreeMap<String, BTreeMap<String, String>>,
    clock: Clock,
}

impl Outsider {
    /// An app at the providers of that address.
    pub fn new(origin: &str, clock: Clock) -> Self {
        let settings = provider_settings(&origin.parse().unwrap());
        let details = settings.into_iter().map(|one| (one.name, one.details)).collect();
        Self { origin: origin.to_owned(), details, clock }
    }

    /// The app's id at a provider.
    pub fn client(&self, provider: &str) -> &str {
        &self.details[provider]["client_id"]
    }

    /// The names under which identity pools take the providers' logins, each with the provider's name in a user pool.
    pub fn logins(&self, saml: &str) -> [(String, &'static str); 6] {
        let (_, host) = self.origin.split_once("://").unwrap();
        [
            ("accounts.google.com".to_owned(), "Google"),
            ("appleid.apple.com".to_owned(), "SignInWithApple"),
            ("graph.facebook.com".to_owned(), "Facebook"),
            ("www.amazon.com".to_owned(), "LoginWithAmazon"),
            (format!("{host}/oidc"), "SimulatedOIDC"),
            (saml.to_owned(), "SimulatedSAML"),
        ]
    }

    /// What the app, or another one called `client`, gets for whoever is picked at `provider`.
    pub async fn token(&self, provider: &str, client: Option<&str>, choices: &[(&str, &str)]) -> String {
        let mut browser = Browser::over(&[&self.origin]);
        if provider == "SimulatedSAML" {
            let asked = encoded(&[("acs", RECIPIENT), ("audience", client.unwrap_or(AUDIENCE))]);
            let picker = browser.open(&format!("/saml/start?{asked}")).await;
            let page = browser.submit(&picker, "email", choices).await;
            return page.field("SAMLResponse", "SAMLResponse");
        }
        let details = &self.details[provider];
        let (client, back) = (client.unwrap_or(&details["client_id"]), ("redirect_uri", "https://mobile.example/done"));
        let scope = ("scope", details["authorize_scopes"].as_str());
        let asked = [("client_id", client), back, ("response_type", "code"), scope, ("state", "s")];
        let mode = ("response_mode", "form_post");
        let asked =
            if provider == "SignInWithApple" { encoded(&[&asked[..], &[mode]].concat()) } else { encoded(&asked) };
        let picker = browser.open(&format!("{}?{asked}", details["authorize_url"])).await;
        let page = browser.submit(&picker, "email", choices).await;
        let code = page.query("code").unwrap_or_else(|| page.field("code", "code"));
        let secret = details.get("client_secret").cloned().unwrap_or_else(|| self.apple_secret(client));
        let form = [
            ("grant_type", "authorization_code"),
            ("code", code.as_str()),
            ("client_id", client),
            ("client_secret", secret.as_str()),
            back,
        ];
        let answer =
            reqwest::Client::builder().build().unwrap().post(&details["token_url"]).form(&form).send().await.unwrap();
        let answer: Value = answer.json().await.unwrap();
        let token = if answer["id_token"].is_string() { &answer["id_token"] } else { &answer["access_token"] };
        token.as_str().unwrap_or_else(|| panic!("{provider}: {answer}")).to_owned()
    }

    /// What Apple takes for a secret; the simulated one cannot check who signed it.
    fn apple_secret(&self, client: &str) -> String {
        let expires = self.clock.now().seconds() + 600;
        let header = json!({ "alg": "ES256", "kid": "K" });
        let claims = json!({ "iss": "T", "sub": client, "aud": "https://appleid.apple.com", "exp": expires });
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        format!("{}.{}.{}", part(&header), part(&claims), URL_SAFE_NO_PAD.encode([0; 64]))
    }
}

fn encoded(pairs: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}
