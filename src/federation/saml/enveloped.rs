//! Owns signing a message of ours from the inside (XML Signature 1.1 §3.1), as the HTTP-POST binding wants it: over
//! the whole message, with RSA and SHA-256, exclusively canonicalised. It must not know what the message says.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bergshamra_c14n::{C14nMode, canonicalize_doc};
use bergshamra_xml::NodeSet;
use uppsala::{Document, NodeId};

use super::fault::SamlFault;
use super::xml::{self, EXCLUSIVE, SIGNATURE};
use crate::crypto::hash::Hash;
use crate::crypto::rsa::RsaKey;

/// Stands where the signature value goes while what it signs is canonicalised.
const VALUE_HERE: &str = "VALUE";
const NO_PREFIXES: [&str; 0] = [];

/// `message` with a signature after its Issuer, which is its first child (SAML core §3.2.1). The certificate (base64
/// DER) says which key it was.
///
/// # Errors
/// When the message is not one of ours, or the key does not sign.
pub fn sign(message: &str, key: &RsaKey, certificate: &str) -> Result<String, SamlFault> {
    let (document, root) = xml::parse(message)?;
    let id = xml::attribute(&document, root, "ID").ok_or(SamlFault::Incomplete("no ID"))?;
    let digest = STANDARD.encode(Hash::Sha256.digest(&canonical(&document, root)?));
    let signature = template(id, &digest, certificate);
    let unsigned = inserted(message, &signature).ok_or(SamlFault::Structure("no Issuer"))?;
    let (document, root) = xml::parse(&unsigned)?;
    let signature = xml::one(&document, root, SIGNATURE, "Signature")?;
    let signature = signature.ok_or(SamlFault::Structure("no Signature"))?;
    let signed_info = xml::one(&document, signature, SIGNATURE, "SignedInfo")?;
    let signed_info = canonical(&document, signed_info.ok_or(SamlFault::Structure("no SignedInfo"))?)?;
    let value = key.sign_sha256(&signed_info).map_err(|_| SamlFault::SignatureShape("the key does not sign"))?;
    let value = format!("SignatureValue>{}<", STANDARD.encode(value));
    Ok(unsigned.replacen(&format!("SignatureValue>{VALUE_HERE}<"), &value, 1))
}

fn template(id: &str, digest: &str, certificate: &str) -> String {
    format!(
        "<ds:Signature xmlns:ds=\"{SIGNATURE}\"><ds:SignedInfo>\
         <ds:CanonicalizationMethod Algorithm=\"{EXCLUSIVE}\"/>\
         <ds:SignatureMethod Algorithm=\"http://www.w3.org/2001/04/xmldsig-more#rsa-sha256\"/>\
         <ds:Reference URI=\"#{}\"><ds:Transforms>\
         <ds:Transform Algorithm=\"{SIGNATURE}enveloped-signature\"/><ds:Transform Algorithm=\"{EXCLUSIVE}\"/>\
         </ds:Transforms><ds:DigestMethod Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\"/>\
         <ds:DigestValue>{digest}</ds:DigestValue></ds:Reference></ds:SignedInfo>\
         <ds:SignatureValue>{VALUE_HERE}</ds:SignatureValue><ds:KeyInfo><ds:X509Data>\
         <ds:X509Certificate>{}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></ds:Signature>",
        xml::escape(id),
        xml::escape(certificate),
    )
}

/// The first end tag of a message of ours is its Issuer's.
fn inserted(message: &str, signature: &str) -> Option<String> {
    let tag = message.find("</")?;
    let end = tag + message[tag..].find('>')? + 1;
    message[tag..end].ends_with("Issuer>").then(|| format!("{}{signature}{}", &message[..end], &message[end..]))
}

fn canonical(document: &Document<'_>, node: NodeId) -> Result<Vec<u8>, SamlFault> {
    let nodes = NodeSet::tree_without_comments(node, document);
    canonicalize_doc(document, C14nMode::Exclusive, Some(&nodes), &NO_PREFIXES)
        .map_err(|error| SamlFault::NotXml(error.to_string()))
}
