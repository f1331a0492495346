//! Owns the stage of the federation tests: a pool with the six simulated providers, and a browser.

use cenote::simulated::{self, ProviderSettings, Simulated, provider_settings};
use serde_json::{Value, json};

use crate::support::{Browser, Page, Setup, TestApp, callback};

pub const NAMES: [&str; 6] =
    ["Google", "Facebook", "LoginWithAmazon", "SignInWithApple", "SimulatedOIDC", "SimulatedSAML"];

/// A pool, its client, and somebody with a browser.
pub struct World {
    pub app: TestApp,
    pub setup: Setup,
    pub browser: Browser,
    /// Where the simulated providers are.
    pub origin: String,
}

/// A pool with the six simulated providers, and a client that may use them all.
pub async fn world() -> World {
    world_with(|_| ()).await
}

/// As [`world`], with other settings.
pub async fn world_with(change: impl Fn(&mut ProviderSettings)) -> World {
    world_of(json!({}), change).await
}

/// As [`world_with`], in a pool with other settings.
pub async fn world_of(pool: Value, change: impl Fn(&mut ProviderSettings)) -> World {
    let app = TestApp::new().await;
    let outside = simulated::Outside { clock: app.cx.outside.clock.clone(), random: app.cx.outside.random.clone() };
    let bound = Simulated::bind("127.0.0.1:0", "http://127.0.0.1:0".parse().unwrap(), outside).unwrap();
    let (origin, settings) =
        (bound.public_url.as_str().trim_end_matches('/').to_owned(), provider_settings(&bound.public_url));
    actix_web::rt::spawn(bound.server);
    let mut setup = Setup::with(&app, pool, json!({})).await;
    for mut one in settings {
        change(&mut one);
        let request = json!({
            "UserPoolId": setup.pool, "ProviderName": one.name, "ProviderType": one.provider_type,
            "ProviderDetails": one.details, "AttributeMapping": one.attribute_mapping,
        });
        app.ok("CreateIdentityProvider", request).await;
    }
    let mut names = vec!["COGNITO"];
    names.extend(NAMES);
    (setup.client, setup.secret) = setup.another_client(&app, json!({ "SupportedIdentityProviders": names })).await;
    let browser = Browser::over(&[&app.base, &origin]);
    World { app, setup, browser, origin }
}

impl World {
    /// The address at the SAML provider that begins a sign-in to the client.
    pub fn start_at_provider(&self) -> String {
        let relay = self.setup.query(&[("identity_provider", "SimulatedSAML")]);
        let start = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("acs", &format!("{}/saml2/idpresponse", self.app.base))
            .append_pair("audience", &format!("urn:amazon:cognito:sp:{}", self.setup.pool))
            .append_pair("RelayState", &relay)
            .finish();
        format!("{}/saml/start?{start}", self.origin)
    }

    /// Leaves for a provider; the picker of its sample people.
    pub async fn leave(&mut self, provider: &str) -> Page {
        let query = self.setup.query(&[("identity_provider", provider), ("nonce", "n-1")]);
        self.browser.open(&format!("/oauth2/authorize?{query}")).await
    }

    /// Picks somebody and lets every form that sends itself go on its way.
    pub async fn pick(&mut self, picker: &Page, values: &[(&str, &str)]) -> Page {
        let page = self.browser.submit(picker, "email", values).await;
        self.go_on(page).await
    }

    /// Lets every form that sends itself go on its way.
    pub async fn go_on(&mut self, mut page: Page) -> Page {
        for _ in 0..6 {
            let marker =
                ["SAMLResponse", "SAMLRequest", "code", "state"].into_iter().find(|name| page.has_form_with(name));
            match marker {
                Some(marker) => page = self.browser.submit(&page, marker, &[]).await,
                None => break,
            }
        }
        page
    }

    /// The claims of the ID token at the end of a sign-in.
    pub async fn claims(&self, page: &Page) -> Value {
        let code = page.query("code").unwrap_or_else(|| panic!("no code at {}: {}", page.url, page.text()));
        let form = [
            ("grant_type", "authorization_code"),
            ("code", code.as_str()),
            ("client_id", self.setup.client.as_str()),
            ("redirect_uri", callback()),
        ];
        let answer = self.app.post_form("/oauth2/token", &form).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        crate::support::flows::claims(answer.json()["id_token"].as_str().unwrap())
    }
}
