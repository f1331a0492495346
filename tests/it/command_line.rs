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

#[actix_web::test]
async fn the_pool_alone_answers_within_a_second_for_every_region() {
    let folder = Folder::new();
    let port = free_port();
    let mut command = cenote(&["dev", "--no-demo", "--no-providers", "--port", &port.to_string()]);
    command.arg("--data").arg(&folder.0).args(["--issuer-base", "https://cognito-idp.us-east-1.amazonaws.com"]);
    let began = std::time::Instant::now();
    let program = Program::start(command, (port, 0)).await;
    println!("ready after {:?}", began.elapsed());
    for region in ["us-east-1", "eu-central-1", "ap-southeast-2"] {
        let credential = format!(
            "AWS4-HMAC-SHA256 Credential=any/20260101/{region}/cognito-idp/aws4_request, SignedHeaders=host, Signature=00"
        );
        let request =
            program.api_request("CreateUserPool", &json!({ "PoolName": region })).header("authorization", credential);
        let pool = request.send().await.unwrap().json::<serde_json::Value>().await.unwrap()["UserPool"].clone();
        let id = pool["Id"].as_str().unwrap();
        assert!(id.starts_with(&format!("{region}_")), "{id}");
        assert_eq!(pool["Arn"], format!("arn:aws:cognito-idp:{region}:123456789012:userpool/{id}"));
        let discovery = program.get(&format!("{}/{id}/.well-known/openid-configuration", program.base)).await.json();
        assert_eq!(discovery["issuer"], format!("https://cognito-idp.us-east-1.amazonaws.com/{id}"));
    }
}

#[actix_web::test]
async fn the_pool_speaks_https_with_a_certificate_of_its_own() {
    let folder = Folder::new();
    let port = free_port();
    let start = || {
        let mut command = cenote(&["dev", "--tls", "--no-demo", "--no-providers", "--port", &port.to_string()]);
        command.arg("--data").arg(&folder.0);
        command.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::piped()).spawn().unwrap()
    };
    let mut child = start();
    let certificate = folder.join("tls-certificate.pem");
    let base = format!("https://localhost:{port}");
    let trusting = trusting(&certificate).await;
    let ready = until_ready(&trusting, &base).await;
    assert!(ready.headers().get("strict-transport-security").is_none(), "the demo site shares the name localhost");
    let login = trusting.get(format!("{base}/login?client_id=none")).send().await.unwrap();
    assert_eq!(login.status(), 400);
    let strangers = reqwest::Client::builder().no_proxy().build().unwrap();
    assert!(strangers.get(format!("{base}/readyz")).send().await.is_err(), "nobody else trusts it");
    assert!(strangers.get(format!("http://localhost:{port}/readyz")).send().await.is_err(), "nothing is in the clear");
    // Somebody who never says a word does not keep it from stopping.
    let silent = std::net::TcpStream::connect(("127.0.0.1", port)).unwrap();
    std::process::Command::new("kill").arg(child.id().to_string()).status().unwrap();
    let began = std::time::Instant::now();
    assert!(child.wait().unwrap().success());
    assert!(began.elapsed() < Duration::from_secs(25), "{:?}", began.elapsed());
    drop(silent);
    let before = std::fs::read(&certificate).unwrap();
    let mut again = start();
    until_ready(&trusting, &base).await;
    assert_eq!(std::fs::read(&certificate).unwrap(), before, "the certificate is kept");
    again.kill().unwrap();
    again.wait().unwrap();
}

/// A client that trusts the certificate in `file`, once there is one.
async fn trusting(file: &std::path::Path) -> reqwest::Client {
    for _ in 0..200 {
        if let Some(certificate) = std::fs::read(file).ok().and_then(|pem| reqwest::Certificate::from_pem(&pem).ok()) {
            return reqwest::Client::builder().no_proxy().tls_certs_only([certificate]).build().unwrap();
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("no certificate was made");
}

async fn until_ready(client: &reqwest::Client, base: &str) -> reqwest::Response {
    let mut last = String::new();
    for _ in 0..200 {
        match client.get(format!("{base}/readyz")).send().await {
            Ok(answer) if answer.status() == 200 => return answer,
            other => last = format!("{other:?}"),
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("it was not ready in time: {last}");
}
