//! The authorization code flow from the first redirect to the tokens.

use crate::support::setup::PASSWORD;
use crate::support::{Browser, Setup, TestApp, callback};

#[actix_web::test]
async fn a_password_sign_in_earns_a_code_and_the_code_earns_tokens() {
    let app = TestApp::new().await;
    let setup = Setup::new(&app).await;
    setup.user(&app, "jane@example.com").await;
    let mut browser = Browser::new(&app);
    let page = browser.open(&format!("/oauth2/authorize?{}", setup.query(&[]))).await;
    assert!(page.url.contains("/login?"), "{}", page.url);
    let page =
        browser.submit(&page, "signInSubmitButton", &[("username", "jane@example.com"), ("password", PASSWORD)]).await;
    assert!(page.url.starts_with(callback()), "{}: {}", page.url, page.text());
    assert_eq!(page.query("state").as_deref(), Some("st-1"));
    let code = page.query("code").unwrap();
    let form = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("client_id", setup.client.as_str()),
        ("redirect_uri", callback()),
    ];
    let answer = app.post_form("/oauth2/token", &form).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let tokens = answer.json();
    let info = app.get_bearer("/oauth2/userInfo", tokens["access_token"].as_str().unwrap()).await;
    assert_eq!(info.json()["email"], "jane@example.com");
    assert_eq!(app.post_form("/oauth2/token", &form).await.json()["error"], "invalid_grant");
    let info = app.get_bearer("/oauth2/userInfo", tokens["access_token"].as_str().unwrap()).await;
    assert_eq!(info.status, 401, "a second use of the code revokes what the first gave out");
}
