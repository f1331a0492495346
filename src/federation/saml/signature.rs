//! Owns verifying an XML signature (XML Signature 1.1 §3.2) of the one shape that SAML uses: enveloped, over its
//! parent, exclusively canonicalised. The bytes that were hashed are what it returns, and nothing else is ever read.
//! It must not know what was signed. Keys are handed in; a signature's own KeyInfo is never looked at.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bergshamra_c14n::{C14nMode, canonicalize_doc};
use bergshamra_xml::NodeSet;
use uppsala::{Document, NodeId};

use super::fault::SamlFault;
use super::xml::{self, EXCLUSIVE, SIGNATURE};
use crate::crypto::certificate::{Certificate, KeyKind};
use crate::crypto::hash::Hash;

const EXCLUSIVE_WITH_COMMENTS: &str = "http://www.w3.org/2001/10/xml-exc-c14n#WithComments";
const ENVELOPED: &str = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";
/// Each prefix is looked for at each element.
const MOST_PREFIXES: usize = 32;

const SIGNATURES: [(&str, (KeyKind, Hash)); 6] = [
    ("http://www.w3.org/2001/04/xmldsig-more#rsa-sha256", (KeyKind::Rsa, Hash::Sha256)),
    ("http://www.w3.org/2001/04/xmldsig-more#rsa-sha384", (KeyKind::Rsa, Hash::Sha384)),
    ("http://www.w3.org/2001/04/xmldsig-more#rsa-sha512", (KeyKind::Rsa, Hash::Sha512)),
    ("http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256", (KeyKind::Ecdsa, Hash::Sha256)),
    ("http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384", (KeyKind::Ecdsa, Hash::Sha384)),
    ("http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha512", (KeyKind::Ecdsa, Hash::Sha512)),
];

const DIGESTS: [(&str, Hash); 3] = [
    ("http://www.w3.org/2001/04/xmlenc#sha256", Hash::Sha256),
    ("http://www.w3.org/2001/04/xmldsig-more#sha384", Hash::Sha384),
    ("http://www.w3.org/2001/04/xmlenc#sha512", Hash::Sha512),
];

/// Verifies `signature`, a Signature element, under any of `certificates`. Returns the canonical text of its parent
/// without the signature: exactly the bytes whose digest was signed.
///
/// The signature over SignedInfo is checked before the digest, so an untrusted message costs one small
/// canonicalisation.
///
/// # Errors
/// When anything of the signature is not as SAML core §5.4 and our lists of algorithms want it, or does not verify.
pub fn verify(document: &Document<'_>, signature: NodeId, certificates: &[Certificate]) -> Result<String, SamlFault> {
    let parent = document.parent(signature).ok_or(SamlFault::SignatureShape("no parent"))?;
    let shape = Shape::read(document, signature, parent)?;
    let signed_info = NodeSet::tree_without_comments(shape.signed_info, document);
    let signed_info = canonical(document, &signed_info, &shape.signed_info_prefixes)?;
    if !certificates.iter().any(|key| key.verifies(shape.algorithm, &signed_info, &shape.value)) {
        return Err(SamlFault::SignatureInvalid);
    }
    let mut content = NodeSet::tree_without_comments(parent, document);
    for node in document.descendants(signature) {
        content.remove_id(node);
    }
    content.remove_id(signature);
    let content = canonical(document, &content, &shape.content_prefixes)?;
    if shape.digest_algorithm.digest(&content) != shape.digest {
        return Err(SamlFault::DigestMismatch);
    }
    String::from_utf8(content).map_err(|_| SamlFault::NotUtf8)
}

/// Verifies a signature beside a message (SAML bindings §3.4.4.1): the URI of its algorithm and its base64.
///
/// # Errors
/// When the algorithm is not one of ours, or none of `certificates` made the signature.
pub fn verify_detached(
    (algorithm, value): (&str, &str),
    message: &[u8],
    certificates: &[Certificate],
) -> Result<(), SamlFault> {
    let known = SIGNATURES.iter().find(|(name, _)| *name == algorithm).map(|(_, known)| *known);
    let known = known.ok_or_else(|| SamlFault::Algorithm(algorithm.chars().take(200).collect()))?;
    let compact: String = value.chars().filter(|character| !character.is_ascii_whitespace()).collect();
    let value = STANDARD.decode(compact).map_err(|_| SamlFault::SignatureShape("a value that is not base64"))?;
    let is_theirs = certificates.iter().any(|certificate| certificate.verifies(known, message, &value));
    is_theirs.then_some(()).ok_or(SamlFault::SignatureInvalid)
}

/// The parts of a signature, every one of them checked but for the mathematics.
struct Shape {
    signed_info: NodeId,
    signed_info_prefixes: Vec<String>,
    content_prefixes: Vec<String>,
    algorithm: (KeyKind, Hash),
    value: Vec<u8>,
    digest_algorithm: Hash,
    digest: Vec<u8>,
}

impl Shape {
    fn read(document: &Document<'_>, signature: NodeId, parent: NodeId) -> Result<Self, SamlFault> {
        let (signed_info, value) = match xml::children(document, signature)[..] {
            [signed_info, value] => (signed_info, value),
            [signed_info, value, key_info] if xml::is(document, key_info, SIGNATURE, "KeyInfo") => (signed_info, value),
            _ => return Err(SamlFault::SignatureShape("not SignedInfo, SignatureValue and KeyInfo")),
        };
        require(document, signed_info, "SignedInfo")?;
        require(document, value, "SignatureValue")?;
        let [canonicalisation, method, reference] = xml::children(document, signed_info)[..] else {
            return Err(SamlFault::SignatureShape("not exactly one Reference"));
        };
        require(document, canonicalisation, "CanonicalizationMethod")?;
        require(document, method, "SignatureMethod")?;
        require(document, reference, "Reference")?;
        let (transforms, digest_method, digest) = reference_parts(document, reference, parent)?;
        Ok(Self {
            signed_info,
            signed_info_prefixes: exclusive_prefixes(document, canonicalisation)?,
            content_prefixes: transform_prefixes(document, transforms)?,
            algorithm: listed(document, method, &SIGNATURES)?,
            value: decoded(document, value)?,
            digest_algorithm: listed(document, digest_method, &DIGESTS)?,
            digest: decoded(document, digest)?,
        })
    }
}

fn reference_parts(
    document: &Document<'_>,
    reference: NodeId,
    parent: NodeId,
) -> Result<(NodeId, NodeId, NodeId), SamlFault> {
    let id = xml::attribute(document, parent, "ID").filter(|id| !id.is_empty());
    let id = id.ok_or(SamlFault::SignatureShape("a signed element without ID"))?;
    if xml::attribute(document, reference, "URI").and_then(|uri| uri.strip_prefix('#')) != Some(id) {
        return Err(SamlFault::SignatureShape("a Reference to something other than the parent"));
    }
    let [transforms, digest_method, digest] = xml::children(document, reference)[..] else {
        return Err(SamlFault::SignatureShape("not Transforms, DigestMethod and DigestValue"));
    };
    require(document, transforms, "Transforms")?;
    require(document, digest_method, "DigestMethod")?;
    require(document, digest, "DigestValue")?;
    Ok((transforms, digest_method, digest))
}

/// Exactly the enveloped-signature transform and then exclusive canonicalisation.
fn transform_prefixes(document: &Document<'_>, transforms: NodeId) -> Result<Vec<String>, SamlFault> {
    let [enveloped, canonicalisation] = xml::children(document, transforms)[..] else {
        return Err(SamlFault::SignatureShape("not exactly two transforms"));
    };
    require(document, enveloped, "Transform")?;
    require(document, canonicalisation, "Transform")?;
    listed(document, enveloped, &[(ENVELOPED, ())])?;
    exclusive_prefixes(document, canonicalisation)
}

/// The PrefixList of an exclusive canonicalisation. Comments cannot occur, so both kinds of it are the same.
fn exclusive_prefixes(document: &Document<'_>, method: NodeId) -> Result<Vec<String>, SamlFault> {
    let algorithm = xml::attribute(document, method, "Algorithm").unwrap_or_default();
    if algorithm != EXCLUSIVE && algorithm != EXCLUSIVE_WITH_COMMENTS {
        return Err(SamlFault::Algorithm(algorithm.to_owned()));
    }
    let list = match xml::children(document, method)[..] {
        [] => return Ok(Vec::new()),
        [list] if xml::is(document, list, EXCLUSIVE, "InclusiveNamespaces") => list,
        _ => return Err(SamlFault::SignatureShape("an unknown parameter of a canonicalisation")),
    };
    let prefixes = xml::attribute(document, list, "PrefixList").unwrap_or_default();
    let prefixes: Vec<String> = prefixes.split_ascii_whitespace().map(str::to_owned).collect();
    if prefixes.len() > MOST_PREFIXES {
        return Err(SamlFault::SignatureShape("too many prefixes"));
    }
    Ok(prefixes)
}

/// What `list` holds for the Algorithm of `node`, which must have no parameters.
fn listed<T: Copy>(document: &Document<'_>, node: NodeId, list: &[(&str, T)]) -> Result<T, SamlFault> {
    let algorithm = xml::attribute(document, node, "Algorithm").unwrap_or_default();
    let known = list.iter().find(|(name, _)| *name == algorithm).map(|(_, known)| *known);
    let known = known.ok_or_else(|| SamlFault::Algorithm(algorithm.to_owned()))?;
    if !xml::children(document, node).is_empty() {
        return Err(SamlFault::SignatureShape("an unknown parameter of an algorithm"));
    }
    Ok(known)
}

fn require(document: &Document<'_>, node: NodeId, name: &str) -> Result<(), SamlFault> {
    let is_there = xml::is(document, node, SIGNATURE, name);
    is_there.then_some(()).ok_or(SamlFault::SignatureShape("an unexpected element"))
}

fn decoded(document: &Document<'_>, node: NodeId) -> Result<Vec<u8>, SamlFault> {
    let mut text = xml::text(document, node);
    text.retain(|character| !character.is_ascii_whitespace());
    STANDARD.decode(text).map_err(|_| SamlFault::SignatureShape("a value that is not base64"))
}

fn canonical(document: &Document<'_>, nodes: &NodeSet, prefixes: &[String]) -> Result<Vec<u8>, SamlFault> {
    canonicalize_doc(document, C14nMode::Exclusive, Some(nodes), prefixes)
        .map_err(|error| SamlFault::NotXml(error.to_string()))
}
