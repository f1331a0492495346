//! Hostile SAML messages at the assertion consumer service, made of a genuine one: the app is told, the log says why in each case,
//! nobody is made, and neither the network nor the file system is touched. The whole corpus stands beside the verifier.

use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::net::TcpListener;
use std::process::Command;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::road::{Place, Returning};
use crate::support::program::Folder;
use crate::support::{callback, log};

const LONGEST: Duration = Duration::from_secs(1);
/// How the app is told: of the message, or of what the message says.
const REFUSED: [&str; 4] = [
    "Invalid SAML response received: ",
    "SAML Assertion signature is invalid",
    "Invalid samlResponse or relayState",
    "Required String parameter",
];

/// Places that nobody must look at.
struct Traps {
    listener: TcpListener,
    folder: Folder,
}

impl Traps {
    fn set() -> Self {
        let (listener, folder) = (TcpListener::bind("127.0.0.1:0").unwrap(), Folder::new());
        listener.set_nonblocking(true).unwrap();
        assert!(Command::new("mkfifo").arg(folder.join("fifo")).status().unwrap().success());
        Self { listener, folder }
    }

    fn url(&self) -> String {
        format!("http://{}/", self.listener.local_addr().unwrap())
    }

    /// Whoever opens it waits for ever, since nobody writes.
    fn file(&self) -> String {
        format!("file://{}", self.folder.join("fifo").display())
    }
}

/// A message by name, and the reason for which the log says that it is refused.
type Case = (&'static str, String, &'static str);

const MARKUP: &str = "forbidden markup: a comment, CDATA section or document type";
const REFERENCE: &str = "unexpected signature: ";
const TWICE: &str = "an id occurs twice";
const ANOTHER: &str = "<a:Assertion xmlns:a=\"urn:oasis:names:tc:SAML:2.0:assertion\"/>";
const ALGORITHM: &str = "algorithm not accepted: ";
const UNKNOWN: &str = "unexpected structure: an unknown child of the Response";

/// The genuine message changed in one way each.
fn hostile(genuine: &str, traps: &Traps) -> Vec<Case> {
    [outward(genuine, (&traps.url(), &traps.file())), misplaced(genuine), signed_otherwise(genuine), malformed(genuine)]
        .concat()
}

/// What would make a careless reader look elsewhere.
fn outward(genuine: &str, (url, file): (&str, &str)) -> Vec<Case> {
    let body = without_declaration(genuine);
    let doctype = |subset: &str| format!("<!DOCTYPE x {subset}>{body}");
    let reference = |target: &str| {
        let start = genuine.find("URI=\"#").unwrap();
        let end = start + 5 + genuine[start + 5..].find('"').unwrap();
        format!("{}URI=\"{target}{}", &genuine[..start], &genuine[end..])
    };
    let within_subject = genuine.replace("</saml:Subject>", &format!("</saml:Subject>{}", inclusion(url)));
    vec![
        ("a document type", doctype(""), MARKUP),
        ("an external document type by file", doctype(&format!("SYSTEM \"{file}\"")), MARKUP),
        ("an external document type by address", doctype(&format!("SYSTEM \"{url}\"")), MARKUP),
        ("an external entity by file", doctype(&format!("[<!ENTITY e SYSTEM \"{file}\">]")), MARKUP),
        ("an external entity by address", doctype(&format!("[<!ENTITY e SYSTEM \"{url}\">]")), MARKUP),
        ("a parameter entity", doctype(&format!("[<!ENTITY % p SYSTEM \"{url}\">%p;]")), MARKUP),
        ("a style sheet", format!("<?xml-stylesheet href=\"{url}\"?>{body}"), "forbidden markup: a processing"),
        ("a signature over a file", reference(file), REFERENCE),
        ("a signature over an address", reference(url), REFERENCE),
        ("a signature over everything", reference(""), REFERENCE),
        ("an inclusion by file", inserted(genuine, &inclusion(file)), UNKNOWN),
        ("an inclusion by address", inserted(genuine, &inclusion(url)), UNKNOWN),
        ("an inclusion in the assertion", within_subject, "unexpected structure: an inclusion"),
    ]
}

/// Parts where they do not belong.
fn misplaced(genuine: &str) -> Vec<Case> {
    let assertion = &genuine[genuine.find("<saml:Assertion").unwrap()..genuine.find("</samlp:Response>").unwrap()];
    let inside = |name: &str, markup: &str| inserted(genuine, &within(name, markup));
    let twice = genuine.replace("</samlp:Response>", &format!("{assertion}</samlp:Response>"));
    let root = genuine.replace("samlp:Response", "samlp:ArtifactResponse");
    vec![
        ("an assertion among the extensions", inside("samlp:Extensions", assertion), TWICE),
        ("a second assertion", twice, TWICE),
        ("another assertion", inserted(genuine, ANOTHER), "unexpected structure: not exactly one assertion"),
        (
            "a response inside",
            inside("samlp:Extensions", &within("samlp:Response", "")),
            "unexpected structure: a Response inside",
        ),
        ("another root", root, "unexpected structure: the root is not a Response"),
    ]
}

/// What the provider did not sign.
fn signed_otherwise(genuine: &str) -> Vec<Case> {
    let (before, rest) = genuine.split_once("<ds:Signature ").unwrap();
    let (_, after) = rest.split_once("</ds:Signature>").unwrap();
    let value = genuine.replacen("<ds:SignatureValue>", "<ds:SignatureValue>AAAA", 1);
    let person = genuine.replace("ada@example.com", "root@example.com");
    let address = genuine.replace("<saml:SubjectConfirmationData ", "<saml:SubjectConfirmationData Address=\"::1\" ");
    vec![
        ("no signature", format!("{before}{after}"), "nothing is signed"),
        ("another signature", value, "the signature does not verify under the provider's keys"),
        ("another person", person, "the digest does not match"),
        ("another address", address, "the digest does not match"),
        ("SHA-1", genuine.replace("xmldsig-more#rsa-sha256", "xmldsig#rsa-sha1"), ALGORITHM),
        ("an HMAC", genuine.replace("xmldsig-more#rsa-sha256", "xmldsig-more#hmac-sha256"), ALGORITHM),
    ]
}

/// What is no message at all.
fn malformed(genuine: &str) -> Vec<Case> {
    vec![
        ("a comment in the address", genuine.replace("ada@", "root<!-- -->@"), MARKUP),
        ("half of it", genuine[..genuine.len() / 2].to_owned(), ""),
        ("no XML", "hello".to_owned(), "not well-formed XML"),
        ("a control character", genuine.replace("ada@", "\u{1}@"), "forbidden markup: a control character"),
        ("nothing", String::new(), "no response"),
        ("100,000 letters", genuine.replace("ada@", &"a".repeat(100_000)), "the message is too long"),
    ]
}

fn inserted(genuine: &str, markup: &str) -> String {
    genuine.replacen("</samlp:Status>", &format!("</samlp:Status>{markup}"), 1)
}

fn inclusion(of: &str) -> String {
    format!("<xi:include xmlns:xi=\"http://www.w3.org/2001/XInclude\" href=\"{of}\"/>")
}

fn within(name: &str, inside: &str) -> String {
    format!("<{name}>{inside}</{name}>")
}

fn without_declaration(xml: &str) -> &str {
    xml.strip_prefix("<?xml").and_then(|rest| rest.split_once("?>")).map_or(xml, |(_, rest)| rest)
}

#[actix_web::test]
async fn hostile_messages_at_the_door_touch_nothing_and_make_nobody() {
    log::record();
    let (place, traps) = (Place::new().await, Traps::set());
    let Returning { browser, page } = place.returning("SimulatedSAML", &[("person", "ada@example.com")]).await;
    let (message, relay_state) = (page.field("SAMLResponse", "SAMLResponse"), page.field("SAMLResponse", "RelayState"));
    let genuine = String::from_utf8(STANDARD.decode(&message).unwrap()).unwrap();
    let post = async |message: &str| {
        let form = [("SAMLResponse", message), ("RelayState", &relay_state), ("cenote_reposted", "1")];
        let began = Instant::now();
        let origin = [("origin", place.app.base.as_str()), ("sec-fetch-site", "same-origin")];
        (browser.forge("/saml2/idpresponse", &origin, &form).await, began.elapsed())
    };
    let cases = hostile(&genuine, &traps);
    let mut reasons = BTreeSet::new();
    for (name, xml, _) in &cases {
        assert_ne!(*xml, genuine, "{name}");
        let (answer, took) = post(&STANDARD.encode(xml)).await;
        let location = answer.header("location");
        assert!(location.starts_with(callback()), "{name}: {} {location} {}", answer.status, answer.text);
        let url = url::Url::parse(location).unwrap();
        let told = |name: &str| url.query_pairs().find(|(known, _)| known == name).map(|(_, value)| value.into_owned());
        assert_eq!(told("error").as_deref(), Some("invalid_request"), "{name}: {location}");
        let description = told("error_description").unwrap();
        assert!(REFUSED.iter().any(|words| description.starts_with(words)), "{name}: {description}");
        reasons.insert(description);
        assert!(took < LONGEST, "{name} took {took:?}");
    }
    assert!(reasons.len() >= 10, "{reasons:#?}");
    assert_eq!(traps.listener.accept().unwrap_err().kind(), ErrorKind::WouldBlock, "an address was asked");
    assert_eq!(place.users().await, 0);
    let lines = log::recorded();
    let lines = lines.lines().filter(|line| line.contains("a sign-in at a provider failed"));
    let lines: Vec<&str> = lines.filter(|line| line.contains(&place.setup.client)).collect();
    assert_eq!(lines.len(), cases.len(), "the log says each");
    for ((name, _, reason), line) in cases.iter().zip(lines) {
        assert!(line.contains(&format!("cause={reason}")), "{name}: {line}");
    }
    let (answer, _) = post(&message).await;
    assert!(answer.header("location").contains("code="), "the genuine one is believed: {}", answer.text);
    let (answer, _) = post(&message).await;
    assert!(!answer.header("location").contains("code="), "but once");
    assert_eq!(place.users().await, 1);
}
