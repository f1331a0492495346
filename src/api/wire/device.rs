//! Owns the wire shapes of devices and of what a pool says about them.

use serde::{Deserialize, Serialize};

use super::AttributeType;
use crate::auth::device::Offer;
use crate::domain::device::{Device, DeviceSettings};

/// What a pool says about devices.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeviceConfigurationType {
    #[serde(skip_serializing_if = "Option::is_none")]
    challenge_required_on_new_device: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    device_only_remembered_on_user_prompt: Option<bool>,
}

/// A device.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeviceType {
    device_key: String,
    device_attributes: Vec<AttributeType>,
    device_create_date: f64,
    device_last_modified_date: f64,
    device_last_authenticated_date: i64,
}

/// What the app is told of a device that it may confirm.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct NewDeviceMetadataType {
    device_key: String,
    device_group_key: String,
}

impl From<Offer> for NewDeviceMetadataType {
    fn from(offer: Offer) -> Self {
        Self { device_key: offer.key, device_group_key: offer.group_key }
    }
}

/// Whose device it is, which only administrators are shown.
pub struct Owner<'a> {
    /// The account in the device's ARN.
    pub account_id: &'a str,
    /// The user's name.
    pub username: &'a str,
}

impl DeviceType {
    /// A device as its user sees it.
    pub fn of(device: &Device) -> Self {
        let pair = AttributeType::of;
        let name = device.details.name.as_deref();
        let mut attributes = vec![pair("device_status", "valid")];
        attributes.extend(name.map(|name| pair("device_name", name)));
        attributes.push(pair("last_ip_used", &device.details.last_address));
        Self {
            device_key: device.key.clone(),
            device_attributes: attributes,
            device_create_date: device.created_at.fractional_seconds(),
            device_last_modified_date: device.modified_at.fractional_seconds(),
            device_last_authenticated_date: device.authenticated_at.seconds(),
        }
    }

    /// A device as administrators see it.
    pub fn for_administrators(device: &Device, owner: &Owner<'_>) -> Self {
        let mut shown = Self::of(device);
        let place = format!("{}.{}", owner.username, device.pool_id);
        let (region, account) = (device.pool_id.region(), owner.account_id);
        let arn = format!("arn:aws:cognito-idp:{region}:{account}:owner/{place}/device/{}", device.key);
        let status = if device.is_remembered { "remembered" } else { "not_remembered" };
        let pair = AttributeType::of;
        let at = shown.device_attributes.len() - 1;
        shown.device_attributes.splice(at..at, [pair("dev:device_arn", &arn), pair("dev:device_owner", &place)]);
        shown
            .device_attributes
            .extend([pair("dev:device_remembered_status", status), pair("dev:device_sdk", "aws-sdk")]);
        shown
    }
}

impl From<DeviceConfigurationType> for DeviceSettings {
    fn from(given: DeviceConfigurationType) -> Self {
        Self {
            replaces_factor: given.challenge_required_on_new_device,
            is_remembered_on_prompt: given.device_only_remembered_on_user_prompt,
        }
    }
}

impl From<DeviceSettings> for DeviceConfigurationType {
    fn from(settings: DeviceSettings) -> Self {
        Self {
            challenge_required_on_new_device: settings.replaces_factor,
            device_only_remembered_on_user_prompt: settings.is_remembered_on_prompt,
        }
    }
}
