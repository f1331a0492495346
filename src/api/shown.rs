//! Owns how values look in refusals: texts as they are, lists and maps as Cognito writes them. It must not know what is
//! secret: callers hand over a length alone where it is.

use std::collections::BTreeMap;
use std::fmt::Display;

use serde_json::{Map, Value};

/// What has a length, and perhaps a look.
pub trait Measured {
    /// How long it is.
    fn length(&self) -> usize;
    /// How a refusal shows it; `None` if it does not.
    fn shown(&self) -> Option<String>;
}

/// The length of something that no refusal shows.
impl Measured for usize {
    fn length(&self) -> usize {
        *self
    }

    fn shown(&self) -> Option<String> {
        None
    }
}

impl Measured for str {
    fn length(&self) -> usize {
        self.chars().count()
    }

    fn shown(&self) -> Option<String> {
        Some(self.to_owned())
    }
}

impl Measured for [String] {
    fn length(&self) -> usize {
        self.len()
    }

    fn shown(&self) -> Option<String> {
        Some(list(self))
    }
}

impl Measured for [Value] {
    fn length(&self) -> usize {
        self.len()
    }

    fn shown(&self) -> Option<String> {
        Some(list(&self.iter().map(text).collect::<Vec<_>>()))
    }
}

impl Measured for Map<String, Value> {
    fn length(&self) -> usize {
        self.len()
    }

    fn shown(&self) -> Option<String> {
        Some(map(self.iter().map(|(name, value)| (name, text(value)))))
    }
}

impl Measured for BTreeMap<String, String> {
    fn length(&self) -> usize {
        self.len()
    }

    fn shown(&self) -> Option<String> {
        Some(map(self.iter()))
    }
}

/// A list as refusals write it.
pub fn list(items: &[String]) -> String {
    format!("[{}]", items.join(", "))
}

fn map<K: Display, V: Display>(items: impl Iterator<Item = (K, V)>) -> String {
    format!("{{{}}}", items.map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(", "))
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => items.shown().unwrap_or_default(),
        Value::Object(members) => members.shown().unwrap_or_default(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn lists_and_maps_are_written_without_quotes() {
        assert_eq!(text(&json!({ "a": ["b", 1, true, null], "c": { "d": "e" } })), "{a=[b, 1, true, null], c={d=e}}");
    }
}
