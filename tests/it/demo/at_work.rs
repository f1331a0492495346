//! Tokens at work: the site's own API, and credentials from the session page.

use serde_json::{Value, json};

use super::stage::Stage;
use crate::support::app::answer;

async fn access_token(stage: &Stage) -> String {
    let form = stage.setup.attempt("jane@example.com", crate::support::setup::PASSWORD);
    let (public, _) = stage.setup.another_client(&stage.app, json!({})).await;
    let mut form: Value = form;
    form["ClientId"] = json!(public);
    let tokens = stage.app.ok("InitiateAuth", form).await;
    tokens["AuthenticationResult"]["AccessToken"].as_str().unwrap().to_owned()
}

#[actix_web::test]
async fn the_session_page_calls_the_api_with_the_access_token() {
    let mut stage = Stage::signed_in(json!({})).await;
    let page = stage.browser.open("/session").await;
    assert!(page.says("Call the API") && !page.says("Get AWS credentials"), "{}", page.text());
    let page = stage.browser.submit(&page, "call_api", &[]).await;
    assert!(page.says("The API's answer") && page.says("username"), "{}", page.text());
}

#[actix_web::test]
async fn the_api_refuses_what_is_not_for_it() {
    let stage = Stage::signed_in(json!({})).await;
    let http = &stage.app.http;
    let site = &stage.sites[0];
    let none = answer(http.get(format!("{site}/api/me"))).await;
    assert_eq!((none.status, none.header("www-authenticate")), (401, "Bearer realm=\"api\""));
    let other = access_token(&stage).await;
    let foreign = answer(http.get(format!("{site}/api/me")).bearer_auth(&other)).await;
    assert_eq!(foreign.status, 401);
    let note = json!({ "text": "hello" });
    let unsigned = answer(http.post(format!("{site}/api/notes")).json(&note)).await;
    assert_eq!(unsigned.status, 401);
}
