//! Owns the roads that many tests walk: a sign-in on the pages, the exchange of a code, a look into a token.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::setup::PASSWORD;
use super::{Answer, Browser, Page, Setup, TestApp, callback};

/// A PKCE verifier and its S256 challenge (RFC 7636 appendix B).
pub const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
/// See [`VERIFIER`].
pub const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

impl Setup {
    /// Asks for authorization with `extra` parameters and signs `email` in; the page where the browser ends.
    pub async fn sign_in(&self, browser: &mut Browser, email: &str, extra: &[(&str, &str)]) -> Page {
        let page = browser.open(&format!("/oauth2/authorize?{}", self.query(extra))).await;
        browser.submit(&page, "signInSubmitButton", &[("username", email), ("password", PASSWORD)]).await
    }

    /// An authorization code for `email`, who signs in for it.
    pub async fn code(&self, app: &TestApp, email: &str, extra: &[(&str, &str)]) -> String {
        let page = self.sign_in(&mut Browser::new(app), email, extra).await;
        page.query("code").unwrap_or_else(|| panic!("no code at {}: {}", page.url, page.text()))
    }

    /// Exchanges a code as the public client would; `extra` replaces or adds, an empty value takes away.
    pub async fn exchange(&self, app: &TestApp, code: &str, extra: &[(&str, &str)]) -> Answer {
        let usual = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("client_id", &self.client),
            ("redirect_uri", callback()),
        ];
        app.post_form("/oauth2/token", &with(&usual, extra)).await
    }

    /// Refreshes as the public client would; `extra` as for [`Setup::exchange`].
    pub async fn refresh(&self, app: &TestApp, token: &str, extra: &[(&str, &str)]) -> Answer {
        let usual = [("grant_type", "refresh_token"), ("refresh_token", token), ("client_id", self.client.as_str())];
        app.post_form("/oauth2/token", &with(&usual, extra)).await
    }

    /// Tokens for `email` by the code flow.
    pub async fn oauth_tokens(&self, app: &TestApp, email: &str, extra: &[(&str, &str)]) -> Value {
        let code = self.code(app, email, extra).await;
        let answer = self.exchange(app, &code, &[]).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.json()
    }

    /// Changes the client: `change` is put over what it has now.
    pub async fn change_client(&self, app: &TestApp, change: Value) {
        let known = json!({ "UserPoolId": self.pool, "ClientId": self.client });
        let mut wanted = app.ok("DescribeUserPoolClient", known).await["UserPoolClient"].clone();
        for name in ["CreationDate", "LastModifiedDate", "ClientSecret"] {
            wanted.as_object_mut().unwrap().remove(name);
        }
        super::setup::merge(&mut wanted, change);
        app.ok("UpdateUserPoolClient", wanted).await;
    }

    /// A group, with `email` as a member.
    pub async fn group_with(&self, app: &TestApp, email: &str, group: Value) {
        let mut wanted = json!({ "UserPoolId": self.pool });
        super::setup::merge(&mut wanted, group.clone());
        app.ok("CreateGroup", wanted).await;
        let member = json!({ "UserPoolId": self.pool, "Username": email, "GroupName": group["GroupName"] });
        app.ok("AdminAddUserToGroup", member).await;
    }

    /// Switches a user off.
    pub async fn disable(&self, app: &TestApp, email: &str) {
        app.ok("AdminDisableUser", json!({ "UserPoolId": self.pool, "Username": email })).await;
    }
}

/// `usual` with `extra` put over it; an empty value takes a field away.
fn with<'a>(usual: &[(&'a str, &'a str)], extra: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut form: Vec<_> =
        usual.iter().filter(|(name, _)| !extra.iter().any(|(other, _)| other == name)).copied().collect();
    form.extend(extra.iter().filter(|(_, value)| !value.is_empty()));
    form
}

/// The claims of a token, unverified.
pub fn claims(token: &str) -> Value {
    part(token, 1)
}

/// The header of a token.
pub fn header(token: &str) -> Value {
    part(token, 0)
}

fn part(token: &str, index: usize) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(token.split('.').nth(index).unwrap()).unwrap()).unwrap()
}

/// A member of a token answer.
pub fn text<'a>(tokens: &'a Value, name: &str) -> &'a str {
    tokens[name].as_str().unwrap_or_else(|| panic!("no {name} in {tokens}"))
}
