//! Owns W2 and W3: the refresh grant, without and with rotation, and the client credentials grant.

use anyhow::Result;

use super::{Walk, basic, in_signatures};
use crate::Bench;
use crate::load::{CONNECTIONS, Sample, drive, post_form};
use crate::seed::{APP, Account, MACHINE, ROTATING_APP};
use crate::server::Server;

const TIMES: usize = 50;

/// Measures W2.
///
/// # Errors
/// When a request fails.
pub fn refresh(bench: &mut Bench) -> Result<()> {
    let times = TIMES * bench.plan.effort;
    let mut walks = Walk::all(&bench.seeded.accounts);
    let plain = bench.units.compare(
        bench.plan.rounds,
        || sign(&bench.floor, 2, times),
        || refresh_accounts(&bench.cenote, &mut walks, times),
    )?;
    let mut chains = bench.seeded.chains[..CONNECTIONS].to_vec();
    let rotating = bench.units.compare(
        bench.plan.rounds,
        || sign(&bench.floor, 2, times),
        || follow_chains(&bench.cenote, &mut chains, times),
    )?;
    bench.report.add(in_signatures("W2 refresh grant", &plain, (2.4, 2.0)));
    bench.report.add(in_signatures("W2 refresh grant, rotation, durable", &rotating, (2.7, 2.0)));
    Ok(())
}

/// Measures W3.
///
/// # Errors
/// When a request fails.
pub fn client_credentials(bench: &mut Bench) -> Result<()> {
    let times = TIMES * bench.plan.effort;
    let request = post_form("/oauth2/token", &basic(MACHINE), "grant_type=client_credentials&scope=api%2Fread");
    let compared = bench.units.compare(
        bench.plan.rounds,
        || sign(&bench.floor, 1, times),
        || {
            drive(&bench.cenote, &mut [(); CONNECTIONS], times, |connection, ()| {
                connection.expect(&request, 200).map(drop)
            })
        },
    )?;
    bench.report.add(in_signatures("W3 client credentials", &compared, (1.3, 1.1)));
    Ok(())
}

/// Refreshes one account after another, without rotation.
///
/// # Errors
/// When a request fails.
pub fn refresh_accounts(server: &Server, walks: &mut [Walk<'_, Account>], times: usize) -> Result<Sample> {
    let authorization = basic(APP);
    drive(server, walks, times, |connection, walk| {
        let request = refresh_request(&authorization, &walk.next().refresh_token);
        connection.expect(&request, 200).map(drop)
    })
}

/// The request that refreshes with `token`.
pub fn refresh_request(authorization: &str, token: &str) -> String {
    post_form("/oauth2/token", authorization, &format!("grant_type=refresh_token&refresh_token={token}"))
}

/// The floor of a grant: so many signatures.
///
/// # Errors
/// When a request fails.
pub fn sign(floor: &Server, signatures: usize, times: usize) -> Result<Sample> {
    let path = format!("/sign/{signatures}");
    let request =
        post_form(&path, "", "grant_type=refresh_token&refresh_token=0123456789abcdef0123456789abcdef0123456789a");
    drive(floor, &mut [(); CONNECTIONS], times, |connection, ()| connection.expect(&request, 200).map(drop))
}

/// Refreshes with rotation: every connection goes on with the token that it got.
fn follow_chains(server: &Server, chains: &mut [String], times: usize) -> Result<Sample> {
    let authorization = basic(ROTATING_APP);
    drive(server, chains, times, |connection, token| {
        let answer = connection.expect(&refresh_request(&authorization, token), 200)?;
        *token = answer.member("refresh_token")?;
        Ok(())
    })
}
