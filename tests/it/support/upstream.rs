//! Owns an OpenID provider made for tests: a server whose answers a test sets byte by byte, and ID tokens signed
//! however a test wants them.

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cenote::crypto::jwt::SigningKey;
use serde_json::{Value, json};

/// What a path answers.
#[derive(Debug, Clone)]
pub enum Reply {
    /// Status, content type, body.
    Text(u16, &'static str, String),
    /// A redirect.
    Redirect(String),
    /// A gigabyte that looks like JSON.
    Gigabyte,
    /// Nothing at all, while the connection stays open.
    Silence,
}

impl Reply {
    /// A good answer.
    pub fn json(value: &Value) -> Self {
        Self::Text(200, "application/json", value.to_string())
    }
}

/// The provider.
pub struct Upstream {
    /// Its address, which is its issuer as well.
    pub url: String,
    replies: Arc<Mutex<HashMap<String, Reply>>>,
    asked: Arc<Mutex<HashMap<String, usize>>>,
}

impl Upstream {
    /// A provider that answers nothing yet.
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let replies = Arc::new(Mutex::new(HashMap::new()));
        let asked = Arc::new(Mutex::new(HashMap::new()));
        let (shared, counted) = (Arc::clone(&replies), Arc::clone(&asked));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (replies, asked) = (Arc::clone(&shared), Arc::clone(&counted));
                std::thread::spawn(move || answer(stream, &replies, &asked));
            }
        });
        Self { url, replies, asked }
    }

    /// How often a path was asked for.
    pub fn asked(&self, path: &str) -> usize {
        self.asked.lock().unwrap().get(path).copied().unwrap_or_default()
    }

    /// Sets what a path answers.
    pub fn serve(&self, path: &str, reply: Reply) {
        self.replies.lock().unwrap().insert(path.to_owned(), reply);
    }
}

fn answer(
    mut stream: TcpStream,
    replies: &Mutex<HashMap<String, Reply>>,
    asked: &Mutex<HashMap<String, usize>>,
) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let (mut line, mut length) = (String::new(), 0);
    reader.read_line(&mut line).ok()?;
    let path = line.split_whitespace().nth(1)?.split('?').next()?.to_owned();
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok()?;
        let Some((name, value)) = header.trim().split_once(": ") else { break };
        if name.eq_ignore_ascii_case("content-length") {
            length = value.parse().ok()?;
        }
    }
    reader.read_exact(&mut vec![0; length]).ok()?;
    let reply = replies.lock().unwrap().get(&path).cloned();
    *asked.lock().unwrap().entry(path).or_default() += 1;
    let head = |status: u16, more: &str| format!("HTTP/1.1 {status} X\r\nConnection: close\r\n{more}\r\n");
    match reply.unwrap_or(Reply::Text(404, "text/plain", String::new())) {
        Reply::Text(status, kind, body) => {
            let fields = format!("Content-Type: {kind}\r\nContent-Length: {}\r\n", body.len());
            write!(stream, "{}{body}", head(status, &fields)).ok()
        }
        Reply::Redirect(to) => {
            write!(stream, "{}", head(302, &format!("Location: {to}\r\nContent-Length: 0\r\n"))).ok()
        }
        Reply::Gigabyte => {
            write!(stream, "{}", head(200, "Content-Type: application/json\r\n")).ok()?;
            (0..16_000).try_for_each(|_| stream.write_all(&[b'['; 65_536]).ok())
        }
        // Whoever asked hangs up in the end.
        Reply::Silence => reader.read_to_end(&mut Vec::new()).ok().map(drop),
    }
}

/// A key that signs ID tokens, whatever they say.
pub struct TokenKey {
    key: RsaKeyPair,
    jwk: Value,
}

impl TokenKey {
    /// A new key, called `k`.
    pub fn new() -> Self {
        Self::named("k")
    }

    /// A new key of that name.
    pub fn named(kid: &str) -> Self {
        let der = SigningKey::generate_pkcs8().unwrap();
        let jwk = SigningKey::from_pkcs8(kid.to_owned(), &der).unwrap().jwk();
        let jwk = json!({ "kty": "RSA", "kid": kid, "use": "sig", "n": jwk.n, "e": jwk.e });
        Self { key: RsaKeyPair::from_pkcs8(&der).unwrap(), jwk }
    }

    /// The public half.
    pub fn jwk(&self) -> Value {
        self.jwk.clone()
    }

    /// A token in compact form, signed by RSA with SHA-256 whatever its header says.
    pub fn sign(&self, header: &Value, claims: &Value) -> String {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let message = format!("{}.{}", part(header), part(claims));
        let mut signature = vec![0; self.key.public_modulus_len()];
        self.key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message.as_bytes(), &mut signature).unwrap();
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}
