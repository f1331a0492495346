//! Hostile messages about logout: each is refused for its own reason, and quickly.

#![expect(clippy::too_many_lines, reason = "tables of messages")]

use std::io::Write as _;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::DeflateEncoder;

use super::idp::*;
use crate::crypto::rsa::RsaKey;
use crate::federation::saml::binding::Incoming;
use crate::federation::saml::logout::read_logout;
use crate::federation::saml::verify::Expectations;

pub const LOGOUT_ADDRESS: &str = "https://auth.example.com/saml2/logout";
const LONGEST: Duration = Duration::from_secs(1);
const ANNA: &str = "<saml:NameID>Anna</saml:NameID>";

pub fn logout_expectations() -> Expectations {
    Expectations { address: LOGOUT_ADDRESS.to_owned(), decryption_key: None, ..expectations() }
}

pub fn status(code: &str) -> String {
    format!("<samlp:Status><samlp:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:{code}\"/></samlp:Status>")
}

/// A logout message that fits [`logout_expectations`], not signed yet.
pub fn message(name: &str, inside: &str) -> String {
    let answers = if name == "LogoutResponse" { format!(" InResponseTo=\"{REQUEST}\"") } else { String::new() };
    format!(
        "<samlp:{name} xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\" \
         ID=\"_logout\" Version=\"2.0\" IssueInstant=\"2026-01-15T11:59:59Z\" Destination=\"{LOGOUT_ADDRESS}\"{answers}>\
         <saml:Issuer>{ENTITY}</saml:Issuer>{SIGNATURE_HERE}{inside}</samlp:{name}>"
    )
}

/// `xml` as a query, signed with the provider's key where asked.
pub fn queried(parameter: &str, xml: &str, is_signed: bool) -> Incoming {
    let signer = keys().provider.key.as_ref().filter(|_| is_signed);
    Incoming::Query(query_with(parameter, xml, signer))
}

fn query_with(parameter: &str, xml: &str, signer: Option<&RsaKey>) -> String {
    let escaped = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(xml.as_bytes()).unwrap();
    let message = escaped(&STANDARD.encode(encoder.finish().unwrap()));
    let mut query = format!("{parameter}={message}&RelayState=a%20b");
    if let Some(key) = signer {
        query.push_str(&format!("&SigAlg={}", escaped(RSA_SHA256)));
        let signature = key.sign_sha256(query.as_bytes()).unwrap();
        query.push_str(&format!("&Signature={}", escaped(&STANDARD.encode(signature))));
    }
    query
}

fn form(xml: &str) -> Incoming {
    Incoming::Form(STANDARD.encode(xml))
}

type Case = (&'static str, Incoming, &'static str);

/// A message that the provider signed after one replacement.
fn signed_with_change(name: &'static str, kind: &str, change: (&str, &str), reason: &'static str) -> Case {
    let inside = if kind == "LogoutRequest" { ANNA.to_owned() } else { status("Success") };
    let changed = message(kind, &inside).replace(change.0, change.1);
    assert_ne!(changed, message(kind, &inside), "{name}");
    (name, form(&signed(&changed)), reason)
}

fn profile_cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for kind in ["LogoutRequest", "LogoutResponse"] {
        cases.extend([
            signed_with_change("another issuer", kind, (ENTITY, "urn:x"), "issued by somebody else"),
            signed_with_change(
                "another destination",
                kind,
                (LOGOUT_ADDRESS, ADDRESS),
                "the destination is another address",
            ),
            signed_with_change(
                "no destination",
                kind,
                (&format!(" Destination=\"{LOGOUT_ADDRESS}\""), ""),
                "the destination is another address",
            ),
            signed_with_change("too old", kind, ("T11:59:59", "T11:53:59"), "expired"),
            signed_with_change("of the future", kind, ("T11:59:59", "T12:05:01"), "not valid yet"),
            signed_with_change("another version", kind, ("\"2.0\"", "\"1.1\""), "the version is not 2.0"),
            signed_with_change(
                "no issuer",
                kind,
                (&format!("<saml:Issuer>{ENTITY}</saml:Issuer>"), ""),
                "issued by somebody else",
            ),
        ]);
    }
    cases.extend([
        signed_with_change(
            "the answer to another request",
            "LogoutResponse",
            (REQUEST, "_other"),
            "the answer to another request",
        ),
        signed_with_change(
            "an answer to nothing",
            "LogoutResponse",
            (&format!(" InResponseTo=\"{REQUEST}\""), ""),
            "the answer to another request",
        ),
        signed_with_change(
            "an answer without status",
            "LogoutResponse",
            (&status("Success"), ""),
            "incomplete assertion",
        ),
        signed_with_change("nobody named", "LogoutRequest", (ANNA, ""), "incomplete assertion"),
        signed_with_change("an empty name", "LogoutRequest", ("Anna", " "), "incomplete assertion"),
        signed_with_change("two people", "LogoutRequest", (ANNA, &format!("{ANNA}{ANNA}")), "unexpected structure"),
        signed_with_change(
            "past its own end",
            "LogoutRequest",
            (" Destination", " NotOnOrAfter=\"2026-01-15T11:55:00Z\" Destination"),
            "expired",
        ),
        signed_with_change(
            "too many sessions",
            "LogoutRequest",
            (ANNA, &format!("{ANNA}{}", "<samlp:SessionIndex>1</samlp:SessionIndex>".repeat(51))),
            "unexpected structure",
        ),
        ("an assertion", form(&with_signed_assertion()), "unexpected structure"),
        ("some other document", form("<a/>"), "unexpected structure"),
    ]);
    cases
}

fn signature_cases() -> Vec<Case> {
    let request = message("LogoutRequest", ANNA);
    let answer = message("LogoutResponse", &status("Success"));
    let attacker = |xml: &str| signed_with(xml, &signature_template("_logout", RSA_SHA256, SHA256), &keys().attacker);
    let sha1 = signature_template("_logout", "http://www.w3.org/2000/09/xmldsig#rsa-sha1", SHA256);
    let wrapped = format!(
        "<samlp:LogoutRequest xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\" \
         ID=\"_evil\" Version=\"2.0\" IssueInstant=\"2026-01-15T11:59:59Z\" Destination=\"{LOGOUT_ADDRESS}\"><saml:Issuer>{ENTITY}</saml:Issuer>\
         <samlp:Extensions>{}</samlp:Extensions><saml:NameID>Eve</saml:NameID></samlp:LogoutRequest>",
        signed(&request)
    );
    let moved = {
        let whole = signed(&request);
        let (before, rest) = whole.split_once("<ds:Signature").unwrap();
        let (signature, after) = rest.split_once("</ds:Signature>").unwrap();
        let outer = format!("{before}<ds:Signature{signature}</ds:Signature>{after}");
        outer.replacen("ID=\"_logout\"", "ID=\"_evil\"", 1)
    };
    vec![
        ("an unsigned request", form(&bare(&request)), "nothing is signed"),
        ("a request of another key", form(&attacker(&request)), "the signature does not verify"),
        ("an answer of another key", form(&attacker(&answer)), "the signature does not verify"),
        ("a changed name", form(&signed(&request).replace("Anna", "Eve")), "the digest does not match"),
        ("a changed status", form(&signed(&answer).replace("Success", "Responder")), "the digest does not match"),
        ("a signature over another element", form(&moved), "unexpected signature"),
        ("a request around a signed one", form(&wrapped), "nothing is signed"),
        (
            "SHA-1",
            form(&request.replace(SIGNATURE_HERE, &sha1.replace("<ds:SignatureValue>", "<ds:SignatureValue>AAAA"))),
            "algorithm not accepted",
        ),
        ("a comment in the name", form(&signed(&request).replace("Anna", "An<!-- -->na")), "forbidden markup"),
        (
            "a document type",
            form(&format!("<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>{}", bare(&request))),
            "forbidden markup",
        ),
        (
            "two elements of one id",
            form(&bare(&request).replace("<saml:NameID>", "<saml:NameID ID=\"_logout\">")),
            "an id occurs twice",
        ),
        ("too long", Incoming::Form("A".repeat(100_004)), "the message is too long"),
        ("not base64", Incoming::Form("<a/>".to_owned()), "the message is not base64"),
    ]
}

fn query_cases() -> Vec<Case> {
    let request = bare(&message("LogoutRequest", ANNA));
    let key = keys().provider.key.as_ref();
    let genuine = query_with("SAMLRequest", &request, key);
    let changed = |from: &str, to: &str| {
        let changed = genuine.replacen(from, to, 1);
        assert_ne!(changed, genuine, "{from}");
        Incoming::Query(changed)
    };
    let other = query_with("SAMLRequest", &request.replace("Anna", "Eve"), None);
    let swapped = format!("{}{}", other.split_once('&').unwrap().0, &genuine[genuine.find('&').unwrap()..]);
    let bomb = format!("<a>{}</a>", " ".repeat(20_000_000));
    vec![
        ("a query without signature", queried("SAMLRequest", &request, false), "nothing is signed"),
        (
            "a query of another key",
            Incoming::Query(query_with("SAMLRequest", &request, keys().attacker.key.as_ref())),
            "the signature does not verify",
        ),
        ("another relay state", changed("a%20b", "https%3A%2F%2Fevil.example"), "the signature does not verify"),
        ("another spelling of the relay state", changed("a%20b", "a+b"), "the signature does not verify"),
        ("another message", Incoming::Query(swapped), "the signature does not verify"),
        ("no relay state", changed("&RelayState=a%20b", ""), "the signature does not verify"),
        ("SHA-1 in a query", changed("xmldsig-more%23rsa-sha256", "xmldsig%23rsa-sha1"), "algorithm not accepted"),
        ("no algorithm", changed("SigAlg", "Sigalg"), "unexpected signature"),
        ("a signature that is none", changed("Signature=", "Signature=%2A"), "unexpected signature"),
        (
            "a request that calls itself an answer",
            changed("SAMLRequest", "SAMLResponse"),
            "the signature does not verify",
        ),
        ("a message that swells", queried("SAMLRequest", &bomb, true), "the message is too long"),
        (
            "not deflated",
            Incoming::Query(format!("SAMLRequest={}", STANDARD.encode("<a/>").replace('=', "%3D"))),
            "the message is not deflated",
        ),
        ("no message", Incoming::Query("RelayState=a".to_owned()), "incomplete assertion"),
    ]
}

#[test]
fn hostile_logout_messages_are_refused_for_their_own_reason() {
    let expectations = logout_expectations();
    let cases: Vec<Case> = [profile_cases(), signature_cases(), query_cases()].into_iter().flatten().collect();
    assert!(cases.len() >= 45, "only {} messages", cases.len());
    let mut faults = Vec::new();
    let mut slowest = (Duration::ZERO, "");
    for (name, incoming, reason) in &cases {
        let started = Instant::now();
        let result = read_logout(incoming, &expectations, NOW);
        slowest = slowest.max((started.elapsed(), name));
        match result {
            Ok(_) => faults.push(format!("{name}: ACCEPTED")),
            Err(fault) if fault.to_string().starts_with(reason) => {}
            Err(fault) => faults.push(format!("{name}: {fault}, not {reason}")),
        }
    }
    assert!(faults.is_empty(), "{} of {}:\n{}", faults.len(), cases.len(), faults.join("\n"));
    assert!(slowest.0 < LONGEST, "{} took {:?}", slowest.1, slowest.0);
}
