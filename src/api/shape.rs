//! Owns the check of structures that are kept as they came and shown again: what the API model says of their members,
//! as data. Members that the model does not know are dropped, as Cognito drops them. It must not know what they mean.

use serde_json::{Map, Value};

use super::constraints::{Text, check_length, required};
use crate::error::{Error, Shown};

/// A member of a structure.
pub struct Member {
    name: &'static str,
    is_required: bool,
    rule: &'static Rule,
}

/// What a value must be.
pub enum Rule {
    /// A text.
    Text(&'static Text),
    /// A text of a closed set.
    Word(&'static [&'static str]),
    /// `true` or `false`.
    Flag,
    /// A structure.
    Structure(&'static [Member]),
    /// A list of at most so many values.
    List(usize, &'static Rule),
    /// A map of at most so many values.
    Map(usize, &'static Text, &'static Rule),
}

impl Member {
    /// A member that must be there.
    pub const fn required(name: &'static str, rule: &'static Rule) -> Self {
        Self { name, is_required: true, rule }
    }

    /// A member that may be absent.
    pub const fn optional(name: &'static str, rule: &'static Rule) -> Self {
        Self { name, is_required: false, rule }
    }
}

/// `value`, the member `place`, with the members that the model knows.
///
/// # Errors
/// A wrong type, or Cognito's text for the first broken constraint.
pub fn checked(place: &str, value: Value, rule: &Rule) -> Result<Value, Error> {
    match (rule, value) {
        (Rule::Text(text), Value::String(value)) => text.check(place, &value).map(|()| value.into()),
        (Rule::Word(words), Value::String(value)) if words.contains(&value.as_str()) => Ok(value.into()),
        (Rule::Word(words), Value::String(value)) => {
            let rule = format!("satisfy enum value set: [{}]", words.join(", "));
            Err(Error::constraints(place, Shown::Value(&value), &[rule]))
        }
        (Rule::Flag, Value::Bool(value)) => Ok(value.into()),
        (Rule::Structure(members), Value::Object(given)) => structure(place, given, members).map(Value::from),
        (Rule::List(most, rule), Value::Array(given)) => {
            check_length(place, given.as_slice(), (0, *most))?;
            let items = given.into_iter().enumerate();
            let items = items.map(|(index, item)| checked(&format!("{place}.{}.member", index + 1), item, rule));
            items.collect::<Result<Vec<_>, _>>().map(Value::from)
        }
        (Rule::Map(most, key, rule), Value::Object(given)) => {
            check_length(place, &given, (0, *most))?;
            given.keys().try_for_each(|name| key.check(place, name))?;
            let items = given.into_iter().map(|(name, item)| {
                let item = checked(&format!("{place}.{name}.member"), item, rule)?;
                Ok((name, item))
            });
            items.collect::<Result<Map<_, _>, Error>>().map(Value::from)
        }
        (rule, _) => Err(Error::Serialization(format!("{place} is not {}", rule.kind()))),
    }
}

fn structure(place: &str, mut given: Map<String, Value>, members: &[Member]) -> Result<Map<String, Value>, Error> {
    let mut kept = Map::new();
    for member in members {
        let place = format!("{place}.{}", camel(member.name));
        match given.remove(member.name).filter(|value| !value.is_null()) {
            None if member.is_required => required(&place, None::<()>)?,
            None => {}
            Some(value) => _ = kept.insert(member.name.to_owned(), checked(&place, value, member.rule)?),
        }
    }
    Ok(kept)
}

/// A member's name as refusals write it.
pub fn camel(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

impl Rule {
    const fn kind(&self) -> &'static str {
        match self {
            Self::Text(_) | Self::Word(_) => "a string",
            Self::Flag => "a boolean",
            Self::Structure(_) => "a structure",
            Self::List(..) => "a list",
            Self::Map(..) => "a map",
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::api::constraints::ACR_LEVEL;

    static SHAPE: Rule = Rule::Structure(&[
        Member::required("Mode", &Rule::Word(&["ON", "OFF"])),
        Member::optional("IsOpen", &Rule::Flag),
        Member::optional("Levels", &Rule::Map(1, &ACR_LEVEL, &Rule::List(1, &Rule::Text(&ACR_LEVEL)))),
    ]);

    #[test]
    fn what_the_model_knows_is_kept_and_the_rest_is_dropped() {
        let given = json!({ "Mode": "ON", "IsOpen": null, "Levels": { "Level1": ["Level2"] }, "Other": 1 });
        let kept = json!({ "Mode": "ON", "Levels": { "Level1": ["Level2"] } });
        assert_eq!(checked("shape", given, &SHAPE).unwrap(), kept);
    }

    #[test]
    fn the_first_broken_constraint_is_named_with_its_place() {
        let start = "1 validation error detected: Value ";
        for (given, text) in [
            (json!({}), format!("{start}null at 'shape.mode' failed to satisfy constraint: Member must not be null")),
            (
                json!({ "Mode": "on" }),
                format!(
                    "{start}'on' at 'shape.mode' failed to satisfy constraint: Member must satisfy enum value set: [ON, OFF]"
                ),
            ),
            (json!({ "Mode": "ON", "IsOpen": "yes" }), "shape.isOpen is not a boolean".to_owned()),
            (json!([]), "shape is not a structure".to_owned()),
            (
                json!({ "Mode": "ON", "Levels": { "Level1": ["xLevel"] } }),
                format!(
                    "{start}'xLevel' at 'shape.levels.Level1.member.1.member' failed to satisfy constraint: Member must satisfy regular expression pattern: Level[1-4]"
                ),
            ),
            (
                json!({ "Mode": "ON", "Levels": { "Level1": [], "Level2": [] } }),
                format!(
                    "{start}'{{Level1=[], Level2=[]}}' at 'shape.levels' failed to satisfy constraint: Member must have length less than or equal to 1"
                ),
            ),
        ] {
            assert_eq!(checked("shape", given, &SHAPE).unwrap_err().to_string(), text);
        }
    }
}
