//! Owns W1: the key set and the discovery document, which every app fetches.

use anyhow::Result;

use super::in_micros;
use crate::Bench;
use crate::load::{CONNECTIONS, Sample, drive, get};
use crate::seed::POOL;
use crate::server::Server;

/// Measures both documents.
///
/// # Errors
/// When a request fails.
pub fn run(bench: &mut Bench) -> Result<()> {
    for (name, file) in [("W1 JWKS", "jwks.json"), ("W1 discovery", "openid-configuration")] {
        let (times, path) = (750 * bench.plan.effort, format!("/{POOL}/.well-known/{file}"));
        let compared = bench.units.compare(
            bench.plan.rounds,
            || fetch(&bench.floor, "/static", times),
            || fetch(&bench.cenote, &path, times),
        )?;
        bench.report.add(in_micros(name, &compared, (20.0, 12.0)));
    }
    Ok(())
}

fn fetch(server: &Server, path: &str, times: usize) -> Result<Sample> {
    let request = get(path, "");
    drive(server, &mut [(); CONNECTIONS], times, |connection, ()| connection.expect(&request, 200).map(drop))
}
