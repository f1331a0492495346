//! pycognito and boto3, from the virtual environment that `make` prepares.

use std::path::Path;
use std::process::Command;

use super::record::are_documented;
use super::stage::{pool_alone, text};
use crate::support::program::{Folder, is_full_run};

/// What the script of pycognito prepares with boto3.
const PREPARED: [&str; 3] = ["CreateUserPool", "CreateUserPoolClient", "AdminCreateUser"];

/// Runs a script to its end against a pool of its own, which was then asked for what the table says of `client`.
async fn takes_every_road(script: &str, client: &str, is_the_clients: impl Fn(&str) -> bool) {
    if !is_full_run() {
        return;
    }
    let folder = Folder::new();
    let program = pool_alone(&folder, None).await;
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut python = Command::new(root.join(".run/venv/bin/python"));
    python.arg(root.join("tests/clients").join(script)).arg(&program.base);
    let ended = tokio::task::spawn_blocking(move || python.output().unwrap()).await.unwrap();
    assert!(ended.status.success() && ended.stdout == b"ok\n", "{}", text(&ended));
    are_documented(&program, client, is_the_clients).await;
}

#[actix_web::test]
async fn pycognito_takes_every_road_of_an_app() {
    takes_every_road("pycognito_flow.py", "pycognito", |name| !PREPARED.contains(&name)).await;
}

#[actix_web::test]
async fn boto3_calls_every_operation_and_every_answer_is_the_models() {
    takes_every_road("boto3_families.py", "boto3", |_| true).await;
}
