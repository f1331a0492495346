//! Owns the parameters of the token service's query protocol: names and values of a form, each name once, and the
//! constraints on single values. It must not know what an action does.

use std::collections::BTreeMap;

use crate::error::{Error, TokenServiceFault};

/// A call's parameters.
#[derive(Debug, Clone, Default)]
pub struct Parameters(BTreeMap<String, String>);

impl Parameters {
    /// Reads a form.
    ///
    /// # Errors
    /// When a name occurs twice or the text is not UTF-8.
    pub fn parse(form: &[u8]) -> Result<Self, Error> {
        let mut parameters = BTreeMap::new();
        for (name, value) in url::form_urlencoded::parse(form) {
            if parameters.insert(name.to_string(), value.into_owned()).is_some() {
                return Err(invalid(format!("Duplicate parameter {name}")));
            }
        }
        Ok(Self(parameters))
    }

    /// A parameter, unless absent.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// A text that must be there, of so many characters and made of characters that pass `is_allowed`.
    ///
    /// # Errors
    /// The service's text for the first broken constraint.
    pub fn required(
        &self,
        name: &str,
        (least, most): (usize, usize),
        is_allowed: fn(char) -> bool,
    ) -> Result<&str, Error> {
        let member = lower_first(name);
        let Some(value) = self.get(name) else {
            return Err(constraint("null", &member, "not be null"));
        };
        let length = value.chars().count();
        if length < least {
            return Err(constraint(value, &member, &format!("have length greater than or equal to {least}")));
        }
        if length > most {
            return Err(constraint("", &member, &format!("have length less than or equal to {most}")));
        }
        if !value.chars().all(is_allowed) {
            return Err(constraint("", &member, "satisfy its regular expression pattern"));
        }
        Ok(value)
    }

    /// `DurationSeconds`, or what it is when absent.
    ///
    /// # Errors
    /// The service's text when it is out of range or no number.
    pub fn duration(&self, otherwise: i64, (least, most): (i64, i64)) -> Result<i64, Error> {
        let Some(text) = self.get("DurationSeconds") else { return Ok(otherwise) };
        let seconds: i64 = text.parse().map_err(|_| invalid("DurationSeconds is not a number".to_owned()))?;
        if seconds < least {
            return Err(constraint(text, "durationSeconds", &format!("have value greater than or equal to {least}")));
        }
        if seconds > most {
            return Err(constraint(text, "durationSeconds", &format!("have value less than or equal to {most}")));
        }
        Ok(seconds)
    }

    /// `Policy`, which must be a JSON object.
    ///
    /// # Errors
    /// When it is too long or none.
    pub fn policy(&self) -> Result<Option<String>, Error> {
        let Some(policy) = self.get("Policy") else { return Ok(None) };
        if policy.is_empty() || policy.chars().count() > 2048 {
            return Err(constraint("", "policy", "have length less than or equal to 2048"));
        }
        match serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(policy) {
            Ok(_) => Ok(Some(policy.to_owned())),
            Err(_) => {
                let text = "Policy document should not specify a principal and must be valid JSON.";
                Err(Error::TokenService(TokenServiceFault::MalformedPolicyDocument, text.to_owned()))
            }
        }
    }

    /// The parameters as a form.
    #[must_use]
    pub fn encoded(&self) -> String {
        url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&self.0).finish()
    }
}

/// Whether a letter may stand in a session's name.
#[must_use]
pub fn is_of_a_name(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || "_+=,.@-".contains(letter)
}

/// Whether a letter may stand in an ARN.
#[must_use]
pub fn is_of_an_arn(letter: char) -> bool {
    !letter.is_control()
}

fn lower_first(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| first.to_ascii_lowercase().to_string() + letters.as_str())
}

fn constraint(value: &str, member: &str, rule: &str) -> Error {
    let shown = if value.is_empty() { String::new() } else { format!(" '{value}'") };
    invalid(format!(
        "1 validation error detected: Value{shown} at '{member}' failed to satisfy constraint: Member must {rule}"
    ))
}

fn invalid(text: String) -> Error {
    Error::TokenService(TokenServiceFault::Validation, text)
}
