//! The question before an app that registered itself learns who somebody is, in a real browser: it fits a phone, and
//! its answer leads back to the app.

use serde_json::json;

use super::appearance::{PHONE, fits};
use super::stage::{DEMO, Stage};
use crate::support::app::answer;
use crate::support::flows::CHALLENGE;

#[actix_web::test]
async fn a_person_decides_whether_an_app_learns_who_they_are() {
    let Some(stage) = Stage::set().await else { return };
    let (browser, pool) = (&stage.browser, stage.program.pool_id().await);
    let open = json!({ "UserPoolId": pool, "DcrConfiguration": { "OpenDcrEnabled": true } });
    stage.program.ok("UpdateUserPool", open).await;
    let home = format!("{}/", stage.program.demo);
    let app = json!({ "client_name": "Reader", "redirect_uris": [home], "token_endpoint_auth_method": "none" });
    let request = stage.program.post(&format!("{}/{pool}/oauth2/register", stage.program.base)).json(&app);
    let client = answer(request).await.json()["client_id"].as_str().unwrap().to_owned();
    let query = [
        ("client_id", client.as_str()),
        ("redirect_uri", &home),
        ("response_type", "code"),
        ("scope", "openid email"),
        ("state", "st-1"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ];
    let address = format!("{}/oauth2/authorize", stage.program.base);
    let address = url::Url::parse_with_params(&address, query).unwrap().to_string();
    browser.size(PHONE, 844).await;
    browser.open(&address).await;
    stage.send_sign_in(DEMO).await;
    browser.sees("“Reader” wants to know who you are").await;
    browser.sees("Your email address").await;
    fits(browser).await;
    browser.click("[name='deny']").await;
    browser.sees("Demo").await;
    assert!(browser.url().await.contains("error=access_denied"), "{}", browser.url().await);
    browser.open(&address).await;
    browser.click("[name='allow']").await;
    browser.sees("Demo").await;
    let url = browser.url().await;
    assert!(url.starts_with(&home) && url.contains("code=") && url.contains("state=st-1"), "{url}");
    stage.is_flawless().await;
}
