//! Owns an identity provider for tests: it builds, signs and encrypts messages with libraries that the code under
//! test does not use for verifying. It must not know what is hostile.

use std::sync::OnceLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bergshamra_dsig::DsigContext;
use bergshamra_enc::EncContext;
use bergshamra_keys::{KeysManager, loader};

use crate::clock::Timestamp;
use crate::crypto::rsa::RsaKey;
use crate::federation::saml::metadata::{self, IdentityProvider};
use crate::federation::saml::{Expectations, SamlFault, VerifiedAssertion, verify};

pub const ENTITY: &str = "https://idp.example.com/metadata";
pub const AUDIENCE: &str = "urn:amazon:cognito:sp:us-east-1_abcdefghi";
pub const ADDRESS: &str = "https://auth.example.com/saml2/idpresponse";
pub const REQUEST: &str = "_request";
/// 2026-01-15T12:00:00Z.
pub const NOW: Timestamp = Timestamp::from_seconds(1_768_478_400);
/// Where a signature goes.
pub const SIGNATURE_HERE: &str = "@SIGNATURE@";

pub const RSA_SHA256: &str = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256";
pub const SHA256: &str = "http://www.w3.org/2001/04/xmlenc#sha256";
pub const OAEP: &str = "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p";
pub const AES128_CBC: &str = "http://www.w3.org/2001/04/xmlenc#aes128-cbc";

/// A key pair with its certificate.
pub struct Pair {
    pub pem: String,
    pub certificate: String,
    pub key: Option<RsaKey>,
}

impl Pair {
    fn generate(name: &str) -> Self {
        let key = RsaKey::generate().unwrap();
        let body = STANDARD.encode(key.to_pkcs8().unwrap().as_slice());
        let lines: Vec<&str> = body.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
        let pem = format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", lines.join("\n"));
        let certificate = STANDARD.encode(key.self_signed(name, [5; 16], NOW.seconds(), 10).unwrap());
        Self { pem, certificate, key: Some(key) }
    }

    fn elliptic() -> Self {
        let certificate: String =
            include_str!("fixtures/ec_cert.pem").lines().filter(|line| !line.starts_with('-')).collect();
        Self { pem: include_str!("fixtures/ec_key.pem").to_owned(), certificate, key: None }
    }
}

/// The keys of one run.
pub struct Keys {
    pub provider: Pair,
    pub next: Pair,
    pub elliptic: Pair,
    pub attacker: Pair,
    pub ours: Pair,
}

pub fn keys() -> &'static Keys {
    static KEYS: OnceLock<Keys> = OnceLock::new();
    KEYS.get_or_init(|| Keys {
        provider: Pair::generate("provider"),
        next: Pair::generate("next"),
        elliptic: Pair::elliptic(),
        attacker: Pair::generate("attacker"),
        ours: Pair::generate("ours"),
    })
}

/// Metadata with these signing certificates.
pub fn provider_metadata(certificates: &[&str]) -> String {
    let keys: String = certificates
        .iter()
        .map(|certificate| {
            format!(
                "<md:KeyDescriptor use=\"signing\"><ds:KeyInfo xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"><ds:X509Data>\
                 <ds:X509Certificate>{certificate}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>"
            )
        })
        .collect();
    format!(
        "<md:EntityDescriptor xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\" entityID=\"{ENTITY}\">\
         <md:IDPSSODescriptor protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\">{keys}\
         <md:SingleLogoutService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect\" Location=\"https://idp.example.com/slo\"/>\
         <md:SingleLogoutService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST\" Location=\"https://idp.example.com/slo-post\"/>\
         <md:SingleSignOnService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect\" Location=\"https://idp.example.com/sso?tenant=a&amp;b=c\"/>\
         </md:IDPSSODescriptor></md:EntityDescriptor>"
    )
}

pub fn provider() -> IdentityProvider {
    let keys = keys();
    let certificates = [&keys.next, &keys.provider, &keys.elliptic].map(|pair| pair.certificate.as_str());
    metadata::parse(&provider_metadata(&certificates), NOW).unwrap()
}

/// What a sign-in that we started expects.
pub fn expectations() -> Expectations {
    Expectations {
        provider: provider(),
        audience: AUDIENCE.to_owned(),
        address: ADDRESS.to_owned(),
        request_id: Some(REQUEST.to_owned()),
        is_unsolicited_allowed: false,
        is_encryption_required: false,
        decryption_key: keys().ours.key.clone(),
    }
}

/// An assertion that fits [`expectations`], not signed yet.
pub fn assertion() -> String {
    format!(
        "<saml:Assertion xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\" xmlns:xs=\"http://www.w3.org/2001/XMLSchema\" \
         xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" ID=\"_assertion\" Version=\"2.0\" IssueInstant=\"2026-01-15T11:59:58.123Z\">\
         <saml:Issuer>{ENTITY}</saml:Issuer>{SIGNATURE_HERE}\
         <saml:Subject><saml:NameID Format=\"urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress\">Anna@example.com</saml:NameID>\
         <saml:SubjectConfirmation Method=\"urn:oasis:names:tc:SAML:2.0:cm:bearer\"><saml:SubjectConfirmationData \
         InResponseTo=\"{REQUEST}\" NotOnOrAfter=\"2026-01-15T12:05:00Z\" Recipient=\"{ADDRESS}\"/></saml:SubjectConfirmation></saml:Subject>\
         <saml:Conditions NotBefore=\"2026-01-15T11:55:00Z\" NotOnOrAfter=\"2026-01-15T12:05:00Z\">\
         <saml:AudienceRestriction><saml:Audience>{AUDIENCE}</saml:Audience></saml:AudienceRestriction></saml:Conditions>\
         <saml:AuthnStatement AuthnInstant=\"2026-01-15T11:59:50Z\" SessionIndex=\"session-7\"><saml:AuthnContext>\
         <saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:Password</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement>\
         <saml:AttributeStatement><saml:Attribute Name=\"email\" FriendlyName=\"mail\"><saml:AttributeValue xsi:type=\"xs:string\">anna@example.com\
         </saml:AttributeValue></saml:Attribute><saml:Attribute Name=\"groups\"><saml:AttributeValue>Q&amp;A, staff</saml:AttributeValue>\
         <saml:AttributeValue>dev</saml:AttributeValue></saml:Attribute></saml:AttributeStatement></saml:Assertion>"
    )
}

/// A Response around `content`, not signed yet.
pub fn response(content: &str) -> String {
    format!(
        "<samlp:Response xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\" \
         ID=\"_response\" Version=\"2.0\" IssueInstant=\"2026-01-15T11:59:59Z\" Destination=\"{ADDRESS}\" InResponseTo=\"{REQUEST}\">\
         <saml:Issuer>{ENTITY}</saml:Issuer>{SIGNATURE_HERE}<samlp:Status>\
         <samlp:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:Success\"/></samlp:Status>{content}</samlp:Response>"
    )
}

/// An empty signature over the element with `id`.
pub fn signature_template(id: &str, algorithm: &str, digest: &str) -> String {
    format!(
        "<ds:Signature xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"><ds:SignedInfo>\
         <ds:CanonicalizationMethod Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"/>\
         <ds:SignatureMethod Algorithm=\"{algorithm}\"/><ds:Reference URI=\"#{id}\"><ds:Transforms>\
         <ds:Transform Algorithm=\"http://www.w3.org/2000/09/xmldsig#enveloped-signature\"/>\
         <ds:Transform Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\">\
         <ec:InclusiveNamespaces xmlns:ec=\"http://www.w3.org/2001/10/xml-exc-c14n#\" PrefixList=\"xs\"/></ds:Transform></ds:Transforms>\
         <ds:DigestMethod Algorithm=\"{digest}\"/><ds:DigestValue></ds:DigestValue></ds:Reference></ds:SignedInfo>\
         <ds:SignatureValue></ds:SignatureValue></ds:Signature>"
    )
}

/// `xml` with `template` where the signature goes, filled by `pair`.
pub fn signed_with(xml: &str, template: &str, pair: &Pair) -> String {
    let mut manager = KeysManager::new();
    manager.add_key(loader::load_pem_auto(pair.pem.as_bytes(), None).unwrap());
    let template = xml.replacen(SIGNATURE_HERE, template, 1);
    bergshamra_dsig::sign::sign(&DsigContext::new_permissive(manager), &template).unwrap()
}

/// `xml` signed as most providers do it; the element is found by its ID.
pub fn signed(xml: &str) -> String {
    signed_with(xml, &signature_template(id_of(xml), RSA_SHA256, SHA256), &keys().provider)
}

/// `xml` without a signature.
pub fn bare(xml: &str) -> String {
    xml.replace(SIGNATURE_HERE, "")
}

/// The genuine message most providers send: only the assertion is signed.
pub fn with_signed_assertion() -> String {
    bare(&response(&signed(&assertion())))
}

/// The assertion encrypted to `pair`.
pub fn encrypted_to(assertion: &str, pair: &Pair, cipher: &str, transport: &str) -> String {
    let template = format!(
        "<saml:EncryptedAssertion xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\">\
         <xenc:EncryptedData xmlns:xenc=\"http://www.w3.org/2001/04/xmlenc#\" Type=\"http://www.w3.org/2001/04/xmlenc#Element\">\
         <xenc:EncryptionMethod Algorithm=\"{cipher}\"/><ds:KeyInfo xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"><xenc:EncryptedKey>\
         <xenc:EncryptionMethod Algorithm=\"{transport}\"/><xenc:CipherData><xenc:CipherValue></xenc:CipherValue></xenc:CipherData>\
         </xenc:EncryptedKey></ds:KeyInfo><xenc:CipherData><xenc:CipherValue></xenc:CipherValue></xenc:CipherData></xenc:EncryptedData>\
         </saml:EncryptedAssertion>"
    );
    let mut manager = KeysManager::new();
    manager.add_key(loader::load_x509_cert_der(&STANDARD.decode(&pair.certificate).unwrap()).unwrap());
    bergshamra_enc::encrypt::encrypt(&EncContext::new(manager), &template, assertion.as_bytes()).unwrap()
}

/// The assertion encrypted to us as most providers do it.
pub fn encrypted(assertion: &str) -> String {
    encrypted_to(assertion, &keys().ours, AES128_CBC, OAEP)
}

pub fn check(xml: &str) -> Result<VerifiedAssertion, SamlFault> {
    check_with(xml, &expectations())
}

pub fn check_with(xml: &str, expectations: &Expectations) -> Result<VerifiedAssertion, SamlFault> {
    verify(&STANDARD.encode(xml), expectations, NOW)
}

fn id_of(xml: &str) -> &str {
    xml.split_once(" ID=\"").and_then(|(_, rest)| rest.split_once('"')).unwrap().0
}
