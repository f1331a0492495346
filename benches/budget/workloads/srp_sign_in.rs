//! Owns W5: a sign-in by SRP, both calls.

use anyhow::Result;
use serde_json::{Value, json};
use time::UtcDateTime;
use time::macros::format_description;

use super::in_signatures;
use crate::Bench;
use crate::load::{Connection, call, drive, post_form};
use crate::measure::PASSWORD;
use crate::seed::{APP, POOL, SECRET};
use crate::srp::{Client, Prover};

/// In units of S, and the floor that it belongs to.
const TARGET: (f64, f64) = (6.0, 4.8);
const TIMES: usize = 10;

/// Measures it beside the arithmetic of the exchange and two signatures, for the same client.
///
/// # Errors
/// When a sign-in fails.
pub fn run(bench: &mut Bench) -> Result<()> {
    let times = TIMES * bench.plan.effort;
    let clients =
        || -> Result<Vec<_>> { bench.seeded.provers.iter().map(|user| Ok((user.clone(), Client::new()?))).collect() };
    let (mut known, mut provers) = (clients()?, clients()?);
    let compared = bench.units.compare(
        bench.plan.rounds,
        || drive(&bench.floor, &mut known, times, |connection, (user, client)| calculate(connection, user, client)),
        || drive(&bench.cenote, &mut provers, times, |connection, (user, client)| prove(connection, user, client)),
    )?;
    bench.report.add(in_signatures("W5 SRP sign-in, both calls", &compared, TARGET));
    Ok(())
}

/// Both halves on the floor.
fn calculate(connection: &mut Connection, user: &str, client: &mut Client) -> Result<()> {
    let asked: Value =
        serde_json::from_str(&connection.expect(&post_form("/srp/public", "", &client.public()?), 200)?.body)?;
    let timestamp = now()?;
    let signature = client.signature(&asked["ChallengeParameters"], prover(user, &timestamp)?)?;
    connection.expect(&post_form("/srp/proof", "", &signature), 200).map(drop)
}

fn prove(connection: &mut Connection, user: &str, client: &mut Client) -> Result<()> {
    let hash = secret_hash(user);
    let parameters = json!({ "USERNAME": user, "SRP_A": client.public()?, "SECRET_HASH": hash });
    let begin = json!({ "AuthFlow": "USER_SRP_AUTH", "ClientId": APP, "AuthParameters": parameters });
    let asked: Value = serde_json::from_str(&connection.expect(&call("InitiateAuth", &begin), 200)?.body)?;
    let (asked, timestamp) = (&asked["ChallengeParameters"], now()?);
    let responses = json!({
        "USERNAME": user, "TIMESTAMP": timestamp, "SECRET_HASH": hash,
        "PASSWORD_CLAIM_SECRET_BLOCK": asked["SECRET_BLOCK"],
        "PASSWORD_CLAIM_SIGNATURE": client.signature(asked, prover(user, &timestamp)?)?,
    });
    let answer = json!({ "ChallengeName": "PASSWORD_VERIFIER", "ClientId": APP, "ChallengeResponses": responses });
    connection.expect(&call("RespondToAuthChallenge", &answer), 200).map(drop)
}

fn prover<'a>(user: &'a str, timestamp: &'a str) -> Result<Prover<'a>> {
    let pool = POOL.split('_').next_back().unwrap_or_default();
    Ok(Prover { pool, user, password: std::str::from_utf8(PASSWORD)?, timestamp })
}

/// What a client with a secret adds (spec: `SECRET_HASH`).
fn secret_hash(user: &str) -> String {
    use base64::Engine as _;
    let message = format!("{user}{APP}");
    let mac = cenote::crypto::digest::hmac_sha256(SECRET.as_bytes(), message.as_bytes());
    base64::engine::general_purpose::STANDARD.encode(mac)
}

fn now() -> Result<String> {
    let form = format_description!(
        "[weekday repr:short] [month repr:short] [day padding:none] [hour]:[minute]:[second] UTC [year]"
    );
    Ok(UtcDateTime::from_unix_timestamp(cenote::clock::Clock::Real.now().seconds())?.format(form)?)
}
