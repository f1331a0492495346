//! What the pages say of a sign-in that is a risk.

use serde_json::{Value, json};

use crate::support::setup::PASSWORD;
use crate::support::{Browser, Page, Setup, TestApp};

const JANE: &str = "jane@example.com";
const PHONE: &str = "+14325551212";

/// A pool where Jane, who has a phone, signed in from elsewhere; a sign-in by a browser is unusual in two ways.
async fn unusual(word: &str) -> (TestApp, Setup) {
    let app = TestApp::new().await;
    let pool = json!({ "UserPoolTier": "PLUS", "UserPoolAddOns": { "AdvancedSecurityMode": "ENFORCED" } });
    let factors = json!({ "MfaConfiguration": "OPTIONAL", "SmsMfaConfiguration": {} });
    let setup = Setup::with_factors(&app, pool, factors).await;
    setup.user_with(&app, JANE, &[("phone_number", PHONE), ("phone_number_verified", "true")]).await;
    let actions = json!({ "MediumAction": { "Notify": false, "EventAction": word } });
    let risk = json!({ "UserPoolId": setup.pool, "AccountTakeoverRiskConfiguration": { "Actions": actions } });
    app.ok("SetRiskConfiguration", risk).await;
    let elsewhere = json!({
        "IpAddress": "192.0.2.1", "ServerName": "app.example", "ServerPath": "/",
        "HttpHeaders": [{ "headerName": "User-Agent", "headerValue": "Phone/1.0" }],
    });
    let body = json!({
        "UserPoolId": setup.pool, "ClientId": setup.client, "AuthFlow": "ADMIN_USER_PASSWORD_AUTH",
        "AuthParameters": { "USERNAME": JANE, "PASSWORD": PASSWORD }, "ContextData": elsewhere,
    });
    app.ok("AdminInitiateAuth", body).await;
    app.advance(60);
    (app, setup)
}

async fn newest(app: &TestApp, setup: &Setup) -> Value {
    let listed = app.ok("AdminListUserAuthEvents", json!({ "UserPoolId": setup.pool, "Username": JANE })).await;
    listed["AuthEvents"][0].clone()
}

async fn sign_in(app: &TestApp, setup: &Setup) -> (Browser, Page) {
    let mut browser = Browser::new(app);
    let page = setup.sign_in(&mut browser, JANE, &[]).await;
    (browser, page)
}

#[actix_web::test]
async fn a_sign_in_that_is_too_risky_ends_on_the_form() {
    let (app, setup) = unusual("BLOCK").await;
    let (browser, page) = sign_in(&app, &setup).await;
    assert!(page.says("Unable to login because of security reasons."), "{} {}", page.url, page.text());
    assert!(page.url.contains("/login?") && !browser.cookies.contains_key("cognito"), "{:?}", browser.cookies);
    let event = newest(&app, &setup).await;
    assert_eq!(
        (&event["EventRisk"]["RiskDecision"], &event["EventRisk"]["RiskLevel"]),
        (&json!("Block"), &json!("Medium"))
    );
}

#[actix_web::test]
async fn a_risk_leads_to_the_page_of_a_second_factor_that_is_not_switched_on() {
    let (app, setup) = unusual("MFA_REQUIRED").await;
    let (mut browser, page) = sign_in(&app, &setup).await;
    assert!(page.says("We have sent a code by SMS to +*******1212."), "{} {}", page.url, page.text());
    let wrong = browser.submit(&page, "authentication_code", &[("authentication_code", "not-it")]).await;
    assert!(wrong.query("code").is_none(), "{}", wrong.url);
    let code = app.code_for(PHONE);
    let page = browser.submit(&wrong, "authentication_code", &[("authentication_code", &code)]).await;
    assert!(page.query("code").is_some(), "{} {}", page.url, page.text());
    let (_, page) = sign_in(&app, &setup).await;
    assert!(page.query("code").is_some(), "a proven device and network are known: {}", page.text());
}
