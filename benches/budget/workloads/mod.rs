//! Owns the workloads of the budget, one file per kind of request, and what they share: the way through the accounts
//! and the shape of a comparison in the table.

mod bearer;
mod checked;
mod documents;
mod federated;
mod footprint;
mod growth;
mod identity;
mod sign_in;
mod srp_sign_in;
mod token_grants;

use anyhow::Result;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::Bench;
use crate::load::CONNECTIONS;
use crate::measure::Compared;
use crate::report::{Row, Verdict};
use crate::seed::SECRET;

type Workload = (&'static str, &'static str, fn(&mut Bench) -> Result<()>);

/// All of them, in the order of the table.
pub const WORKLOADS: &[Workload] = &[
    ("W1", "documents", documents::run),
    ("W2", "refresh grant", token_grants::refresh),
    ("W3", "client credentials", token_grants::client_credentials),
    ("W4", "password sign-in, whole code flow", sign_in::run),
    ("W5", "SRP sign-in", srp_sign_in::run),
    ("W6", "bearer tokens", bearer::run),
    ("W7", "start and memory", footprint::run),
    ("W8", "growth", growth::run),
    ("W10", "federated sign-in", federated::run),
    ("W11", "AWS credentials", identity::run),
    ("W12", "checked requests", checked::run),
];

/// One connection's way through the accounts: each has its own, until they come round again.
pub struct Walk<'a, T> {
    items: &'a [T],
    place: usize,
}

impl<'a, T> Walk<'a, T> {
    /// A way for every connection.
    pub fn all(items: &'a [T]) -> Vec<Self> {
        (0..CONNECTIONS).map(|place| Self { items, place }).collect()
    }

    /// The next one.
    pub fn next(&mut self) -> &'a T {
        let item = &self.items[self.place % self.items.len()];
        self.place += CONNECTIONS;
        item
    }
}

/// The `Authorization` line of a client.
pub fn basic(client: &str) -> String {
    format!("Authorization: Basic {}\r\n", STANDARD.encode(format!("{client}:{SECRET}")))
}

/// A line whose target is in units of S beside a floor of so many, on the machine that the budget was drawn up on. RSA is
/// several times quicker on some machines than on others and nothing else is, so what counts is how many times the floor
/// it is.
pub fn in_signatures(workload: &str, compared: &Compared, (target, floor): (f64, f64)) -> Row {
    let times = target / floor;
    Row {
        workload: workload.to_owned(),
        floor: format!("{:.2} S", compared.floor_in_signatures()),
        target: format!("≤ {target:.1} S where the floor is {floor:.1} S: {times:.2} × floor"),
        measured: format!(
            "{:.2} × floor ({:.2} S, {:.2} ms, {:.0}/s)",
            compared.ratio,
            compared.in_signatures(),
            compared.cenote / 1000.0,
            compared.rate
        ),
        verdict: Verdict::at_most(compared.ratio, times),
    }
}

/// A line whose target is in microseconds beside a floor of so many, on the machine that the budget was drawn up on.
/// Machines differ, so what counts is how many times the floor it is.
pub fn in_micros(workload: &str, compared: &Compared, (target, floor): (f64, f64)) -> Row {
    let times = target / floor;
    Row {
        workload: workload.to_owned(),
        floor: format!("{:.1} µs", compared.floor),
        target: format!("≤ {target:.0} µs where the floor is {floor:.0} µs: {times:.2} × floor"),
        measured: format!("{:.2} × floor ({:.1} µs, {:.0}/s)", compared.ratio, compared.cenote, compared.rate),
        verdict: Verdict::at_most(compared.ratio, times),
    }
}
