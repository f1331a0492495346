//! Owns W12: a request to somebody else's API whose bearer token the library's extractor checks.

use anyhow::Result;

use super::Walk;
use super::bearer::ask;
use crate::Bench;
use crate::guarded::Issuer;
use crate::load::{CONNECTIONS, drive, get};
use crate::report::{Row, Verdict};
use crate::server::Server;

/// Microseconds.
const TARGET: f64 = 60.0;
const TOKENS: usize = 256;

/// Measures it beside a request that nobody checks.
///
/// # Errors
/// When a request fails.
pub fn run(bench: &mut Bench) -> Result<()> {
    let issuer = Issuer::start()?;
    let server = Server::guarded(&issuer.url, &bench.folder.0)?;
    let requests =
        (0..TOKENS).map(|user| Ok(get("/me", &format!("Authorization: Bearer {}\r\n", issuer.token(user)?))));
    let requests = requests.collect::<Result<Vec<_>>>()?;
    let (mut walks, times, unchecked) = (Walk::all(&requests), 500 * bench.plan.effort, get("/static", ""));
    let compared = bench.units.compare(
        bench.plan.rounds,
        || drive(&bench.floor, &mut [(); CONNECTIONS], times, |one, ()| one.expect(&unchecked, 200).map(drop)),
        || ask(&server, &mut walks, times),
    )?;
    bench.report.add(Row {
        workload: "W12 a request checked by `cenote::verify`".to_owned(),
        floor: format!("{:.1} µs unchecked", compared.floor),
        target: format!("≤ {TARGET:.0} µs"),
        measured: format!("{:.1} µs ({:.0}/s)", compared.cenote, compared.rate),
        verdict: Verdict::at_most(compared.cenote, TARGET),
    });
    Ok(())
}
