//! Owns the password policy (Cognito's PasswordPolicyType) and what it says about a password.

use serde::{Deserialize, Serialize};

/// The longest password that is ever looked at, in characters (API model, PasswordType).
pub const LONGEST: usize = 256;

/// The characters that count as symbols, besides a space that is neither first nor last.
const SYMBOLS: &str = "^$*.[]{}()?-\"!@#%&/\\,><':;|_~`+=";

/// What a pool asks of passwords.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PasswordPolicy {
    /// Fewest characters, 6–99.
    pub minimum_length: u32,
    /// At least one upper-case letter.
    pub require_uppercase: bool,
    /// At least one lower-case letter.
    pub require_lowercase: bool,
    /// At least one digit.
    pub require_numbers: bool,
    /// At least one symbol.
    pub require_symbols: bool,
    /// How many earlier passwords may not be used again, 0–24.
    pub history_size: u32,
    /// Days for which a temporary password works, 1–365.
    pub temporary_password_validity_days: u32,
}

impl Default for PasswordPolicy {
    fn default() -> Self {
        Self {
            minimum_length: 8,
            require_uppercase: true,
            require_lowercase: true,
            require_numbers: true,
            require_symbols: true,
            history_size: 0,
            temporary_password_validity_days: 7,
        }
    }
}

/// The rule that a password breaks; the text is Cognito's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PasswordFault {
    /// Fewer characters than the minimum.
    #[error("Password not long enough")]
    TooShort,
    /// More than 256 characters.
    #[error("Password too long")]
    TooLong,
    /// No upper-case letter.
    #[error("Password must have uppercase characters")]
    NoUppercase,
    /// No lower-case letter.
    #[error("Password must have lowercase characters")]
    NoLowercase,
    /// No digit.
    #[error("Password must have numeric characters")]
    NoNumber,
    /// No symbol.
    #[error("Password must have symbol characters")]
    NoSymbol,
    /// Starts or ends with white space.
    #[error("Password must not contain a leading or trailing space")]
    OuterSpace,
}

impl PasswordPolicy {
    /// How many replaced passwords are remembered: the present one is the first of the earlier ones.
    #[must_use]
    pub fn remembered(&self) -> i64 {
        i64::from(self.history_size.saturating_sub(1))
    }

    /// Checks `password` against every rule and names the first one that it breaks.
    ///
    /// # Errors
    /// The broken rule.
    pub fn check(&self, password: &str) -> Result<(), PasswordFault> {
        let length = password.chars().count();
        let has = |test: fn(char) -> bool| password.chars().any(test);
        let inner = password.trim();
        let rules = [
            (length > LONGEST, PasswordFault::TooLong),
            (length < self.minimum_length as usize, PasswordFault::TooShort),
            (inner.len() != password.len(), PasswordFault::OuterSpace),
            (self.require_uppercase && !has(char::is_uppercase), PasswordFault::NoUppercase),
            (self.require_lowercase && !has(char::is_lowercase), PasswordFault::NoLowercase),
            (self.require_numbers && !has(|letter| letter.is_ascii_digit()), PasswordFault::NoNumber),
            (self.require_symbols && !has(is_symbol), PasswordFault::NoSymbol),
        ];
        rules.iter().find(|(is_broken, _)| *is_broken).map_or(Ok(()), |(_, fault)| Err(*fault))
    }
}

fn is_symbol(letter: char) -> bool {
    letter == ' ' || SYMBOLS.contains(letter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_rule_names_itself() {
        let policy = PasswordPolicy::default();
        let cases = [
            ("Aa1!aaaa", Ok(())),
            ("Aa1 aaaa", Ok(())),
            ("Aa1!", Err(PasswordFault::TooShort)),
            ("aa1!aaaa", Err(PasswordFault::NoUppercase)),
            ("AA1!AAAA", Err(PasswordFault::NoLowercase)),
            ("Aab!aaaa", Err(PasswordFault::NoNumber)),
            ("Aa1aaaaa", Err(PasswordFault::NoSymbol)),
            (" Aa1!aaaa", Err(PasswordFault::OuterSpace)),
        ];
        for (password, expected) in cases {
            assert_eq!(policy.check(password), expected, "{password}");
        }
        assert_eq!(policy.check(&"Aa1!".repeat(65)), Err(PasswordFault::TooLong));
    }
}
