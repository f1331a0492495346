//! Owns a provider made for tests: a small HTTP server whose answers a test sets, also those that no server library
//! would give (endless, silent), and keys that sign any token, however wrong.

use std::collections::{BTreeMap, HashMap};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _, RsaEncoding, RsaKeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::clock::Timestamp;
use crate::crypto::digest;
use crate::crypto::jwt::SigningKey;
use crate::domain::ids::PoolId;
use crate::domain::provider::{Provider, ProviderType};
use crate::http::Http;
use crate::outside::Outside;

/// The moment at which every test happens, seconds.
pub const NOW: i64 = 1_800_000_000;

/// What the provider answers.
#[derive(Debug, Clone)]
pub enum Reply {
    /// Status, content type, body.
    Text(u16, &'static str, String),
    /// A redirect to an address.
    Redirect(String),
    /// A gigabyte of JSON text, announced as such or not.
    Endless { is_announced: bool },
    /// Nothing, for longer than anybody waits.
    Silence,
}

impl Reply {
    pub fn json(value: &Value) -> Self {
        Self::Text(200, "application/json", value.to_string())
    }

    pub fn status(status: u16) -> Self {
        Self::Text(status, "application/json", "{}".to_owned())
    }

    pub fn html(status: u16) -> Self {
        Self::Text(status, "text/html", "<!DOCTYPE html><title>Sign in</title>".to_owned())
    }
}

/// A request as it came.
#[derive(Debug, Clone)]
pub struct Received {
    pub method: String,
    pub target: String,
    pub authorization: Option<String>,
    pub body: String,
}

impl Received {
    /// A parameter of the query or of the form.
    pub fn parameter(&self, name: &str) -> Option<String> {
        let query = self.target.split_once('?').map_or("", |(_, query)| query);
        let pairs = [query, &self.body].map(|text| url::form_urlencoded::parse(text.as_bytes()).into_owned());
        pairs.into_iter().flatten().find(|(other, _)| other == name).map(|(_, value)| value)
    }
}

#[derive(Default)]
struct State {
    replies: HashMap<String, Reply>,
    requests: Vec<Received>,
}

/// The server.
pub struct FakeProvider {
    pub url: String,
    state: Arc<Mutex<State>>,
}

impl FakeProvider {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let state = Arc::new(Mutex::new(State::default()));
        let shared = Arc::clone(&state);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let state = Arc::clone(&shared);
                std::thread::spawn(move || answer(stream, &state));
            }
        });
        Self { url, state }
    }

    /// Sets what a path answers, and gives its address.
    pub fn serve(&self, path: &str, reply: Reply) -> String {
        self.state.lock().unwrap().replies.insert(path.to_owned(), reply);
        format!("{}{path}", self.url)
    }

    /// The requests to a path so far.
    pub fn requests(&self, path: &str) -> Vec<Received> {
        let state = self.state.lock().unwrap();
        state.requests.iter().filter(|request| request.target.split('?').next() == Some(path)).cloned().collect()
    }
}

fn answer(stream: TcpStream, state: &Mutex<State>) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let mut words = line.split_whitespace().map(ToOwned::to_owned);
    let mut request =
        Received { method: words.next()?, target: words.next()?, authorization: None, body: String::new() };
    let mut length = 0;
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok()?;
        let Some((name, value)) = header.trim().split_once(": ") else { break };
        match name.to_lowercase().as_str() {
            "content-length" => length = value.parse().ok()?,
            "authorization" => request.authorization = Some(value.to_owned()),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    request.body = String::from_utf8(body).ok()?;
    let path = request.target.split('?').next()?.to_owned();
    let reply = {
        let mut state = state.lock().unwrap();
        state.requests.push(request);
        state.replies.get(&path).cloned().unwrap_or_else(|| Reply::status(404))
    };
    write(stream, reply)
}

fn write(mut stream: TcpStream, reply: Reply) -> Option<()> {
    match reply {
        Reply::Text(status, content_type, body) => {
            let length = body.len();
            write!(
                stream,
                "HTTP/1.1 {status} X\r\nContent-Type: {content_type}\r\nContent-Length: {length}\r\n\
                 Connection: close\r\n\r\n{body}"
            )
            .ok()
        }
        Reply::Redirect(to) => {
            write!(stream, "HTTP/1.1 302 X\r\nLocation: {to}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").ok()
        }
        Reply::Endless { is_announced } => {
            let length = if is_announced { "Content-Length: 1000000000\r\n" } else { "" };
            write!(stream, "HTTP/1.1 200 X\r\nContent-Type: application/json\r\n{length}Connection: close\r\n\r\n")
                .ok()?;
            (0..16_000).try_for_each(|_| stream.write_all(&[b'['; 65536]).ok())
        }
        Reply::Silence => {
            std::thread::sleep(Duration::from_secs(2));
            None
        }
    }
}

/// A world that stands still.
pub fn outside() -> Outside {
    Outside::still(Timestamp::from_seconds(NOW), HTTP.clone())
}

/// The client to meet `reply` with: nobody has the patience for silence.
pub fn http_for(reply: &Reply) -> Http {
    if matches!(reply, Reply::Silence) { IMPATIENT.clone() } else { HTTP.clone() }
}

/// A provider with these details; what is missing is the preset's.
pub fn provider(provider_type: ProviderType, details: &[(&str, &str)]) -> Provider {
    Provider {
        pool_id: PoolId::parse("eu-central-1_abcdefghi").unwrap(),
        name: if provider_type == ProviderType::Oidc { "Acme".to_owned() } else { provider_type.name().to_owned() },
        provider_type,
        details: details.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        secret: Some("s3cr3t&=".into()),
        attribute_mapping: BTreeMap::new(),
        acr_mapping: BTreeMap::new(),
        identifiers: Vec::new(),
        created_at: Timestamp::default(),
        modified_at: Timestamp::default(),
    }
}

/// One client for all tests: to set up TLS takes a while.
static HTTP: LazyLock<Http> = LazyLock::new(|| Http::new().unwrap());
static IMPATIENT: LazyLock<Http> = LazyLock::new(|| Http::impatient(Duration::from_millis(700)));

static RSA_PKCS8: LazyLock<Vec<u8>> = LazyLock::new(|| SigningKey::generate_pkcs8().unwrap());
pub static RSA: LazyLock<RsaKeyPair> = LazyLock::new(|| RsaKeyPair::from_pkcs8(&RSA_PKCS8).unwrap());
pub static OTHER_RSA: LazyLock<RsaKeyPair> =
    LazyLock::new(|| RsaKeyPair::from_pkcs8(&SigningKey::generate_pkcs8().unwrap()).unwrap());
pub static EC: LazyLock<EcdsaKeyPair> =
    LazyLock::new(|| EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &EC_PKCS8).unwrap());
pub static EC_PKCS8: LazyLock<Vec<u8>> = LazyLock::new(|| {
    EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new()).unwrap().as_ref().to_vec()
});

/// The public half of [`RSA`], named `rsa`, for any RSA algorithm.
pub fn rsa_jwk() -> Value {
    let jwk = SigningKey::from_pkcs8("rsa".to_owned(), &RSA_PKCS8).unwrap().jwk();
    json!({"kty": "RSA", "kid": "rsa", "use": "sig", "n": jwk.n, "e": jwk.e})
}

/// The public half of [`EC`], named `ec`.
pub fn ec_jwk() -> Value {
    let point = EC.public_key().as_ref();
    let (x, y) = (URL_SAFE_NO_PAD.encode(&point[1..33]), URL_SAFE_NO_PAD.encode(&point[33..]));
    json!({"kty": "EC", "crv": "P-256", "kid": "ec", "use": "sig", "alg": "ES256", "x": x, "y": y})
}

/// Who signs a token.
pub enum Signer<'a> {
    Rsa(&'a RsaKeyPair, &'static dyn RsaEncoding),
    Ec,
    Hmac(&'a [u8]),
    Nobody,
}

/// A token in compact form (RFC 7515 §7.1).
pub fn signed(header: &Value, claims: &Value, signer: &Signer<'_>) -> String {
    let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let message = format!("{}.{}", encode(header), encode(claims));
    let signature = match signer {
        Signer::Rsa(key, encoding) => {
            let mut signature = vec![0; key.public_modulus_len()];
            key.sign(*encoding, &SystemRandom::new(), message.as_bytes(), &mut signature).unwrap();
            signature
        }
        Signer::Ec => EC.sign(&SystemRandom::new(), message.as_bytes()).unwrap().as_ref().to_vec(),
        Signer::Hmac(secret) => digest::hmac_sha256(secret, message.as_bytes()).to_vec(),
        Signer::Nobody => Vec::new(),
    };
    format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
}
