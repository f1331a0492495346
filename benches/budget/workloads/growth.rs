//! Owns W8: the same requests over a thousand users and over very many.

use anyhow::Result;

use super::bearer::{access_tokens, ask, user_info_request};
use super::token_grants::refresh_accounts;
use super::{Walk, sign_in};
use crate::Bench;
use crate::measure::Compared;
use crate::report::{Row, Verdict, say};
use crate::seed::{self, Seeded};
use crate::server::Server;

const TARGET: f64 = 1.1;

/// Seeds a large pool, starts a server over it, and measures it against the small one.
///
/// # Errors
/// When a request fails.
pub fn run(bench: &mut Bench) -> Result<()> {
    say(&format!("  seeding {} users", bench.plan.many_users));
    let many = seed::seed_folder(&bench.folder.0.join("many"), bench.plan.many_users)?;
    let large = Server::cenote(&many.folder)?;
    refresh(bench, &large, &many)?;
    user_info(bench, &large, &many)?;
    sign_ins(bench, &large, &many)
}

fn refresh(bench: &mut Bench, large: &Server, many: &Seeded) -> Result<()> {
    let times = 60 * bench.plan.effort;
    let (mut few, mut walks) = (Walk::all(&bench.seeded.accounts), Walk::all(&many.accounts));
    let compared = bench.units.compare(
        bench.plan.rounds,
        || refresh_accounts(&bench.cenote, &mut few, times),
        || refresh_accounts(large, &mut walks, times),
    )?;
    add(bench, ("refresh grant", many.users), &compared);
    Ok(())
}

fn user_info(bench: &mut Bench, large: &Server, many: &Seeded) -> Result<()> {
    let times = 250 * bench.plan.effort;
    let requests = |server: &Server, seeded: &Seeded| -> Result<Vec<String>> {
        Ok(access_tokens(server, &seeded.accounts)?.iter().map(|token| user_info_request(token)).collect())
    };
    let (few, many_requests) = (requests(&bench.cenote, &bench.seeded)?, requests(large, many)?);
    let (mut few, mut walks) = (Walk::all(&few), Walk::all(&many_requests));
    let compared = bench.units.compare(
        bench.plan.rounds,
        || ask(&bench.cenote, &mut few, times),
        || ask(large, &mut walks, times),
    )?;
    add(bench, ("userInfo", many.users), &compared);
    Ok(())
}

/// Sign-ins without their password check, of which the same is taken off both: it would hide everything else.
fn sign_ins(bench: &mut Bench, large: &Server, many: &Seeded) -> Result<()> {
    let times = 10 * bench.plan.effort;
    let (mut few, mut walks) = (Walk::all(&bench.seeded.accounts), Walk::all(&many.accounts));
    let whole = bench.units.compare(
        bench.plan.rounds,
        || sign_in::sign_in(&bench.cenote, &mut few, times),
        || sign_in::sign_in(large, &mut walks, times),
    )?;
    let check = sign_in::password_check(bench)?;
    let (floor, cenote) = (whole.floor - check, whole.cenote - check);
    let compared = Compared { floor, cenote, ratio: cenote / floor, ..whole };
    add(bench, ("sign-in without Argon2", many.users), &compared);
    Ok(())
}

/// Here the "floor" is the small pool.
fn add(bench: &mut Bench, (what, users): (&str, usize), compared: &Compared) {
    bench.report.add(Row {
        workload: format!("W8 {what}, {users} users against 1,000"),
        floor: format!("{:.0} µs", compared.floor),
        target: format!("≤ {TARGET} ×"),
        measured: format!("{:.2} × ({:.0} µs)", compared.ratio, compared.cenote),
        verdict: Verdict::at_most(compared.ratio, TARGET),
    });
}
