//! Owns the reasons for which a SAML message is refused, and what the app is told for each.
//! It must not know how they are found.

use crate::federation::FederationFault;

/// Why a SAML message or a provider's metadata was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SamlFault {
    /// More characters than are read at all.
    #[error("the message is too long")]
    TooLong,
    /// Not base64.
    #[error("the message is not base64")]
    NotBase64,
    /// Not deflated, as a message in a query must be.
    #[error("the message is not deflated")]
    NotDeflated,
    /// Not UTF-8.
    #[error("the message is not UTF-8")]
    NotUtf8,
    /// Markup that no SAML message needs.
    #[error("forbidden markup: {0}")]
    Markup(&'static str),
    /// Not well-formed XML.
    #[error("not well-formed XML: {0}")]
    NotXml(String),
    /// Elements missing, repeated or in the wrong place.
    #[error("unexpected structure: {0}")]
    Structure(&'static str),
    /// Two elements share an id.
    #[error("an id occurs twice")]
    DuplicateId,
    /// Neither the Response nor the Assertion is signed.
    #[error("nothing is signed")]
    Unsigned,
    /// A signature that covers anything but its parent, or in another way than we verify.
    #[error("unexpected signature: {0}")]
    SignatureShape(&'static str),
    /// An algorithm that we do not accept.
    #[error("algorithm not accepted: {0}")]
    Algorithm(String),
    /// The signature was not made with any of the provider's keys.
    #[error("the signature does not verify under the provider's keys")]
    SignatureInvalid,
    /// What was signed is not what arrived.
    #[error("the digest does not match")]
    DigestMismatch,
    /// The provider must encrypt, and did not.
    #[error("the assertion is not encrypted")]
    Unencrypted,
    /// Encrypted in a way that we do not open.
    #[error("unexpected encryption: {0}")]
    EncryptionShape(&'static str),
    /// Cannot be opened. Says nothing more, so that nobody can ask an oracle.
    #[error("the assertion cannot be decrypted")]
    Decryption,
    /// Not SAML 2.0.
    #[error("the version is not 2.0")]
    Version,
    /// The provider says that the sign-in failed.
    #[error("the provider answered {0}")]
    Status(String),
    /// Issued by somebody else.
    #[error("issued by somebody else")]
    Issuer,
    /// Sent to another address.
    #[error("the destination is another address")]
    Destination,
    /// Confirmed for another address.
    #[error("the recipient is another address")]
    Recipient,
    /// Made for another service provider.
    #[error("the audience is another service provider")]
    Audience,
    /// The answer to another request, or to none.
    #[error("the answer to another request")]
    InResponseTo,
    /// Nobody asked, and the provider may not start a sign-in.
    #[error("nobody asked for this sign-in")]
    Unsolicited,
    /// Used before its time.
    #[error("not valid yet")]
    NotYetValid,
    /// Used after its time.
    #[error("expired")]
    Expired,
    /// A part that every assertion must have is missing or unreadable.
    #[error("incomplete assertion: {0}")]
    Incomplete(&'static str),
    /// A condition that we do not understand, so it cannot be met.
    #[error("unknown condition")]
    Condition,
    /// The subject is not confirmed by bearing the assertion, once.
    #[error("not one bearer confirmation")]
    Confirmation,
    /// Metadata that cannot be used.
    #[error("unusable metadata: {0}")]
    Metadata(&'static str),
    /// The parser gave up in an unforeseen way.
    #[error("the parser failed")]
    Parser,
}

impl SamlFault {
    /// Cognito's description for the app.
    #[must_use]
    pub fn description(&self) -> String {
        match self {
            Self::Unsigned
            | Self::SignatureShape(_)
            | Self::Algorithm(_)
            | Self::SignatureInvalid
            | Self::DigestMismatch => "SAML Assertion signature is invalid".to_owned(),
            Self::Audience => "Invalid SAML response received: Audience restriction was not met".to_owned(),
            Self::InResponseTo => "Invalid relayState from identity provider".to_owned(),
            Self::Unsolicited | Self::Recipient | Self::Destination => {
                "Invalid samlResponse or relayState from identity provider".to_owned()
            }
            Self::Decryption | Self::Status(_) | Self::NotYetValid | Self::Expired | Self::Parser => {
                format!("Error in SAML response processing: {self}")
            }
            Self::NotXml(_) => "Invalid SAML response received: not well-formed XML".to_owned(),
            _ => format!("Invalid SAML response received: {self}"),
        }
    }
}

impl From<SamlFault> for FederationFault {
    fn from(fault: SamlFault) -> Self {
        Self::invalid(fault.description(), fault)
    }
}
