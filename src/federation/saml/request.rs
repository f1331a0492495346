//! Owns our requests by the HTTP-Redirect binding (SAML bindings §3.4): sign-in and logout, signed where wanted.
//! It must not know what becomes of them.

use std::io::{Error, Write as _};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::DeflateEncoder;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use samael::schema::{AuthnRequest, Issuer};
use samael::traits::ToXml as _;

use super::metadata::POST;
use super::xml::{self, ASSERTION, PROTOCOL};
use crate::clock::Timestamp;
use crate::crypto::digest::hex;
use crate::crypto::rsa::RsaKey;
use crate::random::Random;

/// The only algorithm that Cognito signs requests with.
pub const SIGNING_ALGORITHM: &str = "rsa-sha256";
const RSA_SHA256: &str = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256";
/// RFC 3986 §2.3, unreserved characters; everything else is escaped.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// What both kinds of request say.
#[derive(Debug, Clone, Copy)]
pub struct Heading<'a> {
    /// The request's id, from [`new_id`].
    pub id: &'a str,
    /// When it is made.
    pub now: Timestamp,
    /// The provider's address that it goes to.
    pub destination: &'a str,
    /// Our entity id.
    pub entity_id: &'a str,
}

/// A new id: an underscore and 160 random bits (SAML core §1.3.4 asks for 128 at least).
#[must_use]
pub fn new_id(random: &Random) -> String {
    format!("_{}", hex(&random.bytes::<20>()))
}

/// An AuthnRequest (SAML core §3.4.1) whose answer comes to `acs_url` by form.
///
/// # Errors
/// When it cannot be written, which no argument brings about.
pub fn authn_request(heading: Heading<'_>, acs_url: &str) -> Result<String, Error> {
    let request = AuthnRequest {
        id: heading.id.to_owned(),
        version: "2.0".to_owned(),
        issue_instant: xml::written(heading.now).parse().map_err(Error::other)?,
        destination: Some(heading.destination.to_owned()),
        // The library writes an issuer's text as it stands.
        issuer: Some(Issuer { value: Some(xml::escape(heading.entity_id)), ..Issuer::default() }),
        assertion_consumer_service_url: Some(acs_url.to_owned()),
        protocol_binding: Some(POST.to_owned()),
        consent: None,
        signature: None,
        subject: None,
        name_id_policy: None,
        conditions: None,
        requested_authn_context: None,
        force_authn: None,
        is_passive: None,
        assertion_consumer_service_index: None,
        attribute_consuming_service_index: None,
        provider_name: None,
    };
    request.to_string().map_err(|error| Error::other(error.to_string()))
}

/// A LogoutRequest (SAML core §3.7.1) for the session of `name_id`.
#[must_use]
pub fn logout_request(heading: Heading<'_>, name_id: &str, session_index: Option<&str>) -> String {
    let session = session_index.map(|index| format!("<samlp:SessionIndex>{}</samlp:SessionIndex>", xml::escape(index)));
    format!(
        "<samlp:LogoutRequest{}><saml:Issuer>{}</saml:Issuer><saml:NameID>{}</saml:NameID>{}</samlp:LogoutRequest>",
        attributes(heading),
        xml::escape(heading.entity_id),
        xml::escape(name_id),
        session.unwrap_or_default(),
    )
}

/// The address that carries `message` to `destination`, with a signature over the query if there is a key
/// (§3.4.4.1: DEFLATE, base64, and the signature over the escaped parameters in this order).
///
/// # Errors
/// When the key does not sign.
pub fn redirect(destination: &str, message: &str, relay_state: &str, signer: Option<&RsaKey>) -> Result<String, Error> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(message.as_bytes())?;
    let message = STANDARD.encode(encoder.finish()?);
    let mut query = format!("SAMLRequest={}&RelayState={}", escape(&message), escape(relay_state));
    if let Some(key) = signer {
        query.push_str(&format!("&SigAlg={}", escape(RSA_SHA256)));
        let signature = key.sign_sha256(query.as_bytes()).map_err(Error::other)?;
        query.push_str(&format!("&Signature={}", escape(&STANDARD.encode(signature))));
    }
    let separator = if destination.contains('?') { '&' } else { '?' };
    Ok(format!("{destination}{separator}{query}"))
}

fn attributes(heading: Heading<'_>) -> String {
    format!(
        " xmlns:samlp=\"{PROTOCOL}\" xmlns:saml=\"{ASSERTION}\" ID=\"{}\" Version=\"2.0\" IssueInstant=\"{}\" \
         Destination=\"{}\"",
        xml::escape(heading.id),
        xml::written(heading.now),
        xml::escape(heading.destination),
    )
}

fn escape(text: &str) -> String {
    utf8_percent_encode(text, ESCAPED).to_string()
}
