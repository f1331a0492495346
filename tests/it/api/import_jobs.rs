//! Import jobs: the header, the upload, the work, the report, and files that are wrong.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::program::{Folder, cenote, free_port};
use crate::support::{Answer, Program, Setup, TestApp, app};

const ROLE: &str = "arn:aws:iam::123456789012:role/import";
const BCRYPT: &str = "$2b$05$abcdefghijklmnopqrstuuLxp9fy2Mx7tQMvry8.3E06eb/zyVcli";
const BCRYPT_PASSWORD: &str = "Corr3ct-Horse";

struct Job {
    id: String,
    url: String,
}

async fn make(app: &TestApp, setup: &Setup, more: Value) -> Job {
    let mut wanted = json!({ "UserPoolId": setup.pool, "JobName": "all", "CloudWatchLogsRoleArn": ROLE });
    crate::support::setup::merge(&mut wanted, more);
    let job = app.ok("CreateUserImportJob", wanted).await["UserImportJob"].clone();
    assert_eq!((&job["Status"], &job["ImportedUsers"]), (&json!("Created"), &json!(0)));
    assert!(job.get("StartDate").is_none() && job.get("CompletionMessage").is_none());
    // The address is the server's public one; in tests that is not where it listens.
    let path = job["PreSignedUrl"].as_str().unwrap().split_once("/_cenote").unwrap().1.to_owned();
    Job { id: job["JobId"].as_str().unwrap().to_owned(), url: format!("{}/_cenote{path}", app.base) }
}

async fn put(app: &TestApp, job: &Job, file: impl Into<reqwest::Body>) -> Answer {
    app::answer(app.http.put(&job.url).header("x-amz-server-side-encryption", "aws:kms").body(file)).await
}

async fn header(app: &TestApp, setup: &Setup) -> Vec<String> {
    let header = app.ok("GetCSVHeader", json!({ "UserPoolId": setup.pool })).await["CSVHeader"].clone();
    serde_json::from_value(header).unwrap()
}

/// A record with these values, by column.
fn record(header: &[String], values: &[(&str, &str)]) -> String {
    let value = |name: &String| values.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value);
    header.iter().map(value).collect::<Vec<_>>().join(",") + "\n"
}

fn named(setup: &Setup, job: &Job) -> Value {
    json!({ "UserPoolId": setup.pool, "JobId": job.id })
}

async fn start(app: &TestApp, setup: &Setup, job: &Job) {
    let started = app.ok("StartUserImportJob", named(setup, job)).await;
    assert_eq!(started["UserImportJob"]["Status"], "Pending");
}

async fn ended(app: &TestApp, setup: &Setup, job: &Job) -> Value {
    for _ in 0..300 {
        let job = app.ok("DescribeUserImportJob", named(setup, job)).await["UserImportJob"].clone();
        if !["Pending", "InProgress", "Stopping"].contains(&job["Status"].as_str().unwrap()) {
            return job;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the job did not end");
}

fn figures(job: &Value) -> (i64, i64, i64) {
    let number = |name: &str| job[name].as_i64().unwrap();
    (number("ImportedUsers"), number("SkippedUsers"), number("FailedUsers"))
}

#[actix_web::test]
async fn the_header_has_the_pools_columns() {
    let app = TestApp::new().await;
    let schema = json!([{ "Name": "team", "AttributeDataType": "String", "Mutable": true }]);
    let setup = Setup::with(&app, json!({ "Schema": schema }), json!({})).await;
    let header = header(&app, &setup).await;
    assert_eq!(header.first().unwrap(), "name");
    assert_eq!(
        header[19..],
        ["custom:team", "cognito:mfa_enabled", "cognito:username"].map(str::to_owned),
        "{header:?}"
    );
    assert!(!header.contains(&"sub".to_owned()));
}

#[actix_web::test]
async fn users_come_in_and_must_set_a_password() {
    let app = TestApp::new().await;
    let setup = Setup::new(&app).await;
    setup.user(&app, "there@example.com").await;
    let header = header(&app, &setup).await;
    let job = make(&app, &setup, json!({})).await;
    let user =
        |email: &str| record(&header, &[("cognito:username", email), ("email", email), ("email_verified", "TRUE")]);
    let mut file = header.join(",") + "\r\n";
    file += &user("a@example.com");
    file += &user("there@example.com");
    file += &user("a@example.com");
    file += &record(&header, &[("cognito:username", "b@example.com"), ("email", "b@example.com")]);
    file += &user("no address");
    file += "one,column\n";
    file += &record(
        &header,
        &[
            ("cognito:username", "c@example.com"),
            ("email_verified", "true"),
            ("name", "=cmd|' /C calc'!A0"),
            ("address", "Road 1\\, Town"),
        ],
    );
    file += &record(
        &header,
        &[
            ("cognito:username", "d@example.com"),
            ("email_verified", "true"),
            ("nickname", "\"Two\nlines, \"\"quoted\"\"\""),
        ],
    );
    file += &user("e@example.com");
    assert_eq!(put(&app, &job, file).await.status, 200);
    start(&app, &setup, &job).await;
    let done = ended(&app, &setup, &job).await;
    assert_eq!(
        (&done["Status"], &done["CompletionMessage"]),
        (&json!("Succeeded"), &json!("Import Job Completed Successfully."))
    );
    assert_eq!(figures(&done), (4, 2, 3), "{done}");
    assert!(done["CompletionDate"].is_number() && done["StartDate"].is_number());
    let report = app::answer(app.http.get(&job.url)).await.text;
    let lines: Vec<&str> = report.lines().collect();
    assert_eq!(lines[0], "[SUCCEEDED] Line Number 2 - The import succeeded.");
    assert_eq!(lines[1], "[SKIPPED] Line Number 3 - The user already exists.");
    assert_eq!(lines[2], "[SKIPPED] Line Number 4 - The user already exists.");
    assert!(
        lines[3].starts_with("[FAILED] Line Number 5 - The User Record does not set any of the auto verified"),
        "{report}"
    );
    assert!(lines[4].starts_with("[FAILED] Line Number 6 - "), "{report}");
    assert!(lines[5].starts_with("[FAILED] Line Number 7 - The number of columns"), "{report}");
    assert_eq!(lines[8], "[SUCCEEDED] Line Number 11 - The import succeeded.", "{report}");
    assert!(!report.contains("example.com") && !report.contains("cmd"), "the report repeats no value");
    let user = app.ok("AdminGetUser", json!({ "UserPoolId": setup.pool, "Username": "c@example.com" })).await;
    assert_eq!(user["UserStatus"], "RESET_REQUIRED");
    for (name, value) in [("name", "=cmd|' /C calc'!A0"), ("address", "Road 1, Town"), ("email", "c@example.com")] {
        assert!(
            user["UserAttributes"].as_array().unwrap().contains(&json!({ "Name": name, "Value": value })),
            "{user}"
        );
    }
    app.ok("ForgotPassword", json!({ "ClientId": setup.client, "Username": "c@example.com" })).await;
    let code = app.code_for("c@example.com");
    let confirm = json!({ "ClientId": setup.client, "Username": "c@example.com", "ConfirmationCode": code, "Password": "Correct-Horse-9" });
    app.ok("ConfirmForgotPassword", confirm).await;
    assert_eq!(setup.api_sign_in(&app, "c@example.com", "Correct-Horse-9").await.status, 200);
}

#[actix_web::test]
async fn users_keep_their_passwords_where_the_file_brings_hashes() {
    let app = TestApp::new().await;
    let setup = Setup::new(&app).await;
    let mut header = header(&app, &setup).await;
    header.push("cognito:password_hash".to_owned());
    let job = make(&app, &setup, json!({ "PasswordHashingAlgorithm": "BCRYPT" })).await;
    let user = |email: &str, hash: &str| {
        record(&header, &[("cognito:username", email), ("email_verified", "true"), ("cognito:password_hash", hash)])
    };
    let file = header.join(",")
        + "\n"
        + &user("a@example.com", BCRYPT)
        + &user("b@example.com", "")
        + &user("c@example.com", "$2b$31$abcdefghijklmnopqrstuuLxp9fy2Mx7tQMvry8.3E06eb/zyVcli")
        + &user(
            "d@example.com",
            "$pbkdf2-sha256$i=1000$c2FsdHNhbHRzYWx0c2FsdA$EHcKgxA50brMSSP9XAxQ/pSKf9yLm2vZbNfqZ9KJ/Wo",
        );
    put(&app, &job, file).await;
    start(&app, &setup, &job).await;
    let done = ended(&app, &setup, &job).await;
    assert_eq!((figures(&done), &done["PasswordHashingAlgorithm"]), ((2, 0, 2), &json!("BCRYPT")));
    assert_eq!(setup.api_sign_in(&app, "a@example.com", BCRYPT_PASSWORD).await.status, 200);
    let made = json!({ "UserPoolId": setup.pool, "JobName": "x", "CloudWatchLogsRoleArn": ROLE, "PasswordHashingAlgorithm": "MD5" });
    assert_eq!(app.api("CreateUserImportJob", made).await.fault(), "InvalidParameterException");
}

#[actix_web::test]
async fn a_file_that_is_wrong_is_refused_or_fails_the_job() {
    let app = TestApp::new().await;
    let setup = Setup::new(&app).await;
    let header = header(&app, &setup).await;
    let job = make(&app, &setup, json!({})).await;
    for (file, status) in [
        (Vec::new(), 400),
        (b"a\0b\n".to_vec(), 400),
        (vec![0xff, 0xfe, b'\n'], 400),
        (b"name,\"open".to_vec(), 400),
        (vec![b'x'; 70_000], 413),
        (b"\n".repeat(500_002), 413),
    ] {
        assert_eq!(put(&app, &job, file).await.status, status);
    }
    app.refuses(
        "StartUserImportJob",
        named(&setup, &job),
        ("PreconditionNotMetException", "The CSV file has not been uploaded."),
    )
    .await;
    assert_eq!(put(&app, &job, "name,email\nx,y\n").await.status, 200);
    start(&app, &setup, &job).await;
    let done = ended(&app, &setup, &job).await;
    assert_eq!((&done["Status"], figures(&done)), (&json!("Failed"), (0, 0, 0)));
    assert!(done["CompletionMessage"].as_str().unwrap().contains("header"), "{done}");
    assert_eq!(put(&app, &job, "again").await.status, 409);
    let job = make(&app, &setup, json!({})).await;
    put(&app, &job, header.join(",") + "\n" + &record(&header, &[("cognito:username", "x")])).await;
    start(&app, &setup, &job).await;
    let done = ended(&app, &setup, &job).await;
    assert_eq!(done["CompletionMessage"], "Too many users have failed or been skipped during the import.");
    assert_eq!((&done["Status"], figures(&done)), (&json!("Failed"), (0, 0, 1)));
}

#[actix_web::test]
async fn an_upload_address_is_for_one_job_and_a_quarter_of_an_hour() {
    let app = TestApp::new().await;
    let setup = Setup::new(&app).await;
    let job = make(&app, &setup, json!({})).await;
    let changed = Job { url: job.url.replace("imports/A", "imports/B") + "x", id: job.id.clone() };
    assert_eq!(put(&app, &changed, "name\n").await.status, 403);
    assert_eq!(put(&app, &job, "name\n").await.status, 200);
    app.advance(901);
    assert_eq!(put(&app, &job, "name\n").await.status, 403);
    assert_eq!(app::answer(app.http.get(&job.url)).await.status, 403);
}

#[actix_web::test]
async fn jobs_are_listed_described_and_refused_in_cognitos_ways() {
    let app = TestApp::new().await;
    let setup = Setup::new(&app).await;
    let jobs = [make(&app, &setup, json!({})).await, make(&app, &setup, json!({})).await];
    let page = app.ok("ListUserImportJobs", json!({ "UserPoolId": setup.pool, "MaxResults": 1 })).await;
    let token = page["PaginationToken"].clone();
    let rest = app
        .ok("ListUserImportJobs", json!({ "UserPoolId": setup.pool, "MaxResults": 1, "PaginationToken": token }))
        .await;
    assert!(rest.get("PaginationToken").is_none());
    let mut ids = [&page, &rest].map(|page| page["UserImportJobs"][0]["JobId"].as_str().unwrap().to_owned());
    ids.sort();
    let mut wanted = jobs.each_ref().map(|job| job.id.clone());
    wanted.sort();
    assert_eq!(ids, wanted);
    let unknown = json!({ "UserPoolId": setup.pool, "JobId": "import-none" });
    for operation in ["DescribeUserImportJob", "StartUserImportJob", "StopUserImportJob"] {
        assert_eq!(app.api(operation, unknown.clone()).await.fault(), "ResourceNotFoundException", "{operation}");
    }
    assert_eq!(app.api("StopUserImportJob", named(&setup, &jobs[0])).await.fault(), "PreconditionNotMetException");
    let bare = Setup::with(&app, json!({ "AutoVerifiedAttributes": null }), json!({})).await;
    let job = make(&app, &bare, json!({})).await;
    assert_eq!(app.api("StartUserImportJob", named(&bare, &job)).await.fault(), "PreconditionNotMetException");
    app.advance(86_401);
    for _ in 0..100 {
        if app.ok("DescribeUserImportJob", named(&setup, &jobs[0])).await["UserImportJob"]["Status"] == "Expired" {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the job did not expire");
}

#[actix_web::test]
async fn a_job_at_work_holds_up_changes_of_the_pool_and_stops_when_told() {
    let app = TestApp::new().await;
    let setup = Setup::new(&app).await;
    let header = header(&app, &setup).await;
    let job = make(&app, &setup, json!({})).await;
    let mut file = header.join(",") + "\n";
    for number in 0..20_000 {
        file +=
            &record(&header, &[("cognito:username", &format!("u{number}@example.com")), ("email_verified", "true")]);
    }
    assert_eq!(put(&app, &job, file).await.status, 200);
    start(&app, &setup, &job).await;
    let update = json!({ "UserPoolId": setup.pool });
    assert_eq!(app.api("UpdateUserPool", update.clone()).await.fault(), "UserImportInProgressException");
    assert_eq!(app.api("DeleteUserPool", update).await.fault(), "UserImportInProgressException");
    let mut progress = Vec::new();
    for _ in 0..200 {
        let now = app.ok("DescribeUserImportJob", named(&setup, &job)).await["UserImportJob"]["ImportedUsers"]
            .as_i64()
            .unwrap();
        progress.push(now);
        if now > 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let stopping = app.ok("StopUserImportJob", named(&setup, &job)).await;
    let status = stopping["UserImportJob"]["Status"].as_str().unwrap();
    assert!(matches!(status, "Stopping" | "Stopped"), "a quick server has stopped by now: {status}");
    let done = ended(&app, &setup, &job).await;
    assert_eq!(
        (&done["Status"], &done["CompletionMessage"]),
        (&json!("Stopped"), &json!("The Import Job was stopped by the developer."))
    );
    let imported = figures(&done).0;
    assert!(imported > 0 && imported < 20_000, "{done} {progress:?}");
}

#[actix_web::test]
async fn a_job_survives_a_kill_and_brings_everybody_in_once() {
    let folder = Folder::new();
    let start_program = async || {
        let port = free_port();
        let mut command = cenote(&["dev", "--no-demo", "--no-providers", "--port", &port.to_string()]);
        command.arg("--data").arg(&folder.0);
        Program::start(command, (port, 0)).await
    };
    let program = start_program().await;
    let pool = json!({ "PoolName": "kill", "AutoVerifiedAttributes": ["email"] });
    let pool = program.ok("CreateUserPool", pool).await["UserPool"]["Id"].clone();
    let header = program.ok("GetCSVHeader", json!({ "UserPoolId": pool })).await["CSVHeader"].clone();
    let header: Vec<String> = serde_json::from_value(header).unwrap();
    let made = json!({ "UserPoolId": pool, "JobName": "all", "CloudWatchLogsRoleArn": ROLE });
    let job = program.ok("CreateUserImportJob", made).await["UserImportJob"].clone();
    const USERS: i64 = 6_000;
    let mut file = header.join(",") + "\n";
    for number in 0..USERS {
        let email = format!("u{number}@example.com");
        file += &record(
            &header,
            &[("cognito:username", &format!("u{number}")), ("email", &email), ("email_verified", "true")],
        );
    }
    let put = reqwest::Client::builder().build().unwrap().put(job["PreSignedUrl"].as_str().unwrap()).body(file).send();
    assert_eq!(put.await.unwrap().status(), 200);
    let name = json!({ "UserPoolId": pool, "JobId": job["JobId"] });
    program.ok("StartUserImportJob", name.clone()).await;
    let mut program = program;
    let mut kills = 0;
    for _ in 0..600 {
        let now = program.ok("DescribeUserImportJob", name.clone()).await["UserImportJob"].clone();
        if now["Status"] == "Succeeded" {
            assert_eq!(figures(&now), (USERS, 0, 0));
            assert!(kills > 0, "it was killed at least once");
            return;
        }
        if kills < 3 && now["ImportedUsers"].as_i64().unwrap() > kills * 1500 {
            program.signal("KILL");
            drop(program);
            kills += 1;
            program = start_program().await;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the job did not end");
}
