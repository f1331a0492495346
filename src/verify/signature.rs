//! Owns the question of another server who signed a request with temporary credentials of ours (AWS Signature
//! Version 4). The parts that the signature covers go to the pool's server, which alone can open session tokens; the
//! body does not. It must not know what the request asks for.

use std::collections::BTreeMap;

use reqwest::Method;
use serde::Deserialize;
use serde_json::json;
use url::Url;

use crate::crypto::digest::{hex, sha256};
use crate::http::{Http, HttpError};

/// A request as it came.
#[derive(Debug, Clone, Copy)]
pub struct Received<'a> {
    /// `GET`, `POST`, …
    pub method: &'a str,
    /// The path as sent, still percent-encoded.
    pub path: &'a str,
    /// What follows `?`; may be empty.
    pub query: &'a str,
    /// Names and values.
    pub headers: &'a [(String, String)],
    /// The whole body.
    pub body: &'a [u8],
}

/// Who signed.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Signer {
    /// The ARN of the role session.
    pub arn: String,
    /// The account of the role.
    pub account: String,
    /// The role.
    pub role: String,
    /// The identity, for credentials of an identity pool.
    pub subject: Option<String>,
    /// The identity pool.
    pub audience: Option<String>,
    /// Session tags.
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
    /// The service that the signature is for.
    pub service: String,
    /// When the credentials stop working, seconds since the epoch.
    pub expiration: i64,
}

/// Why nobody is believed to have signed.
#[derive(Debug, thiserror::Error)]
pub enum NotSigned {
    /// The request is for another host or service: somebody passes on what was meant for others.
    #[error("the signature is for another host or service")]
    Elsewhere,
    /// The server refuses the signature; the text is its own.
    #[error("{0}")]
    Refused(String),
    /// The server cannot be asked.
    #[error("the server cannot be asked")]
    Unavailable(#[source] Option<HttpError>),
}

/// Asks one server about signatures for one host and service.
#[derive(Debug, Clone)]
pub struct SignatureVerifier {
    url: String,
    host: String,
    service: String,
    http: Http,
}

impl SignatureVerifier {
    /// Asks the server at `server` about requests to `host` (with its port, where it is not the usual one) that are
    /// signed for `service`.
    ///
    /// # Errors
    /// When TLS cannot be set up.
    pub fn new(server: &Url, host: &str, service: &str) -> Result<Self, HttpError> {
        let url = format!("{}/_cenote/verify-signature", server.as_str().trim_end_matches('/'));
        Ok(Self { url, host: host.to_owned(), service: service.to_owned(), http: Http::new()? })
    }

    /// Who signed `request`.
    ///
    /// # Errors
    /// [`NotSigned`].
    pub async fn verify(&self, request: Received<'_>) -> Result<Signer, NotSigned> {
        let hosts = request.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("host"));
        if !hosts.map(|(_, value)| value.as_str()).eq([self.host.as_str()]) {
            return Err(NotSigned::Elsewhere);
        }
        let question = json!({
            "method": request.method, "path": request.path, "query": request.query, "headers": request.headers,
            "body_sha256": hex(&sha256(request.body)),
        });
        let question = self.http.request(Method::POST, &self.url).json(&question);
        let answer = self.http.send(question).await.map_err(|fault| NotSigned::Unavailable(Some(fault)))?;
        let signer: Signer = match answer.status {
            200 => serde_json::from_slice(&answer.body).map_err(|_| NotSigned::Unavailable(None))?,
            400..=499 => return Err(NotSigned::Refused(refusal(&answer.body))),
            _ => return Err(NotSigned::Unavailable(None)),
        };
        if signer.service == self.service { Ok(signer) } else { Err(NotSigned::Elsewhere) }
    }
}

fn refusal(body: &[u8]) -> String {
    let answer: serde_json::Value = serde_json::from_slice(body).unwrap_or_default();
    answer["message"].as_str().unwrap_or("refused").to_owned()
}
