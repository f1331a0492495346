//! Owns single logout (SAML profiles §4.4): our request to the provider and what it answers, the provider's own
//! requests and what we answer. It must not know sessions of ours: it returns values.

use serde::{Deserialize, Serialize};
use uppsala::{Document, NodeId};

use super::assertion::read_envelope_of;
use super::binding::{self, Binding, Incoming, Outgoing};
use super::fault::SamlFault;
use super::metadata::IdentityProvider;
use super::name_id::NameId;
use super::profile;
use super::request::{self, Heading};
use super::verify::{Expectations, guarded};
use super::xml::{self, ASSERTION, PROTOCOL};
use crate::clock::Timestamp;
use crate::federation::{Departure, FederationFault, SamlKeys};
use crate::random::Random;

/// The most sessions that one request may name.
const MOST_SESSIONS: usize = 50;

/// A session at a provider, as it must be named to end it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProviderSession {
    /// The person, exactly as the provider named them.
    pub name_id: NameId,
    /// `SessionIndex`.
    pub session_index: Option<String>,
}

/// A message about logout that leaves.
#[derive(Debug, Clone, Copy)]
pub struct Logout<'a> {
    /// The provider, from its metadata.
    pub provider: &'a IdentityProvider,
    /// Our entity id.
    pub entity_id: &'a str,
    /// `RelayState`: our opaque value, or the provider's own.
    pub relay_state: Option<&'a str>,
    /// Our keys: logout messages are always signed.
    pub keys: &'a SamlKeys,
}

/// What a provider sends to our logout address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LogoutMessage {
    /// The answer to our request.
    Response {
        /// Whether all went well at the provider.
        is_success: bool,
    },
    /// The provider ends a session of its own accord. Always signed.
    Request(LogoutRequest),
}

/// A provider's own request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogoutRequest {
    /// The request's id.
    pub id: String,
    /// From when on it is refused as expired, and up to when its id must be remembered.
    pub expires_at: Timestamp,
    /// Whose sessions end.
    pub name_id: NameId,
    /// Which sessions end; all of that person's if empty.
    pub session_indexes: Vec<String>,
}

/// The way to the provider's logout with the id of the request, or `None` if the provider has none.
///
/// # Errors
/// When our key does not sign.
pub fn begin_logout(
    random: &Random,
    now: Timestamp,
    (logout, session): (Logout<'_>, &ProviderSession),
) -> Result<Option<(Departure, String)>, FederationFault> {
    let Some(route) = logout.provider.slo() else { return Ok(None) };
    let id = request::new_id(random);
    let heading = Heading { id: &id, now, destination: route.1, entity_id: logout.entity_id };
    let message = request::logout_request(heading, &session.name_id, session.session_index.as_deref());
    let outgoing = Outgoing { route, parameter: "SAMLRequest", message: &message, relay_state: logout.relay_state };
    Ok(Some((binding::send(outgoing, Some(logout.keys))?, id)))
}

/// The way back to the provider that asked by `asked` with the request `in_response_to`, or `None` if it takes no
/// answer.
///
/// # Errors
/// When our key does not sign.
pub fn answer_logout(
    random: &Random,
    now: Timestamp,
    (logout, asked, in_response_to): (Logout<'_>, Binding, &str),
) -> Result<Option<Departure>, FederationFault> {
    let Some(route) = logout.provider.slo_answer(asked) else { return Ok(None) };
    let id = request::new_id(random);
    let heading = Heading { id: &id, now, destination: route.1, entity_id: logout.entity_id };
    let message = request::logout_response(heading, in_response_to);
    let outgoing = Outgoing { route, parameter: "SAMLResponse", message: &message, relay_state: logout.relay_state };
    binding::send(outgoing, Some(logout.keys)).map(Some)
}

/// Who says that they sent a message; nothing of it is verified.
///
/// # Errors
/// When the message cannot be read that far.
pub fn claimed_issuer(message: &Incoming) -> Result<String, SamlFault> {
    guarded(|| {
        let text = message.text()?;
        let (document, root) = xml::parse(&text)?;
        let issuer = xml::one(&document, root, ASSERTION, "Issuer")?.ok_or(SamlFault::Issuer)?;
        Ok(xml::word(&document, issuer))
    })
}

/// Reads what a provider sent. A response must answer `expectations.request_id`; every signature must verify, and a
/// request must have one. A response without a signature is taken, as many providers send none: the request's id is
/// a secret between this browser, the provider and us, and no more hangs on it than which page is shown.
///
/// # Errors
/// With the reason for which it is refused.
pub fn read_logout(
    message: &Incoming,
    expectations: &Expectations,
    now: Timestamp,
) -> Result<LogoutMessage, SamlFault> {
    guarded(|| {
        let (text, is_verified) = message.verified(&expectations.provider.certificates)?;
        let (document, root) = xml::parse(&text)?;
        if xml::is(&document, root, PROTOCOL, "LogoutResponse") {
            return response(&document, root, (expectations, now), is_verified);
        }
        if !xml::is(&document, root, PROTOCOL, "LogoutRequest") {
            return Err(SamlFault::Structure("neither LogoutResponse nor LogoutRequest"));
        }
        if !is_verified {
            return Err(SamlFault::Unsigned);
        }
        request(&document, root, expectations, now).map(LogoutMessage::Request)
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
    if envelope.issuer.is_none() {
        return Err(SamlFault::Issuer);
    }
    let is_success = match profile::check_envelope(&envelope, expectations, now) {
        Ok(()) => true,
        Err(SamlFault::Status(_)) => false,
        Err(fault) => return Err(fault),
    };
    profile::require_current(Some(envelope.issue_instant), now)?;
    Ok(LogoutMessage::Response { is_success })
}

fn request(
    document: &Document<'_>,
    root: NodeId,
    expectations: &Expectations,
    now: Timestamp,
) -> Result<LogoutRequest, SamlFault> {
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
    let issued = xml::instant(document, root, "IssueInstant")?;
    let expires_at = profile::require_current(issued, now)?;
    profile::require_unexpired(xml::instant(document, root, "NotOnOrAfter")?, now)?;
    let name_id = xml::one(document, root, ASSERTION, "NameID")?.ok_or(SamlFault::Incomplete("no NameID"))?;
    let name_id = NameId::read(document, name_id);
    profile::check_name(&name_id.value)?;
    let indexes = xml::all(document, root, PROTOCOL, "SessionIndex");
    if indexes.len() > MOST_SESSIONS {
        return Err(SamlFault::Structure("too many sessions"));
    }
    let id = xml::attribute(document, root, "ID").filter(|id| !id.is_empty());
    Ok(LogoutRequest {
        id: id.ok_or(SamlFault::Incomplete("no ID"))?.to_owned(),
        expires_at,
        name_id,
        session_indexes: indexes.iter().map(|index| xml::word(document, *index)).collect(),
    })
}
