//! Owns the messages that service providers send (SAML Bindings §3.4, §3.5): inflating and reading them.
//! Their signatures are not checked, since service providers are not registered here. It must not know answers.

use std::io::Read as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::read::DeflateDecoder;
use uppsala::Document;
use uppsala::parser::Parser;

const PROTOCOL: &str = "urn:oasis:names:tc:SAML:2.0:protocol";
const ASSERTION: &str = "urn:oasis:names:tc:SAML:2.0:assertion";
/// The largest message, in bytes, once inflated.
const LARGEST_MESSAGE: u64 = 64 * 1024;

/// What is read of an `AuthnRequest` or a `LogoutRequest`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Message {
    /// `ID`.
    pub id: String,
    /// `Issuer`: the service provider's entity id.
    pub issuer: String,
    /// `AssertionConsumerServiceURL`.
    pub consumer_url: Option<String>,
    /// `NameIDPolicy`'s `Format`.
    pub name_id_format: Option<String>,
    /// `ForceAuthn`.
    pub is_forced: bool,
    /// `IsPassive`.
    pub is_passive: bool,
    /// `SessionIndex`, of a `LogoutRequest`.
    pub session_index: Option<String>,
}

/// Reads the message `name` out of the parameter `SAMLRequest`. The text says what is wrong otherwise.
///
/// # Errors
/// What is wrong, as a sentence.
pub fn read(parameter: &str, name: &str) -> Result<Message, String> {
    let deflated = STANDARD.decode(parameter).map_err(|_| "SAMLRequest is not base64.")?;
    let mut xml = String::new();
    let length = DeflateDecoder::new(deflated.as_slice())
        .take(LARGEST_MESSAGE + 1)
        .read_to_string(&mut xml)
        .map_err(|_| "SAMLRequest does not inflate to text.")?;
    if u64::try_from(length).unwrap_or(u64::MAX) > LARGEST_MESSAGE {
        return Err("SAMLRequest is too large.".to_owned());
    }
    let document = Parser::new().with_forbid_dtd(true).parse(&xml).map_err(|fault| format!("SAMLRequest: {fault}"))?;
    message(&document, name)
}

/// Reads the `LogoutRequest` of a form, which is not deflated.
///
/// # Errors
/// What is wrong, as a sentence.
pub fn read_form(parameter: &str) -> Result<Message, String> {
    let bytes = STANDARD.decode(parameter).map_err(|_| "SAMLRequest is not base64.")?;
    let xml = String::from_utf8(bytes).map_err(|_| "SAMLRequest is no text.")?;
    let document = Parser::new().with_forbid_dtd(true).parse(&xml).map_err(|fault| format!("SAMLRequest: {fault}"))?;
    message(&document, "LogoutRequest")
}

fn message(document: &Document<'_>, name: &str) -> Result<Message, String> {
    let root = document.document_element().ok_or("SAMLRequest is empty.")?;
    let is_right = document.element(root).is_some_and(|element| {
        element.name.local_name == name && element.name.namespace_uri.as_deref() == Some(PROTOCOL)
    });
    if !is_right {
        return Err(format!("SAMLRequest holds no {name}."));
    }
    let attribute = |name: &str| document.get_attribute(root, name).map(str::to_owned);
    let child = |namespace: &str, name: &str| document.first_child_element_by_name_ns(root, namespace, name);
    let text = |namespace: &str, name: &str| {
        let content = child(namespace, name).map(|node| document.text_content_deep(node))?;
        Some(content.trim().to_owned()).filter(|content| !content.is_empty())
    };
    let is_true = |name: &str| matches!(document.get_attribute(root, name), Some("true" | "1"));
    Ok(Message {
        id: attribute("ID").ok_or("The message has no ID.")?,
        issuer: text(ASSERTION, "Issuer").ok_or("The message has no Issuer.")?,
        consumer_url: attribute("AssertionConsumerServiceURL"),
        name_id_format: child(PROTOCOL, "NameIDPolicy")
            .and_then(|node| document.get_attribute(node, "Format"))
            .map(str::to_owned),
        is_forced: is_true("ForceAuthn"),
        is_passive: is_true("IsPassive"),
        session_index: text(PROTOCOL, "SessionIndex"),
    })
}
