//! Owns where things may stand in a Response. These rules leave a signature wrapping attack nowhere to hide a second
//! assertion or a second signature: what is verified and what is read can only be the same node.
//! It must not know keys, time or expectations.

use std::collections::HashSet;

use uppsala::{Document, NodeId};

use super::fault::SamlFault;
use super::xml::{self, ASSERTION, PROTOCOL, SIGNATURE};

const INCLUSION: &str = "http://www.w3.org/2001/XInclude";

/// What a Response carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content {
    /// An Assertion.
    Plain(NodeId),
    /// An EncryptedAssertion.
    Encrypted(NodeId),
}

/// A Response whose parts are where they belong.
#[derive(Debug, Clone, Copy)]
pub struct Layout {
    /// The signature of the Response.
    pub signature: Option<NodeId>,
    /// Its one assertion.
    pub content: Content,
}

/// Checks a whole document that must be a Response.
///
/// # Errors
/// At the first part that is missing, repeated, or where it must not be.
pub fn response(document: &Document<'_>, root: NodeId) -> Result<Layout, SamlFault> {
    if !xml::is(document, root, PROTOCOL, "Response") {
        return Err(SamlFault::Structure("the root is not a Response"));
    }
    require_unique_ids(document, root)?;
    let mut contents = Vec::new();
    for child in xml::children(document, root) {
        let (protocol, assertion) = (local(document, child, PROTOCOL), local(document, child, ASSERTION));
        match (protocol, assertion) {
            (Some("Status" | "Extensions"), _) | (_, Some("Issuer")) => {}
            (_, Some("Assertion")) => contents.push(Content::Plain(child)),
            (_, Some("EncryptedAssertion")) => contents.push(Content::Encrypted(child)),
            _ if xml::is(document, child, SIGNATURE, "Signature") => {}
            _ => return Err(SamlFault::Structure("an unknown child of the Response")),
        }
    }
    let [content] = contents[..] else {
        return Err(SamlFault::Structure("not exactly one assertion"));
    };
    let mut holders = vec![root];
    if let Content::Plain(assertion) = content {
        holders.push(assertion);
    }
    require_places(document, root, content, &holders)?;
    Ok(Layout { signature: signature_of(document, root)?, content })
}

/// Checks a document whose root has one child, which must be a decrypted Assertion; returns that.
///
/// # Errors
/// As [`response`].
pub fn decrypted(document: &Document<'_>, root: NodeId) -> Result<NodeId, SamlFault> {
    let [assertion] = xml::children(document, root)[..] else {
        return Err(SamlFault::Structure("not exactly one assertion"));
    };
    if !xml::is(document, assertion, ASSERTION, "Assertion") {
        return Err(SamlFault::Structure("not an Assertion"));
    }
    require_unique_ids(document, root)?;
    require_places(document, root, Content::Plain(assertion), &[assertion])?;
    Ok(assertion)
}

/// Checks a whole document that must be an Assertion.
///
/// # Errors
/// As [`response`].
pub fn alone(document: &Document<'_>, root: NodeId) -> Result<(), SamlFault> {
    if !xml::is(document, root, ASSERTION, "Assertion") {
        return Err(SamlFault::Structure("neither a Response nor an Assertion"));
    }
    require_unique_ids(document, root)?;
    require_places(document, root, Content::Plain(root), &[root])
}

/// The signature that is a direct child of `parent`.
///
/// # Errors
/// When there are several.
pub fn signature_of(document: &Document<'_>, parent: NodeId) -> Result<Option<NodeId>, SamlFault> {
    let found = xml::all(document, parent, SIGNATURE, "Signature");
    if found.len() > 1 {
        return Err(SamlFault::SignatureShape("several signatures of one element"));
    }
    Ok(found.first().copied())
}

/// No two elements share an id, under whichever spelling and namespace some verifier might look for one.
///
/// # Errors
/// When two do.
pub fn require_unique_ids(document: &Document<'_>, root: NodeId) -> Result<(), SamlFault> {
    let mut seen = HashSet::new();
    for node in xml::elements(document, root) {
        let Some(element) = document.element(node) else { continue };
        let ids = element.attributes.iter().filter(|attribute| attribute.name.local_name.eq_ignore_ascii_case("id"));
        for id in ids {
            if !seen.insert(id.value.trim().to_owned()) {
                return Err(SamlFault::DuplicateId);
            }
        }
    }
    Ok(())
}

/// Responses, assertions and signatures stand nowhere but in their one place; nothing asks for an inclusion.
fn require_places(document: &Document<'_>, root: NodeId, content: Content, signed: &[NodeId]) -> Result<(), SamlFault> {
    for node in xml::elements(document, root) {
        if node == root || content == Content::Plain(node) || content == Content::Encrypted(node) {
            continue;
        }
        if xml::is(document, node, PROTOCOL, "Response") {
            return Err(SamlFault::Structure("a Response inside"));
        }
        if matches!(local(document, node, ASSERTION), Some("Assertion" | "EncryptedAssertion")) {
            return Err(SamlFault::Structure("an assertion in the wrong place"));
        }
        if local(document, node, INCLUSION).is_some() {
            return Err(SamlFault::Structure("an inclusion"));
        }
        let is_signature = xml::is(document, node, SIGNATURE, "Signature");
        if is_signature && !document.parent(node).is_some_and(|parent| signed.contains(&parent)) {
            return Err(SamlFault::SignatureShape("a signature in the wrong place"));
        }
    }
    Ok(())
}

fn local<'a>(document: &'a Document<'_>, node: NodeId, namespace: &str) -> Option<&'a str> {
    let name = &document.element(node)?.name;
    (name.namespace_uri.as_deref() == Some(namespace)).then_some(&*name.local_name)
}
