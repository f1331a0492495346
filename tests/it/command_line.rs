//! The command line: help, checks, sentences for what is wrong, and stopping without dropping anyone.

use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::time::Duration;

use serde_json::json;

use crate::support::Program;
use crate::support::program::{Ended, Folder, cenote, free_port, run};

const KEY: &str = "0123456789abcdef0123456789abcdef";

#[actix_web::test]
async fn sigterm_lets_requests_in_flight_finish_and_exits_with_zero() {
    let folder = Folder::new();
    let program = Program::dev(&folder.0).await;
    let pool = program.pool_id().await;
    let calls = (0..24).map(|number| {
        let user = json!({
            "UserPoolId": pool, "Username": format!("n{number}@example.com"), "TemporaryPassword": "Correct-Horse-1",
            "MessageAction": "SUPPRESS",
            "UserAttributes": [{ "Name": "name", "Value": "N" }],
        });
        tokio::spawn(program.api_request("AdminCreateUser", &user).send())
    });
    let calls: Vec<_> = calls.collect();
    // Enough for every request to be read, too short for so many password hashes.
    tokio::time::sleep(Duration::from_millis(100)).await;
    program.signal("TERM");
    assert!(calls.iter().any(|call| !call.is_finished()), "some are still in flight");
    let mut statuses = Vec::new();
    for call in calls {
        let response = call.await.unwrap().expect("a request in flight is answered");
        statuses.push(response.status().as_u16());
    }
    assert_eq!(statuses, [200; 24]);
    let (base, demo) = (program.base.clone(), program.demo.clone());
    let ended = program.ended().await;
    assert_eq!(ended.status.code(), Some(0), "{}", ended.complaints);
    for address in [base, demo] {
        assert!(reqwest::get(address).await.is_err(), "both listeners are closed");
    }
}

#[actix_web::test]
async fn sigint_stops_the_production_server() {
    let folder = Folder::new();
    let port = free_port();
    let mut serve = cenote(&["serve", "--port", &port.to_string()]);
    serve.arg("--data").arg(&folder.0).env("CENOTE_MASTER_KEY", KEY);
    let serve = Program::start(serve, (port, 0)).await;
    serve.signal("INT");
    let ended = serve.ended().await;
    assert_eq!(ended.status.code(), Some(0), "{}", ended.complaints);
    assert!(ended.complaints.contains("stopped"), "{}", ended.complaints);
}

#[actix_web::test]
async fn the_demo_site_alone_starts_without_its_pool_and_stops() {
    let port = free_port();
    let mut demo = cenote(&["demo", "--demo-port", &port.to_string()]);
    let nowhere = format!("http://localhost:{}/us-east-1_Nowhere", free_port());
    demo.env("CENOTE_DEMO_ISSUER", nowhere).env("CENOTE_DEMO_CLIENT_ID", "client").env("CENOTE_DEMO_COOKIE_KEY", KEY);
    let demo = Program::start(demo, (port, port)).await;
    assert!(demo.get(&format!("{}/", demo.demo)).await.text.contains("Sign in"));
    let login = demo.get(&format!("{}/login", demo.demo)).await;
    assert_eq!(login.status, 503);
    demo.signal("TERM");
    let ended = demo.ended().await;
    assert_eq!(ended.status.code(), Some(0), "{}", ended.complaints);
}

#[actix_web::test]
async fn help_names_every_command_and_flag() {
    let help = run(cenote(&["--help"])).await;
    assert_eq!(help.status.code(), Some(0));
    for words in ["Usage: cenote", "dev", "serve", "demo", "--data <DIR>", "--demo-port", "--no-demo", "Examples:"] {
        assert!(help.output.contains(words), "{words} in {}", help.output);
    }
    for (command, words) in [("dev", "--no-demo"), ("serve", "--check"), ("demo", "--config <FILE>")] {
        let help = run(cenote(&[command, "--help"])).await;
        assert!(help.output.contains(words), "{words} in {}", help.output);
    }
    assert_eq!(run(cenote(&["sevre"])).await.status.code(), Some(2));
}

#[actix_web::test]
async fn a_check_says_whether_the_configuration_is_good_and_touches_nothing() {
    let folder = Folder::new();
    let file = folder.join("cenote.toml");
    let data = folder.join("data");
    let check = async |text: &str| {
        std::fs::write(&file, text).unwrap();
        let mut command = cenote(&["serve", "--check", "--config"]);
        command.arg(&file).arg("--data").arg(&data);
        run(command).await
    };
    let good = check(&format!("master_key = \"{KEY}\"")).await;
    assert_eq!((good.status.code(), good.output.as_str()), (Some(0), "The configuration is good.\n"));
    assert!(!data.exists());
    refused(&check("").await, "No master key");
    refused(&check(&format!("master_key = \"{KEY}\"\nlisten_on = \"x\"")).await, "listen_on");
    refused(&check(&format!("master_key = \"{KEY}\"\nlisten = \"here\"")).await, "address:port");
    refused(&check("master_key = \"short\"").await, "32 characters");
    refused(&check("nonsense").await, "cenote.toml");
    refused(&run(cenote(&["serve", "--check", "--config", "/nowhere.toml"])).await, "/nowhere.toml");
}

#[actix_web::test]
async fn a_complaint_about_the_configuration_quotes_no_secret() {
    let folder = Folder::new();
    let file = folder.join("cenote.toml");
    let secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
    for text in [
        format!("master_key = \"{secret}"),
        format!("admin_keys = \"{secret}\""),
        format!("admin_keys = [{{ access_key_id = \"AKIDEXAMPLE\", secret_access_key = {secret} }}]"),
        format!("smtp = \"{secret}\""),
        format!("database = \"mysql://root:{secret}@localhost\""),
        format!("log_format = \"{secret}\""),
    ] {
        std::fs::write(&file, &text).unwrap();
        let mut command = cenote(&["serve", "--check", "--config"]);
        command.arg(&file);
        let ended = run(command).await;
        refused(&ended, "configuration: ");
        assert!(!ended.complaints.contains("wJalr"), "{text}: {}", ended.complaints);
    }
    let mut command = cenote(&["serve", "--check"]);
    command.env("CENOTE_ADMIN_KEYS", format!("[{{ access_key_id = \"AKIDEXAMPLE\", secret_access_key = {secret}"));
    let ended = run(command).await;
    refused(&ended, "environment variable");
    assert!(!ended.complaints.contains("wJalr"), "{}", ended.complaints);
}

#[actix_web::test]
async fn a_port_in_use_is_one_sentence_that_names_the_way_out() {
    let folder = Folder::new();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let (taken, free) = (taken.local_addr().unwrap().port().to_string(), free_port().to_string());
    let data = folder.0.to_str().unwrap();
    refused(
        &run(cenote(&["dev", "--no-providers", "--data", data, "--port", &taken, "--demo-port", &free])).await,
        "in use",
    );
    let demo = run(cenote(&["dev", "--no-providers", "--data", data, "--port", &free, "--demo-port", &taken])).await;
    refused(&demo, "--demo-port");
}

#[actix_web::test]
async fn an_unwritable_folder_is_one_sentence_that_names_it() {
    let folder = Folder::new();
    let file = folder.join("file");
    std::fs::write(&file, "").unwrap();
    let inside = file.join("data");
    let port = free_port().to_string();
    let ended =
        run(cenote(&["dev", "--no-demo", "--no-providers", "--port", &port, "--data", inside.to_str().unwrap()])).await;
    refused(&ended, inside.to_str().unwrap());
    assert!(ended.complaints.contains("--data"), "{}", ended.complaints);
}

#[actix_web::test]
async fn another_master_key_is_refused_and_the_first_one_still_works() {
    let folder = Folder::new();
    let serve = async |key: &str| {
        let port = free_port();
        let mut command = cenote(&["serve", "--port", &port.to_string()]);
        command.arg("--data").arg(&folder.0).env("CENOTE_MASTER_KEY", key);
        (command, port)
    };
    let (command, port) = serve(KEY).await;
    drop(Program::start(command, (port, 0)).await);
    refused(&run(serve(&KEY.repeat(2)).await.0).await, "not the one that this database was made with");
    let (command, port) = serve(KEY).await;
    drop(Program::start(command, (port, 0)).await);
}

#[actix_web::test]
async fn the_data_folder_and_its_secrets_are_for_the_owner_only() {
    let folder = Folder::new();
    let data = folder.join("data");
    drop(Program::dev(&data).await);
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&data), 0o700);
    for file in std::fs::read_dir(&data).unwrap() {
        let path = file.unwrap().path();
        assert_eq!(mode(&path), 0o600, "{}", path.display());
    }
}

/// One sentence on standard error with `words` in it, and exit code 1.
fn refused(ended: &Ended, words: &str) {
    assert_eq!(ended.status.code(), Some(1), "{}", ended.complaints);
    let complaints = ended.complaints.trim_end();
    let last = complaints.lines().last().unwrap_or_default();
    assert!(last.starts_with("cenote: "), "{complaints}");
    assert!(complaints.contains(words), "{words} in {complaints}");
    assert!(!complaints.contains("panicked"), "{complaints}");
}
