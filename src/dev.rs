//! Owns what `cenote dev` prepares on its first run: a pool, an app client for the demo site, a demo user. It uses the
//! API's own operations, as any developer would.

use serde_json::{Value, json};

use crate::api::operation::{Caller, find_target};
use crate::cx::Cx;
use crate::error::Error;
use crate::store;

/// The demo user's address; development servers are reachable from this machine only.
pub const DEMO_USER: &str = "demo@example.com";
/// The demo user's password.
pub const DEMO_PASSWORD: &str = "Demo-Pass-1";

/// The prepared pool.
#[derive(Debug, Clone)]
pub struct DevPool {
    /// Its id.
    pub pool_id: String,
    /// The demo site's client.
    pub client_id: String,
    /// That client's secret.
    pub client_secret: String,
    /// The identity pool that takes the client's tokens.
    pub identity_pool_id: String,
}

const POOL_FACT: &str = "dev_pool_id";
const CLIENT_FACT: &str = "dev_client_id";
const IDENTITY_POOL_FACT: &str = "dev_identity_pool_id";

/// Finds what an earlier run prepared, or prepares it; `demo_url` is where the demo site will be, `providers` what
/// `CreateIdentityProvider` is told about each simulated provider, and `logins` what `CreateIdentityPool` is told about
/// logins of theirs.
///
/// # Errors
/// When an operation fails.
pub async fn prepare(
    cx: &Cx,
    demo_url: &str,
    (providers, logins): (Vec<Value>, Option<Value>),
) -> Result<DevPool, Error> {
    let mut prepared = prepare_pool(cx, demo_url).await?;
    prepared.identity_pool_id = prepare_identity_pool(cx, &prepared).await?;
    if let Some(logins) = logins {
        take_logins(cx, &prepared.identity_pool_id, logins).await?;
    }
    offer_providers(cx, &prepared, providers).await?;
    Ok(prepared)
}

async fn prepare_pool(cx: &Cx, demo_url: &str) -> Result<DevPool, Error> {
    let mut db = cx.store.read().await?;
    let pool = store::settings::fact(&mut db, POOL_FACT).await?;
    let client = store::settings::fact(&mut db, CLIENT_FACT).await?;
    drop(db);
    if let (Some(pool), Some(client)) = (pool, client)
        && let Ok(described) = call(cx, "DescribeUserPoolClient", json!({"UserPoolId": pool, "ClientId": client})).await
    {
        return known(cx, (pool, client), (described, demo_url)).await;
    }
    first_run(cx, demo_url).await
}

/// The identity pool of an earlier run, or a new one for the demo site's client.
async fn prepare_identity_pool(cx: &Cx, dev: &DevPool) -> Result<String, Error> {
    let known = store::settings::fact(&mut *cx.store.read().await?, IDENTITY_POOL_FACT).await?;
    if let Some(id) = known
        && call_identity(cx, "DescribeIdentityPool", json!({ "IdentityPoolId": id })).await.is_ok()
    {
        return Ok(id);
    }
    let region = dev.pool_id.split('_').next().unwrap_or_default();
    let pool = json!({
        "IdentityPoolName": "Cenote demo",
        "AllowUnauthenticatedIdentities": true,
        "CognitoIdentityProviders": [{
            "ProviderName": format!("cognito-idp.{region}.amazonaws.com/{}", dev.pool_id),
            "ClientId": dev.client_id,
        }],
    });
    let id = text(&call_identity(cx, "CreateIdentityPool", pool).await?, "/IdentityPoolId");
    let role = |name: &str| format!("arn:aws:iam::{}:role/{name}", cx.config.account_id);
    let roles = json!({ "authenticated": role("DemoAuthenticated"), "unauthenticated": role("DemoGuest") });
    call_identity(cx, "SetIdentityPoolRoles", json!({ "IdentityPoolId": id, "Roles": roles })).await?;
    let kept = id.clone();
    cx.store
        .write(move |db| Box::pin(async move { store::settings::set_fact(db, IDENTITY_POOL_FACT, &kept).await }))
        .await?;
    Ok(id)
}

/// Lets the identity pool take exactly those logins: the providers' port may be another one than in an earlier run.
async fn take_logins(cx: &Cx, id: &str, logins: Value) -> Result<(), Error> {
    let described = call_identity(cx, "DescribeIdentityPool", json!({ "IdentityPoolId": id })).await?;
    let mut update = described.clone();
    for (name, taken) in logins.as_object().into_iter().flatten() {
        update[name] = taken.clone();
    }
    if update != described {
        call_identity(cx, "UpdateIdentityPool", update).await?;
    }
    Ok(())
}

async fn known(
    cx: &Cx,
    (pool, client): (String, String),
    (described, demo_url): (Value, &str),
) -> Result<DevPool, Error> {
    let secret = text(&described, "/UserPoolClient/ClientSecret");
    let urls = described.pointer("/UserPoolClient/CallbackURLs").cloned().unwrap_or_default();
    let is_registered = urls.as_array().is_some_and(|urls| urls.iter().any(|url| url == &callback(demo_url)));
    if !is_registered {
        let mut update = described.pointer("/UserPoolClient").cloned().unwrap_or_default();
        update["CallbackURLs"] = json!([callback(demo_url)]);
        update["LogoutURLs"] = json!([signed_out(demo_url)]);
        call(cx, "UpdateUserPoolClient", update).await?;
    }
    Ok(DevPool { pool_id: pool, client_id: client, client_secret: secret, identity_pool_id: String::new() })
}

async fn first_run(cx: &Cx, demo_url: &str) -> Result<DevPool, Error> {
    let pool = json!({
        "PoolName": "Cenote demo",
        "UsernameAttributes": ["email"],
        "AutoVerifiedAttributes": ["email"],
        "UsernameConfiguration": { "CaseSensitive": false },
        "Policies": { "PasswordPolicy": {
            "MinimumLength": 8, "RequireUppercase": true, "RequireLowercase": true,
            "RequireNumbers": true, "RequireSymbols": false } },
        "Schema": [{ "Name": "name", "AttributeDataType": "String", "Required": true, "Mutable": true }],
    });
    let pool_id = text(&call(cx, "CreateUserPool", pool).await?, "/UserPool/Id");
    let client = json!({
        "UserPoolId": pool_id,
        "ClientName": "demo-site",
        "GenerateSecret": true,
        "ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
        "SupportedIdentityProviders": ["COGNITO"],
        "CallbackURLs": [callback(demo_url)],
        "LogoutURLs": [signed_out(demo_url)],
        "AllowedOAuthFlows": ["code"],
        "AllowedOAuthScopes": ["openid", "email", "phone", "profile", "aws.cognito.signin.user.admin"],
        "AllowedOAuthFlowsUserPoolClient": true,
        "PreventUserExistenceErrors": "ENABLED",
    });
    let client = call(cx, "CreateUserPoolClient", client).await?;
    let client_id = text(&client, "/UserPoolClient/ClientId");
    let client_secret = text(&client, "/UserPoolClient/ClientSecret");
    let user = json!({
        "UserPoolId": pool_id, "Username": DEMO_USER, "MessageAction": "SUPPRESS",
        "UserAttributes": [
            { "Name": "email", "Value": DEMO_USER }, { "Name": "email_verified", "Value": "true" },
            { "Name": "name", "Value": "Dana Demo" }],
    });
    call(cx, "AdminCreateUser", user).await?;
    let password =
        json!({ "UserPoolId": pool_id, "Username": DEMO_USER, "Password": DEMO_PASSWORD, "Permanent": true });
    call(cx, "AdminSetUserPassword", password).await?;
    remember(cx, (pool_id.clone(), client_id.clone())).await?;
    Ok(DevPool { pool_id, client_id, client_secret, identity_pool_id: String::new() })
}

/// Makes the providers, or brings them up to date (their port may be another), and lets the demo site's client use
/// exactly those.
async fn offer_providers(cx: &Cx, dev: &DevPool, providers: Vec<Value>) -> Result<(), Error> {
    let mut names = vec![json!("COGNITO")];
    for mut provider in providers {
        provider["UserPoolId"] = json!(dev.pool_id);
        names.push(provider["ProviderName"].clone());
        match call(cx, "CreateIdentityProvider", provider.clone()).await {
            Err(Error::Exists(_)) => {
                provider.as_object_mut().map(|members| members.remove("ProviderType"));
                call(cx, "UpdateIdentityProvider", provider).await?;
            }
            outcome => drop(outcome?),
        }
    }
    let client = json!({"UserPoolId": dev.pool_id, "ClientId": dev.client_id});
    let described = call(cx, "DescribeUserPoolClient", client).await?;
    let mut update = described.pointer("/UserPoolClient").cloned().unwrap_or_default();
    if update["SupportedIdentityProviders"] != json!(names) {
        update["SupportedIdentityProviders"] = json!(names);
        call(cx, "UpdateUserPoolClient", update).await?;
    }
    Ok(())
}

async fn remember(cx: &Cx, (pool, client): (String, String)) -> Result<(), Error> {
    cx.store
        .write(move |db| {
            Box::pin(async move {
                store::settings::set_fact(db, POOL_FACT, &pool).await?;
                store::settings::set_fact(db, CLIENT_FACT, &client).await
            })
        })
        .await
}

async fn call(cx: &Cx, operation: &str, body: Value) -> Result<Value, Error> {
    call_target(cx, &format!("AWSCognitoIdentityProviderService.{operation}"), &body).await
}

async fn call_identity(cx: &Cx, operation: &str, body: Value) -> Result<Value, Error> {
    call_target(cx, &format!("AWSCognitoIdentityService.{operation}"), &body).await
}

async fn call_target(cx: &Cx, target: &str, body: &Value) -> Result<Value, Error> {
    let caller = Caller { named_region: None, address: std::net::Ipv4Addr::LOCALHOST.into() };
    let (_, entry) = find_target(target).ok_or(Error::UnknownOperation)?;
    let answer = entry.call(cx, &caller, body.to_string().as_bytes()).await?;
    serde_json::from_slice(&answer).map_err(Error::internal)
}

fn text(value: &Value, pointer: &str) -> String {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn callback(demo_url: &str) -> String {
    format!("{demo_url}/callback")
}

fn signed_out(demo_url: &str) -> String {
    format!("{demo_url}/signed-out")
}
