//! Owns single logout (SAML profiles §4.4): our request to the provider, and what the provider posts back.
//! It must not know sessions of ours: it returns values.

use secrecy::SecretString;
use uppsala::{Document, NodeId};

use super::assertion::read_envelope_of;
use super::fault::SamlFault;
use super::metadata::IdentityProvider;
use super::request::{self, Heading};
use super::verify::{Expectations, guarded};
use super::xml::{self, ASSERTION, PROTOCOL};
use super::{filter, profile, signature, structure};
use crate::clock::Timestamp;
use crate::federation::{Departure, FederationFault};
use crate::random::Random;

/// A session at a provider that ends.
#[derive(Debug, Clone, Copy)]
pub struct Logout<'a> {
    /// The provider, from its metadata.
    pub provider: &'a IdentityProvider,
    /// Our entity id.
    pub entity_id: &'a str,
    /// The opaque value that comes back unchanged.
    pub state: &'a str,
    /// The person's NameID.
    pub subject: &'a str,
    /// The provider's session.
    pub session_index: Option<&'a str>,
    /// Our private key, as [`crate::federation::SamlKeys`] keeps it; logout requests are always signed.
    pub private_key: &'a SecretString,
}

/// What a provider posts to our logout address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LogoutMessage {
    /// The answer to our request.
    Response {
        /// Whether all went well at the provider.
        is_success: bool,
    },
    /// The provider ends a session of its own accord. Always signed.
    Request {
        /// The request's id.
        id: String,
        /// Whose session ends.
        name_id: String,
        /// Which sessions end; all of that person's if empty.
        session_indexes: Vec<String>,
    },
}

/// The way to the provider's logout with the id of the request, or `None` if the provider has none by redirect.
///
/// # Errors
/// When our key does not sign.
pub fn begin_logout(
    random: &Random,
    now: Timestamp,
    logout: Logout<'_>,
) -> Result<Option<(Departure, String)>, FederationFault> {
    let Some(destination) = logout.provider.slo_redirect.as_deref() else { return Ok(None) };
    let id = request::new_id(random);
    let heading = Heading { id: &id, now, destination, entity_id: logout.entity_id };
    let message = request::logout_request(heading, logout.subject, logout.session_index);
    let key = super::keys::private_key(logout.private_key)?;
    let address = request::redirect(destination, &message, logout.state, Some(&key)).map_err(super::own_fault)?;
    Ok(Some((Departure::Redirect(address), id)))
}

/// Reads what a provider posted (base64). A response must answer `expectations.request_id`; every signature must
/// verify, and a request must have one.
///
/// # Errors
/// With the reason for which it is refused.
pub fn read_logout(
    message_base64: &str,
    expectations: &Expectations,
    now: Timestamp,
) -> Result<LogoutMessage, SamlFault> {
    guarded(|| {
        let text = filter::decode(message_base64)?;
        let text = filter::admit(&text, &filter::MESSAGE)?;
        let (document, root) = xml::parse(text)?;
        structure::require_unique_ids(&document, root)?;
        let verified = structure::signature_of(&document, root)?
            .map(|signature| signature::verify(&document, signature, &expectations.provider.certificates))
            .transpose()?;
        let (document, root) = xml::parse(verified.as_deref().unwrap_or(text))?;
        if xml::is(&document, root, PROTOCOL, "LogoutResponse") {
            return response(&document, root, (expectations, now), verified.is_some());
        }
        if !xml::is(&document, root, PROTOCOL, "LogoutRequest") {
            return Err(SamlFault::Structure("neither LogoutResponse nor LogoutRequest"));
        }
        verified.as_ref().ok_or(SamlFault::Unsigned)?;
        request(&document, root, expectations, now)
    })
}

fn response(
    document: &Document<'_>,
    root: NodeId,
    (expectations, now): (&Expectations, Timestamp),
    is_verified: bool,
) -> Result<LogoutMessage, SamlFault> {
    let envelope = read_envelope_of(document, root, is_verified)?;
    if envelope.in_response_to.is_none() || envelope.in_response_to != expectations.request_id {
        return Err(SamlFault::InResponseTo);
    }
    match profile::check_envelope(&envelope, expectations, now) {
        Ok(()) => Ok(LogoutMessage::Response { is_success: true }),
        Err(SamlFault::Status(_)) => Ok(LogoutMessage::Response { is_success: false }),
        Err(fault) => Err(fault),
    }
}

fn request(
    document: &Document<'_>,
    root: NodeId,
    expectations: &Expectations,
    now: Timestamp,
) -> Result<LogoutMessage, SamlFault> {
    let issuer = xml::one(document, root, ASSERTION, "Issuer")?.map(|issuer| xml::word(document, issuer));
    if issuer.as_ref() != Some(&expectations.provider.entity_id) {
        return Err(SamlFault::Issuer);
    }
    if xml::attribute(document, root, "Version") != Some("2.0") {
        return Err(SamlFault::Version);
    }
    if xml::attribute(document, root, "Destination") != Some(&expectations.address) {
        return Err(SamlFault::Destination);
    }
    profile::require_current(xml::instant(document, root, "IssueInstant")?, now)?;
    let name_id = xml::one(document, root, ASSERTION, "NameID")?.ok_or(SamlFault::Incomplete("no NameID"))?;
    let indexes = xml::all(document, root, PROTOCOL, "SessionIndex");
    Ok(LogoutMessage::Request {
        id: xml::attribute(document, root, "ID").ok_or(SamlFault::Incomplete("no ID"))?.to_owned(),
        name_id: xml::text(document, name_id),
        session_indexes: indexes.iter().map(|index| xml::word(document, *index)).collect(),
    })
}
