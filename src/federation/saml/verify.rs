//! Owns the order in which a SAML message is verified, behind one function. Nothing here reaches a network or a file:
//! the function is given a text, expectations and the time, and has nothing else.
//! It must not know where the message came from.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use uppsala::{Document, NodeId};

use super::assertion::Assertion;
use super::fault::SamlFault;
use super::metadata::IdentityProvider;
use super::name_id::NameId;
use super::structure::{self, Content};
use super::xml::PROTOCOL;
use super::{assertion, decrypt, filter, profile, signature, xml};
use crate::clock::Timestamp;
use crate::crypto::rsa::RsaKey;

/// What a message must fit.
#[derive(Debug, Clone)]
pub struct Expectations {
    /// The provider that was asked, with its keys.
    pub provider: IdentityProvider,
    /// Our entity id.
    pub audience: String,
    /// Our address that the message is posted to.
    pub address: String,
    /// The request that it must answer; `None` if nobody asked.
    pub request_id: Option<String>,
    /// Whether the provider may start a sign-in that nobody asked for.
    pub is_unsolicited_allowed: bool,
    /// Whether the assertion must be encrypted.
    pub is_encryption_required: bool,
    /// The key that opens encrypted assertions.
    pub decryption_key: Option<RsaKey>,
}

/// What a provider said, every part of it verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedAssertion {
    /// The assertion's id, to be remembered until `expires_at` so that it is not used twice.
    pub id: String,
    /// From when on it is refused as expired.
    pub expires_at: Timestamp,
    /// The provider's entity id.
    pub issuer: String,
    /// The person's NameID, as it stands.
    pub name_id: NameId,
    /// The provider's session.
    pub session_index: Option<String>,
    /// The attributes by `Name`.
    pub attributes: BTreeMap<String, Vec<String>>,
}

/// Verifies the base64 text of a Response and reads its assertion.
///
/// # Errors
/// With the reason for which it is refused. A panic in a parser is a refusal, too.
pub fn verify(
    response_base64: &str,
    expectations: &Expectations,
    now: Timestamp,
) -> Result<VerifiedAssertion, SamlFault> {
    guarded(|| verify_response(response_base64, expectations, now))
}

/// Verifies the base64 text of what somebody holds of a sign-in: an Assertion, signed itself, or the Response that
/// carried one.
///
/// # Errors
/// As [`verify`].
pub fn verify_held(
    held_base64: &str,
    expectations: &Expectations,
    now: Timestamp,
) -> Result<VerifiedAssertion, SamlFault> {
    guarded(|| {
        let text = filter::decode(held_base64)?;
        let (document, root) = xml::parse(filter::admit(&text, &filter::MESSAGE)?)?;
        if xml::is(&document, root, PROTOCOL, "Response") {
            return verify_response(held_base64, expectations, now);
        }
        structure::alone(&document, root)?;
        if expectations.is_encryption_required {
            return Err(SamlFault::Unencrypted);
        }
        let readable = signed_text(&document, root, expectations)?.ok_or(SamlFault::Unsigned)?;
        let assertion = assertion::read(&readable)?;
        let expires_at = profile::check(None, &assertion, expectations, now)?;
        Ok(VerifiedAssertion::of(assertion, expires_at))
    })
}

/// Runs a parser on something hostile.
///
/// # Errors
/// Those of `work`, and [`SamlFault::Parser`] when it panics.
pub fn guarded<T>(work: impl FnOnce() -> Result<T, SamlFault>) -> Result<T, SamlFault> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or(Err(SamlFault::Parser))
}

fn verify_response(
    response_base64: &str,
    expectations: &Expectations,
    now: Timestamp,
) -> Result<VerifiedAssertion, SamlFault> {
    let text = filter::decode(response_base64)?;
    let text = filter::admit(&text, &filter::MESSAGE)?;
    let (document, root) = xml::parse(text)?;
    let layout = structure::response(&document, root)?;
    let verified = layout
        .signature
        .map(|signature| signature::verify(&document, signature, &expectations.provider.certificates))
        .transpose()?;
    let readable = match layout.content {
        Content::Plain(_) if expectations.is_encryption_required => return Err(SamlFault::Unencrypted),
        Content::Plain(assertion) => {
            signed_text(&document, assertion, expectations)?.or_else(|| verified.clone()).ok_or(SamlFault::Unsigned)?
        }
        Content::Encrypted(encrypted) => match &verified {
            Some(verified) => open_verified(verified, expectations)?,
            None => open_unverified(&document, encrypted, expectations)?,
        },
    };
    let envelope = assertion::read_envelope(verified.as_deref().unwrap_or(text), verified.is_some())?;
    let assertion = assertion::read(&readable)?;
    let expires_at = profile::check(Some(&envelope), &assertion, expectations, now)?;
    Ok(VerifiedAssertion::of(assertion, expires_at))
}

impl VerifiedAssertion {
    fn of(assertion: Assertion, expires_at: Timestamp) -> Self {
        Self {
            id: assertion.id,
            expires_at,
            issuer: assertion.issuer,
            name_id: assertion.name_id,
            session_index: assertion.authentications.into_iter().find_map(|statement| statement.session_index),
            attributes: assertion.attributes,
        }
    }
}

/// The verified text of `assertion`, if it carries a signature of its own, which then must verify.
fn signed_text(
    document: &Document<'_>,
    assertion: NodeId,
    expectations: &Expectations,
) -> Result<Option<String>, SamlFault> {
    structure::signature_of(document, assertion)?
        .map(|signature| signature::verify(document, signature, &expectations.provider.certificates))
        .transpose()
}

/// The assertion in a Response that was verified as a whole, ciphertext included.
fn open_verified(verified: &str, expectations: &Expectations) -> Result<String, SamlFault> {
    let (document, root) = xml::parse(verified)?;
    let Content::Encrypted(encrypted) = structure::response(&document, root)?.content else {
        return Err(SamlFault::Structure("no EncryptedAssertion"));
    };
    let inside = decrypt::open(&document, encrypted, key(expectations)?)?;
    let (document, root) = xml::parse(&inside)?;
    let assertion = structure::decrypted(&document, root)?;
    let signed = signed_text(&document, assertion, expectations)?;
    drop(document);
    Ok(signed.unwrap_or(inside))
}

/// The assertion in a Response that anybody may have sent. Until its own signature has verified, all faults look
/// alike: whoever alters a ciphertext learns nothing of what it became.
fn open_unverified(
    document: &Document<'_>,
    encrypted: NodeId,
    expectations: &Expectations,
) -> Result<String, SamlFault> {
    let inside = decrypt::open(document, encrypted, key(expectations)?)?;
    let signed = || {
        let (document, root) = xml::parse(&inside)?;
        let assertion = structure::decrypted(&document, root)?;
        signed_text(&document, assertion, expectations)?.ok_or(SamlFault::Unsigned)
    };
    signed().map_err(|_| SamlFault::Decryption)
}

fn key(expectations: &Expectations) -> Result<&RsaKey, SamlFault> {
    expectations.decryption_key.as_ref().ok_or(SamlFault::Decryption)
}
