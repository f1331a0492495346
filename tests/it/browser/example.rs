//! The example app of `examples/`, as somebody would start it, with Chromium against the real pool.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::json;

use super::stage::{DEMO, Stage};
use crate::support::program::free_port;

/// The app; it ends with the test.
struct App(Child);

impl Drop for App {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// The example beside this test's own program; built where a filtered run left it out.
fn example() -> PathBuf {
    let folder = std::env::current_exe().unwrap().parent().unwrap().parent().unwrap().join("examples");
    let path = folder.join("web_app");
    if !path.exists() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let built = Command::new(env!("CARGO")).args(["build", "--example", "web_app"]).current_dir(root).status();
        assert!(built.unwrap().success());
    }
    path
}

#[actix_web::test]
async fn the_example_app_signs_in_keeps_the_session_and_signs_out() {
    let Some(stage) = Stage::set().await else { return };
    let (browser, program) = (&stage.browser, &stage.program);
    let pool = program.pool_id().await;
    let port = free_port();
    let home = format!("http://localhost:{port}");
    let client = json!({
        "UserPoolId": pool, "ClientName": "example", "SupportedIdentityProviders": ["COGNITO"],
        "CallbackURLs": [format!("{home}/callback")], "LogoutURLs": [format!("{home}/")],
        "AllowedOAuthFlows": ["code"], "AllowedOAuthScopes": ["openid", "email", "profile"],
        "AllowedOAuthFlowsUserPoolClient": true,
    });
    let client = program.ok("CreateUserPoolClient", client).await["UserPoolClient"]["ClientId"].clone();
    let mut command = Command::new(example());
    command.env("ISSUER", format!("{}/{pool}", program.base)).env("CLIENT_ID", client.as_str().unwrap());
    command.env("COOKIE_KEY", "a key for the cookies of the example").env("PORT", port.to_string());
    let _app = App(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
    for _ in 0..100 {
        if reqwest::get(&home).await.is_ok() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    browser.open(&format!("{home}/account")).await;
    stage.send_sign_in(DEMO).await;
    browser.sees("Your account").await;
    assert_eq!(browser.url().await, format!("{home}/account"));
    browser.sees(DEMO.0).await;
    browser.open(&home).await;
    browser.sees("Welcome back").await;
    browser.open(&format!("{home}/account")).await;
    browser.click("form button").await;
    browser.sees("Sign in").await;
    assert_eq!(browser.url().await, format!("{home}/"));
}
