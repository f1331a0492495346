//! Owns the operations on the secrets of app clients: a client has two at most, and any of them counts, so that one
//! can be replaced while apps still use the other.

use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};

use super::clients::SECRET_LENGTH;
use super::constraints::{CLIENT_ID, CLIENT_SECRET, CLIENT_SECRET_ID, PAGINATION_KEY, POOL_ID};
use super::named;
use super::operation::{Access, Caller, Entry, Operation};
use super::wire::Empty;
use crate::clock::Timestamp;
use crate::cx::Cx;
use crate::domain::client::{Client, ClientSecret};
use crate::error::{Error, Thing};
use crate::store;

/// The family's table.
pub const OPERATIONS: &[Entry] = &[
    Entry::of::<AddUserPoolClientSecret>(),
    Entry::of::<ListUserPoolClientSecrets>(),
    Entry::of::<DeleteUserPoolClientSecret>(),
];

/// Secrets that a client may have.
const MOST: usize = 2;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ClientSecretDescriptorType {
    client_secret_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_secret_value: Option<String>,
    client_secret_create_date: f64,
}

/// Adds a secret: a given one, or one that is made up and shown this once.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AddUserPoolClientSecret {
    user_pool_id: Option<String>,
    client_id: Option<String>,
    client_secret: Option<SecretString>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct AddUserPoolClientSecretOutput {
    client_secret_descriptor: ClientSecretDescriptorType,
}

impl Operation for AddUserPoolClientSecret {
    const NAME: &'static str = "AddUserPoolClientSecret";
    const ACCESS: Access = Access::Admin;
    type Output = AddUserPoolClientSecretOutput;

    async fn run(self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        let given = self.client_secret.map(|secret| CLIENT_SECRET.secret("clientSecret", Some(secret))).transpose()?;
        let is_generated = given.is_none();
        let value = given.unwrap_or_else(|| cx.random().lower_alphanumeric(SECRET_LENGTH).into());
        let (client, sealed) = fresh(cx, self.user_pool_id, self.client_id).await?;
        let Some(newest) = client.secrets.iter().map(|secret| secret.created_at).max() else {
            return Err(Error::InvalidParameter(format!("Client {} is not configured for secret.", client.id)));
        };
        if client.secrets.len() >= MOST {
            return Err(Error::LimitExceeded(format!("An app client can have at most {MOST} secrets.")));
        }
        if client.secrets.iter().any(|known| known.expose_secret() == value.expose_secret()) {
            return Err(Error::InvalidParameter("The client has this secret already.".to_owned()));
        }
        let created_at = cx.now().max(Timestamp(newest.0 + 1));
        let secret = ClientSecret { value, created_at };
        let mut descriptor = descriptor_of(&client, &secret);
        descriptor.client_secret_value = is_generated.then(|| secret.expose_secret().to_owned());
        let secrets = client.secrets.iter().cloned().chain([secret]).collect();
        keep(cx, &client, (sealed, secrets)).await?;
        Ok(AddUserPoolClientSecretOutput { client_secret_descriptor: descriptor })
    }
}

/// Lists the secrets without their values.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ListUserPoolClientSecrets {
    user_pool_id: Option<String>,
    client_id: Option<String>,
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ListUserPoolClientSecretsOutput {
    client_secrets: Vec<ClientSecretDescriptorType>,
}

impl Operation for ListUserPoolClientSecrets {
    const NAME: &'static str = "ListUserPoolClientSecrets";
    const ACCESS: Access = Access::Admin;
    type Output = ListUserPoolClientSecretsOutput;

    async fn run(self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        PAGINATION_KEY.optional("nextToken", self.next_token)?;
        let entry = named::client_of_pool(cx, self.user_pool_id, self.client_id).await?;
        let descriptors = entry.client.secrets.iter().map(|secret| descriptor_of(&entry.client, secret));
        Ok(ListUserPoolClientSecretsOutput { client_secrets: descriptors.collect() })
    }
}

/// Takes a secret away; the last one stays.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct DeleteUserPoolClientSecret {
    user_pool_id: Option<String>,
    client_id: Option<String>,
    client_secret_id: Option<String>,
}

impl Operation for DeleteUserPoolClientSecret {
    const NAME: &'static str = "DeleteUserPoolClientSecret";
    const ACCESS: Access = Access::Admin;
    type Output = Empty;

    async fn run(self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        let id = CLIENT_SECRET_ID.required("clientSecretId", self.client_secret_id)?;
        let (client, sealed) = fresh(cx, self.user_pool_id, self.client_id).await?;
        let secrets: Vec<_> =
            client.secrets.iter().filter(|secret| secret_id(&client, secret) != id).cloned().collect();
        if secrets.len() == client.secrets.len() {
            return Err(Error::NotFound(Thing::ClientSecret));
        }
        if secrets.is_empty() {
            return Err(Error::InvalidParameter("The last secret of an app client cannot be deleted.".to_owned()));
        }
        keep(cx, &client, (sealed, secrets)).await?;
        tracing::info!(pool = %client.pool_id, client = %client.id, "client secret deleted");
        Ok(Empty {})
    }
}

/// The client as the database has it now, and its secrets as they are sealed there.
async fn fresh(cx: &Cx, pool: Option<String>, client: Option<String>) -> Result<(Client, String), Error> {
    let pool = cx.pool_named(&POOL_ID.required("userPoolId", pool)?).await?;
    let name = CLIENT_ID.required("clientId", client)?;
    let entry = cx.client_of_pool(pool.pool.id.as_str(), &name).await?;
    let row = store::clients::by_id(&mut *cx.store.read().await?, &entry.client.id).await?;
    let row = row.ok_or_else(|| Error::NotFound(Thing::Client(name)))?;
    if row.settings.registration.is_some() {
        let text = "Client secret operations are not supported for app clients that registered themselves.";
        return Err(Error::InvalidParameter(text.to_owned()));
    }
    let sealed = row.sealed_secrets.clone();
    Ok((cx.open_client(row)?, sealed))
}

async fn keep(cx: &Cx, client: &Client, (known, secrets): (String, Vec<ClientSecret>)) -> Result<(), Error> {
    let sealed = cx.seal_client_secrets(&client.id, &secrets)?;
    let (id, now) = (client.id.clone(), cx.now());
    cx.change_settings(move |db| {
        Box::pin(async move {
            if !store::clients::replace_secrets(db, &id, (&known, &sealed), now).await? {
                return Err(Error::ConcurrentModification);
            }
            Ok(())
        })
    })
    .await?;
    Ok(())
}

fn descriptor_of(client: &Client, secret: &ClientSecret) -> ClientSecretDescriptorType {
    ClientSecretDescriptorType {
        client_secret_id: secret_id(client, secret),
        client_secret_value: None,
        client_secret_create_date: secret.created_at.fractional_seconds(),
    }
}

/// The client's id and the moment of the secret (API model, ClientSecretDescriptorType).
fn secret_id(client: &Client, secret: &ClientSecret) -> String {
    format!("{}--{}", client.id, secret.created_at.0)
}
