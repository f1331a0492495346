//! Owns the parameters of a step by name. Passwords and tokens are among them, so nothing prints them.

use std::collections::BTreeMap;

use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;

use crate::domain::attribute::Attributes;
use crate::error::Error;

/// Before the names of attributes in the answer to a challenge.
pub const ATTRIBUTE_PREFIX: &str = "userAttributes.";

/// Parameters by name.
#[derive(Default, Deserialize)]
#[serde(from = "BTreeMap<String, Option<SecretString>>")]
pub struct Parameters(BTreeMap<String, SecretString>);

/// SDKs write `null` where they take a parameter back.
impl From<BTreeMap<String, Option<SecretString>>> for Parameters {
    fn from(given: BTreeMap<String, Option<SecretString>>) -> Self {
        Self(given.into_iter().filter_map(|(name, value)| Some((name, value?))).collect())
    }
}

impl Parameters {
    /// Takes a parameter that may be absent.
    pub fn text(&mut self, name: &str) -> Option<String> {
        self.0.remove(name).map(|value| value.expose_secret().to_owned())
    }

    /// Takes a parameter that must be there.
    ///
    /// # Errors
    /// Cognito's text when it is missing or empty.
    pub fn required(&mut self, name: &str) -> Result<String, Error> {
        self.text(name).filter(|value| !value.is_empty()).ok_or_else(|| missing(name))
    }

    /// Takes a secret that may be absent.
    pub fn secret(&mut self, name: &str) -> Option<SecretString> {
        self.0.remove(name)
    }

    /// Takes a secret that must be there.
    ///
    /// # Errors
    /// Cognito's text when it is missing.
    pub fn required_secret(&mut self, name: &str) -> Result<SecretString, Error> {
        self.secret(name).ok_or_else(|| missing(name))
    }

    /// The attributes that came along under their prefix.
    ///
    /// # Errors
    /// `sub`, which nobody can choose.
    pub fn attributes(&self) -> Result<Attributes, Error> {
        let mut attributes = Attributes::new();
        for (name, value) in &self.0 {
            let Some(name) = name.strip_prefix(ATTRIBUTE_PREFIX) else { continue };
            if name == "sub" {
                return Err(Error::InvalidParameter("Cannot modify the non-mutable attribute sub".to_owned()));
            }
            attributes.insert(name.to_owned(), value.expose_secret().to_owned());
        }
        Ok(attributes)
    }
}

/// Cognito's text for a parameter that is missing.
pub fn missing(name: &str) -> Error {
    Error::InvalidParameter(format!("Missing required parameter {name}"))
}

/// The answer to a way of signing in that this server does not have.
pub fn unavailable(name: &str) -> Error {
    Error::InvalidParameter(format!("{name} is not available on this server yet"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_prefixed_parameters_are_attributes_and_sub_is_none() {
        let read = |json: &str| serde_json::from_str::<Parameters>(json).unwrap().attributes();
        let attributes = read(r#"{"USERNAME": "bob", "userAttributes.custom:team": "a"}"#).unwrap();
        assert_eq!(attributes.into_iter().collect::<Vec<_>>(), [("custom:team".to_owned(), "a".to_owned())]);
        assert!(read(r#"{"userAttributes.sub": "x"}"#).is_err());
    }

    #[test]
    fn a_missing_parameter_is_named() {
        let text = Parameters::default().required("USERNAME").unwrap_err().to_string();
        assert_eq!(text, "Missing required parameter USERNAME");
    }
}
