//! The account page in a real browser: from the app and back, a password, a passkey, an authenticator app; on a phone,
//! in the dark, with the keyboard, and without scripts.

use serde_json::json;

use super::appearance::{PHONE, fits, keep};
use super::stage::{DEMO, Stage};

impl Stage {
    /// Signs in on the demo site and follows the link to the account.
    async fn to_account(&self) {
        self.sign_in(DEMO).await;
        self.browser.sees("Hello, Dana Demo").await;
        self.open("/session").await;
        self.browser.follow("Your account").await;
        self.browser.sees("Where you are signed in").await;
    }

    /// Second factors are offered, and sessions are tracked.
    async fn with_everything(&self) {
        let pool = self.program.pool_id().await;
        let factors = json!({ "UserPoolId": pool, "MfaConfiguration": "OPTIONAL", "EmailMfaConfiguration": {},
            "SoftwareTokenMfaConfiguration": { "Enabled": true } });
        self.program.ok("SetUserPoolMfaConfig", factors).await;
        let tracking =
            json!({ "UserPoolId": pool, "UserSessionTracking": "ENABLED", "TokenSession": { "MaxPerUser": 20 } });
        self.program.ok("SetUserPoolSessionConfiguration", tracking).await;
    }
}

#[actix_web::test]
async fn a_person_cares_for_their_account_and_goes_back_to_the_app() {
    let Some(stage) = Stage::set().await else { return };
    let browser = &stage.browser;
    stage.with_passkeys().await;
    stage.with_everything().await;
    stage.open("/login").await;
    stage.send_sign_in(DEMO).await;
    browser.click("[name='not_now']").await;
    browser.sees("Hello, Dana Demo").await;
    stage.open("/session").await;
    browser.follow("Your account").await;
    browser.click("[value='Add a passkey']").await;
    browser.click("[name='create_passkey']").await;
    browser.sees("Your passkey is ready.").await;
    assert_eq!(browser.passkeys().await, 1);
    browser.click("[aria-label='Turn on: Email']").await;
    browser.sees("Your change is saved.").await;
    browser.click("[aria-label='Set up: Authenticator app']").await;
    browser.sees("Scan this code").await;
    browser.follow("Back to your account").await;
    browser.size(1280, 1500).await;
    keep("account.png", &browser.picture().await);
    browser.follow("Change password").await;
    browser.fill("current_password", DEMO.1).await;
    browser.fill("new_password", "Chosen-Pass-2").await;
    browser.fill("confirm_password", "Chosen-Pass-2").await;
    browser.press("\u{E007}").await;
    browser.sees("Your password has been changed.").await;
    browser.follow("Back to the app").await;
    browser.sees("Time left").await;
    stage.is_flawless().await;
}

#[actix_web::test]
async fn the_account_page_fits_a_phone_in_the_dark() {
    let Some(stage) = Stage::set().await else { return };
    let browser = &stage.browser;
    stage.with_everything().await;
    browser.prefer_dark().await;
    stage.to_account().await;
    browser.size(PHONE, 844).await;
    fits(browser).await;
    browser.click("[aria-label='Set up: Authenticator app']").await;
    browser.sees("Scan this code").await;
    fits(browser).await;
    browser.follow("Back to your account").await;
    browser.follow("Change password").await;
    browser.find("[name='current_password']").await;
    fits(browser).await;
}

#[actix_web::test]
async fn everything_but_passkeys_works_without_javascript() {
    let Some(stage) = Stage::with_scripts(false).await else { return };
    let browser = &stage.browser;
    stage.with_everything().await;
    stage.to_account().await;
    browser.click("[aria-label='Turn on: Email']").await;
    browser.sees("Your change is saved.").await;
    browser.click("[value='Sign out everywhere']").await;
    browser.sees("You are signed out everywhere.").await;
    stage.open("/session").await;
    browser.sees("Your session has ended").await;
}
