//! Runs every hostile message: each is refused for its own reason, and quickly. Verification is handed no network and
//! no file system; that no library under it reaches them by itself is seen at traps, which the messages name.

use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::Command;
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

/// The host and the file of the messages, in whose place the traps are named.
const FOREIGN: (&str, &str) = ("attacker.example.com", "/etc/passwd");

/// Places that nobody must look at: an address, and a file whose reader would wait for ever.
struct Traps {
    listener: TcpListener,
    folder: PathBuf,
}

impl Traps {
    fn set() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let port = listener.local_addr().unwrap().port();
        let folder = std::env::temp_dir().join(format!("cenote-corpus-{}-{port}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        assert!(Command::new("mkfifo").arg(folder.join("fifo")).status().unwrap().success());
        Self { listener, folder }
    }

    /// The message with the traps in it, and whether there are any.
    fn baited(&self, case: &Case) -> (String, bool) {
        let xml = STANDARD.decode(&case.base64).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        let Some(xml) = xml.filter(|_| !case.reason.contains("attacker")) else { return (case.base64.clone(), false) };
        let (host, file) = (self.listener.local_addr().unwrap().to_string(), self.folder.join("fifo"));
        let baited = xml.replace(FOREIGN.0, &host).replace(FOREIGN.1, file.to_str().unwrap());
        (STANDARD.encode(&baited), baited != xml)
    }
}

impl Drop for Traps {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.folder));
    }
}

#[test]
fn hostile_messages_are_refused_for_their_own_reason() {
    let expectations = expectations();
    let cases = [markup::cases(), wrapping::cases(), signatures::cases(), profile_cases::cases(), encryption::cases()];
    let cases: Vec<Case> = cases.into_iter().flatten().collect();
    assert!(cases.len() >= 80, "only {} messages", cases.len());
    let traps = Traps::set();
    let (mut faults, mut reasons, mut baits) = (Vec::new(), BTreeSet::new(), 0);
    let mut slowest = (Duration::ZERO, "");
    for case in &cases {
        let (message, is_baited) = traps.baited(case);
        baits += usize::from(is_baited);
        let started = Instant::now();
        let result = verify(&message, &expectations, NOW);
        slowest = slowest.max((started.elapsed(), case.name));
        match result {
            Ok(_) => faults.push(format!("{}: ACCEPTED", case.name)),
            Err(fault) if fault.to_string().starts_with(case.reason) => _ = reasons.insert(fault.to_string()),
            Err(fault) => faults.push(format!("{}: {fault}, not {}", case.name, case.reason)),
        }
    }
    assert!(faults.is_empty(), "{} of {}:\n{}", faults.len(), cases.len(), faults.join("\n"));
    assert!(reasons.len() >= 40, "only {} reasons: {reasons:#?}", reasons.len());
    assert!(baits >= 8, "only {baits} messages name a trap");
    assert_eq!(traps.listener.accept().unwrap_err().kind(), ErrorKind::WouldBlock, "an address was asked");
    eprintln!(
        "{} messages, {} reasons, {baits} with a trap, the slowest ({}) in {:?}",
        cases.len(),
        reasons.len(),
        slowest.1,
        slowest.0
    );
    assert!(slowest.0 < LONGEST, "{} took {:?}", slowest.1, slowest.0);
}

#[test]
fn a_panic_is_a_refusal() {
    let fault = guarded(|| -> Result<(), SamlFault> { panic!("a parser's bug") });
    assert_eq!(fault, Err(SamlFault::Parser));
}
