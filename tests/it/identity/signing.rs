//! Owns the signing of requests with temporary credentials, written from the published recipe.

use cenote::crypto::digest::{hex, hmac_sha256, sha256};
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::macros::format_description;

use crate::support::TestApp;
use crate::support::app::{Answer, answer};

/// Credentials as GetCredentialsForIdentity gives them.
pub struct Keys {
    pub id: String,
    pub secret: String,
    pub token: Option<String>,
}

impl Keys {
    pub fn of(credentials: &Value) -> Self {
        let text = |name: &str| credentials[name].as_str().unwrap().to_owned();
        Self { id: text("AccessKeyId"), secret: text("SecretKey"), token: Some(text("SessionToken")) }
    }

    /// The headers of a `POST /` of `body` to `host` for `service`, signed at `at`.
    pub fn sign(&self, place: (&str, &str, i64), body: &str) -> Vec<(String, String)> {
        self.sign_for(place, None, body)
    }

    /// As [`Keys::sign`], for the operation `target`.
    fn sign_for(
        &self,
        (host, service, at): (&str, &str, i64),
        target: Option<&str>,
        body: &str,
    ) -> Vec<(String, String)> {
        let moment = OffsetDateTime::from_unix_timestamp(at).unwrap();
        let date = moment.format(format_description!("[year][month][day]T[hour][minute][second]Z")).unwrap();
        let mut headers = vec![("host".to_owned(), host.to_owned()), ("x-amz-date".to_owned(), date.clone())];
        headers.extend(self.token.clone().map(|token| ("x-amz-security-token".to_owned(), token)));
        headers.extend(target.map(|target| ("x-amz-target".to_owned(), target.to_owned())));
        let names: Vec<&str> = headers.iter().map(|(name, _)| name.as_str()).collect();
        let names = names.join(";");
        let lines: String = headers.iter().map(|(name, value)| format!("{name}:{value}\n")).collect();
        let canonical = format!("POST\n/\n\n{lines}\n{names}\n{}", hex(&sha256(body.as_bytes())));
        let scope = format!("{}/us-east-1/{service}/aws4_request", &date[..8]);
        let text = format!("AWS4-HMAC-SHA256\n{date}\n{scope}\n{}", hex(&sha256(canonical.as_bytes())));
        let mut key = format!("AWS4{}", self.secret).into_bytes();
        for part in [&date[..8], "us-east-1", service, "aws4_request"] {
            key = hmac_sha256(&key, part.as_bytes()).to_vec();
        }
        let signature = hex(&hmac_sha256(&key, text.as_bytes()));
        let id = &self.id;
        let value = format!("AWS4-HMAC-SHA256 Credential={id}/{scope}, SignedHeaders={names}, Signature={signature}");
        headers.push(("authorization".to_owned(), value));
        headers
    }

    /// Calls the token service, signed.
    pub async fn sts(&self, app: &TestApp, body: &str) -> Answer {
        let host = app.base.trim_start_matches("http://").to_owned();
        let mut request = app
            .http
            .post(format!("{}/", app.base))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(body.to_owned());
        for (name, value) in self.sign((&host, "sts", app.cx.now().seconds()), body) {
            request = request.header(name, value);
        }
        answer(request).await
    }

    /// Calls an operation `(service, target)`, signed.
    pub async fn api(&self, app: &TestApp, (service, target): (&str, &str), body: &str) -> Answer {
        let host = app.base.trim_start_matches("http://").to_owned();
        let mut request = app.http.post(format!("{}/", app.base)).body(body.to_owned());
        for (name, value) in self.sign_for((&host, service, app.cx.now().seconds()), Some(target), body) {
            request = request.header(name, value);
        }
        answer(request).await
    }

    /// Asks who signed a request that another server got.
    pub async fn verified(&self, app: &TestApp, (signed, received): (&str, &str), at: i64) -> Answer {
        let headers = self.sign(("notes.example", "notes", at), signed);
        let body = json!({
            "method": "POST", "path": "/", "query": "", "headers": headers,
            "body_sha256": hex(&sha256(received.as_bytes())),
        });
        answer(app.http.post(format!("{}/_cenote/verify-signature", app.base)).json(&body)).await
    }
}

/// Calls the token service without a signature.
pub async fn unsigned(app: &TestApp, form: &[(&str, &str)]) -> Answer {
    app.post_form("/", form).await
}

/// What stands in the only element of that name.
pub fn element<'a>(xml: &'a str, name: &str) -> &'a str {
    let (_, rest) = xml.split_once(&format!("<{name}>")).unwrap_or_else(|| panic!("no {name} in {xml}"));
    rest.split_once(&format!("</{name}>")).unwrap().0
}
