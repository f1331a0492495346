//! Signing in on the page, and what a person reads when it does not work.

use serde_json::json;

use crate::support::setup::PASSWORD;
use crate::support::{Browser, Page, Setup, TestApp, callback};

const JANE: &str = "jane@example.com";
const WRONG: &str = "Incorrect username or password.";

async fn start() -> (TestApp, Setup) {
    let app = TestApp::new().await;
    let setup = Setup::new(&app).await;
    setup.user(&app, JANE).await;
    (app, setup)
}

async fn try_with(app: &TestApp, setup: &Setup, (username, password): (&str, &str)) -> Page {
    let mut browser = Browser::new(app);
    let page = browser.open(&format!("/login?{}", setup.query(&[]))).await;
    browser.submit(&page, "signInSubmitButton", &[("username", username), ("password", password)]).await
}

#[actix_web::test]
async fn a_wrong_password_and_an_unknown_name_read_the_same() {
    let (app, setup) = start().await;
    let wrong = try_with(&app, &setup, (JANE, "Wrong-Horse-1")).await;
    let unknown = try_with(&app, &setup, ("nobody@example.com", "Wrong-Horse-1")).await;
    assert!(wrong.says(WRONG), "{}", wrong.text());
    assert_eq!(wrong.text(), unknown.text());
    assert_eq!((wrong.answer.status, unknown.answer.status), (200, 200));
    assert_eq!(wrong.field("signInSubmitButton", "username"), JANE, "the name need not be typed again");
    assert_eq!(wrong.field("signInSubmitButton", "password"), "", "the password is not sent back");
    assert!(!wrong.answer.text.contains("Wrong-Horse-1"));
}

#[actix_web::test]
async fn without_the_setting_an_unknown_name_is_told_so() {
    let (app, setup) = start().await;
    setup.change_client(&app, json!({ "PreventUserExistenceErrors": "LEGACY" })).await;
    let unknown = try_with(&app, &setup, ("nobody@example.com", PASSWORD)).await;
    assert!(unknown.says("User does not exist."), "{}", unknown.text());
}

#[actix_web::test]
async fn empty_fields_and_over_long_ones_read_like_a_wrong_password() {
    let (app, setup) = start().await;
    let long = "Aa1!".repeat(100);
    for pair in [("", ""), (JANE, ""), ("", PASSWORD), (JANE, long.as_str()), (long.as_str(), PASSWORD)] {
        let page = try_with(&app, &setup, pair).await;
        assert!(page.says(WRONG), "{}: {}", pair.0, page.text());
    }
}

#[actix_web::test]
async fn names_are_compared_without_case_and_without_outer_spaces() {
    let app = TestApp::new().await;
    let insensitive = json!({ "UsernameConfiguration": { "CaseSensitive": false } });
    let setup = Setup::with(&app, insensitive, json!({})).await;
    setup.user(&app, JANE).await;
    for name in ["JANE@example.com", "  jane@example.com "] {
        let page = try_with(&app, &setup, (name, PASSWORD)).await;
        assert!(page.url.starts_with(callback()), "{name}: {}", page.text());
    }
}

#[actix_web::test]
async fn five_wrong_guesses_lock_for_known_and_unknown_names_alike() {
    let (app, setup) = start().await;
    for name in [JANE, "nobody@example.com"] {
        for _ in 0..5 {
            assert!(try_with(&app, &setup, (name, "Wrong-Horse-1")).await.says(WRONG));
        }
        let locked = try_with(&app, &setup, (name, PASSWORD)).await;
        assert!(locked.says("Password attempts exceeded"), "{}", locked.text());
    }
    app.advance(1);
    assert!(try_with(&app, &setup, (JANE, PASSWORD)).await.url.starts_with(callback()));
}

#[actix_web::test]
async fn somebody_disabled_is_told_so_only_with_the_right_password() {
    let (app, setup) = start().await;
    setup.disable(&app, JANE).await;
    assert!(try_with(&app, &setup, (JANE, "Wrong-Horse-1")).await.says(WRONG));
    let page = try_with(&app, &setup, (JANE, PASSWORD)).await;
    assert!(page.says("User is disabled."), "{}", page.text());
}

#[actix_web::test]
async fn joining_is_offered_only_where_people_may_join() {
    let (app, setup) = start().await;
    let page = Browser::new(&app).open(&format!("/login?{}", setup.query(&[]))).await;
    assert!(page.says("Forgot your password?") && page.says("Sign up"));
    let closed = json!({ "AdminCreateUserConfig": { "AllowAdminCreateUserOnly": true } });
    let invited = Setup::with(&app, closed, json!({})).await;
    let page = Browser::new(&app).open(&format!("/login?{}", invited.query(&[]))).await;
    assert!(!page.says("Need an account?"), "{}", page.text());
}

#[actix_web::test]
async fn too_many_attempts_from_one_address_are_told_to_wait() {
    let app =
        TestApp::start(cenote::cx::Mode::Development, |config| config.limits.attempts_per_second_per_address = 1).await;
    let setup = Setup::new(&app).await;
    let mut browser = Browser::new(&app);
    let page = browser.open(&format!("/login?{}", setup.query(&[]))).await;
    let mut statuses = Vec::new();
    for _ in 0..60 {
        let fields = [("username", ""), ("password", "")];
        let answer = browser.submit(&page, "signInSubmitButton", &fields).await;
        statuses.push(answer.answer.status);
        if answer.answer.status == 429 {
            assert!(answer.says("Wait a moment, then try again."), "{}", answer.text());
            return;
        }
    }
    panic!("never limited: {statuses:?}");
}
