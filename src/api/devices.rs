//! Owns the devices of users, for themselves and for administrators, who differ in how they name the user.

use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use super::constraints::{DEVICE_KEY, DEVICE_NAME, PAGINATION_KEY, Words, check_range, word};
use super::named;
use super::operation::{Access, Caller, Entry, Operation};
use super::page::Page;
use super::wire::Empty;
use super::wire::device::{DeviceType, Owner};
use crate::auth::device::{self, Confirmation};
use crate::cx::Cx;
use crate::domain::device::Device;
use crate::domain::user::User;
use crate::error::Error;

/// The family's table.
pub const OPERATIONS: &[Entry] = &[
    Entry::of::<ConfirmDevice>(),
    Entry::of::<GetDevice>(),
    Entry::of::<ListDevices>(),
    Entry::of::<ForgetDevice>(),
    Entry::of::<UpdateDeviceStatus>(),
    Entry::of::<AdminGetDevice>(),
    Entry::of::<AdminListDevices>(),
    Entry::of::<AdminForgetDevice>(),
    Entry::of::<AdminUpdateDeviceStatus>(),
];

const MOST_LISTED: i64 = 60;
/// `DeviceRememberedStatusType`.
const REMEMBERED_STATUS: Words<bool> = &[("remembered", true), ("not_remembered", false)];

/// Confirms the device that the sign-in offered.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ConfirmDevice {
    access_token: Option<SecretString>,
    device_key: Option<String>,
    device_secret_verifier_config: Option<DeviceSecretVerifierConfigType>,
    device_name: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct DeviceSecretVerifierConfigType {
    password_verifier: Option<String>,
    salt: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ConfirmOutput {
    user_confirmation_necessary: bool,
}

impl Operation for ConfirmDevice {
    const NAME: &'static str = "ConfirmDevice";
    const ACCESS: Access = Access::AccessToken;
    type Output = ConfirmOutput;

    async fn run(self, cx: &Cx, caller: &Caller) -> Result<Self::Output, Error> {
        let key = DEVICE_KEY.required("deviceKey", self.device_key)?;
        let name = DEVICE_NAME.optional("deviceName", self.device_name)?;
        let secret = self.device_secret_verifier_config;
        let secret = secret.and_then(|secret| secret.salt.zip(secret.password_verifier));
        let bearer = named::bearer(cx, self.access_token).await?;
        let missing = || Error::InvalidParameter("Missing required parameter DeviceSecretVerifierConfig".to_owned());
        let (salt, verifier) = secret.ok_or_else(missing)?;
        let address = caller.address.to_string();
        let confirmation = Confirmation { key, name, salt, verifier, address };
        Ok(ConfirmOutput { user_confirmation_necessary: device::confirm(cx, &bearer, confirmation).await? })
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct DeviceOutput {
    device: DeviceType,
}

/// Shows one of the bearer's devices.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct GetDevice {
    access_token: Option<SecretString>,
    device_key: Option<String>,
}

impl Operation for GetDevice {
    const NAME: &'static str = "GetDevice";
    const ACCESS: Access = Access::AccessToken;
    type Output = DeviceOutput;

    async fn run(self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        let key = DEVICE_KEY.required("deviceKey", self.device_key)?;
        let bearer = named::bearer(cx, self.access_token).await?;
        let found = device::find(cx, &bearer.user, &key).await?;
        Ok(DeviceOutput { device: DeviceType::of(&found) })
    }
}

/// Shows a user's device to an administrator.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AdminGetDevice {
    user_pool_id: Option<String>,
    username: Option<String>,
    device_key: Option<String>,
}

impl Operation for AdminGetDevice {
    const NAME: &'static str = "AdminGetDevice";
    const ACCESS: Access = Access::Admin;
    type Output = DeviceOutput;

    async fn run(self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        let key = DEVICE_KEY.required("deviceKey", self.device_key)?;
        let (_, user) = named::user(cx, self.user_pool_id, self.username).await?;
        let found = device::find(cx, &user, &key).await?;
        Ok(DeviceOutput { device: for_administrators(cx, &user, &found) })
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct DevicesOutput {
    devices: Vec<DeviceType>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pagination_token: Option<String>,
}

/// Lists the bearer's devices.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ListDevices {
    access_token: Option<SecretString>,
    limit: Option<i64>,
    pagination_token: Option<String>,
}

impl Operation for ListDevices {
    const NAME: &'static str = "ListDevices";
    const ACCESS: Access = Access::AccessToken;
    type Output = DevicesOutput;

    async fn run(self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        let page = page(self.limit, self.pagination_token)?;
        let bearer = named::bearer(cx, self.access_token).await?;
        let (devices, pagination_token) = read(cx, &bearer.user, &page).await?;
        Ok(DevicesOutput { devices: devices.iter().map(DeviceType::of).collect(), pagination_token })
    }
}

/// Lists a user's devices for an administrator.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AdminListDevices {
    user_pool_id: Option<String>,
    username: Option<String>,
    limit: Option<i64>,
    pagination_token: Option<String>,
}

impl Operation for AdminListDevices {
    const NAME: &'static str = "AdminListDevices";
    const ACCESS: Access = Access::Admin;
    type Output = DevicesOutput;

    async fn run(self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        let page = page(self.limit, self.pagination_token)?;
        let (_, user) = named::user(cx, self.user_pool_id, self.username).await?;
        let (devices, pagination_token) = read(cx, &user, &page).await?;
        let devices = devices.iter().map(|device| for_administrators(cx, &user, device)).collect();
        Ok(DevicesOutput { devices, pagination_token })
    }
}

/// Forgets one of the bearer's devices.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ForgetDevice {
    access_token: Option<SecretString>,
    device_key: Option<String>,
}

impl Operation for ForgetDevice {
    const NAME: &'static str = "ForgetDevice";
    const ACCESS: Access = Access::AccessToken;
    type Output = Empty;

    async fn run(self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        let key = DEVICE_KEY.required("deviceKey", self.device_key)?;
        let bearer = named::bearer(cx, self.access_token).await?;
        device::forget(cx, &bearer.user, key).await?;
        Ok(Empty {})
    }
}

/// Forgets a user's device, by an administrator.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AdminForgetDevice {
    user_pool_id: Option<String>,
    username: Option<String>,
    device_key: Option<String>,
}

impl Operation for AdminForgetDevice {
    const NAME: &'static str = "AdminForgetDevice";
    const ACCESS: Access = Access::Admin;
    type Output = Empty;

    async fn run(self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        let key = DEVICE_KEY.required("deviceKey", self.device_key)?;
        let (_, user) = named::user(cx, self.user_pool_id, self.username).await?;
        device::forget(cx, &user, key).await?;
        Ok(Empty {})
    }
}

/// Trusts one of the bearer's devices at sign-in, or no longer.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct UpdateDeviceStatus {
    access_token: Option<SecretString>,
    device_key: Option<String>,
    device_remembered_status: Option<String>,
}

impl Operation for UpdateDeviceStatus {
    const NAME: &'static str = "UpdateDeviceStatus";
    const ACCESS: Access = Access::AccessToken;
    type Output = Empty;

    async fn run(self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        let status = status(self.device_key, self.device_remembered_status)?;
        let bearer = named::bearer(cx, self.access_token).await?;
        device::set_remembered(cx, &bearer.user, status).await?;
        Ok(Empty {})
    }
}

/// Trusts a user's device at sign-in, or no longer, by an administrator.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AdminUpdateDeviceStatus {
    user_pool_id: Option<String>,
    username: Option<String>,
    device_key: Option<String>,
    device_remembered_status: Option<String>,
}

impl Operation for AdminUpdateDeviceStatus {
    const NAME: &'static str = "AdminUpdateDeviceStatus";
    const ACCESS: Access = Access::Admin;
    type Output = Empty;

    async fn run(self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        let status = status(self.device_key, self.device_remembered_status)?;
        let (_, user) = named::user(cx, self.user_pool_id, self.username).await?;
        device::set_remembered(cx, &user, status).await?;
        Ok(Empty {})
    }
}

/// Which device is to be remembered, or not; the model lets the latter be left out.
fn status(device_key: Option<String>, status: Option<String>) -> Result<(String, Option<bool>), Error> {
    let key = DEVICE_KEY.required("deviceKey", device_key)?;
    let status = status.map(|status| word("deviceRememberedStatus", &status, REMEMBERED_STATUS)).transpose()?;
    Ok((key, status))
}

fn page(limit: Option<i64>, token: Option<String>) -> Result<Page, Error> {
    let limit = limit.unwrap_or(MOST_LISTED);
    check_range("limit", limit, (0, MOST_LISTED))?;
    let token = PAGINATION_KEY.optional("paginationToken", token)?;
    Page::after(token, if limit == 0 { MOST_LISTED } else { limit })
}

async fn read(cx: &Cx, user: &User, page: &Page) -> Result<(Vec<Device>, Option<String>), Error> {
    let listed = device::list(cx, user, (&page.after, page.wanted())).await?;
    Ok(page.cut(listed, |device| device.key.clone()))
}

fn for_administrators(cx: &Cx, user: &User, device: &Device) -> DeviceType {
    let owner = Owner { account_id: &cx.config.account_id, username: &user.username };
    DeviceType::for_administrators(device, &owner)
}
