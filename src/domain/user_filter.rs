//! Owns the filter of a list of users (API model, ListUsers): one attribute, `=` or `^=`, a quoted value.

/// The attributes that lists can be searched by, besides the user name, `sub` and the two states.
pub const SEARCHED: [&str; 6] = ["email", "phone_number", "name", "given_name", "family_name", "preferred_username"];

/// A condition that listed users meet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserFilter {
    /// What is compared.
    pub field: Field,
    /// The value to compare with.
    pub value: String,
    /// Whether the value is a beginning (`^=`) or all of it (`=`).
    pub is_prefix: bool,
}

/// What a filter compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// The user name, as it was given.
    Username,
    /// The immutable id.
    Sub,
    /// One of [`SEARCHED`].
    Attribute(&'static str),
    /// `cognito:user_status`: where the user stands, in any case.
    Status,
    /// `status`: `Enabled` or `Disabled`.
    Enabled,
}

impl UserFilter {
    /// The filter that `text` says; `None` for an empty one, which every user meets.
    ///
    /// # Errors
    /// Cognito's text when it cannot be read or names an attribute that is not searched.
    pub fn parse(text: &str) -> Result<Option<Self>, String> {
        let text = text.trim();
        if text.is_empty() {
            return Ok(None);
        }
        let broken = || "Error while parsing filter.".to_owned();
        let (name, rest) = name_and_rest(text).ok_or_else(broken)?;
        let rest = rest.trim_start();
        let (is_prefix, rest) = match rest.strip_prefix("^=") {
            Some(rest) => (true, rest),
            None => (false, rest.strip_prefix('=').ok_or_else(broken)?),
        };
        let value = unquoted(rest.trim_start()).ok_or_else(broken)?;
        if name.is_empty() {
            return Err(broken());
        }
        let field = Field::named(name).ok_or_else(|| format!("Invalid search attribute: {name}"))?;
        Ok(Some(Self { field, value, is_prefix }))
    }

    /// Whether `value` meets the condition.
    #[must_use]
    pub fn is_met_by(&self, value: &str) -> bool {
        if self.is_prefix { value.starts_with(&self.value) } else { value == self.value }
    }
}

impl Field {
    fn named(name: &str) -> Option<Self> {
        match name {
            "username" => Some(Self::Username),
            "sub" => Some(Self::Sub),
            "cognito:user_status" => Some(Self::Status),
            "status" => Some(Self::Enabled),
            _ => SEARCHED.iter().find(|known| **known == name).map(|known| Self::Attribute(known)),
        }
    }
}

/// What a filter begins with, an attribute's name with or without quotation marks, and what follows.
fn name_and_rest(text: &str) -> Option<(&str, &str)> {
    if let Some(quoted) = text.strip_prefix('"') {
        return quoted.split_once('"');
    }
    Some(text.split_at(text.find(|letter: char| letter.is_whitespace() || "=^\"".contains(letter))?))
}

/// The text between the quotation marks that `quoted` begins and ends with; a backslash lets one be part of it.
fn unquoted(quoted: &str) -> Option<String> {
    let mut letters = quoted.strip_prefix('"')?.chars();
    let mut value = String::new();
    loop {
        match letters.next()? {
            '"' => return letters.as_str().trim().is_empty().then_some(value),
            '\\' => match letters.next()? {
                escaped @ ('"' | '\\') => value.push(escaped),
                other => value.extend(['\\', other]),
            },
            letter => value.push(letter),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> (Field, String, bool) {
        let filter = UserFilter::parse(text).unwrap().unwrap();
        (filter.field, filter.value, filter.is_prefix)
    }

    #[test]
    fn a_filter_compares_one_attribute_with_a_quoted_value() {
        let email = Field::Attribute("email");
        for (text, expected) in [
            (r#"email = "jane@example.com""#, (email, "jane@example.com", false)),
            (r#"email="jane@example.com""#, (email, "jane@example.com", false)),
            (r#""email" = "jane@example.com""#, (email, "jane@example.com", false)),
            (r#"  email   ^=   "jane"  "#, (email, "jane", true)),
            (r#"name = "Jane \"J\" Doe""#, (Field::Attribute("name"), "Jane \"J\" Doe", false)),
            (r#"name = "back\\slash \x""#, (Field::Attribute("name"), "back\\slash \\x", false)),
            (r#"username = "a = \"b""#, (Field::Username, "a = \"b", false)),
            (r#"cognito:user_status = "CONFIRMED""#, (Field::Status, "CONFIRMED", false)),
            (r#"status = "Enabled""#, (Field::Enabled, "Enabled", false)),
            (r#"sub = """#, (Field::Sub, "", false)),
        ] {
            assert_eq!(parsed(text), (expected.0, expected.1.to_owned(), expected.2), "{text}");
        }
        assert_eq!(UserFilter::parse("").unwrap(), None);
        assert_eq!(UserFilter::parse("  ").unwrap(), None);
    }

    #[test]
    fn what_cannot_be_read_or_searched_is_refused() {
        for text in [
            "foo",
            "email",
            "email =",
            "email = jane",
            r#"email = "jane"#,
            r#"email = "jane" x"#,
            r#"email = "jane\""#,
            r#"= "jane""#,
            r#"email != "jane""#,
            r#"email ^ "jane""#,
            r#"email = "a" and name = "b""#,
        ] {
            assert_eq!(UserFilter::parse(text).unwrap_err(), "Error while parsing filter.", "{text}");
        }
        let custom = UserFilter::parse(r#"custom:team = "a""#).unwrap_err();
        assert_eq!(custom, "Invalid search attribute: custom:team");
    }
}
