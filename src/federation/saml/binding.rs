//! Owns the two bindings that our messages leave by and other people's arrive by: HTTP-Redirect (SAML bindings §3.4),
//! signed over the query, and HTTP-POST (§3.5), signed inside. It must not know what a message says.

use std::borrow::Cow;
use std::io::{Error, Write as _};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::DeflateEncoder;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use super::fault::SamlFault;
use super::{enveloped, filter, keys, signature, structure, xml};
use crate::crypto::certificate::Certificate;
use crate::crypto::rsa::RsaKey;
use crate::federation::{Departure, FederationFault, SamlKeys};

const RSA_SHA256: &str = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256";
/// RFC 3986 §2.3, unreserved characters; everything else is escaped.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A way for messages through the browser.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Binding {
    /// In the query of a redirect.
    Redirect,
    /// In a form.
    Post,
}

/// A message that leaves.
#[derive(Debug, Clone, Copy)]
pub struct Outgoing<'a> {
    /// By which binding, and where to.
    pub route: (Binding, &'a str),
    /// `SAMLRequest` or `SAMLResponse`.
    pub parameter: &'static str,
    /// The XML.
    pub message: &'a str,
    /// `RelayState`.
    pub relay_state: Option<&'a str>,
}

/// A message as the browser brought it.
#[derive(Debug, Clone)]
pub enum Incoming {
    /// The value of a form's field.
    Form(String),
    /// A whole query as it stood in the address, since a signature is over its very characters.
    Query(String),
}

/// Sends a message on its way, signed if there are keys.
///
/// # Errors
/// When the key does not sign.
pub fn send(outgoing: Outgoing<'_>, signer: Option<&SamlKeys>) -> Result<Departure, FederationFault> {
    let key = signer.map(|keys| keys::private_key(&keys.private_key)).transpose()?;
    let (binding, destination) = outgoing.route;
    if binding == Binding::Redirect {
        return Ok(Departure::Redirect(redirect(outgoing, key.as_ref()).map_err(super::own_fault)?));
    }
    let message = match (&key, signer) {
        (Some(key), Some(keys)) => enveloped::sign(outgoing.message, key, &keys.certificate)?,
        _ => outgoing.message.to_owned(),
    };
    let mut fields = vec![(outgoing.parameter.to_owned(), STANDARD.encode(message))];
    fields.extend(outgoing.relay_state.map(|state| ("RelayState".to_owned(), state.to_owned())));
    Ok(Departure::Post { action: destination.to_owned(), fields })
}

/// The address that carries a message, with a signature over the query if there is a key (§3.4.4.1: DEFLATE, base64,
/// and the signature over the escaped parameters in this order).
fn redirect(outgoing: Outgoing<'_>, signer: Option<&RsaKey>) -> Result<String, Error> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(outgoing.message.as_bytes())?;
    let message = STANDARD.encode(encoder.finish()?);
    let mut query = format!("{}={}", outgoing.parameter, escape(&message));
    if let Some(state) = outgoing.relay_state {
        query.push_str(&format!("&RelayState={}", escape(state)));
    }
    if let Some(key) = signer {
        query.push_str(&format!("&SigAlg={}", escape(RSA_SHA256)));
        let signature = key.sign_sha256(query.as_bytes()).map_err(Error::other)?;
        query.push_str(&format!("&Signature={}", escape(&STANDARD.encode(signature))));
    }
    let (_, destination) = outgoing.route;
    let separator = if destination.contains('?') { '&' } else { '?' };
    Ok(format!("{destination}{separator}{query}"))
}

impl Incoming {
    /// The text of the message, which nobody vouches for yet.
    ///
    /// # Errors
    /// Too long, badly encoded, or with markup that no message needs.
    pub fn text(&self) -> Result<String, SamlFault> {
        let text = match self {
            Self::Form(base64) => filter::decode(base64)?,
            Self::Query(query) => {
                let message = raw(query, "SAMLRequest").or_else(|| raw(query, "SAMLResponse"));
                filter::inflate(&decoded(message.ok_or(SamlFault::Incomplete("no message"))?)?)?
            }
        };
        filter::admit(&text, &filter::MESSAGE).map(str::to_owned)
    }

    /// The text of the message, and whether any of `certificates` signed it. A signature that is there must verify.
    ///
    /// # Errors
    /// As [`Incoming::text`], and when a signature does not verify.
    pub fn verified(&self, certificates: &[Certificate]) -> Result<(String, bool), SamlFault> {
        let text = self.text()?;
        let verified = {
            let (document, root) = xml::parse(&text)?;
            structure::require_unique_ids(&document, root)?;
            match self {
                Self::Query(query) => return detached(query, certificates).map(|is_verified| (text, is_verified)),
                Self::Form(_) => structure::signature_of(&document, root)?
                    .map(|signature| signature::verify(&document, signature, certificates))
                    .transpose()?,
            }
        };
        let is_verified = verified.is_some();
        Ok((verified.unwrap_or(text), is_verified))
    }
}

/// Whether the query is signed, by any of `certificates` then.
fn detached(query: &str, certificates: &[Certificate]) -> Result<bool, SamlFault> {
    let Some(signature) = raw(query, "Signature") else { return Ok(false) };
    let algorithm = raw(query, "SigAlg").ok_or(SamlFault::SignatureShape("no SigAlg"))?;
    let name = if raw(query, "SAMLRequest").is_some() { "SAMLRequest" } else { "SAMLResponse" };
    let part = |name: &str| raw(query, name).map(|value| format!("{name}={value}"));
    let signed = [name, "RelayState", "SigAlg"].into_iter().filter_map(part).collect::<Vec<_>>().join("&");
    let algorithm = decoded(algorithm)?;
    signature::verify_detached((&algorithm, &decoded(signature)?), signed.as_bytes(), certificates)?;
    Ok(true)
}

/// A parameter of the query as it stands there. That each occurs once is for the caller to have checked.
fn raw<'a>(query: &'a str, name: &str) -> Option<&'a str> {
    let value = |pair: &'a str| pair.split_once('=').filter(|(known, _)| *known == name).map(|(_, value)| value);
    query.split('&').find_map(value).filter(|value| !value.is_empty())
}

fn decoded(value: &str) -> Result<String, SamlFault> {
    percent_decode_str(value).decode_utf8().map(Cow::into_owned).map_err(|_| SamlFault::NotUtf8)
}

fn escape(text: &str) -> String {
    utf8_percent_encode(text, ESCAPED).to_string()
}
