//! Genuine messages of all kinds that occur are accepted, and read as they were meant.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::idp::*;
use crate::federation::saml::{Expectations, SamlFault, verify_held};

#[test]
fn a_signed_assertion_is_read() {
    let verified = check(&with_signed_assertion()).unwrap();
    assert_eq!(verified.id, "_assertion");
    assert_eq!(verified.issuer, ENTITY);
    assert_eq!(verified.name_id.value, "Anna@example.com");
    assert_eq!(verified.session_index.as_deref(), Some("session-7"));
    assert_eq!(verified.attributes["email"], ["anna@example.com"]);
    assert_eq!(verified.attributes["groups"], ["Q&A, staff", "dev"]);
    assert_eq!(verified.attributes.len(), 2, "FriendlyName is no name");
    assert_eq!(verified.expires_at, NOW.plus_seconds(600), "NotOnOrAfter and the skew");
}

#[test]
fn a_signed_response_is_read() {
    let verified = check(&signed(&response(&bare(&assertion())))).unwrap();
    assert_eq!(verified.name_id.value, "Anna@example.com");
}

#[test]
fn both_may_be_signed() {
    check(&signed(&response(&signed(&assertion())))).unwrap();
}

#[test]
fn every_listed_algorithm_verifies() {
    let ecdsa = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha";
    let rsa = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha";
    let digests = [SHA256, "http://www.w3.org/2001/04/xmldsig-more#sha384", "http://www.w3.org/2001/04/xmlenc#sha512"];
    for (bits, digest) in [256, 384, 512].into_iter().zip(digests) {
        for (algorithm, pair) in [(rsa, &keys().provider), (ecdsa, &keys().elliptic)] {
            let template = signature_template("_assertion", &format!("{algorithm}{bits}"), digest);
            if algorithm == ecdsa && bits != 256 {
                continue;
            }
            check(&bare(&response(&signed_with(&assertion(), &template, pair)))).unwrap();
        }
    }
}

#[test]
fn any_certificate_of_a_rollover_counts() {
    let template = signature_template("_assertion", RSA_SHA256, SHA256);
    for pair in [&keys().provider, &keys().next] {
        check(&bare(&response(&signed_with(&assertion(), &template, pair)))).unwrap();
    }
}

#[test]
fn encrypted_assertions_open() {
    let inside = signed(&assertion());
    check(&bare(&response(&encrypted(&inside)))).unwrap();
    check(&signed(&response(&encrypted(&inside)))).unwrap();
    let verified = check(&signed(&response(&encrypted(&bare(&assertion()))))).unwrap();
    assert_eq!(verified.name_id.value, "Anna@example.com");
}

#[test]
fn every_listed_cipher_opens() {
    let inside = signed(&assertion());
    let ciphers = [
        AES128_CBC,
        "http://www.w3.org/2001/04/xmlenc#aes256-cbc",
        "http://www.w3.org/2009/xmlenc11#aes128-gcm",
        "http://www.w3.org/2009/xmlenc11#aes256-gcm",
    ];
    for cipher in ciphers {
        for transport in [OAEP, "http://www.w3.org/2009/xmlenc11#rsa-oaep"] {
            check(&bare(&response(&encrypted_to(&inside, &keys().ours, cipher, transport)))).unwrap();
        }
    }
}

#[test]
fn an_assertion_that_leans_on_namespaces_around_it_opens() {
    let inside = bare(&assertion()).replace(" xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\"", "");
    check(&signed(&response(&encrypted(&inside)))).unwrap();
}

#[test]
fn an_encrypted_key_may_stand_beside_the_data() {
    let message = encrypted(&signed(&assertion()));
    let (start, rest) = message.split_once("<xenc:EncryptedKey>").unwrap();
    let (key, end) = rest.split_once("</xenc:EncryptedKey>").unwrap();
    let key = format!("<xenc:EncryptedKey xmlns:xenc=\"http://www.w3.org/2001/04/xmlenc#\">{key}</xenc:EncryptedKey>");
    let moved =
        format!("{start}{end}").replace("</saml:EncryptedAssertion>", &format!("{key}</saml:EncryptedAssertion>"));
    check(&bare(&response(&moved))).unwrap();
}

#[test]
fn encryption_may_be_required() {
    let mut expectations = expectations();
    expectations.is_encryption_required = true;
    assert_eq!(check_with(&with_signed_assertion(), &expectations), Err(SamlFault::Unencrypted));
    check_with(&bare(&response(&encrypted(&signed(&assertion())))), &expectations).unwrap();
}

fn unsolicited() -> String {
    let in_response_to = format!(" InResponseTo=\"{REQUEST}\"");
    let data = format!("InResponseTo=\"{REQUEST}\" ");
    let assertion = signed(&assertion().replace(&data, ""));
    bare(&response(&assertion)).replace(&in_response_to, "")
}

#[test]
fn a_provider_may_start_where_that_is_allowed() {
    let mut expectations = expectations();
    expectations.request_id = None;
    assert_eq!(check_with(&unsolicited(), &expectations), Err(SamlFault::Unsolicited));
    expectations.is_unsolicited_allowed = true;
    check_with(&unsolicited(), &expectations).unwrap();
    assert_eq!(check_with(&with_signed_assertion(), &expectations), Err(SamlFault::InResponseTo));
}

#[test]
fn a_start_by_the_provider_must_be_fresh() {
    let mut expectations = expectations();
    (expectations.request_id, expectations.is_unsolicited_allowed) = (None, true);
    let verify = |seconds| {
        let message = STANDARD.encode(unsolicited());
        crate::federation::saml::verify(&message, &expectations, NOW.plus_seconds(seconds))
    };
    assert!(verify(358).is_ok());
    assert_eq!(verify(359), Err(SamlFault::Expired));
}

#[test]
fn clocks_may_differ_by_five_minutes() {
    let message = STANDARD.encode(with_signed_assertion());
    let verify = |seconds| crate::federation::saml::verify(&message, &expectations(), NOW.plus_seconds(seconds));
    assert!(verify(599).is_ok());
    assert_eq!(verify(600), Err(SamlFault::Expired));
    assert!(verify(-301).is_ok());
    assert_eq!(verify(-302), Err(SamlFault::NotYetValid));
}

#[test]
fn a_message_may_be_wrapped_and_declared() {
    let xml = format!("\u{feff}<?xml version=\"1.0\" encoding=\"utf-8\"?>\n{}", with_signed_assertion());
    let base64 = STANDARD.encode(xml);
    let lines: Vec<&str> = base64.as_bytes().chunks(76).map(|line| std::str::from_utf8(line).unwrap()).collect();
    crate::federation::saml::verify(&lines.join("\r\n"), &expectations(), NOW).unwrap();
}

#[test]
fn a_key_info_is_ignored() {
    let info = |certificate: &str| {
        format!(
            "</ds:SignatureValue><ds:KeyInfo><ds:X509Data><ds:X509Certificate>{certificate}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>"
        )
    };
    let message = with_signed_assertion().replace("</ds:SignatureValue>", &info(&keys().attacker.certificate));
    check(&message).unwrap();
}

/// Canonicalised and signed by programs that share nothing with ours.
#[test]
fn a_message_of_foreign_make_is_read() {
    let certificate: String =
        include_str!("fixtures/foreign_cert.pem").lines().filter(|line| !line.starts_with('-')).collect();
    let mut expectations = expectations();
    expectations.provider = crate::federation::saml::parse_metadata(&provider_metadata(&[&certificate]), NOW).unwrap();
    let verified = check_with(include_str!("fixtures/foreign_response.xml"), &expectations).unwrap();
    assert_eq!(verified.name_id.value, "Jörg & <Söhne>");
    assert_eq!(verified.attributes["quote"], ["tab\tand\rreturn"]);
}

#[test]
fn an_assertion_that_somebody_holds_needs_its_own_signature_and_no_response() {
    let unasked = Expectations { request_id: None, is_unsolicited_allowed: true, ..expectations() };
    let assertion = || assertion().replace(&format!(" InResponseTo=\"{REQUEST}\""), "");
    let held = |xml: &str| verify_held(&STANDARD.encode(xml), &unasked, NOW);
    let verified = held(&signed(&assertion())).unwrap();
    assert_eq!(verified.issuer, ENTITY);
    assert_eq!(held(&bare(&assertion())), Err(SamlFault::Unsigned));
    let stolen = signed(&assertion()).replace(&verified.name_id.value, "somebody@example.com");
    assert_eq!(held(&stolen), Err(SamlFault::DigestMismatch));
    assert_eq!(
        held(&signed_with(&assertion(), &signature_template("_assertion", RSA_SHA256, SHA256), &keys().attacker)),
        Err(SamlFault::SignatureInvalid)
    );
    assert_eq!(held("<a/>"), Err(SamlFault::Structure("neither a Response nor an Assertion")));
    let encrypting = Expectations { is_encryption_required: true, ..unasked.clone() };
    let refused = verify_held(&STANDARD.encode(signed(&assertion())), &encrypting, NOW);
    assert_eq!(refused, Err(SamlFault::Unencrypted));
    let answering = verify_held(&STANDARD.encode(signed(&super::idp::assertion())), &unasked, NOW);
    assert_eq!(answering, Err(SamlFault::InResponseTo));
}
