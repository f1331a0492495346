//! Owns the tests that speak with the listening providers as a browser and an app do: the parts they share.
//! It must not reach behind the providers' addresses.

mod apple;
mod facebook_and_amazon;
mod google_and_oidc;
mod look;
mod saml;

use std::collections::HashMap;

use reqwest::Client;
use reqwest::header::HeaderMap;
use reqwest::redirect::Policy;
use scraper::{Html, Selector};
use serde_json::Value;
use url::Url;

use super::{Outside, Simulated};
use crate::clock::{Clock, Timestamp};
use crate::crypto::jwk::JwkSet;
use crate::crypto::jwt::{self, VerifyingKey};
use crate::random::Random;

pub const CALLBACK: &str = "http://localhost:9229/oauth2/idpresponse";
pub const NOW: i64 = 1_800_000_000;

/// The providers and somebody who talks to them.
pub struct World {
    pub base: String,
    pub clock: Clock,
    client: Client,
}

/// A whole answer.
pub struct Page {
    pub status: u16,
    pub headers: HeaderMap,
    pub text: String,
}

pub fn start() -> World {
    let clock = Clock::fixed(Timestamp::from_seconds(NOW));
    let outside = Outside { clock: clock.clone(), random: Random::seeded(7) };
    let simulated = Simulated::bind("127.0.0.1:0", Url::parse("http://localhost:0").unwrap(), outside).unwrap();
    let base = format!("http://{}", simulated.address);
    actix_web::rt::spawn(simulated.server);
    World { base, clock, client: Client::builder().redirect(Policy::none()).build().unwrap() }
}

pub fn query(pairs: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

impl World {
    pub async fn send(&self, request: reqwest::RequestBuilder) -> Page {
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Page { status, headers, text: response.text().await.unwrap() }
    }

    pub fn request(&self, method: &str, path: &str) -> reqwest::RequestBuilder {
        self.client.request(method.parse().unwrap(), format!("{}{path}", self.base))
    }

    pub async fn get(&self, path: &str) -> Page {
        self.send(self.request("GET", path)).await
    }

    pub async fn post(&self, path: &str, form: &[(&str, &str)]) -> Page {
        self.send(self.request("POST", path).form(form)).await
    }

    /// Picks at the page at `path` and gives the parameters of the redirect that follows.
    pub async fn pick(&self, path: &str, form: &[(&str, &str)]) -> HashMap<String, String> {
        let page = self.post(path, form).await;
        assert_eq!(page.status, 303, "{}", page.text);
        page.parameters()
    }

    /// The claims of a token that the only key at `keys` must have signed.
    pub async fn verified(&self, token: &str, keys: &str) -> Option<Value> {
        let set: JwkSet = serde_json::from_str(&self.get(keys).await.text).unwrap();
        assert_eq!(jwt::peek_kid(token), Some(set.keys[0].kid.clone()));
        jwt::verify(token, &VerifyingKey::try_from(&set.keys[0]).unwrap()).ok()
    }
}

impl Page {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub fn parameters(&self) -> HashMap<String, String> {
        Url::parse(self.header("location")).unwrap().query_pairs().into_owned().collect()
    }

    /// Where the form that posts itself leads, and its fields.
    pub fn form(&self) -> (String, HashMap<String, String>) {
        let page = Html::parse_document(&self.text);
        let select = |selector: &str| Selector::parse(selector).unwrap();
        let action = page.select(&select("form[data-send]")).next().unwrap().attr("action").unwrap().to_owned();
        let inputs = select("form[data-send] input[type=hidden]");
        let fields = page.select(&inputs);
        let text = |value: Option<&str>| value.unwrap().to_owned();
        (action, fields.map(|input| (text(input.attr("name")), text(input.attr("value")))).collect())
    }
}
