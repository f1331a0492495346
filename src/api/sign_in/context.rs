//! Owns what apps and administrators say of the person for whom they call: from where, and with which device. It
//! counts for threat protection only; limits go by the caller's own address.

use std::net::IpAddr;

use serde::Deserialize;

use crate::api::constraints::{STRING, required};
use crate::api::wire::client::propagates_context;
use crate::cx::visitor::Visitor;
use crate::domain::client::Client;
use crate::error::Error;

/// The header field that names the device.
const USER_AGENT: &str = "user-agent";

/// What is said of the person.
#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Context {
    user_context_data: Option<UserContextDataType>,
    context_data: Option<ContextDataType>,
}

/// What an app says. `EncodedData` is for Amazon's own readers: it is checked and says nothing here.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct UserContextDataType {
    ip_address: Option<String>,
    encoded_data: Option<String>,
}

/// What an administrator says.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ContextDataType {
    ip_address: Option<String>,
    server_name: Option<String>,
    server_path: Option<String>,
    http_headers: Option<Vec<HttpHeader>>,
    encoded_data: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct HttpHeader {
    header_name: Option<String>,
    header_value: Option<String>,
}

impl Context {
    /// Whom an app's request is from: its address is taken from a client with a secret that passes it on.
    ///
    /// # Errors
    /// Cognito's text for a member that breaks a constraint.
    pub fn of_app(self, client: &Client) -> Result<Visitor, Error> {
        let present = Visitor::present();
        let Some(said) = self.user_context_data else { return Ok(present) };
        STRING.optional("userContextData.encodedData", said.encoded_data)?;
        let address = STRING.optional("userContextData.ipAddress", said.ip_address)?;
        let is_believed = client.is_confidential() && propagates_context(&client.settings);
        Ok(match address.filter(|_| is_believed) {
            Some(address) => Visitor { address: Some(parse(&address)?), ..present },
            None => present,
        })
    }

    /// Whom an administrator's request is for.
    ///
    /// # Errors
    /// Cognito's text for a member that is missing or breaks a constraint.
    pub fn of_administrator(self) -> Result<Visitor, Error> {
        let Some(said) = self.context_data else { return Ok(Visitor::present()) };
        let address = STRING.required("contextData.ipAddress", said.ip_address)?;
        STRING.required("contextData.serverName", said.server_name)?;
        STRING.required("contextData.serverPath", said.server_path)?;
        STRING.optional("contextData.encodedData", said.encoded_data)?;
        let headers = required("contextData.httpHeaders", said.http_headers)?;
        let is_device = |header: &&HttpHeader| {
            header.header_name.as_deref().is_some_and(|name| name.eq_ignore_ascii_case(USER_AGENT))
        };
        let device = headers.iter().find(is_device).and_then(|header| header.header_value.as_deref());
        Ok(Visitor::of(Some(parse(&address)?), device))
    }
}

/// An address that is none would be in no range, blocked or not.
fn parse(address: &str) -> Result<IpAddr, Error> {
    address.parse().map_err(|_| Error::InvalidParameter("Invalid IP address".to_owned()))
}
