//! Owns a browser made of plain requests: it keeps cookies, follows redirects one at a time, finds a form by its
//! button and submits it. Pages are tested through what a person sees.

use std::collections::BTreeMap;

use reqwest::header::{COOKIE, LOCATION, SET_COOKIE};
use scraper::{ElementRef, Html, Selector};

use super::app::{Answer, TestApp, answer};

/// A browser.
#[derive(Clone)]
pub struct Browser {
    /// Cookies by name.
    pub cookies: BTreeMap<String, String>,
    http: reqwest::Client,
    base: String,
}

/// What the browser shows.
pub struct Page {
    /// The address.
    pub url: String,
    /// The answer.
    pub answer: Answer,
}

impl Page {
    /// The text that a person reads.
    pub fn text(&self) -> String {
        let html = Html::parse_document(&self.answer.text);
        let body = html.select(&selector("body")).next().map(|body| body.text().collect::<Vec<_>>().join(" "));
        body.unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// Whether a person can read `words` here.
    pub fn says(&self, words: &str) -> bool {
        self.text().contains(words)
    }

    /// The value of a query parameter of the address.
    pub fn query(&self, name: &str) -> Option<String> {
        let url = url::Url::parse(&self.url).unwrap();
        url.query_pairs().find(|(known, _)| known == name).map(|(_, value)| value.into_owned())
    }

    /// Action and fields of the first form that has a field or button `marker`.
    fn form(&self, marker: &str) -> (String, Vec<(String, String)>) {
        let html = Html::parse_document(&self.answer.text);
        let wanted = selector(&format!("form:has([name='{marker}']), form:has([value='{marker}'])"));
        let form = html
            .select(&wanted)
            .next()
            .unwrap_or_else(|| panic!("no form with {marker} at {}:\n{}", self.url, self.text()));
        let inputs = selector("input[name]");
        let fields = form.select(&inputs).filter(|input| input.attr("type") != Some("submit"));
        let field = |input: ElementRef| {
            (input.attr("name").unwrap().to_owned(), input.attr("value").unwrap_or_default().to_owned())
        };
        (form.attr("action").unwrap_or_default().to_owned(), fields.map(field).collect())
    }
}

impl Browser {
    /// A browser without cookies.
    pub fn new(app: &TestApp) -> Self {
        Self { cookies: BTreeMap::new(), http: app.http.clone(), base: app.base.clone() }
    }

    /// Opens an address and follows redirects on this server; a redirect elsewhere ends the journey there.
    pub async fn open(&mut self, path: &str) -> Page {
        let url = self.absolute(path);
        let request = self.http.get(&url);
        self.follow(url, request).await
    }

    /// Fills in the form that has a field `marker` and sends it.
    pub async fn submit(&mut self, page: &Page, marker: &str, values: &[(&str, &str)]) -> Page {
        let (action, mut fields) = page.form(marker);
        for (name, value) in values {
            match fields.iter_mut().find(|(known, _)| known == name) {
                Some(field) => (*value).clone_into(&mut field.1),
                None => fields.push(((*name).to_owned(), (*value).to_owned())),
            }
        }
        let url = url::Url::parse(&page.url).unwrap().join(&action).unwrap().to_string();
        let origin = self.base.clone();
        let request =
            self.http.post(&url).header("origin", origin).header("sec-fetch-site", "same-origin").form(&fields);
        self.follow(url, request).await
    }

    async fn follow(&mut self, mut url: String, mut request: reqwest::RequestBuilder) -> Page {
        for _ in 0..10 {
            let answer = answer(request.header(COOKIE, self.cookie_header())).await;
            self.keep(&answer);
            let Some(location) = answer.headers.get(LOCATION).map(|value| value.to_str().unwrap().to_owned()) else {
                return Page { url, answer };
            };
            url = url::Url::parse(&url).unwrap().join(&location).unwrap().to_string();
            if !url.starts_with(&format!("{}/", self.base)) {
                return Page { url, answer };
            }
            request = self.http.get(&url);
        }
        panic!("too many redirects, at {url}");
    }

    fn keep(&mut self, answer: &Answer) {
        for header in answer.headers.get_all(SET_COOKIE) {
            let cookie = cookie::Cookie::parse(header.to_str().unwrap().to_owned()).unwrap();
            if cookie.max_age().is_some_and(|age| age.whole_seconds() <= 0) {
                self.cookies.remove(cookie.name());
            } else {
                self.cookies.insert(cookie.name().to_owned(), cookie.value().to_owned());
            }
        }
    }

    fn cookie_header(&self) -> String {
        self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
    }

    fn absolute(&self, path: &str) -> String {
        if path.starts_with("http") { path.to_owned() } else { format!("{}{path}", self.base) }
    }
}

fn selector(text: &str) -> Selector {
    Selector::parse(text).unwrap_or_else(|_| panic!("bad selector {text}"))
}
