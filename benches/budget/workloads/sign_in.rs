//! Owns W4: the four requests of a sign-in with a password on the hosted pages, with PKCE, as a browser and an app make
//! them.

use anyhow::{Context as _, Result, ensure};
use cenote::crypto::digest;

use super::{Walk, basic};
use crate::Bench;
use crate::load::{CONNECTIONS, Connection, Sample, drive, get, post_form};
use crate::measure::{PASSWORD, median};
use crate::report::{Row, Verdict};
use crate::seed::{APP, Account, CALLBACK};
use crate::server::Server;

const VERIFIER: &str = "budget-code-verifier-budget-code-verifier-budget";
const FLOWS_PER_SECOND: f64 = 80.0;
const REST: f64 = 3.5;

/// Measures whole sign-ins; what is not Argon2 is the rest beside a password check of the same run.
///
/// # Errors
/// When a sign-in fails.
pub fn run(bench: &mut Bench) -> Result<()> {
    let mut walks = Walk::all(&bench.seeded.accounts);
    let (effort, rounds) = (bench.plan.effort, bench.plan.rounds);
    let whole = bench.units.compare(
        rounds,
        || sign_in_floor(&bench.floor, 5 * effort),
        || sign_in(&bench.cenote, &mut walks, 5 * effort),
    )?;
    let check = password_check(bench)?;
    let rest = (whole.cenote - check) / whole.signature;
    bench.report.add(Row {
        workload: "W4 password sign-in, all four requests".to_owned(),
        floor: format!("{:.1} ms", whole.floor / 1000.0),
        target: format!("≥ {FLOWS_PER_SECOND:.0} flows/s on two cores"),
        measured: format!(
            "{:.0} flows/s; {:.1} ms, of which Argon2 {:.1} ms",
            whole.rate,
            whole.cenote / 1000.0,
            check / 1000.0
        ),
        verdict: Verdict::at_most(FLOWS_PER_SECOND, whole.rate),
    });
    bench.report.add(Row {
        workload: "W4 all that is not Argon2".to_owned(),
        floor: "2.0 S".to_owned(),
        target: format!("≤ {REST:.1} S"),
        measured: format!("{rest:.2} S, by subtraction"),
        verdict: Verdict::at_most(rest, REST),
    });
    Ok(())
}

/// The median of password checks, in microseconds.
///
/// # Errors
/// When the kernel keeps no account of threads.
pub fn password_check(bench: &Bench) -> Result<f64> {
    let checks = (0..bench.plan.rounds).map(|_| bench.units.password_check()).collect::<Result<Vec<_>>>()?;
    Ok(median(checks.into_iter()))
}

/// Signs one account after another in.
///
/// # Errors
/// When a sign-in fails.
pub fn sign_in(server: &Server, walks: &mut [Walk<'_, Account>], times: usize) -> Result<Sample> {
    let (query, authorization) = (authorization_request(), basic(APP));
    drive(server, walks, times, |connection, walk| {
        let code = code(connection, &query, walk.next())?;
        let form = format!(
            "grant_type=authorization_code&code={code}&redirect_uri={}&code_verifier={VERIFIER}",
            encoded(CALLBACK)
        );
        connection.expect(&post_form("/oauth2/token", &authorization, &form), 200).map(drop)
    })
}

/// The browser's part: to the sign-in page, name and password, back with a code.
fn code(connection: &mut Connection, query: &str, account: &Account) -> Result<String> {
    let first = connection.expect(&get(&format!("/oauth2/authorize?{query}"), ""), 302)?;
    let login = first.header("location").context("no Location")?.to_owned();
    let token = first.cookie("XSRF-TOKEN").context("no XSRF-TOKEN")?.to_owned();
    let cookie = format!("Cookie: XSRF-TOKEN={token}\r\n");
    let page = connection.expect(&get(&login, &cookie), 200)?;
    ensure!(page.body.contains(&token), "the page lacks the token:\n{}", page.body);
    let password = std::str::from_utf8(PASSWORD)?;
    let form = format!("_csrf={token}&username={}&password={password}", encoded(&account.email));
    let back = connection.expect(&post_form(&login, &cookie, &form), 302)?;
    let location = back.header("location").context("no Location")?;
    let (_, rest) = location.split_once("code=").with_context(|| format!("no code in {location}"))?;
    Ok(rest.split('&').next().unwrap_or_default().to_owned())
}

fn sign_in_floor(floor: &Server, times: usize) -> Result<Sample> {
    let request = post_form("/password", "", "username=user&password=password");
    drive(floor, &mut [(); CONNECTIONS], times, |connection, ()| connection.expect(&request, 200).map(drop))
}

fn authorization_request() -> String {
    let challenge = digest::sha256_base64url(VERIFIER);
    format!(
        "response_type=code&client_id={APP}&redirect_uri={}&scope=openid+email+profile&state=budget-state&\
         nonce=budget-nonce&code_challenge={challenge}&code_challenge_method=S256",
        encoded(CALLBACK)
    )
}

fn encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}
