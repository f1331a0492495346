//! Owns the wire shape of a pool's schema: attributes with their types and bounds.

use serde::{Deserialize, Serialize};

use super::words::DATA_TYPES;
use crate::api::constraints::{CUSTOM_ATTRIBUTE_NAME, check_length, required, word, word_for};
use crate::domain::attribute::{DataType, SchemaAttribute, standard_schema};
use crate::error::Error;

/// Custom attributes that a pool may have.
const MOST_CUSTOM_ATTRIBUTES: usize = 50;
/// Custom attributes that one call may add.
const MOST_AT_ONCE: usize = 25;

/// An attribute of a schema.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct SchemaAttributeType {
    name: Option<String>,
    attribute_data_type: Option<String>,
    developer_only_attribute: Option<bool>,
    mutable: Option<bool>,
    required: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    number_attribute_constraints: Option<NumberAttributeConstraintsType>,
    #[serde(skip_serializing_if = "Option::is_none")]
    string_attribute_constraints: Option<StringAttributeConstraintsType>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct NumberAttributeConstraintsType {
    #[serde(skip_serializing_if = "Option::is_none")]
    min_value: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_value: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct StringAttributeConstraintsType {
    #[serde(skip_serializing_if = "Option::is_none")]
    min_length: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_length: Option<String>,
}

/// The schema of a new pool: the standard attributes, changed as `given` says, then the custom ones in order.
///
/// # Errors
/// A broken constraint or a rule of Cognito's about attributes.
pub fn schema_from(given: Option<Vec<SchemaAttributeType>>) -> Result<Vec<SchemaAttribute>, Error> {
    let mut schema = standard_schema();
    let standard = schema.len();
    let Some(given) = given else { return Ok(schema) };
    check_length("schema", &given.len(), (1, MOST_CUSTOM_ATTRIBUTES))?;
    for (index, wish) in given.into_iter().enumerate() {
        let place = format!("schema.{}.member", index + 1);
        let name = CUSTOM_ATTRIBUTE_NAME.required(&format!("{place}.name"), wish.name.clone())?;
        match schema.iter_mut().take(standard).find(|known| known.name == name) {
            Some(known) => change_standard(known, wish, &place)?,
            None => add(&mut schema, custom(wish, (&name, &place))?)?,
        }
    }
    Ok(schema)
}

/// Adds custom attributes to a schema.
///
/// # Errors
/// A broken constraint, a name that the schema has already, or too many attributes.
pub fn add_custom(schema: &mut Vec<SchemaAttribute>, given: Option<Vec<SchemaAttributeType>>) -> Result<(), Error> {
    let given = required("customAttributes", given)?;
    check_length("customAttributes", &given.len(), (1, MOST_AT_ONCE))?;
    for (index, wish) in given.into_iter().enumerate() {
        let place = format!("customAttributes.{}.member", index + 1);
        let name = CUSTOM_ATTRIBUTE_NAME.required(&format!("{place}.name"), wish.name.clone())?;
        add(schema, custom(wish, (&name, &place))?)?;
    }
    Ok(())
}

fn add(schema: &mut Vec<SchemaAttribute>, custom: SchemaAttribute) -> Result<(), Error> {
    if schema.iter().any(|known| known.name == custom.name) {
        let plain = custom.name.trim_start_matches("dev:");
        return refuse(format!("{plain}: Existing attribute already has name {}.", custom.name));
    }
    schema.push(custom);
    let count = schema.iter().filter(|known| known.name.contains(':')).count();
    if count > MOST_CUSTOM_ATTRIBUTES {
        return refuse(format!("A user pool can have at most {MOST_CUSTOM_ATTRIBUTES} custom attributes."));
    }
    Ok(())
}

impl From<&SchemaAttribute> for SchemaAttributeType {
    fn from(known: &SchemaAttribute) -> Self {
        let (minimum, maximum) = (known.minimum.clone(), known.maximum.clone());
        let mut shape = Self {
            name: Some(known.name.clone()),
            attribute_data_type: Some(word_for(known.data_type, DATA_TYPES).to_owned()),
            developer_only_attribute: Some(known.is_developer_only),
            mutable: Some(known.is_mutable),
            required: Some(known.is_required),
            number_attribute_constraints: None,
            string_attribute_constraints: None,
        };
        match known.data_type {
            DataType::String => {
                let bounds = StringAttributeConstraintsType { min_length: minimum, max_length: maximum };
                shape.string_attribute_constraints = Some(bounds);
            }
            DataType::Number => {
                let bounds = NumberAttributeConstraintsType { min_value: minimum, max_value: maximum };
                shape.number_attribute_constraints = Some(bounds);
            }
            DataType::DateTime | DataType::Boolean => {}
        }
        shape
    }
}

/// A standard attribute keeps its type; a pool chooses bounds, whether it is required and whether it may change.
fn change_standard(known: &mut SchemaAttribute, wish: SchemaAttributeType, place: &str) -> Result<(), Error> {
    let data_type = data_type(&wish, place)?;
    if data_type.is_some_and(|wished| wished != known.data_type) || wish.developer_only_attribute == Some(true) {
        return refuse(format!(
            "You can not change AttributeDataType or set developerOnlyAttribute for standard schema attribute {}",
            known.name
        ));
    }
    if known.name == "sub" {
        return Ok(());
    }
    known.is_mutable = wish.mutable.unwrap_or(true);
    known.is_required = wish.required.unwrap_or(false);
    if let Some((minimum, maximum)) = bounds(wish, known.data_type, &known.name)? {
        known.minimum = minimum.or_else(|| known.minimum.take());
        known.maximum = maximum.or_else(|| known.maximum.take());
    }
    Ok(())
}

fn custom(wish: SchemaAttributeType, (name, place): (&str, &str)) -> Result<SchemaAttribute, Error> {
    let Some(data_type) = data_type(&wish, place)? else {
        return refuse("Invalid AttributeDataType input, consider using the provided AttributeDataType enum.".into());
    };
    if wish.required == Some(true) {
        return refuse("Required custom attributes are not supported currently.".into());
    }
    let is_developer_only = wish.developer_only_attribute == Some(true);
    let is_mutable = wish.mutable.unwrap_or(true);
    let prefix = if is_developer_only { "dev:custom" } else { "custom" };
    let name = format!("{prefix}:{name}");
    let bounds = bounds(wish, data_type, &name)?;
    let has_constraints = bounds.is_some();
    let (minimum, maximum) = bounds.unwrap_or_default();
    Ok(SchemaAttribute {
        name,
        data_type,
        is_developer_only,
        is_mutable,
        is_required: false,
        minimum,
        maximum,
        has_constraints,
    })
}

fn data_type(wish: &SchemaAttributeType, place: &str) -> Result<Option<DataType>, Error> {
    let member = format!("{place}.attributeDataType");
    wish.attribute_data_type.as_deref().map(|text| word(&member, text, DATA_TYPES)).transpose()
}

type Bounds = (Option<String>, Option<String>);

/// The bounds that fit the attribute's type; numbers, the smaller first.
fn bounds(wish: SchemaAttributeType, data_type: DataType, name: &str) -> Result<Option<Bounds>, Error> {
    let bounds = match data_type {
        DataType::String => wish.string_attribute_constraints.map(|bounds| (bounds.min_length, bounds.max_length)),
        DataType::Number => wish.number_attribute_constraints.map(|bounds| (bounds.min_value, bounds.max_value)),
        DataType::DateTime | DataType::Boolean => None,
    };
    let Some((minimum, maximum)) = bounds else { return Ok(None) };
    let is_length = data_type == DataType::String;
    let (member, measure) = if is_length { ("String", "length") } else { ("Number", "value") };
    let malformed =
        || Error::InvalidParameter(format!("Invalid {member}AttributeConstraints for schema attribute {name}"));
    let number = |text: &Option<String>| text.as_deref().map(str::parse::<i64>).transpose().map_err(|_| malformed());
    let (least, most) = (number(&minimum)?, number(&maximum)?);
    let has = |is_wrong: fn(i64) -> bool| is_length && [least, most].into_iter().flatten().any(is_wrong);
    if has(|bound| bound < 0) {
        return Err(malformed());
    }
    if has(|bound| bound > 2048) {
        return refuse(format!("user.{name}: String attributes cannot have a length of more than 2048"));
    }
    if least.zip(most).is_some_and(|(least, most)| least > most) {
        return refuse(format!("user.{name}: Max {measure} cannot be less than min {measure}."));
    }
    Ok(Some((minimum, maximum)))
}

fn refuse<T>(text: String) -> Result<T, Error> {
    Err(Error::InvalidParameter(text))
}

#[cfg(test)]
mod tests {
    use serde_json::{from_value, json, to_value};

    use super::*;

    fn read(schema: serde_json::Value) -> Result<Vec<SchemaAttribute>, Error> {
        schema_from(Some(from_value(schema).unwrap()))
    }

    #[test]
    fn custom_attributes_follow_the_standard_ones_with_their_prefix() {
        let schema = read(json!([
            { "Name": "team", "AttributeDataType": "Number", "NumberAttributeConstraints": { "MaxValue": "9" } },
            { "Name": "email", "Required": true, "Mutable": false },
        ]))
        .unwrap();
        assert_eq!(schema.len(), 21);
        let email = schema.iter().find(|known| known.name == "email").unwrap();
        assert!(email.is_required && !email.is_mutable);
        assert_eq!(
            to_value(SchemaAttributeType::from(schema.last().unwrap())).unwrap(),
            json!({
                "Name": "custom:team",
                "AttributeDataType": "Number",
                "DeveloperOnlyAttribute": false,
                "Mutable": true,
                "Required": false,
                "NumberAttributeConstraints": { "MaxValue": "9" },
            })
        );
        let sub = to_value(SchemaAttributeType::from(&schema[0])).unwrap();
        assert_eq!(sub["StringAttributeConstraints"], json!({ "MinLength": "1", "MaxLength": "2048" }));
        assert_eq!((&sub["Required"], &sub["Mutable"]), (&json!(true), &json!(false)));
    }

    #[test]
    fn rules_about_attributes_are_kept() {
        for (schema, text) in [
            (
                json!([{ "Name": "team", "AttributeDataType": "String", "Required": true }]),
                "Required custom attributes are not supported currently.",
            ),
            (
                json!([{ "Name": "team" }]),
                "Invalid AttributeDataType input, consider using the provided AttributeDataType enum.",
            ),
            (
                json!([{ "Name": "email", "AttributeDataType": "Number" }]),
                "You can not change AttributeDataType or set developerOnlyAttribute for standard schema attribute email",
            ),
            (
                json!([{ "Name": "t", "AttributeDataType": "String", "StringAttributeConstraints": { "MinLength": "x" } }]),
                "Invalid StringAttributeConstraints for schema attribute custom:t",
            ),
            (
                json!([{ "Name": "email", "StringAttributeConstraints": { "MaxLength": "2049" } }]),
                "user.email: String attributes cannot have a length of more than 2048",
            ),
            (
                json!([{ "Name": "updated_at", "NumberAttributeConstraints": { "MinValue": "2", "MaxValue": "1" } }]),
                "user.updated_at: Max value cannot be less than min value.",
            ),
            (
                json!([{ "Name": "abcdefghijklmnopqrstu", "AttributeDataType": "String" }]),
                "1 validation error detected: Value 'abcdefghijklmnopqrstu' at 'schema.1.member.name' failed to satisfy constraint: Member must have length less than or equal to 20",
            ),
        ] {
            assert_eq!(read(schema).unwrap_err().to_string(), text);
        }
    }
}
