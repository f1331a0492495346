//! The `cenote` program: reads the command line, runs the command, says in one sentence what went wrong.

use std::process::ExitCode;

use clap::Parser as _;

#[actix_web::main]
async fn main() -> ExitCode {
    match cenote::cli::run(cenote::cli::Cli::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            complain(&fault);
            ExitCode::FAILURE
        }
    }
}

#[expect(clippy::print_stderr, reason = "the last word of a program that cannot go on")]
fn complain(fault: &anyhow::Error) {
    eprintln!("cenote: {fault}");
}
