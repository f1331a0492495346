//! Messages that the provider signed and that are not for us, not for now, or not whole.

#![expect(clippy::too_many_lines, reason = "tables of messages")]

use super::corpus::Case;
use super::idp::*;

const STATUS: &str =
    "<samlp:Status><samlp:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:Success\"/></samlp:Status>";

pub fn cases() -> Vec<Case> {
    let mut cases = assertions();
    cases.extend(statements());
    cases.extend(responses());
    cases
}

/// The provider signs its assertion after one replacement.
fn assertion_with(name: &'static str, (from, to): (&str, &str), reason: &'static str) -> Case {
    let changed = assertion().replace(from, to);
    assert_ne!(changed, assertion(), "{name}");
    Case::of(name, bare(&response(&signed(&changed))), reason)
}

/// The provider signs the whole Response after one replacement outside the assertion.
fn response_with(name: &'static str, (from, to): (&str, &str), reason: &'static str) -> Case {
    let changed = response("").replacen(from, to, 1);
    assert_ne!(changed, response(""), "{name}");
    let whole = changed.replace("</samlp:Response>", &format!("{}</samlp:Response>", bare(&assertion())));
    Case::of(name, signed(&whole), reason)
}

fn assertions() -> Vec<Case> {
    let subject = "<saml:SubjectConfirmation Method";
    let again = format!(
        "<saml:SubjectConfirmation Method=\"urn:oasis:names:tc:SAML:2.0:cm:bearer\"><saml:SubjectConfirmationData/></saml:SubjectConfirmation>{subject}"
    );
    let request = format!("InResponseTo=\"{REQUEST}\" ");
    vec![
        assertion_with(
            "another audience",
            (AUDIENCE, "urn:amazon:cognito:sp:us-east-1_other"),
            "the audience is another service provider",
        ),
        assertion_with(
            "an audience that begins alike",
            (AUDIENCE, &format!("{AUDIENCE}x")),
            "the audience is another service provider",
        ),
        assertion_with(
            "another recipient",
            (ADDRESS, "https://other.example.com/saml2/idpresponse"),
            "the recipient is another address",
        ),
        assertion_with(
            "a recipient in other letters",
            (ADDRESS, &ADDRESS.to_uppercase()),
            "the recipient is another address",
        ),
        assertion_with("no recipient", (&format!(" Recipient=\"{ADDRESS}\""), ""), "the recipient is another address"),
        assertion_with("another request", (REQUEST, "_another"), "the answer to another request"),
        assertion_with("no verified request", (&request, ""), "the answer to another request"),
        assertion_with("another issuer", (ENTITY, "https://other.example.com/metadata"), "issued by somebody else"),
        assertion_with(
            "no issuer",
            (&format!("<saml:Issuer>{ENTITY}</saml:Issuer>"), ""),
            "incomplete assertion: no Issuer",
        ),
        assertion_with(
            "expired conditions",
            (
                "NotBefore=\"2026-01-15T11:55:00Z\" NotOnOrAfter=\"2026-01-15T12:05:00Z\"",
                "NotOnOrAfter=\"2026-01-15T11:54:59Z\"",
            ),
            "expired",
        ),
        assertion_with(
            "an expired confirmation",
            ("NotOnOrAfter=\"2026-01-15T12:05:00Z\" Recipient", "NotOnOrAfter=\"2026-01-15T11:54:00Z\" Recipient"),
            "expired",
        ),
        assertion_with(
            "no end of the confirmation",
            ("NotOnOrAfter=\"2026-01-15T12:05:00Z\" Recipient", "Recipient"),
            "incomplete assertion: no NotOnOrAfter",
        ),
        assertion_with(
            "not yet valid",
            ("NotBefore=\"2026-01-15T11:55:00Z\"", "NotBefore=\"2026-01-15T12:05:01Z\""),
            "not valid yet",
        ),
        assertion_with(
            "from the future",
            ("IssueInstant=\"2026-01-15T11:59:58.123Z\"", "IssueInstant=\"2026-01-15T13:00:00Z\""),
            "not valid yet",
        ),
        assertion_with(
            "no instant",
            (" IssueInstant=\"2026-01-15T11:59:58.123Z\"", ""),
            "incomplete assertion: no IssueInstant",
        ),
        assertion_with(
            "an instant that is none",
            ("2026-01-15T11:55:00Z", "yesterday"),
            "incomplete assertion: an instant that is none",
        ),
        assertion_with("holder of key", ("cm:bearer", "cm:holder-of-key"), "not one bearer confirmation"),
        assertion_with("sender vouches", ("cm:bearer", "cm:sender-vouches"), "not one bearer confirmation"),
        assertion_with("two confirmations", (subject, &again), "not one bearer confirmation"),
        assertion_with("SAML 1.1", ("Version=\"2.0\"", "Version=\"1.1\""), "the version is not 2.0"),
    ]
}

fn statements() -> Vec<Case> {
    let cut = |name: &'static str, start: &str, end: &str, reason: &'static str| {
        let whole = assertion();
        let from = whole.find(start).unwrap();
        let to = whole.find(end).unwrap() + end.len();
        Case::of(name, bare(&response(&signed(&format!("{}{}", &whole[..from], &whole[to..])))), reason)
    };
    let name = "Anna@example.com";
    vec![
        cut("no conditions", "<saml:Conditions", "</saml:Conditions>", "incomplete assertion: no Conditions"),
        cut(
            "no audience restriction",
            "<saml:AudienceRestriction>",
            "</saml:AudienceRestriction>",
            "the audience is another service provider",
        ),
        cut(
            "no AuthnStatement",
            "<saml:AuthnStatement",
            "</saml:AuthnStatement>",
            "incomplete assertion: no AuthnStatement",
        ),
        cut("no subject", "<saml:Subject>", "</saml:Subject>", "incomplete assertion: no Subject"),
        cut(
            "no confirmation",
            "<saml:SubjectConfirmation ",
            "</saml:SubjectConfirmation>",
            "not one bearer confirmation",
        ),
        cut("no NameID", "<saml:NameID", "</saml:NameID>", "incomplete assertion: no NameID"),
        assertion_with("an empty NameID", (name, " "), "incomplete assertion: no usable NameID"),
        assertion_with("a NameID of two lines", (name, "Anna&#10;admin"), "incomplete assertion: no usable NameID"),
        assertion_with(
            "a NameID of 300 characters",
            (name, &"A".repeat(300)),
            "incomplete assertion: no usable NameID",
        ),
        assertion_with(
            "two NameIDs",
            ("</saml:NameID>", "</saml:NameID><saml:NameID>admin</saml:NameID>"),
            "unexpected structure: a repeated element",
        ),
        assertion_with(
            "two subjects",
            ("<saml:Conditions", "<saml:Subject/><saml:Conditions"),
            "unexpected structure: a repeated element",
        ),
        assertion_with(
            "an unknown condition",
            ("<saml:AudienceRestriction>", "<saml:Condition/><saml:AudienceRestriction>"),
            "unknown condition",
        ),
        assertion_with(
            "a second audience restriction",
            (
                "<saml:AudienceRestriction>",
                "<saml:AudienceRestriction><saml:Audience>urn:x</saml:Audience></saml:AudienceRestriction><saml:AudienceRestriction>",
            ),
            "the audience is another service provider",
        ),
        assertion_with(
            "an ended session",
            (" SessionIndex", " SessionNotOnOrAfter=\"2026-01-15T11:00:00Z\" SessionIndex"),
            "expired",
        ),
        assertion_with("an attribute without name", (" Name=\"email\"", ""), "incomplete assertion: Name"),
    ]
}

fn responses() -> Vec<Case> {
    vec![
        response_with(
            "another destination",
            (ADDRESS, "https://other.example.com/"),
            "the destination is another address",
        ),
        response_with(
            "a signed Response without destination",
            (&format!(" Destination=\"{ADDRESS}\""), ""),
            "the destination is another address",
        ),
        response_with("a Response to another request", (REQUEST, "_another"), "the answer to another request"),
        response_with(
            "a Response of another issuer",
            (ENTITY, "https://other.example.com/"),
            "issued by somebody else",
        ),
        response_with("a Response of SAML 1.1", ("Version=\"2.0\"", "Version=\"1.1\""), "the version is not 2.0"),
        response_with(
            "a failure",
            ("status:Success", "status:Responder"),
            "the provider answered urn:oasis:names:tc:SAML:2.0:status:Responder",
        ),
        response_with(
            "a success inside a failure",
            (
                "<samlp:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:Success\"/>",
                "<samlp:StatusCode Value=\"urn:x\"><samlp:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:Success\"/></samlp:StatusCode>",
            ),
            "the provider answered urn:x",
        ),
        response_with("no status", (STATUS, ""), "incomplete assertion: no Status"),
        response_with("a Response from the future", ("2026-01-15T11:59:59Z", "2026-01-15T12:10:00Z"), "not valid yet"),
        Case::of(
            "an unsigned failure around a signed assertion",
            with_signed_assertion().replace("status:Success", "status:Requester"),
            "the provider answered",
        ),
        Case::of(
            "an unsigned foreign destination",
            with_signed_assertion().replacen(ADDRESS, "https://other.example.com/", 1),
            "the destination is another address",
        ),
        Case::of(
            "an unsigned foreign request",
            with_signed_assertion().replacen(REQUEST, "_another", 1),
            "the answer to another request",
        ),
    ]
}
