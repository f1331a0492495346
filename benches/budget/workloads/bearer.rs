//! Owns W6: requests that bring an access token, user info and `GetUser`.

use anyhow::Result;

use super::token_grants::refresh_request;
use super::{Walk, basic, in_micros};
use crate::Bench;
use crate::load::{Connection, Sample, drive, get};
use crate::seed::{APP, Account, POOL};
use crate::server::Server;

/// Microseconds, and the floor that they belong to.
const TARGET: (f64, f64) = (130.0, 110.0);

/// Measures both requests.
///
/// # Errors
/// When a request fails.
pub fn run(bench: &mut Bench) -> Result<()> {
    let (times, rounds) = (250 * bench.plan.effort, bench.plan.rounds);
    let floor = floor_requests(&bench.floor, &bench.seeded.accounts)?;
    let tokens = access_tokens(&bench.cenote, &bench.seeded.accounts)?;
    let user_info: Vec<String> = tokens.iter().map(|token| user_info_request(token)).collect();
    let get_user: Vec<String> = tokens.iter().map(|token| get_user_request(token)).collect();
    let mut floor = Walk::all(&floor);
    let mut walks = Walk::all(&user_info);
    let compared = bench.units.compare(
        rounds,
        || ask(&bench.floor, &mut floor, times),
        || ask(&bench.cenote, &mut walks, times),
    )?;
    bench.report.add(in_micros("W6 userInfo", &compared, TARGET));
    let mut walks = Walk::all(&get_user);
    let compared = bench.units.compare(
        rounds,
        || ask(&bench.floor, &mut floor, times),
        || ask(&bench.cenote, &mut walks, times),
    )?;
    bench.report.add(in_micros("W6 GetUser", &compared, TARGET));
    Ok(())
}

/// Sends one request after another.
///
/// # Errors
/// When one fails.
pub fn ask(server: &Server, walks: &mut [Walk<'_, String>], times: usize) -> Result<Sample> {
    drive(server, walks, times, |connection, walk| connection.expect(walk.next(), 200).map(drop))
}

/// An access token for each account.
///
/// # Errors
/// When a request fails.
pub fn access_tokens(server: &Server, accounts: &[Account]) -> Result<Vec<String>> {
    let (mut connection, authorization) = (Connection::open(server.address)?, basic(APP));
    accounts
        .iter()
        .map(|account| {
            let request = refresh_request(&authorization, &account.refresh_token);
            connection.expect(&request, 200)?.member("access_token")
        })
        .collect()
}

/// The request for user info with `token`.
pub fn user_info_request(token: &str) -> String {
    get("/oauth2/userInfo", &format!("Authorization: Bearer {token}\r\n"))
}

fn get_user_request(token: &str) -> String {
    let body = format!("{{\"AccessToken\":\"{token}\"}}");
    let length = body.len();
    format!(
        "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-amz-json-1.1\r\n\
         X-Amz-Target: AWSCognitoIdentityProviderService.GetUser\r\nContent-Length: {length}\r\n\r\n{body}"
    )
}

/// What the floor server is asked: to verify a token and read a row, for each account.
///
/// # Errors
/// When a request fails.
pub fn floor_requests(floor: &Server, accounts: &[Account]) -> Result<Vec<String>> {
    accounts.iter().map(|account| floor_request(floor, account)).collect()
}

fn floor_request(floor: &Server, account: &Account) -> Result<String> {
    let path = format!("/token/{POOL}/{}", account.sub);
    let token = Connection::open(floor.address)?.expect(&get(&path, ""), 200)?.body;
    Ok(get("/bearer", &format!("Authorization: Bearer {token}\r\n")))
}
