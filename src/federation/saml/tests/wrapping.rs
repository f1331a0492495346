//! Signature wrapping in its eight classic forms and some more, and signatures that cover something else.

#![expect(clippy::too_many_lines, reason = "tables of messages")]

use super::corpus::Case;
use super::idp::*;

const PLACE: &str = "unexpected structure: an assertion in the wrong place";
const NOT_ONE: &str = "unexpected structure: not exactly one assertion";

/// A signed element in parts.
struct Parts {
    whole: String,
    signature: String,
    rest: String,
}

fn parts(whole: String) -> Parts {
    let start = whole.find("<ds:Signature ").unwrap();
    let end = whole.find("</ds:Signature>").unwrap() + "</ds:Signature>".len();
    let (signature, rest) = (whole[start..end].to_owned(), format!("{}{}", &whole[..start], &whole[end..]));
    Parts { whole, signature, rest }
}

/// An assertion of the attacker's making.
fn evil() -> String {
    assertion().replace("_assertion", "_evil").replace("Anna@", "admin@")
}

pub fn cases() -> Vec<Case> {
    let mut cases = of_responses();
    cases.extend(of_assertions());
    cases.extend(without_trust());
    cases
}

fn of_responses() -> Vec<Case> {
    let original = parts(signed(&response(&bare(&assertion()))));
    let outer = |signature: &str, more: &str| {
        let outer = response(&bare(&evil())).replace("_response", "_outer").replace(SIGNATURE_HERE, signature);
        outer.replace("</samlp:Response>", &format!("{more}</samlp:Response>"))
    };
    let object = original
        .signature
        .replace("</ds:Signature>", &format!("<ds:Object>{}</ds:Object></ds:Signature>", original.rest));
    let extension = format!("<samlp:Extensions>{}</samlp:Extensions>", original.whole);
    vec![
        Case::of(
            "XSW 1: the original inside the signature",
            outer(&object, ""),
            "unexpected structure: a Response inside",
        ),
        Case::of(
            "XSW 2: the original beside the signature",
            outer(&original.signature, &original.rest),
            "unexpected structure: an unknown child of the Response",
        ),
        Case::of("the original in Extensions", outer("", &extension), "unexpected structure: a Response inside"),
        Case::of(
            "a second assertion in a signed Response",
            original.whole.replace("</samlp:Response>", &format!("{}</samlp:Response>", bare(&evil()))),
            NOT_ONE,
        ),
        Case::of(
            "the assertion swapped in a signed Response",
            original.whole.replace("Anna@", "admin@"),
            "the digest does not match",
        ),
    ]
}

fn of_assertions() -> Vec<Case> {
    let original = parts(signed(&assertion()));
    let evil = bare(&evil());
    let close = "</saml:Assertion>";
    let with = |signature: &str| evil.replacen("<saml:Subject>", &format!("{signature}<saml:Subject>"), 1);
    let object = |inside: &str| {
        original.signature.replace("</ds:Signature>", &format!("<ds:Object>{inside}</ds:Object></ds:Signature>"))
    };
    let respond = |content: &str| bare(&response(content));
    let advice = evil.replace(close, &format!("<saml:Advice>{}</saml:Advice>{close}", original.whole));
    let in_data = evil.replace("anna@example.com", &original.whole);
    let same_id = with(&original.signature).replace("_evil", "_assertion");
    vec![
        Case::of("XSW 3: evil before the original", respond(&format!("{evil}{}", original.whole)), NOT_ONE),
        Case::of(
            "XSW 4: the original inside evil",
            respond(&evil.replace(close, &format!("{}{close}", original.whole))),
            PLACE,
        ),
        Case::of(
            "XSW 5: evil with the signature, the original last",
            respond(&format!("{}{}", with(&original.signature), original.rest)),
            NOT_ONE,
        ),
        Case::of("XSW 6: the original in evil's signature", respond(&with(&object(&original.rest))), PLACE),
        Case::of(
            "XSW 7: evil in Extensions",
            bare(&response(&original.whole))
                .replace("<samlp:Status>", &format!("<samlp:Extensions>{evil}</samlp:Extensions><samlp:Status>")),
            PLACE,
        ),
        Case::of(
            "XSW 8: the original in an Object",
            respond(&with(&object(&original.rest).replace("ds:", "dsig:").replace("xmlns:ds=", "xmlns:dsig="))),
            PLACE,
        ),
        Case::of("the original in Advice", respond(&advice), PLACE),
        Case::of("the original in an attribute value", respond(&in_data), PLACE),
        Case::of(
            "the signature moved to evil",
            respond(&with(&original.signature)),
            "unexpected signature: a Reference to something other than the parent",
        ),
        Case::of("evil with the signature and the id", respond(&same_id), "the digest does not match"),
        Case::of(
            "the signature moved to the Response",
            bare(&response(&original.rest).replace(SIGNATURE_HERE, &original.signature)),
            "unexpected signature: a Reference to something other than the parent",
        ),
        Case::of(
            "two signatures of one assertion",
            respond(&original.whole.replace("<saml:Subject>", &format!("{}<saml:Subject>", original.signature))),
            "unexpected signature: several signatures of one element",
        ),
        Case::of(
            "a signature in the subject",
            respond(&original.rest.replacen("<saml:Subject>", &format!("<saml:Subject>{}", original.signature), 1)),
            "unexpected signature: a signature in the wrong place",
        ),
        Case::of("a changed NameID", respond(&original.whole.replace("Anna@", "admin@")), "the digest does not match"),
        Case::of("a changed attribute", respond(&original.whole.replace("dev", "admin")), "the digest does not match"),
        Case::of(
            "an added attribute",
            respond(
                &original
                    .whole
                    .replace("</saml:AttributeStatement>", "<saml:Attribute Name=\"role\"/></saml:AttributeStatement>"),
            ),
            "the digest does not match",
        ),
        Case::of(
            "a foreign element of the same name",
            respond(&original.whole.replace("<saml:Subject>", "<NameID xmlns=\"urn:x\">admin</NameID><saml:Subject>")),
            "the digest does not match",
        ),
    ]
}

fn without_trust() -> Vec<Case> {
    let stranger =
        |xml: &str, id: &str| signed_with(xml, &signature_template(id, RSA_SHA256, SHA256), &keys().attacker);
    let info = format!(
        "</ds:SignatureValue><ds:KeyInfo><ds:X509Data><ds:X509Certificate>{}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>",
        keys().attacker.certificate
    );
    let by_stranger = bare(&response(&stranger(&assertion(), "_assertion")));
    let half = stranger(&response(&signed(&assertion())), "_response");
    let other_half = signed(&response(&stranger(&assertion(), "_assertion")));
    let invalid = "the signature does not verify under the provider's keys";
    vec![
        Case::of("unsigned", bare(&response(&bare(&assertion()))), "nothing is signed"),
        Case::of("signed by a stranger", by_stranger.clone(), invalid),
        Case::of(
            "signed by a stranger who shows a certificate",
            by_stranger.replace("</ds:SignatureValue>", &info),
            invalid,
        ),
        Case::of("the Response signed by a stranger", stranger(&response(&bare(&assertion())), "_response"), invalid),
        Case::of("a genuine assertion in a stranger's Response", half, invalid),
        Case::of("a stranger's assertion in a genuine Response", other_half, invalid),
    ]
}
