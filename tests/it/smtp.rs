//! Mail through a relay: what `cenote serve` with `[smtp]` hands over when somebody signs up.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use serde_json::{Value, json};

use crate::support::Program;
use crate::support::program::{Folder, cenote, free_port};
use crate::support::setup::PASSWORD;

const KEY: &str = "0123456789abcdef0123456789abcdef";

/// What came in one SMTP transaction (RFC 5321 §3.3).
struct Delivery {
    sender: String,
    recipients: Vec<String>,
    /// Header and body, with the lines' dots unstuffed.
    content: String,
}

#[actix_web::test]
async fn a_sign_up_code_is_mailed_as_text_and_html() {
    let folder = Folder::new();
    let client = prepare(&folder).await;
    let (relay, deliveries) = relay();
    let program = serve(&folder, relay).await;
    let sign_up = json!({ "ClientId": client, "Username": "nora@example.com", "Password": PASSWORD });
    let answer = program.ok("SignUp", sign_up).await;
    assert_eq!(answer["CodeDeliveryDetails"]["Destination"], "n***@e***");
    let delivery = next(deliveries).await;
    assert_eq!(delivery.sender, "no-reply@example.com");
    assert_eq!(delivery.recipients, ["nora@example.com"]);
    let content = &delivery.content;
    let from = "From: \"The Example\" <no-reply@example.com>";
    for line in [from, "To: nora@example.com", "Reply-To: help@example.com", "Subject: "] {
        assert!(content.contains(line), "{line} in {content}");
    }
    for part in
        ["multipart/alternative", "Content-Type: text/plain; charset=utf-8", "Content-Type: text/html; charset=utf-8"]
    {
        assert!(content.contains(part), "{part} in {content}");
    }
    let (text, html) = content.split_once("Content-Type: text/html").unwrap();
    let text_code = code(text.split_once("Content-Type: text/plain").unwrap().1);
    assert_eq!(text_code, code(html), "both parts hold the code");
    let confirm = json!({ "ClientId": client, "Username": "nora@example.com", "ConfirmationCode": text_code });
    assert_eq!(program.ok("ConfirmSignUp", confirm).await["__type"], Value::Null);
}

/// A pool with a public client, made in development: production takes signed admin calls only.
async fn prepare(folder: &Folder) -> String {
    let port = free_port();
    let mut command = cenote(&["dev", "--no-demo", "--no-providers", "--port", &port.to_string()]);
    command.arg("--data").arg(&folder.0).env("CENOTE_MASTER_KEY", KEY);
    let program = Program::start(command, (port, 0)).await;
    let pool = json!({
        "PoolName": "mail", "UsernameAttributes": ["email"], "AutoVerifiedAttributes": ["email"],
        "EmailConfiguration": { "ReplyToEmailAddress": "help@example.com" },
    });
    let pool = program.ok("CreateUserPool", pool).await["UserPool"]["Id"].clone();
    let client = program.ok("CreateUserPoolClient", json!({ "UserPoolId": pool, "ClientName": "mail" })).await;
    client["UserPoolClient"]["ClientId"].as_str().unwrap().to_owned()
}

async fn serve(folder: &Folder, relay: u16) -> Program {
    let port = free_port();
    let file = folder.join("cenote.toml");
    let settings = format!(
        "master_key = \"{KEY}\"\nlisten = \"127.0.0.1:{port}\"\n\n[smtp]\nhost = \"localhost\"\nport = {relay}\n\
         tls = \"none\"\nfrom = \"The Example <no-reply@example.com>\"\n"
    );
    std::fs::write(&file, settings).unwrap();
    let mut command = cenote(&["serve", "--config"]);
    command.arg(&file).arg("--data").arg(&folder.0);
    Program::start(command, (port, 0)).await
}

async fn next(deliveries: Receiver<Delivery>) -> Delivery {
    let wait = move || deliveries.recv_timeout(Duration::from_secs(15)).expect("a mail came");
    tokio::task::spawn_blocking(wait).await.unwrap()
}

/// The only six digits of a part.
fn code(part: &str) -> &str {
    let body = part.split_once("\n\n").map_or(part, |(_, body)| body);
    let runs = body.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '#');
    let is_code = |run: &&str| run.len() == 6 && run.bytes().all(|byte| byte.is_ascii_digit());
    runs.into_iter().find(is_code).unwrap_or_else(|| panic!("no code in {part}"))
}

/// A mail relay on a port of its own that takes everything.
fn relay() -> (u16, Receiver<Delivery>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (sender, deliveries) = channel();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            // The client hangs up when its program ends.
            drop(converse(stream, &sender));
        }
    });
    (port, deliveries)
}

fn converse(mut stream: TcpStream, deliveries: &Sender<Delivery>) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream.try_clone()?).lines();
    let mut delivery = Delivery { sender: String::new(), recipients: Vec::new(), content: String::new() };
    stream.write_all(b"220 relay.example ESMTP\r\n")?;
    while let Some(line) = lines.next().transpose()? {
        let address = || line.split(['<', '>']).nth(1).unwrap_or_default().to_owned();
        let reply: &[u8] = match line.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase().as_str() {
            "EHLO" => b"250-relay.example\r\n250 8BITMIME\r\n",
            "MAIL" => {
                delivery.sender = address();
                b"250 OK\r\n"
            }
            "RCPT" => {
                delivery.recipients.push(address());
                b"250 OK\r\n"
            }
            "DATA" => {
                stream.write_all(b"354 Go on\r\n")?;
                for line in lines.by_ref() {
                    let line = line?;
                    if line == "." {
                        break;
                    }
                    delivery.content.push_str(line.strip_prefix('.').unwrap_or(&line));
                    delivery.content.push('\n');
                }
                let taken = Delivery { sender: String::new(), recipients: Vec::new(), content: String::new() };
                drop(deliveries.send(std::mem::replace(&mut delivery, taken)));
                b"250 Taken\r\n"
            }
            "QUIT" => return stream.write_all(b"221 Bye\r\n"),
            _ => b"250 OK\r\n",
        };
        stream.write_all(reply)?;
    }
    Ok(())
}
