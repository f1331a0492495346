//! Staying signed in: tokens are renewed in time, by many requests at once and on two instances.

use futures_util::future::join_all;
use serde_json::{Value, json};

use super::stage::{JANE, Stage, has_session, short_tokens, with_rotation};
use crate::support::{Browser, Page};

#[actix_web::test]
async fn fifty_requests_at_once_keep_everybody_signed_in_without_rotation() {
    fifty_at_once(short_tokens()).await;
}

#[actix_web::test]
async fn fifty_requests_at_once_keep_everybody_signed_in_with_rotation() {
    fifty_at_once(with_rotation(short_tokens())).await;
}

async fn fifty_at_once(client: Value) {
    let stage = Stage::signed_in(client).await;
    stage.app.advance(1);
    let mut tabs = vec![stage.browser.clone(); 50];
    for _ in 0..2 {
        let pages = join_all(tabs.iter_mut().enumerate().map(|(number, tab)| me(&stage, tab, number % 2))).await;
        for page in pages {
            assert_eq!(page.answer.status, 200, "{}", page.answer.text);
            assert_eq!(page.answer.json()["email"], JANE);
        }
        assert!(tabs.iter().all(|tab| tab.cookies != stage.browser.cookies), "every tab got new tokens");
        stage.app.advance(30);
    }
    // A browser keeps what came last, from either instance; by now the tokens of the beginning are long replaced.
    stage.app.advance(600);
    for (number, tab) in tabs.iter_mut().take(2).enumerate() {
        assert_eq!(stage.me(tab, number).await, 200, "the cookies of instance {number} still work");
        assert_eq!(stage.me(tab, 1 - number).await, 200, "on the other instance too");
    }
}

async fn me(stage: &Stage, tab: &mut Browser, number: usize) -> Page {
    tab.open(&format!("{}/me", stage.sites[number])).await
}

#[actix_web::test]
async fn a_session_outlives_its_tokens_until_the_refresh_token_ends() {
    for client in [json!({}), with_rotation(json!({}))] {
        let mut stage = Stage::signed_in(client).await;
        let mut browser = stage.browser.clone();
        for hour in 0..72 {
            stage.app.advance(3_600);
            assert_eq!(stage.me(&mut browser, hour % 2).await, 200, "after {hour} hours");
        }
        stage.app.advance(26 * 24 * 3_600);
        assert_eq!(stage.me(&mut browser, 0).await, 200, "on the thirtieth day");
        stage.app.advance(24 * 3_600);
        stage.browser = browser;
        let page = stage.browser.open("/").await;
        assert_eq!(page.answer.status, 200);
        assert!(page.says("Your session has ended."), "{}", page.text());
        assert!(!has_session(&stage.browser));
    }
}

#[actix_web::test]
async fn tokens_with_time_left_are_not_renewed() {
    let mut stage = Stage::signed_in(json!({})).await;
    let before = stage.browser.cookies.clone();
    stage.app.advance(3_300);
    assert_eq!(stage.browser.open("/me").await.answer.status, 200);
    assert_eq!(stage.browser.cookies, before);
    stage.app.advance(1);
    assert_eq!(stage.browser.open("/me").await.answer.status, 200);
    assert_ne!(stage.browser.cookies, before);
}
