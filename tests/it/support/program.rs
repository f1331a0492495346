//! Owns the real binary as a child process: `cenote dev` or another command on free ports with a data folder of its
//! own, stopped when the test ends, also by a panic.

use std::io::Read as _;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use cenote::random::Random;
use serde_json::{Value, json};

use super::app::{Answer, answer};

/// How long a program may take to begin or to end.
const PATIENCE: Duration = Duration::from_secs(60);

/// A folder below the system's temporary one, removed with its content when dropped.
pub struct Folder(pub PathBuf);

/// A running `cenote`.
pub struct Program {
    /// `http://localhost:port` of the pool.
    pub base: String,
    /// `http://localhost:port` of the demo site.
    pub demo: String,
    http: reqwest::Client,
    child: Child,
}

/// How a program ended, and what it printed.
pub struct Ended {
    /// The exit status.
    pub status: ExitStatus,
    /// Standard output.
    pub output: String,
    /// Standard error.
    pub complaints: String,
}

impl Folder {
    /// A new, empty folder.
    pub fn new() -> Self {
        let path = std::env::temp_dir().join(format!("cenote-test-{}", Random::Real.lower_alphanumeric(16)));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    /// The path of `name` inside.
    pub fn join(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}

impl Program {
    /// `cenote dev`, ready to answer.
    pub async fn dev(data: &Path) -> Self {
        Self::dev_with(data, &["--no-providers"]).await
    }

    /// As [`Program::dev`], with the simulated providers; also their address.
    pub async fn dev_with_providers(data: &Path) -> (Self, String) {
        let port = free_port();
        let program = Self::dev_with(data, &["--providers-port", &port.to_string()]).await;
        (program, format!("http://localhost:{port}"))
    }

    async fn dev_with(data: &Path, flags: &[&str]) -> Self {
        let (port, demo_port) = (free_port(), free_port());
        let mut command = cenote(&["dev", "--port", &port.to_string(), "--demo-port", &demo_port.to_string()]);
        command.args(flags).arg("--data").arg(data);
        Self::start(command, (port, demo_port)).await
    }

    /// `command`, whose pool listens on the first port, ready to answer.
    pub async fn start(command: Command, (port, demo_port): (u16, u16)) -> Self {
        let demo = format!("http://localhost:{demo_port}");
        Self::start_at(command, (format!("http://localhost:{port}"), demo), client().build().unwrap()).await
    }

    /// `command`, whose pool speaks https on `port` with whatever certificate, ready to answer.
    pub async fn start_over_tls(command: Command, port: u16) -> Self {
        let http = client().tls_danger_accept_invalid_certs(true).build().unwrap();
        Self::start_at(command, (format!("https://localhost:{port}"), String::new()), http).await
    }

    async fn start_at(mut command: Command, (base, demo): (String, String), http: reqwest::Client) -> Self {
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut program = Self { base, demo, http, child };
        program.wait_until_ready().await;
        program
    }

    /// Calls an operation of the API.
    pub async fn api(&self, operation: &str, body: Value) -> Answer {
        answer(self.api_request(operation, &body)).await
    }

    /// Calls an operation that must succeed.
    pub async fn ok(&self, operation: &str, body: Value) -> Value {
        let answer = self.api(operation, body).await;
        assert_eq!(answer.status, 200, "{operation}: {}", answer.text);
        answer.json()
    }

    /// The request that calls an operation, not sent yet.
    pub fn api_request(&self, operation: &str, body: &Value) -> reqwest::RequestBuilder {
        self.http
            .post(format!("{}/", self.base))
            .header("x-amz-target", format!("AWSCognitoIdentityProviderService.{operation}"))
            .header("content-type", "application/x-amz-json-1.1")
            .body(body.to_string())
    }

    /// A post to an address, not sent yet.
    pub fn post(&self, url: &str) -> reqwest::RequestBuilder {
        self.http.post(url)
    }

    /// Fetches an address.
    pub async fn get(&self, url: &str) -> Answer {
        answer(self.http.get(url)).await
    }

    /// The newest code that the inbox holds for `to`.
    pub async fn code_for(&self, to: &str) -> String {
        for _ in 0..50 {
            let messages = self.get(&format!("{}/_cenote/inbox.json", self.base)).await.json();
            let newest = messages.as_array().unwrap().iter().rev().find(|message| message["to"] == to).cloned();
            if let Some(message) = newest {
                let runs = message["text"].as_str().unwrap().split(|letter: char| !letter.is_ascii_digit());
                return runs.into_iter().find(|run| run.len() == 6).expect("the message holds a code").to_owned();
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("no message to {to}");
    }

    /// The demo pool's id.
    pub async fn pool_id(&self) -> String {
        let pools = self.ok("ListUserPools", json!({ "MaxResults": 1 })).await;
        pools["UserPools"][0]["Id"].as_str().unwrap().to_owned()
    }

    /// Sends a signal, `TERM` or `KILL`.
    pub fn signal(&self, name: &str) {
        let sent = Command::new("kill").args(["-s", name, &self.child.id().to_string()]).status().unwrap();
        assert!(sent.success());
    }

    /// Waits for the end.
    pub async fn ended(mut self) -> Ended {
        let status = wait(&mut self.child).await;
        let (mut output, mut complaints) = (String::new(), String::new());
        self.child.stdout.take().unwrap().read_to_string(&mut output).unwrap();
        self.child.stderr.take().unwrap().read_to_string(&mut complaints).unwrap();
        Ended { status, output, complaints }
    }

    async fn wait_until_ready(&mut self) {
        let began = Instant::now();
        while began.elapsed() < PATIENCE {
            if let Some(status) = self.child.try_wait().unwrap() {
                let mut complaints = String::new();
                self.child.stderr.take().unwrap().read_to_string(&mut complaints).unwrap();
                panic!("it ended with {status}: {complaints}");
            }
            let ready = self.http.get(format!("{}/readyz", self.base)).send().await;
            // The demo site alone has no such page, which is an answer too.
            if ready.is_ok_and(|ready| ready.status() != 503) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("it was not ready in time");
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// `cenote` with these arguments and an environment of its own.
pub fn cenote(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cenote"));
    command.args(arguments).env_clear();
    command
}

/// Runs a command to its end.
pub async fn run(mut command: Command) -> Ended {
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let status = wait(&mut child).await;
    let (mut output, mut complaints) = (String::new(), String::new());
    child.stdout.take().unwrap().read_to_string(&mut output).unwrap();
    child.stderr.take().unwrap().read_to_string(&mut complaints).unwrap();
    Ended { status, output, complaints }
}

/// A port that nobody listens on just now and that is given out once: below those that the system gives to outgoing
/// connections, which could take it before the program does.
pub fn free_port() -> u16 {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let first = std::process::id().wrapping_mul(61);
    loop {
        let step = first.wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed));
        let port = 10_000 + u16::try_from(step % 20_000).unwrap();
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

/// Whether tests may use programs that are installed beside Rust; says so when not.
pub fn is_full_run() -> bool {
    let is_full = std::env::vars_os().any(|(name, _)| name == "FULL_TESTS");
    if !is_full {
        eprintln!("skipped: it needs installed programs; run with FULL_TESTS=1");
    }
    is_full
}

async fn wait(child: &mut Child) -> ExitStatus {
    let began = Instant::now();
    while began.elapsed() < PATIENCE {
        if let Some(status) = child.try_wait().unwrap() {
            return status;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    drop(child.kill());
    panic!("it did not end in time");
}

fn client() -> reqwest::ClientBuilder {
    reqwest::Client::builder().redirect(reqwest::redirect::Policy::none())
}
