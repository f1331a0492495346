//! Owns the tests of the SAML identity provider. Signatures are checked by a library of others.

use std::io::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bergshamra_dsig::DsigContext;
use bergshamra_dsig::verify::verify_all;
use bergshamra_keys::KeysManager;
use bergshamra_keys::loader::load_x509_cert_der;
use flate2::Compression;
use flate2::write::DeflateEncoder;

use super::*;

const CONSUMER: &str = "http://localhost:9229/saml2/idpresponse";
const AUDIENCE: &str = "urn:amazon:cognito:sp:us-east-1_abc";
const ADA: (&str, &str) = ("person", "ada@example.com");

fn deflated(xml: &str) -> String {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(xml.as_bytes()).unwrap();
    STANDARD.encode(encoder.finish().unwrap())
}

fn sso(more: &str) -> String {
    let xml = format!(
        "<samlp:AuthnRequest xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" ID=\"_r1\" Version=\"2.0\" \
         IssueInstant=\"2027-01-15T08:00:00Z\" AssertionConsumerServiceURL=\"{CONSUMER}\"{more}>\
         <i:Issuer xmlns:i=\"urn:oasis:names:tc:SAML:2.0:assertion\">{AUDIENCE}</i:Issuer></samlp:AuthnRequest>"
    );
    format!("/saml/sso?{}", query(&[("SAMLRequest", &deflated(&xml)), ("RelayState", "relay&1")]))
}

fn opened(page: &Page) -> String {
    let (_, fields) = page.form();
    String::from_utf8(STANDARD.decode(&fields["SAMLResponse"]).unwrap()).unwrap()
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> &'a str {
    text.split(before).nth(1).unwrap().split(after).next().unwrap()
}

/// How many signatures there are, and whether all are right with the key of the metadata.
async fn signatures(world: &World, xml: &str) -> (usize, bool) {
    let metadata = world.get("/saml/metadata").await.text;
    let certificate = STANDARD.decode(between(&metadata, "<ds:X509Certificate>", "<")).unwrap();
    let mut keys = KeysManager::new();
    keys.add_key(load_x509_cert_der(&certificate).unwrap());
    let results = verify_all(&DsigContext::new(keys), xml).unwrap();
    (results.len(), results.iter().all(|result| result.is_valid() && result.all_reference_digests_verified()))
}

#[actix_web::test]
async fn a_sign_in_is_answered_with_signatures_as_chosen() {
    let world = start();
    assert_eq!(world.get(&sso("")).await.status, 200);
    for (choice, count) in [("assertion", 1), ("response", 1), ("both", 2)] {
        let page = world.post(&sso(""), &[ADA, ("sign", choice)]).await;
        let (action, fields) = page.form();
        assert_eq!((action.as_str(), fields["RelayState"].as_str()), (CONSUMER, "relay&1"));
        let xml = opened(&page);
        assert_eq!(signatures(&world, &xml).await, (count, true), "{choice}: {xml}");
        assert_eq!(between(&xml, "<saml:Audience>", "<"), AUDIENCE);
        assert_eq!(xml.matches("InResponseTo=\"_r1\"").count(), 2);
        assert!(xml.contains("claims/emailaddress") && xml.contains(">ada@example.com<"));
        assert!(xml.contains(">admins</saml:AttributeValue><saml:AttributeValue>engineers<"));
    }
}

#[actix_web::test]
async fn names_of_every_kind_survive_the_signature() {
    let world = start();
    for person in ["maria.ejemplo@example.net", "hanako@example.com", "o'neil&co@shop.example"] {
        let page = world.post(&sso(""), &[("email", person), ("sign", "both")]).await;
        assert_eq!(signatures(&world, &opened(&page)).await, (2, true), "{person}");
    }
}

#[actix_web::test]
async fn what_goes_wrong_by_choice_goes_wrong() {
    let world = start();
    let broken = opened(&world.post(&sso(""), &[ADA, ("broken_token", "1")]).await);
    assert_eq!(signatures(&world, &broken).await, (1, false));
    let hidden = opened(&world.post(&sso(""), &[ADA, ("no_email", "1")]).await);
    assert!(!hidden.contains("ada@example.com") && !hidden.contains("email_verified"));
    let denied = opened(&world.post(&sso(""), &[("deny", "1")]).await);
    assert!(denied.contains("status:RequestDenied") && !denied.contains("Assertion"));
    assert_eq!(signatures(&world, &denied).await, (1, true));
    let passive = opened(&world.get(&sso(" IsPassive=\"true\"")).await);
    assert!(passive.contains("status:NoPassive"));
}

#[actix_web::test]
async fn a_sign_in_may_start_here() {
    let world = start();
    assert!(world.get("/saml/").await.text.contains("Whoever asked"));
    world.get(&sso("")).await;
    let home = world.get("/saml").await.text;
    let link = between(&home, "href=\"/saml/start", "\"").replace("&amp;", "&").replace("&#38;", "&");
    let xml = opened(&world.post(&format!("/saml/start{link}"), &[ADA]).await);
    assert!(!xml.contains("InResponseTo") && xml.contains(AUDIENCE));
    assert_eq!(signatures(&world, &xml).await, (1, true));
}

#[actix_web::test]
async fn signing_out_is_answered_where_the_sign_in_came_from() {
    let world = start();
    let xml = opened(&world.post(&sso(""), &[ADA]).await);
    let index = between(&xml, "SessionIndex=\"", "\"");
    let logout = |index: &str| {
        let xml = format!(
            "<p:LogoutRequest xmlns:p=\"urn:oasis:names:tc:SAML:2.0:protocol\" ID=\"_o1\" Version=\"2.0\">\
             <a:Issuer xmlns:a=\"urn:oasis:names:tc:SAML:2.0:assertion\">{AUDIENCE}</a:Issuer>\
             <p:SessionIndex>{index}</p:SessionIndex></p:LogoutRequest>"
        );
        format!("/saml/slo?{}", query(&[("SAMLRequest", &deflated(&xml)), ("RelayState", "r")]))
    };
    let page = world.get(&logout(index)).await;
    let (action, fields) = page.form();
    assert_eq!((action.as_str(), fields["RelayState"].as_str()), ("http://localhost:9229/saml2/logout", "r"));
    let answer = opened(&page);
    assert!(answer.contains("LogoutResponse") && answer.contains("InResponseTo=\"_o1\""));
    assert_eq!(signatures(&world, &answer).await, (1, true));
    assert_eq!(world.get(&logout("unknown")).await.status, 400);
}

#[actix_web::test]
async fn a_request_that_swells_or_brings_a_document_type_is_refused() {
    let world = start();
    let large = format!("<a>{}</a>", " ".repeat(100_000));
    for xml in [large.as_str(), "<!DOCTYPE a [<!ENTITY x \"y\">]><a>&x;</a>", "<a/>", "no xml"] {
        let path = format!("/saml/sso?{}", query(&[("SAMLRequest", &deflated(xml))]));
        assert_eq!(world.get(&path).await.status, 400);
    }
}
