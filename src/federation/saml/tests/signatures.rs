//! Signatures of other shapes and algorithms than ours.

#![expect(clippy::too_many_lines, reason = "tables of messages")]

use super::corpus::Case;
use super::idp::*;

const INVALID: &str = "the signature does not verify under the provider's keys";
const NOT_TWO: &str = "unexpected signature: not exactly two transforms";
const ELSEWHERE: &str = "unexpected signature: a Reference to something other than the parent";
const EXCLUSIVE_TRANSFORM: &str = "<ds:Transform Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\">\
    <ec:InclusiveNamespaces xmlns:ec=\"http://www.w3.org/2001/10/xml-exc-c14n#\" PrefixList=\"xs\"/></ds:Transform>";
const ENVELOPED_TRANSFORM: &str = "<ds:Transform Algorithm=\"http://www.w3.org/2000/09/xmldsig#enveloped-signature\"/>";

pub fn cases() -> Vec<Case> {
    let mut cases = algorithms();
    cases.extend(transforms());
    cases.extend(shapes());
    cases
}

fn algorithms() -> Vec<Case> {
    let good = with_signed_assertion();
    let method = |uri: &str| good.replace(RSA_SHA256, uri);
    let digest = |uri: &str| good.replace(SHA256, uri);
    let c14n = |uri: &str| {
        good.replace(
            "Method Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"",
            &format!("Method Algorithm=\"{uri}\""),
        )
    };
    vec![
        Case::of(
            "RSA with SHA-1",
            method("http://www.w3.org/2000/09/xmldsig#rsa-sha1"),
            "algorithm not accepted: http://www.w3.org/2000/09/xmldsig#rsa-sha1",
        ),
        Case::of("DSA with SHA-1", method("http://www.w3.org/2000/09/xmldsig#dsa-sha1"), "algorithm not accepted"),
        Case::of("RSA with MD5", method("http://www.w3.org/2001/04/xmldsig-more#rsa-md5"), "algorithm not accepted"),
        Case::of(
            "HMAC with the public key",
            method("http://www.w3.org/2001/04/xmldsig-more#hmac-sha256"),
            "algorithm not accepted: http://www.w3.org/2001/04/xmldsig-more#hmac-sha256",
        ),
        Case::of("no algorithm", method("none"), "algorithm not accepted: none"),
        Case::of("an empty algorithm", method(""), "algorithm not accepted: "),
        Case::of(
            "an algorithm of another key type",
            method("http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"),
            INVALID,
        ),
        Case::of(
            "another hash of the same key type",
            method("http://www.w3.org/2001/04/xmldsig-more#rsa-sha512"),
            INVALID,
        ),
        Case::of(
            "a digest by SHA-1",
            digest("http://www.w3.org/2000/09/xmldsig#sha1"),
            "algorithm not accepted: http://www.w3.org/2000/09/xmldsig#sha1",
        ),
        Case::of("a digest by MD5", digest("http://www.w3.org/2001/04/xmldsig-more#md5"), "algorithm not accepted"),
        Case::of("another digest", digest("http://www.w3.org/2001/04/xmlenc#sha512"), INVALID),
        Case::of(
            "inclusive canonicalisation",
            c14n("http://www.w3.org/TR/2001/REC-xml-c14n-20010315"),
            "algorithm not accepted",
        ),
        Case::of(
            "no canonicalisation",
            c14n("http://attacker.example.com/identity"),
            "algorithm not accepted: http://attacker",
        ),
    ]
}

fn transforms() -> Vec<Case> {
    let good = with_signed_assertion();
    let transform = |with: &str| good.replace(EXCLUSIVE_TRANSFORM, with);
    let of = |algorithm: &str, inside: &str| format!("<ds:Transform Algorithm=\"{algorithm}\">{inside}</ds:Transform>");
    let stylesheet = "<xsl:stylesheet xmlns:xsl=\"http://www.w3.org/1999/XSL/Transform\" version=\"1.0\"><xsl:template match=\"/\">\
        <xsl:value-of select=\"document('file:///etc/passwd')\"/></xsl:template></xsl:stylesheet>";
    let xslt = of("http://www.w3.org/TR/1999/REC-xslt-19991116", stylesheet);
    let xpath =
        of("http://www.w3.org/TR/1999/REC-xpath-19991116", "<ds:XPath>not(ancestor-or-self::saml:NameID)</ds:XPath>");
    let filter = of(
        "http://www.w3.org/2002/06/xmldsig-filter2",
        "<f:XPath xmlns:f=\"http://www.w3.org/2002/06/xmldsig-filter2\" Filter=\"subtract\">//saml:NameID</f:XPath>",
    );
    let prefixes: String = (0..100).map(|number| format!("p{number} ")).collect();
    vec![
        Case::of("an XSLT transform", transform(&xslt), "algorithm not accepted: http://www.w3.org/TR/1999/REC-xslt"),
        Case::of("an XSLT transform more", transform(&format!("{EXCLUSIVE_TRANSFORM}{xslt}")), NOT_TWO),
        Case::of(
            "an XPath transform",
            transform(&xpath),
            "algorithm not accepted: http://www.w3.org/TR/1999/REC-xpath",
        ),
        Case::of("an XPath transform more", transform(&format!("{xpath}{EXCLUSIVE_TRANSFORM}")), NOT_TWO),
        Case::of(
            "an XPath filter",
            transform(&filter),
            "algorithm not accepted: http://www.w3.org/2002/06/xmldsig-filter2",
        ),
        Case::of(
            "a base64 transform",
            transform(&of("http://www.w3.org/2000/09/xmldsig#base64", "")),
            "algorithm not accepted",
        ),
        Case::of(
            "a decryption transform",
            transform(&of("http://www.w3.org/2002/07/decrypt#XML", "")),
            "algorithm not accepted",
        ),
        Case::of(
            "inclusive canonicalisation of the content",
            transform(&of("http://www.w3.org/TR/2001/REC-xml-c14n-20010315", "")),
            "algorithm not accepted",
        ),
        Case::of("no enveloped transform", good.replace(ENVELOPED_TRANSFORM, ""), NOT_TWO),
        Case::of(
            "transforms in the wrong order",
            transform("").replace(ENVELOPED_TRANSFORM, &format!("{EXCLUSIVE_TRANSFORM}{ENVELOPED_TRANSFORM}")),
            "algorithm not accepted",
        ),
        Case::of("no canonicalisation of the content", transform(""), NOT_TWO),
        Case::of("no transforms", good.replace(ENVELOPED_TRANSFORM, "").replace(EXCLUSIVE_TRANSFORM, ""), NOT_TWO),
        Case::of(
            "a parameter of the enveloped transform",
            good.replace(
                ENVELOPED_TRANSFORM,
                &ENVELOPED_TRANSFORM.replace("/>", "><ds:XPath>x</ds:XPath></ds:Transform>"),
            ),
            "unexpected signature: an unknown parameter of an algorithm",
        ),
        Case::of(
            "a parameter of the canonicalisation",
            good.replace("<ec:InclusiveNamespaces", "<ec:Other"),
            "unexpected signature: an unknown parameter of a canonicalisation",
        ),
        Case::of(
            "100 prefixes",
            good.replace("PrefixList=\"xs\"", &format!("PrefixList=\"{prefixes}\"")),
            "unexpected signature: too many prefixes",
        ),
        Case::of("another prefix list", good.replace("PrefixList=\"xs\"", "PrefixList=\"\""), INVALID),
    ]
}

fn shapes() -> Vec<Case> {
    let good = with_signed_assertion();
    let reference = |uri: &str| good.replace("URI=\"#_assertion\"", uri);
    let between = |start: &str, end: &str| {
        let from = good.find(start).unwrap();
        good[from..good.find(end).unwrap() + end.len()].to_owned()
    };
    let whole_reference = between("<ds:Reference", "</ds:Reference>");
    let second = whole_reference.replace("#_assertion", "#_response");
    let value = between("<ds:SignatureValue>", "</ds:SignatureValue>");
    let length = "<ds:HMACOutputLength>1</ds:HMACOutputLength>";
    vec![
        Case::of("a Reference to a file", reference("URI=\"file:///etc/passwd\""), ELSEWHERE),
        Case::of("a Reference to a FIFO", reference("URI=\"file:///dev/stdin\""), ELSEWHERE),
        Case::of("a Reference to the network", reference("URI=\"http://attacker.example.com/\""), ELSEWHERE),
        Case::of("a Reference to the whole document", reference("URI=\"\""), ELSEWHERE),
        Case::of("a Reference without URI", reference(""), ELSEWHERE),
        Case::of("a Reference by XPointer", reference("URI=\"#xpointer(id('_assertion'))\""), ELSEWHERE),
        Case::of("a Reference to the parent's parent", reference("URI=\"#_response\""), ELSEWHERE),
        Case::of("a Reference to an attachment", reference("URI=\"cid:part\""), ELSEWHERE),
        Case::of(
            "two References",
            good.replace(&whole_reference, &format!("{whole_reference}{second}")),
            "unexpected signature: not exactly one Reference",
        ),
        Case::of("no Reference", good.replace(&whole_reference, ""), "unexpected signature: not exactly one Reference"),
        Case::of(
            "no SignatureValue",
            good.replace(&value, ""),
            "unexpected signature: not SignedInfo, SignatureValue and KeyInfo",
        ),
        Case::of("an empty SignatureValue", good.replace(&value, "<ds:SignatureValue/>"), INVALID),
        Case::of(
            "a SignatureValue that is no base64",
            good.replace(&value, "<ds:SignatureValue>!</ds:SignatureValue>"),
            "unexpected signature: a value that is not base64",
        ),
        Case::of(
            "an Object",
            good.replace("</ds:Signature>", "<ds:Object/></ds:Signature>"),
            "unexpected signature: not SignedInfo, SignatureValue and KeyInfo",
        ),
        Case::of(
            "a Manifest",
            good.replace("</ds:Signature>", "<ds:Manifest/></ds:Signature>"),
            "unexpected signature: not SignedInfo, SignatureValue and KeyInfo",
        ),
        Case::of(
            "a truncated HMAC",
            good.replace(&format!("{RSA_SHA256}\"/>"), &format!("{RSA_SHA256}\">{length}</ds:SignatureMethod>")),
            "unexpected signature: an unknown parameter of an algorithm",
        ),
        Case::of(
            "two SignedInfos",
            good.replace("<ds:SignatureValue>", "<ds:SignedInfo/><ds:SignatureValue>"),
            "unexpected signature",
        ),
        Case::of(
            "a signature in a foreign namespace",
            good.replace("http://www.w3.org/2000/09/xmldsig#\"><ds:SignedInfo", "urn:x\"><ds:SignedInfo"),
            "nothing is signed",
        ),
    ]
}
