//! Owns the messages of the SAML identity provider: metadata, responses with an assertion, logout responses (SAML Core
//! §2 and §3, SAML Metadata §2). It must not know pages.

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::key::{SamlKey, key_info};
use super::xml::{element, text};
use crate::crypto::digest;
use crate::crypto::jwt::KeyFault;
use crate::simulated::choice::Decision;
use crate::simulated::people::Person;
use crate::simulated::settings::SAML_CLAIMS;

const PROTOCOL: &str = "urn:oasis:names:tc:SAML:2.0:protocol";
const ASSERTION: &str = "urn:oasis:names:tc:SAML:2.0:assertion";
const STATUS: &str = "urn:oasis:names:tc:SAML:2.0:status";
const EMAIL_FORMAT: &str = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress";
const PERSISTENT_FORMAT: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent";
/// How long an assertion is good for, before and after its making, in seconds.
const LIFETIME: i64 = 300;

/// What is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signed {
    /// The assertion.
    Assertion,
    /// The response around it.
    Response,
    /// Both.
    Both,
}

/// Who answers what to whom, and when.
#[derive(Debug, Clone)]
pub struct Envelope<'a> {
    /// The identity provider's entity id.
    pub entity_id: &'a str,
    /// The address that takes the answer.
    pub destination: &'a str,
    /// The request that is answered; none if the sign-in starts here.
    pub in_response_to: Option<&'a str>,
    /// A new identifier, to which the parts add a suffix.
    pub id: &'a str,
    /// The present, in seconds since the epoch.
    pub now: i64,
}

/// What a successful sign-in says.
#[derive(Debug, Clone)]
pub struct Statement<'a> {
    /// Who signed in.
    pub decision: &'a Decision,
    /// The service provider's entity id.
    pub audience: &'a str,
    /// The format that the service provider asked for.
    pub name_id_format: Option<&'a str>,
    /// The session's name.
    pub session_index: &'a str,
}

/// What a service provider knows a person by.
#[derive(Debug, Clone)]
pub struct NameId {
    /// Its kind.
    pub format: &'static str,
    /// The name.
    pub value: String,
}

impl Envelope<'_> {
    /// A response that carries an assertion.
    ///
    /// # Errors
    /// [`KeyFault::Signing`].
    pub fn response(&self, statement: &Statement<'_>, signed: Signed, key: &SamlKey) -> Result<String, KeyFault> {
        let is_broken = statement.decision.is_broken;
        let id = format!("{}-assertion", self.id);
        let (issuer, rest) = (self.inner_issuer(), self.assertion_content(statement));
        let assertion = |signature: &str| {
            let content = [issuer.as_str(), signature, &rest].concat();
            let attributes =
                [("xmlns:saml", ASSERTION), ("ID", &id), ("IssueInstant", &instant(self.now)), ("Version", "2.0")];
            element("saml:Assertion", &attributes, &content)
        };
        let mut body = assertion("");
        if signed != Signed::Response {
            body = assertion(&key.signature(&body, &id, is_broken)?);
        }
        let status = status(&["Success"]);
        self.message("Response", &(status + &body), (signed != Signed::Assertion).then_some((key, is_broken)))
    }

    /// A signed response that says why there is no assertion: codes from the outer to the inner.
    ///
    /// # Errors
    /// [`KeyFault::Signing`].
    pub fn failure(&self, codes: &[&str], key: &SamlKey) -> Result<String, KeyFault> {
        self.message("Response", &status(codes), Some((key, false)))
    }

    /// A signed response to a request to sign out.
    ///
    /// # Errors
    /// [`KeyFault::Signing`].
    pub fn logout(&self, key: &SamlKey) -> Result<String, KeyFault> {
        self.message("LogoutResponse", &status(&["Success"]), Some((key, false)))
    }

    /// A signed request to sign a person out of a session.
    ///
    /// # Errors
    /// [`KeyFault::Signing`].
    pub fn logout_request(&self, (name_id, index): (&NameId, &str), key: &SamlKey) -> Result<String, KeyFault> {
        let name_id = text("saml:NameID", &[("xmlns:saml", ASSERTION), ("Format", name_id.format)], &name_id.value);
        let content = name_id + &text("samlp:SessionIndex", &[], index);
        self.message("LogoutRequest", &content, Some((key, false)))
    }

    fn message(&self, name: &str, content: &str, signer: Option<(&SamlKey, bool)>) -> Result<String, KeyFault> {
        let issuer = text("saml:Issuer", &[("xmlns:saml", ASSERTION)], self.entity_id);
        let issued = instant(self.now);
        let mut attributes = vec![
            ("xmlns:samlp", PROTOCOL),
            ("Destination", self.destination),
            ("ID", self.id),
            ("IssueInstant", &issued),
            ("Version", "2.0"),
        ];
        attributes.extend(self.in_response_to.map(|id| ("InResponseTo", id)));
        let whole = |signature: &str| {
            element(&format!("samlp:{name}"), &attributes, &[issuer.as_str(), signature, content].concat())
        };
        match signer {
            Some((key, is_broken)) => Ok(whole(&key.signature(&whole(""), self.id, is_broken)?)),
            None => Ok(whole("")),
        }
    }

    fn inner_issuer(&self) -> String {
        text("saml:Issuer", &[], self.entity_id)
    }

    fn assertion_content(&self, statement: &Statement<'_>) -> String {
        let (from, until) = (instant(self.now - LIFETIME), instant(self.now + LIFETIME));
        let mut data = vec![("NotOnOrAfter", until.as_str()), ("Recipient", self.destination)];
        data.extend(self.in_response_to.map(|id| ("InResponseTo", id)));
        let confirmation = element(
            "saml:SubjectConfirmation",
            &[("Method", "urn:oasis:names:tc:SAML:2.0:cm:bearer")],
            &element("saml:SubjectConfirmationData", &data, ""),
        );
        let audience = element("saml:AudienceRestriction", &[], &text("saml:Audience", &[], statement.audience));
        let context = text("saml:AuthnContextClassRef", &[], "urn:oasis:names:tc:SAML:2.0:ac:classes:unspecified");
        let session = [("AuthnInstant", instant(self.now)), ("SessionIndex", statement.session_index.to_owned())];
        let name_id = statement.name_id();
        let name_id = text("saml:NameID", &[("Format", name_id.format)], &name_id.value);
        element("saml:Subject", &[], &(name_id + &confirmation))
            + &element("saml:Conditions", &[("NotBefore", &from), ("NotOnOrAfter", &until)], &audience)
            + &element(
                "saml:AuthnStatement",
                &session.each_ref().map(|(name, value)| (*name, value.as_str())),
                &element("saml:AuthnContext", &[], &context),
            )
            + &element("saml:AttributeStatement", &[], &attributes(statement.decision))
    }
}

/// The metadata of the identity provider at `entity_id`'s address.
#[must_use]
pub fn metadata(entity_id: &str, at: &str, key: &SamlKey) -> String {
    let key = element("md:KeyDescriptor", &[("use", "signing")], &key_info("ds", key.certificate()));
    let service = |name: &str, path: &str, binding: &str| {
        let (location, binding) = (format!("{at}{path}"), format!("urn:oasis:names:tc:SAML:2.0:bindings:{binding}"));
        element(name, &[("Binding", &binding), ("Location", &location)], "")
    };
    let sign_out = ["HTTP-Redirect", "HTTP-POST"].map(|binding| service("md:SingleLogoutService", "/slo", binding));
    let formats = [PERSISTENT_FORMAT, EMAIL_FORMAT].map(|format| text("md:NameIDFormat", &[], format)).concat();
    let role = element(
        "md:IDPSSODescriptor",
        &[("protocolSupportEnumeration", PROTOCOL), ("WantAuthnRequestsSigned", "false")],
        &(key + &sign_out.concat() + &formats + &service("md:SingleSignOnService", "/sso", "HTTP-Redirect")),
    );
    let attributes = [
        ("xmlns:md", "urn:oasis:names:tc:SAML:2.0:metadata"),
        ("xmlns:ds", "http://www.w3.org/2000/09/xmldsig#"),
        ("entityID", entity_id),
    ];
    element("md:EntityDescriptor", &attributes, &role)
}

fn instant(seconds: i64) -> String {
    let moment = OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    moment.format(&Rfc3339).unwrap_or_default()
}

fn status(codes: &[&str]) -> String {
    let nested = codes.iter().rev().fold(String::new(), |inner, code| {
        element("samlp:StatusCode", &[("Value", &format!("{STATUS}:{code}"))], &inner)
    });
    element("samlp:Status", &[], &nested)
}

impl Statement<'_> {
    /// The address, where the service provider asked for that and it is told; otherwise a lasting opaque identifier.
    #[must_use]
    pub fn name_id(&self) -> NameId {
        let email = self.decision.email().filter(|_| self.name_id_format == Some(EMAIL_FORMAT));
        match email {
            Some(email) => NameId { format: EMAIL_FORMAT, value: email.to_owned() },
            None => NameId { format: PERSISTENT_FORMAT, value: subject(&self.decision.person) },
        }
    }
}

fn subject(person: &Person) -> String {
    digest::hex(&person.fingerprint("saml")[..16])
}

fn attributes(decision: &Decision) -> String {
    let person = &decision.person;
    let claim = |name: &str| format!("{SAML_CLAIMS}/{name}");
    let one = |value: &str| vec![value.to_owned()];
    let mut all = vec![
        (claim("name"), one(&person.name)),
        (claim("givenname"), one(&person.given_name)),
        (claim("surname"), one(&person.family_name)),
        ("groups".to_owned(), person.groups.clone()),
        ("picture".to_owned(), person.picture().into_iter().collect()),
    ];
    if let Some(email) = decision.email() {
        all.push((claim("emailaddress"), one(email)));
        all.push(("email_verified".to_owned(), one(&person.email_verified.to_string())));
    }
    let is_told = |(_, values): &(String, Vec<String>)| values.iter().any(|value| !value.is_empty());
    all.into_iter().filter(is_told).map(|(name, values)| attribute(&name, &values)).collect()
}

fn attribute(name: &str, values: &[String]) -> String {
    let format = if name.contains(':') { "uri" } else { "basic" };
    let format = format!("urn:oasis:names:tc:SAML:2.0:attrname-format:{format}");
    let values: String = values.iter().map(|value| text("saml:AttributeValue", &[], value)).collect();
    element("saml:Attribute", &[("Name", name), ("NameFormat", &format)], &values)
}
