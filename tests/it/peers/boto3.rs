//! boto3 and the `aws` command line against the real binary; part of full runs only.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use crate::support::program::is_full_run;

const KEY_ID: &str = "AKIDOPERATOR";
const SECRET: &str = "an-operators-secret-access-key-for-tests";

/// A running `cenote` in a folder of its own.
struct Program {
    child: Child,
    url: String,
    port: u16,
    folder: PathBuf,
    arguments: Vec<String>,
}

impl Drop for Program {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
        drop(std::fs::remove_dir_all(&self.folder));
    }
}

impl Program {
    /// Starts the binary, whose arguments may depend on the folder and the port, and waits until it is ready.
    fn start(arguments: impl FnOnce(&Path, u16) -> Vec<String>) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let folder = std::env::temp_dir().join(format!("cenote-peer-{}-{port}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let arguments = arguments(&folder, port);
        let child = spawn(&folder, &arguments);
        let program = Self { child, url: format!("http://127.0.0.1:{port}"), port, folder, arguments };
        program.wait();
        program
    }

    /// Kills it without warning and starts it again.
    fn restart(&mut self) -> Duration {
        drop(self.child.kill());
        drop(self.child.wait());
        let started = Instant::now();
        self.child = spawn(&self.folder, &self.arguments);
        self.wait();
        started.elapsed()
    }

    fn wait(&self) {
        let started = Instant::now();
        while !self.is_ready() {
            assert!(started.elapsed() < Duration::from_secs(10), "it does not answer");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    fn is_ready(&self) -> bool {
        let Ok(mut stream) = TcpStream::connect(("127.0.0.1", self.port)) else { return false };
        let asked = stream.write_all(b"GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        let mut answer = String::new();
        asked.is_ok() && stream.read_to_string(&mut answer).is_ok() && answer.starts_with("HTTP/1.1 200")
    }

    fn dev() -> Self {
        Self::start(|folder, port| {
            let (data, port) = (folder.join("data").display().to_string(), port.to_string());
            ["dev", "--no-demo", "--no-providers", "--data", &data, "--port", &port].map(str::to_owned).to_vec()
        })
    }

    fn serve() -> Self {
        Self::start(|folder, port| {
            let data = folder.join("data").display().to_string();
            let settings = format!(
                "data = {data:?}\nlisten = \"127.0.0.1:{port}\"\npublic_url = \"http://127.0.0.1:{port}\"\n\
                 master_key = \"a master key for tests, not for anything else\"\n\n\
                 [[admin_keys]]\naccess_key_id = \"{KEY_ID}\"\nsecret_access_key = \"{SECRET}\"\n"
            );
            let file = folder.join("cenote.toml");
            std::fs::write(&file, settings).unwrap();
            vec!["serve".to_owned(), "--config".to_owned(), file.display().to_string()]
        })
    }
}

fn spawn(folder: &Path, arguments: &[String]) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cenote"));
    command.args(arguments).current_dir(folder).env_clear().stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().unwrap()
}

/// A tool of the virtual environment that `make` prepares, or of the machine.
fn tool(name: &str, otherwise: &str) -> Command {
    let prepared = Path::new(env!("CARGO_MANIFEST_DIR")).join(".run/venv/bin").join(name);
    if prepared.exists() { Command::new(prepared) } else { Command::new(otherwise) }
}

fn python(arguments: &[&str]) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/peers/boto3_flow.py");
    let output = tool("python", "python3").arg(script).args(arguments).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success() && text.trim() == "ok", "{text}{}", String::from_utf8_lossy(&output.stderr));
}

/// `aws cognito-idp …`; `None` where the program is not installed.
fn aws(program: &Program, (key, secret): (&str, &str), arguments: &[&str]) -> Option<Output> {
    let output = tool("aws", "aws")
        .args(["cognito-idp", "--endpoint-url", &program.url, "--region", "eu-west-1", "--output", "json"])
        .args(arguments)
        .env("AWS_ACCESS_KEY_ID", key)
        .env("AWS_SECRET_ACCESS_KEY", secret)
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .output();
    output.ok().filter(|output| output.status.code() != Some(127))
}

#[test]
fn boto3_takes_every_road_of_an_app() {
    if is_full_run() {
        python(&["dev", &Program::dev().url]);
    }
}

#[test]
fn boto3_signs_admin_calls_in_production() {
    if is_full_run() {
        python(&["serve", &Program::serve().url, KEY_ID, SECRET]);
    }
}

#[test]
fn the_aws_command_line_makes_lists_and_describes() {
    if !is_full_run() {
        return;
    }
    let program = Program::serve();
    let made = aws(&program, (KEY_ID, SECRET), &["create-user-pool", "--pool-name", "from-the-shell"]);
    // The program is not part of what a full run installs.
    let Some(made) = made else { return };
    let read = |output: &Output| -> serde_json::Value {
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        serde_json::from_str(&text).unwrap_or_else(|_| panic!("{text}{}", String::from_utf8_lossy(&output.stderr)))
    };
    let made = read(&made)["UserPool"].clone();
    let listed = read(&aws(&program, (KEY_ID, SECRET), &["list-user-pools", "--max-results", "5"]).unwrap());
    assert_eq!(listed["UserPools"][0]["Id"], made["Id"]);
    let id = made["Id"].as_str().unwrap();
    let described = read(&aws(&program, (KEY_ID, SECRET), &["describe-user-pool", "--user-pool-id", id]).unwrap());
    assert_eq!(described["UserPool"]["Name"], "from-the-shell");
    let refused = aws(&program, (KEY_ID, "wrong"), &["list-user-pools", "--max-results", "5"]).unwrap();
    assert!(!refused.status.success());
    let text = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(text.contains("InvalidSignatureException"), "{text}");
}

#[test]
fn a_killed_development_server_is_ready_again_within_a_second() {
    if is_full_run() {
        let elapsed = Program::dev().restart();
        assert!(elapsed < Duration::from_secs(1), "{elapsed:?}");
    }
}
