//! Owns the constraints of the API model on single members (lengths, patterns, ranges, sets of words) and Cognito's
//! wording when one is broken. It must not know which operation a member belongs to.

use std::sync::OnceLock;

use regex::Regex;
use secrecy::{ExposeSecret as _, SecretString};

use super::shown::{Measured, list};
use crate::error::{Error, Shown};

mod texts;

pub use texts::*;

/// A constraint on a text: its length in characters and the pattern that it matches as a whole. Refusals do not show
/// the value of a sensitive one.
pub struct Text {
    least: usize,
    most: usize,
    pattern: &'static str,
    is_sensitive: bool,
    compiled: OnceLock<Regex>,
}

/// A closed set of words and what each stands for.
pub type Words<T> = &'static [(&'static str, T)];

const NOT_NULL: &str = "not be null";

impl Text {
    /// A constraint.
    pub const fn new(least: usize, most: usize, pattern: &'static str) -> Self {
        Self { least, most, pattern, is_sensitive: false, compiled: OnceLock::new() }
    }

    /// A constraint on a shape that the model calls sensitive.
    pub const fn sensitive(least: usize, most: usize, pattern: &'static str) -> Self {
        Self { least, most, pattern, is_sensitive: true, compiled: OnceLock::new() }
    }

    /// Checks `value`, the member `member`.
    ///
    /// # Errors
    /// Cognito's text for the broken constraints.
    pub fn check(&self, member: &str, value: &str) -> Result<(), Error> {
        let length = length_rule(value.chars().count(), (self.least, self.most));
        let broken: Vec<_> = length.into_iter().chain(self.pattern_rule(value)).collect();
        if broken.is_empty() {
            return Ok(());
        }
        let shown = if self.is_sensitive { Shown::Nothing } else { Shown::Value(value) };
        Err(Error::constraints(member, shown, &broken))
    }

    fn pattern_rule(&self, value: &str) -> Option<String> {
        // No database text holds a NUL on PostgreSQL, so no member may have one, whatever its pattern says.
        let fits = !value.contains('\0') && self.compiled.get_or_init(|| compile(self.pattern)).is_match(value);
        (!fits).then(|| format!("satisfy regular expression pattern: {}", self.pattern))
    }

    fn present<T>(&self, member: &str, value: Option<T>) -> Result<T, Error> {
        if self.is_sensitive { required_secret(member, value) } else { required(member, value) }
    }

    /// A member that must be there.
    ///
    /// # Errors
    /// Cognito's text when it is missing or breaks a constraint.
    pub fn required(&self, member: &str, value: Option<String>) -> Result<String, Error> {
        let value = self.present(member, value)?;
        self.check(member, &value)?;
        Ok(value)
    }

    /// A member that may be absent.
    ///
    /// # Errors
    /// Cognito's text when it breaks a constraint.
    pub fn optional(&self, member: &str, value: Option<String>) -> Result<Option<String>, Error> {
        value.map(|value| self.check(member, &value).map(|()| value)).transpose()
    }

    /// A secret that must be there.
    ///
    /// # Errors
    /// Cognito's text when it is missing or breaks a constraint.
    pub fn secret(&self, member: &str, value: Option<SecretString>) -> Result<SecretString, Error> {
        let value = self.present(member, value)?;
        self.check(member, value.expose_secret())?;
        Ok(value)
    }

    /// As [`Self::secret`], where `is_needless` lets it be absent or blank.
    ///
    /// # Errors
    /// As [`Self::secret`].
    pub fn secret_unless(
        &self,
        member: &str,
        (value, is_needless): (Option<SecretString>, bool),
    ) -> Result<Option<SecretString>, Error> {
        let is_blank = value.as_ref().is_none_or(|value| value.expose_secret().is_empty());
        if is_blank && is_needless { Ok(None) } else { self.secret(member, value).map(Some) }
    }
}

/// A member that must be there.
///
/// # Errors
/// Cognito's text when it is missing.
pub fn required<T>(member: &str, value: Option<T>) -> Result<T, Error> {
    value.ok_or_else(|| Error::constraints(member, Shown::Null, &[NOT_NULL]))
}

/// A sensitive member that must be there.
///
/// # Errors
/// Cognito's text when it is missing.
pub fn required_secret<T>(member: &str, value: Option<T>) -> Result<T, Error> {
    value.ok_or_else(|| Error::constraint(member, NOT_NULL))
}

/// Checks the length of a text, a list or a map.
///
/// # Errors
/// Cognito's text when it is out of range.
pub fn check_length<T: Measured + ?Sized>(member: &str, value: &T, range: (usize, usize)) -> Result<(), Error> {
    let Some(rule) = length_rule(value.length(), range) else { return Ok(()) };
    let text = value.shown();
    Err(Error::constraints(member, text.as_deref().map_or(Shown::Nothing, Shown::Value), &[rule]))
}

/// Checks the range of a number.
///
/// # Errors
/// Cognito's text when it is out of range.
pub fn check_range(member: &str, value: i64, (least, most): (i64, i64)) -> Result<(), Error> {
    let rule = match value {
        _ if value < least => format!("have value greater than or equal to {least}"),
        _ if value > most => format!("have value less than or equal to {most}"),
        _ => return Ok(()),
    };
    Err(Error::constraints(member, Shown::Value(&value.to_string()), &[rule]))
}

/// What a word of a closed set stands for.
///
/// # Errors
/// Cognito's text when the word is not of the set.
pub fn word<T: Copy>(member: &str, text: &str, words: Words<T>) -> Result<T, Error> {
    meaning(text, words).ok_or_else(|| Error::constraints(member, Shown::Value(text), &[set_rule(words)]))
}

/// What the words of a list stand for.
///
/// # Errors
/// Cognito's text when one is not of the set.
pub fn word_list<T: Copy>(member: &str, texts: &[String], words: Words<T>) -> Result<Vec<T>, Error> {
    let rule = || format!("satisfy constraint: [Member must {}]", set_rule(words));
    let refusal = || Error::constraints(member, Shown::Value(&list(texts)), &[rule()]);
    texts.iter().map(|text| meaning(text, words)).collect::<Option<Vec<_>>>().ok_or_else(refusal)
}

fn meaning<T: Copy>(text: &str, words: Words<T>) -> Option<T> {
    words.iter().find(|(known, _)| *known == text).map(|(_, meaning)| *meaning)
}

/// The word for `meaning`.
pub fn word_for<T: Copy + PartialEq>(meaning: T, words: Words<T>) -> &'static str {
    words.iter().find(|(_, known)| *known == meaning).map_or("", |(word, _)| word)
}

fn length_rule(length: usize, (least, most): (usize, usize)) -> Option<String> {
    match length {
        _ if length < least => Some(format!("have length greater than or equal to {least}")),
        _ if length > most => Some(format!("have length less than or equal to {most}")),
        _ => None,
    }
}

fn set_rule<T>(words: Words<T>) -> String {
    let names: Vec<_> = words.iter().map(|(word, _)| *word).collect();
    format!("satisfy enum value set: [{}]", names.join(", "))
}

/// The model's patterns match whole texts, and their `\w` and `\s` know ASCII only.
fn compile(pattern: &str) -> Regex {
    let ascii = pattern.replace(r"\w", "0-9A-Za-z_").replace(r"\s", r" \t\n\r\x0B\x0C");
    Regex::new(&format!("^(?:{ascii})$")).expect("the patterns are literals, and a test compiles each")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(result: Result<(), Error>) -> String {
        result.unwrap_err().to_string()
    }

    #[test]
    fn every_pattern_compiles() {
        for text in [
            &ACR_LEVEL,
            &ACR_VALUE,
            &ARN,
            &ATTRIBUTE_NAME,
            &ATTRIBUTE_VALUE,
            &CLIENT_ID,
            &CLIENT_NAME,
            &CLIENT_SECRET,
            &CONFIRMATION_CODE,
            &CUSTOM_ATTRIBUTE_NAME,
            &DESCRIPTION,
            &DOMAIN,
            &DEVICE_KEY,
            &DEVICE_NAME,
            &STRING,
            &EMAIL_INVITATION,
            &EMAIL_SUBJECT,
            &EMAIL_VERIFICATION,
            &EMAIL_VERIFICATION_BY_LINK,
            &GROUP_NAME,
            &IMPORT_JOB_ID,
            &IMPORT_JOB_NAME,
            &PAGINATION_KEY,
            &PASSWORD,
            &POOL_ID,
            &POOL_NAME,
            &REDIRECT_URL,
            &RESOURCE_SERVER_IDENTIFIER,
            &RESOURCE_SERVER_NAME,
            &S3_ARN,
            &SCOPE,
            &SCOPE_DESCRIPTION,
            &SCOPE_NAME,
            &SECRET_HASH,
            &SESSION,
            &SESSION_ID,
            &SOFTWARE_TOKEN_CODE,
            &EMAIL_MFA_MESSAGE,
            &SMS_INVITATION,
            &SMS_VERIFICATION,
            &TAG_KEY,
            &TAG_VALUE,
            &TOKEN,
            &USER_FILTER,
            &USERNAME,
        ] {
            compile(text.pattern);
        }
    }

    #[test]
    fn broken_constraints_have_cognitos_texts() {
        let words = |text: &str| word_list("flows", &["A".to_owned(), text.to_owned()], &[("A", 1)]).map(drop);
        let long = "a".repeat(129);
        let cases = [
            (GROUP_NAME.required("name", None).map(drop), "null at 'name'", "not be null"),
            (GROUP_NAME.check("name", &long), &*format!("'{long}' at 'name'"), "have length less than or equal to 128"),
            (
                GROUP_NAME.check("name", "a b"),
                "'a b' at 'name'",
                r"satisfy regular expression pattern: [\p{L}\p{M}\p{S}\p{N}\p{P}]+",
            ),
            (word("kind", "C", &[("A", 1), ("B", 2)]).map(drop), "'C' at 'kind'", "satisfy enum value set: [A, B]"),
            (check_range("limit", 0, (1, 60)), "'0' at 'limit'", "have value greater than or equal to 1"),
            (check_range("limit", 61, (1, 60)), "'61' at 'limit'", "have value less than or equal to 60"),
            (words("C"), "'[A, C]' at 'flows'", "satisfy constraint: [Member must satisfy enum value set: [A]]"),
            (
                check_length("ids", &["a".to_owned()][..], (2, 3)),
                "'[a]' at 'ids'",
                "have length greater than or equal to 2",
            ),
        ];
        for (result, place, rule) in cases {
            let text =
                format!("1 validation error detected: Value {place} failed to satisfy constraint: Member must {rule}");
            assert_eq!(fault(result), text);
        }
    }

    #[test]
    fn every_broken_constraint_of_a_member_is_told() {
        assert_eq!(
            fault(CONFIRMATION_CODE.check("confirmationCode", "")),
            "2 validation errors detected: Value '' at 'confirmationCode' failed to satisfy constraint: Member must have \
             length greater than or equal to 1; Value '' at 'confirmationCode' failed to satisfy constraint: Member must \
             satisfy regular expression pattern: [\\S]+"
        );
    }

    #[test]
    fn no_refusal_shows_the_value_of_a_sensitive_member() {
        let start = "1 validation error detected: Value at 'password' failed to satisfy constraint: Member must ";
        for (result, rule) in [
            (PASSWORD.check("password", " secret"), r"satisfy regular expression pattern: ^[\S]+.*[\S]+$"),
            (PASSWORD.required("password", None).map(drop), "not be null"),
            (check_length("password", &257, (0, 256)), "have length less than or equal to 256"),
        ] {
            assert_eq!(fault(result), format!("{start}{rule}"));
        }
        for text in [
            &ATTRIBUTE_VALUE,
            &CLIENT_ID,
            &CLIENT_SECRET,
            &SECRET_HASH,
            &SESSION,
            &SOFTWARE_TOKEN_CODE,
            &TOKEN,
            &USERNAME,
        ] {
            let refusal = fault(text.check("member", &"\0secret ".repeat(20_000)));
            assert!(!refusal.contains("secret"), "{refusal}");
        }
    }

    #[test]
    fn long_values_are_cut() {
        let refusal = fault(GROUP_NAME.check("groupName", &"ä".repeat(5000)));
        assert!(refusal.contains(&format!("Value '{}...' at", "ä".repeat(1024))), "{refusal}");
    }

    #[test]
    fn patterns_match_whole_texts() {
        assert!(POOL_ID.check("userPoolId", "us-east-1_AbC").is_ok());
        assert!(POOL_ID.check("userPoolId", "us-east-1_AbC\n").is_err());
        assert!(POOL_NAME.check("poolName", "My pool, no. 1").is_ok());
        assert!(POOL_NAME.check("poolName", "pöol").is_err());
        assert!(USERNAME.check("username", "jäne").is_ok());
        assert!(PASSWORD.check("password", "a b").is_ok());
        assert!(PASSWORD.check("password", " ab").is_err());
        assert!(EMAIL_VERIFICATION.check("message", "Your code: {####}\nBye").is_ok());
        assert!(EMAIL_VERIFICATION.check("message", "Your code").is_err());
    }
}
