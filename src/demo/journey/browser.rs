//! A browser for tests: it keeps cookies and follows no redirect by itself.
//! It must not know the site.

use cookie::Cookie;
use reqwest::Method;

use crate::demo::cookies::Received;
use crate::http::Http;

/// What a browser that had `before` keeps after these `Set-Cookie` values.
pub fn kept(before: &Received, set: &[String]) -> Received {
    let mut after = before.clone();
    for text in set {
        let cookie = Cookie::parse(text.clone()).unwrap();
        if cookie.max_age().is_some_and(time::Duration::is_zero) {
            after.remove(cookie.name());
        } else {
            after.insert(cookie.name().to_owned(), cookie.value().to_owned());
        }
    }
    after
}

#[derive(Clone)]
pub struct Browser {
    pub base: String,
    pub cookies: Received,
    http: Http,
}

#[derive(Debug)]
pub struct Page {
    pub status: u16,
    pub location: String,
    pub text: String,
    pub headers: reqwest::header::HeaderMap,
}

impl Page {
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.text).unwrap()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

impl Browser {
    pub fn new(base: &str) -> Self {
        Self { base: base.trim_end_matches('/').to_owned(), cookies: Received::new(), http: Http::new().unwrap() }
    }

    pub async fn get(&mut self, path: &str) -> Page {
        self.send(Method::GET, path, Vec::new()).await
    }

    /// Submits a form of one of the site's pages.
    pub async fn post(&mut self, path: &str) -> Page {
        let page = self.get("/").await;
        let token = page.text.split("name=\"_csrf\" value=\"").nth(1).unwrap_or_default().split('"').next().unwrap();
        self.send(Method::POST, path, vec![("_csrf", token.to_owned())]).await
    }

    pub async fn send(&mut self, method: Method, path: &str, form: Vec<(&str, String)>) -> Page {
        let url = if path.starts_with('/') { format!("{}{path}", self.base) } else { path.to_owned() };
        let cookies: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mut request = self.http.request(method.clone(), &url).header("cookie", cookies.join("; "));
        if method == Method::POST {
            request = request.header("origin", &self.base).header("sec-fetch-site", "same-origin").form(&form);
        }
        let answer = self.http.send(request).await.unwrap();
        let set: Vec<_> = answer.headers.get_all("set-cookie").iter().map(|v| v.to_str().unwrap().to_owned()).collect();
        self.cookies = kept(&self.cookies, &set);
        let location = answer.headers.get("location").map_or("", |v| v.to_str().unwrap()).to_owned();
        let text = String::from_utf8(answer.body).unwrap();
        Page { status: answer.status, location, text, headers: answer.headers }
    }
}
