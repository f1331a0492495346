//! Text messages through a gateway or SNS: what `cenote serve` with `[sms]` hands over, and what it says without.

use std::sync::mpsc::Receiver;

use cenote::crypto::sigv4::{self, SignedRequest};
use serde_json::{Value, json};

use crate::support::Program;
use crate::support::gateway::{Received, gateway, next};
use crate::support::program::{Folder, cenote, free_port};
use crate::support::setup::PASSWORD;

const KEY: &str = "0123456789abcdef0123456789abcdef";
const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const NUMBER: &str = "+4915112345678";

/// A pool whose users sign up with a phone number, made in development: production takes signed admin calls only.
async fn prepare(folder: &Folder) -> String {
    let port = free_port();
    let mut command = cenote(&["dev", "--no-demo", "--no-providers", "--port", &port.to_string()]);
    command.arg("--data").arg(&folder.0).env("CENOTE_MASTER_KEY", KEY);
    let program = Program::start(command, (port, 0)).await;
    let pool = json!({ "PoolName": "texts", "UsernameAttributes": ["phone_number"], "AutoVerifiedAttributes": ["phone_number"] });
    let pool = program.ok("CreateUserPool", pool).await["UserPool"]["Id"].clone();
    let client = program.ok("CreateUserPoolClient", json!({ "UserPoolId": pool, "ClientName": "texts" })).await;
    client["UserPoolClient"]["ClientId"].as_str().unwrap().to_owned()
}

async fn serve(folder: &Folder, settings: &str) -> Program {
    let port = free_port();
    let file = folder.join("cenote.toml");
    std::fs::write(&file, format!("master_key = \"{KEY}\"\nlisten = \"127.0.0.1:{port}\"\n{settings}")).unwrap();
    let mut command = cenote(&["serve", "--config"]);
    command.arg(&file).arg("--data").arg(&folder.0).env("CENOTE_SMS__SECRET", SECRET);
    if settings.contains("sns") || settings.is_empty() {
        command.env_remove("CENOTE_SMS__SECRET");
    }
    Program::start(command, (port, 0)).await
}

fn sign_up(client: &str) -> Value {
    json!({ "ClientId": client, "Username": NUMBER, "Password": PASSWORD })
}

/// Confirms the sign-up with the only six digits of a text.
async fn confirm(program: &Program, client: &str, text: &str) {
    let code = text.split(|letter: char| !letter.is_ascii_digit()).find(|run| run.len() == 6).unwrap();
    program.ok("ConfirmSignUp", json!({ "ClientId": client, "Username": NUMBER, "ConfirmationCode": code })).await;
}

async fn sent(settings: &str, statuses: &'static [u16]) -> (Program, String, Received, Receiver<Received>, Folder) {
    let folder = Folder::new();
    let client = prepare(&folder).await;
    let (port, received) = gateway(statuses);
    let program = serve(&folder, &settings.replace("PORT", &port.to_string())).await;
    let answer = program.ok("SignUp", sign_up(&client)).await;
    assert_eq!(answer["CodeDeliveryDetails"]["DeliveryMedium"], "SMS");
    let (request, received) = next(received).await;
    (program, client, request, received, folder)
}

#[actix_web::test]
async fn a_gateway_is_asked_in_json_with_its_secret_from_the_environment() {
    let settings = "[sms]\nurl = \"http://127.0.0.1:PORT/send\"\nbody = '{\"to\":[\"{to}\"],\"body\":\"{text}\"}'\n\
         [sms.headers]\nAuthorization = \"Bearer {secret}\"\n";
    let (program, client, request, _rest, _folder) = sent(settings, &[]).await;
    assert_eq!((request.method.as_str(), request.target.as_str()), ("POST", "/send"));
    assert_eq!(request.header("authorization"), format!("Bearer {SECRET}"));
    assert_eq!(request.header("content-type"), "application/json");
    let body: Value = serde_json::from_str(&request.body).unwrap();
    assert_eq!(body["to"], json!([NUMBER]));
    confirm(&program, &client, body["body"].as_str().unwrap()).await;
}

#[actix_web::test]
async fn a_gateway_is_asked_with_a_form_and_again_after_an_outage() {
    let settings = "[sms]\nurl = \"http://127.0.0.1:PORT/2010/Messages\"\nformat = \"form\"\n\
         body = \"From=Example&To={to}&Body={text}\"\nusername = \"AC123\"\n";
    let (program, client, first, received, _folder) = sent(settings, &[503]).await;
    let (second, _rest) = next(received).await;
    assert_eq!((&first.body, &first.target), (&second.body, &second.target));
    assert!(second.header("authorization").starts_with("Basic "));
    let form: Vec<(String, String)> = url::form_urlencoded::parse(second.body.as_bytes()).into_owned().collect();
    assert_eq!(form[1], ("To".to_owned(), NUMBER.to_owned()));
    confirm(&program, &client, &form[2].1).await;
}

#[actix_web::test]
async fn a_refused_text_message_is_not_tried_again_and_no_number_is_logged() {
    let settings = "[sms]\nurl = \"http://127.0.0.1:PORT/send?key={secret}\"\n";
    let (program, _client, request, received, _folder) = sent(settings, &[400]).await;
    assert!(request.target.starts_with("/send?key=wJalr"), "{}", request.target);
    tokio::time::sleep(std::time::Duration::from_secs(4)).await;
    assert!(received.try_recv().is_err());
    program.signal("TERM");
    let ended = program.ended().await;
    assert!(ended.complaints.contains("gateway answered 400"), "{}", ended.complaints);
    for secret in ["4915112345678", "wJalr"] {
        assert!(!ended.complaints.contains(secret), "{}", ended.complaints);
    }
}

#[actix_web::test]
async fn sns_is_asked_to_publish_with_a_good_signature() {
    let settings = format!(
        "[sms.sns]\nregion = \"eu-central-1\"\nendpoint = \"http://127.0.0.1:PORT\"\n\
         access_key_id = \"AKIDEXAMPLE\"\nsecret_access_key = \"{SECRET}\"\nsender_id = \"Example\"\n"
    );
    let (program, client, request, _rest, _folder) = sent(&settings, &[]).await;
    let signed = SignedRequest {
        method: &request.method,
        path: &request.target,
        query: "",
        headers: &request.headers,
        body: request.body.as_bytes(),
    };
    let now = cenote::clock::Clock::Real.now().seconds();
    let scope = sigv4::verify(&signed, SECRET, now).unwrap();
    assert_eq!((scope.region.as_str(), scope.service.as_str()), ("eu-central-1", "sns"));
    assert!(sigv4::verify(&SignedRequest { body: b"Action=Publish", ..signed }, SECRET, now).is_err());
    let form: std::collections::BTreeMap<String, String> =
        url::form_urlencoded::parse(request.body.as_bytes()).into_owned().collect();
    assert_eq!((form["Action"].as_str(), form["Version"].as_str()), ("Publish", "2010-03-31"));
    assert_eq!(form["PhoneNumber"], NUMBER);
    assert_eq!(form["MessageAttributes.entry.2.Name"], "AWS.SNS.SMS.SenderID");
    assert_eq!(form["MessageAttributes.entry.2.Value.StringValue"], "Example");
    confirm(&program, &client, &form["Message"]).await;
}

#[actix_web::test]
async fn without_a_gateway_the_caller_is_told_and_the_log_says_what_to_configure() {
    let folder = Folder::new();
    let client = prepare(&folder).await;
    let program = serve(&folder, "").await;
    let refused = program.api("SignUp", sign_up(&client)).await;
    assert_eq!((refused.status, refused.fault().as_str()), (400, "CodeDeliveryFailureException"));
    let again = json!({ "ClientId": client, "Username": NUMBER });
    assert_eq!(program.api("ResendConfirmationCode", again).await.fault(), "CodeDeliveryFailureException");
    program.signal("TERM");
    let ended = program.ended().await;
    assert!(ended.complaints.contains("set [sms] in the configuration"), "{}", ended.complaints);
}
