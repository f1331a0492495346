//! Runs every hostile message: each is refused for its own reason, and quickly. Verification is handed no network and
//! no file system, so it can reach neither.

use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::idp::{NOW, expectations};
use super::{encryption, markup, profile_cases, signatures, wrapping};
use crate::federation::saml::verify::guarded;
use crate::federation::saml::{SamlFault, verify};

/// The longest that any message may take.
const LONGEST: Duration = Duration::from_secs(1);

/// A hostile message with the beginning of the reason for which it must be refused.
pub struct Case {
    pub name: &'static str,
    pub base64: String,
    pub reason: &'static str,
}

impl Case {
    pub fn of(name: &'static str, xml: String, reason: &'static str) -> Self {
        Self::encoded(name, STANDARD.encode(xml), reason)
    }

    pub fn encoded(name: &'static str, base64: String, reason: &'static str) -> Self {
        Self { name, base64, reason }
    }
}

#[test]
fn hostile_messages_are_refused_for_their_own_reason() {
    let expectations = expectations();
    let cases = [markup::cases(), wrapping::cases(), signatures::cases(), profile_cases::cases(), encryption::cases()];
    let cases: Vec<Case> = cases.into_iter().flatten().collect();
    assert!(cases.len() >= 80, "only {} messages", cases.len());
    let mut faults = Vec::new();
    let mut slowest = (Duration::ZERO, "");
    for case in &cases {
        let started = Instant::now();
        let result = verify(&case.base64, &expectations, NOW);
        slowest = slowest.max((started.elapsed(), case.name));
        match result {
            Ok(_) => faults.push(format!("{}: ACCEPTED", case.name)),
            Err(fault) if fault.to_string().starts_with(case.reason) => {}
            Err(fault) => faults.push(format!("{}: {fault}, not {}", case.name, case.reason)),
        }
    }
    assert!(faults.is_empty(), "{} of {}:\n{}", faults.len(), cases.len(), faults.join("\n"));
    eprintln!("{} messages, the slowest ({}) in {:?}", cases.len(), slowest.1, slowest.0);
    assert!(slowest.0 < LONGEST, "{} took {:?}", slowest.1, slowest.0);
}

#[test]
fn a_panic_is_a_refusal() {
    let fault = guarded(|| -> Result<(), SamlFault> { panic!("a parser's bug") });
    assert_eq!(fault, Err(SamlFault::Parser));
}
