//! Owns the styles of managed login pages: settings as a tree, over Cognito's own values, and pictures by purpose.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::clock::Timestamp;
use crate::domain::ids::{ClientId, PoolId};

/// What the settings may hold at the top.
const BRANCHES: [&str; 3] = ["categories", "components", "componentClasses"];
/// How deep settings may be nested.
const DEEPEST: usize = 16;

/// A style.
#[derive(Debug, Clone)]
pub struct Branding {
    /// Its id.
    pub id: String,
    /// The pool.
    pub pool_id: PoolId,
    /// The client whose pages it styles.
    pub client_id: ClientId,
    /// Whether nothing but pictures was changed.
    pub uses_provided_values: bool,
    /// What was changed.
    pub settings: BrandingSettings,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub modified_at: Timestamp,
}

/// For what a picture is, and what it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AssetKey {
    /// The purpose, such as `FORM_LOGO`.
    pub category: String,
    /// `LIGHT`, `DARK` or `DYNAMIC`.
    pub color_mode: String,
    /// Whose it is within its purpose; often empty.
    pub resource_id: String,
    /// The format, such as `PNG`.
    pub extension: String,
}

/// A picture.
#[derive(Debug, Clone)]
pub struct Asset {
    /// What it is.
    pub key: AssetKey,
    /// Its content in base64.
    pub bytes: String,
}

/// Settings of a style: a tree of structures, texts, numbers and switches.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct BrandingSettings(Map<String, Value>);

impl BrandingSettings {
    /// Cognito's own values.
    #[must_use]
    pub fn provided() -> Self {
        serde_json::from_str(include_str!("branding_defaults.json")).unwrap_or_default()
    }

    /// Whether nothing is set.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Checks names at the top, colours and radii.
    ///
    /// # Errors
    /// What is wrong, and where.
    pub fn check(&self) -> Result<(), String> {
        if let Some(unknown) = self.0.keys().find(|name| !BRANCHES.contains(&name.as_str())) {
            return Err(format!("Unknown branding setting: {unknown}"));
        }
        self.0.iter().try_for_each(|(name, value)| check(value, name, DEEPEST))
    }

    /// These settings with `newer` over them; lists are replaced whole.
    #[must_use]
    pub fn merged(mut self, newer: &Self) -> Self {
        merge(&mut self.0, &newer.0);
        self
    }

    /// The colour at `path` as CSS writes it.
    #[must_use]
    pub fn color(&self, path: &str) -> Option<String> {
        self.at(path)?.as_str().filter(|text| is_color(text)).map(|text| format!("#{}", text.to_ascii_lowercase()))
    }

    /// The length at `path`, in pixels.
    #[must_use]
    pub fn pixels(&self, path: &str) -> Option<f64> {
        self.at(path)?.as_f64().filter(|number| (0.0..=10_000.0).contains(number))
    }

    /// Whether the switch at `path` is on.
    #[must_use]
    pub fn is_on(&self, path: &str) -> bool {
        self.at(path).and_then(Value::as_bool).unwrap_or(false)
    }

    /// The word at `path`.
    #[must_use]
    pub fn word(&self, path: &str) -> Option<&str> {
        self.at(path)?.as_str()
    }

    /// The words of the list at `path`.
    #[must_use]
    pub fn words(&self, path: &str) -> Vec<&str> {
        self.at(path).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect()
    }

    /// Whether these settings put the providers before the password; rows of ways to sign in are read in their order.
    #[must_use]
    pub fn puts_providers_first(&self) -> bool {
        let rows = self.at("categories.auth.authMethodOrder").and_then(Value::as_array);
        let ways: Vec<&Value> = rows.into_iter().flatten().filter_map(Value::as_array).flatten().collect();
        let place = |kind: &str| ways.iter().position(|way| way["type"] == kind);
        match (place("FEDERATED"), place("USERNAME_PASSWORD")) {
            (Some(providers), Some(password)) => providers < password,
            _ => false,
        }
    }

    fn at(&self, path: &str) -> Option<&Value> {
        let (first, rest) = path.split_once('.')?;
        rest.split('.').try_fold(self.0.get(first)?, |value, name| value.get(name))
    }
}

fn check(value: &Value, path: &str, depth: usize) -> Result<(), String> {
    match value {
        Value::Object(_) | Value::Array(_) if depth == 0 => Err(format!("Too deep a branding setting: {path}")),
        Value::Object(members) => {
            members.iter().try_for_each(|(name, inner)| check(inner, &format!("{path}.{name}"), depth - 1))
        }
        Value::Array(items) => items.iter().try_for_each(|inner| check(inner, path, depth - 1)),
        Value::String(text) if text.contains('\0') => Err(format!("Invalid text in branding setting: {path}")),
        Value::String(text) if path.to_ascii_lowercase().ends_with("color") && !is_color(text) => {
            Err(format!("Invalid color in branding setting: {path}"))
        }
        Value::String(_) | Value::Number(_) if path.ends_with("Radius") => match value.as_f64() {
            Some(number) if (0.0..=10_000.0).contains(&number) => Ok(()),
            _ => Err(format!("Invalid length in branding setting: {path}")),
        },
        _ => Ok(()),
    }
}

/// Eight hexadecimal digits: red, green, blue, opacity.
fn is_color(text: &str) -> bool {
    text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn merge(known: &mut Map<String, Value>, newer: &Map<String, Value>) {
    for (name, value) in newer {
        match (known.get_mut(name), value) {
            (Some(Value::Object(inner)), Value::Object(wish)) => merge(inner, wish),
            _ => _ = known.insert(name.clone(), value.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(text: &str) -> BrandingSettings {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn a_change_keeps_what_it_does_not_name() {
        let newer =
            settings(r#"{"components":{"form":{"borderRadius":3,"lightMode":{"backgroundColor":"AABBCCFF"}}}}"#);
        let merged = BrandingSettings::provided().merged(&newer);
        assert_eq!(merged.pixels("components.form.borderRadius"), Some(3.0));
        assert_eq!(merged.color("components.form.lightMode.backgroundColor").as_deref(), Some("#aabbccff"));
        assert_eq!(merged.color("components.form.lightMode.borderColor").as_deref(), Some("#c6c6cdff"));
        assert_eq!(merged.word("categories.global.colorSchemeMode"), Some("LIGHT"));
        assert!(merged.is_on("components.form.logo.enabled"));
    }

    #[test]
    fn ways_to_sign_in_are_read_row_by_row() {
        let order = |rows: &str| settings(&format!(r#"{{"categories":{{"auth":{{"authMethodOrder":{rows}}}}}}}"#));
        let (password, providers) = (r#"{"type":"USERNAME_PASSWORD"}"#, r#"{"type":"FEDERATED"}"#);
        assert!(order(&format!("[[{providers},{password}]]")).puts_providers_first());
        assert!(order(&format!("[[{providers}],[{password}]]")).puts_providers_first());
        for rows in
            [format!("[[{password},{providers}]]"), format!("[[{providers}]]"), "[[1]]".to_owned(), "3".to_owned()]
        {
            assert!(!order(&rows).puts_providers_first(), "{rows}");
        }
        assert!(!settings("{}").puts_providers_first());
    }

    #[test]
    fn what_would_not_be_a_colour_or_a_length_is_refused() {
        assert!(BrandingSettings::provided().check().is_ok());
        for bad in [
            r#"{"theme":{}}"#,
            r#"{"components":{"pageBackground":{"lightMode":{"color":"red;}"}}}}"#,
            r#"{"components":{"form":{"lightMode":{"borderColor":"fff"}}}}"#,
            r#"{"componentClasses":{"buttons":{"borderRadius":"1px"}}}"#,
            r#"{"componentClasses":{"buttons":{"borderRadius":-1}}}"#,
        ] {
            assert!(settings(bad).check().is_err(), "{bad}");
        }
    }
}
