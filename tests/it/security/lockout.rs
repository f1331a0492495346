//! Guessing: five failures lock, each further one twice as long; parallel guesses count like those in a row.

use cenote::auth::sign_in::{Attempt, Outcome, by_password};
use cenote::auth::tokens;
use cenote::error::Error;
use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::support::setup::PASSWORD;
use crate::support::{Answer, Browser, Setup, TestApp};

const JANE: &str = "jane@example.com";
const WRONG: &str = "Wrong-Horse-1";
const INCORRECT: &str = "Incorrect username or password.";
const LOCKED: &str = "Password attempts exceeded";

async fn prepared() -> (TestApp, Setup) {
    let app = TestApp::new().await;
    let insensitive = json!({ "UsernameConfiguration": { "CaseSensitive": false } });
    let setup = Setup::with(&app, insensitive, json!({})).await;
    setup.user(&app, JANE).await;
    (app, setup)
}

async fn told(app: &TestApp, setup: &Setup, password: &str) -> String {
    let answer = setup.api_sign_in(app, JANE, password).await;
    if answer.status == 200 { "in".to_owned() } else { answer.message() }
}

/// Fails until the account is locked for the first time.
async fn lock(app: &TestApp, setup: &Setup) {
    for _ in 0..5 {
        assert_eq!(told(app, setup, WRONG).await, INCORRECT);
    }
}

fn answered(answers: &[Answer], text: &str) -> usize {
    answers.iter().filter(|answer| answer.status != 200 && answer.message() == text).count()
}

#[actix_web::test]
async fn the_fifth_failure_locks_for_a_second_and_each_further_one_twice_as_long() {
    let (app, setup) = prepared().await;
    lock(&app, &setup).await;
    let mut seconds = 1;
    while seconds <= 512 {
        assert_eq!(told(&app, &setup, PASSWORD).await, LOCKED, "{seconds} s");
        app.advance(seconds - 1);
        assert_eq!(told(&app, &setup, PASSWORD).await, LOCKED, "{seconds} s");
        app.advance(1);
        assert_eq!(told(&app, &setup, WRONG).await, INCORRECT, "{seconds} s");
        seconds *= 2;
    }
    app.advance(899);
    assert_eq!(told(&app, &setup, PASSWORD).await, LOCKED, "a quarter of an hour is the most");
    app.advance(1);
    assert_eq!(told(&app, &setup, PASSWORD).await, "in");
}

#[actix_web::test]
async fn four_failures_lock_nothing() {
    let (app, setup) = prepared().await;
    for _ in 0..4 {
        assert_eq!(told(&app, &setup, WRONG).await, INCORRECT);
    }
    assert_eq!(told(&app, &setup, PASSWORD).await, "in");
}

#[actix_web::test]
async fn attempts_during_a_lock_all_get_one_answer_and_do_not_lengthen_it() {
    let (app, setup) = prepared().await;
    lock(&app, &setup).await;
    for password in [WRONG, PASSWORD, WRONG, "x", PASSWORD, WRONG, WRONG, WRONG] {
        assert_eq!(told(&app, &setup, password).await, LOCKED);
    }
    app.advance(1);
    assert_eq!(told(&app, &setup, PASSWORD).await, "in");
}

#[actix_web::test]
async fn a_success_forgets_the_failures() {
    let (app, setup) = prepared().await;
    for _ in 0..3 {
        for _ in 0..4 {
            assert_eq!(told(&app, &setup, WRONG).await, INCORRECT);
        }
        assert_eq!(told(&app, &setup, PASSWORD).await, "in");
    }
}

#[actix_web::test]
async fn fifteen_quiet_minutes_forget_the_failures() {
    let (app, setup) = prepared().await;
    for _ in 0..4 {
        told(&app, &setup, WRONG).await;
    }
    app.advance(15 * 60 + 1);
    assert_eq!(told(&app, &setup, WRONG).await, INCORRECT);
    assert_eq!(told(&app, &setup, PASSWORD).await, "in", "that was the first failure, not the fifth");
}

#[actix_web::test]
async fn fewer_quiet_minutes_forget_nothing() {
    let (app, setup) = prepared().await;
    for _ in 0..4 {
        told(&app, &setup, WRONG).await;
    }
    app.advance(15 * 60 - 1);
    assert_eq!(told(&app, &setup, WRONG).await, INCORRECT);
    assert_eq!(told(&app, &setup, PASSWORD).await, LOCKED);
}

#[actix_web::test]
async fn a_hundred_parallel_guesses_learn_five_answers_at_most() {
    let (app, setup) = prepared().await;
    let guesses: Vec<_> = (0..100).map(|number| format!("Wrong-Horse-{number}")).collect();
    let answers = join_all(guesses.iter().map(|guess| setup.api_sign_in(&app, JANE, guess))).await;
    assert_eq!((answered(&answers, INCORRECT), answered(&answers, LOCKED)), (5, 95));
    assert_eq!(told(&app, &setup, PASSWORD).await, LOCKED);
}

#[actix_web::test]
async fn the_right_guess_among_parallel_ones_is_not_told_once_the_lock_fell() {
    let (app, setup) = prepared().await;
    let mut guesses: Vec<_> = (0..60).map(|number| format!("Wrong-Horse-{number}")).collect();
    guesses.push(PASSWORD.to_owned());
    let answers = join_all(guesses.iter().map(|guess| setup.api_sign_in(&app, JANE, guess))).await;
    let right = answers.last().unwrap();
    assert!(answered(&answers, INCORRECT) <= 10, "a success may start the count once more, but only once");
    if right.status != 200 {
        assert_eq!(right.message(), LOCKED);
        assert_eq!(answered(&answers, INCORRECT), 5);
    }
    assert_eq!(told(&app, &setup, PASSWORD).await, LOCKED);
}

#[actix_web::test]
async fn a_right_password_that_was_checked_while_the_lock_fell_is_not_told() {
    let (app, setup) = prepared().await;
    let client = app.cx.client(&setup.client).await.unwrap();
    let attempt = Attempt { client: &client, username: JANE, password: PASSWORD.to_owned().into(), device_key: None };
    let Ok(Outcome::Done(proven)) = by_password(&app.cx, attempt).await else { panic!("the password is right") };
    lock(&app, &setup).await;
    let tokens = tokens::complete(&app.cx, &client, proven).await;
    assert!(matches!(tokens, Err(Error::PasswordAttemptsExceeded)), "{tokens:?}");
    assert_eq!(told(&app, &setup, PASSWORD).await, LOCKED);
}

#[actix_web::test]
async fn the_lock_holds_on_every_instance() {
    let (app, setup) = prepared().await;
    let other = app.second_instance().await;
    let guesses: Vec<_> = (0..40).map(|number| format!("Wrong-Horse-{number}")).collect();
    let here = join_all(guesses.iter().map(|guess| setup.api_sign_in(&app, JANE, guess)));
    let there = join_all(guesses.iter().map(|guess| setup.api_sign_in(&other, JANE, guess)));
    let (here, there) = futures_util::future::join(here, there).await;
    assert_eq!(answered(&here, INCORRECT) + answered(&there, INCORRECT), 5);
    assert_eq!(answered(&here, LOCKED) + answered(&there, LOCKED), 75);
    assert_eq!(told(&other, &setup, PASSWORD).await, LOCKED);
    app.advance(1);
    assert_eq!(told(&other, &setup, PASSWORD).await, "in");
}

#[actix_web::test]
async fn parallel_right_passwords_all_get_in() {
    let (app, setup) = prepared().await;
    for _ in 0..4 {
        told(&app, &setup, WRONG).await;
    }
    let answers = join_all((0..30).map(|_| setup.api_sign_in(&app, JANE, PASSWORD))).await;
    let refused: Vec<_> = answers.iter().filter(|answer| answer.status != 200).map(|answer| &answer.text).collect();
    assert!(refused.is_empty(), "{refused:?}");
}

#[actix_web::test]
async fn all_names_of_one_user_share_the_count() {
    let (app, setup) = prepared().await;
    let sub = app.ok("AdminGetUser", json!({ "UserPoolId": setup.pool, "Username": JANE })).await["Username"].clone();
    let names = [JANE, sub.as_str().unwrap(), "JANE@example.com", JANE, sub.as_str().unwrap()];
    for name in names {
        assert_eq!(setup.api_sign_in(&app, name, WRONG).await.message(), INCORRECT);
    }
    assert_eq!(told(&app, &setup, PASSWORD).await, LOCKED);
}

#[actix_web::test]
async fn a_lock_is_one_users_own() {
    let (app, setup) = prepared().await;
    setup.user(&app, "john@example.com").await;
    lock(&app, &setup).await;
    assert_eq!(told(&app, &setup, PASSWORD).await, LOCKED);
    assert_eq!(setup.api_sign_in(&app, "john@example.com", PASSWORD).await.status, 200);
}

#[actix_web::test]
async fn the_api_and_the_hosted_page_share_the_count() {
    let (app, setup) = prepared().await;
    let mut browser = Browser::new(&app);
    let mut page = browser.open(&format!("/login?{}", setup.query(&[]))).await;
    for _ in 0..3 {
        assert_eq!(told(&app, &setup, WRONG).await, INCORRECT);
    }
    for _ in 0..2 {
        page = browser.submit(&page, "signInSubmitButton", &[("username", JANE), ("password", WRONG)]).await;
        assert!(page.says(INCORRECT), "{}", page.text());
    }
    assert_eq!(told(&app, &setup, PASSWORD).await, LOCKED);
    page = browser.submit(&page, "signInSubmitButton", &[("username", JANE), ("password", PASSWORD)]).await;
    assert!(page.says(LOCKED), "{}", page.text());
    app.advance(1);
    page = browser.submit(&page, "signInSubmitButton", &[("username", JANE), ("password", PASSWORD)]).await;
    assert!(page.query("code").is_some(), "{}", page.text());
}

fn wrong_codes(code: &str) -> impl Iterator<Item = String> {
    let right: u32 = code.parse().unwrap();
    (1..).map(move |step| format!("{:06}", (right + step) % 1_000_000))
}

/// Tries wrong codes until they lock, then the right one: during the lock and after it.
async fn codes_lock(app: &TestApp, operation: &str, body: impl Fn(&str) -> Value) {
    let code = app.code_for(JANE);
    for wrong in wrong_codes(&code).take(5) {
        assert_eq!(app.api(operation, body(&wrong)).await.fault(), "CodeMismatchException");
    }
    let refusal = ("TooManyFailedAttemptsException", "Attempt limit exceeded, please try after some time.");
    app.refuses(operation, body(&code), refusal).await;
    app.refuses(operation, body("000000"), refusal).await;
    app.advance(1);
    app.ok(operation, body(&code)).await;
}

#[actix_web::test]
async fn wrong_confirmation_codes_lock() {
    let app = TestApp::new().await;
    let setup = Setup::new(&app).await;
    app.ok("SignUp", json!({ "ClientId": setup.client, "Username": JANE, "Password": PASSWORD })).await;
    let body = |code: &str| json!({ "ClientId": setup.client, "Username": JANE, "ConfirmationCode": code });
    codes_lock(&app, "ConfirmSignUp", body).await;
}

#[actix_web::test]
async fn wrong_reset_codes_lock() {
    let (app, setup) = prepared().await;
    app.ok("ForgotPassword", json!({ "ClientId": setup.client, "Username": JANE })).await;
    let password = "Another-Horse-2";
    let body = |code: &str| json!({ "ClientId": setup.client, "Username": JANE, "ConfirmationCode": code, "Password": password });
    codes_lock(&app, "ConfirmForgotPassword", body).await;
}

#[actix_web::test]
async fn a_new_code_does_not_buy_new_guesses() {
    let (app, setup) = prepared().await;
    let named = json!({ "ClientId": setup.client, "Username": JANE });
    let body = |code: &str| json!({ "ClientId": setup.client, "Username": JANE, "ConfirmationCode": code, "Password": PASSWORD });
    app.ok("ForgotPassword", named.clone()).await;
    for wrong in wrong_codes(&app.code_for(JANE)).take(5) {
        app.api("ConfirmForgotPassword", body(&wrong)).await;
    }
    app.ok("ForgotPassword", named).await;
    let fresh = app.code_for(JANE);
    assert_eq!(app.api("ConfirmForgotPassword", body(&fresh)).await.fault(), "TooManyFailedAttemptsException");
}

#[actix_web::test]
async fn parallel_code_guesses_learn_five_answers_at_most() {
    let (app, setup) = prepared().await;
    app.ok("ForgotPassword", json!({ "ClientId": setup.client, "Username": JANE })).await;
    let code = app.code_for(JANE);
    let bodies = wrong_codes(&code).take(40).map(|code| {
        json!({ "ClientId": setup.client, "Username": JANE, "ConfirmationCode": code, "Password": "Another-Horse-2" })
    });
    let answers = join_all(bodies.map(|body| app.api("ConfirmForgotPassword", body))).await;
    let mismatches = answers.iter().filter(|answer| answer.fault() == "CodeMismatchException").count();
    let locked = answers.iter().filter(|answer| answer.fault() == "TooManyFailedAttemptsException").count();
    assert_eq!((mismatches, locked), (5, 35));
}
