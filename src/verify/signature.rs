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

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::TcpListener;
    use std::thread::JoinHandle;

    use serde_json::Value;

    use super::*;

    const HOST: &str = "notes.example";

    fn headers(hosts: &[&str]) -> Vec<(String, String)> {
        let hosts = hosts.iter().map(|host| ("Host".to_owned(), (*host).to_owned()));
        hosts.chain([("authorization".to_owned(), "AWS4-HMAC-SHA256 …".to_owned())]).collect()
    }

    async fn verified(server: &Url, hosts: &[&str]) -> Result<Signer, NotSigned> {
        let verifier = SignatureVerifier::new(server, HOST, "notes").unwrap();
        let headers = headers(hosts);
        let request =
            Received { method: "PUT", path: "/a%20b", query: "c=d", headers: &headers, body: b"a secret note" };
        verifier.verify(request).await
    }

    /// A server that answers once; its address, and what it was asked.
    fn answering(status: u16, body: &str) -> (Url, JoinHandle<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap()).parse().unwrap();
        let answer =
            format!("HTTP/1.1 {status} X\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len());
        let asked = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let (mut asked, mut piece) = (String::new(), [0; 4096]);
            while !asked.ends_with('}') {
                let length = stream.read(&mut piece).unwrap();
                asked.push_str(std::str::from_utf8(&piece[..length]).unwrap());
            }
            stream.write_all(answer.as_bytes()).unwrap();
            asked
        });
        (url, asked)
    }

    fn signer(service: &str) -> String {
        json!({
            "Arn": "arn:aws:sts::123456789012:assumed-role/Reader/s", "Account": "123456789012",
            "Role": "arn:aws:iam::123456789012:role/Reader", "Subject": "us-east-1:1", "Audience": null,
            "Tags": { "team": "red" }, "Service": service, "Expiration": 1_704_168_245, "Region": "us-east-1",
        })
        .to_string()
    }

    #[tokio::test]
    async fn the_server_is_asked_about_everything_but_the_body() {
        let (server, asked) = answering(200, &signer("notes"));
        let found = verified(&server, &[HOST]).await.unwrap();
        assert_eq!((found.role.as_str(), found.expiration), ("arn:aws:iam::123456789012:role/Reader", 1_704_168_245));
        assert_eq!(
            (found.subject.as_deref(), found.audience, &found.tags["team"]),
            (Some("us-east-1:1"), None, &"red".into())
        );
        let asked = asked.join().unwrap();
        assert!(asked.starts_with("POST /_cenote/verify-signature ") && !asked.contains("a secret note"), "{asked}");
        let (_, question) = asked.split_once("\r\n\r\n").unwrap();
        let question: Value = serde_json::from_str(question).unwrap();
        assert_eq!(question["body_sha256"], hex(&sha256(b"a secret note")));
        let parts = ["method", "path", "query"].map(|name| question[name].as_str().unwrap());
        assert_eq!(parts, ["PUT", "/a%20b", "c=d"]);
        assert_eq!(question["headers"][0], json!(["Host", HOST]));
    }

    #[tokio::test]
    async fn a_request_that_is_not_for_this_host_alone_is_not_asked_about() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let server = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
        for hosts in [&["other.example"][..], &[HOST, HOST], &[HOST, "other.example"], &["notes.example:8080"], &[]] {
            let refusal = verified(&server, hosts).await.unwrap_err();
            assert!(matches!(refusal, NotSigned::Elsewhere), "{hosts:?}: {refusal:?}");
        }
        assert_eq!(listener.accept().unwrap_err().kind(), std::io::ErrorKind::WouldBlock);
    }

    #[tokio::test]
    async fn a_signature_for_another_service_is_for_somebody_else() {
        let (server, _) = answering(200, &signer("sts"));
        assert!(matches!(verified(&server, &[HOST]).await.unwrap_err(), NotSigned::Elsewhere));
    }

    #[tokio::test]
    async fn refusals_and_troubles_are_told_apart() {
        for (status, body, words) in [
            (403, r#"{"message":"it has expired"}"#, "it has expired"),
            (400, "<html>", "refused"),
            (500, r#"{"message":"it has expired"}"#, "the server cannot be asked"),
            (200, "<html>", "the server cannot be asked"),
            (302, "", "the server cannot be asked"),
        ] {
            let (server, _) = answering(status, body);
            let refusal = verified(&server, &[HOST]).await.unwrap_err();
            assert_eq!(refusal.to_string(), words, "{status} {body}");
            assert_eq!(matches!(refusal, NotSigned::Refused(_)), (400..500).contains(&status));
        }
        let gone = "http://127.0.0.1:9".parse().unwrap();
        assert!(matches!(verified(&gone, &[HOST]).await.unwrap_err(), NotSigned::Unavailable(Some(_))));
    }
}
