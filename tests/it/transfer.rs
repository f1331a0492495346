//! Taking pools away and bringing them back: everything comes along, nothing else opens the file, a damaged one changes
//! nothing, an interrupted import goes on; and users with hashes of other systems.

use std::path::{Path, PathBuf};
use std::time::Duration;

use cenote::crypto::sealed_stream::FileSecret;
use cenote::cx::Mode;
use cenote::store::{self, Database, Store};
use cenote::transfer::{self, Counts, Export, TransferError};
use serde_json::json;
use sqlx::Row as _;

use crate::support::app::unique;
use crate::support::program::{Folder, cenote, free_port, run};
use crate::support::setup::PASSWORD;
use crate::support::{Program, Setup, TestApp};

const BCRYPT: &str = "$2b$05$abcdefghijklmnopqrstuuLxp9fy2Mx7tQMvry8.3E06eb/zyVcli";

fn key(byte: u8) -> FileSecret {
    FileSecret::Key(zeroize::Zeroizing::new(vec![byte; 32]))
}

/// A server with another master key.
async fn elsewhere() -> TestApp {
    TestApp::start(Mode::Development, |config| {
        config.master_key = Some("another master key, which the first server never saw".to_owned().into());
    })
    .await
}

async fn take(app: &TestApp, file: &Path, has_signing_keys: bool) -> Result<Counts, TransferError> {
    let secret = key(1);
    transfer::export(&app.cx, Export { pools: Vec::new(), has_signing_keys, file, secret: &secret }).await
}

fn file(app: &TestApp) -> PathBuf {
    std::fs::create_dir_all(app.folder()).unwrap();
    app.folder().join(format!("pools-{}.sealed", unique()))
}

fn users(count: usize) -> String {
    (0..count).map(|number| json!({ "username": format!("u{number}@example.com") }).to_string() + "\n").collect()
}

async fn bring(app: &TestApp, pool: &str, lines: &str) -> (i64, i64, i64, Vec<String>) {
    let pool = app.cx.pool_named(pool).await.unwrap();
    let mut report = Vec::new();
    let count =
        transfer::users::bring_along(&app.cx, &pool, (lines.as_bytes(), |line: &str| report.push(line.to_owned())));
    let count = count.await.unwrap();
    (count.imported, count.skipped, count.failed, report)
}

#[actix_web::test]
async fn a_pool_comes_back_whole_under_another_master_key() {
    let app = TestApp::new().await;
    let factors = json!({ "MfaConfiguration": "OPTIONAL", "SoftwareTokenMfaConfiguration": { "Enabled": true } });
    let setup = Setup::with_factors(&app, json!({}), factors).await;
    let (confidential, secret) = setup.another_client(&app, json!({ "GenerateSecret": true })).await;
    let sub = setup.user(&app, "ana@example.com").await;
    let group = json!({ "UserPoolId": setup.pool, "GroupName": "staff" });
    app.ok("CreateGroup", group.clone()).await;
    let member = json!({ "UserPoolId": setup.pool, "GroupName": "staff", "Username": "ana@example.com" });
    app.ok("AdminAddUserToGroup", member).await;
    let provider = json!({
        "UserPoolId": setup.pool, "ProviderName": "Google", "ProviderType": "Google",
        "ProviderDetails": { "client_id": "c", "client_secret": "upstream secret", "authorize_scopes": "openid" },
    });
    app.ok("CreateIdentityProvider", provider).await;
    let token = setup.software_token(&app, "ana@example.com").await;
    let path = file(&app);
    let counts = take(&app, &path, true).await.unwrap();
    assert_eq!((counts["pools"], counts["clients"], counts["users"]), (1, 2, 1));
    let content = std::fs::read(&path).unwrap();
    for secret in [secret.as_str(), "ana@example.com", "upstream secret"] {
        assert!(!content.windows(secret.len()).any(|window| window == secret.as_bytes()), "{secret}");
    }

    let other = elsewhere().await;
    assert_eq!(transfer::import(&other.cx, &path, &key(1)).await.unwrap(), counts);
    let jwks = format!("/{}/.well-known/jwks.json", setup.pool);
    assert_eq!(other.get(&jwks).await.text, app.get(&jwks).await.text);
    let client = json!({ "UserPoolId": setup.pool, "ClientId": confidential });
    let described = other.ok("DescribeUserPoolClient", client).await;
    assert_eq!(described["UserPoolClient"]["ClientSecret"], secret.as_str());
    let provider = json!({ "UserPoolId": setup.pool, "ProviderName": "Google" });
    let provider = other.ok("DescribeIdentityProvider", provider).await;
    assert_eq!(provider["IdentityProvider"]["ProviderDetails"]["client_secret"], "upstream secret");
    assert_eq!(other.ok("GetGroup", group).await["Group"]["GroupName"], "staff");
    let user = other.ok("AdminGetUser", json!({ "UserPoolId": setup.pool, "Username": "ana@example.com" })).await;
    assert_eq!(user["Username"], sub.as_str());
    // Password, SRP and the authenticator app prove the same person as before.
    let asked = other.ok("InitiateAuth", setup.attempt("ana@example.com", PASSWORD)).await;
    assert_eq!(asked["ChallengeName"], "SOFTWARE_TOKEN_MFA", "{asked}");
    let code = crate::support::steps::totp(&other, &token, 1);
    let answer = json!({
        "ClientId": setup.client, "ChallengeName": "SOFTWARE_TOKEN_MFA", "Session": asked["Session"],
        "ChallengeResponses": { "USERNAME": "ana@example.com", "SOFTWARE_TOKEN_MFA_CODE": code },
    });
    assert!(other.ok("RespondToAuthChallenge", answer).await["AuthenticationResult"]["IdToken"].is_string());
    let srp = setup.srp_sign_in(&other, "ana@example.com", PASSWORD).await;
    assert_eq!(srp.json()["ChallengeName"], "SOFTWARE_TOKEN_MFA", "{}", srp.text);
}

#[actix_web::test]
async fn pools_may_leave_their_signing_keys_behind() {
    let app = TestApp::new().await;
    let setup = Setup::new(&app).await;
    setup.user(&app, "ana@example.com").await;
    let path = file(&app);
    assert!(!take(&app, &path, false).await.unwrap().contains_key("signing_keys"));
    let other = elsewhere().await;
    transfer::import(&other.cx, &path, &key(1)).await.unwrap();
    let jwks = format!("/{}/.well-known/jwks.json", setup.pool);
    assert_ne!(other.get(&jwks).await.text, app.get(&jwks).await.text);
    assert_eq!(setup.api_sign_in(&other, "ana@example.com", PASSWORD).await.status, 200);
}

#[actix_web::test]
async fn a_file_that_is_damaged_cut_or_opened_with_another_key_changes_nothing() {
    let app = TestApp::new().await;
    let setup = Setup::new(&app).await;
    assert_eq!(bring(&app, &setup.pool, &users(500)).await.0, 500);
    let path = file(&app);
    take(&app, &path, true).await.unwrap();
    let whole = std::fs::read(&path).unwrap();
    let other = elsewhere().await;
    let damaged = file(&other);
    let mut changed = whole.clone();
    let last = changed.len() - 20;
    changed[last] ^= 1;
    for content in
        [changed, whole[..whole.len() - 1].to_vec(), whole[..whole.len() / 2].to_vec(), Vec::new(), b"x".repeat(5000)]
    {
        std::fs::write(&damaged, content).unwrap();
        let refused = transfer::import(&other.cx, &damaged, &key(1)).await.unwrap_err().to_string();
        assert!(refused.ends_with("Nothing was changed."), "{refused}");
    }
    let refused = transfer::import(&other.cx, &path, &key(2)).await.unwrap_err().to_string();
    assert!(refused.contains("the secret is not the one"), "{refused}");
    let none = other.ok("ListUserPools", json!({ "MaxResults": 5 })).await;
    assert_eq!(none["UserPools"], json!([]));
    transfer::import(&other.cx, &path, &key(1)).await.unwrap();
    let again = transfer::import(&other.cx, &path, &key(1)).await.unwrap_err().to_string();
    assert!(again.contains("is there already"), "{again}");
    let taken = take(&app, &path, true).await.unwrap_err().to_string();
    assert!(taken.contains("exists"), "{taken}");
    assert_eq!(std::fs::read(&path).unwrap(), whole, "an export overwrites nothing");
}

#[actix_web::test]
async fn an_import_that_was_interrupted_goes_on_where_it_was() {
    let app = TestApp::new().await;
    let setup = Setup::new(&app).await;
    assert_eq!(bring(&app, &setup.pool, &users(4000)).await.0, 4000);
    let path = file(&app);
    let counts = take(&app, &path, true).await.unwrap();
    let other = elsewhere().await;
    let pool = cenote::domain::ids::PoolId::parse(&setup.pool).unwrap();
    let (mut interruptions, mut is_complete) = (0, false);
    for patience in [400, 500, 600, 800] {
        let secret = key(1);
        let import = transfer::import(&other.cx, &path, &secret);
        if tokio::time::timeout(Duration::from_millis(patience), import).await.is_err() {
            interruptions += 1;
            tokio::time::sleep(Duration::from_millis(300)).await;
        } else {
            is_complete = true;
            break;
        }
    }
    let mut db = other.cx.store.read().await.unwrap();
    let sofar = store::pools::estimated_users(&mut db, &pool).await.unwrap();
    drop(db);
    println!("{interruptions} interruptions, {sofar} users so far");
    if !is_complete {
        assert_eq!(transfer::import(&other.cx, &path, &key(1)).await.unwrap(), counts);
    }
    let mut db = other.cx.store.read().await.unwrap();
    assert_eq!(store::pools::estimated_users(&mut db, &pool).await.unwrap(), 4000);
    drop(db);
    let path = file(&other);
    assert_eq!(take(&other, &path, true).await.unwrap(), counts, "what came in goes out again");
}

#[actix_web::test]
async fn users_come_along_with_hashes_groups_and_mistakes_are_told_by_line() {
    let app = TestApp::new().await;
    let setup = Setup::new(&app).await;
    app.ok("CreateGroup", json!({ "UserPoolId": setup.pool, "GroupName": "staff" })).await;
    let lines = [
        json!({ "username": "a@example.com", "password_hash": BCRYPT, "groups": ["staff"], "attributes": { "email_verified": "true", "name": "=1+1" } }).to_string(),
        json!({ "username": "b@example.com", "disabled": true }).to_string(),
        json!({ "username": "a@example.com" }).to_string(),
        json!({ "username": "c@example.com", "password_hash": "md5:abc" }).to_string(),
        json!({ "username": "d@example.com", "groups": ["none"] }).to_string(),
        json!({ "username": "e@example.com", "attributes": { "name": "a\0b" } }).to_string(),
        json!({ "username": "f@example.com", "paswordhash": "x" }).to_string(),
        "not json".to_owned(),
        String::new(),
        "x".repeat(300_000),
        json!({ "username": "g@example.com", "attributes": { "unknown": "x" } }).to_string(),
        json!({ "username": "h@example.com" }).to_string(),
    ]
    .join("\n");
    let (imported, skipped, failed, report) = bring(&app, &setup.pool, &lines).await;
    assert_eq!((imported, skipped, failed), (3, 1, 7), "{report:?}");
    assert_eq!(report[2], "[SKIPPED] Line Number 3 - The user already exists.");
    assert!(report[3].starts_with("[FAILED] Line Number 4 - The password hash"), "{report:?}");
    assert!(report.iter().all(|line| !line.contains("example.com")), "{report:?}");
    let tokens = app.ok("InitiateAuth", setup.attempt("a@example.com", "Corr3ct-Horse")).await;
    assert!(tokens["AuthenticationResult"]["AccessToken"].is_string());
    let user = app.ok("AdminGetUser", json!({ "UserPoolId": setup.pool, "Username": "b@example.com" })).await;
    assert_eq!((&user["Enabled"], &user["UserStatus"]), (&json!(false), &json!("RESET_REQUIRED")));
    assert_eq!(
        app.api("AdminGetUser", json!({ "UserPoolId": setup.pool, "Username": "d@example.com" })).await.fault(),
        "UserNotFoundException"
    );
    assert_eq!(bring(&app, &setup.pool, &lines).await.1, 4, "the same file may be given again");
}

#[actix_web::test]
async fn every_table_goes_along_or_is_left_out_on_purpose_and_every_sealed_column_is_known() {
    let path = std::env::temp_dir().join(format!("cenote-test-{}.sqlite", unique()));
    let store = Store::open(Database::Sqlite(&path)).await.unwrap();
    let tables = store::transfer::tables(&store).await.unwrap();
    let mut db = store.read().await.unwrap();
    let all = sqlx::query("SELECT name FROM sqlite_master WHERE type = 'table'").fetch_all(&mut *db).await.unwrap();
    let all: Vec<String> = all.iter().map(|row| row.get("name")).collect();
    for name in &all {
        let is_exported = tables.iter().any(|table| table.name == *name);
        let is_left_out = store::transfer::is_left_out(name);
        assert!(is_exported != is_left_out, "{name}: exported {is_exported}, left out {is_left_out}");
    }
    for table in &tables {
        for column in table.columns() {
            let is_sealed = column.starts_with("sealed_") || column == "pending_secret";
            assert!(!is_sealed || transfer::covers(&table.name, column), "{}.{column}", table.name);
        }
    }
    let of = |name: &str| tables.iter().position(|table| table.name == name).unwrap_or_else(|| panic!("{name}"));
    for name in ["identities", "group_members", "logins", "passkeys", "devices", "software_tokens", "user_factors"] {
        assert!(of("users") < of(name), "{name}");
    }
}

#[actix_web::test]
async fn the_command_line_takes_a_pool_from_one_server_to_another() {
    let (from, to) = (Folder::new(), Folder::new());
    let start = async |folder: &Folder| {
        let port = free_port();
        let mut command = cenote(&["dev", "--no-demo", "--no-providers", "--port", &port.to_string()]);
        command.arg("--data").arg(&folder.0);
        Program::start(command, (port, 0)).await
    };
    let program = start(&from).await;
    let pool = program.ok("CreateUserPool", json!({ "PoolName": "move", "UsernameAttributes": ["email"] })).await;
    let pool = pool["UserPool"]["Id"].as_str().unwrap().to_owned();
    let client = json!({ "UserPoolId": pool, "ClientName": "app", "ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"] });
    let client = program.ok("CreateUserPoolClient", client).await["UserPoolClient"]["ClientId"].clone();
    let (lines, words) = (from.join("users.jsonl"), from.join("words"));
    std::fs::write(&lines, json!({ "username": "a@example.com", "password_hash": BCRYPT }).to_string()).unwrap();
    std::fs::write(&words, "correct horse battery staple\n").unwrap();
    let file = from.join("pools.sealed");
    // The server runs meanwhile.
    let mut command = cenote(&["users", "--pool", &pool, "--data"]);
    let ended = run({
        command.arg(&from.0).arg(&lines);
        command
    })
    .await;
    assert_eq!(ended.output, "1 users came in, 0 were there, 0 failed.\n", "{}", ended.complaints);
    let move_pool = async |verb: &str, folder: &Folder, words: &Path| {
        let mut command = cenote(&[verb]);
        command.arg(&file).arg("--passphrase-file").arg(words).arg("--data").arg(&folder.0);
        run(command).await
    };
    let ended = move_pool("export", &from, &words).await;
    assert!(ended.output.contains("1 pools, 1 app clients, 1 users"), "{} {}", ended.output, ended.complaints);
    use std::os::unix::fs::PermissionsExt as _;
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let again = move_pool("export", &from, &words).await;
    assert_eq!(again.status.code(), Some(1), "{}", again.output);
    let wrong = from.join("wrong");
    std::fs::write(&wrong, "another horse and staple").unwrap();
    let refused = move_pool("import", &to, &wrong).await;
    assert!(refused.complaints.contains("Nothing was changed."), "{}", refused.complaints);
    let ended = move_pool("import", &to, &words).await;
    assert!(ended.output.contains("1 users"), "{} {}", ended.output, ended.complaints);
    drop(program);
    let program = start(&to).await;
    let attempt = json!({
        "AuthFlow": "USER_PASSWORD_AUTH", "ClientId": client,
        "AuthParameters": { "USERNAME": "a@example.com", "PASSWORD": "Corr3ct-Horse" },
    });
    assert!(program.ok("InitiateAuth", attempt).await["AuthenticationResult"]["IdToken"].is_string());
}
