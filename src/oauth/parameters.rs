//! Owns the parameters of a request: each at most once, none over-long, none with control characters
//! (RFC 6749 §3.1: parameters must not be included more than once).

use std::collections::HashSet;

/// How many parameters a request may have; the longest form of ours has a dozen.
const MOST: usize = 100;

/// The longest value of a parameter, in bytes.
const LONGEST_VALUE: usize = 4096;

/// The longest value of a parameter that carries a message, in bytes; what is too long for SAML is refused there.
const LONGEST_MESSAGE: usize = 200_000;

/// The parameters of a query string or a form.
#[derive(Debug, Clone, Default)]
pub struct Parameters(Vec<(String, String)>);

/// What is wrong with the parameters.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParameterFault {
    /// A name occurs more than once.
    #[error("The parameter {0} is given more than once.")]
    Repeated(String),
    /// A value is too long or holds control characters.
    #[error("The parameter {0} is malformed.")]
    Malformed(String),
    /// There are more than a request may have; this is the first one too many.
    #[error("There are too many parameters.")]
    TooMany(String),
}

impl ParameterFault {
    /// The name of the faulty parameter.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Repeated(name) | Self::Malformed(name) | Self::TooMany(name) => name,
        }
    }
}

impl Parameters {
    /// Reads `application/x-www-form-urlencoded` text.
    ///
    /// # Errors
    /// The first parameter that is repeated, malformed, or one too many.
    pub fn parse(text: &str) -> Result<Self, ParameterFault> {
        Self::parse_up_to(text, LONGEST_VALUE)
    }

    /// As [`Parameters::parse`], for a form that may carry a SAML message, whose base64 may be broken into lines.
    ///
    /// # Errors
    /// The first parameter that is repeated, malformed, or one too many.
    pub fn parse_long(text: &str) -> Result<Self, ParameterFault> {
        Self::parse_up_to(text, LONGEST_MESSAGE)
    }

    fn parse_up_to(text: &str, longest: usize) -> Result<Self, ParameterFault> {
        let mut pairs: Vec<(String, String)> = Vec::new();
        let mut names = HashSet::new();
        for (name, value) in url::form_urlencoded::parse(text.as_bytes()) {
            let is_message = longest == LONGEST_MESSAGE;
            let is_bad = |letter: char| is_hostile(letter) && !(is_message && matches!(letter, '\r' | '\n'));
            let is_malformed = value.len() > longest || value.chars().chain(name.chars()).any(is_bad);
            if is_malformed || name.len() > 128 {
                return Err(ParameterFault::Malformed(
                    name.chars().filter(|letter| !letter.is_control()).take(64).collect(),
                ));
            }
            if pairs.len() == MOST {
                return Err(ParameterFault::TooMany(name.into_owned()));
            }
            if !names.insert(name.clone()) {
                return Err(ParameterFault::Repeated(name.into_owned()));
            }
            pairs.push((name.into_owned(), value.into_owned()));
        }
        Ok(Self(pairs))
    }

    /// The value of a parameter; an empty one counts as absent (RFC 6749 §3.1).
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
            .filter(|value| !value.is_empty())
    }

    /// The value of a parameter as it stands, an empty one included.
    #[must_use]
    pub fn raw(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// All pairs, in order.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The parameters as a query string, without those in `left_out`.
    #[must_use]
    pub fn to_query(&self, left_out: &[&str]) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(self.pairs().filter(|(name, _)| !left_out.contains(name)));
        query.finish()
    }
}

/// Appends `pairs` to `target` after `separator` (`?` or `#`), or after `&` where the target has a query already.
#[must_use]
pub fn append(target: &str, separator: char, pairs: &[(&str, &str)]) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(pairs);
    let joint = if separator == '?' && target.contains('?') { '&' } else { separator };
    format!("{target}{joint}{}", query.finish())
}

fn is_hostile(letter: char) -> bool {
    letter.is_control() || letter == char::REPLACEMENT_CHARACTER
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_is_given_once_and_holds_no_control_characters() {
        assert_eq!(Parameters::parse("a=1&b=2&a=3").unwrap_err(), ParameterFault::Repeated("a".to_owned()));
        for text in ["a=%0d%0a", "a=%00", "%0a=1", "a=%ff"] {
            assert!(matches!(Parameters::parse(text), Err(ParameterFault::Malformed(_))), "{text}");
        }
        assert!(Parameters::parse(&format!("a={}", "x".repeat(LONGEST_VALUE + 1))).is_err());
        assert_eq!(Parameters::parse("a=&b=x+y").unwrap().get("a"), None);
        assert_eq!(Parameters::parse("b=x+y").unwrap().get("b"), Some("x y"));
    }

    #[test]
    fn a_request_has_a_hundred_parameters_at_most() {
        let of = |count: usize| (0..count).map(|number| format!("p{number}=x")).collect::<Vec<_>>().join("&");
        assert_eq!(Parameters::parse(&of(100)).unwrap().pairs().count(), 100);
        assert_eq!(Parameters::parse(&of(101)).unwrap_err(), ParameterFault::TooMany("p100".to_owned()));
        assert_eq!(Parameters::parse_long(&of(20_000)).unwrap_err(), ParameterFault::TooMany("p100".to_owned()));
    }

    #[test]
    fn a_target_with_a_query_is_continued() {
        assert_eq!(append("https://a.b/c?d=e", '?', &[("code", "1 2")]), "https://a.b/c?d=e&code=1+2");
        assert_eq!(append("myapp://x", '?', &[("code", "1")]), "myapp://x?code=1");
        assert_eq!(append("https://a.b/c", '#', &[("x", "1")]), "https://a.b/c#x=1");
    }
}
