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
    /// Servers whose redirects are followed; a path alone means the first one.
    origins: Vec<String>,
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

    /// The value of the field `name` in the first form that has a field or button `marker`.
    pub fn field(&self, marker: &str, name: &str) -> String {
        let (_, fields) = self.form(marker);
        fields.into_iter().find(|(known, _)| known == name).map(|(_, value)| value).unwrap_or_default()
    }

    /// Where the first link with the text `label` leads.
    pub fn link(&self, label: &str) -> String {
        let html = Html::parse_document(&self.answer.text);
        let link = html.select(&selector("a[href]")).find(|link| link.text().collect::<String>().trim() == label);
        let link = link.unwrap_or_else(|| panic!("no link {label} at {}:\n{}", self.url, self.text()));
        link.attr("href").unwrap().to_owned()
    }

    /// Whether the page has a form with a hidden field of that name, which sends itself where scripts run.
    pub fn has_form_with(&self, name: &str) -> bool {
        let html = Html::parse_document(&self.answer.text);
        html.select(&selector(&format!("form input[type=hidden][name='{name}']"))).next().is_some()
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
        let fields = form.select(&inputs).filter(|input| {
            let is_choice = matches!(input.attr("type"), Some("checkbox" | "radio"));
            input.attr("type") != Some("submit") && (!is_choice || input.attr("checked").is_some())
        });
        let field = |input: ElementRef| {
            (input.attr("name").unwrap().to_owned(), input.attr("value").unwrap_or_default().to_owned())
        };
        (form.attr("action").unwrap_or_default().to_owned(), fields.map(field).collect())
    }
}

impl Browser {
    /// A browser without cookies.
    pub fn new(app: &TestApp) -> Self {
        Self::over(&[&app.base])
    }

    /// A browser that begins at `home` and follows redirects to the pool as well.
    pub fn at(home: &str, app: &TestApp) -> Self {
        Self::over(&[home, &app.base])
    }

    /// A browser that begins at the first of these servers and follows redirects to the others. All must have the
    /// same host: the browser keeps the cookies of one host, whose ports share them (RFC 6265 §8.5).
    pub fn over(origins: &[&str]) -> Self {
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        Self { cookies: BTreeMap::new(), http, origins: origins.iter().map(|&origin| origin.to_owned()).collect() }
    }

    /// As [`Browser::over`], where `host` leads to the server at `app` as well, by the same port.
    pub fn knowing(host: &str, app: &TestApp, origins: &[&str]) -> Self {
        let address = app.base.trim_start_matches("http://").parse().unwrap();
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).resolve(host, address);
        Self { http: http.build().unwrap(), ..Self::over(origins) }
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
        let url = url::Url::parse(&page.url).unwrap().join(&action).unwrap();
        let (origin, url) = (url.origin().ascii_serialization(), url.to_string());
        let request =
            self.http.post(&url).header("origin", origin).header("sec-fetch-site", "same-origin").form(&fields);
        self.follow(url, request).await
    }

    /// Presses the button that sends a code again.
    pub async fn resend(&mut self, page: &Page) -> Page {
        let html = Html::parse_document(&page.answer.text);
        let form = html.select(&selector("form[action^='/resendcode']")).next().expect("a form that sends again");
        let value = |name: &str| {
            let input = form.select(&selector(&format!("input[name='{name}']"))).next().unwrap();
            input.attr("value").unwrap().to_owned()
        };
        let fields = [("_csrf", value("_csrf")), ("username", value("username"))];
        let url = self.absolute(form.attr("action").unwrap());
        let request = self.http.post(&url).header("sec-fetch-site", "same-origin").form(&fields);
        self.follow(url, request).await
    }

    /// Fetches a path with the browser's cookies; follows nothing, keeps nothing.
    pub async fn peek(&self, path: &str) -> Answer {
        answer(self.http.get(self.absolute(path)).header(COOKIE, self.cookie_header())).await
    }

    /// Posts a form as another program would, with the browser's cookies and any headers; follows nothing, keeps
    /// nothing.
    pub async fn forge(&self, path: &str, headers: &[(&str, &str)], form: &[(&str, &str)]) -> Answer {
        let request = self.http.post(self.absolute(path)).header(COOKIE, self.cookie_header()).form(form);
        answer(headers.iter().fold(request, |request, (name, value)| request.header(*name, *value))).await
    }

    async fn follow(&mut self, mut url: String, mut request: reqwest::RequestBuilder) -> Page {
        for _ in 0..10 {
            let answer = answer(request.header(COOKIE, self.cookie_header())).await;
            self.keep(&answer);
            let Some(location) = answer.headers.get(LOCATION).map(|value| value.to_str().unwrap().to_owned()) else {
                return Page { url, answer };
            };
            url = url::Url::parse(&url).unwrap().join(&location).unwrap().to_string();
            if !self.origins.iter().any(|origin| url.starts_with(&format!("{origin}/"))) {
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

    /// An address of the first server, or the address as it is.
    pub fn absolute(&self, path: &str) -> String {
        if path.starts_with("http") { path.to_owned() } else { format!("{}{path}", self.origins[0]) }
    }
}

fn selector(text: &str) -> Selector {
    Selector::parse(text).unwrap_or_else(|_| panic!("bad selector {text}"))
}
