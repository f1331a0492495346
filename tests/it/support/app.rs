//! Owns the server under test: the production build with port 0, a fresh database, a clock that tests move, seeded
//! randomness, mail kept in memory. `TEST_DATABASE_URL` runs the very same tests on PostgreSQL, one schema per test.

use std::net::SocketAddr;
use std::path::PathBuf;

use actix_web::dev::ServerHandle;
use actix_web::web::Data;
use cenote::app::{App, Parts, StartError};
use cenote::clock::{Clock, Timestamp};
use cenote::config::{AdminKey, PoolConfig};
use cenote::cx::{Cx, Mode, Outside};
use cenote::http::Http;
use cenote::mail::{Inbox, Mail, Message};
use cenote::random::Random;
use reqwest::header::HeaderMap;
use serde_json::{Value, json};

/// When every test begins: 2 January 2024, 03:04:05 UTC.
pub const BEGINNING: i64 = 1_704_164_645;

/// A running server.
pub struct TestApp {
    /// `http://127.0.0.1:port`.
    pub base: String,
    /// The server's context.
    pub cx: Data<Cx>,
    /// A client that follows no redirects and keeps no cookies.
    pub http: reqwest::Client,
    inbox: Inbox,
    handle: ServerHandle,
    folder: PathBuf,
}

/// A whole answer.
#[derive(Debug)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The header fields.
    pub headers: HeaderMap,
    /// The body.
    pub text: String,
}

impl Answer {
    /// The body as JSON; anything else fails the test.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("not JSON: {} {}", self.status, self.text))
    }

    /// A header field, empty when absent.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The exception's name on the API.
    pub fn fault(&self) -> String {
        self.json()["__type"].as_str().unwrap_or_default().to_owned()
    }

    /// The exception's text on the API.
    pub fn message(&self) -> String {
        self.json()["message"].as_str().unwrap_or_default().to_owned()
    }
}

impl TestApp {
    /// A development server.
    pub async fn new() -> Self {
        Self::start(Mode::Development, |_| ()).await
    }

    /// A server whose settings `change` touches.
    pub async fn start(mode: Mode, change: impl FnOnce(&mut PoolConfig)) -> Self {
        let folder = std::env::temp_dir().join(format!("cenote-test-{}", unique()));
        let mut config = config(&folder);
        config.database = database().await;
        change(&mut config);
        Self::of(config, mode, (folder, Clock::fixed(Timestamp::from_seconds(BEGINNING)), Inbox::default())).await
    }

    /// A second instance on the same database, with the same clock and master key.
    pub async fn second_instance(&self) -> Self {
        self.second_instance_with(|_| ()).await
    }

    /// As [`TestApp::second_instance`], with settings that `change` touches.
    pub async fn second_instance_with(&self, change: impl FnOnce(&mut PoolConfig)) -> Self {
        let mut config = self.cx.config.clone();
        "127.0.0.1:0".clone_into(&mut config.listen);
        config.public_url = "http://127.0.0.1:0".parse().unwrap();
        change(&mut config);
        Self::of(config, self.cx.mode, (self.folder.clone(), self.cx.outside.clock.clone(), self.inbox.clone())).await
    }

    /// Stops this server and starts another one on the same data folder or database, with the same clock, after
    /// `change` to its settings.
    pub async fn restart(self, change: impl FnOnce(&mut PoolConfig)) -> Self {
        self.try_restart(change).await.unwrap()
    }

    /// As [`TestApp::restart`], where the new server may refuse to start.
    pub async fn try_restart(self, change: impl FnOnce(&mut PoolConfig)) -> Result<Self, StartError> {
        self.handle.stop(false).await;
        self.cx.store.close().await;
        let mut config = self.cx.config.clone();
        "127.0.0.1:0".clone_into(&mut config.listen);
        config.public_url = "http://127.0.0.1:0".parse().unwrap();
        change(&mut config);
        let outside = (self.folder.clone(), self.cx.outside.clock.clone(), self.inbox.clone());
        Self::try_of(config, self.cx.mode, outside).await
    }

    async fn of(config: PoolConfig, mode: Mode, outside: (PathBuf, Clock, Inbox)) -> Self {
        Self::try_of(config, mode, outside).await.unwrap()
    }

    async fn try_of(
        config: PoolConfig,
        mode: Mode,
        (folder, clock, inbox): (PathBuf, Clock, Inbox),
    ) -> Result<Self, StartError> {
        let outside = Outside {
            clock,
            random: Random::seeded(fastrand_seed()),
            http: Http::new().unwrap(),
            mail: Mail::Inbox(inbox.clone()),
        };
        let app = App::build(Parts { config, mode, outside, metrics: None }).await?;
        let address: SocketAddr = app.address;
        let handle = app.server.handle();
        actix_web::rt::spawn(app.server);
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        Ok(Self { base: format!("http://{address}"), cx: app.cx, http, inbox, handle, folder })
    }

    /// Moves the server's clock.
    pub fn advance(&self, seconds: i64) {
        self.cx.outside.clock.advance(seconds);
    }

    /// Calls an operation of the API.
    pub async fn api(&self, operation: &str, body: Value) -> Answer {
        self.api_raw(operation, body.to_string()).await
    }

    /// Calls an operation with any body.
    pub async fn api_raw(&self, operation: &str, body: String) -> Answer {
        let request = self
            .http
            .post(format!("{}/", self.base))
            .header("x-amz-target", format!("AWSCognitoIdentityProviderService.{operation}"))
            .header("content-type", "application/x-amz-json-1.1")
            .body(body);
        answer(request).await
    }

    /// Calls an operation that must succeed.
    pub async fn ok(&self, operation: &str, body: Value) -> Value {
        let answer = self.api(operation, body).await;
        assert_eq!(answer.status, 200, "{operation}: {}", answer.text);
        answer.json()
    }

    /// Calls an operation that must be refused with that exception and that text.
    pub async fn refuses(&self, operation: &str, body: Value, expected: (&str, &str)) {
        let answer = self.api(operation, body).await;
        let told = (answer.status, answer.fault(), answer.message());
        assert_eq!(told, (400, expected.0.to_owned(), expected.1.to_owned()), "{operation}");
    }

    /// The data folder.
    pub fn folder(&self) -> &std::path::Path {
        &self.folder
    }

    /// Fetches a path, following nothing.
    pub async fn get(&self, path: &str) -> Answer {
        answer(self.http.get(format!("{}{path}", self.base))).await
    }

    /// Posts a form.
    pub async fn post_form(&self, path: &str, form: &[(&str, &str)]) -> Answer {
        answer(self.http.post(format!("{}{path}", self.base)).form(form)).await
    }

    /// Posts a form with Basic credentials.
    pub async fn post_basic(&self, path: &str, (id, secret): (&str, &str), form: &[(&str, &str)]) -> Answer {
        answer(self.http.post(format!("{}{path}", self.base)).basic_auth(id, Some(secret)).form(form)).await
    }

    /// Fetches a path with a bearer token.
    pub async fn get_bearer(&self, path: &str, token: &str) -> Answer {
        answer(self.http.get(format!("{}{path}", self.base)).bearer_auth(token)).await
    }

    /// Every message "sent" so far, oldest first.
    pub fn messages(&self) -> Vec<Message> {
        self.inbox.messages()
    }

    /// The six digits in the newest message to `to`.
    pub fn code_for(&self, to: &str) -> String {
        let messages = self.messages();
        let message = messages.iter().rev().find(|message| message.to == to).expect("a message was sent");
        let runs = message.text.split(|letter: char| !letter.is_ascii_digit());
        runs.into_iter().find(|run| run.len() == 6).expect("the message holds a code").to_owned()
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        let handle = self.handle.clone();
        actix_web::rt::spawn(async move { handle.stop(false).await });
    }
}

/// Sends a request and reads the whole answer.
pub async fn answer(request: reqwest::RequestBuilder) -> Answer {
    let response = request.send().await.unwrap();
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    Answer { status, headers, text: response.text().await.unwrap() }
}

fn config(folder: &std::path::Path) -> PoolConfig {
    let settings = json!({
        "data": folder,
        "listen": "127.0.0.1:0",
        "public_url": "http://127.0.0.1:0",
        "master_key": "a master key for tests, not for anything else",
        "limits": { "attempts_per_second_per_address": 0 },
    });
    let mut config: PoolConfig = serde_json::from_value(settings).unwrap();
    config.admin_keys = vec![AdminKey {
        access_key_id: "AKIDEXAMPLE".to_owned(),
        secret_access_key: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".to_owned().into(),
    }];
    config
}

/// On PostgreSQL, the address of a schema of the test's own.
pub async fn database() -> Option<secrecy::SecretString> {
    let address = std::env::vars().find(|(name, _)| name == "TEST_DATABASE_URL").map(|(_, value)| value)?;
    sqlx::any::install_default_drivers();
    let schema = format!("test_{}", unique());
    let mut connection = <sqlx::AnyConnection as sqlx::Connection>::connect(&address).await.unwrap();
    sqlx::raw_sql(sqlx::AssertSqlSafe(format!("CREATE SCHEMA {schema}"))).execute(&mut connection).await.unwrap();
    let joint = if address.contains('?') { '&' } else { '?' };
    Some(format!("{address}{joint}options=-csearch_path%3D{schema}").into())
}

/// A word that no other test, in no other process, uses.
pub fn unique() -> String {
    Random::Real.lower_alphanumeric(16)
}

fn fastrand_seed() -> u64 {
    u64::from_be_bytes(Random::Real.bytes::<8>())
}
