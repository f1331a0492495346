//! Crashes: what a client was told is still there after `kill -9`, round after round on one data folder.

use std::cell::Cell;
use std::time::{Duration, Instant};

use futures_util::future::{join, join_all};
use serde_json::{Value, json};
use sqlx::Connection as _;

use crate::support::Program;
use crate::support::program::{Folder, cenote, free_port};
use crate::support::setup::PASSWORD;

const ROUNDS: usize = 10;
const WRITERS: usize = 4;

/// The pool and the client that every round uses, and how much the server has acknowledged.
struct Place {
    pool: String,
    client: String,
    acknowledged: Cell<usize>,
}

/// What the server said it had done.
#[derive(Default)]
struct Promised {
    users: Vec<String>,
    refresh_tokens: Vec<String>,
}

#[actix_web::test]
async fn nothing_that_was_acknowledged_is_lost_to_kill_nine() {
    let folder = Folder::new();
    let mut program = start(&folder).await;
    let place = prepare(&program).await;
    let (mut promised, mut restarts) = (Promised::default(), Vec::new());
    for round in 0..ROUNDS {
        let writers = (0..WRITERS).map(|writer| write(&program, &place, format!("r{round}w{writer}")));
        let written = join(join_all(writers), kill(&program, &place, 5 + round)).await.0;
        for part in written {
            promised.users.extend(part.users);
            promised.refresh_tokens.extend(part.refresh_tokens);
        }
        drop(program);
        let began = Instant::now();
        program = start(&folder).await;
        restarts.push(began.elapsed());
    }
    // The quickest one: a busy machine may hold up any of them.
    assert!(restarts.iter().min() < Some(&Duration::from_secs(1)), "ready again after {restarts:?}");
    assert!(promised.users.len() >= 2 * ROUNDS && promised.refresh_tokens.len() >= 2 * ROUNDS);
    check(&program, &place, &promised).await;
    drop(program);
    assert_eq!(integrity(&folder).await, "ok");
}

async fn start(folder: &Folder) -> Program {
    let port = free_port();
    let mut command = cenote(&["dev", "--no-demo", "--no-providers", "--port", &port.to_string()]);
    command.arg("--data").arg(&folder.0);
    Program::start(command, (port, 0)).await
}

async fn prepare(program: &Program) -> Place {
    let pool = program.ok("CreateUserPool", json!({ "PoolName": "crash", "UsernameAttributes": ["email"] })).await;
    let pool = pool["UserPool"]["Id"].as_str().unwrap().to_owned();
    let client = json!({
        "UserPoolId": pool, "ClientName": "crash",
        "ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
    });
    let client = program.ok("CreateUserPoolClient", client).await;
    let client = client["UserPoolClient"]["ClientId"].as_str().unwrap().to_owned();
    let user = json!({ "UserPoolId": pool, "Username": "jane@example.com", "MessageAction": "SUPPRESS" });
    program.ok("AdminCreateUser", user).await;
    let password =
        json!({ "UserPoolId": pool, "Username": "jane@example.com", "Password": PASSWORD, "Permanent": true });
    program.ok("AdminSetUserPassword", password).await;
    Place { pool, client, acknowledged: Cell::default() }
}

/// Kills the server in the midst of its work, once it has acknowledged `count` more requests.
async fn kill(program: &Program, place: &Place, count: usize) {
    let wanted = place.acknowledged.get() + count;
    while place.acknowledged.get() < wanted {
        tokio::time::sleep(Duration::from_millis(3)).await;
    }
    program.signal("KILL");
}

/// Signs people up and in, one after the other, until the server is gone.
async fn write(program: &Program, place: &Place, name: String) -> Promised {
    let mut promised = Promised::default();
    for number in 0.. {
        let user = format!("{name}n{number}@example.com");
        let sign_up = json!({ "ClientId": place.client, "Username": user, "Password": PASSWORD });
        if acknowledged((program, place), "SignUp", &sign_up).await.is_none() {
            break;
        }
        promised.users.push(user);
        let parameters = json!({ "USERNAME": "jane@example.com", "PASSWORD": PASSWORD });
        let sign_in =
            json!({ "AuthFlow": "USER_PASSWORD_AUTH", "ClientId": place.client, "AuthParameters": parameters });
        let Some(tokens) = acknowledged((program, place), "InitiateAuth", &sign_in).await else { break };
        let refresh_token = tokens["AuthenticationResult"]["RefreshToken"].as_str().unwrap();
        promised.refresh_tokens.push(refresh_token.to_owned());
    }
    promised
}

/// The whole answer, unless the server went away before it was complete.
async fn acknowledged((program, place): (&Program, &Place), operation: &str, body: &Value) -> Option<Value> {
    let response = program.api_request(operation, body).send().await.ok()?;
    let status = response.status();
    let text = response.text().await.ok()?;
    assert_eq!(status, 200, "{operation}: {text}");
    place.acknowledged.set(place.acknowledged.get() + 1);
    Some(serde_json::from_str(&text).unwrap())
}

async fn check(program: &Program, place: &Place, promised: &Promised) {
    for user in &promised.users {
        let found = program.ok("AdminGetUser", json!({ "UserPoolId": place.pool, "Username": user })).await;
        assert_eq!(found["UserStatus"], "UNCONFIRMED");
    }
    for token in &promised.refresh_tokens {
        let refresh = json!({
            "AuthFlow": "REFRESH_TOKEN_AUTH", "ClientId": place.client, "AuthParameters": { "REFRESH_TOKEN": token },
        });
        let tokens = program.ok("InitiateAuth", refresh).await;
        assert!(tokens["AuthenticationResult"]["AccessToken"].is_string());
    }
}

async fn integrity(folder: &Folder) -> String {
    sqlx::any::install_default_drivers();
    let address = format!("sqlite://{}", folder.join("cenote.sqlite").display());
    let mut connection = sqlx::AnyConnection::connect(&address).await.unwrap();
    sqlx::query_scalar("PRAGMA integrity_check").fetch_one(&mut connection).await.unwrap()
}
