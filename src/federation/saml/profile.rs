//! Owns the rules of the web browser single sign-on profile (SAML profiles §4.1.4.3) over values that were read from
//! verified text: who says it, to whom, about which request, and when.
//! It must not know XML or keys.

use super::assertion::{Assertion, Conditions, Confirmation, Envelope};
use super::fault::SamlFault;
use super::verify::Expectations;
use crate::clock::Timestamp;

/// How far the provider's clock may be from ours, in seconds.
const SKEW: i64 = 5 * 60;
/// How old a sign-in may be that nobody asked for, in seconds.
const FRESH: i64 = 6 * 60;
/// The longest NameID, in characters (SAML core §8.3.7).
const LONGEST_NAME: usize = 256;

const VERSION: &str = "2.0";
const BEARER: &str = "urn:oasis:names:tc:SAML:2.0:cm:bearer";
const SUCCESS: &str = "urn:oasis:names:tc:SAML:2.0:status:Success";

/// Checks an assertion and the Response around it, if there is one. Returns the moment from which on the assertion is refused as
/// expired, and up to which its id must be remembered.
///
/// # Errors
/// At the first rule that is broken.
pub fn check(
    envelope: Option<&Envelope>,
    assertion: &Assertion,
    expectations: &Expectations,
    now: Timestamp,
) -> Result<Timestamp, SamlFault> {
    envelope.map_or(Ok(()), |envelope| check_envelope(envelope, expectations, now))?;
    if assertion.version != VERSION {
        return Err(SamlFault::Version);
    }
    if assertion.issuer != expectations.provider.entity_id {
        return Err(SamlFault::Issuer);
    }
    require_begun(assertion.issue_instant, now)?;
    let confirmation = bearer(&assertion.confirmations)?;
    check_request(envelope, assertion.issue_instant, confirmation, (expectations, now))?;
    let expires_at = check_confirmation(confirmation, expectations, now)?;
    check_conditions(&assertion.conditions, expectations, now)?;
    if assertion.authentications.is_empty() {
        return Err(SamlFault::Incomplete("no AuthnStatement"));
    }
    for authentication in &assertion.authentications {
        require_unexpired(authentication.session_not_on_or_after, now)?;
    }
    check_name(&assertion.name_id.value)?;
    Ok(expires_at.plus_seconds(SKEW))
}

/// Checks what every answer of a provider must hold: version, issuer, destination, time, success.
///
/// # Errors
/// At the first rule that is broken.
pub fn check_envelope(envelope: &Envelope, expectations: &Expectations, now: Timestamp) -> Result<(), SamlFault> {
    if envelope.version != VERSION {
        return Err(SamlFault::Version);
    }
    if envelope.issuer.as_ref().is_some_and(|issuer| *issuer != expectations.provider.entity_id) {
        return Err(SamlFault::Issuer);
    }
    match &envelope.destination {
        Some(destination) if *destination != expectations.address => return Err(SamlFault::Destination),
        // SAML bindings §3.5.5.2: a signed message names where it is sent.
        None if envelope.is_verified => return Err(SamlFault::Destination),
        _ => {}
    }
    if envelope.status.first().is_none_or(|status| status != SUCCESS) {
        return Err(SamlFault::Status(envelope.status.join(" ")));
    }
    require_begun(envelope.issue_instant, now)
}

/// Checks that a message that names no end of its own was made just now; from when on it is refused as too old.
///
/// # Errors
/// When it was not.
pub fn require_current(issued: Option<Timestamp>, now: Timestamp) -> Result<Timestamp, SamlFault> {
    let issued = issued.ok_or(SamlFault::Incomplete("no IssueInstant"))?;
    require_begun(issued, now)?;
    let end = issued.plus_seconds(FRESH);
    if end < now { Err(SamlFault::Expired) } else { Ok(end.plus_seconds(1)) }
}

/// The answer to our request, or to none where the provider may start a sign-in. At least one verified place must
/// name our request; an unverified one is only compared.
fn check_request(
    envelope: Option<&Envelope>,
    issued: Timestamp,
    confirmation: &Confirmation,
    (expectations, now): (&Expectations, Timestamp),
) -> Result<(), SamlFault> {
    let named =
        [envelope.and_then(|envelope| envelope.in_response_to.as_deref()), confirmation.in_response_to.as_deref()];
    let Some(request) = expectations.request_id.as_deref() else {
        if !expectations.is_unsolicited_allowed {
            return Err(SamlFault::Unsolicited);
        }
        if named != [None, None] {
            return Err(SamlFault::InResponseTo);
        }
        let issued = envelope.map_or(issued, |envelope| issued.min(envelope.issue_instant));
        return require_current(Some(issued), now).map(|_| ());
    };
    let is_foreign = named.iter().flatten().any(|id| *id != request);
    let is_verified = confirmation.in_response_to.is_some()
        || (envelope.is_some_and(|envelope| envelope.is_verified) && named[0].is_some());
    if is_foreign || !is_verified {
        return Err(SamlFault::InResponseTo);
    }
    Ok(())
}

fn bearer(confirmations: &[Confirmation]) -> Result<&Confirmation, SamlFault> {
    match confirmations {
        [confirmation] if confirmation.method == BEARER => Ok(confirmation),
        _ => Err(SamlFault::Confirmation),
    }
}

fn check_confirmation(
    confirmation: &Confirmation,
    expectations: &Expectations,
    now: Timestamp,
) -> Result<Timestamp, SamlFault> {
    if confirmation.recipient.as_deref() != Some(&*expectations.address) {
        return Err(SamlFault::Recipient);
    }
    let end = confirmation.not_on_or_after.ok_or(SamlFault::Incomplete("no NotOnOrAfter"))?;
    require_unexpired(Some(end), now)?;
    confirmation.not_before.map_or(Ok(()), |start| require_begun(start, now))?;
    Ok(end)
}

fn check_conditions(conditions: &Conditions, expectations: &Expectations, now: Timestamp) -> Result<(), SamlFault> {
    if conditions.has_unknown {
        return Err(SamlFault::Condition);
    }
    conditions.not_before.map_or(Ok(()), |start| require_begun(start, now))?;
    require_unexpired(conditions.not_on_or_after, now)?;
    let is_ours = |audiences: &Vec<String>| audiences.contains(&expectations.audience);
    if conditions.audiences.is_empty() || !conditions.audiences.iter().all(is_ours) {
        return Err(SamlFault::Audience);
    }
    Ok(())
}

/// Checks that a name can be part of a user name.
///
/// # Errors
/// When it cannot.
pub fn check_name(name: &str) -> Result<(), SamlFault> {
    let is_fit = !name.trim().is_empty() && !name.contains(char::is_control) && name.chars().count() <= LONGEST_NAME;
    is_fit.then_some(()).ok_or(SamlFault::Incomplete("no usable NameID"))
}

fn require_begun(start: Timestamp, now: Timestamp) -> Result<(), SamlFault> {
    if now.plus_seconds(SKEW) < start { Err(SamlFault::NotYetValid) } else { Ok(()) }
}

/// Checks that an end, where there is one, has not passed.
///
/// # Errors
/// When it has.
pub fn require_unexpired(end: Option<Timestamp>, now: Timestamp) -> Result<(), SamlFault> {
    if end.is_some_and(|end| now >= end.plus_seconds(SKEW)) { Err(SamlFault::Expired) } else { Ok(()) }
}
