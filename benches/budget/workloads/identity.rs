//! Owns W11: AWS credentials for a user who has signed in, both calls (`GetId`, `GetCredentialsForIdentity`).

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use super::Walk;
use super::bearer::floor_requests;
use crate::Bench;
use crate::load::{Connection, Sample, call, drive, identity_call};
use crate::report::{Row, Verdict};
use crate::server::Server;

/// People who ask, in turn.
const PEOPLE: usize = 64;
const TIMES: usize = 100;
const PASSWORD: &str = "Budget-Pass-1";

/// Measures it beside two requests that verify a token and read a row.
///
/// # Errors
/// When a request fails.
pub fn run(bench: &mut Bench) -> Result<()> {
    let server = Server::development(&bench.folder.0.join("identity"))?;
    let (pool, logins) = prepare(&server)?;
    let floor = floor_requests(&bench.floor, &bench.seeded.accounts)?;
    let (mut floor, mut walks, times) = (Walk::all(&floor), Walk::all(&logins), TIMES * bench.plan.effort);
    let compared = bench.units.compare(
        bench.plan.rounds,
        || {
            drive(&bench.floor, &mut floor, times, |connection, walk| {
                connection.expect(walk.next(), 200)?;
                connection.expect(walk.next(), 200).map(drop)
            })
        },
        || credentials(&server, (&pool, &mut walks), times),
    )?;
    bench.report.add(Row {
        workload: "W11 credentials for a signed-in user, both calls".to_owned(),
        floor: format!("{:.0} µs", compared.floor),
        target: "–".to_owned(),
        measured: format!("{:.2} × floor ({:.0} µs, {:.0}/s)", compared.ratio, compared.cenote, compared.rate),
        verdict: Verdict::None,
    });
    Ok(())
}

fn credentials(server: &Server, (pool, walks): (&str, &mut [Walk<'_, Value>]), times: usize) -> Result<Sample> {
    drive(server, walks, times, |connection, walk| {
        let logins = walk.next();
        let wanted = json!({ "IdentityPoolId": pool, "Logins": logins });
        let id = connection.expect(&identity_call("GetId", &wanted), 200)?.member("IdentityId")?;
        let wanted = json!({ "IdentityId": id, "Logins": logins });
        connection.expect(&identity_call("GetCredentialsForIdentity", &wanted), 200).map(drop)
    })
}

/// Makes a user pool with people, and an identity pool that takes their tokens; its id, and the logins of each.
fn prepare(server: &Server) -> Result<(String, Vec<Value>)> {
    let mut connection = Connection::open(server.address)?;
    let mut made =
        |request: String| -> Result<Value> { Ok(serde_json::from_str(&connection.expect(&request, 200)?.body)?) };
    let users = made(call("CreateUserPool", &json!({ "PoolName": "Budget" })))?["UserPool"]["Id"].clone();
    let client = json!({
        "UserPoolId": users, "ClientName": "budget", "ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH"],
    });
    let client = made(call("CreateUserPoolClient", &client))?["UserPoolClient"]["ClientId"].clone();
    let provider = format!("cognito-idp.us-east-1.amazonaws.com/{}", users.as_str().context("no Id")?);
    let pool = json!({
        "IdentityPoolName": "budget", "AllowUnauthenticatedIdentities": false,
        "CognitoIdentityProviders": [{ "ProviderName": provider, "ClientId": client }],
    });
    let pool = made(identity_call("CreateIdentityPool", &pool))?["IdentityPoolId"].clone();
    let roles = json!({ "authenticated": "arn:aws:iam::123456789012:role/Budget" });
    made(identity_call("SetIdentityPoolRoles", &json!({ "IdentityPoolId": pool, "Roles": roles })))?;
    let logins = (0..PEOPLE).map(|number| {
        let name = format!("person{number}");
        let user = json!({ "UserPoolId": users, "Username": name, "MessageAction": "SUPPRESS" });
        made(call("AdminCreateUser", &user))?;
        let password = json!({ "UserPoolId": users, "Username": name, "Password": PASSWORD, "Permanent": true });
        made(call("AdminSetUserPassword", &password))?;
        let parameters = json!({ "USERNAME": name, "PASSWORD": PASSWORD });
        let attempt = json!({ "AuthFlow": "USER_PASSWORD_AUTH", "ClientId": client, "AuthParameters": parameters });
        let tokens = made(call("InitiateAuth", &attempt))?["AuthenticationResult"].clone();
        Ok(json!({ &provider: tokens["IdToken"] }))
    });
    let logins = logins.collect::<Result<Vec<_>>>()?;
    Ok((pool.as_str().context("no IdentityPoolId")?.to_owned(), logins))
}
