//! Owns the API model as far as requests go: the operations with their members, and what each may hold. The facts
//! stand in `operations.json`, taken from the service's own model; values that keep or break them are made here.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::Regex;
use serde::Deserialize;
use serde_json::{Map, Value, json};

/// The model.
pub static MODEL: LazyLock<Model> = LazyLock::new(|| serde_json::from_str(include_str!("operations.json")).unwrap());

/// Operations and shapes.
#[derive(Deserialize)]
pub struct Model {
    /// The shape of each operation's request.
    pub operations: BTreeMap<String, String>,
    shapes: BTreeMap<String, Shape>,
}

/// What a value may be.
#[derive(Deserialize)]
pub struct Shape {
    #[serde(rename = "type")]
    kind: String,
    min: Option<i64>,
    max: Option<i64>,
    pattern: Option<String>,
    words: Option<Vec<String>>,
    /// The members of a structure and their shapes.
    #[serde(default)]
    pub members: BTreeMap<String, String>,
    #[serde(default)]
    required: Vec<String>,
    of: Option<String>,
    key: Option<String>,
}

/// Texts among which one fits almost every pattern.
const TEXTS: [&str; 21] = [
    "name",
    "us-east-1_AbCdEf123",
    "us-east-1_01234567-89ab-cdef",
    "arn:aws:iam::123456789012:role/cenote",
    "arn:aws:s3:::bucket",
    "jane@example.com",
    "https://app.example/a",
    "123456",
    "Your code: {####}",
    "Your link: {##here##}",
    "0f14d0ab-9605-4a62-a9e4-5ed26688389b",
    "Level1",
    "cognito:default",
    "terms-of-use",
    "import-abc",
    "tkn0123456789abcdefghijklm",
    "tkn0123456789abcdefghijklmno",
    "192.0.2.0/24",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "Correct-Horse-1",
    "01234567-89ab-cdef-0123-456789abcdef",
];
/// Texts among which one breaks every pattern that can be broken.
const ODD_TEXTS: [&str; 6] = [" ", "a b", "\u{7f}", "ä/\u{200b}ß", "-\\\"", "\n\n\n\n\n\n\n\n"];

impl Model {
    /// The request of an operation.
    pub fn request(&self, operation: &str) -> &Shape {
        &self.shapes[&self.operations[operation]]
    }

    /// The members of an operation's request.
    pub fn members_of(&self, operation: &str) -> Vec<&str> {
        self.request(operation).members.keys().map(String::as_str).collect()
    }

    /// Whether the operation needs the member.
    pub fn is_required(&self, operation: &str, member: &str) -> bool {
        self.request(operation).required.iter().any(|name| name == member)
    }

    /// A value that keeps everything.
    pub fn good(&self, name: &str) -> Value {
        let shape = &self.shapes[name];
        match shape.kind.as_str() {
            "string" => json!(shape.good_text()),
            "blob" => json!(""),
            "integer" | "long" => json!(shape.min.unwrap_or(1).max(1)),
            "double" | "float" | "timestamp" => json!(1_700_000_000),
            "boolean" => json!(true),
            "list" => json!([self.good(shape.of.as_ref().unwrap())]),
            "map" => {
                let key = self.good(shape.key.as_ref().unwrap());
                json!({ key.as_str().unwrap(): self.good(shape.of.as_ref().unwrap()) })
            }
            "document" => json!({}),
            _ => Value::from(self.minimal(shape)),
        }
    }

    /// A structure with nothing but what it needs.
    fn minimal(&self, shape: &Shape) -> Map<String, Value> {
        shape.required.iter().map(|name| (name.clone(), self.good(&shape.members[name]))).collect()
    }

    /// Values that break one thing each, with the place of what is broken.
    pub fn breaches(&self, name: &str) -> Vec<(String, Value)> {
        let shape = &self.shapes[name];
        let mut found = Vec::new();
        let mut put = |place: &str, value: Value| found.push((place.to_owned(), value));
        match shape.kind.as_str() {
            "document" | "blob" => {}
            "string" => {
                put(" type", json!({ "a": 1 }));
                shape.bad_texts().into_iter().for_each(|(place, text)| put(place, json!(text)));
            }
            "integer" | "long" => {
                put(" type", json!("many"));
                shape.min.into_iter().for_each(|least| put(" least", json!(least - 1)));
                shape.max.into_iter().for_each(|most| put(" most", json!(most + 1)));
            }
            "double" | "float" | "timestamp" => put(" type", json!("soon")),
            "boolean" => put(" type", json!("maybe")),
            "list" => self.breaches_of_list(shape, &mut put),
            "map" => self.breaches_of_map(shape, &mut put),
            _ => {
                put(" type", json!("text"));
                for (member, inner) in &shape.members {
                    for (place, value) in self.breaches(inner) {
                        let mut whole = self.minimal(shape);
                        whole.insert(member.clone(), value);
                        put(&format!(".{member}{place}"), whole.into());
                    }
                }
                for member in &shape.required {
                    let mut whole = self.minimal(shape);
                    whole.remove(member);
                    put(&format!(".{member} missing"), whole.into());
                }
            }
        }
        found
    }

    fn breaches_of_list(&self, shape: &Shape, put: &mut impl FnMut(&str, Value)) {
        let inner = shape.of.as_ref().unwrap();
        put(" type", json!("text"));
        if shape.min.is_some_and(|least| least > 0) {
            put(" least", json!([]));
        }
        if let Some(most) = shape.max {
            let many = usize::try_from(most + 1).unwrap();
            put(" most", json!(vec![self.good(inner); many]));
        }
        for (place, value) in self.breaches(inner) {
            put(&format!("[]{place}"), json!([value]));
        }
    }

    fn breaches_of_map(&self, shape: &Shape, put: &mut impl FnMut(&str, Value)) {
        let (key, inner) = (shape.key.as_ref().unwrap(), shape.of.as_ref().unwrap());
        put(" type", json!("text"));
        for (place, name) in self.shapes[key].bad_texts() {
            put(&format!("{{key}}{place}"), json!({ name: self.good(inner) }));
        }
        let name = self.good(key);
        for (place, value) in self.breaches(inner) {
            put(&format!("{{}}{place}"), json!({ name.as_str().unwrap(): value }));
        }
    }
}

impl Shape {
    fn fits(&self, text: &str) -> bool {
        let length = i64::try_from(text.chars().count()).unwrap();
        let has_length = self.min.is_none_or(|least| length >= least) && self.max.is_none_or(|most| length <= most);
        has_length && self.pattern.as_deref().is_none_or(|pattern| whole(pattern).is_match(text))
    }

    fn good_text(&self) -> String {
        if let Some(words) = &self.words {
            return words[0].clone();
        }
        let found = TEXTS.iter().find(|text| self.fits(text));
        (*found.unwrap_or_else(|| panic!("no text fits {:?}", self.pattern))).to_owned()
    }

    fn bad_texts(&self) -> Vec<(&'static str, String)> {
        if self.words.is_some() {
            return vec![(" word", "NOT_A_WORD".to_owned())];
        }
        let mut texts = Vec::new();
        if self.min.is_some_and(|least| least > 0) {
            texts.push((" least", String::new()));
        }
        if let Some(most) = self.max {
            texts.push((" most", "a".repeat(usize::try_from(most + 1).unwrap())));
        }
        let long = i64::try_from("a b".len()).unwrap().max(self.min.unwrap_or(0));
        let odd = ODD_TEXTS.iter().map(|text| text.repeat(usize::try_from(long).unwrap()));
        let mut odd = odd.filter(|text| self.pattern.as_deref().is_some_and(|pattern| !whole(pattern).is_match(text)));
        let fits = |text: &String| self.max.is_none_or(|most| text.chars().count() <= usize::try_from(most).unwrap());
        texts.extend(odd.find(fits).map(|text| (" pattern", text)));
        texts
    }
}

/// The model's patterns match whole texts, and their `\w` and `\s` know ASCII only.
fn whole(pattern: &str) -> Regex {
    let ascii =
        pattern.replace(r"\w", "0-9A-Za-z_").replace(r"\s", r" \t\n\r\x0B\x0C").replace(r"\S", r"^ \t\n\r\x0B\x0C");
    Regex::new(&format!("^(?:{ascii})$")).unwrap()
}
