//! Owns the operations on app clients: making, describing, changing, listing, deleting.

use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use super::constraints::{CLIENT_NAME, CLIENT_SECRET, check_range, word};
use super::operation::{Access, Caller, Entry, Operation};
use super::page::Page;
use super::wire::Empty;
use super::wire::client::{ClientSettingsType, UserPoolClientType};
use super::wire::words::CLIENT_TYPES;
use super::{client_rules, named};
use crate::cx::Cx;
use crate::domain::client::{Client, ClientSecret, ClientSettings};
use crate::domain::ids::ClientId;
use crate::error::{Error, Thing};
use crate::store;
use crate::store::clients::ClientRow;

/// The family's table.
pub const OPERATIONS: &[Entry] = &[
    Entry::of::<CreateUserPoolClient>(),
    Entry::of::<DescribeUserPoolClient>(),
    Entry::of::<UpdateUserPoolClient>(),
    Entry::of::<DeleteUserPoolClient>(),
    Entry::of::<ListUserPoolClients>(),
];

/// Letters and digits of a new client's id.
const ID_LENGTH: usize = 26;
/// Letters and digits of a generated secret.
pub const SECRET_LENGTH: usize = 51;

/// Makes a client.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct CreateUserPoolClient {
    user_pool_id: Option<String>,
    client_name: Option<String>,
    generate_secret: Option<bool>,
    client_secret: Option<SecretString>,
    #[serde(flatten)]
    settings: ClientSettingsType,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct UserPoolClientOutput {
    user_pool_client: UserPoolClientType,
}

impl Operation for CreateUserPoolClient {
    const NAME: &'static str = "CreateUserPoolClient";
    const ACCESS: Access = Access::Admin;
    type Output = UserPoolClientOutput;

    async fn run(self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        let name = CLIENT_NAME.required("clientName", self.client_name)?;
        let pool = named::pool(cx, self.user_pool_id).await?;
        let value = new_secret(cx, self.generate_secret == Some(true), self.client_secret)?;
        let settings = self.settings.settle()?;
        client_rules::check(&pool, &settings, value.is_some())?;
        let now = cx.now();
        let id = ClientId::parse(&cx.random().lower_alphanumeric(ID_LENGTH));
        let client = Client {
            id: id.ok_or_else(|| Error::internal("a malformed client id was made"))?,
            pool_id: pool.pool.id.clone(),
            name,
            secrets: value.map(|value| ClientSecret { value, created_at: now }).into_iter().collect(),
            created_at: now,
            modified_at: now,
            settings,
        };
        let row = row_of(&client, cx.seal_client_secrets(&client.id, &client.secrets)?);
        cx.change_settings(move |db| {
            Box::pin(async move {
                store::clients::insert(db, &row).await?;
                Ok(())
            })
        })
        .await?;
        tracing::info!(pool = %client.pool_id, client = %client.id, "client made");
        Ok(UserPoolClientOutput { user_pool_client: UserPoolClientType::from(&client) })
    }
}

/// Describes a client.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct DescribeUserPoolClient {
    user_pool_id: Option<String>,
    client_id: Option<String>,
}

impl Operation for DescribeUserPoolClient {
    const NAME: &'static str = "DescribeUserPoolClient";
    const ACCESS: Access = Access::Admin;
    type Output = UserPoolClientOutput;

    async fn run(self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        let entry = named::client_of_pool(cx, self.user_pool_id, self.client_id).await?;
        Ok(UserPoolClientOutput { user_pool_client: UserPoolClientType::from(&entry.client) })
    }
}

/// Replaces the settings of a client.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct UpdateUserPoolClient {
    user_pool_id: Option<String>,
    client_id: Option<String>,
    client_name: Option<String>,
    #[serde(flatten)]
    settings: ClientSettingsType,
}

impl Operation for UpdateUserPoolClient {
    const NAME: &'static str = "UpdateUserPoolClient";
    const ACCESS: Access = Access::Admin;
    type Output = UserPoolClientOutput;

    async fn run(self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        let name = CLIENT_NAME.optional("clientName", self.client_name)?;
        let entry = named::client_of_pool(cx, self.user_pool_id, self.client_id).await?;
        let settings = self.settings.settle()?;
        let registration = entry.client.settings.registration;
        let settings = ClientSettings { registration, ..settings };
        client_rules::check(&entry.pool, &settings, entry.client.is_confidential())?;
        let client = Client {
            name: name.unwrap_or_else(|| entry.client.name.clone()),
            modified_at: cx.now(),
            settings,
            ..entry.client.clone()
        };
        // An update leaves the secrets of the row as they are.
        let row = row_of(&client, String::new());
        cx.change_settings(move |db| {
            Box::pin(async move {
                if !store::clients::update(db, &row).await? {
                    return Err(Error::NotFound(Thing::Client(row.id.to_string())));
                }
                Ok(())
            })
        })
        .await?;
        Ok(UserPoolClientOutput { user_pool_client: UserPoolClientType::from(&client) })
    }
}

/// Deletes a client with the tokens that it got.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct DeleteUserPoolClient {
    user_pool_id: Option<String>,
    client_id: Option<String>,
}

impl Operation for DeleteUserPoolClient {
    const NAME: &'static str = "DeleteUserPoolClient";
    const ACCESS: Access = Access::Admin;
    type Output = Empty;

    async fn run(self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        let entry = named::client_of_pool(cx, self.user_pool_id, self.client_id).await?;
        let id = entry.client.id.clone();
        cx.change_settings(move |db| {
            Box::pin(async move {
                store::clients::delete(db, &id).await?;
                Ok(())
            })
        })
        .await?;
        tracing::info!(pool = %entry.client.pool_id, client = %entry.client.id, "client deleted");
        Ok(Empty {})
    }
}

/// Lists the clients of a pool.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ListUserPoolClients {
    user_pool_id: Option<String>,
    max_results: Option<i64>,
    next_token: Option<String>,
    client_type: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ListUserPoolClientsOutput {
    user_pool_clients: Vec<UserPoolClientDescription>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct UserPoolClientDescription {
    client_id: String,
    user_pool_id: String,
    client_name: String,
}

impl Operation for ListUserPoolClients {
    const NAME: &'static str = "ListUserPoolClients";
    const ACCESS: Access = Access::Admin;
    type Output = ListUserPoolClientsOutput;

    async fn run(self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        let limit = self.max_results.unwrap_or(60);
        check_range("maxResults", limit, (1, 60))?;
        let page = Page::after(self.next_token, limit)?;
        let is_registered = self.client_type.map(|text| word("clientType", &text, CLIENT_TYPES)).transpose()?;
        let pool = named::pool(cx, self.user_pool_id).await?;
        let mut db = cx.store.read().await?;
        let found = store::clients::of_pool(&mut db, &pool.pool.id, &page.after, page.wanted()).await?;
        let (clients, next_token) = page.cut(found, |row| row.id.to_string());
        // As with Cognito, the filter makes pages shorter, and only the last one has no token for the next.
        let is_wanted =
            |row: &ClientRow| is_registered.is_none_or(|wanted| row.settings.registration.is_some() == wanted);
        let describe = |row: ClientRow| UserPoolClientDescription {
            client_id: row.id.to_string(),
            user_pool_id: row.pool_id.to_string(),
            client_name: row.name,
        };
        Ok(ListUserPoolClientsOutput {
            user_pool_clients: clients.into_iter().filter(is_wanted).map(describe).collect(),
            next_token,
        })
    }
}

/// The secret of a new client: made up, given, or none.
fn new_secret(cx: &Cx, is_generated: bool, given: Option<SecretString>) -> Result<Option<SecretString>, Error> {
    match (is_generated, given) {
        (true, Some(_)) => {
            Err(Error::InvalidParameter("GenerateSecret and ClientSecret cannot be used together.".to_owned()))
        }
        (true, None) => Ok(Some(cx.random().lower_alphanumeric(SECRET_LENGTH).into())),
        (false, Some(secret)) => CLIENT_SECRET.secret("clientSecret", Some(secret)).map(Some),
        (false, None) => Ok(None),
    }
}

fn row_of(client: &Client, sealed_secrets: String) -> ClientRow {
    ClientRow {
        id: client.id.clone(),
        pool_id: client.pool_id.clone(),
        name: client.name.clone(),
        sealed_secrets,
        created_at: client.created_at,
        modified_at: client.modified_at,
        settings: client.settings.clone(),
    }
}
