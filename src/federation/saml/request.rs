//! Owns the messages that we send: AuthnRequest, LogoutRequest, LogoutResponse. Unsigned; how they travel is
//! [`super::binding`]'s. It must not know what becomes of them.

use std::io::Error;

use samael::schema::{AuthnRequest, Issuer};
use samael::traits::ToXml as _;

use super::metadata::POST;
use super::name_id::NameId;
use super::xml::{self, ASSERTION, PROTOCOL};
use crate::clock::Timestamp;
use crate::crypto::digest::hex;
use crate::random::Random;

/// The only algorithm that Cognito signs requests with.
pub const SIGNING_ALGORITHM: &str = "rsa-sha256";

/// What all messages say.
#[derive(Debug, Clone, Copy)]
pub struct Heading<'a> {
    /// The message's id, from [`new_id`].
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
pub fn logout_request(heading: Heading<'_>, name_id: &NameId, session_index: Option<&str>) -> String {
    let session = session_index.map(|index| format!("<samlp:SessionIndex>{}</samlp:SessionIndex>", xml::escape(index)));
    format!(
        "<samlp:LogoutRequest{}>{}{}{}</samlp:LogoutRequest>",
        attributes(heading),
        issuer(heading),
        name_id.written(),
        session.unwrap_or_default(),
    )
}

/// A LogoutResponse (SAML core §3.7.2) that says that the request `in_response_to` was done.
#[must_use]
pub fn logout_response(heading: Heading<'_>, in_response_to: &str) -> String {
    format!(
        "<samlp:LogoutResponse{} InResponseTo=\"{}\">{}<samlp:Status><samlp:StatusCode \
         Value=\"urn:oasis:names:tc:SAML:2.0:status:Success\"/></samlp:Status></samlp:LogoutResponse>",
        attributes(heading),
        xml::escape(in_response_to),
        issuer(heading),
    )
}

fn issuer(heading: Heading<'_>) -> String {
    format!("<saml:Issuer>{}</saml:Issuer>", xml::escape(heading.entity_id))
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
