//! Passwords that are wrong, too often wrong, to be replaced, or forgotten.

use std::time::Duration;

use super::stage::{DEMO, Stage};
use crate::support::setup::PASSWORD;

const WRONG: &str = "Incorrect username or password.";

#[actix_web::test]
async fn a_wrong_password_is_said_kindly_and_the_name_is_kept() {
    let Some(stage) = Stage::set().await else { return };
    let browser = &stage.browser;
    stage.sign_in((DEMO.0, "Not-The-One-1")).await;
    browser.sees(WRONG).await;
    let name = browser.find("[name='username']").await.prop("value").await.unwrap();
    assert_eq!(name.as_deref(), Some(DEMO.0));
    let password = browser.find("[name='password']").await.prop("value").await.unwrap();
    assert_eq!(password.as_deref(), Some(""), "a password never comes back");
    stage.sign_in(("nobody@example.com", "Not-The-One-1")).await;
    browser.sees(WRONG).await;
    stage.send_sign_in(DEMO).await;
    browser.sees("Hello, Dana Demo").await;
    stage.is_flawless().await;
}

#[actix_web::test]
async fn too_many_wrong_passwords_lock_the_account_for_a_moment() {
    let Some(stage) = Stage::set().await else { return };
    let browser = &stage.browser;
    stage.open("/login").await;
    for _ in 0..7 {
        stage.send_sign_in((DEMO.0, "Not-The-One-1")).await;
        browser.find("#form-error").await;
        if browser.text().await.contains("Password attempts exceeded") {
            break;
        }
    }
    browser.sees("Password attempts exceeded").await;
    tokio::time::sleep(Duration::from_secs(5)).await;
    stage.send_sign_in(DEMO).await;
    browser.sees("Hello, Dana Demo").await;
}

#[actix_web::test]
async fn an_invited_person_chooses_a_password_before_anything_else() {
    let Some(stage) = Stage::set().await else { return };
    let browser = &stage.browser;
    stage.invited("ines@example.com").await;
    stage.sign_in(("ines@example.com", PASSWORD)).await;
    browser.sees("Please enter your new password below.").await;
    let change = async |new: &str, again: &str| {
        browser.fill("new_password", new).await;
        browser.fill("confirm_password", again).await;
        browser.click("[name='reset_password']").await;
    };
    change("Chosen-Pass-2", "Chosen-Pass-3").await;
    browser.sees("The two passwords are not the same.").await;
    change("Chosen-Pass-2", "Chosen-Pass-2").await;
    browser.sees("Hello, Ines Invited").await;
    stage.is_flawless().await;
}

#[actix_web::test]
async fn a_forgotten_password_is_replaced_with_a_code() {
    let Some(stage) = Stage::set().await else { return };
    let browser = &stage.browser;
    stage.open("/login").await;
    browser.find("[name='password']").await;
    browser.follow("Forgot your password?").await;
    browser.sees("we will send a message to reset your password").await;
    browser.fill("username", DEMO.0).await;
    browser.click("[name='reset_my_password']").await;
    browser.sees("Set a new password").await;
    let code = stage.program.code_for(DEMO.0).await;
    browser.fill("confirmation_code", &code).await;
    browser.fill("password", "Remembered-1").await;
    browser.fill("confirmPassword", "Remembered-1").await;
    browser.click("[name='reset_password']").await;
    browser.sees("Your password has been changed.").await;
    stage.send_sign_in((DEMO.0, "Remembered-1")).await;
    browser.sees("Hello, Dana Demo").await;
    stage.is_flawless().await;
}
