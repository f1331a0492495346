//! Owns reading a parsed document: elements by namespace and name, attributes, text, instants; and escaping what is
//! written into one. It must not know what the elements mean.

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use uppsala::{Document, NodeId, Parser};

use super::fault::SamlFault;
use super::filter::DEPTH;
use crate::clock::Timestamp;

/// SAML protocol messages.
pub const PROTOCOL: &str = "urn:oasis:names:tc:SAML:2.0:protocol";
/// SAML assertions.
pub const ASSERTION: &str = "urn:oasis:names:tc:SAML:2.0:assertion";
/// SAML metadata.
pub const METADATA: &str = "urn:oasis:names:tc:SAML:2.0:metadata";
/// XML signatures.
pub const SIGNATURE: &str = "http://www.w3.org/2000/09/xmldsig#";
/// XML encryption 1.0.
pub const ENCRYPTION: &str = "http://www.w3.org/2001/04/xmlenc#";
/// XML encryption 1.1.
pub const ENCRYPTION_1_1: &str = "http://www.w3.org/2009/xmlenc11#";
/// Exclusive canonicalisation: both its algorithm and the namespace of its parameter.
pub const EXCLUSIVE: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";

/// Parses what [`super::filter::admit`] let through; document types and entities are errors here once more.
///
/// # Errors
/// When the text is not well-formed.
pub fn parse(text: &str) -> Result<(Document<'_>, NodeId), SamlFault> {
    let parser = Parser::new().with_max_depth(DEPTH).with_forbid_dtd(true).with_forbid_entities(true);
    let document = parser.parse(text).map_err(|error| SamlFault::NotXml(error.to_string()))?;
    let root = document.document_element().ok_or(SamlFault::Structure("no root element"))?;
    Ok((document, root))
}

/// Whether `node` is the element `name` of `namespace`.
#[must_use]
pub fn is(document: &Document<'_>, node: NodeId, namespace: &str, name: &str) -> bool {
    document.element(node).is_some_and(|element| element.matches_name_ns(namespace, name))
}

/// The child elements, in order.
#[must_use]
pub fn children(document: &Document<'_>, parent: NodeId) -> Vec<NodeId> {
    document.children_iter(parent).filter(|child| document.element(*child).is_some()).collect()
}

/// All elements below `parent`, and itself.
#[must_use]
pub fn elements(document: &Document<'_>, parent: NodeId) -> Vec<NodeId> {
    let mut found: Vec<NodeId> =
        document.descendants(parent).into_iter().filter(|node| document.element(*node).is_some()).collect();
    if !found.contains(&parent) {
        found.push(parent);
    }
    found
}

/// The children called `name`.
#[must_use]
pub fn all(document: &Document<'_>, parent: NodeId, namespace: &str, name: &str) -> Vec<NodeId> {
    document.child_elements_by_name_ns(parent, namespace, name)
}

/// The child called `name`, if there is one.
///
/// # Errors
/// When there are several: nobody could say which one counts.
pub fn one(document: &Document<'_>, parent: NodeId, namespace: &str, name: &str) -> Result<Option<NodeId>, SamlFault> {
    let found = all(document, parent, namespace, name);
    if found.len() > 1 {
        return Err(SamlFault::Structure("a repeated element"));
    }
    Ok(found.first().copied())
}

/// An attribute without a namespace.
#[must_use]
pub fn attribute<'a>(document: &'a Document<'_>, node: NodeId, name: &str) -> Option<&'a str> {
    let element = document.element(node)?;
    element.attributes.iter().find(|attribute| attribute.name.matches(None, name)).map(|attribute| &*attribute.value)
}

/// The whole text inside `node`.
#[must_use]
pub fn text(document: &Document<'_>, node: NodeId) -> String {
    document.text_content_deep(node)
}

/// The text inside `node` without white space around it.
#[must_use]
pub fn word(document: &Document<'_>, node: NodeId) -> String {
    text(document, node).trim().to_owned()
}

/// The moment in an attribute, `None` where the attribute is absent. SAML's instants are UTC (SAML core §1.3.3).
///
/// # Errors
/// When it is there and not an `xs:dateTime`.
pub fn instant(document: &Document<'_>, node: NodeId, name: &str) -> Result<Option<Timestamp>, SamlFault> {
    let Some(value) = attribute(document, node, name).map(str::trim) else { return Ok(None) };
    let parsed =
        OffsetDateTime::parse(value, &Rfc3339).or_else(|_| OffsetDateTime::parse(&format!("{value}Z"), &Rfc3339));
    let moment = parsed.map_err(|_| SamlFault::Incomplete("an instant that is none"))?;
    Ok(Some(Timestamp::from_seconds(moment.unix_timestamp())))
}

/// A moment as SAML writes it, whole seconds in UTC.
#[must_use]
pub fn written(moment: Timestamp) -> String {
    let moment = OffsetDateTime::from_unix_timestamp(moment.seconds()).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    moment.format(&Rfc3339).unwrap_or_default()
}

/// `text` for use between tags and between double quotes.
#[must_use]
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\t' | '\n' | '\r' => escaped.push_str(&format!("&#{};", u32::from(character))),
            _ => escaped.push(character),
        }
    }
    escaped
}
