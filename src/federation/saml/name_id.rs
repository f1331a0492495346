//! Owns NameID elements (SAML core §2.2.3): reading one, and writing it again exactly as it was received, which is
//! how a provider recognises the person whose session we ask it to end. It must not know where it stands.

use serde::{Deserialize, Serialize};
use uppsala::{Document, NodeId};

use super::xml;

/// How a provider names a person.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct NameId {
    /// The name.
    pub value: String,
    /// `Format`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<String>,
    /// `NameQualifier`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name_qualifier: Option<String>,
    /// `SPNameQualifier`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sp_name_qualifier: Option<String>,
    /// `SPProvidedID`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sp_provided_id: Option<String>,
}

impl NameId {
    /// Reads the element `node`.
    #[must_use]
    pub fn read(document: &Document<'_>, node: NodeId) -> Self {
        let attribute = |name: &str| xml::attribute(document, node, name).map(str::to_owned);
        Self {
            value: xml::text(document, node),
            format: attribute("Format"),
            name_qualifier: attribute("NameQualifier"),
            sp_name_qualifier: attribute("SPNameQualifier"),
            sp_provided_id: attribute("SPProvidedID"),
        }
    }

    /// The element, with the prefix `saml` for its namespace.
    #[must_use]
    pub fn written(&self) -> String {
        let attributes = [
            ("Format", &self.format),
            ("NameQualifier", &self.name_qualifier),
            ("SPNameQualifier", &self.sp_name_qualifier),
            ("SPProvidedID", &self.sp_provided_id),
        ];
        let given = attributes.into_iter().filter_map(|(name, value)| Some((name, value.as_deref()?)));
        let given: String = given.map(|(name, value)| format!(" {name}=\"{}\"", xml::escape(value))).collect();
        format!("<saml:NameID{given}>{}</saml:NameID>", xml::escape(&self.value))
    }
}
