//! Owns the shapes of the API that several operations share, and how they are made from and into domain values.
//! Absent members are left out; dates are seconds since the epoch with a fraction.

pub mod asset;
pub mod client;
pub mod device;
pub mod messages;
pub mod mfa;
pub mod policy;
pub mod pool;
pub mod pool_parts;
pub mod schema;
pub mod tags;
pub mod words;

use device::NewDeviceMetadataType;
use serde::{Deserialize, Serialize};

use super::constraints::{ATTRIBUTE_NAME, ATTRIBUTE_VALUE};
use crate::auth::codes::Delivery;
use crate::auth::tokens::Tokens;
use crate::domain::attribute::Attributes;
use crate::domain::user::User;
use crate::error::Error;
use crate::mail::Channel;

/// An answer without members.
#[derive(Serialize)]
pub struct Empty {}

/// An attribute of a user.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct AttributeType {
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<String>,
}

impl AttributeType {
    /// An attribute with its value.
    pub fn of(name: &str, value: &str) -> Self {
        Self { name: Some(name.to_owned()), value: Some(value.to_owned()) }
    }
}

/// A user, as administrators see one.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct UserType {
    username: String,
    attributes: Vec<AttributeType>,
    #[serde(flatten)]
    state: UserState,
}

/// Dates and state of a user.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct UserState {
    user_create_date: f64,
    user_last_modified_date: f64,
    enabled: bool,
    user_status: &'static str,
}

/// Where a code went.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct CodeDeliveryDetailsType {
    destination: String,
    delivery_medium: &'static str,
    attribute_name: String,
}

/// Tokens.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct AuthenticationResultType {
    access_token: String,
    expires_in: i64,
    token_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id_token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    new_device_metadata: Option<NewDeviceMetadataType>,
}

/// The attributes of a request, where `member` holds them.
///
/// # Errors
/// A broken constraint, or `sub`, which nobody can choose.
pub fn attributes_from(member: &str, given: Option<Vec<AttributeType>>) -> Result<Attributes, Error> {
    let mut attributes = Attributes::new();
    for (index, attribute) in given.unwrap_or_default().into_iter().enumerate() {
        let place = format!("{member}.{}.member", index + 1);
        let name = ATTRIBUTE_NAME.required(&format!("{place}.name"), attribute.name)?;
        let value = attribute.value.unwrap_or_default();
        let is_flag = matches!(name.as_str(), "email_verified" | "phone_number_verified");
        let value = if is_flag { value.to_ascii_lowercase() } else { value };
        ATTRIBUTE_VALUE.check(&format!("{place}.value"), &value)?;
        if name == "sub" {
            return Err(Error::InvalidParameter("Cannot modify the non-mutable attribute sub".to_owned()));
        }
        attributes.insert(name, value);
    }
    Ok(attributes)
}

/// The attributes of `user` that are shown, `sub` first.
pub fn attributes_of(user: &User, is_shown: impl Fn(&str) -> bool) -> Vec<AttributeType> {
    let pair = AttributeType::of;
    let others = user.attributes.iter().filter(|(name, value)| !value.is_empty() && is_shown(name));
    std::iter::once(pair("sub", user.sub.as_str())).chain(others.map(|(name, value)| pair(name, value))).collect()
}

impl UserType {
    /// A user with the attributes of these names only.
    pub fn with(user: &User, names: &[String]) -> Self {
        let mut attributes = attributes_of(user, |name| names.iter().any(|wanted| wanted == name));
        if !names.iter().any(|wanted| wanted == "sub") {
            attributes.remove(0);
        }
        Self { username: user.username.clone(), attributes, state: user.into() }
    }
}

impl From<&User> for UserType {
    fn from(user: &User) -> Self {
        Self { username: user.username.clone(), attributes: attributes_of(user, |_| true), state: user.into() }
    }
}

impl From<&User> for UserState {
    fn from(user: &User) -> Self {
        Self {
            user_create_date: user.created_at.fractional_seconds(),
            user_last_modified_date: user.modified_at.fractional_seconds(),
            enabled: user.is_enabled,
            user_status: user.status.name(),
        }
    }
}

impl From<Delivery> for CodeDeliveryDetailsType {
    fn from(delivery: Delivery) -> Self {
        let delivery_medium = match delivery.channel {
            Channel::Email => "EMAIL",
            Channel::Sms => "SMS",
        };
        Self { destination: delivery.destination, delivery_medium, attribute_name: delivery.attribute }
    }
}

impl From<Tokens> for AuthenticationResultType {
    fn from(tokens: Tokens) -> Self {
        Self {
            access_token: tokens.access,
            expires_in: tokens.expires_in,
            token_type: "Bearer",
            refresh_token: tokens.refresh,
            id_token: tokens.id,
            new_device_metadata: tokens.new_device.map(NewDeviceMetadataType::from),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{from_str, json, to_value};

    use super::*;
    use crate::clock::Timestamp;
    use crate::domain::ids::{PoolId, Sub};
    use crate::domain::user::UserStatus;

    #[test]
    fn a_user_is_written_with_sub_first_and_fractional_dates() {
        let attributes = [("name", "Jane"), ("email", "j@example.com"), ("gender", "")];
        let user = User {
            pool_id: PoolId::parse("us-east-1_AbCdEf123").unwrap(),
            sub: Sub("s-1".to_owned()),
            username: "jane".to_owned(),
            status: UserStatus::ForceChangePassword,
            is_enabled: true,
            attributes: attributes.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
            credential: None,
            created_at: Timestamp(1_716_239_022_123),
            modified_at: Timestamp(1_716_239_022_500),
            signed_out_at: Timestamp(0),
        };
        let expected = json!({
            "Username": "jane",
            "Attributes": [
                { "Name": "sub", "Value": "s-1" },
                { "Name": "email", "Value": "j@example.com" },
                { "Name": "name", "Value": "Jane" },
            ],
            "UserCreateDate": 1_716_239_022.123,
            "UserLastModifiedDate": 1_716_239_022.5,
            "Enabled": true,
            "UserStatus": "FORCE_CHANGE_PASSWORD",
        });
        assert_eq!(to_value(UserType::from(&user)).unwrap(), expected);
    }

    #[test]
    fn attributes_are_checked_one_by_one() {
        let read = |json: &str| attributes_from("userAttributes", Some(from_str(json).unwrap()));
        assert_eq!(read(r#"[{"Name": "email", "Value": "a@b.c"}, {"Name": "name"}]"#).unwrap().len(), 2);
        assert_eq!(
            read(r#"[{"Name": "email"}, {"Value": "x"}]"#).unwrap_err().to_string(),
            "1 validation error detected: Value null at 'userAttributes.2.member.name' failed to satisfy constraint: Member must not be null"
        );
        assert!(read(r#"[{"Name": "sub", "Value": "x"}]"#).is_err());
    }
}
