//! Owns the operations on a user's attributes: by the user through an app, and their twins for administrators.

use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use super::constraints::{ATTRIBUTE_NAME, CONFIRMATION_CODE, required};
use super::named;
use super::operation::{Access, Caller, Entry, Operation};
use super::wire::{AttributeType, CodeDeliveryDetailsType, Empty, attributes_from};
use crate::auth::attributes::{self, By};
use crate::cx::Cx;
use crate::domain::attribute::Attributes;
use crate::error::Error;

/// The family's table.
pub const OPERATIONS: &[Entry] = &[
    Entry::of::<UpdateUserAttributes>(),
    Entry::of::<DeleteUserAttributes>(),
    Entry::of::<GetUserAttributeVerificationCode>(),
    Entry::of::<VerifyUserAttribute>(),
    Entry::of::<AdminUpdateUserAttributes>(),
    Entry::of::<AdminDeleteUserAttributes>(),
];

/// Changes the bearer's attributes.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct UpdateUserAttributes {
    access_token: Option<SecretString>,
    user_attributes: Option<Vec<AttributeType>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct UpdateUserAttributesOutput {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    code_delivery_details_list: Vec<CodeDeliveryDetailsType>,
}

impl Operation for UpdateUserAttributes {
    const NAME: &'static str = "UpdateUserAttributes";
    const ACCESS: Access = Access::AccessToken;
    type Output = UpdateUserAttributesOutput;

    async fn run(self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        let given = given(self.user_attributes)?;
        let bearer = named::bearer(cx, self.access_token).await?;
        let client = cx.client(&bearer.claims.client_id).await?;
        let by = By::User(&client.client);
        let deliveries = attributes::change(cx, &bearer.pool, (&bearer.user, by), given).await?;
        let code_delivery_details_list = deliveries.into_iter().map(CodeDeliveryDetailsType::from).collect();
        Ok(UpdateUserAttributesOutput { code_delivery_details_list })
    }
}

/// Takes attributes of the bearer away.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct DeleteUserAttributes {
    access_token: Option<SecretString>,
    user_attribute_names: Option<Vec<String>>,
}

impl Operation for DeleteUserAttributes {
    const NAME: &'static str = "DeleteUserAttributes";
    const ACCESS: Access = Access::AccessToken;
    type Output = Empty;

    async fn run(self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        let given = blanks(self.user_attribute_names)?;
        let bearer = named::bearer(cx, self.access_token).await?;
        let client = cx.client(&bearer.claims.client_id).await?;
        let by = By::User(&client.client);
        attributes::change(cx, &bearer.pool, (&bearer.user, by), given).await?;
        Ok(Empty {})
    }
}

/// Sends a code that proves an address of the bearer.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct GetUserAttributeVerificationCode {
    access_token: Option<SecretString>,
    attribute_name: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct VerificationCodeOutput {
    code_delivery_details: CodeDeliveryDetailsType,
}

impl Operation for GetUserAttributeVerificationCode {
    const NAME: &'static str = "GetUserAttributeVerificationCode";
    const ACCESS: Access = Access::AccessToken;
    type Output = VerificationCodeOutput;

    async fn run(self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        let attribute = ATTRIBUTE_NAME.required("attributeName", self.attribute_name)?;
        let bearer = named::bearer(cx, self.access_token).await?;
        let delivery = attributes::send_code(cx, &bearer.pool, bearer.user, &attribute).await?;
        Ok(VerificationCodeOutput { code_delivery_details: delivery.into() })
    }
}

/// Proves an address of the bearer with the code.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct VerifyUserAttribute {
    access_token: Option<SecretString>,
    attribute_name: Option<String>,
    code: Option<String>,
}

impl Operation for VerifyUserAttribute {
    const NAME: &'static str = "VerifyUserAttribute";
    const ACCESS: Access = Access::AccessToken;
    type Output = Empty;

    async fn run(self, cx: &Cx, caller: &Caller) -> Result<Self::Output, Error> {
        let attribute = ATTRIBUTE_NAME.required("attributeName", self.attribute_name)?;
        let code = CONFIRMATION_CODE.required("code", self.code)?;
        let bearer = named::bearer(cx, self.access_token).await?;
        cx.count_attempt(caller.address)?;
        attributes::verify(cx, &bearer.pool, bearer.user, (&attribute, &code)).await?;
        Ok(Empty {})
    }
}

/// Changes a user's attributes.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AdminUpdateUserAttributes {
    user_pool_id: Option<String>,
    username: Option<String>,
    user_attributes: Option<Vec<AttributeType>>,
}

impl Operation for AdminUpdateUserAttributes {
    const NAME: &'static str = "AdminUpdateUserAttributes";
    const ACCESS: Access = Access::Admin;
    type Output = Empty;

    async fn run(self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        let given = given(self.user_attributes)?;
        let (pool, user) = named::user(cx, self.user_pool_id, self.username).await?;
        attributes::change(cx, &pool, (&user, By::Administrator), given).await?;
        Ok(Empty {})
    }
}

/// Takes attributes of a user away.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AdminDeleteUserAttributes {
    user_pool_id: Option<String>,
    username: Option<String>,
    user_attribute_names: Option<Vec<String>>,
}

impl Operation for AdminDeleteUserAttributes {
    const NAME: &'static str = "AdminDeleteUserAttributes";
    const ACCESS: Access = Access::Admin;
    type Output = Empty;

    async fn run(self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        let given = blanks(self.user_attribute_names)?;
        let (pool, user) = named::user(cx, self.user_pool_id, self.username).await?;
        attributes::change(cx, &pool, (&user, By::Administrator), given).await?;
        Ok(Empty {})
    }
}

fn given(attributes: Option<Vec<AttributeType>>) -> Result<Attributes, Error> {
    attributes_from("userAttributes", Some(required("userAttributes", attributes)?))
}

/// Attributes to take away, which is what an empty value does.
fn blanks(names: Option<Vec<String>>) -> Result<Attributes, Error> {
    let names = required("userAttributeNames", names)?;
    for (index, name) in names.iter().enumerate() {
        ATTRIBUTE_NAME.check(&format!("userAttributeNames.{}.member", index + 1), name)?;
    }
    if names.iter().any(|name| name == "sub") {
        return Err(Error::InvalidParameter("Cannot modify the non-mutable attribute sub".to_owned()));
    }
    Ok(names.into_iter().map(|name| (name, String::new())).collect())
}
