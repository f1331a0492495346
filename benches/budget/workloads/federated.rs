//! Owns W10: a sign-in at an OpenID provider, by somebody who came before: the three requests that the pool answers,
//! with the exchange, the user info and the verification of the provider's token in between.

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use super::token_grants;
use crate::Bench;
use crate::load::{CONNECTIONS, Connection, Sample, call, drive, get, post_form};
use crate::report::{Row, Verdict};
use crate::seed::CALLBACK;
use crate::server::Server;
use crate::upstream;

const PROVIDER: &str = "Upstream";
/// People who sign in, in turn.
const PEOPLE: usize = 256;
const TIMES: usize = 20;

/// One connection's way through the people.
struct Person {
    place: usize,
}

/// Measures it beside the two signatures that every sign-in without a password needs.
///
/// # Errors
/// When a sign-in fails.
pub fn run(bench: &mut Bench) -> Result<()> {
    let server = Server::development(&bench.folder.0.join("federated"))?;
    let query = prepare(&server, &upstream::start()?)?;
    let mut people: Vec<Person> = (0..CONNECTIONS).map(|place| Person { place }).collect();
    // Everybody comes once, so that nobody is new in the rounds.
    sign_in(&server, &query, (&mut people, PEOPLE / CONNECTIONS))?;
    let times = TIMES * bench.plan.effort;
    let compared = bench.units.compare(
        bench.plan.rounds,
        || token_grants::sign(&bench.floor, 2, times),
        || sign_in(&server, &query, (&mut people, times)),
    )?;
    bench.report.add(Row {
        workload: "W10 federated sign-in, OpenID Connect, all three requests".to_owned(),
        floor: format!("{:.2} S ({:.2} ms)", compared.floor_in_signatures(), compared.floor / 1000.0),
        target: "–".to_owned(),
        measured: format!(
            "{:.2} S ({:.2} ms, {:.2} × floor, {:.0}/s)",
            compared.in_signatures(),
            compared.cenote / 1000.0,
            compared.ratio,
            compared.rate
        ),
        verdict: Verdict::None,
    });
    Ok(())
}

/// Makes pool, provider and client; the query of the authorization request.
fn prepare(server: &Server, issuer: &str) -> Result<String> {
    let mut connection = Connection::open(server.address)?;
    let mut made = |operation: &str, body: Value| -> Result<Value> {
        Ok(serde_json::from_str(&connection.expect(&call(operation, &body), 200)?.body)?)
    };
    let pool = made("CreateUserPool", json!({ "PoolName": "Budget", "UsernameAttributes": ["email"] }))?;
    let pool = &pool["UserPool"]["Id"];
    let details = json!({
        "client_id": upstream::CLIENT, "client_secret": "secret", "authorize_scopes": "openid email profile",
        "oidc_issuer": issuer, "attributes_request_method": "GET",
    });
    let mapping = json!({ "email": "email", "email_verified": "email_verified", "name": "name" });
    made(
        "CreateIdentityProvider",
        json!({
            "UserPoolId": pool, "ProviderName": PROVIDER, "ProviderType": "OIDC", "ProviderDetails": details,
            "AttributeMapping": mapping,
        }),
    )?;
    let client = json!({
        "UserPoolId": pool, "ClientName": "budget", "SupportedIdentityProviders": [PROVIDER],
        "CallbackURLs": [CALLBACK], "AllowedOAuthFlows": ["code"], "AllowedOAuthScopes": ["openid", "email", "profile"],
        "AllowedOAuthFlowsUserPoolClient": true,
    });
    let client = made("CreateUserPoolClient", client)?;
    let client = client["UserPoolClient"]["ClientId"].as_str().context("no ClientId")?.to_owned();
    let pairs = [
        ("client_id", client.as_str()),
        ("redirect_uri", CALLBACK),
        ("response_type", "code"),
        ("scope", "openid email profile"),
        ("identity_provider", PROVIDER),
    ];
    Ok(url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish())
}

fn sign_in(server: &Server, query: &str, (people, times): (&mut [Person], usize)) -> Result<Sample> {
    drive(server, people, times, |connection, person| {
        let name = format!("person{}", person.place % PEOPLE);
        person.place += CONNECTIONS;
        let code = code(connection, query, &name)?;
        let given = |name: &str| parameter(&format!("?{query}"), name);
        let form = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs([("grant_type", "authorization_code"), ("code", &code)])
            .extend_pairs([("client_id", given("client_id")?), ("redirect_uri", given("redirect_uri")?)])
            .finish();
        connection.expect(&post_form("/oauth2/token", "", &form), 200).map(drop)
    })
}

/// The browser's part: off to the provider, and back with its code.
fn code(connection: &mut Connection, query: &str, person: &str) -> Result<String> {
    let left = connection.expect(&get(&format!("/oauth2/authorize?{query}"), ""), 302)?;
    let location = left.header("location").context("no Location")?;
    let cookies: Vec<&str> = left
        .head
        .lines()
        .filter_map(|line| line.split_once(": ").filter(|(name, _)| name.eq_ignore_ascii_case("set-cookie")))
        .filter_map(|(_, cookie)| cookie.split(';').next())
        .collect();
    let back = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("code", &upstream::code(person, &parameter(location, "nonce")?))
        .append_pair("state", &parameter(location, "state")?)
        .finish();
    let cookies = format!("Cookie: {}\r\n", cookies.join("; "));
    let arrived = connection.expect(&get(&format!("/oauth2/idpresponse?{back}"), &cookies), 302)?;
    parameter(arrived.header("location").context("no Location")?, "code")
}

fn parameter(location: &str, name: &str) -> Result<String> {
    let (_, query) = location.split_once('?').with_context(|| format!("no query in {location}"))?;
    let mut pairs = url::form_urlencoded::parse(query.as_bytes());
    let found = pairs.find(|(known, _)| known == name).map(|(_, value)| value.into_owned());
    found.with_context(|| format!("no {name} in {location}"))
}
