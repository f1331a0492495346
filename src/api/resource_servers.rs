//! Owns the operations on resource servers and their scopes.

use serde::{Deserialize, Serialize};

use super::constraints::{
    RESOURCE_SERVER_IDENTIFIER, RESOURCE_SERVER_NAME, SCOPE_DESCRIPTION, SCOPE_NAME, check_length, check_range,
};
use super::named;
use super::operation::{Access, Caller, Entry, Operation};
use super::page::Page;
use super::wire::Empty;
use crate::cx::Cx;
use crate::domain::resource_server::{ResourceScope, ResourceServer};
use crate::error::{Error, Thing};
use crate::store;

/// The family's table.
pub const OPERATIONS: &[Entry] = &[
    Entry::of::<CreateResourceServer>(),
    Entry::of::<DescribeResourceServer>(),
    Entry::of::<UpdateResourceServer>(),
    Entry::of::<DeleteResourceServer>(),
    Entry::of::<ListResourceServers>(),
];

/// Resource servers that a pool may have.
const MOST: usize = 25;
/// Scopes that a resource server may have.
const MOST_SCOPES: usize = 100;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ResourceServerType {
    user_pool_id: String,
    identifier: String,
    name: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    scopes: Vec<ResourceServerScopeType>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ResourceServerScopeType {
    scope_name: Option<String>,
    scope_description: Option<String>,
}

/// Makes a resource server.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct CreateResourceServer {
    user_pool_id: Option<String>,
    identifier: Option<String>,
    name: Option<String>,
    scopes: Option<Vec<ResourceServerScopeType>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ResourceServerOutput {
    resource_server: ResourceServerType,
}

impl Operation for CreateResourceServer {
    const NAME: &'static str = "CreateResourceServer";
    const ACCESS: Access = Access::Admin;
    type Output = ResourceServerOutput;

    async fn run(self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        let identifier = RESOURCE_SERVER_IDENTIFIER.required("identifier", self.identifier)?;
        let name = RESOURCE_SERVER_NAME.required("name", self.name)?;
        let scopes = scopes_from(self.scopes)?;
        let pool = named::pool(cx, self.user_pool_id).await?;
        if pool.resource_servers.len() >= MOST {
            return Err(Error::LimitExceeded(format!("A user pool can have at most {MOST} resource servers.")));
        }
        let server = ResourceServer { pool_id: pool.pool.id.clone(), identifier, name, scopes };
        let server = cx
            .change_settings(move |db| {
                Box::pin(async move {
                    if !store::resource_servers::insert(db, &server).await? {
                        let (identifier, pool) = (&server.identifier, &server.pool_id);
                        let text = format!("{identifier} already exists in user pool {pool}.");
                        return Err(Error::InvalidParameter(text));
                    }
                    Ok(server)
                })
            })
            .await?;
        Ok(ResourceServerOutput { resource_server: server.into() })
    }
}

/// Describes a resource server.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct DescribeResourceServer {
    user_pool_id: Option<String>,
    identifier: Option<String>,
}

impl Operation for DescribeResourceServer {
    const NAME: &'static str = "DescribeResourceServer";
    const ACCESS: Access = Access::Admin;
    type Output = ResourceServerOutput;

    async fn run(self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        let identifier = RESOURCE_SERVER_IDENTIFIER.required("identifier", self.identifier)?;
        let pool = named::pool(cx, self.user_pool_id).await?;
        let found = pool.resource_servers.iter().find(|server| server.identifier == identifier);
        let server = found.ok_or(Error::NotFound(Thing::ResourceServer(identifier)))?;
        Ok(ResourceServerOutput { resource_server: server.clone().into() })
    }
}

/// Replaces the name and the scopes of a resource server.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct UpdateResourceServer {
    user_pool_id: Option<String>,
    identifier: Option<String>,
    name: Option<String>,
    scopes: Option<Vec<ResourceServerScopeType>>,
}

impl Operation for UpdateResourceServer {
    const NAME: &'static str = "UpdateResourceServer";
    const ACCESS: Access = Access::Admin;
    type Output = ResourceServerOutput;

    async fn run(self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        let identifier = RESOURCE_SERVER_IDENTIFIER.required("identifier", self.identifier)?;
        let name = RESOURCE_SERVER_NAME.required("name", self.name)?;
        let scopes = scopes_from(self.scopes)?;
        let pool = named::pool(cx, self.user_pool_id).await?;
        let server = ResourceServer { pool_id: pool.pool.id.clone(), identifier, name, scopes };
        let server = cx
            .change_settings(move |db| {
                Box::pin(async move {
                    if !store::resource_servers::update(db, &server).await? {
                        return Err(Error::NotFound(Thing::ResourceServer(server.identifier)));
                    }
                    Ok(server)
                })
            })
            .await?;
        Ok(ResourceServerOutput { resource_server: server.into() })
    }
}

/// Deletes a resource server.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct DeleteResourceServer {
    user_pool_id: Option<String>,
    identifier: Option<String>,
}

impl Operation for DeleteResourceServer {
    const NAME: &'static str = "DeleteResourceServer";
    const ACCESS: Access = Access::Admin;
    type Output = Empty;

    async fn run(self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        let identifier = RESOURCE_SERVER_IDENTIFIER.required("identifier", self.identifier)?;
        let pool = named::pool(cx, self.user_pool_id).await?.pool.id.clone();
        cx.change_settings(move |db| {
            Box::pin(async move {
                if !store::resource_servers::delete(db, &pool, &identifier).await? {
                    return Err(Error::NotFound(Thing::ResourceServer(identifier)));
                }
                Ok(())
            })
        })
        .await?;
        Ok(Empty {})
    }
}

/// Lists the resource servers of a pool.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ListResourceServers {
    user_pool_id: Option<String>,
    max_results: Option<i64>,
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ListResourceServersOutput {
    resource_servers: Vec<ResourceServerType>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

impl Operation for ListResourceServers {
    const NAME: &'static str = "ListResourceServers";
    const ACCESS: Access = Access::Admin;
    type Output = ListResourceServersOutput;

    async fn run(self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        let limit = self.max_results.unwrap_or(50);
        check_range("maxResults", limit, (1, 50))?;
        let page = Page::after(self.next_token, limit)?;
        let pool = named::pool(cx, self.user_pool_id).await?;
        let mut servers = pool.resource_servers.clone();
        servers.sort_by(|one, other| one.identifier.cmp(&other.identifier));
        servers.retain(|server| server.identifier > page.after);
        let (servers, next_token) = page.cut(servers, |server| server.identifier.clone());
        Ok(ListResourceServersOutput { resource_servers: servers.into_iter().map(Into::into).collect(), next_token })
    }
}

impl From<ResourceServer> for ResourceServerType {
    fn from(server: ResourceServer) -> Self {
        let scope = |scope: ResourceScope| ResourceServerScopeType {
            scope_name: Some(scope.name),
            scope_description: Some(scope.description),
        };
        Self {
            user_pool_id: server.pool_id.to_string(),
            identifier: server.identifier,
            name: server.name,
            scopes: server.scopes.into_iter().map(scope).collect(),
        }
    }
}

fn scopes_from(given: Option<Vec<ResourceServerScopeType>>) -> Result<Vec<ResourceScope>, Error> {
    let given = given.unwrap_or_default();
    check_length("scopes", &given.len(), (0, MOST_SCOPES))?;
    let mut scopes: Vec<ResourceScope> = Vec::with_capacity(given.len());
    for (index, scope) in given.into_iter().enumerate() {
        let place = format!("scopes.{}.member", index + 1);
        let name = SCOPE_NAME.required(&format!("{place}.scopeName"), scope.scope_name)?;
        let description = SCOPE_DESCRIPTION.required(&format!("{place}.scopeDescription"), scope.scope_description)?;
        if scopes.iter().any(|known| known.name == name) {
            return Err(Error::InvalidParameter(format!("Duplicate scope name {name}.")));
        }
        scopes.push(ResourceScope { name, description });
    }
    Ok(scopes)
}
