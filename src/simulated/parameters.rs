//! Owns the reading of queries and forms. It must not know what the parameters mean.

use std::collections::BTreeMap;

/// Parameters by name.
#[derive(Debug, Clone, Default)]
pub struct Parameters(BTreeMap<String, String>);

/// A parameter was given twice, so that it is not clear what was meant (RFC 6749 §3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a parameter is repeated")]
pub struct Repeated;

impl Parameters {
    /// Reads `application/x-www-form-urlencoded` text.
    ///
    /// # Errors
    /// [`Repeated`].
    pub fn parse(text: &[u8]) -> Result<Self, Repeated> {
        let mut parameters = BTreeMap::new();
        for (name, value) in url::form_urlencoded::parse(text) {
            if parameters.insert(name.into_owned(), value.into_owned()).is_some() {
                return Err(Repeated);
            }
        }
        Ok(Self(parameters))
    }

    /// A parameter; one without a value counts as absent (RFC 6749 §3.1).
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// A parameter, owned.
    #[must_use]
    pub fn owned(&self, name: &str) -> Option<String> {
        self.get(name).map(str::to_owned)
    }

    /// Whether a switch is on: present with any value.
    #[must_use]
    pub fn is_on(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// A parameter as its parts between spaces or commas.
    #[must_use]
    pub fn list(&self, name: &str) -> Vec<String> {
        let parts = self.get(name).unwrap_or_default().split([' ', ',']);
        parts.filter(|part| !part.is_empty()).map(str::to_owned).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repeated_parameter_is_refused_and_an_empty_one_is_absent() {
        assert_eq!(Parameters::parse(b"a=1&a=1").unwrap_err(), Repeated);
        let parameters = Parameters::parse(b"a=&b=x%20y&c=p,q").unwrap();
        assert_eq!(parameters.get("a"), None);
        assert_eq!(parameters.list("b"), ["x", "y"]);
        assert_eq!(parameters.list("c"), ["p", "q"]);
    }
}
