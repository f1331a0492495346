//! Owns a program that others wrote as a child process with a folder of its own; its whole process group ends with
//! the test, also by a panic. It must not know what the program does.

use std::fs::File;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::program::{Folder, run};

/// How long a program may take to begin.
const PATIENCE: Duration = Duration::from_secs(30);
/// What `npm ci` writes when it is through.
const INSTALLED: &str = "node_modules/.package-lock.json";

/// A running program.
pub struct Peer {
    /// Its folder; the file `log` in it holds what it prints.
    pub folder: Folder,
    child: Child,
}

impl Peer {
    /// Starts `command`, and waits until `url` answers with a success.
    pub async fn start(mut command: Command, folder: Folder, url: &str) -> Self {
        let log = File::create(folder.join("log")).unwrap();
        command.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log).process_group(0);
        let mut peer = Self { child: command.spawn().unwrap(), folder };
        let began = Instant::now();
        loop {
            let answer = reqwest::get(url).await;
            if answer.is_ok_and(|answer| answer.status().is_success() || answer.status().is_redirection()) {
                return peer;
            }
            let has_ended = peer.child.try_wait().unwrap().is_some();
            assert!(!has_ended && began.elapsed() < PATIENCE, "{command:?} does not answer: {}", peer.log());
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// What it printed.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.join("log")).unwrap_or_default()
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        let group = format!("-{}", self.child.id());
        drop(Command::new("kill").args(["-s", "KILL", "--", &group]).stderr(Stdio::null()).status());
        drop(self.child.wait());
    }
}

/// The folder of the scripts, with the pinned packages that they need.
pub async fn scripts() -> PathBuf {
    let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/peers");
    // Several tests, in this process or another, may come here at once.
    let turn = File::create(std::env::temp_dir().join("cenote-npm-tests.lock")).unwrap();
    turn.lock().unwrap();
    if !scripts.join(INSTALLED).is_file() {
        let mut npm = Command::new("npm");
        npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]).current_dir(&scripts);
        let ended = run(npm).await;
        assert!(ended.status.success(), "{}{}", ended.output, ended.complaints);
    }
    scripts
}

/// The Node.js that is among the packages, for programs that need a newer one than the system's.
pub fn newer_node(scripts: &Path) -> Command {
    let machine = if cfg!(target_arch = "aarch64") { "arm64" } else { "x64" };
    Command::new(scripts.join(format!("node_modules/node-linux-{machine}/bin/node")))
}
