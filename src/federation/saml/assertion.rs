//! Owns reading a verified Assertion, and the Response around it, into values. It reads the text that was verified,
//! which is canonical and holds no comments, so every value is one whole piece of text.
//! It must not know which values are acceptable.

use std::collections::BTreeMap;

use uppsala::{Document, NodeId};

use super::fault::SamlFault;
use super::name_id::NameId;
use super::xml::{self, ASSERTION, PROTOCOL};
use crate::clock::Timestamp;

/// An Assertion (SAML core §2.3.3).
#[derive(Debug, Clone)]
pub struct Assertion {
    /// Its id.
    pub id: String,
    /// `2.0`.
    pub version: String,
    /// When it was made.
    pub issue_instant: Timestamp,
    /// The entity id of the provider.
    pub issuer: String,
    /// The subject's NameID.
    pub name_id: NameId,
    /// How the subject is confirmed.
    pub confirmations: Vec<Confirmation>,
    /// Under which conditions it counts.
    pub conditions: Conditions,
    /// How and when the person signed in at the provider.
    pub authentications: Vec<Authentication>,
    /// The attributes by `Name`.
    pub attributes: BTreeMap<String, Vec<String>>,
}

/// A SubjectConfirmation (§2.4.1.1).
#[derive(Debug, Clone)]
pub struct Confirmation {
    /// The method's URI.
    pub method: String,
    /// The address that the assertion may be delivered to.
    pub recipient: Option<String>,
    /// The request that it answers.
    pub in_response_to: Option<String>,
    /// From when on it counts.
    pub not_before: Option<Timestamp>,
    /// When it stops to count.
    pub not_on_or_after: Option<Timestamp>,
}

/// Conditions (§2.5.1).
#[derive(Debug, Clone)]
pub struct Conditions {
    /// From when on the assertion counts.
    pub not_before: Option<Timestamp>,
    /// When it stops to count.
    pub not_on_or_after: Option<Timestamp>,
    /// The audiences of each AudienceRestriction, of which every one must be met.
    pub audiences: Vec<Vec<String>>,
    /// Whether there is a condition that we do not know.
    pub has_unknown: bool,
}

/// An AuthnStatement (§2.7.2).
#[derive(Debug, Clone)]
pub struct Authentication {
    /// The provider's session.
    pub session_index: Option<String>,
    /// When that session ends.
    pub session_not_on_or_after: Option<Timestamp>,
}

/// The Response around the assertion (§3.2.2).
#[derive(Debug, Clone)]
pub struct Envelope {
    /// Whether it was verified; otherwise it is the sender's word only.
    pub is_verified: bool,
    /// `2.0`.
    pub version: String,
    /// When it was made.
    pub issue_instant: Timestamp,
    /// The entity id of the provider, which may be left out.
    pub issuer: Option<String>,
    /// The address that it was sent to.
    pub destination: Option<String>,
    /// The request that it answers.
    pub in_response_to: Option<String>,
    /// The codes of its Status, the outer one first.
    pub status: Vec<String>,
}

/// Reads the Assertion that is the root of `text` or a child of the root.
///
/// # Errors
/// When a part that every assertion must have is missing, repeated or unreadable.
pub fn read(text: &str) -> Result<Assertion, SamlFault> {
    let (document, root) = xml::parse(text)?;
    let node = match xml::is(&document, root, ASSERTION, "Assertion") {
        true => Some(root),
        false => xml::one(&document, root, ASSERTION, "Assertion")?,
    };
    let node = node.ok_or(SamlFault::Structure("no Assertion"))?;
    let subject = xml::one(&document, node, ASSERTION, "Subject")?.ok_or(SamlFault::Incomplete("no Subject"))?;
    let name_id = xml::one(&document, subject, ASSERTION, "NameID")?.ok_or(SamlFault::Incomplete("no NameID"))?;
    let issuer = xml::one(&document, node, ASSERTION, "Issuer")?.ok_or(SamlFault::Incomplete("no Issuer"))?;
    let conditions = xml::one(&document, node, ASSERTION, "Conditions")?;
    let conditions = conditions.ok_or(SamlFault::Incomplete("no Conditions"))?;
    let statements = xml::all(&document, node, ASSERTION, "AuthnStatement");
    Ok(Assertion {
        id: required(&document, node, "ID")?,
        version: required(&document, node, "Version")?,
        issue_instant: issued(&document, node)?,
        issuer: xml::word(&document, issuer),
        name_id: NameId::read(&document, name_id),
        confirmations: read_confirmations(&document, subject)?,
        conditions: read_conditions(&document, conditions)?,
        authentications: statements.iter().map(|it| read_authentication(&document, *it)).collect::<Result<_, _>>()?,
        attributes: read_attributes(&document, node)?,
    })
}

/// Reads the Response that is the root of `text`.
///
/// # Errors
/// As [`read`].
pub fn read_envelope(text: &str, is_verified: bool) -> Result<Envelope, SamlFault> {
    let (document, root) = xml::parse(text)?;
    read_envelope_of(&document, root, is_verified)
}

/// Reads what all answers of SAML's protocols share.
///
/// # Errors
/// As [`read`].
pub fn read_envelope_of(document: &Document<'_>, root: NodeId, is_verified: bool) -> Result<Envelope, SamlFault> {
    let status = xml::one(document, root, PROTOCOL, "Status")?.ok_or(SamlFault::Incomplete("no Status"))?;
    let mut codes = Vec::new();
    let mut code = xml::one(document, status, PROTOCOL, "StatusCode")?;
    while let Some(node) = code {
        codes.push(required(document, node, "Value")?);
        code = xml::one(document, node, PROTOCOL, "StatusCode")?;
    }
    Ok(Envelope {
        is_verified,
        version: required(document, root, "Version")?,
        issue_instant: issued(document, root)?,
        issuer: xml::one(document, root, ASSERTION, "Issuer")?.map(|issuer| xml::word(document, issuer)),
        destination: optional(document, root, "Destination"),
        in_response_to: optional(document, root, "InResponseTo"),
        status: codes,
    })
}

fn read_confirmations(document: &Document<'_>, subject: NodeId) -> Result<Vec<Confirmation>, SamlFault> {
    let mut confirmations = Vec::new();
    for node in xml::all(document, subject, ASSERTION, "SubjectConfirmation") {
        let data = xml::one(document, node, ASSERTION, "SubjectConfirmationData")?;
        let data = data.ok_or(SamlFault::Incomplete("no SubjectConfirmationData"))?;
        confirmations.push(Confirmation {
            method: required(document, node, "Method")?,
            recipient: optional(document, data, "Recipient"),
            in_response_to: optional(document, data, "InResponseTo"),
            not_before: xml::instant(document, data, "NotBefore")?,
            not_on_or_after: xml::instant(document, data, "NotOnOrAfter")?,
        });
    }
    Ok(confirmations)
}

fn read_conditions(document: &Document<'_>, node: NodeId) -> Result<Conditions, SamlFault> {
    let (mut audiences, mut has_unknown) = (Vec::new(), false);
    for condition in xml::children(document, node) {
        if xml::is(document, condition, ASSERTION, "AudienceRestriction") {
            let found = xml::all(document, condition, ASSERTION, "Audience");
            audiences.push(found.iter().map(|audience| xml::word(document, *audience)).collect());
        } else {
            let is_harmless =
                ["OneTimeUse", "ProxyRestriction"].map(|name| xml::is(document, condition, ASSERTION, name));
            has_unknown |= is_harmless == [false; 2];
        }
    }
    Ok(Conditions {
        not_before: xml::instant(document, node, "NotBefore")?,
        not_on_or_after: xml::instant(document, node, "NotOnOrAfter")?,
        audiences,
        has_unknown,
    })
}

fn read_authentication(document: &Document<'_>, node: NodeId) -> Result<Authentication, SamlFault> {
    Ok(Authentication {
        session_index: optional(document, node, "SessionIndex"),
        session_not_on_or_after: xml::instant(document, node, "SessionNotOnOrAfter")?,
    })
}

fn read_attributes(document: &Document<'_>, node: NodeId) -> Result<BTreeMap<String, Vec<String>>, SamlFault> {
    let mut attributes: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for statement in xml::all(document, node, ASSERTION, "AttributeStatement") {
        for attribute in xml::all(document, statement, ASSERTION, "Attribute") {
            let values = xml::all(document, attribute, ASSERTION, "AttributeValue");
            let values = values.iter().map(|value| xml::word(document, *value));
            attributes.entry(required(document, attribute, "Name")?).or_default().extend(values);
        }
    }
    Ok(attributes)
}

fn required(document: &Document<'_>, node: NodeId, name: &'static str) -> Result<String, SamlFault> {
    optional(document, node, name).filter(|value| !value.is_empty()).ok_or(SamlFault::Incomplete(name))
}

fn optional(document: &Document<'_>, node: NodeId, name: &str) -> Option<String> {
    xml::attribute(document, node, name).map(str::to_owned)
}

fn issued(document: &Document<'_>, node: NodeId) -> Result<Timestamp, SamlFault> {
    xml::instant(document, node, "IssueInstant")?.ok_or(SamlFault::Incomplete("no IssueInstant"))
}
