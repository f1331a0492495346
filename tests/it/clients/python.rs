//! pycognito and boto3, from the virtual environment that `make` prepares.

use std::path::Path;
use std::process::Command;

use super::stage::{pool_alone, text};
use crate::support::program::{Folder, is_full_run};

/// Runs a script to its end against a pool of its own.
async fn takes_every_road(script: &str) {
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
}

#[actix_web::test]
async fn pycognito_takes_every_road_of_an_app() {
    takes_every_road("pycognito_flow.py").await;
}

#[actix_web::test]
async fn boto3_calls_every_operation_and_every_answer_is_the_models() {
    takes_every_road("boto3_families.py").await;
}
