//! Owns W7: how soon a server answers over an existing data folder, and how much memory it takes.

use std::thread;
use std::time::Duration;

use anyhow::Result;

use super::token_grants::refresh_accounts;
use super::{Walk, sign_in};
use crate::Bench;
use crate::load::CONNECTIONS;
use crate::measure::median;
use crate::report::{Row, Verdict};
use crate::server::Server;

const STARTS: usize = 7;
/// A refresh grant gives two.
const TOKENS_OF_A_GRANT: usize = 2;

/// Measures starts, then one server through sign-ins and many tokens.
///
/// # Errors
/// When a server does not start or a request fails.
pub fn run(bench: &mut Bench) -> Result<()> {
    let folder = bench.seeded.folder.clone();
    let starts = (0..STARTS).map(|_| Ok(Server::cenote(&folder)?.started_in.as_secs_f64() * 1000.0));
    let start = median(starts.collect::<Result<Vec<_>>>()?.into_iter());
    add(bench, "start to first answer", ("ms", 100.0, start));
    let server = Server::cenote(&folder)?;
    thread::sleep(Duration::from_secs(2));
    add(bench, "idle", ("MiB", 30.0, server.memory()?.resident));
    sign_in::sign_in(&server, &mut Walk::all(&bench.seeded.accounts), 10)?;
    add(bench, "peak during 16 concurrent sign-ins", ("MiB", 80.0, server.memory()?.peak));
    let tokens = bench.plan.tokens;
    let mut walks = Walk::all(&bench.seeded.accounts);
    refresh_accounts(&server, &mut walks, tokens / CONNECTIONS / TOKENS_OF_A_GRANT)?;
    let resident = server.memory()?.resident;
    add(bench, &format!("after {tokens} tokens"), ("MiB", 80.0, resident));
    Ok(())
}

fn add(bench: &mut Bench, what: &str, (unit, target, measured): (&str, f64, f64)) {
    bench.report.add(Row {
        workload: format!("W7 {what}"),
        floor: "–".to_owned(),
        target: format!("≤ {target:.0} {unit}"),
        measured: format!("{measured:.0} {unit}"),
        verdict: Verdict::at_most(measured, target),
    });
}
