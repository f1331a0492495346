//! Joining: the form, the code, the first sign-in, and every way in which it goes wrong.

use serde_json::json;

use crate::support::setup::PASSWORD;
use crate::support::{Browser, Page, Setup, TestApp, callback};

const NEW: &str = "new@example.com";

async fn start() -> (TestApp, Setup, Browser) {
    let app = TestApp::new().await;
    let setup = Setup::new(&app).await;
    let browser = Browser::new(&app);
    (app, setup, browser)
}

async fn sign_up(browser: &mut Browser, setup: &Setup, fields: &[(&str, &str)]) -> Page {
    let page = browser.open(&format!("/login?{}", setup.query(&[]))).await;
    let page = browser.open(&page.link("Sign up")).await;
    browser.submit(&page, "signUpSubmitButton", fields).await
}

/// Signs up a new person who must confirm; the page that asks for the code.
async fn joined(browser: &mut Browser, setup: &Setup) -> Page {
    let page = sign_up(browser, setup, &[("username", NEW), ("password", PASSWORD)]).await;
    assert!(page.url.contains("/confirm?"), "{}: {}", page.url, page.text());
    page
}

async fn sign_in(browser: &mut Browser, page: &Page) -> Page {
    browser.submit(page, "signInSubmitButton", &[("username", NEW), ("password", PASSWORD)]).await
}

#[actix_web::test]
async fn somebody_joins_confirms_and_signs_in() {
    let (app, setup, mut browser) = start().await;
    let page = joined(&mut browser, &setup).await;
    assert!(page.says("We have sent a code by email to n***@e***."), "{}", page.text());
    let code = app.code_for(NEW);
    let page = browser.submit(&page, "verification_code", &[("verification_code", &format!(" {code} "))]).await;
    assert!(page.url.contains("/login?"), "{}", page.text());
    assert!(page.says("Your registration has been confirmed!"));
    assert_eq!(page.field("signInSubmitButton", "username"), NEW, "the name is filled in");
    let page = sign_in(&mut browser, &page).await;
    assert!(page.url.starts_with(callback()), "{}", page.text());
    assert_eq!(page.query("state").as_deref(), Some("st-1"), "the app's request came all the way");
    let page = Browser::new(&app).open(&format!("/login?{}", setup.query(&[]))).await;
    assert!(!page.says("Your registration has been confirmed!"), "the message is shown once");
}

#[actix_web::test]
async fn somebody_unconfirmed_who_signs_in_gets_a_new_code() {
    let (app, setup, mut browser) = start().await;
    joined(&mut browser, &setup).await;
    let old = app.code_for(NEW);
    let mut other = Browser::new(&app);
    let page = other.open(&format!("/login?{}", setup.query(&[]))).await;
    let page = sign_in(&mut other, &page).await;
    assert!(page.url.contains("/confirm?"), "{}", page.text());
    assert_eq!(app.messages().len(), 2);
    let new = app.code_for(NEW);
    assert_ne!(old, new);
    let refused = other.submit(&page, "verification_code", &[("verification_code", &old)]).await;
    assert!(refused.says("Invalid verification code provided, please try again."), "the old code is dead");
    let page = other.submit(&page, "verification_code", &[("verification_code", &new)]).await;
    assert!(sign_in(&mut other, &page).await.url.starts_with(callback()));
}

#[actix_web::test]
async fn somebody_unconfirmed_with_a_wrong_password_learns_nothing() {
    let (app, setup, mut browser) = start().await;
    joined(&mut browser, &setup).await;
    let mut other = Browser::new(&app);
    let page = other.open(&format!("/login?{}", setup.query(&[]))).await;
    let page = other.submit(&page, "signInSubmitButton", &[("username", NEW), ("password", "Wrong-Horse-1")]).await;
    assert!(page.says("Incorrect username or password."), "{}", page.text());
    assert_eq!(app.messages().len(), 1);
}

#[actix_web::test]
async fn a_wrong_code_is_told_and_five_lock() {
    let (app, setup, mut browser) = start().await;
    let page = joined(&mut browser, &setup).await;
    let right = app.code_for(NEW);
    let wrong = if right == "000000" { "000001" } else { "000000" };
    for _ in 0..5 {
        let refused = browser.submit(&page, "verification_code", &[("verification_code", wrong)]).await;
        assert!(refused.says("Invalid verification code provided, please try again."), "{}", refused.text());
        assert!(refused.says("n***@e***"), "it still says where the code went");
    }
    let locked = browser.submit(&page, "verification_code", &[("verification_code", &right)]).await;
    assert!(locked.says("Attempt limit exceeded, please try after some time."), "{}", locked.text());
    app.advance(1);
    let page = browser.submit(&page, "verification_code", &[("verification_code", &right)]).await;
    assert!(page.says("Your registration has been confirmed!"), "{}", page.text());
}

#[actix_web::test]
async fn a_code_works_for_a_day_and_once() {
    let (app, setup, mut browser) = start().await;
    let page = joined(&mut browser, &setup).await;
    let code = app.code_for(NEW);
    app.advance(86_400);
    let late = browser.submit(&page, "verification_code", &[("verification_code", &code)]).await;
    assert!(late.says("Invalid code provided, please request a code again."), "{}", late.text());
}

#[actix_web::test]
async fn a_code_is_sent_again_and_only_the_newest_counts() {
    let (app, setup, mut browser) = start().await;
    let page = joined(&mut browser, &setup).await;
    let old = app.code_for(NEW);
    let again = browser.resend(&page).await;
    assert!(again.says("We have sent a new code. Only the newest one counts."), "{}", again.text());
    assert_eq!(app.messages().len(), 2);
    let refused = browser.submit(&again, "verification_code", &[("verification_code", &old)]).await;
    assert!(refused.says("Invalid verification code provided"), "{}", refused.text());
    let new = app.code_for(NEW);
    let page = browser.submit(&again, "verification_code", &[("verification_code", &new)]).await;
    assert!(page.says("Your registration has been confirmed!"), "{}", page.text());
}

#[actix_web::test]
async fn asking_again_for_nobody_reads_like_asking_for_somebody() {
    let (app, setup, mut browser) = start().await;
    joined(&mut browser, &setup).await;
    let token = browser.cookies["XSRF-TOKEN"].clone();
    let path = format!("/resendcode?{}", setup.query(&[]));
    let sent = app.messages().len();
    let answer = browser.forge(&path, &[], &[("_csrf", &token), ("username", "nobody@example.com")]).await;
    assert!(answer.header("location").starts_with("/confirm?"), "{} {}", answer.status, answer.text);
    assert_eq!(app.messages().len(), sent);
}

#[actix_web::test]
async fn a_weak_password_names_its_rule_and_keeps_what_was_typed() {
    let (app, setup, mut browser) = start().await;
    let rules = [
        ("Aa1!", "Password not long enough"),
        ("aa1!aaaa", "Password must have uppercase characters"),
        ("AA1!AAAA", "Password must have lowercase characters"),
        ("Aab!aaaa", "Password must have numeric characters"),
        ("Aa1aaaaa", "Password must have symbol characters"),
        (" Aa1!aaaa", "Password must not contain a leading or trailing space"),
    ];
    for (weak, rule) in rules {
        let page = sign_up(&mut browser, &setup, &[("username", NEW), ("password", weak)]).await;
        assert!(page.url.contains("/signup?") && page.says(rule), "{weak}: {}", page.text());
        assert_eq!(page.field("signUpSubmitButton", "username"), NEW);
        assert!(!page.answer.text.contains(weak), "the password is not sent back");
    }
    assert!(app.messages().is_empty());
}

#[actix_web::test]
async fn a_taken_address_is_told() {
    let app = TestApp::new().await;
    let insensitive = json!({ "UsernameConfiguration": { "CaseSensitive": false } });
    let setup = Setup::with(&app, insensitive, json!({})).await;
    let mut browser = Browser::new(&app);
    setup.user(&app, NEW).await;
    let page = sign_up(&mut browser, &setup, &[("username", "NEW@example.com"), ("password", PASSWORD)]).await;
    assert!(page.says("An account with the given email already exists."), "{}", page.text());
    assert!(app.messages().is_empty());
}

#[actix_web::test]
async fn a_taken_name_is_told() {
    let app = TestApp::new().await;
    let setup = Setup::with(
        &app,
        json!({ "UsernameAttributes": null, "UsernameConfiguration": { "CaseSensitive": false } }),
        json!({}),
    )
    .await;
    let user = json!({ "UserPoolId": setup.pool, "Username": "jane", "MessageAction": "SUPPRESS" });
    app.ok("AdminCreateUser", user).await;
    let page = sign_up(&mut Browser::new(&app), &setup, &[("username", "Jane"), ("password", PASSWORD)]).await;
    assert!(page.says("User already exists"), "{}", page.text());
}

#[actix_web::test]
async fn something_that_is_no_address_is_refused() {
    let (app, setup, mut browser) = start().await;
    for wrong in ["", "jane", "jane@", "@example.com", "a b@example.com"] {
        let page = sign_up(&mut browser, &setup, &[("username", wrong), ("password", PASSWORD)]).await;
        assert!(
            page.url.contains("/signup?") && page.answer.text.contains("role=\"alert\""),
            "{wrong}: {}",
            page.text()
        );
    }
    assert!(app.messages().is_empty());
}

#[actix_web::test]
async fn a_required_attribute_is_asked_for_and_missed() {
    let app = TestApp::new().await;
    let schema = json!([{ "Name": "given_name", "Required": true, "AttributeDataType": "String" }]);
    let setup = Setup::with(&app, json!({ "Schema": schema }), json!({})).await;
    let mut browser = Browser::new(&app);
    let fields = [("username", NEW), ("password", PASSWORD), ("requiredAttributes[given_name]", "")];
    let page = sign_up(&mut browser, &setup, &fields).await;
    assert!(page.says("Given name") && page.says("given_name: The attribute is required"), "{}", page.text());
    let fields = [("username", NEW), ("password", PASSWORD), ("requiredAttributes[given_name]", "Jane")];
    let page = sign_up(&mut browser, &setup, &fields).await;
    assert!(page.url.contains("/confirm?"), "{}", page.text());
}

#[actix_web::test]
async fn nobody_writes_what_only_the_server_knows() {
    let (app, setup, mut browser) = start().await;
    for forbidden in ["email_verified", "sub", "identities", "cognito:username"] {
        let name = format!("requiredAttributes[{forbidden}]");
        let page = sign_up(&mut browser, &setup, &[("username", NEW), ("password", PASSWORD), (&name, "true")]).await;
        assert!(page.url.contains("/signup?"), "{forbidden}: {}", page.url);
    }
    assert!(app.messages().is_empty());
}

#[actix_web::test]
async fn a_pool_for_invited_people_lets_nobody_join() {
    let app = TestApp::new().await;
    let closed = json!({ "AdminCreateUserConfig": { "AllowAdminCreateUserOnly": true } });
    let setup = Setup::with(&app, closed, json!({})).await;
    let mut browser = Browser::new(&app);
    let page = browser.open(&format!("/signup?{}", setup.query(&[]))).await;
    let page = browser.submit(&page, "signUpSubmitButton", &[("username", NEW), ("password", PASSWORD)]).await;
    assert!(page.says("SignUp is not permitted for this user pool"), "{}", page.text());
}

#[actix_web::test]
async fn a_link_in_a_mail_confirms_by_its_button_only() {
    let (app, setup, mut browser) = start().await;
    joined(&mut browser, &setup).await;
    let code = app.code_for(NEW);
    let link = format!("/confirmUser?client_id={}&user_name={NEW}&confirmation_code={code}", setup.client);
    let mut reader = Browser::new(&app);
    let page = reader.open(&link).await;
    reader.open(&link).await;
    let status = json!({ "UserPoolId": setup.pool, "Username": NEW });
    assert_eq!(app.ok("AdminGetUser", status.clone()).await["UserStatus"], "UNCONFIRMED", "mail scanners follow links");
    let page = reader.submit(&page, "verification_code", &[]).await;
    assert!(page.says("Your registration has been confirmed!"), "{}", page.text());
    assert_eq!(app.ok("AdminGetUser", status).await["UserStatus"], "CONFIRMED");
}
