//! Owns user attributes: the standard ones, a pool's schema, and what values fit it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A user's attributes by name. Every value is text, as in the API; `custom:` attributes carry their prefix.
pub type Attributes = BTreeMap<String, String>;

/// The longest attribute value, in characters.
const LONGEST_VALUE: usize = 2048;
/// The longest e-mail address, in bytes (RFC 5321 §4.5.3.1.3, without the angle brackets).
const LONGEST_EMAIL: usize = 254;

/// The declared type of an attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum DataType {
    /// Text.
    String,
    /// A decimal number.
    Number,
    /// A date, ISO 8601.
    DateTime,
    /// `true` or `false`.
    Boolean,
}

/// One attribute of a pool's schema. Bounds are kept as the text in which the API gives them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SchemaAttribute {
    /// The full name, `email` or `custom:team`.
    pub name: String,
    /// Its type.
    pub data_type: DataType,
    /// Only administrators may write it (legacy `dev:` attributes).
    pub is_developer_only: bool,
    /// Whether it may change after it was set.
    pub is_mutable: bool,
    /// Whether every new user needs it.
    pub is_required: bool,
    /// Fewest characters or smallest number.
    pub minimum: Option<String>,
    /// Most characters or largest number.
    pub maximum: Option<String>,
    /// Whether the maker named bounds, so that descriptions echo an empty object otherwise.
    pub has_constraints: bool,
}

/// Name, type, and the smallest and largest length or number.
type Standard = (&'static str, DataType, Option<(&'static str, &'static str)>);

/// The standard attributes in the order in which Cognito lists them.
const STANDARD: [Standard; 20] = [
    ("sub", DataType::String, Some(("1", "2048"))),
    ("name", DataType::String, Some(("0", "2048"))),
    ("given_name", DataType::String, Some(("0", "2048"))),
    ("family_name", DataType::String, Some(("0", "2048"))),
    ("middle_name", DataType::String, Some(("0", "2048"))),
    ("nickname", DataType::String, Some(("0", "2048"))),
    ("preferred_username", DataType::String, Some(("0", "2048"))),
    ("profile", DataType::String, Some(("0", "2048"))),
    ("picture", DataType::String, Some(("0", "2048"))),
    ("website", DataType::String, Some(("0", "2048"))),
    ("email", DataType::String, Some(("0", "2048"))),
    ("email_verified", DataType::Boolean, None),
    ("gender", DataType::String, Some(("0", "2048"))),
    ("birthdate", DataType::String, Some(("10", "10"))),
    ("zoneinfo", DataType::String, Some(("0", "2048"))),
    ("locale", DataType::String, Some(("0", "2048"))),
    ("phone_number", DataType::String, Some(("0", "2048"))),
    ("phone_number_verified", DataType::Boolean, None),
    ("address", DataType::String, Some(("0", "2048"))),
    ("updated_at", DataType::Number, Some(("0", ""))),
];

/// The schema of a pool for which nothing was said.
#[must_use]
pub fn standard_schema() -> Vec<SchemaAttribute> {
    STANDARD
        .iter()
        .map(|(name, data_type, bounds)| SchemaAttribute {
            name: (*name).to_owned(),
            data_type: *data_type,
            is_developer_only: false,
            is_mutable: *name != "sub",
            is_required: *name == "sub",
            minimum: bounds.map(|(minimum, _)| minimum.to_owned()),
            maximum: bounds.map(|(_, maximum)| maximum.to_owned()).filter(|maximum| !maximum.is_empty()),
            has_constraints: bounds.is_some(),
        })
        .collect()
}

/// Whether `name` is a standard attribute.
#[must_use]
pub fn is_standard(name: &str) -> bool {
    STANDARD.iter().any(|(standard, ..)| *standard == name)
}

/// The standard attributes that clients may write unless told otherwise.
#[must_use]
pub fn is_written_by_default(name: &str) -> bool {
    is_standard(name) && !matches!(name, "sub" | "email_verified" | "phone_number_verified")
}

/// Writes yes and no as the schema knows them: whatever the case, `True` is `true`.
pub fn normalise(schema: &[SchemaAttribute], attributes: &mut Attributes) {
    for (name, value) in attributes {
        let is_boolean = schema.iter().any(|known| known.name == *name && known.data_type == DataType::Boolean);
        if is_boolean && (value.eq_ignore_ascii_case("true") || value.eq_ignore_ascii_case("false")) {
            value.make_ascii_lowercase();
        }
    }
}

/// Checks `attributes` against `schema`; `must_be_complete` asks for the required ones too.
///
/// # Errors
/// Cognito's text, several faults joined by a line break.
pub fn check(schema: &[SchemaAttribute], attributes: &Attributes, must_be_complete: bool) -> Result<(), String> {
    let mut faults: Vec<String> = Vec::new();
    for (name, value) in attributes {
        match schema.iter().find(|known| known.name == *name) {
            None => faults.push(format!("Type for attribute {{{name}}} could not be determined")),
            Some(known) => faults.extend(value_fault(known, value).map(|fault| format!("{name}: {fault}"))),
        }
    }
    if must_be_complete {
        let missing = schema.iter().filter(|known| known.is_required && known.name != "sub");
        let missing = missing.filter(|known| attributes.get(&known.name).is_none_or(String::is_empty));
        faults.extend(missing.map(|known| format!("{}: The attribute is required", known.name)));
    }
    if !faults.is_empty() {
        return Err(format!("Attributes did not conform to the schema: {}", faults.join("\n")));
    }
    check_formats(attributes)
}

/// Whether `text` looks like an e-mail address: one `@` with something on both sides, no spaces.
#[must_use]
pub fn is_email(text: &str) -> bool {
    let Some((local, host)) = text.rsplit_once('@') else { return false };
    let is_plain =
        |part: &str| !part.is_empty() && !part.chars().any(|letter| letter.is_whitespace() || letter.is_control());
    let has_dots_inside = !host.starts_with('.') && !host.ends_with('.') && host.contains('.');
    is_plain(local) && is_plain(host) && !local.contains('@') && has_dots_inside && text.len() <= LONGEST_EMAIL
}

/// Whether `text` is an E.164 phone number: a plus and up to fifteen digits.
#[must_use]
pub fn is_phone_number(text: &str) -> bool {
    text.strip_prefix('+')
        .is_some_and(|digits| (2..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit()))
}

fn check_formats(attributes: &Attributes) -> Result<(), String> {
    let given = |name: &str| attributes.get(name).filter(|value| !value.is_empty());
    if given("email").is_some_and(|value| !is_email(value)) {
        return Err("Invalid email address format.".to_owned());
    }
    if given("phone_number").is_some_and(|value| !is_phone_number(value)) {
        return Err("Invalid phone number format.".to_owned());
    }
    Ok(())
}

fn value_fault(known: &SchemaAttribute, value: &str) -> Option<String> {
    if value.is_empty() {
        return None;
    }
    let bound = |text: &Option<String>| text.as_deref().and_then(|text| text.parse::<f64>().ok());
    let (minimum, maximum) = (bound(&known.minimum), bound(&known.maximum));
    let text_length = u32::try_from(value.chars().count()).unwrap_or(u32::MAX);
    match known.data_type {
        DataType::String
            if text_length as usize > LONGEST_VALUE || maximum.is_some_and(|most| f64::from(text_length) > most) =>
        {
            Some("String length must be no greater than ".to_owned() + known.maximum.as_deref().unwrap_or("2048"))
        }
        DataType::String if minimum.is_some_and(|least| f64::from(text_length) < least) => {
            Some("String length must be no less than ".to_owned() + known.minimum.as_deref().unwrap_or("0"))
        }
        DataType::Number => number_fault(value, minimum, maximum),
        DataType::Boolean if !matches!(value, "true" | "false") => Some("Value must be true or false".to_owned()),
        _ => None,
    }
}

fn number_fault(value: &str, minimum: Option<f64>, maximum: Option<f64>) -> Option<String> {
    match value.parse::<f64>() {
        Err(_) => Some("Value must be a number".to_owned()),
        Ok(number) if minimum.is_some_and(|least| number < least) || maximum.is_some_and(|most| number > most) => {
            Some("Value is out of range".to_owned())
        }
        Ok(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attributes(pairs: &[(&str, &str)]) -> Attributes {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn unknown_and_missing_attributes_are_named() {
        let mut schema = standard_schema();
        schema.iter_mut().find(|known| known.name == "email").unwrap().is_required = true;
        let fault = check(&schema, &attributes(&[("custom:x", "1")]), true).unwrap_err();
        assert_eq!(
            fault,
            "Attributes did not conform to the schema: Type for attribute {custom:x} could not be determined\nemail: The attribute is required"
        );
    }

    #[test]
    fn yes_and_no_are_written_in_lower_case() {
        let mut given = attributes(&[("email_verified", "True"), ("phone_number_verified", "FALSE"), ("name", "True")]);
        normalise(&standard_schema(), &mut given);
        let expected = [("email_verified", "true"), ("phone_number_verified", "false"), ("name", "True")];
        assert_eq!(given, attributes(&expected));
        let mut odd = attributes(&[("email_verified", "yes")]);
        normalise(&standard_schema(), &mut odd);
        assert!(check(&standard_schema(), &odd, false).is_err());
    }

    #[test]
    fn addresses_and_numbers_have_a_format() {
        for good in ["a@b.c", "jane+tag@example.com"] {
            assert!(is_email(good), "{good}");
        }
        for bad in ["a", "a@b", "@b.c", "a@.c", "a b@c.d", "a@b@c.d"] {
            assert!(!is_email(bad), "{bad}");
        }
        assert!(is_phone_number("+14325551212"));
        for bad in ["14325551212", "+", "+1 432", "+12345678901234567"] {
            assert!(!is_phone_number(bad), "{bad}");
        }
    }
}
