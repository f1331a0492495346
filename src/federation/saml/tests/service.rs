//! The whole way out and in, with metadata, requests, logout and keys.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::SecretString;
use url::Url;

use super::idp::*;
use crate::crypto::certificate::{Certificate, KeyKind};
use crate::crypto::hash::Hash;
use crate::domain::ids::PoolId;
use crate::domain::provider::{Provider, ProviderType};
use crate::federation::caches::Caches;
use crate::federation::saml::{
    SamlFault, ServiceProvider, arrive, depart, described, generate_keys, identity, keys as key_pairs, parse_metadata,
    sp_metadata, verify,
};
use crate::federation::{Arrival, Departure, ExternalIdentity, FederationFault, Finish, Pending, SamlKeys, Start};
use crate::http::Http;
use crate::outside::Outside;
use crate::random::Random;

pub fn random() -> Random {
    Random::seeded(1)
}

pub fn configured(details: &[(&str, &str)]) -> Provider {
    let metadata = provider_metadata(&[&keys().provider.certificate]);
    let mut details: BTreeMap<String, String> =
        details.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    details.entry("MetadataFile".to_owned()).or_insert(metadata);
    Provider {
        pool_id: PoolId::parse("us-east-1_abcdefghi").unwrap(),
        name: "Corporate".to_owned(),
        provider_type: ProviderType::Saml,
        details,
        secret: None,
        attribute_mapping: BTreeMap::new(),
        acr_mapping: BTreeMap::new(),
        identifiers: Vec::new(),
        created_at: NOW,
        modified_at: NOW,
    }
}

pub fn our_keys() -> SamlKeys {
    let der = keys().ours.key.as_ref().unwrap().to_pkcs8().unwrap();
    SamlKeys {
        private_key: SecretString::from(STANDARD.encode(der.as_slice())),
        certificate: keys().ours.certificate.clone(),
    }
}

pub fn start<'a>(provider: &'a Provider, signer: Option<&'a SamlKeys>) -> Start<'a> {
    Start {
        provider,
        callback: ADDRESS,
        entity_id: AUDIENCE,
        state: "a state & more",
        prompt: None,
        login_hint: None,
        nonce: None,
        acr_values: None,
        signer,
    }
}

pub fn left(start: Start<'_>) -> Result<(Departure, Pending), FederationFault> {
    depart(&parse_metadata(start.provider.detail("MetadataFile").unwrap(), NOW)?, start, (&random(), NOW))
}

pub fn address_of(departure: &Departure) -> String {
    let Departure::Redirect(address) = departure else { panic!("not a redirect: {departure:?}") };
    address.clone()
}

pub fn inflated(address: &str) -> String {
    let url = Url::parse(address).unwrap();
    let message = url.query_pairs().find(|(name, _)| name == "SAMLRequest").unwrap().1;
    let mut text = String::new();
    flate2::read::DeflateDecoder::new(&*STANDARD.decode(&*message).unwrap()).read_to_string(&mut text).unwrap();
    text
}

pub fn assert_signed(address: &str) {
    let query = address.split_once("SAMLRequest=").unwrap().1;
    let (signed, signature) = query.split_once("&Signature=").unwrap();
    let signature = percent_encoding::percent_decode_str(signature).decode_utf8().unwrap();
    let certificate = Certificate::from_der(&STANDARD.decode(&keys().ours.certificate).unwrap()).unwrap();
    let signature = STANDARD.decode(&*signature).unwrap();
    assert!(certificate.verifies((KeyKind::Rsa, Hash::Sha256), format!("SAMLRequest={signed}").as_bytes(), &signature));
}

#[test]
fn a_request_leaves_as_others_read_it() {
    let (departure, pending) = left(start(&configured(&[]), None)).unwrap();
    let address = address_of(&departure);
    assert!(address.starts_with("https://idp.example.com/sso?tenant=a&b=c&SAMLRequest="), "{address}");
    assert!(address.ends_with("&RelayState=a%20state%20%26%20more"), "{address}");
    let request: samael::schema::AuthnRequest = inflated(&address).parse().unwrap();
    assert_eq!(Some(&request.id), pending.request_id.as_ref());
    assert!(request.id.starts_with('_') && request.id.len() == 41);
    assert_eq!(request.issue_instant.to_rfc3339(), "2026-01-15T12:00:00+00:00");
    assert_eq!(request.issuer.and_then(|issuer| issuer.value).as_deref(), Some(AUDIENCE));
    assert_eq!(request.destination.as_deref(), Some("https://idp.example.com/sso?tenant=a&b=c"));
    assert_eq!(request.assertion_consumer_service_url.as_deref(), Some(ADDRESS));
    assert_eq!(request.protocol_binding.as_deref(), Some("urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"));
}

#[test]
fn a_request_is_signed_where_wanted() {
    let provider = configured(&[("RequestSigningAlgorithm", "rsa-sha256")]);
    let keys = our_keys();
    let (departure, _) = left(start(&provider, Some(&keys))).unwrap();
    assert_signed(&address_of(&departure));
    let fault = left(start(&provider, None)).unwrap_err();
    assert_eq!(fault.code, "server_error");
}

async fn arrived(
    provider: &Provider,
    message: &str,
    request_id: Option<&str>,
) -> Result<ExternalIdentity, FederationFault> {
    let parameters = BTreeMap::from([("SAMLResponse".to_owned(), STANDARD.encode(message))]);
    let pending =
        request_id.map(|id| Pending { nonce: String::new(), code_verifier: None, request_id: Some(id.to_owned()) });
    let (arrival, keys) = (Arrival { parameters }, our_keys());
    let finish_now = Finish {
        provider,
        callback: ADDRESS,
        entity_id: AUDIENCE,
        pending: pending.as_ref(),
        arrival: &arrival,
        keys: Some(&keys),
    };
    let described = parse_metadata(provider.detail("MetadataFile").unwrap(), NOW)?;
    Ok(identity(arrive(described, finish_now, (verify, NOW)).await??))
}

#[tokio::test]
async fn a_response_becomes_an_identity() {
    let identity = arrived(&configured(&[]), &with_signed_assertion(), Some(REQUEST)).await.unwrap();
    assert_eq!(identity.subject, "Anna@example.com");
    assert_eq!(identity.issuer.as_deref(), Some(ENTITY));
    assert_eq!(identity.claims["email"], "anna@example.com");
    assert_eq!(identity.claims["groups"], "[Q%26A%2C+staff, dev]");
    assert_eq!(identity.session.unwrap().session_index.as_deref(), Some("session-7"));
    assert_eq!(identity.replay, Some((format!("{ENTITY}#_assertion"), NOW.seconds() + 600)));
}

#[tokio::test]
async fn the_app_is_told_in_cognitos_words() {
    let invalid = "Invalid samlResponse or relayState from identity provider";
    let provider = configured(&[]);
    let changed = with_signed_assertion().replace("Anna@", "admin@");
    let audience = bare(&response(&signed(&assertion().replace(AUDIENCE, "urn:x"))));
    let expected = [
        (with_signed_assertion(), None, invalid),
        (with_signed_assertion(), Some("_other"), "Invalid relayState from identity provider"),
        (changed, Some(REQUEST), "SAML Assertion signature is invalid"),
        (audience, Some(REQUEST), "Invalid SAML response received: Audience restriction was not met"),
        ("<a".to_owned(), Some(REQUEST), "Invalid SAML response received: forbidden markup: an endless tag"),
    ];
    for (message, request, description) in expected {
        let fault = arrived(&provider, &message, request).await.unwrap_err();
        assert_eq!((fault.code, fault.description.as_str()), ("invalid_request", description));
    }
    let encrypted_only = configured(&[("EncryptedResponses", "true")]);
    let fault = arrived(&encrypted_only, &with_signed_assertion(), Some(REQUEST)).await.unwrap_err();
    assert_eq!(fault.description, "Invalid SAML response received: the assertion is not encrypted");
}

/// A server that answers once with `answer`; its address.
fn serving(answer: String) -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/metadata", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let _ = stream.read(&mut [0; 4_096]).unwrap();
        stream.write_all(answer.as_bytes()).unwrap();
    });
    address
}

#[tokio::test]
async fn metadata_is_fetched() {
    let metadata = provider_metadata(&[&keys().provider.certificate]);
    let found = serving(format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{metadata}", metadata.len()));
    let gone = serving("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n".to_owned());
    let outside = Outside::still(NOW, Http::new().unwrap());
    let caches = Caches::default();
    let of = |url: &str| configured(&[("MetadataFile", ""), ("MetadataURL", url)]);
    assert_eq!(described(&outside, &caches, &of(&found)).await.unwrap().entity_id, ENTITY);
    let fault = described(&outside, &caches, &of(&gone)).await.unwrap_err();
    assert_eq!(fault.description, format!("Error retrieving metadata from {gone}"));
    assert_eq!(described(&outside, &caches, &of("")).await.unwrap_err().code, "server_error");
}

#[test]
fn metadata_is_read() {
    let provider = provider();
    assert_eq!(provider.entity_id, ENTITY);
    assert_eq!(provider.sso_redirect.as_deref(), Some("https://idp.example.com/sso?tenant=a&b=c"));
    assert_eq!(provider.slo_redirect.as_deref(), Some("https://idp.example.com/slo"));
    assert_eq!(provider.slo_post.as_deref(), Some("https://idp.example.com/slo-post"));
    assert_eq!(provider.certificates.len(), 3);
    assert!(provider.has_current_certificate(NOW));
    assert!(!provider.has_current_certificate(NOW.plus_seconds(200 * 365 * 86_400)));
}

#[test]
fn metadata_may_hold_comments_and_be_one_of_a_list() {
    let good = provider_metadata(&[&keys().provider.certificate]);
    let list = format!(
        "<?xml version=\"1.0\"?><!-- <x> --><m:EntitiesDescriptor xmlns:m=\"urn:oasis:names:tc:SAML:2.0:metadata\">{good}</m:EntitiesDescriptor>"
    );
    assert_eq!(parse_metadata(&list, NOW).unwrap().entity_id, ENTITY);
}

#[test]
fn unusable_metadata_is_refused() {
    let good = provider_metadata(&[&keys().provider.certificate]);
    let no_key = SamlFault::Metadata("no usable signing certificate");
    let until = |moment: &str| good.replace(" entityID", &format!(" validUntil=\"{moment}\" entityID"));
    let cases = [
        (provider_metadata(&[]), no_key.clone()),
        (provider_metadata(&["AAAA"]), no_key.clone()),
        (provider_metadata(&["A".repeat(5_000).as_str()]), no_key.clone()),
        (good.replace("use=\"signing\"", "use=\"encryption\""), no_key),
        (
            provider_metadata(&[keys().provider.certificate.as_str(); 11]),
            SamlFault::Metadata("too many signing certificates"),
        ),
        (good.replace(" entityID=", " other="), SamlFault::Metadata("no entityID")),
        (good.replace("IDPSSODescriptor", "SPSSODescriptor"), SamlFault::Metadata("not exactly one IDPSSODescriptor")),
        (
            good.replace("SAML:2.0:protocol", "SAML:1.1:protocol"),
            SamlFault::Metadata("not exactly one IDPSSODescriptor"),
        ),
        (
            good.replace("https://idp.example.com/sso", "javascript:alert(1)//"),
            SamlFault::Metadata("a Location that is no web address"),
        ),
        (until("2026-01-15T12:00:00Z"), SamlFault::Expired),
        (format!("<!DOCTYPE a>{good}"), SamlFault::Markup("a comment, CDATA section or document type")),
        ("<html></html>".to_owned(), SamlFault::Metadata("not an EntityDescriptor")),
    ];
    for (metadata, fault) in cases {
        assert_eq!(parse_metadata(&metadata, NOW).unwrap_err(), fault);
    }
    assert!(parse_metadata(&until("2026-01-15T12:00:01Z"), NOW).is_ok());
}

#[test]
fn our_metadata_is_as_others_read_it() {
    let us = ServiceProvider {
        entity_id: AUDIENCE,
        acs_url: ADDRESS,
        slo_url: "https://auth.example.com/saml2/logout",
        certificate: &keys().ours.certificate,
        signs_requests: false,
    };
    let text = sp_metadata(&us);
    let entity: samael::metadata::EntityDescriptor = text.parse().unwrap();
    assert_eq!(entity.entity_id.as_deref(), Some(AUDIENCE));
    let role = &entity.sp_sso_descriptors.as_ref().unwrap()[0];
    assert_eq!(role.assertion_consumer_services[0].location, ADDRESS);
    let uses: Vec<_> = role.key_descriptors.iter().flatten().map(|key| key.key_use.as_deref()).collect();
    assert_eq!(uses, [Some("signing"), Some("encryption")]);
    assert_eq!(role.authn_requests_signed, Some(false), "a provider would refuse requests that are not");
    let logout: Vec<_> = role.single_logout_services.iter().flatten().map(|service| service.binding.as_str()).collect();
    let binding = |name: &str| format!("urn:oasis:names:tc:SAML:2.0:bindings:{name}");
    assert_eq!(logout, [binding("HTTP-POST"), binding("HTTP-Redirect")]);
    assert!(role.name_id_formats.as_ref().is_some_and(|formats| formats.len() == 4));
}

#[test]
fn new_keys_hold_together() {
    let made = generate_keys(&random(), NOW, AUDIENCE).unwrap();
    let certificate = Certificate::from_der(&STANDARD.decode(&made.certificate).unwrap()).unwrap();
    assert_eq!(certificate.expires_at, NOW.seconds() + 10 * 365 * 86_400);
    let key = key_pairs::private_key(&made.private_key).unwrap();
    let signature = key.sign_sha256(b"m").unwrap();
    assert!(certificate.verifies((KeyKind::Rsa, Hash::Sha256), b"m", &signature));
}

/// In the build that we use, samael's verifiers say yes to everything.
#[test]
fn nobody_calls_the_librarys_own_verifiers() {
    let forbidden = [
        "service_provider",
        "verify_signed_xml",
        "CryptoProvider",
        "reduce_xml_to_signed",
        "samael::crypto",
        "samael::idp",
    ];
    let mut folders = vec![std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    let mut read = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs")
                && !path.ends_with("saml/tests/service.rs")
            {
                let text = std::fs::read_to_string(&path).unwrap();
                let found = forbidden.iter().find(|name| text.contains("samael") && text.contains(**name));
                assert_eq!(found, None, "{}", path.display());
                read += 1;
            }
        }
    }
    assert!(read > 100);
}
