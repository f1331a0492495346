//! Owns the start of a client's script: the packages that it needs, the program that it talks to, and how it ended.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

use crate::support::Program;
use crate::support::program::{Folder, cenote, free_port};

/// `cenote dev` without demo site and providers, as outside suites start it; its issuers begin with `issuer_base`.
pub async fn pool_alone(folder: &Folder, issuer_base: Option<&str>) -> Program {
    let port = free_port();
    let data = folder.join("data").display().to_string();
    let arguments = ["dev", "--no-demo", "--no-providers", "--data", &data, "--port", &port.to_string()];
    let mut command = cenote(&arguments);
    command.current_dir(&folder.0);
    if let Some(base) = issuer_base {
        command.env("CENOTE_ISSUER_BASE", base);
    }
    Program::start(command, (port, 0)).await
}

/// `cenote dev` over https, with a certificate of its own.
pub async fn pool_over_tls(folder: &Folder) -> Program {
    let port = free_port();
    let data = folder.join("data").display().to_string();
    let arguments = ["dev", "--tls", "--no-demo", "--no-providers", "--data", &data, "--port", &port.to_string()];
    Program::start_over_tls(cenote(&arguments), port).await
}

/// One file of a page's script and all that it imports.
pub async fn bundle(script: &str, folder: &Folder) -> String {
    let target = folder.join(script);
    let scripts = scripts();
    let mut esbuild = Command::new("node");
    esbuild
        .arg("node_modules/esbuild/bin/esbuild")
        .arg(script)
        .args(["--bundle", "--format=iife", "--minify"])
        .arg(format!("--outfile={}", target.display()));
    let ended = esbuild.current_dir(scripts).output().unwrap();
    assert!(ended.status.success(), "{}", text(&ended));
    std::fs::read_to_string(target).unwrap()
}

/// The folder of the scripts, with the pinned packages of Node in it.
pub fn scripts() -> PathBuf {
    let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients");
    if !scripts.join("node_modules/.package-lock.json").is_file() {
        let mut npm = Command::new("npm");
        npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]).current_dir(&scripts);
        let ended = npm.output().unwrap();
        assert!(ended.status.success(), "{}", text(&ended));
    }
    scripts
}

/// Runs a script of steps to its end; the names of the steps that it took.
pub async fn steps(script: &str, arguments: &[&str]) -> Vec<String> {
    let mut node = Command::new("node");
    node.arg(scripts().join(script)).args(arguments);
    let ended = tokio::task::spawn_blocking(move || node.output().unwrap()).await.unwrap();
    let told: Value = serde_json::from_slice(&ended.stdout).unwrap_or_else(|_| panic!("{script}: {}", text(&ended)));
    assert!(ended.status.success(), "{script}: {}", text(&ended));
    told["done"].as_array().unwrap().iter().map(|name| name.as_str().unwrap().to_owned()).collect()
}

/// All that a program printed.
pub fn text(ended: &Output) -> String {
    format!("{}\n{}", String::from_utf8_lossy(&ended.stdout), String::from_utf8_lossy(&ended.stderr))
}
