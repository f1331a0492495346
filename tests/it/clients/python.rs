//! pycognito and boto3, from the virtual environment that `make` prepares.

use std::path::Path;
use std::process::Command;

use super::record::are_documented;
use super::stage::{pool_alone, text};
use crate::support::Program;
use crate::support::program::{Folder, is_full_run};

/// What the script of pycognito prepares with boto3.
const PREPARED: [&str; 3] = ["CreateUserPool", "CreateUserPoolClient", "AdminCreateUser"];

/// Runs a script to its end against a pool of its own; the program, unless this is no full run.
async fn takes_every_road(script: &str) -> Option<(Program, Folder)> {
    if !is_full_run() {
        return None;
    }
    let folder = Folder::new();
    let program = pool_alone(&folder, None).await;
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut python = Command::new(root.join(".run/venv/bin/python"));
    python.arg(root.join("tests/clients").join(script)).arg(&program.base);
    let ended = tokio::task::spawn_blocking(move || python.output().unwrap()).await.unwrap();
    assert!(ended.status.success() && ended.stdout == b"ok\n", "{}", text(&ended));
    Some((program, folder))
}

#[actix_web::test]
async fn pycognito_takes_every_road_of_an_app() {
    let Some((program, _folder)) = takes_every_road("pycognito_flow.py").await else { return };
    are_documented(&program, "pycognito", |name| !PREPARED.contains(&name)).await;
}

#[actix_web::test]
async fn boto3_calls_every_operation_and_every_answer_is_the_models() {
    let Some((program, _folder)) = takes_every_road("boto3_families.py").await else { return };
    are_documented(&program, "boto3", |_| true).await;
}

#[actix_web::test]
async fn boto3_calls_every_operation_of_identity_pools_and_every_answer_is_the_models() {
    takes_every_road("boto3_identity.py").await;
}
